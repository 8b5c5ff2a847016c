//! Stories: the real bot against the simulator over real sockets. Each reads as a chat.

mod gateway_drops;
mod house_rules;
mod main_job;
mod start_and_stop;
mod story;
mod the_command;
mod what_the_model_sees;
mod where_it_answers;
