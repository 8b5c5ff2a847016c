//! Stories: the real bot against the simulator over real sockets. Each reads as a chat.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise, as tests do"
)]

mod buttons;
mod first_steps;
mod formulas;
mod fresh_eyes;
mod gateway_drops;
mod gateway_sessions;
mod house_rules;
mod how_answers_appear;
mod how_answers_are_made_again;
mod how_answers_are_retried;
mod how_answers_are_stopped;
mod how_long_answers_end;
mod how_retries_outlive_a_process;
mod how_thoughts_are_shown;
mod killed;
mod main_job;
mod places_nobody_told_of;
mod play;
mod start_and_stop;
mod story;
mod the_command;
mod the_doctor;
mod the_fault_table;
mod titles;
mod told_while_the_store_fails;
mod what_a_process_leaves;
mod what_discord_never_takes;
mod what_discord_refuses;
mod what_is_gone_on_discord;
mod what_is_read_of_an_answer;
mod what_stands_half_told;
mod what_the_model_sees;
mod what_was_deleted_meanwhile;
mod whatever_happens;
mod when_discord_fails;
mod when_files_fail;
mod when_it_breaks_off;
mod when_questions_are_taken_back;
mod when_the_model_fails;
mod when_the_store_fails;
mod when_the_store_opens_later;
mod where_it_answers;
mod while_an_answer_waits;
mod while_discord_is_gone;
mod while_history_is_read;
mod while_it_was_away;
mod without_the_store;
