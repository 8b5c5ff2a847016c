//! Blocks of code in a piece of Discord's markdown: where they begin and end, and where they may be broken.

use super::{
    line::{Kind, Line, fence_run, run, strip_quotes},
    scan::{Found, Scan, score},
};

/// A block of code that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    /// A backtick or a tilde.
    pub mark: u8,
    /// How many of them.
    pub count: usize,
    /// The language, as Discord would read it; empty if there is none.
    pub language: String,
    /// How deep in quotes it is.
    pub quote: u8,
    /// How far in it begins.
    pub indent: u8,
    /// The lines that stand at the top of it in each message that shows a part of it, a line break behind each.
    pub head: String,
}

impl Fence {
    /// Discord ends a block of three backticks at the next three, wherever they are.
    pub(super) fn ends_anywhere(&self) -> bool {
        self.mark == b'`' && self.count == 3
    }
}

impl<F: FnMut(Found)> Scan<'_, F> {
    pub(super) fn open_fence(
        &mut self,
        start: usize,
        from: usize,
        end: usize,
        line: &Line,
        open: bool,
    ) {
        let rest = self.slice(from, end);
        let Some((mark, count)) = fence_run(rest) else {
            return;
        };
        if open {
            // As long as its line is not complete, nobody knows whether it is one.
            self.begun.get_or_insert(start);
            return;
        }
        let information = rest.get(count..).unwrap_or_default().trim();
        self.enter(start, language(information), mark, count, line.indent);
    }

    pub(super) fn enter(&mut self, at: usize, language: &str, mark: u8, count: usize, indent: u8) {
        self.end_item(at);
        self.fence = Some(Fence {
            mark,
            count,
            language: language.to_owned(),
            quote: self.quote,
            indent,
            head: String::new(),
        });
        self.fence_at = Some(at);
        self.body_seen = false;
        // What is hidden hides code too.
        let text = self.text;
        self.spans.keep_around(|from| {
            text.get(from..at)
                .is_some_and(|words| words.trim().is_empty())
        });
    }

    pub(super) fn code_line(&mut self, start: usize, end: usize, open: bool) {
        let Some(fence) = &self.fence else { return };
        let line = self.slice(start, end);
        let (_, inner) = strip_quotes(line, fence.quote);
        let inner_at = end - inner.len();
        let closing = closing(fence, inner);
        let body = inner
            .get(..closing.map_or(inner.len(), |(at, _)| at))
            .unwrap_or_default();
        let blank = body.trim().is_empty();
        let mark = char::from(fence.mark);
        // A line of nothing but marks at the very end may become the one that closes.
        let uncertain = open && !inner.is_empty() && inner.trim().chars().all(|c| c == mark);
        if !blank && !uncertain && self.body_seen && start > 0 {
            let score = if self.gap {
                score::CODE_GAP
            } else {
                score::CODE_LINE
            };
            (self.found)(Found::Break { at: start, score });
        }
        let mut seen = false;
        let mut space = false;
        for (offset, byte) in body.bytes().enumerate() {
            if byte == b' ' {
                space = seen;
            } else {
                if space {
                    let at = inner_at + offset;
                    (self.found)(Found::Break {
                        at,
                        score: score::CODE_WORD,
                    });
                }
                seen = true;
                space = false;
            }
        }
        // For Discord a spoiler ends at the next two bars, be they code.
        self.spans.end_spoilers(body);
        self.gap = blank;
        self.body_seen |= !blank && !uncertain;
        self.first = false;
        if let Some((_, closed)) = closing {
            self.fence = None;
            self.fence_at = None;
            self.kind = Kind::Fence;
            self.introduces = false;
            self.gap = false;
            if !self.slice(inner_at + closed, end).trim().is_empty() {
                self.kind = Kind::Text;
                self.words(inner_at + closed, end, open);
            }
        }
    }
}

/// The language of a block of code, as Discord reads it.
pub(super) fn language(information: &str) -> &str {
    let end = information
        .find(|c: char| !c.is_ascii_alphanumeric() && !"_+-.#".contains(c))
        .unwrap_or(information.len());
    let language = information.get(..end).unwrap_or_default();
    if language.len() > 32 { "" } else { language }
}

/// Where in a line of code the block is closed: where the mark begins and where it ends.
pub(super) fn closing(fence: &Fence, line: &str) -> Option<(usize, usize)> {
    if fence.ends_anywhere() {
        let at = line.find("```")?;
        return Some((at, at + run(line.get(at..)?, b'`')));
    }
    let trimmed = line.trim();
    let count = run(trimmed, fence.mark);
    (count == trimmed.len() && count >= fence.count).then(|| {
        let at = line.len() - line.trim_start().len();
        (at, line.len())
    })
}
