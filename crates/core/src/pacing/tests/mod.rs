//! The schedule against a Discord made of limits: tables here, properties beside.

mod discord;
mod pace;
mod properties;

use std::time::Duration;

use discord::{Discord, Play, Played, Refill, Rule, Steady, Wish};

use super::*;

const CREATE: &str = "POST /channels/{channel}/messages";
const EDIT: &str = "PATCH /channels/{channel}/messages/{message}";
const THREAD: &str = "POST /channels/{channel}/messages/{message}/threads";
const TYPING: &str = "POST /channels/{channel}/typing";

const RULES: [Rule; 3] = [
    Rule {
        route: CREATE,
        bucket: "create",
        limit: 5,
        window: Duration::from_secs(5),
    },
    Rule {
        route: EDIT,
        bucket: "edit",
        limit: 5,
        window: Duration::from_secs(5),
    },
    Rule {
        route: TYPING,
        bucket: "typing",
        limit: 5,
        window: Duration::from_secs(5),
    },
];

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn key(route: &'static str, major: u64) -> RouteKey {
    RouteKey {
        route,
        major,
        counted: true,
    }
}

fn wish(at: u64, key: RouteKey, urgency: Urgency) -> Wish {
    Wish {
        at: ms(at),
        key,
        urgency,
        again: 0,
        then: None,
    }
}

/// Plays wishes against Discord's usual limits, 20 ms away.
fn play(wishes: &[Wish]) -> Played {
    let discord = Discord::new(Refill::Windows, &RULES);
    let mut network = Steady(ms(20));
    Play {
        pacer: Pacer::new(),
        discord,
        network: &mut network,
        foreign: Vec::new(),
    }
    .run(wishes)
}

fn window(remaining: u32, reset_after: u64) -> Observed {
    let window = Window {
        bucket: "edit".to_owned(),
        limit: 5,
        remaining,
        reset_after: ms(reset_after),
    };
    Observed {
        status: 200,
        window: Some(window),
        limited: None,
    }
}

fn limited(scope: Scope, retry_after: Option<Duration>) -> Observed {
    Observed {
        status: 429,
        window: None,
        limited: Some(Limited { scope, retry_after }),
    }
}

fn sent(pacer: &mut Pacer, now: u64) -> Vec<TicketId> {
    std::iter::from_fn(|| pacer.grant(ms(now)))
        .map(|verdict| match verdict {
            Verdict::Send(id) => id,
            Verdict::Drop(id) => panic!("{id:?} was dropped"),
        })
        .collect()
}

#[test]
fn two_hundred_mentions_at_once_are_done_as_fast_as_the_global_limit_allows() {
    let mention = |n| Wish {
        then: Some((key(CREATE, 1000 + n), Urgency::First)),
        ..wish(0, key(THREAD, n), Urgency::Call)
    };
    let played = play(&(0..200).map(mention).collect::<Vec<_>>());
    assert_eq!(played.made.len(), 400);
    assert!(played.discord.refusals.is_empty());
    // 400 calls at 50 a second: the last fifty may go after seven seconds.
    assert!(
        played.end <= ms(7000).mul_f64(1.15),
        "took {:?}",
        played.end
    );
}

#[test]
fn typing_is_dropped_when_there_is_no_room() {
    let mut wishes: Vec<Wish> = (0..300)
        .map(|n| wish(0, key(CREATE, n), Urgency::First))
        .collect();
    wishes.extend((0..50).map(|n| wish(0, key(TYPING, n), Urgency::Background)));
    let played = play(&wishes);
    assert_eq!(played.dropped, 50);
    let alone = play(&[wish(0, key(TYPING, 1), Urgency::Background)]);
    assert_eq!(alone.dropped, 0);
}

#[test]
fn typing_and_titles_go_behind_everything_else() {
    let mut pacer = Pacer::new();
    let now = TEXT_GATHERS;
    let title = pacer.ask(key(THREAD, 1), Urgency::Background, ms(0), now);
    let others = [
        (EDIT, 1, Urgency::Text),
        (EDIT, 2, Urgency::Final),
        (THREAD, 2, Urgency::Call),
        (CREATE, 1, Urgency::First),
    ];
    for (route, channel, urgency) in others {
        pacer.ask(key(route, channel), urgency, ms(0), now);
    }
    let went = sent(&mut pacer, 400);
    assert_eq!((went.len(), went.last()), (5, Some(&title)));
}

#[test]
fn first_words_go_at_once_and_of_texts_the_oldest_unseen_one() {
    let mut pacer = Pacer::new();
    let texts =
        [50, 10, 30].map(|since| pacer.ask(key(EDIT, since), Urgency::Text, ms(since), ms(60)));
    let first = pacer.ask(key(CREATE, 1), Urgency::First, ms(60), ms(60));
    assert_eq!(sent(&mut pacer, 60), [first]);
    assert_eq!(sent(&mut pacer, 460), [texts[1], texts[2], texts[0]]);
}

#[test]
fn different_channels_do_not_wait_for_each_others_first_answer() {
    let mut pacer = Pacer::new();
    let now = ms(0);
    for channel in 0..10 {
        pacer.ask(key(EDIT, channel), Urgency::Final, now, now);
        pacer.ask(key(EDIT, channel), Urgency::Final, now, now);
    }
    assert_eq!(sent(&mut pacer, 0).len(), 10);
}

#[test]
fn what_a_bucket_has_left_may_go_at_once() {
    let mut pacer = Pacer::new();
    let first = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
    for _ in 0..6 {
        pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
    }
    assert_eq!(sent(&mut pacer, 0), [first]);
    pacer.learn(first, &window(4, 4980), ms(40));
    assert_eq!(sent(&mut pacer, 40).len(), 4);
    assert_eq!(pacer.wake(ms(40)), Some(ms(40 + 4980) + MARGIN));
    // Those under way might still arrive in the next window, so only one of its five slots is sure.
    assert_eq!(sent(&mut pacer, 5030).len(), 1);
}

#[test]
fn a_refused_bucket_is_silent_as_long_as_it_was_told() {
    for scope in [Scope::User, Scope::Shared] {
        let mut pacer = Pacer::new();
        let id = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
        assert_eq!(sent(&mut pacer, 0), [id]);
        pacer.learn(id, &limited(scope, Some(ms(1500))), ms(40));
        let again = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(40));
        let elsewhere = pacer.ask(key(EDIT, 2), Urgency::Call, ms(0), ms(40));
        assert_eq!(sent(&mut pacer, 40), [elsewhere]);
        assert_eq!(pacer.wake(ms(40)), Some(ms(1540) + MARGIN));
        assert_eq!(sent(&mut pacer, 1540), []);
        assert_eq!(sent(&mut pacer, 1550), [again]);
        assert_eq!(
            pacer.invalid_requests(ms(1550)),
            u32::from(scope == Scope::User)
        );
    }
}

#[test]
fn a_global_429_silences_everything_but_interactions_and_a_scopeless_one_everything() {
    for (scope, uncounted_goes) in [(Scope::Global, true), (Scope::Address, false)] {
        let mut pacer = Pacer::new();
        let id = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
        assert_eq!(sent(&mut pacer, 0), [id]);
        pacer.learn(id, &limited(scope, Some(ms(700))), ms(40));
        let callback = RouteKey {
            counted: false,
            ..key("POST /interactions/{interaction}/callback", 9)
        };
        let callback = pacer.ask(callback, Urgency::Call, ms(40), ms(40));
        let other = pacer.ask(key(EDIT, 2), Urgency::Final, ms(40), ms(40));
        assert_eq!(
            sent(&mut pacer, 40),
            if uncounted_goes {
                vec![callback]
            } else {
                vec![]
            }
        );
        assert_eq!(pacer.wake(ms(40)), Some(ms(740) + MARGIN));
        assert_eq!(sent(&mut pacer, 749), []);
        assert_eq!(
            sent(&mut pacer, 750),
            if uncounted_goes {
                vec![other]
            } else {
                vec![callback, other]
            }
        );
    }
}

#[test]
fn after_a_global_429_less_is_sent_for_a_while() {
    let mut pacer = Pacer::new();
    let id = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
    assert_eq!(sent(&mut pacer, 0), [id]);
    pacer.learn(id, &limited(Scope::Global, Some(ms(500))), ms(40));
    for channel in 0..100 {
        pacer.ask(key(THREAD, channel), Urgency::First, ms(40), ms(40));
    }
    // One of them is the answer that came less than a second ago.
    assert_eq!(sent(&mut pacer, 600).len(), 36);
    let after_a_minute = sent(&mut pacer, 60_600);
    assert_eq!(after_a_minute.len(), 49 - 36);
}

#[test]
fn invalid_requests_brake_long_before_discord_bans() {
    let mut pacer = Pacer::new();
    let missing = Observed {
        status: 404,
        window: None,
        limited: None,
    };
    let mut now = 0;
    let mut urgent_only_at = None;
    let mut told = 0;
    loop {
        let last = pacer.ask(key(THREAD, now), Urgency::Final, ms(now), ms(now));
        let call = pacer.ask(key(CREATE, now), Urgency::Call, ms(now), ms(now));
        let granted = sent(&mut pacer, now);
        if !granted.contains(&call) && urgent_only_at.is_none() {
            urgent_only_at = Some(told);
        }
        if !granted.contains(&last) {
            break;
        }
        for id in granted {
            pacer.learn(id, &missing, ms(now));
            told += 1;
        }
        pacer.cancel(call, ms(now));
        now += 50;
    }
    assert_eq!(urgent_only_at, Some(invalid::ONLY_URGENT_FROM));
    assert_eq!(told, invalid::NOTHING_FROM);
    let wake = pacer.wake(ms(now)).unwrap();
    assert!(wake >= ms(600_000), "again from {wake:?}");
    assert!(pacer.grant(wake).is_some());
}

#[test]
fn what_discord_counts_as_invalid_is_counted() {
    for (status, counted) in [
        (401, 1),
        (403, 1),
        (404, 1),
        (200, 0),
        (204, 0),
        (400, 0),
        (500, 0),
    ] {
        let mut pacer = Pacer::new();
        let id = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
        assert_eq!(sent(&mut pacer, 0), [id]);
        let observed = Observed {
            status,
            window: None,
            limited: None,
        };
        pacer.learn(id, &observed, ms(40));
        assert_eq!(pacer.invalid_requests(ms(40)), counted, "{status}");
        assert_eq!(pacer.invalid_requests(ms(640_000)), 0, "{status}");
    }
}

#[test]
fn those_behind_get_one_of_ten() {
    let mut pacer = Pacer::new();
    let now = TEXT_GATHERS;
    for channel in 0..100 {
        pacer.ask(key(CREATE, channel), Urgency::First, now, now);
    }
    let text = pacer.ask(key(EDIT, 1), Urgency::Text, ms(0), now);
    let granted = sent(&mut pacer, 400);
    assert_eq!(granted.len(), 50);
    assert_eq!(granted.iter().position(|&id| id == text), Some(9));
}

#[test]
fn every_second_one_goes_to_what_somebody_waits_for() {
    let mut pacer = Pacer::new();
    let mut first = Vec::new();
    let mut calls = Vec::new();
    for channel in 0..10 {
        first.push(pacer.ask(key(CREATE, channel), Urgency::First, ms(0), ms(0)));
        calls.push(pacer.ask(key(THREAD, channel), Urgency::Call, ms(0), ms(0)));
    }
    let in_turn: Vec<_> = first
        .into_iter()
        .zip(calls)
        .flat_map(|(first, call)| [first, call])
        .collect();
    assert_eq!(sent(&mut pacer, 0), in_turn);
}

#[test]
fn text_gets_one_of_ten_where_others_take_turns() {
    let mut pacer = Pacer::new();
    let now = TEXT_GATHERS;
    for channel in 0..100 {
        pacer.ask(key(CREATE, channel), Urgency::First, now, now);
        pacer.ask(key(THREAD, channel), Urgency::Call, now, now);
    }
    let text = pacer.ask(key(EDIT, 1), Urgency::Text, ms(0), now);
    let granted = sent(&mut pacer, 400);
    assert_eq!(granted.iter().position(|&id| id == text), Some(9));
}

#[test]
fn idle_buckets_are_forgotten() {
    let wishes: Vec<Wish> = (0..2000)
        .map(|n| wish(n * 20, key(CREATE, n), Urgency::First))
        .collect();
    let mut played = play(&wishes);
    assert!(played.pacer.load().buckets > 1000);
    assert_eq!(played.pacer.grant(played.end + ms(70_000)), None);
    assert_eq!(
        played.pacer.load(),
        Load {
            waiting: 0,
            sent: 0,
            buckets: 0
        }
    );
    assert_eq!(played.pacer.wake(played.end + ms(70_000)), None);
}

/// A line of final texts in one channel, with this much told of the bucket by the first of them.
fn lined_up(told: &Observed) -> Pacer {
    let mut pacer = Pacer::new();
    let first = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
    assert_eq!(sent(&mut pacer, 0), [first]);
    pacer.learn(first, told, ms(40));
    for _ in 0..9 {
        pacer.ask(key(EDIT, 1), Urgency::Final, ms(40), ms(40));
    }
    pacer
}

#[test]
fn somebody_elses_429_makes_a_bucket_wary() {
    let mut pacer = lined_up(&limited(Scope::User, Some(ms(1000))));
    let alone = sent(&mut pacer, 1050);
    assert_eq!(alone.len(), 1);
    pacer.learn(alone[0], &window(4, 5000), ms(1090));
    // Four are left by its own word, but somebody else takes from them.
    let next = sent(&mut pacer, 1090);
    assert_eq!(next.len(), 1);
    assert_eq!(sent(&mut pacer, 1200), []);
    pacer.learn(next[0], &window(3, 299_000), ms(1210));
    assert_eq!(sent(&mut pacer, 300_300).len(), 5);
}

#[test]
fn what_waits_under_an_old_name_of_a_bucket_keeps_to_the_new_one() {
    let mut pacer = lined_up(&window(2, 3000));
    let mut renamed = window(1, 4000);
    if let Some(window) = &mut renamed.window {
        window.bucket = "anew".to_owned();
    }
    for id in sent(&mut pacer, 50) {
        pacer.learn(id, &renamed, ms(90));
    }
    assert_eq!(sent(&mut pacer, 91).len(), 1);
    // The window of the old name is over.
    assert_eq!(sent(&mut pacer, 3100).len(), 0);
    assert_eq!(sent(&mut pacer, 4110).len(), 4);
    assert_eq!(sent(&mut pacer, 4120).len(), 0);
}

#[test]
fn two_buckets_that_one_route_names_are_one() {
    let mut pacer = lined_up(&window(4, 5000));
    let create = pacer.ask(key(CREATE, 1), Urgency::Final, ms(50), ms(50));
    let mut own = window(3, 5000);
    if let Some(window) = &mut own.window {
        window.bucket = "create".to_owned();
    }
    let mut under_way = sent(&mut pacer, 50);
    under_way.retain(|id| *id != create);
    assert_eq!(under_way.len(), 4);
    pacer.learn(create, &own, ms(60));
    for _ in 0..3 {
        pacer.ask(key(CREATE, 1), Urgency::Final, ms(60), ms(60));
    }
    // An edit counts where creating does: of its three, as many may be under way.
    pacer.learn(under_way[0], &own, ms(70));
    let created = sent(&mut pacer, 75);
    assert_eq!(created, []);
    for id in &under_way[1..] {
        pacer.learn(*id, &own, ms(80));
    }
    assert_eq!(sent(&mut pacer, 80).len(), 3);
    assert_eq!(sent(&mut pacer, 90), []);
}

#[test]
fn an_error_that_tells_nothing_of_its_bucket_may_have_counted() {
    let mut pacer = lined_up(&window(4, 1000));
    let silent = Observed {
        status: 502,
        window: None,
        limited: None,
    };
    let under_way = sent(&mut pacer, 50);
    assert_eq!(under_way.len(), 4);
    for id in under_way {
        pacer.learn(id, &silent, ms(1060));
    }
    // They may have come in the window that began since.
    assert_eq!(sent(&mut pacer, 1060).len(), 1);
    assert_eq!(sent(&mut pacer, 1070), []);
}

#[test]
fn a_route_that_turns_out_to_have_a_bucket_has_it_in_every_channel() {
    let mut pacer = Pacer::new();
    let free = Observed {
        status: 200,
        window: None,
        limited: None,
    };
    let first = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
    let other = pacer.ask(key(EDIT, 2), Urgency::Final, ms(0), ms(0));
    assert_eq!(sent(&mut pacer, 0), [first, other]);
    pacer.learn(first, &free, ms(40));
    pacer.learn(other, &free, ms(40));
    let next = pacer.ask(key(EDIT, 1), Urgency::Final, ms(50), ms(50));
    let kept = pacer.ask(key(EDIT, 2), Urgency::Final, ms(50), ms(50));
    assert_eq!(sent(&mut pacer, 50), [next, kept]);
    pacer.learn(next, &window(4, 5000), ms(90));
    for _ in 0..3 {
        pacer.ask(key(EDIT, 2), Urgency::Final, ms(90), ms(90));
    }
    assert_eq!(sent(&mut pacer, 90), []);
    pacer.learn(kept, &window(2, 5000), ms(100));
    assert_eq!(sent(&mut pacer, 100).len(), 2);
}

#[test]
fn routes_that_share_a_bucket_share_its_slots() {
    let mut pacer = Pacer::new();
    let id = pacer.ask(key(EDIT, 1), Urgency::Final, ms(0), ms(0));
    assert_eq!(sent(&mut pacer, 0), [id]);
    let waiting = pacer.ask(key(EDIT, 1), Urgency::Final, ms(1), ms(1));
    pacer.learn(id, &window(1, 5000), ms(40));
    assert_eq!(sent(&mut pacer, 40), [waiting]);
    // Another route says that it is the same bucket, and that nothing is left.
    let other = pacer.ask(key(THREAD, 1), Urgency::Final, ms(50), ms(50));
    assert_eq!(sent(&mut pacer, 50), [other]);
    let behind = pacer.ask(key(THREAD, 1), Urgency::Final, ms(51), ms(51));
    pacer.learn(waiting, &window(0, 4900), ms(60));
    pacer.learn(other, &window(0, 4900), ms(90));
    assert_eq!(sent(&mut pacer, 90), []);
    assert_eq!(sent(&mut pacer, 5050), [behind]);
}
