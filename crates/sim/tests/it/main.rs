//! The simulator as its clients see it: over loopback sockets, on ports that the system chooses.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests may stop at the first surprise, as tests do"
)]

mod client;
mod control;
mod described;
mod documented;
mod gateway;
mod gateway_faults;
mod gateway_sessions;
mod gateway_shards;
mod model;
mod model_faults;
mod page;
mod rest;
