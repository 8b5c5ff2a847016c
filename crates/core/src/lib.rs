//! kaiwa-core.
