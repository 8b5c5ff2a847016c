//! A provider's stream, however its bytes are cut: the same events come of it.
#![no_main]

use kaiwa_bot::model::recorded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let whole = recorded::read([bytes]);
    let cut = recorded::read(bytes.chunks(usize::from(size) + 1));
    assert_eq!(whole.0, cut.0);
    assert_eq!(whole.1.is_ok(), cut.1.is_ok());
});
