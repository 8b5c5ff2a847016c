//! Markup that spans words: bold, italic, underline, strike, spoiler and inline code.
//!
//! Discord pairs markers by patterns rather than by CommonMark's flanking rules: `**「注」**です` is bold there.
//! What is followed here is what its clients show.

use super::line::LONGEST_FENCE;

/// More than these are never open at once in a sensible text; what comes on top is left alone.
const DEEPEST: usize = 6;

/// A span that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// What it is.
    pub kind: SpanKind,
    /// Where its marker is; none if it was opened before this text.
    pub at: Option<usize>,
    /// It goes on over the end of its paragraph.
    lasts: bool,
}

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanKind {
    /// `**bold**`
    Bold,
    /// `*italic*`
    Italic,
    /// `_italic_`
    Slanted,
    /// `__underlined__`
    Underline,
    /// `~~struck~~`
    Strike,
    /// `||spoiler||`
    Spoiler,
    /// Code between this many backticks.
    Code(u8),
}

impl SpanKind {
    /// What opens and closes it.
    pub(super) fn marker(self) -> &'static str {
        match self {
            Self::Bold => "**",
            Self::Italic => "*",
            Self::Slanted => "_",
            Self::Underline => "__",
            Self::Strike => "~~",
            Self::Spoiler => "||",
            Self::Code(count) => "````````````"
                .get(..usize::from(count).min(LONGEST_FENCE))
                .unwrap_or_default(),
        }
    }
}

/// The spans that are open, outermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Span>);

/// A run of the same marker, with what stands around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Where it is.
    pub at: usize,
    /// How long it is.
    pub count: usize,
    /// The character before it.
    pub before: Option<char>,
    /// The character after it, on the same line; none where nothing but white space follows there, or ends a sentence.
    pub after: Option<char>,
}

impl Run {
    fn opens(&self) -> bool {
        self.after.is_some_and(|c| !c.is_whitespace())
    }

    fn closes(&self) -> bool {
        self.before.is_some_and(|c| !c.is_whitespace())
    }

    fn in_word(&self) -> bool {
        self.before.is_some_and(char::is_alphanumeric)
    }
}

impl Spans {
    /// None is open.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The innermost one.
    pub(super) fn last(&self) -> Option<Span> {
        self.0.last().copied()
    }

    /// All of them, outermost first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Span> {
        self.0.iter().copied()
    }

    /// Puts the markers that open all of them behind a text.
    pub(super) fn push_opening(&self, text: &mut String) {
        for span in &self.0 {
            text.push_str(span.kind.marker());
        }
    }

    /// How many backticks the code that is open was opened with.
    pub(super) fn code(&self) -> Option<usize> {
        match self.0.last()?.kind {
            SpanKind::Code(count) => Some(usize::from(count)),
            SpanKind::Bold
            | SpanKind::Italic
            | SpanKind::Slanted
            | SpanKind::Underline
            | SpanKind::Strike
            | SpanKind::Spoiler => None,
        }
    }

    /// The paragraph has ended: what is still open was no markup.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The paragraph has ended within what may be a spoiler, the only span that goes on over it.
    pub(super) fn keep_spoilers(&mut self) {
        self.0.retain(|span| span.lasts);
    }

    /// A block of code begins: a spoiler goes on over it, also what may be none but has only space between its marker and
    /// the code.
    pub(super) fn keep_around(&mut self, is_space: impl Fn(usize) -> bool) {
        for span in &mut self.0 {
            let behind = span.at.map(|at| at + span.kind.marker().len());
            span.lasts |= span.kind == SpanKind::Spoiler && behind.is_some_and(&is_space);
        }
        self.keep_spoilers();
    }

    /// Code has come, in which nothing but the end of a spoiler means anything.
    pub(super) fn end_spoilers(&mut self, code: &str) {
        if !self.is_empty() && code.contains(SpanKind::Spoiler.marker()) {
            self.close(SpanKind::Spoiler);
        }
    }

    /// Forgets those that were opened in this text.
    pub(super) fn keep_carried(&mut self) {
        self.0.retain(|span| span.at.is_none());
    }

    /// Forgets the innermost one.
    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    /// Forgets where they were opened, because that text is over.
    ///
    /// Three backticks or more at the front of a message would open a block: such code isn't carried on. Nor is what may be no
    /// spoiler at all.
    pub(super) fn carried(mut self) -> Self {
        self.0.retain(|span| match span.kind {
            SpanKind::Code(count) => count < 3,
            SpanKind::Spoiler => span.lasts,
            SpanKind::Bold
            | SpanKind::Italic
            | SpanKind::Slanted
            | SpanKind::Underline
            | SpanKind::Strike => true,
        });
        for span in &mut self.0 {
            span.at = None;
        }
        self
    }

    /// Opens a span; tells whether there was room for it.
    pub(super) fn open(&mut self, kind: SpanKind, at: usize) -> bool {
        let room = self.0.len() < DEEPEST;
        if room {
            self.0.push(Span {
                kind,
                at: Some(at),
                lasts: kind == SpanKind::Spoiler,
            });
        }
        room
    }

    fn find(&self, kind: SpanKind) -> Option<usize> {
        self.0.iter().rposition(|span| span.kind == kind)
    }

    /// Closes a span, and with it whatever was opened inside of it and not closed.
    fn close(&mut self, kind: SpanKind) -> bool {
        let found = self.find(kind);
        if let Some(index) = found {
            self.0.truncate(index);
        }
        found.is_some()
    }

    /// Takes a run of `*` in; true if it opened something.
    pub(super) fn stars(&mut self, run: Run) -> bool {
        let (bold, italic) = (self.find(SpanKind::Bold), self.find(SpanKind::Italic));
        match run.count {
            1 if italic.is_some() && run.closes() => !self.close(SpanKind::Italic),
            1 if run.opens() => self.open(SpanKind::Italic, run.at),
            2 if bold.is_some() => {
                if !self.unwrap_italic() {
                    self.close(SpanKind::Bold);
                }
                false
            }
            2 if run.opens() => self.open(SpanKind::Bold, run.at),
            3 => match (bold, italic) {
                (Some(bold), Some(italic)) => {
                    self.0.truncate(bold.min(italic));
                    false
                }
                (Some(_), None) => {
                    self.close(SpanKind::Bold);
                    run.opens() && self.open(SpanKind::Italic, run.at + 2)
                }
                (None, Some(_)) => {
                    self.close(SpanKind::Italic);
                    run.opens() && self.open(SpanKind::Bold, run.at + 1)
                }
                (None, None) => {
                    run.opens()
                        && self.open(SpanKind::Bold, run.at)
                        && self.open(SpanKind::Italic, run.at + 2)
                }
            },
            _ => false,
        }
    }

    /// Of the two that three stars have opened, bold ends first: then italic was the outer one. Tells whether it was so.
    fn unwrap_italic(&mut self) -> bool {
        let [.., bold, italic] = self.0.as_mut_slice() else {
            return false;
        };
        let kinds = (bold.kind, italic.kind) == (SpanKind::Bold, SpanKind::Italic);
        let together = bold.at.is_some() && bold.at.map(|at| at + 2) == italic.at;
        if kinds && together {
            bold.kind = SpanKind::Italic;
            self.0.pop();
        }
        kinds && together
    }

    /// Takes a run of `_` in; true if it opened something.
    pub(super) fn lines(&mut self, run: Run) -> bool {
        let opens = run.opens() && !run.in_word();
        let inside = run.after.is_some_and(char::is_alphanumeric);
        match run.count {
            1 if self.find(SpanKind::Slanted).is_some() && run.closes() && !inside => {
                !self.close(SpanKind::Slanted)
            }
            1 if opens => self.open(SpanKind::Slanted, run.at),
            2 if self.find(SpanKind::Underline).is_some() && run.closes() => {
                !self.close(SpanKind::Underline)
            }
            2 if opens => self.open(SpanKind::Underline, run.at),
            3 => {
                let slanted = self.close(SpanKind::Slanted);
                let underline = self.close(SpanKind::Underline);
                !slanted
                    && !underline
                    && opens
                    && self.open(SpanKind::Underline, run.at)
                    && self.open(SpanKind::Slanted, run.at + 2)
            }
            _ => false,
        }
    }

    /// Takes a run of `~` or `|` in; true if it opened something.
    pub(super) fn pairs(&mut self, kind: SpanKind, run: Run) -> bool {
        if run.count != 2 || self.close(kind) {
            return false;
        }
        let opens = match kind {
            // What is to be hidden may stand in lines of its own between the markers.
            SpanKind::Spoiler if run.before.is_none() && run.after.is_none() => true,
            // `|| this ||` is hidden too, but `|| means or` is not to hide all that follows.
            SpanKind::Spoiler if run.before.is_none() && !run.opens() => {
                let opened = self.open(kind, run.at);
                if let Some(span) = self.0.last_mut().filter(|_| opened) {
                    span.lasts = false;
                }
                return opened;
            }
            // `P(X||Y)` and `a||b` hide nothing, and a spoiler that never ends would hide all that follows.
            SpanKind::Spoiler if run.before.is_some_and(|c| c.is_ascii_alphanumeric()) => false,
            // `&&, ||, and !`
            SpanKind::Spoiler if run.after.is_some_and(|c| ",;)、，；）".contains(c)) => false,
            SpanKind::Bold
            | SpanKind::Italic
            | SpanKind::Slanted
            | SpanKind::Underline
            | SpanKind::Strike
            | SpanKind::Spoiler
            | SpanKind::Code(_) => run.opens(),
        };
        opens && self.open(kind, run.at)
    }
}
