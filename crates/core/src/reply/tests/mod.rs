//! The reply as a whole: what people see of a text that arrives bit by bit.

mod anew;
mod buttons;
mod code;
mod forms;
mod formulas;
mod items;
mod joining;
mod late;
mod pictures;
mod places;
mod reading;
mod screen;
mod splitting;
mod stopped;
mod stories;
mod streaming;
mod tables;
mod texts;
mod thoughts;
mod whole;
