//! The pace of text: what a bucket allows at the front, then even shares, and room for what is last at any moment.

use super::*;
use crate::pacing::pace::{Pace, Room};

#[test]
fn the_burst_of_a_bucket_is_spent_at_the_front_and_what_follows_is_steady() {
    let growing = Wish {
        again: 14,
        ..wish(0, key(EDIT, 1), Urgency::Text)
    };
    let played = play(&[growing]);
    let sent: Vec<u128> = played
        .made
        .iter()
        .map(|made| made.sent.as_millis())
        .collect();
    // All four slots that the first window has for text are spent a second apart. It ends 5,050 ms after the first edit as far
    // as we can know; its last slot is kept till shortly before. What came after that last edit gathers again, which the
    // next window waits for; from there on shares are even.
    assert_eq!(
        sent,
        [
            400, 1400, 2400, 3400, 5200, 5640, 6840, 8040, 9240, 10440, 10880, 12080, 13280, 14480,
            15680
        ]
    );
    assert!(played.discord.refusals.is_empty());
}

#[test]
fn a_bucket_that_has_rested_is_quick_again() {
    let growing = |at| Wish {
        again: 3,
        ..wish(at, key(EDIT, 1), Urgency::Text)
    };
    let gaps = |at| -> Vec<u128> {
        let played = play(&[growing(0), growing(at)]);
        let sent: Vec<Now> = played.made.iter().map(|made| made.sent).collect();
        let (_, later) = sent.split_at(4);
        let later = later.windows(2).map(|pair| pair[1] - pair[0]);
        later.map(|gap| gap.as_millis()).collect()
    };
    // The last of the first answer goes at 3,400 ms, and a window lasts five seconds.
    assert_eq!(gaps(20_000), [1000, 1000, 1000]);
    assert!(gaps(5_000)[0] > 1100, "{:?}", gaps(5_000));
}

#[test]
fn a_long_window_is_not_spent_in_its_first_seconds() {
    let slow = Room {
        slots: 3,
        end: ms(60_000),
        burst: 4,
        rhythm: ms(12_000),
    };
    let mut pace = Pace::default();
    let mut at = ms(0);
    let gaps: Vec<u128> = (0..4)
        .map(|_| {
            pace.take(at, ms(60_000));
            let gap = pace.next(slow) - at;
            at += gap;
            gap.as_millis()
        })
        .collect();
    // Twice the gap before, and then a share of what is left.
    assert_eq!(gaps, [1000, 2000, 4000, (60_000 - 7000) / 4]);
}

#[test]
fn a_final_text_finds_room_at_any_moment_of_a_stream() {
    for moment in (50..9000).step_by(70) {
        let growing = Wish {
            again: 7,
            ..wish(0, key(EDIT, 1), Urgency::Text)
        };
        let played = play(&[growing, wish(moment, key(EDIT, 1), Urgency::Final)]);
        let last = played
            .made
            .iter()
            .find(|made| made.wish.urgency == Urgency::Final)
            .unwrap();
        let waited = last.sent - last.asked;
        assert!(
            waited <= ms(250) + MARGIN + ms(40),
            "at {moment} ms it waited {waited:?}"
        );
        assert!(played.discord.refusals.is_empty());
    }
}

#[test]
fn fifty_streams_get_even_shares() {
    let wishes: Vec<Wish> = (0..50)
        .map(|n| Wish {
            again: 40,
            ..wish(n * 7, key(EDIT, n), Urgency::Text)
        })
        .collect();
    let played = play(&wishes);
    assert!(played.discord.refusals.is_empty());
    // How old the visible text is on average, with a text that always grows: each gap counts with its square.
    let staleness: Vec<f64> = (0..50)
        .map(|n| {
            let sent: Vec<f64> = played
                .made
                .iter()
                .filter(|made| made.wish.key.major == n && made.sent < ms(40_000))
                .map(|made| made.sent.as_secs_f64())
                .collect();
            let squares: f64 = sent
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).powi(2))
                .sum();
            squares / 2.0 / (sent.last().unwrap() - sent[0]) + 0.04
        })
        .collect();
    let mean = staleness.iter().sum::<f64>() / 50.0;
    let worst = staleness.iter().copied().fold(0.0, f64::max);
    // The limit: an edit a second for each, all of the budget and of the buckets used up.
    assert!(mean <= 0.54 * 1.25, "mean {mean}");
    assert!(worst <= mean * 1.3, "mean {mean}, worst {worst}");
}

#[test]
fn a_slot_that_is_given_back_is_the_next_ones() {
    let mut pacer = Pacer::new();
    let first = pacer.ask(key(EDIT, 1), Urgency::Text, ms(0), ms(0));
    let second = pacer.ask(key(EDIT, 1), Urgency::Text, ms(1), ms(1));
    assert_eq!(sent(&mut pacer, 399), []);
    assert_eq!(sent(&mut pacer, 401), [first]);
    pacer.cancel(first, ms(402));
    assert_eq!(sent(&mut pacer, 402), [second]);
    pacer.cancel(second, ms(403));
    assert_eq!(
        pacer.load(),
        Load {
            waiting: 0,
            sent: 0,
            buckets: 0
        }
    );
}
