//! What somebody typed, as it may be shown. Tokens and keys are typed in the wrong place too, and what a terminal says is read
//! over shoulders and sent to others who are asked for help.

use std::borrow::Cow;

/// What stands in place of what is not shown.
const MASK: &str = "***";
/// So many letters and digits in a row, with some of both, are no word, no number and no name that somebody would type.
const RUN: usize = 12;
/// In the name of a file so many are: models are named by what they are, in one word, and no key that has no such row is without
/// one of [`KEYS`].
const RUN_IN_FILE: usize = 20;
/// How keys begin that are broken up by dashes.
const KEYS: [&str; 2] = ["sk-", "AIza"];

/// A text without what may be a secret.
pub(super) fn masked(typed: &str) -> Cow<'_, str> {
    mask(typed, "", |word, _| {
        is_key(word) || has_run(word, RUN, |_| true)
    })
}

/// The same with the path or the name of a file. Folders that are named by a hash are no secret.
pub(super) fn masked_file(typed: &str) -> Cow<'_, str> {
    if !is_file(typed) {
        return masked(typed);
    }
    mask(typed, "/\\", |name, is_folder| {
        let is_hash = |run: &str| is_folder && run.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key(name) || has_run(name, RUN_IN_FILE, |run| !is_hash(run))
    })
}

/// Somebody who types this means a file.
fn is_file(typed: &str) -> bool {
    let mut begins = ["/", "./", "../", "~", ".\\", "..\\", "\\"].iter();
    let behind_drive = typed.get(1..).unwrap_or_default();
    typed.to_ascii_lowercase().ends_with(".gguf")
        || begins.any(|begin| typed.starts_with(begin))
        || [":\\", ":/"]
            .iter()
            .any(|begin| behind_drive.starts_with(begin))
}

/// Hides the words of a text that may be secrets. Words also end at `more_ends`: whether that is so is told too.
fn mask<'a>(
    typed: &'a str,
    more_ends: &str,
    is_secret: impl Fn(&str, bool) -> bool,
) -> Cow<'a, str> {
    let ends = |c: char| c.is_whitespace() || "=`'\"".contains(c) || more_ends.contains(c);
    let mut is_shown = true;
    let pieces = typed.split_inclusive(ends).map(|piece| {
        let word = piece.trim_end_matches(ends);
        let is_more = piece.ends_with(|c| more_ends.contains(c));
        match is_secret(word, is_more) {
            true => {
                is_shown = false;
                piece.replacen(word, MASK, 1)
            }
            false => piece.to_owned(),
        }
    });
    let pieces: String = pieces.collect();
    if is_shown {
        Cow::Borrowed(typed)
    } else {
        Cow::Owned(pieces)
    }
}

/// There are so many letters and digits in a row, with some of both.
fn has_run(text: &str, least: usize, counts: impl Fn(&str) -> bool) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    runs.any(|run| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        run.len() >= least && digits > 0 && digits < run.len() && counts(run)
    })
}

/// It begins as a key does and is as long, and no words.
fn is_key(word: &str) -> bool {
    let mut begun = KEYS.iter().filter_map(|begin| word.strip_prefix(begin));
    begun.any(|rest| rest.len() >= RUN_IN_FILE && rest.contains(|c: char| c.is_ascii_digit()))
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

    /// Keys as they are given out: a beginning, and so many of these characters.
    const SHAPES: &[(&str, &str, usize)] = &[
        ("sk-proj-", BASE64, 124),
        ("sk-ant-api03-", BASE64, 95),
        ("sk-or-v1-", HEX, 64),
        ("sk-", HEX, 32),
        ("xai-", BASE62, 80),
        ("gsk_", BASE62, 52),
        ("hf_", BASE62, 34),
        ("AIza", BASE64, 35),
        ("", HEX, 32),
        ("", HEX, 64),
        ("", BASE62, 32),
        ("", BASE62, 84),
    ];
    const HEX: &str = "0123456789abcdef";
    const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    proptest::proptest! {
        #[test]
        fn no_key_is_shown_for_a_file(numbers in proptest::collection::vec(0..64_usize, 124)) {
            for (begin, characters, length) in SHAPES {
                let drawn = numbers.iter().take(*length);
                let drawn = drawn.map(|number| characters.as_bytes()[number % characters.len()] as char);
                let key: String = begin.chars().chain(drawn).collect();
                // One without a digit would be a word.
                if key.bytes().filter(u8::is_ascii_digit).count() > 3 {
                    for typed in [format!("./{key}"), format!("{key}.gguf"), key] {
                        let shown = masked_file(&typed);
                        proptest::prop_assert!(shown.len() <= "./***.gguf".len(), "{}", shown);
                    }
                }
            }
        }
    }

    #[test]
    fn names_of_files_are_shown() {
        for typed in [
            "gemma3instruct12b.gguf",
            "Llama31Instruct8B.gguf",
            "Qwen3Coder30BA3B.Q4_K_M.GGUF",
            "/models/8f14e45fceea167a/m.gguf",
            "~/.cache/huggingface/hub/snapshots/da39a3ee5e6b4b0d3255bfef95601890afd80709/m.gguf",
            "C:\\models\\123e4567-e89b-12d3-a456-42661417400a\\m.gguf",
            "models/mine",
            "smolm2",
        ] {
            assert_eq!(masked_file(typed), typed);
        }
        let discord = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";
        assert_eq!(masked_file(discord), MASK);
        assert_eq!(masked_file(&format!("./{discord}")), "./***");
        assert_eq!(masked_file("0123456789abcdef0123456789abcdef"), MASK);
        assert_eq!(masked_file("da39a3ee5e6b"), MASK);
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
