//! Tells what a model thinks from what it says, where it has no channel for its thoughts: it puts them between tags at the
//! beginning of its answer.

/// The tags around thoughts.
const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// Where in an answer the stream is, as far as thoughts are concerned.
#[derive(Debug)]
pub(super) enum Head {
    /// Too little was said to know whether it begins with a thought; so many bytes of it are white space at its front.
    Start(String, usize),
    /// In a thought that ends with this tag; the last few bytes are kept to find it across pieces.
    Thought(&'static str, String),
    /// After a thought, before the first word.
    Gap,
    /// In the answer itself.
    Words,
}

impl Default for Head {
    fn default() -> Self {
        Self::Start(String::new(), 0)
    }
}

impl Head {
    /// Gives the words of a piece, and adds what it thinks to `thoughts`.
    pub(super) fn feed(&mut self, mut piece: String, thoughts: &mut String) -> String {
        loop {
            match self {
                Self::Words => return piece,
                Self::Gap => {
                    let words = piece.trim_start();
                    if !words.is_empty() {
                        let words = words.to_owned();
                        *self = Self::Words;
                        return words;
                    }
                    return String::new();
                }
                Self::Start(begun, blank) => {
                    begun.push_str(&piece);
                    let start = begun.get(*blank..).unwrap_or_default().trim_start();
                    *blank = begun.len() - start.len();
                    let opened = TAGS.iter().find_map(|(open, close)| {
                        let rest = start.strip_prefix(open)?;
                        Some((*close, rest.to_owned()))
                    });
                    if let Some((close, rest)) = opened {
                        piece = rest;
                        *self = Self::Thought(close, String::new());
                    } else if TAGS.iter().any(|(open, _)| open.starts_with(start)) {
                        return String::new();
                    } else {
                        piece = std::mem::take(begun);
                        *self = Self::Words;
                    }
                }
                Self::Thought(close, tail) => {
                    tail.push_str(&piece);
                    if let Some((end, rest)) = tail.split_once(*close) {
                        thoughts.push_str(end);
                        piece = rest.to_owned();
                        *self = Self::Gap;
                    } else {
                        let keep = tail.len().saturating_sub(close.len());
                        let keep = tail.floor_char_boundary(keep);
                        thoughts.extend(tail.drain(..keep));
                        return String::new();
                    }
                }
            }
        }
    }

    /// Nothing more comes: gives what was held back and turned out to be words, and adds what it still thought to `thoughts`.
    pub(super) fn end(&mut self, thoughts: &mut String) -> String {
        match self {
            // What looked like the beginning of a tag to its very end was no thought.
            Self::Start(begun, _) => std::mem::take(begun),
            Self::Thought(_, tail) => {
                thoughts.push_str(&std::mem::take(tail));
                String::new()
            }
            Self::Gap | Self::Words => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words and the thoughts of a whole answer that comes in pieces of at least so many bytes.
    fn told_apart(whole: &str, size: usize) -> (String, String) {
        let (mut head, mut words, mut thoughts) = (Head::default(), String::new(), String::new());
        let mut rest = whole;
        while !rest.is_empty() {
            let cut = rest.ceil_char_boundary(size);
            words.push_str(&head.feed(rest[..cut].to_owned(), &mut thoughts));
            rest = &rest[cut..];
        }
        words.push_str(&head.end(&mut thoughts));
        (words, thoughts)
    }

    #[test]
    fn thoughts_are_told_from_words_however_they_are_cut() {
        let table = [
            (
                "\n<think>Hm, <b> ünd </thin> so</think>\n\nIt is <think>blue</think>.",
                "It is <think>blue</think>.",
                "Hm, <b> ünd </thin> so",
            ),
            ("<thinking>Hm.</thinking>Blue.", "Blue.", "Hm."),
            ("<think>It never ends", "", "It never ends"),
            ("<think>海</think>\n ", "", "海"),
        ];
        for (whole, words, thoughts) in table {
            for size in 1..=whole.len() {
                let told = told_apart(whole, size);
                assert_eq!(told, (words.to_owned(), thoughts.to_owned()), "{size}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_thought_is_said() {
        for whole in ["<thi", "<", "  <thinner>", " ", "x <think>"] {
            for size in 1..=whole.len() {
                assert_eq!(
                    told_apart(whole, size),
                    (whole.to_owned(), String::new()),
                    "{size}"
                );
            }
        }
    }
}
