//! Stories: the real bot against the simulator over real sockets. Each reads as a chat.

mod main_job;
mod story;
mod what_the_model_sees;
mod where_it_answers;
