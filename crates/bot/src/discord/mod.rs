//! The only room that speaks to Discord: the gateway in, REST out, and the edge where its words become ours.

pub(crate) mod connected;
pub(crate) mod convert;
pub(crate) mod directory;
mod ear;
pub(crate) mod events;
pub(crate) mod gateway;
mod glance;
pub(crate) mod identify;
pub mod recorded;
pub mod rest;
mod unplaced;
pub(crate) mod wire;
