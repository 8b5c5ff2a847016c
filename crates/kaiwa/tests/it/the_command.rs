//! The real binary, as its first user meets it.
