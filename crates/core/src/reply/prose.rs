//! Whether what stands where a formula could stand is one, or words, prices, variables of a shell.

use super::mathematics::one;

/// Between two dollar signs this can't be mathematics, whatever follows.
///
/// Whatever is said of a beginning stays so when more of the text is known.
pub(super) fn is_prose(content: &str) -> bool {
    let mut chars = content.chars().peekable();
    let mut depth = 0_u32;
    let mut letters = 0;
    let mut after_amount = content.starts_with(|c: char| c.is_ascii_digit());
    let mut spaced = false;
    while let Some(c) = chars.next() {
        if after_amount {
            match c {
                '0'..='9' | '.' | ',' if !spaced => {}
                ' ' | '-' | '–' | '/' if !spaced => spaced = true,
                c if spaced && (c.is_alphabetic() || c == '$') => return true,
                // `$100と豪$200`
                c if c.is_alphabetic() && is_unspaced(c) => return true,
                _ => after_amount = false,
            }
        }
        match c {
            '\\' => {
                letters = 0;
                while chars.next_if(char::is_ascii_alphabetic).is_some() {}
            }
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '、' | '。' | '，' | '！' | '？' | '「' | '」' if depth == 0 => return true,
            // A quantity may have a name: `$運動エネルギー = \frac{1}{2}mv^2$`.
            c if c.is_alphabetic() && !is_unspaced(c) && depth == 0 => {
                letters += 1;
                if letters > 3 {
                    return true;
                }
            }
            _ => letters = 0,
        }
    }
    false
}

/// A letter or sign of a writing that puts no space between a word and a formula: kanji, kana, Hangul, full-width forms,
/// letters and digits in circles.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2460}'..='\u{24ff}' | '\u{3000}'..='\u{318f}' | '\u{31f0}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Between two dollar signs this is clearly mathematics: `x`, `n+1`, `a_i`, `\alpha`; not an amount, not a variable of
/// a shell.
pub(super) fn is_clear(content: &str) -> bool {
    let sign = |c: char| "\\^_=+<>".contains(c);
    let single = one(content).is_some_and(|c| c.is_ascii_alphabetic());
    let called = content.contains('(') && content.ends_with(')');
    !is_prose(content) && (single || called || content.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_and_variables_of_shells_are_no_mathematics() {
        for clear in [
            "x",
            "x^2",
            "a_i",
            r"\alpha",
            "n+1",
            "f(x)",
            "2 + 3 = 5",
            r"5 \times 3",
            "E=mc^2",
            r"\text{words} = 1",
            r"運動エネルギー = \frac{1}{2}mv^2",
        ] {
            assert!(is_clear(clear), "{clear}");
        }
        for other in [
            "5",
            "5.00",
            "5 and",
            "HOME",
            "PATH:",
            "10-",
            "100 million + x",
            "5/month = ",
            "it",
            "100と豪",
            "a=1、b",
            "",
            " x",
        ] {
            assert!(!is_clear(other), "{other}");
        }
    }
}
