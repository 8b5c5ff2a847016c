//! The only room that speaks to Discord.
