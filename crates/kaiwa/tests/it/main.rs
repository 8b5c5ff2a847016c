//! Stories: the real bot against the simulator over real sockets. Each reads as a chat.

mod main_job;
mod story;
