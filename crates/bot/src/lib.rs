//! Kaiwa's rooms: how it is done. `ARCHITECTURE.md` tells how they fit together.

mod app;
mod catch_up;
pub mod config;
mod delivery;
pub mod discord;
pub mod doctor;
mod ending;
pub mod http;
pub mod init;
mod keeper;
mod lanes;
pub mod log;
mod meanwhile;
mod memory;
pub mod model;
mod model_check;
mod pictures;
mod press;
mod prompt;
mod pulse;
mod recall;
mod serve;
mod sharing;
mod shown;
mod starts;
pub mod store;
mod take_up;
mod title;
mod turn;
mod work;
mod worker;

pub use pulse::{Health, health};

pub use app::{RunError, run};
