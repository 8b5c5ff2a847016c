//! Whom the gateway's connections trust: the system's certificates, so that a company's own authority counts, and
//! Mozilla's, because a bare container has none. Everything else does the same (`http`).

use rustls::RootCertStore;

/// What is the matter with one of the system's certificates that can't be used; twilight, which loads them itself, would
/// panic on it.
///
/// # Errors
/// In rustls' words.
pub(crate) fn usable() -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    // What can't be read of the system's files is passed over, here as there.
    let certificates = rustls_native_certs::load_native_certs().certs;
    for certificate in certificates {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}
