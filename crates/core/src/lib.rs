//! Kaiwa's pure rules: what should happen, given what has happened.
//!
//! Nothing in here reads a clock, a file, a socket or the environment; time is an argument ([`Now`]),
//! and every decision is data in, data out. `ARCHITECTURE.md` tells how the rooms fit together.

pub mod button;
pub mod context;
pub mod error;
pub mod findings;
pub mod given;
pub mod id;
pub mod intake;
pub mod message;
pub mod missed;
pub mod model;
pub mod pacing;
pub mod pauses;
pub mod permissions;
pub mod reply;
pub mod session;
pub mod settings;
pub mod sharing;
pub mod starts;
pub mod text;
pub mod title;
pub mod turn;
pub mod words;

/// A moment, told as the time since the process started.
pub type Now = std::time::Duration;
