//! What kinds of turns there are, and when their process is killed.

/// What kind of turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A mention opens a thread.
    NewThread,
    /// The second question in a thread.
    KnownThread,
    /// A direct message.
    Direct,
    /// A reply to an answer outside threads.
    Chain,
    /// An answer that takes three messages.
    Long,
    /// A second question comes before the first word.
    Joined,
    /// An answer with a formula, which gets a picture.
    Formula,
    /// An answer outside threads that takes three messages, of which the first alone is a reply.
    LongChain,
}

/// A formula as a model writes it, and as it can be seen.
pub(super) const FORMULA: [&str; 2] = [r"\(x_{d}\)", "`x_{d}`⁽¹⁾"];

impl Kind {
    /// All but `Formula`, in which nothing but the picture is another, and `LongChain`, which is both.
    pub(crate) const ALL: [Self; 6] = [
        Self::NewThread,
        Self::KnownThread,
        Self::Direct,
        Self::Chain,
        Self::Long,
        Self::Joined,
    ];

    /// About how many calls such a turn takes.
    pub(crate) fn calls(self) -> usize {
        match self {
            Self::NewThread | Self::Joined | Self::Formula => 6,
            Self::KnownThread | Self::Direct | Self::Chain => 5,
            Self::Long | Self::LongChain => 9,
        }
    }

    pub(super) fn is_chain(self) -> bool {
        matches!(self, Self::Chain | Self::LongChain)
    }

    /// How many pieces its answer has.
    pub(crate) fn pieces(self) -> usize {
        self.answer("first").len()
    }

    /// The answer in pieces, told from the one of another process by a word.
    pub(super) fn answer(self, word: &str) -> Vec<String> {
        match self {
            Self::Long | Self::LongChain => (1..=6)
                .map(|number| {
                    format!(
                        "{} The {word} answer goes on.\n\n",
                        "Waves come and go. ".repeat(40 + number)
                    )
                })
                .chain([format!("That is the {word} end.")])
                .collect(),
            Self::Formula => ["The ", word, " answer is ", FORMULA[0], "."]
                .map(str::to_owned)
                .to_vec(),
            Self::NewThread | Self::KnownThread | Self::Direct | Self::Chain | Self::Joined => {
                ["The ", word, " answer ", "is ", "blue."]
                    .map(str::to_owned)
                    .to_vec()
            }
        }
    }
}

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The question was asked in this very moment: only the resumed gateway session can tell of it.
    Asked,
    /// The n-th call of the turn has come to Discord and is not done.
    BeforeCall(usize),
    /// It is done, and its answer is not sent.
    AfterCall(usize),
    /// The same, and then the next process too, at its first call that creates or changes something.
    TwiceAfterCall(usize),
    /// The same as `AfterCall`, and Discord has forgotten the nonces when the next process comes.
    AfterCallNonceForgotten(usize),
    /// The model has sent so many pieces.
    AtPiece(usize),
    /// They can be seen.
    SeenPiece(usize),
    /// The store has grown so often.
    Stored(usize),
}

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The process was killed there.
    Killed,
    /// The turn was over before; the process was killed afterwards.
    OverBefore,
}
