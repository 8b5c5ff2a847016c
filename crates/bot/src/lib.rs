//! Kaiwa's rooms: how it is done. `ARCHITECTURE.md` tells how they fit together.

pub mod config;
pub mod http;
pub mod model;
pub mod store;
