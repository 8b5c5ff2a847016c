//! LaTeX's mathematics as Unicode, where nothing of its meaning is lost.
//!
//! What a line of text can't hold (matrices, exponents of exponents, braces with words below them) is not guessed at:
//! then there is no Unicode for it, and the source is shown.

use super::{
    alphabets::alphabet,
    symbols::{accent, is_function, subscript, superscript, symbol},
};

/// The space between what stands side by side in one formula and belongs apart.
const WIDE: char = '\u{2003}';
/// How deep groups may stand in groups.
const DEEPEST: usize = 24;

/// The formula in Unicode; none where that would lose something. What comes has no character that Discord reads as
/// markup, and no line break.
pub(super) fn unicode(source: &str) -> Option<String> {
    let mut reader = Reader {
        rest: source.trim(),
        depth: 0,
    };
    let text = escaped(&spaced(&reader.sequence(None)?));
    (!text.is_empty()).then_some(text)
}

/// The text with one space wherever there are some: a wide one where what stands around it belongs apart.
fn spaced(text: &str) -> String {
    let parts = text.split(WIDE).map(|part| {
        let words = part.split_whitespace().collect::<Vec<_>>();
        words.join(" ")
    });
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(WIDE.encode_utf8(&mut [0; 4]))
}

/// The text in which no `<` begins a mention, an emoji or an address, whatever follows.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let may_begin = |next: &char| *next != ' ' && !next.is_ascii_digit();
        if c == '<' && rest.peek().is_none_or(may_begin) {
            out.push('\\');
        }
        out.push(c);
    }
    out
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
                    let atom = self.atom(&out)?;
                    out.push_str(&atom);
                }
            }
        }
        self.depth -= 1;
        Some(out)
    }

    /// One thing: a character, a group or a command with what belongs to it.
    fn atom(&mut self, before: &str) -> Option<String> {
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
            '&' | '#' | '%' | '`' | '$' | '@' => None,
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
        let atom = self.atom("")?;
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

    fn command(&mut self, before: &str) -> Option<String> {
        let name = name(self.rest);
        if name.is_empty() {
            return match self.next()? {
                ',' | ';' | ':' | '>' | ' ' => Some(" ".to_owned()),
                '!' => Some(String::new()),
                '|' => Some("‖".to_owned()),
                '_' => Some(r"\_".to_owned()),
                '#' => Some(r"\#".to_owned()),
                c @ ('{' | '}' | '%' | '$' | '&') => Some(c.to_string()),
                _ => None,
            };
        }
        self.rest = self.rest.get(name.len()..)?;
        if let Some(symbol) = symbol(name) {
            return Some(symbol.to_owned());
        }
        if is_function(name) {
            return Some(self.applied(name, before));
        }
        if let Some(mark) = accent(name) {
            let letter = self.argument()?;
            return one(&letter).map(|letter| format!("{letter}{mark}"));
        }
        if let Some(alphabet) = alphabet(name) {
            return alphabet.spell(&self.argument()?);
        }
        match name {
            "frac" | "dfrac" | "tfrac" => self.fraction(before),
            "sqrt" => self.root(),
            "text" | "textrm" | "textit" | "mbox" => self.words(),
            // Words are stressed by it; a letter is another.
            "textbf" => {
                let words = self.words()?;
                match one(words.trim()) {
                    Some(_) => alphabet("mathbf")?.spell(&words),
                    None => Some(words),
                }
            }
            "mathrm" | "mathit" | "boxed" => self.argument(),
            "operatorname" => {
                self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
                let name = self.argument()?;
                Some(self.applied(&name, before))
            }
            "left" | "right" | "big" | "Big" | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl"
            | "Bigr" => {
                self.skip_spaces();
                if self.peek() == Some('.') {
                    self.next();
                    return Some(String::new());
                }
                self.atom("")
            }
            "bmod" => Some(" mod ".to_owned()),
            "pmod" => Some(format!(" (mod {})", self.argument()?)),
            "not" => match self.argument()?.as_str() {
                "=" => Some("≠".to_owned()),
                "∈" => Some("∉".to_owned()),
                "≡" => Some("≢".to_owned()),
                "⊂" => Some("⊄".to_owned()),
                "⊆" => Some("⊈".to_owned()),
                "<" => Some("≮".to_owned()),
                ">" => Some("≯".to_owned()),
                "≤" => Some("≰".to_owned()),
                "≥" => Some("≱".to_owned()),
                _ => None,
            },
            "quad" | "qquad" => Some(WIDE.to_string()),
            "displaystyle" | "textstyle" | "limits" | "nolimits" => Some(String::new()),
            _ => None,
        }
    }

    /// A function, apart from what stands beside it.
    fn applied(&self, name: &str, before: &str) -> String {
        let gap = if before.ends_with(char::is_alphanumeric) {
            " "
        } else {
            ""
        };
        let after = self
            .peek()
            .is_some_and(|c| c.is_alphanumeric() || c == '\\' || c == '{');
        format!("{gap}{name}{}", if after { " " } else { "" })
    }

    fn fraction(&mut self, before: &str) -> Option<String> {
        let above = self.argument()?;
        let below = self.argument()?;
        if above.is_empty() || below.is_empty() {
            return None;
        }
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_proper = above.parse::<u32>().ok() < below.parse::<u32>().ok();
        if is_number(&above) && is_number(&below) && is_proper && ends_in_number(before) {
            // "2(1/2)" would be read as a product. More than one is never a part of a mixed number.
            return (!self.factor()).then(|| format!(" {above}/{below}"));
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
        let beside = before.ends_with(|c: char| c.is_alphanumeric() || c == ')') || self.factor();
        let beside = beside || divides_or_applies(before) || self.divided();
        let beside = beside || self.bar() && before.matches(['∣', '‖']).count().is_multiple_of(2);
        Some(if beside {
            format!("({above}/{below})")
        } else {
            format!("{above}/{below}")
        })
    }

    /// What comes next can be read together with what stands in front of it.
    fn factor(&self) -> bool {
        let rest = behind_spaces(self.rest);
        let Some(command) = rest.strip_prefix('\\') else {
            return rest.starts_with(|c: char| c.is_alphanumeric() || "^_({[!'".contains(c));
        };
        let name = name(command);
        match symbol(name) {
            Some(symbol) => {
                symbol.starts_with(|c: char| c.is_alphanumeric() || "∑∏∐∫∬∭∮∂∇∞⟨⌈⌊{[".contains(c))
            }
            None if name.is_empty() => command.starts_with(['{', '$']),
            None => !matches!(
                name,
                "right" | "bigr" | "Bigr" | "biggr" | "Biggr" | "pmod" | "not"
            ),
        }
    }

    /// What comes next is a bar, which may open what is read together with what stands in front of it.
    fn bar(&self) -> bool {
        let rest = behind_spaces(self.rest);
        let Some(command) = rest.strip_prefix('\\') else {
            return rest.starts_with('|');
        };
        command.starts_with('|') || matches!(name(command), "vert" | "Vert" | "lvert" | "lVert")
    }

    /// What comes next is a sign of division.
    fn divided(&self) -> bool {
        let rest = self.rest.trim_start();
        let command = rest.strip_prefix("\\div");
        rest.starts_with(['/', ':', '÷'])
            || command.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
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
        let closed = is_one(&of) && !self.factor();
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
        let plain = !words.contains(['\\', '{', '$', '`', '*', '_', '~', '|']);
        plain.then(|| words.to_owned())
    }
}

/// The name of a command, told without its backslash; empty where it is a sign.
fn name(command: &str) -> &str {
    let length = command.bytes().take_while(u8::is_ascii_alphabetic).count();
    command.get(..length).unwrap_or_default()
}

/// The source behind what only puts space into it.
fn behind_spaces(source: &str) -> &str {
    const SPACES: [&str; 8] = [",", ";", ":", ">", "!", " ", "quad", "qquad"];
    let mut rest = source;
    loop {
        rest = rest.trim_start_matches(|c: char| c == '~' || c.is_whitespace());
        let behind = rest.strip_prefix('\\').and_then(|command| {
            let length = name(command).len().max(1);
            let (space, behind) = command.split_at_checked(length)?;
            SPACES.contains(&space).then_some(behind)
        });
        match behind {
            Some(behind) => rest = behind,
            None => return rest,
        }
    }
}

/// A number stands in front, and is no part of a name: with a fraction it is a mixed number.
fn ends_in_number(before: &str) -> bool {
    let name = before.trim_end_matches(|c: char| c.is_ascii_digit());
    name.len() < before.len() && !name.ends_with(|c: char| c.is_alphanumeric() || "./".contains(c))
}

/// What stands in front takes all of a fraction: a sign of division, or a function.
fn divides_or_applies(before: &str) -> bool {
    let before = before.trim_end();
    let name = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next();
    before.ends_with(['/', '÷', ':']) || name.is_some_and(is_function)
}

/// A number, or one letter with its marks: nothing that a sign in front could be read to leave out.
fn is_one(text: &str) -> bool {
    let number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    number || one(text).is_some_and(char::is_alphanumeric)
}

pub(super) fn one(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
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
            (r"x/\frac{a}{b}", "x/(a/b)"),
            (r"3 \div \frac{1}{2}", "3 ÷ (1/2)"),
            (r"\frac{1}{2} \div \frac{3}{4}", "(1/2) ÷ (3/4)"),
            (r"\frac{1}{2}/\frac{3}{4}", "(1/2)/(3/4)"),
            (r"\frac{1}{2} : 3", "(1/2) : 3"),
            (r"2\frac{1}{2}", "2 1/2"),
            (r"2\frac{3}{2}", "2(3/2)"),
            (r"1\frac{3}{4} + 10\tfrac12", "1 3/4 + 10 1/2"),
            (r"2\frac{a}{b}", "2(a/b)"),
            (r"\sin\frac{x}{2}", "sin (x/2)"),
            (r"x \bmod n", "x mod n"),
            (r"a\bmod b", "a mod b"),
            (r"\frac{1}{2}\,mv^2", "(1/2) mv²"),
            (r"\frac12\;x + \frac12~x", "(1/2) x + (1/2) x"),
            (r"\frac{1}{2}\!x", "(1/2)x"),
            (r"\frac{1}{2}\, + x", "1/2 + x"),
            (r"\frac{f}{g}'", "(f/g)′"),
            (r"\frac{1}{n}\sum_i x_i", "(1/n)∑ᵢ xᵢ"),
            (
                r"\frac{1}{2}|x| = \left|\frac{x}{2}\right|",
                "(1/2)∣x∣ = ∣x/2∣",
            ),
            (r"\frac{1}{2} \mid x", "1/2 ∣ x"),
            (r"x = \frac{1}{2}, \quad y = 3", "x = 1/2,\u{2003}y = 3"),
            (r"x = \frac{1}{2} \qquad y = 3", "x = (1/2)\u{2003}y = 3"),
            (r"\sqrt{x}'", "√(x)′"),
            (r"\sqrt{x}\,y", "√(x) y"),
            (r"\mathbf{x}x \neq \boldsymbol{\beta}\beta", "𝐱x ≠ 𝜷β"),
            (r"\mathbf{r} = r\hat{\mathbf{r}}", "𝐫 = r𝐫\u{302}"),
            (r"|\mathbf{v}| = v", "∣𝐯∣ = v"),
            (r"\mathsf{T} \mathfrak{g} \mathtt{x}", "𝖳 𝔤 𝚡"),
            (r"\textbf{v} = 0 \textbf{ if }", "𝐯 = 0 if"),
            (
                r"\operatorname{tr}A = 2\operatorname{tr} B",
                "tr A = 2 tr B",
            ),
            (r"\operatorname*{argmax}_x f", "argmaxₓ f"),
            (r"\operatorname{tr}\frac{A}{2}", "tr (A/2)"),
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
            (r"\sqrt{a}b", "√(a)b"),
            (r"\sqrt{2}\pi", "√(2)π"),
            (r"\sqrt{2} \times 3 + \sqrt{x}", "√2 × 3 + √x"),
            (r"\frac{1}{2} \times 3", "1/2 × 3"),
            (r"\log{n}", "log n"),
            (r"\sqrt{x+1}", "√(x+1)"),
            (r"\sqrt[3]{8}", "∛8"),
            (r"\sum_{i=1}^{n} i", "∑ᵢ₌₁ⁿ i"),
            (r"x \in \mathbb{R}", "x ∈ ℝ"),
            (r"\left(\frac{a}{b}\right)^2", "(a/b)²"),
            (r"\left\{ x \mid x > 0 \right\}", "{ x ∣ x > 0 }"),
            (r"0 < x \lt 10 \leqslant y", "0 < x < 10 ⩽ y"),
            (r"n<10 < k", "n<10 < k"),
            (r"x<y", r"x\<y"),
            (r"x <", r"x \<"),
            (r"a<:b:12>", r"a\<:b:12>"),
            (r"x<\text{t:12:R>}", r"x\<t:12:R>"),
            (r"x \not< y", "x ≮ y"),
            (r"A \backslash B", r"A \\ B"),
            (
                r"\lVert v \rVert \geqslant \lbrace 45\degree \rbrace",
                "‖ v ‖ ⩾ { 45° }",
            ),
            (r"x^\top A^{\dagger}", "xᵀ A†"),
            (r"A^{\mathsf T} \mathbf{A}^\mathbf{T}", "Aᵀ 𝐀ᵀ"),
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
            r"2\frac{1}{2}x",
            "x_y",
            r"\mathbf{x_1}",
            r"\mathsf{\beta}",
        ] {
            assert_eq!(unicode(source), None, "{source}");
        }
        assert_eq!(unicode(&"{".repeat(5_000)), None);
    }
}
