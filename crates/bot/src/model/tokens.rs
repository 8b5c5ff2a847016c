//! How long a text is in tokens: bounded for free, counted only when it matters.
//!
//! The tokenizer is OpenAI's (o200k). Reading its table takes about 100 ms and tens of megabytes, so ordinary talk must
//! never need it: no text has more tokens than bytes, and that bound is enough far from the window. Other makers'
//! tokenizers cut differently; how differently is learnt from the usage that their servers report.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use kaiwa_core::model::Prompt;
use tiktoken_rs::CoreBPE;

/// Texts are counted in pieces of this size, in bytes: the tokenizer's pattern gives up, and panics, on endless runs.
const PIECE: usize = 4096;
/// What a message costs besides its text: its role and the marks around it, as OpenAI documents it for its own models.
const MESSAGE_OVERHEAD: f64 = 4.0;

/// So many counts are remembered at least, and twice as many at the most: 32 bytes each.
const COUNTS: usize = 16_384;

/// How far a measurement moves the factor.
const WEIGHT: f64 = 0.25;
/// After so many measurements the factor may say that the model needs fewer tokens than we count.
const WELL_MEASURED: u32 = 20;
/// A well measured factor is measured again only once in so many answers.
const SELDOM: u32 = 16;
/// Prompts of fewer tokens measure the chat template, not the tokenizer.
const LEAST_MEASURED: f64 = 256.0;
/// What the factor can be at all.
const LEAST: f64 = 0.5;
const MOST: f64 = 6.0;

/// Counts tokens for one model.
pub struct Counter {
    tokenizer: OnceLock<Option<CoreBPE>>,
    /// The model's tokenizer is the one that we count with.
    exact: bool,
    measured: Mutex<Measured>,
    counted: Mutex<Counted>,
}

/// What was counted before, as our tokenizer counts it: with each question a long conversation is counted again, and all
/// but its end is as it was.
#[derive(Default)]
struct Counted {
    /// The counts by a digest of their texts, whose key nobody knows.
    recent: HashMap<u64, usize>,
    /// Those of the time before; what is asked for again moves to the recent ones.
    earlier: HashMap<u64, usize>,
    digest: RandomState,
}

impl Counted {
    fn get(&mut self, text: u64) -> Option<usize> {
        let known = self.recent.get(&text).copied();
        known.or_else(|| {
            let count = self.earlier.remove(&text)?;
            self.put(text, count);
            Some(count)
        })
    }

    fn put(&mut self, text: u64, count: usize) {
        if self.recent.len() >= COUNTS {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(text, count);
    }
}

/// What is known of another maker's tokenizer.
#[derive(Clone, Copy)]
struct Measured {
    /// How many of its tokens stand for one of ours.
    factor: f64,
    /// Measurements so far.
    times: u32,
    /// Answers that could have been measured.
    answers: u32,
}

impl Counter {
    /// A counter for a model of OpenAI's, or of somebody else's.
    pub fn new(openai: bool) -> Self {
        Self {
            tokenizer: OnceLock::new(),
            exact: openai,
            measured: Mutex::new(Measured {
                factor: 1.0,
                times: 0,
                answers: 0,
            }),
            counted: Mutex::default(),
        }
    }

    /// No tokenizer makes more tokens of a text than it has bytes. Costs nothing.
    pub fn upper_bound(text: &str) -> usize {
        text.len()
    }

    /// How many tokens the text has for the model in use: exactly for OpenAI's models; for others as our tokenizer
    /// counts it, times the factor that their reported usage tells.
    ///
    /// The first call reads the tokenizer (about 100 ms of CPU), a megabyte of text takes about as long again.
    pub fn count(&self, text: &str) -> usize {
        let own = self.own(text);
        if self.exact {
            return own;
        }
        scaled(own, self.factor()).min(Self::upper_bound(text).max(own))
    }

    /// By how much the model's own counts differ from ours. Not below 1 before that is well measured: a prompt that is
    /// thought too long loses its oldest message, one that is thought too short is refused.
    pub fn factor(&self) -> f64 {
        let Measured { factor, times, .. } = *self.measured();
        if times >= WELL_MEASURED {
            factor
        } else {
            factor.max(1.0)
        }
    }

    /// The tokenizer has been read.
    pub fn is_loaded(&self) -> bool {
        self.tokenizer.get().is_some()
    }

    /// The next reported usage is worth measuring: the tokenizer is there anyway, and it isn't the model's own.
    pub(super) fn wants_measurement(&self) -> bool {
        if self.exact || !self.is_loaded() {
            return false;
        }
        let mut measured = self.measured();
        measured.answers = measured.answers.wrapping_add(1);
        measured.times < WELL_MEASURED || measured.answers.is_multiple_of(SELDOM)
    }

    /// Learns from a prompt whose cost the provider reported. Counts it, so it takes as long as [`Self::count`].
    pub(super) fn measure(&self, prompt: &Prompt, reported: u64) {
        let own = prompt
            .messages
            .iter()
            .map(|message| self.own(&message.content) as f64 + MESSAGE_OVERHEAD)
            .sum();
        self.learn(own, reported as f64);
    }

    /// Learns from one prompt's length as we count it and as the provider does.
    pub(super) fn learn(&self, own: f64, reported: f64) {
        if own < LEAST_MEASURED || reported < 1.0 {
            return;
        }
        let mut measured = self.measured();
        measured.factor += ((reported / own).clamp(LEAST, MOST) - measured.factor) * WEIGHT;
        measured.times = measured.times.saturating_add(1);
    }

    /// The tokens as our tokenizer counts them.
    fn own(&self, text: &str) -> usize {
        let digest = self.counted().digest.hash_one(text);
        if let Some(count) = self.counted().get(digest) {
            return count;
        }
        let count = self.tokenize(text);
        self.counted().put(digest, count);
        count
    }

    fn tokenize(&self, text: &str) -> usize {
        match self
            .tokenizer
            .get_or_init(|| tiktoken_rs::o200k_base().ok())
        {
            Some(tokenizer) => pieces(text)
                .map(|piece| tokenizer.encode_ordinary(piece).len())
                .sum(),
            None => Self::upper_bound(text),
        }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // As below.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measured(&self) -> MutexGuard<'_, Measured> {
        // Nothing that holds the lock can panic halfway through a change.
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Multiplies a count, rounding up. Counts are far below 2^52 and the factor is small and positive.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn scaled(count: usize, factor: f64) -> usize {
    (count as f64 * factor).ceil() as usize
}

/// Cuts a text into pieces for the tokenizer, where that changes nothing: before a space that a word follows.
/// Only a text without such a place for 4 KiB is cut anywhere, which may count one token too many.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = rest.split_at(cut(rest));
        rest = after;
        Some(piece)
    })
}

fn cut(text: &str) -> usize {
    if text.len() <= PIECE {
        return text.len();
    }
    let end = text.floor_char_boundary(PIECE);
    let head = text.get(..end).unwrap_or(text);
    let before_word = head
        .char_indices()
        .zip(head.chars().skip(1))
        .filter(|((_, c), next)| *c == ' ' && next.is_alphanumeric())
        .map(|((at, _), _)| at)
        .filter(|at| *at > 0);
    before_word.last().unwrap_or(end)
}
