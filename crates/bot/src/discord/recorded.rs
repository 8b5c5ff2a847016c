//! Reading frames of the gateway that were recorded, without a connection.

use kaiwa_core::words::Locale;

use super::events::{Reader, Seen};

/// Reads text frames of one gateway session in order, as those of a live connection are read. Tells how many of them
/// concern a conversation, or what the bot knows of a guild; what can't be read is counted and skipped.
pub fn read<'a>(frames: impl IntoIterator<Item = &'a str>) -> usize {
    let reader = Reader::new(Locale::En);
    frames
        .into_iter()
        .filter(|frame| !matches!(reader.read(frame, false), Seen::Nothing))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_in_order() {
        let ready =
            r#"{"op":0,"t":"READY","s":1,"d":{"user":{"id":"1","username":"kaiwa"},"guilds":[]}}"#;
        let said = r#"{"op":0,"t":"MESSAGE_CREATE","s":2,"d":{"id":"3","channel_id":"4","content":"hi","author":{"id":"5","username":"ada"}}}"#;
        assert_eq!(read([said]), 0, "nobody knows yet who the bot is");
        assert_eq!(read([ready, "{", "[]", said]), 2);
    }
}
