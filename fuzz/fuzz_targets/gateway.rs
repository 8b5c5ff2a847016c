//! Frames of Discord's gateway, one a line: what can't be read is skipped.
#![no_main]

use kaiwa_bot::discord::recorded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    recorded::read(text.lines());
});
