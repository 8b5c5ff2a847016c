//! A rough count of tokens, low on purpose.
//!
//! A client that fits its window by a real tokenizer must never be refused here, so the count stays
//! below what the usual tokenizers give: a quarter of a token for an ASCII character, half a token
//! for any other (o200k gives about 0.25 for English and 0.7 for Japanese).

use serde_json::Value;

use super::record::{message_text, messages};

/// Tokens of a text.
pub(super) fn of_text(text: &str) -> u64 {
    let quarters: u64 = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    quarters.div_ceil(4)
}

/// Tokens of a request: its messages, and a few around each.
pub(super) fn of_request(body: &Value) -> u64 {
    messages(body)
        .iter()
        .map(|message| 3 + of_text(&message_text(message)))
        .sum()
}
