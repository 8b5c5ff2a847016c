//! What somebody typed, as it may be shown. Tokens and keys are typed in the wrong place too, and what a terminal says is read
//! over shoulders and sent to others who are asked for help.

use std::borrow::Cow;

/// What stands in place of what is not shown.
const MASK: &str = "***";
/// So many letters and digits in a row, with some of both, are no word, no number and no name that somebody would type.
const RUN: usize = 12;

/// A text without what may be a secret.
pub(super) fn masked(typed: &str) -> Cow<'_, str> {
    if !may_be_secret(typed) {
        return Cow::Borrowed(typed);
    }
    let ends = |c: char| c.is_whitespace() || "=`'\"".contains(c);
    let pieces = typed.split_inclusive(ends).map(|piece| {
        let word = piece.trim_end_matches(ends);
        match may_be_secret(word) {
            true => piece.replacen(word, MASK, 1),
            false => piece.to_owned(),
        }
    });
    Cow::Owned(pieces.collect())
}

fn may_be_secret(text: &str) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    runs.any(|run| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        run.len() >= RUN && digits > 0 && digits < run.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_keys_are_not_shown() {
        let discord = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";
        for secret in [
            discord,
            "sk-proj-T3BlbkFJ4xYk9wq-_Zt7LmNpQ2",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(masked(secret), MASK);
            assert_eq!(masked(&format!("--token={secret}")), "--token=***");
        }
        let said = format!("unexpected value '{discord}' for '--config <FILE>' found");
        let shown = "unexpected value '***' for '--config <FILE>' found";
        assert_eq!(masked(&said), shown);
    }

    #[test]
    fn what_people_type_is_shown() {
        for typed in [
            "",
            "pley",
            "--without-mesage-content",
            "1323802873036800001",
            "127.0.0.1:40000000",
            "http://localhost:11434/v1",
            "/home/ada/kaiwa2/kaiwa.toml",
            "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
            "日本語",
        ] {
            assert!(
                matches!(masked(typed), Cow::Borrowed(shown) if shown == typed),
                "{typed}"
            );
        }
    }
}
