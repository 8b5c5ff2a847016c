//! A piece of the text as it is shown: what was open before it is opened again in front, what is open at its end is
//! closed behind.

use super::{
    fence::{Fence, closing},
    line::{Kind, Line, QUOTE_DEPTH, strip_quotes},
    scan::Scan,
    spans::Spans,
};
use crate::text::is_blank;

/// What is open at a place in the text, to be opened again in the next message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Carry {
    /// The block of code.
    pub fence: Option<Fence>,
    /// The spans, outermost first; around a block of code nothing but spoilers.
    pub spans: Spans,
    /// How deep in quotes a line goes on.
    pub quote: u8,
    /// A line of small print goes on.
    pub small: bool,
    /// The text goes on within a line.
    pub within: bool,
}

/// A piece of the text, ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    /// What is shown; empty if there is nothing to see in it.
    pub content: String,
    /// Its length in UTF-16 units.
    pub units: usize,
    /// What is open behind it.
    pub carry: Carry,
}

/// The length of a text in UTF-16 units.
pub(super) fn units(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            // A byte that goes on, one that begins a character beyond the basic plane, any other.
            0x80..=0xbf => 0,
            0xf0..=0xff => 2,
            _ => 1,
        })
        .sum()
}

impl Carry {
    /// What is open once the closing markers that the text itself begins with are passed, and how long they are:
    /// opening something only to close it would show as an empty block.
    pub(super) fn settle(&self, text: &str) -> (Self, usize) {
        let mut carry = self.clone();
        let mut passed = text.len() - text.trim_start().len();
        let mut skipped = 0;
        if let Some(fence) = carry.fence.take() {
            let line = text.get(passed..).unwrap_or_default();
            let line = line.split('\n').next().unwrap_or_default();
            let quotes = strip_quotes(line, fence.quote).1;
            let inner = line.len() - quotes.len();
            match closing(&fence, quotes) {
                Some((at, end)) if quotes.get(..at).is_some_and(|code| code.trim().is_empty()) => {
                    passed += inner + end;
                    skipped = passed;
                    let spans = carry.spans;
                    carry = Self {
                        spans,
                        ..Self::default()
                    };
                }
                _ => return (self.clone(), 0),
            }
        }
        while let Some(span) = carry.spans.last()
            && let Some(rest) = text.get(passed..)
            && rest.starts_with(span.kind.marker())
        {
            passed += span.kind.marker().len();
            skipped = passed;
            carry.spans.pop();
        }
        let rest = text.get(passed..).unwrap_or_default();
        let first = rest.split('\n').next().unwrap_or_default();
        match Line::of(first).kind {
            Kind::Text | Kind::Blank => {}
            // A marker in front of a fence would make something else of it,
            Kind::Fence => return (Self::default(), skipped),
            // and of a heading or an item, which matters less than that what is hidden stays so.
            Kind::Heading | Kind::Item | Kind::Small | Kind::Table | Kind::Rule => {
                let mut spans = carry.spans;
                spans.keep_spoilers();
                let carry = Self {
                    spans,
                    ..Self::default()
                };
                return (carry, skipped);
            }
        }
        if !carry.spans.is_empty() && !carry.within {
            // The markers belong behind the quote marks, which would be words behind them.
            let (quote, words) = strip_quotes(first, QUOTE_DEPTH);
            if quote > 0 && !words.trim().is_empty() {
                carry.quote = quote;
                passed += first.len() - words.trim_start().len();
                skipped = passed;
            }
        }
        let next = text.get(passed..).and_then(|rest| rest.chars().next());
        let marks = carry
            .spans
            .last()
            .and_then(|span| span.kind.marker().chars().next());
        if next == marks && matches!(next, Some('~' | '`')) {
            // Together they would be another marker.
            carry.spans.clear();
        }
        (carry, skipped)
    }

    /// The markers that open everything again.
    pub(super) fn opening(&self) -> String {
        let mut opening = String::new();
        if let Some(fence) = &self.fence {
            push_quotes(&mut opening, fence.quote);
            self.spans.push_opening(&mut opening);
            if !self.spans.is_empty() && !fence.ends_anywhere() {
                // Within a line its marks would be none.
                opening.push('\n');
                push_quotes(&mut opening, fence.quote);
            }
            push_marks(&mut opening, fence);
            opening.push_str(&fence.language);
            opening.push('\n');
            opening.push_str(&fence.head);
        }
        push_quotes(&mut opening, self.quote);
        if self.small {
            opening.push_str("-# ");
        }
        if self.fence.is_none() {
            self.spans.push_opening(&mut opening);
        }
        opening
    }
}

/// Renders a piece of the text in front of which `carry` was open.
pub(super) fn render(text: &str, carry: &Carry) -> Rendered {
    rendered(text, carry, false)
}

/// The same for a piece with which the text ends: a marker in it that nothing closes is none, as with `2*3` or `*args`, and
/// stays as it is. Blocks of code are closed all the same, and what was open in front of it.
pub(super) fn render_last(text: &str, carry: &Carry) -> Rendered {
    rendered(text, carry, true)
}

fn rendered(text: &str, carry: &Carry, ends: bool) -> Rendered {
    let whole = text;
    let (carry, passed) = carry.settle(text);
    let text = text.get(passed..).unwrap_or_default();
    let text = if carry.fence.is_some() {
        text
    } else {
        text.trim_start()
    };
    let scan = Scan::new(text, carry.fence.clone(), carry.spans.clone(), |_| ())
        .behind(carry.quote, carry.small)
        .run();

    let mut end = text.trim_end().len();
    let mut shown = scan.fence.clone();
    if !scan.body_seen
        && let Some(at) = scan.fence_at
    {
        // A block that has no code yet is not shown, but no word of the text is lost at its end.
        let line = text.get(at..).unwrap_or_default().trim_end();
        let words = line.rsplit(['`', '~']).next().unwrap_or_default();
        let is_last = ends && !words.trim().is_empty();
        if !is_last {
            end = text.get(..at).unwrap_or_default().trim_end().len();
            shown = None;
        }
    }
    let mut spans = scan.spans.clone();
    if ends {
        spans.keep_carried();
    }
    while let Some(span) = spans.last()
        && let Some(at) = span.at
        && text
            .get(at + span.kind.marker().len()..end)
            .is_none_or(|words| words.trim().is_empty())
    {
        // Nor is a span without a word.
        end = end.min(text.get(..at).unwrap_or_default().trim_end().len());
        spans.pop();
    }
    let body = text.get(..end).unwrap_or_default();
    let body = if carry.fence.is_some() {
        body.trim_start_matches(['\n', '\r'])
    } else {
        body.trim_start()
    };

    let mut content = String::new();
    if !is_hollow(body, &carry, scan.fence.is_some()) {
        content.push_str(&carry.opening());
        content.push_str(body);
        if let Some(fence) = &shown {
            content.push('\n');
            push_quotes(&mut content, fence.quote);
            content.extend(std::iter::repeat_n(' ', usize::from(fence.indent.min(12))));
            push_marks(&mut content, fence);
        }
        let in_line = content.trim_end_matches('`').len() + 3 == content.len();
        let is_closed = scan.fence.is_none() && scan.begun.is_none() && scan.kind == Kind::Fence;
        let is_code = shown.is_some() || is_closed;
        if !spans.is_empty() && is_code && !in_line {
            // Only behind three backticks may more stand in the line that ends a block.
            content.push('\n');
            push_quotes(&mut content, shown.map_or(scan.quote, |fence| fence.quote));
        }
        for span in spans.iter().rev() {
            if content.ends_with('`') && span.kind.marker().starts_with('`') {
                // Together they would be another marker.
                content.push(' ');
            }
            content.push_str(span.kind.marker());
        }
    }
    let within = !whole.ends_with('\n');
    let same = !whole.contains('\n');
    let carry = Carry {
        fence: scan.fence.clone().map(|fence| Fence { indent: 0, ..fence }),
        spans: scan.spans.clone().carried(),
        quote: match (within, same) {
            (true, true) => scan.quote.max(carry.quote),
            (true, false) => scan.quote,
            (false, _) => 0,
        },
        within,
        small: within && (scan.kind == Kind::Small || (same && carry.small)),
    };
    Rendered {
        units: units(&content),
        content,
        carry,
    }
}

/// There is nothing to see in it but markers that close what was open before; `in_code` tells that it ends in a block of
/// code. In code any mark is code, unless it begins what closes the code.
fn is_hollow(body: &str, carry: &Carry, in_code: bool) -> bool {
    let only = |marks: &str| body.split(|c: char| marks.contains(c)).all(is_blank);
    match (&carry.fence, carry.spans.code()) {
        (Some(fence), _) if in_code && body.trim().len() < fence.count => {
            only(char::from(fence.mark).encode_utf8(&mut [0; 4]))
        }
        (Some(_), _) => is_blank(body),
        (None, Some(_)) => only("`"),
        (None, None) if carry.spans.is_empty() => is_blank(body),
        (None, None) => only("`~*_|>"),
    }
}

fn push_quotes(text: &mut String, depth: u8) {
    for _ in 0..depth {
        text.push_str("> ");
    }
}

fn push_marks(text: &mut String, fence: &Fence) {
    text.extend(std::iter::repeat_n(char::from(fence.mark), fence.count));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(text: &str) -> String {
        render(text, &Carry::default()).content
    }

    #[test]
    fn what_is_open_is_closed() {
        let table = [
            ("plain", "plain"),
            ("a **bold", "a **bold**"),
            ("a **bold ", "a **bold**"),
            ("a **bold** b", "a **bold** b"),
            ("an *it", "an *it*"),
            ("_it", "_it_"),
            ("__u", "__u__"),
            ("~~s", "~~s~~"),
            ("||sp", "||sp||"),
            ("***both", "***both***"),
            ("***a b** c", "***a b** c*"),
            ("***a b* c", "***a b* c**"),
            ("**b *i", "**b *i***"),
            ("**b *i* c", "**b *i* c**"),
            ("*i **b** c", "*i **b** c*"),
            ("`code", "`code`"),
            ("``a ` b", "``a ` b``"),
            ("`**not bold", "`**not bold`"),
            ("``a ` b ` ", "``a ` b ` ``"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("snake_case_name and _it", "snake_case_name and _it_"),
            ("**「注」**です", "**「注」**です"),
            (r"\*no", r"\*no"),
            ("a *stray\n\nnext", "a *stray\n\nnext"),
            ("- *stray\n- next", "- *stray\n- next"),
            ("# **head\ntext", "# **head\ntext"),
            ("||one\n\ntwo **b", "||one\n\ntwo **b**||"),
            ("||one\n1. two", "||one\n1. two||"),
            ("> ||one\n\ntwo", "> ||one\n\ntwo"),
            ("Who?\n\n||\nThe butler", "Who?\n\n||\nThe butler||"),
            ("Who?\n\n||\n", "Who?"),
            (
                "Who?\n\n||  \nThe butler\n\nIt",
                "Who?\n\n||  \nThe butler\n\nIt||",
            ),
            ("|| The butler", "|| The butler||"),
            ("|| means or\n&& and", "|| means or\n&& and||"),
            ("|| means or\n\nSo", "|| means or\n\nSo"),
            ("- || means or\n- && and", "- || means or\n- && and"),
            (
                "|| A | B |\n|---|---|---|\n| x",
                "|| A | B |\n|---|---|---|\n| x",
            ),
            ("> ||\n> The butler", "> ||\n> The butler||"),
            ("KL(P||Q) is\n\nso", "KL(P||Q) is\n\nso"),
            ("答え||は\n\n秘密", "答え||は\n\n秘密||"),
            ("**over\ntwo lines", "**over\ntwo lines**"),
            ("a || b", "a || b"),
            ("| a || b |", "| a || b |"),
            ("dangling **", "dangling **"),
            ("---", "---"),
            ("***", "***"),
            ("```rust\nlet x;", "```rust\nlet x;\n```"),
            ("```rust\nlet x;\n", "```rust\nlet x;\n```"),
            ("```rust\nlet x;\n```", "```rust\nlet x;\n```"),
            ("```rust\nlet x;\n```\n**b", "```rust\nlet x;\n```\n**b**"),
            ("~~~\nx", "~~~\nx\n~~~"),
            ("````md\n```\nx", "````md\n```\nx\n````"),
            ("1. a\n   ```sh\n   ls", "1. a\n   ```sh\n   ls\n   ```"),
            ("> ```sh\n> ls", "> ```sh\n> ls\n> ```"),
            ("run ```sh\nls", "run ```sh\nls\n```"),
            ("run ```ls -l``` **now", "run ```ls -l``` **now**"),
            ("Hi\n```rust\n", "Hi"),
            ("||```js\nx", "||```js\nx\n```||"),
            ("||```js\nx\n```", "||```js\nx\n```||"),
            ("||```js\nx\n```||", "||```js\nx\n```||"),
            ("||```js\nx\n```|| **y", "||```js\nx\n```|| **y**"),
            ("||```js\n", ""),
            ("||```x``", "||```x``||"),
            ("||```x```", "||```x```||"),
            ("|| ```js\nx", "|| ```js\nx\n```||"),
            ("|| or\n```js\nx", "|| or\n```js\nx\n```"),
            ("&& and ||:\n```js\nx", "&& and ||:\n```js\nx\n```"),
            ("&&, ||, and ! **so", "&&, ||, and ! **so**"),
            ("See ||: so", "See ||: so||"),
            ("||a\n~~~\nx", "||a\n~~~\nx\n~~~\n||"),
            ("||a\n~~~\nx\n~~~", "||a\n~~~\nx\n~~~\n||"),
            ("||a\n~~~", "||a\n~~~||"),
            ("> ||a\n> ````\n> x", "> ||a\n> ````\n> x\n> ````\n> ||"),
            ("||**a\n\n```\nx", "||**a\n\n```\nx\n```||"),
            ("> ||a\n> ```\n> x", "> ||a\n> ```\n> x\n> ```||"),
            ("> ||a\n```\nx", "> ||a\n```\nx\n```"),
            ("||```js\na || b", "||```js\na || b\n```"),
            ("```js\na || b", "```js\na || b\n```"),
            ("```", "```"),
            ("Hi\n```ru", "Hi\n```ru"),
            ("```ru\n", ""),
            (" \n ", ""),
            ("\u{200b}", ""),
        ];
        for (text, expected) in table {
            assert_eq!(closed(text), expected, "{text:?}");
        }
    }

    #[test]
    fn no_word_is_lost_where_a_text_ends_in_the_line_that_opens_a_block() {
        for (text, expected) in [
            ("Run:\n```ls\n", "Run:\n```ls\n```"),
            ("Run:\n```ls -l 日本\n\n", "Run:\n```ls -l 日本\n```"),
            ("Run:\n```\n", "Run:"),
        ] {
            assert_eq!(render_last(text, &Carry::default()).content, expected);
        }
    }

    #[test]
    fn what_was_open_is_opened_again() {
        let table = [
            ("a **bold", "er** b", "**er** b"),
            ("a **bold", "er", "**er**"),
            ("a **bold", "** b", "b"),
            ("**b *i", "* c** d", "**c** d"),
            (
                "```rust\nlet x;\n",
                "  let y;\n```\nz",
                "```rust\n  let y;\n```\nz",
            ),
            ("```rust\nlet x;\n", "```\nz", "z"),
            ("```rust\nlet x;\n", "  let y;", "```rust\n  let y;\n```"),
            ("```rust\nlet x;\n", "\n", ""),
            ("```rust,ignore\nlet x;\n", "y", "```rust\ny\n```"),
            ("> ```sh\n> ls\n", "> cd", "> ```sh\n> cd\n> ```"),
            ("> One. ", "Two.", "> Two."),
            ("-# One. ", "Two.", "-# Two."),
            ("1. ```sh\n   ls\n", "   cd\n   ```", "```sh\n   cd\n   ```"),
            ("```\n*\n", "**\n***\n```", "```\n**\n***\n```"),
            ("```\n*\n", "|__|", "```\n|__|\n```"),
            ("```\n*\n", "``", ""),
            ("````\n*\n", "```\n````", "````\n```\n````"),
            ("||one\n\ntwo\n", "- three||", "||- three||"),
            ("||\none\n\n", "two\n||\nthree", "||two\n||\nthree"),
            ("|| means or, ", "or so", "or so"),
            ("||one\n\ntwo\n\n", "three|| four", "||three|| four"),
            ("||```js\nx\n", "y", "||```js\ny\n```||"),
            ("||```js\nx\n", "y\n```|| z", "||```js\ny\n```|| z"),
            ("||```js\nx\n", "```|| z", "z"),
            ("||```js\nx\n", "```\nz|| a", "||z|| a"),
            ("> ||```\n> x\n", "> y", "> ||```\n> y\n> ```||"),
            ("||a\n~~~\nx\n", "y", "||\n~~~\ny\n~~~\n||"),
            (
                "> ||a\n> ~~~\n> x\n",
                "> y",
                "> ||\n> ~~~\n> y\n> ~~~\n> ||",
            ),
            ("||```js\na || b\n", "y", "```js\ny\n```"),
            ("`a *", "**`", "`**`"),
            ("`a", "`", ""),
        ];
        for (before, text, expected) in table {
            let carry = render(before, &Carry::default()).carry;
            assert_eq!(
                render(text, &carry).content,
                expected,
                "{before:?} then {text:?}"
            );
        }
    }

    #[test]
    fn lengths_are_counted_in_utf16() {
        for text in ["", "abc", "äöü", "日本語", "👩‍🚀🇯🇵", "a\u{301}"] {
            assert_eq!(units(text), text.encode_utf16().count(), "{text:?}");
        }
    }
}
