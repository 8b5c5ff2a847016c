//! LaTeX's mathematics as Unicode, where nothing of its meaning is lost.
//!
//! What a line of text can't hold (matrices, exponents of exponents, braces with words below them) is not guessed at:
//! then there is no Unicode for it, and the source is shown.

use super::symbols::{accent, double_struck, is_function, script, subscript, superscript, symbol};

/// How deep groups may stand in groups.
const DEEPEST: usize = 24;

/// The formula in Unicode; none where that would lose something. What comes has no character that Discord reads as
/// markup, and no line break.
pub(super) fn unicode(source: &str) -> Option<String> {
    let mut reader = Reader {
        rest: source.trim(),
        depth: 0,
    };
    let text = reader.sequence(None)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Everything up to the bracket that ends it, which is passed, or to the end.
    fn sequence(&mut self, end: Option<char>) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut out = String::new();
        loop {
            match self.peek() {
                None if end.is_none() => break,
                None => return None,
                next if next == end => {
                    self.next();
                    break;
                }
                Some('}') => return None,
                Some('^' | '_') => {
                    let raised = self.next() == Some('^');
                    out.push_str(&self.raised_or_lowered(raised)?);
                }
                Some(c) if c.is_whitespace() => {
                    self.next();
                    out.push(' ');
                }
                Some(_) => {
                    let atom = self.atom(out.chars().next_back())?;
                    out.push_str(&atom);
                }
            }
        }
        self.depth -= 1;
        Some(out)
    }

    /// One thing: a character, a group or a command with what belongs to it.
    fn atom(&mut self, before: Option<char>) -> Option<String> {
        match self.next()? {
            '{' => {
                let group = self.sequence(Some('}'))?;
                let several = group.trim().chars().nth(1).is_some();
                Some(if several && matches!(self.peek(), Some('^' | '_')) {
                    format!("({group})")
                } else {
                    group
                })
            }
            '\\' => self.command(before),
            '*' => Some("∗".to_owned()),
            '|' => Some("∣".to_owned()),
            '~' => Some(" ".to_owned()),
            '\'' => Some("′".to_owned()),
            // A line break within a formula, or what only the page's layout understands.
            '&' | '#' | '%' | '`' | '$' | '<' | '@' => None,
            c if c.is_control() => None,
            c => Some(c.to_string()),
        }
    }

    /// What a command takes: a group, or the next thing.
    fn argument(&mut self) -> Option<String> {
        self.skip_spaces();
        if self.peek() == Some('{') {
            self.next();
            return self.sequence(Some('}')).map(|text| text.trim().to_owned());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let atom = self.atom(None)?;
        self.depth -= 1;
        Some(atom)
    }

    fn raised_or_lowered(&mut self, raised: bool) -> Option<String> {
        let text = self.argument()?;
        if raised && text == "∘" {
            return Some("°".to_owned());
        }
        if text.is_empty() {
            return None;
        }
        text.chars()
            .filter(|c| *c != ' ')
            .map(if raised { superscript } else { subscript })
            .collect()
    }

    fn command(&mut self, before: Option<char>) -> Option<String> {
        let length = self
            .rest
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        if length == 0 {
            return match self.next()? {
                ',' | ';' | ':' | ' ' => Some(" ".to_owned()),
                '!' => Some(String::new()),
                '|' => Some("‖".to_owned()),
                '_' => Some(r"\_".to_owned()),
                '#' => Some(r"\#".to_owned()),
                c @ ('{' | '}' | '%' | '$' | '&') => Some(c.to_string()),
                _ => None,
            };
        }
        let (name, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        if let Some(symbol) = symbol(name) {
            return Some(symbol.to_owned());
        }
        if is_function(name) {
            let gap = if before.is_some_and(char::is_alphanumeric) {
                " "
            } else {
                ""
            };
            let after = self
                .peek()
                .is_some_and(|c| c.is_alphanumeric() || c == '\\');
            return Some(format!("{gap}{name}{}", if after { " " } else { "" }));
        }
        if let Some(mark) = accent(name) {
            let letter = self.argument()?;
            return one(&letter).map(|letter| format!("{letter}{mark}"));
        }
        match name {
            "frac" | "dfrac" | "tfrac" => self.fraction(before),
            "sqrt" => self.root(),
            "text" | "textrm" | "textit" | "textbf" | "mbox" => self.words(),
            "mathrm" | "operatorname" | "mathit" | "mathbf" | "boldsymbol" | "mathsf" | "boxed" => {
                self.argument()
            }
            "mathbb" => self.argument()?.chars().map(double_struck).collect(),
            "mathcal" | "mathscr" => self.argument()?.chars().map(script).collect(),
            "left" | "right" | "big" | "Big" | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl"
            | "Bigr" => {
                self.skip_spaces();
                if self.peek() == Some('.') {
                    self.next();
                    return Some(String::new());
                }
                self.atom(None)
            }
            "pmod" => Some(format!(" (mod {})", self.argument()?)),
            "not" => match self.argument()?.as_str() {
                "=" => Some("≠".to_owned()),
                "∈" => Some("∉".to_owned()),
                "≡" => Some("≢".to_owned()),
                "⊂" => Some("⊄".to_owned()),
                "⊆" => Some("⊈".to_owned()),
                _ => None,
            },
            "quad" | "qquad" => Some(" ".to_owned()),
            "displaystyle" | "textstyle" | "limits" | "nolimits" => Some(String::new()),
            _ => None,
        }
    }

    fn fraction(&mut self, before: Option<char>) -> Option<String> {
        let above = self.argument()?;
        let below = self.argument()?;
        if above.is_empty() || below.is_empty() {
            return None;
        }
        let above = if above.chars().all(char::is_alphanumeric) {
            above
        } else {
            format!("({above})")
        };
        let below = if is_one(&below) {
            below
        } else {
            format!("({below})")
        };
        // Beside another factor, "1/2 x" could be read as 1/(2x).
        let rest = self.rest.trim_start();
        let factor = rest.starts_with(|c: char| c.is_alphanumeric() || "^_({[!".contains(c))
            || (rest.starts_with('\\') && !rest.starts_with("\\,") && !rest.starts_with("\\right"));
        let beside = before.is_some_and(|c| c.is_alphanumeric() || c == ')') || factor;
        Some(if beside {
            format!("({above}/{below})")
        } else {
            format!("{above}/{below}")
        })
    }

    fn root(&mut self) -> Option<String> {
        self.skip_spaces();
        let mut degree = String::new();
        if self.peek() == Some('[') {
            self.next();
            degree = self.sequence(Some(']'))?.trim().to_owned();
        }
        let sign = match degree.as_str() {
            "" | "2" => "√".to_owned(),
            "3" => "∛".to_owned(),
            "4" => "∜".to_owned(),
            _ => {
                let raised: Option<String> = degree.chars().map(superscript).collect();
                format!("{}√", raised?)
            }
        };
        let of = self.argument()?;
        if of.is_empty() {
            return None;
        }
        let closed = is_one(&of) && !matches!(self.peek(), Some('^' | '_'));
        Some(if closed {
            format!("{sign}{of}")
        } else {
            format!("{sign}({of})")
        })
    }

    /// Words within a formula, as they stand.
    fn words(&mut self) -> Option<String> {
        let inner = self.rest.strip_prefix('{')?;
        let (words, rest) = inner.split_once('}')?;
        self.rest = rest;
        let plain = !words.contains(['\\', '{', '$', '`', '*', '_', '~', '|', '<']);
        plain.then(|| words.to_owned())
    }
}

/// A number, or one letter with its marks: nothing that a sign in front could be read to leave out.
fn is_one(text: &str) -> bool {
    let number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    number || one(text).is_some_and(char::is_alphanumeric)
}

fn one(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

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
            c if c.is_alphabetic() && depth == 0 => {
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
    fn formulas_become_unicode() {
        let table = [
            ("x^2 + y^2 = z^2", "x² + y² = z²"),
            (r"E = mc^2", "E = mc²"),
            (r"\alpha\beta \to \infty", "αβ → ∞"),
            (r"\frac{1}{2}", "1/2"),
            (r"\frac{1}{2}x", "(1/2)x"),
            (r"\frac{a+b}{c}", "(a+b)/c"),
            (r"\frac{1}{2a}", "1/(2a)"),
            (
                r"\text{速さ} = \frac{\text{距離}}{\text{時間}}",
                "速さ = 距離/(時間)",
            ),
            (r"\frac12", "1/2"),
            (
                r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
                "x = (-b ± √(b² - 4ac))/(2a)",
            ),
            (r"\sqrt{x}", "√x"),
            (r"\sqrt{x+1}", "√(x+1)"),
            (r"\sqrt[3]{8}", "∛8"),
            (r"\sum_{i=1}^{n} i", "∑ᵢ₌₁ⁿ i"),
            (r"x \in \mathbb{R}", "x ∈ ℝ"),
            (r"\left(\frac{a}{b}\right)^2", "(a/b)²"),
            (r"\left\{ x \mid x > 0 \right\}", "{ x ∣ x > 0 }"),
            (r"\text{if } x \neq 0", "if x ≠ 0"),
            (r"\sin\theta + 2\cos x", "sin θ + 2 cos x"),
            (r"90^\circ", "90°"),
            (r"f'(x)", "f′(x)"),
            (r"a * b", "a ∗ b"),
            (r"|x|", "∣x∣"),
            (r"\|v\|", "‖v‖"),
            (r"\hat{x}", "x\u{302}"),
            (r"a \equiv b \pmod{n}", "a ≡ b (mod n)"),
            (r"A \not= B", "A ≠ B"),
            (r"\lim_{n} a_n", "limₙ aₙ"),
            (r"{ab}^2", "(ab)²"),
            (r"\$5", "$5"),
        ];
        for (source, expected) in table {
            assert_eq!(unicode(source).as_deref(), Some(expected), "{source}");
        }
    }

    #[test]
    fn what_would_lose_something_stays() {
        for source in [
            r"e^{-x^2/2}",
            r"x_{max,b}",
            r"\begin{matrix}a&b\end{matrix}",
            r"a \\ b",
            r"\underbrace{x}_{n}",
            "",
            " ",
            r"\frac{a}",
            "x^",
            "{",
            "}",
            r"\unknown",
            r"\text{a",
            r"\binom{n}{k}",
            "x_y",
        ] {
            assert_eq!(unicode(source), None, "{source}");
        }
        assert_eq!(unicode(&"{".repeat(5_000)), None);
    }

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
            "",
            " x",
        ] {
            assert!(!is_clear(other), "{other}");
        }
    }
}
