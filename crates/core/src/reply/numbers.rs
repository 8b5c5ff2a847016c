//! Numbers for the formulas that Unicode can't say: under the same number a picture shows them.
//!
//! The source stays in the text as code, so that it can be copied and is there where no picture can be. Its number is
//! given as soon as it is shown, by its place in the answer, and so never changes.

use std::ops::Range;

/// A formula that is to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Formula {
    /// The number that stands beside it in the text. The same formula has the same number wherever it stands.
    pub number: u32,
    /// Its source, in LaTeX, without what marks it as a formula.
    pub source: String,
    /// It stands in a spoiler.
    pub hidden: bool,
}

impl Formula {
    /// Looks whether the words of its message hide it.
    pub(super) fn look(&mut self, content: &str) {
        let (raised, said) = (raised(self.number), format!("% ({})", self.number));
        let mut places = [raised.as_str(), said.as_str()]
            .into_iter()
            .flat_map(|number| content.match_indices(number));
        // That it is hidden although those marks hide something else does no harm.
        self.hidden = places.any(|(at, _)| {
            let (before, behind) = content.split_at_checked(at).unwrap_or_default();
            before.contains("||") && behind.contains("||")
        });
    }
}

/// Which formulas of a text are to be drawn.
#[derive(Clone, Debug, Default)]
pub(super) enum Numbers {
    /// None.
    #[default]
    None,
    /// All that are shown as code.
    All {
        /// Their sources; the first has number 1.
        sources: Vec<String>,
        /// Where in what is shown one of them begins, in order, and its number.
        places: Vec<(usize, u32)>,
    },
}

impl Numbers {
    /// The numbers of a text of which nothing is known yet.
    pub(super) fn all() -> Self {
        Self::All {
            sources: Vec::new(),
            places: Vec::new(),
        }
    }

    /// As many of another text, of which nothing is known yet.
    pub(super) fn anew(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::All { .. } => Self::all(),
        }
    }

    /// The number of a formula that is shown at that place, if it is to be drawn: nobody is to look for a picture of one that
    /// the fonts of mathematics can't spell.
    pub(super) fn give(&mut self, source: &str, at: usize) -> Option<u32> {
        let Self::All { sources, places } = self else {
            return None;
        };
        if !source.chars().all(is_spelt) {
            return None;
        }
        let known = sources.iter().position(|known| known == source);
        let index = known.unwrap_or_else(|| {
            sources.push(source.to_owned());
            sources.len() - 1
        });
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        places.push((at, number));
        Some(number)
    }

    /// What is shown from there on is shown otherwise.
    pub(super) fn take_back(&mut self, shown: usize) {
        if let Self::All { places, .. } = self {
            places.truncate(places.partition_point(|(at, _)| *at < shown));
        }
    }

    /// The numbers for a piece that is shown as a whole: those that are given are known, and nothing has a place.
    pub(super) fn for_piece(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::All { sources, .. } => Self::All {
                sources: sources.clone(),
                places: Vec::new(),
            },
        }
    }

    /// Takes in the formulas of a piece; `place` tells where a place within it is shown.
    pub(super) fn take_in(&mut self, piece: Self, place: impl Fn(usize) -> usize) {
        if let (
            Self::All { sources, places },
            Self::All {
                sources: known,
                places: within,
            },
        ) = (self, piece)
        {
            *sources = known;
            let within = within.into_iter();
            places.extend(within.map(|(at, number)| (place(at), number)));
        }
    }

    /// The formulas that begin in a part of what is shown, each once, in order.
    pub(super) fn within(&self, part: Range<usize>) -> Vec<Formula> {
        let Self::All { sources, places } = self else {
            return Vec::new();
        };
        let first = places.partition_point(|(at, _)| *at < part.start);
        let mut formulas: Vec<Formula> = Vec::new();
        for (_, number) in places
            .iter()
            .skip(first)
            .take_while(|(at, _)| *at < part.end)
        {
            let source = usize::try_from(*number - 1)
                .ok()
                .and_then(|index| sources.get(index));
            if let Some(source) = source
                && formulas.iter().all(|formula| formula.number != *number)
            {
                formulas.push(Formula {
                    number: *number,
                    source: source.clone(),
                    hidden: false,
                });
            }
        }
        formulas
    }
}

/// The fonts of mathematics may have it: Latin and Greek letters, signs, the alphabets of mathematics. They have no kanji, no
/// Cyrillic letters, no emoji.
fn is_spelt(c: char) -> bool {
    matches!(c, '\0'..='\u{3ff}' | '\u{1e00}'..='\u{2bff}' | '\u{1d400}'..='\u{1d7ff}')
}

/// A number as it stands beside a formula in the text: `⁽¹²⁾`.
pub(super) fn raised(number: u32) -> String {
    let digits = number.to_string();
    let digits = digits.chars().map(|digit| match digit {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    });
    format!("⁽{}⁾", digits.collect::<String>())
}
