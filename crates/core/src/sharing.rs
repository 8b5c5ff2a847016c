//! How the one model is shared: answers go first, and titles take what is left.
//!
//! A model of one's own often answers one question at a time, and whatever else it is asked waits in its queue: nobody's first
//! words may wait there behind a title. A provider answers many side by side. Nobody tells which it is, so it is seen: so many
//! answers as have come side by side for a while, so many requests it answers at once.

use crate::Now;

/// So long answers have to come side by side, for the end of one may still be on its way when the next one begins.
const SIDE_BY_SIDE: Now = Now::from_secs(1);

/// Who asks the model now, and how many it has been seen to answer at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Answers that it is asked for.
    answers: usize,
    /// Those of them of which something has come.
    speaking: usize,
    /// Since when these are the same.
    since: Now,
    /// Titles that it is asked for.
    titles: usize,
    /// So many requests it has been seen to answer at once.
    at_once: usize,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            answers: 0,
            speaking: 0,
            since: Now::ZERO,
            titles: 0,
            at_once: 1,
        }
    }
}

impl Sharing {
    /// The model is asked for an answer.
    pub fn answer_begins(&mut self) {
        self.answers += 1;
    }

    /// The first of an answer has come.
    pub fn answer_speaks(&mut self, now: Now) {
        self.speaking += 1;
        self.since = now;
    }

    /// More of an answer has come; tells whether more is known by it.
    pub fn answer_goes_on(&mut self, now: Now) -> bool {
        let learns = self.speaking > self.at_once && now.saturating_sub(self.since) >= SIDE_BY_SIDE;
        if learns {
            self.at_once = self.speaking;
        }
        learns
    }

    /// An answer has come to its end, or is left; `spoke` tells whether anything of it came.
    pub fn answer_ends(&mut self, spoke: bool, now: Now) {
        self.answers = self.answers.saturating_sub(1);
        if spoke {
            self.speaking = self.speaking.saturating_sub(1);
            self.since = now;
        }
    }

    /// One more title would delay nobody.
    pub fn has_room(&self) -> bool {
        self.answers + self.titles < self.at_once
    }

    /// The model may be asked for a title, and is from now on; tells whether that is so.
    pub fn title_begins(&mut self) -> bool {
        let begins = self.has_room();
        self.titles += usize::from(begins);
        begins
    }

    /// Somebody may wait for an answer because of a title.
    pub fn is_crowded(&self) -> bool {
        self.titles > 0 && self.answers + self.titles > self.at_once
    }

    /// One title is given up, if that is needed; tells whether it is.
    pub fn title_gives_way(&mut self) -> bool {
        let gives_way = self.is_crowded();
        self.titles -= usize::from(gives_way);
        gives_way
    }

    /// A title has come, or never will.
    pub fn title_ends(&mut self) {
        self.titles = self.titles.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Now {
        Now::from_millis(ms)
    }

    /// So many answers come side by side, for as long as is needed to see that.
    fn seen(at_once: usize) -> Sharing {
        let mut sharing = Sharing::default();
        for _ in 0..at_once {
            sharing.answer_begins();
            sharing.answer_speaks(ms(0));
        }
        assert!(!sharing.answer_goes_on(ms(999)));
        assert_eq!(sharing.answer_goes_on(ms(1_000)), at_once > 1);
        for _ in 0..at_once {
            sharing.answer_ends(true, ms(2_000));
        }
        sharing
    }

    #[test]
    fn a_model_of_which_nothing_is_known_is_asked_for_a_title_by_nobody_else() {
        let mut sharing = Sharing::default();
        assert!(sharing.title_begins());
        assert!(!sharing.title_begins(), "one after the other");
        assert!(!sharing.is_crowded());
        sharing.answer_begins();
        assert!(sharing.title_gives_way());
        assert!(!sharing.title_gives_way(), "there is none any more");
        assert!(!sharing.title_begins(), "an answer is asked for");
        sharing.answer_ends(false, ms(0));
        assert!(sharing.title_begins());
        sharing.title_ends();
        assert!(sharing.has_room());
    }

    #[test]
    fn answers_one_after_the_other_show_nothing_side_by_side() {
        let (mut sharing, mut learnt) = (Sharing::default(), false);
        for second in 0..10 {
            sharing.answer_begins();
            sharing.answer_begins();
            sharing.answer_speaks(ms(second * 10_000));
            learnt |= sharing.answer_goes_on(ms(second * 10_000 + 5_000));
            // The end of it is heard after the other one has begun.
            sharing.answer_speaks(ms(second * 10_000 + 5_100));
            learnt |= sharing.answer_goes_on(ms(second * 10_000 + 5_200));
            sharing.answer_ends(true, ms(second * 10_000 + 5_300));
            learnt |= sharing.answer_goes_on(ms(second * 10_000 + 9_000));
            sharing.answer_ends(true, ms(second * 10_000 + 9_100));
        }
        assert!(!learnt);
        assert!(sharing.title_begins() && !sharing.title_begins());
    }

    #[test]
    fn what_comes_side_by_side_leaves_room_for_titles_beside_it() {
        let mut sharing = seen(3);
        sharing.answer_begins();
        assert!(sharing.title_begins() && sharing.title_begins());
        assert!(!sharing.title_begins());
        sharing.answer_begins();
        assert!(sharing.title_gives_way(), "one of them is enough");
        assert!(!sharing.title_gives_way());
        sharing.answer_begins();
        assert!(sharing.title_gives_way());
        sharing.answer_begins();
        assert!(!sharing.title_gives_way(), "there is none any more");
    }
}
