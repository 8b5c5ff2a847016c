//! How the one model is shared: answers go first, and titles take what is left.
//!
//! A model of one's own often answers one question at a time, and whatever else it is asked waits in its queue: nobody's first
//! words may wait there behind a title. A provider answers many side by side. Nobody tells which it is, so it is seen: of so many
//! answers as words have come side by side, so many requests it answers at once, until one is seen to wait behind others.

use crate::Now;

/// So long answers have to come side by side, for the end of one may still be on its way when the next one begins. And so close to
/// each other their words have to come: one that has broken off is none of those that are being given.
const SIDE_BY_SIDE: Now = Now::from_secs(1);

/// Whoever waits so long, and is answered once another request has ended, has waited behind that one.
const WAITS: Now = Now::from_secs(2);

/// Who asks the model now, and how many it has been seen to answer at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Answers that it is asked for.
    answers: usize,
    /// Those of them of which words have come.
    speaking: usize,
    /// Since when these are the same.
    since: Now,
    /// In which second since then words came last, and of how many answers.
    heard: (u64, usize),
    /// Titles that it is asked for.
    titles: usize,
    /// When the last request ended that it was at work on, and how many it was then.
    ended: Option<(Now, usize)>,
    /// So many requests it has been seen to answer at once.
    at_once: usize,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            answers: 0,
            speaking: 0,
            since: Now::ZERO,
            heard: (0, 0),
            titles: 0,
            ended: None,
            at_once: 1,
        }
    }
}

impl Sharing {
    /// The model is asked for an answer.
    pub fn answer_begins(&mut self) {
        self.answers += 1;
    }

    /// The first words have come of an answer that began at `began`; tells whether more is known by it.
    pub fn answer_speaks(&mut self, began: Now, now: Now) -> bool {
        let before = self.at_once;
        if let Some((ended, at_work)) = self.ended {
            let waited = ended.saturating_sub(began);
            if waited >= WAITS && waited >= now.saturating_sub(ended) {
                self.at_once = before.min(at_work.max(1));
            }
        }
        self.speaking += 1;
        self.others_speak(now);
        self.at_once < before
    }

    /// More words have come of an answer, whose last ones came at `last`; tells whether more is known by it.
    pub fn answer_goes_on(&mut self, last: Now, now: Now) -> bool {
        let second = self.second(now);
        if second == 0 {
            return false;
        }
        if self.heard.0 != second {
            self.heard = (second, 0);
        }
        if last < self.since || self.second(last) != second {
            self.heard.1 += 1;
        }
        let learns = self.heard.1 > self.at_once;
        self.at_once = self.at_once.max(self.heard.1);
        learns
    }

    /// An answer has come to its end, or is left; `spoke` tells whether words of it came.
    pub fn answer_ends(&mut self, spoke: bool, now: Now) {
        self.answers = self.answers.saturating_sub(1);
        if spoke {
            self.ended = Some((now, self.speaking + self.titles));
            self.speaking = self.speaking.saturating_sub(1);
            self.others_speak(now);
        }
    }

    /// From now on other answers are given than before.
    fn others_speak(&mut self, now: Now) {
        self.since = now;
        self.heard = (0, 0);
    }

    /// In which second since the same answers are given.
    fn second(&self, now: Now) -> u64 {
        now.saturating_sub(self.since).as_secs() / SIDE_BY_SIDE.as_secs()
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
    pub fn title_ends(&mut self, now: Now) {
        self.ended = Some((now, self.speaking + self.titles));
        self.titles = self.titles.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Now {
        Now::from_millis(ms)
    }

    /// Words come of each of so many answers that were asked for at a moment, for as long as is needed to see that.
    fn seen(sharing: &mut Sharing, at_once: usize, began: u64) {
        for _ in 0..at_once {
            sharing.answer_begins();
            sharing.answer_speaks(ms(began), ms(began));
        }
        for _ in 0..at_once {
            assert!(!sharing.answer_goes_on(ms(began), ms(began + 999)));
        }
        for answer in 1..=at_once {
            let last = ms(began + 999);
            let learns = sharing.answer_goes_on(last, ms(began + 1_000));
            assert_eq!(learns, answer > 1, "{answer} of {at_once}");
            assert!(!sharing.answer_goes_on(ms(began + 1_000), ms(began + 1_001)));
        }
        for _ in 0..at_once {
            sharing.answer_ends(true, ms(began + 2_000));
        }
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
        sharing.title_ends(ms(0));
        assert!(sharing.has_room());
    }

    #[test]
    fn answers_one_after_the_other_show_nothing_side_by_side() {
        let (mut sharing, mut learnt) = (Sharing::default(), false);
        for second in 0..10 {
            let at = |passed: u64| ms(second * 10_000 + passed);
            sharing.answer_begins();
            sharing.answer_begins();
            sharing.answer_speaks(at(0), at(0));
            learnt |= sharing.answer_goes_on(at(0), at(5_000));
            // The end of it is heard after the other one has begun.
            sharing.answer_speaks(at(0), at(5_100));
            learnt |= sharing.answer_goes_on(at(5_000), at(5_200));
            sharing.answer_ends(true, at(5_300));
            learnt |= sharing.answer_goes_on(at(5_100), at(9_000));
            sharing.answer_ends(true, at(9_100));
        }
        assert!(!learnt);
        assert!(sharing.title_begins() && !sharing.title_begins());
    }

    #[test]
    fn an_answer_that_has_broken_off_is_not_given_beside_another_one() {
        let mut sharing = Sharing::default();
        for _ in 0..2 {
            sharing.answer_begins();
        }
        sharing.answer_speaks(ms(0), ms(0));
        assert!(!sharing.answer_goes_on(ms(0), ms(400)));
        // It is asked for once more, and waits in the queue.
        sharing.answer_speaks(ms(0), ms(500));
        for second in 1..10 {
            let last = ms(second * 1_000 - 500);
            assert!(!sharing.answer_goes_on(last, ms(second * 1_000 + 500)));
        }
        // The other one is broken off in its turn.
        assert!(!sharing.answer_goes_on(ms(400), ms(10_600)));
    }

    #[test]
    fn what_comes_side_by_side_leaves_room_for_titles_beside_it() {
        let mut sharing = Sharing::default();
        seen(&mut sharing, 3, 0);
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

    #[test]
    fn one_that_waits_behind_another_one_shows_that_there_is_less_room() {
        // Behind a title, an answer, and of three at once a third.
        for (at_once, title, answers, left) in [(2, true, 0, 1), (2, false, 1, 1), (3, true, 1, 2)]
        {
            let mut sharing = Sharing::default();
            seen(&mut sharing, at_once, 0);
            for _ in 0..answers {
                sharing.answer_begins();
                sharing.answer_speaks(ms(10_000), ms(10_000));
            }
            assert!(!title || sharing.title_begins());
            sharing.answer_begins();
            if title {
                sharing.title_ends(ms(14_000));
            } else {
                sharing.answer_ends(true, ms(14_000));
            }
            assert!(sharing.answer_speaks(ms(11_000), ms(15_000)));
            assert_eq!(sharing.at_once, left);
            // It may have room again.
            for _ in 0..=answers {
                sharing.answer_ends(true, ms(16_000));
            }
            let mut sharing = Sharing {
                at_once: 1,
                ..sharing
            };
            seen(&mut sharing, at_once, 20_000);
        }
    }

    #[test]
    fn one_that_is_slow_to_begin_has_waited_behind_nobody() {
        // Long after the other one has ended, soon after it was asked itself, and before any other one has ended.
        for (began, ended, spoke) in [
            (10_000, 13_000, 17_000),
            (12_000, 13_000, 13_100),
            (10_000, 9_000, 14_000),
        ] {
            let mut sharing = Sharing::default();
            seen(&mut sharing, 2, 0);
            sharing.answer_begins();
            sharing.answer_begins();
            sharing.answer_speaks(ms(8_000), ms(8_000));
            sharing.answer_ends(true, ms(ended));
            assert!(!sharing.answer_speaks(ms(began), ms(spoke)));
            assert_eq!(sharing.at_once, 2);
        }
    }
}
