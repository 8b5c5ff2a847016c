//! Where Discord's description is known to differ from what Discord does, each with its reason.

use crate::Route;

/// One finding that is no mistake of ours.
pub struct Exception {
    /// The route, or all of them.
    pub route: Option<Route>,
    /// How the place in the JSON begins; lists are written as `*`.
    pub place: &'static str,
    /// What the finding says.
    pub says: &'static str,
    /// Why it is let pass.
    pub reason: &'static str,
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[];

/// Whether a finding is one of them.
pub(super) fn covers(route: Route, place: &str, words: &str) -> Option<&'static Exception> {
    let place: String = place
        .split('/')
        .map(|part| {
            if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
                "*"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/");
    EXCEPTIONS.iter().find(|exception| {
        exception.route.is_none_or(|one| one == route)
            && place.starts_with(exception.place)
            && words.contains(exception.says)
    })
}
