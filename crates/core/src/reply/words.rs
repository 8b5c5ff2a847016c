//! The words of a line: breaks between them, spans around them, things among them that stay whole.

use super::{
    atom::{self, Atom},
    fence::language,
    line::{Kind, LONGEST_FENCE, run},
    scan::{Found, Scan, score},
    spans::{Run, SpanKind},
};

/// A full stop or a comma that was passed: what a break here would be worth, and whether it needs a space.
#[derive(Clone, Copy)]
struct Stop {
    score: u8,
    needs_space: bool,
}

impl<F: FnMut(Found)> Scan<'_, F> {
    /// Reports a break inside of a line, worth as much as its surroundings allow.
    fn offer(&mut self, at: usize, score: u8) {
        let score = match self.kind {
            _ if self.spans.code().is_some() => score::INLINE_CODE,
            Kind::Heading => score::HEADING,
            Kind::Table => score::CELL,
            _ if !self.spans.is_empty() => score.saturating_sub(score::IN_SPAN),
            Kind::Blank | Kind::Item | Kind::Small | Kind::Fence | Kind::Rule | Kind::Text => score,
        };
        if at > 0 {
            (self.found)(Found::Break { at, score });
        }
    }

    /// Reads the words of a line from `from` to `to`; `open` says that the line may still grow.
    pub(super) fn words(&mut self, from: usize, to: usize, open: bool) {
        let line = self.slice(0, to);
        let mut at = from;
        let mut stop: Option<Stop> = None;
        let mut before: Option<char> = None;
        while let Some(c) = self.slice(at, to).chars().next() {
            let next = at + c.len_utf8();
            if let Some(count) = self.spans.code() {
                at = self.inline_code(at, to, c, count, before);
                before = Some(c);
                continue;
            }
            if c.is_whitespace() {
                let rest = self.slice(at, to);
                at = to - rest.trim_start().len();
                if at < to {
                    self.offer(at, stop.map_or(score::WORD, |stop| stop.score));
                }
                (stop, before) = (None, Some(c));
                continue;
            }
            let thing = match c {
                '[' => atom::link(line, at, open),
                '!' if self.slice(next, to).starts_with('[') => atom::link(line, next, open),
                '!' if open && next == to && before.is_none_or(char::is_whitespace) => Atom::Begun,
                '<' => atom::angle(line, at, open),
                'h' => atom::address(line, at, open),
                _ => Atom::None,
            };
            let end = match thing {
                Atom::Whole(end) => Some(end),
                Atom::Begun => {
                    self.begun.get_or_insert(at);
                    Some(to)
                }
                Atom::Growing => {
                    self.address = Some(at);
                    Some(to)
                }
                Atom::None => None,
            };
            if let Some(end) = end {
                if before.is_some_and(|c| !c.is_whitespace()) {
                    self.offer(
                        at,
                        stop.map_or(score::ATOM, |stop| stop.score.max(score::ATOM)),
                    );
                }
                (self.found)(Found::Atom { start: at, end });
                before = self.slice(at, end).chars().next_back();
                (stop, at) = (None, end);
                continue;
            }
            match c {
                '\\' => {
                    let escaped = self.slice(next, to).chars().next();
                    before = escaped.or(Some(c));
                    at = next + escaped.map_or(0, char::len_utf8);
                    stop = None;
                    continue;
                }
                '*' | '_' | '~' | '|' | '`' => {
                    let count = run(self.slice(at, to), u8::try_from(c).unwrap_or_default());
                    if c == '`' && count == 3 {
                        if self.code_in_line(at, to, open) {
                            return;
                        }
                        at = to
                            - self
                                .slice(at + 3, to)
                                .split_once("```")
                                .map_or("", |(_, rest)| rest)
                                .len();
                        (stop, before) = (None, Some(c));
                        continue;
                    }
                    self.marker(c, at, count, to, before, &mut stop);
                    at += count;
                    before = Some(c);
                    continue;
                }
                _ => {}
            }
            self.letter(c, at, next, to, before, &mut stop);
            (at, before) = (next, Some(c));
        }
    }

    /// Goes on inside of inline code; tells where.
    fn inline_code(
        &mut self,
        at: usize,
        to: usize,
        c: char,
        count: usize,
        before: Option<char>,
    ) -> usize {
        if c == '`' {
            let backticks = run(self.slice(at, to), b'`');
            if backticks == count {
                self.spans.pop();
            }
            return at + backticks;
        }
        if !c.is_whitespace() && before.is_some_and(char::is_whitespace) {
            self.offer(at, score::INLINE_CODE);
        }
        at + c.len_utf8()
    }

    /// Three backticks within a line: a block of code for Discord. True if it goes on in the next line.
    fn code_in_line(&mut self, at: usize, to: usize, open: bool) -> bool {
        let rest = self.slice(at + 3, to);
        if let Some(length) = rest.find("```") {
            (self.found)(Found::Atom {
                start: at,
                end: at + length + 6,
            });
            return false;
        }
        let information = rest.trim();
        let known = language(information);
        let code = known.len() < information.len();
        if open {
            self.begun.get_or_insert(at);
        } else {
            self.enter(at, if code { "" } else { known }, b'`', 3, 0);
            self.body_seen = code;
        }
        true
    }

    fn marker(
        &mut self,
        c: char,
        at: usize,
        count: usize,
        to: usize,
        before: Option<char>,
        stop: &mut Option<Stop>,
    ) {
        let mut behind = self.slice(at + count, to).trim_end();
        // What announces a block of code hides nothing of it: `&&` and `||:`.
        if c == '|' && before.is_some() && matches!(behind, ":" | "." | "：" | "。") {
            behind = "";
        }
        let run = Run {
            at,
            count,
            before,
            after: behind.chars().next(),
        };
        let outside = self.spans.clone();
        let opened = match c {
            '*' => self.spans.stars(run),
            '_' => self.spans.lines(run),
            '~' => self.spans.pairs(SpanKind::Strike, run),
            '|' if self.kind != Kind::Table => self.spans.pairs(SpanKind::Spoiler, run),
            '`' if count <= LONGEST_FENCE => {
                let kind = SpanKind::Code(u8::try_from(count).unwrap_or_default());
                self.spans.open(kind, at)
            }
            _ => false,
        };
        // A marker that opens belongs to what follows it, one that closes to what stands before it.
        if opened {
            if let Some(Stop {
                score,
                needs_space: false,
            }) = stop.take()
            {
                let inside = std::mem::replace(&mut self.spans, outside);
                self.offer(at, score);
                self.spans = inside;
            }
            *stop = None;
        }
    }

    fn letter(
        &mut self,
        c: char,
        at: usize,
        next: usize,
        to: usize,
        before: Option<char>,
        stop: &mut Option<Stop>,
    ) {
        let spaced = |score| {
            Some(Stop {
                score,
                needs_space: true,
            })
        };
        let unspaced = |score| {
            Some(Stop {
                score,
                needs_space: false,
            })
        };
        *stop = match c {
            '.' if abbreviates(self.slice(0, at)) => None,
            '.' | '!' | '?' | '…' => spaced(score::SENTENCE),
            ',' | ';' | ':' | '–' | '—' => spaced(score::CLAUSE),
            '。' | '！' | '？' | '｡' => unspaced(score::SENTENCE),
            '、' | '，' | '；' | '：' | '､' => unspaced(score::CLAUSE),
            ')' | ']' | '"' | '\'' | '’' | '”' | '»' | '」' | '』' | '）' | '】' | '〉' | '》'
            | '〕' | '］' | '｝' => {
                return;
            }
            _ => {
                let wide = script(c) != Script::Other;
                if let Some(stop) = stop
                    && (!stop.needs_space || wide)
                {
                    self.offer(at, stop.score);
                } else if script(c) == Script::Kanji
                    && before.map(script) == Some(Script::Hiragana)
                    && next < to
                {
                    // Japanese has no spaces; a word mostly begins where kanji or katakana follow hiragana.
                    self.offer(at, score::WORD);
                }
                None
            }
        };
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Hiragana,
    /// Kanji and katakana, which begin words.
    Kanji,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{3041}'..='\u{309f}' => Script::Hiragana,
        // Not the middle dot nor the mark of long vowels, which never begin a line.
        '\u{30a1}'..='\u{30fa}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => {
            Script::Kanji
        }
        _ => Script::Other,
    }
}

/// A full stop behind a single letter ends no sentence: "e.g.", "U.S.".
fn abbreviates(before: &str) -> bool {
    let mut back = before.chars().rev();
    back.next().is_some_and(|c| c.is_ascii_alphabetic())
        && !back.next().is_some_and(char::is_alphanumeric)
}
