//! The reply as a whole.
