//! What holds for any load, any latency and any kind of bucket.

use proptest::{collection::vec, prelude::*};

use super::{
    discord::{Network, Wild},
    *,
};

fn urgency() -> impl Strategy<Value = Urgency> {
    prop_oneof![
        1 => Just(Urgency::First),
        1 => Just(Urgency::Final),
        1 => Just(Urgency::Call),
        4 => Just(Urgency::Text),
        1 => Just(Urgency::Background),
    ]
}

fn wishes(channels: u64, most: usize) -> impl Strategy<Value = Vec<Wish>> {
    let routes =
        prop_oneof![1 => Just(CREATE), 3 => Just(EDIT), 1 => Just(THREAD), 1 => Just(TYPING)];
    let one = (0..20_000u64, routes, 0..channels, urgency(), 0..6u32).prop_map(
        |(at, route, channel, urgency, again)| {
            let again = if urgency == Urgency::Text { again } else { 0 };
            Wish {
                again,
                ..wish(at / 10 * 10, key(route, channel), urgency)
            }
        },
    );
    vec(one, 1..most)
}

/// Limits of all sizes; [`THREAD`] has none.
fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = |route, bucket| {
        (1..12u32, 200..8000u64).prop_map(move |(limit, window)| Rule {
            route,
            bucket,
            limit,
            window: ms(window),
        })
    };
    (
        rule(CREATE, "create"),
        rule(EDIT, "edit"),
        rule(TYPING, "typing"),
    )
        .prop_map(|(a, b, c)| vec![a, b, c])
}

fn refill() -> impl Strategy<Value = Refill> {
    prop_oneof![Just(Refill::Windows), Just(Refill::Drops)]
}

fn network(losses_in_hundred: u64) -> impl Strategy<Value = Wild> {
    (1..u64::MAX, prop_oneof![1..60u64, 1..3000u64]).prop_map(move |(seed, most)| Wild {
        seed,
        most: ms(most),
        losses_in_hundred,
    })
}

impl std::fmt::Debug for Wild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "up to {:?} from seed {}", self.most, self.seed)
    }
}

fn run(rules: &[Rule], refill: Refill, network: &mut dyn Network, wishes: &[Wish]) -> Played {
    let discord = Discord::new(refill, rules);
    Play {
        pacer: Pacer::new(),
        discord,
        network,
        foreign: Vec::new(),
    }
    .run(wishes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_429_is_of_our_own_making(
        rules in rules(),
        refill in refill(),
        mut network in network(0),
        wishes in (1..60u64).prop_flat_map(|channels| wishes(channels, 400)),
    ) {
        let played = run(&rules, refill, &mut network, &wishes);
        prop_assert!(played.discord.refusals.is_empty(), "{:?}", played.discord.refusals);
    }

    #[test]
    fn names_of_buckets_that_change_draw_none_either(
        refill in refill(),
        mut network in network(0),
        wishes in (1..20u64).prop_flat_map(|channels| wishes(channels, 400)),
        renames in vec(0..30_000u64, 1..6),
        to_and_fro in any::<bool>(),
    ) {
        let mut discord = Discord::new(refill, &RULES);
        discord.renames = renames.into_iter().map(ms).collect();
        discord.to_and_fro = to_and_fro;
        let played = Play { pacer: Pacer::new(), discord, network: &mut network, foreign: Vec::new() }.run(&wishes);
        prop_assert!(played.discord.refusals.is_empty(), "{:?}", played.discord.refusals);
    }

    #[test]
    fn lost_answers_draw_none_either(
        mut network in network(5),
        wishes in (1..60u64).prop_flat_map(|channels| wishes(channels, 300)),
    ) {
        let played = run(&RULES, Refill::Windows, &mut network, &wishes);
        prop_assert!(played.discord.refusals.is_empty(), "{:?}", played.discord.refusals);
    }

    #[test]
    fn every_call_is_made_in_the_end_and_nothing_is_remembered(
        rules in rules(),
        mut network in network(1),
        wishes in wishes(10, 200),
    ) {
        let mut played = run(&rules, Refill::Windows, &mut network, &wishes);
        // The play itself fails when a call waits for ever; these are all accounted for.
        let firsts = wishes.iter().filter(|wish| wish.urgency != Urgency::Background).count();
        prop_assert!(played.made.len() + played.dropped >= firsts);
        let much_later = played.end + ms(400_000);
        prop_assert_eq!(played.pacer.grant(much_later), None);
        prop_assert_eq!(played.pacer.load(), Load { waiting: 0, sent: 0, buckets: 0 });
    }

    #[test]
    fn a_final_text_goes_at_once_amid_any_other_load(
        mut network in (1..u64::MAX, 1..80u64).prop_map(|(seed, most)| Wild { seed, most: ms(most), losses_in_hundred: 0 }),
        others in wishes(500, 600),
        finals in vec((0..20_000u64, 0..500u64), 1..20),
    ) {
        let mut all: Vec<Wish> = others.into_iter().filter(|wish| matches!(wish.urgency, Urgency::Text | Urgency::Call | Urgency::Background)).collect();
        // At most one a second, and one for each channel in a window: more than that is more than what is kept.
        let mut finals: Vec<Wish> = finals.into_iter().map(|(at, channel)| wish(at, key(EDIT, channel), Urgency::Final)).collect();
        finals.sort_by_key(|wish| wish.at);
        finals.dedup_by_key(|wish| wish.at.as_secs());
        finals.sort_by_key(|wish| wish.key.major);
        finals.dedup_by_key(|wish| wish.key.major);
        // What somebody waits for goes to other buckets than an answer's edits.
        all.retain(|wish| wish.urgency != Urgency::Call || wish.key.route != EDIT);
        all.extend(finals);
        let played = run(&RULES, Refill::Windows, &mut network, &all);
        prop_assert!(played.discord.refusals.is_empty());
        for made in played.made.iter().filter(|made| made.wish.urgency == Urgency::Final) {
            // The kept slot is lent out a quarter of a second before the window ends; the first answer of a bucket
            // and the end of its window are known one way later.
            let waited = made.sent - made.asked;
            prop_assert!(waited <= ms(250 + 2 * 160) + MARGIN, "waited {waited:?}");
        }
    }

    #[test]
    fn streams_share_the_budget_evenly(
        mut network in (1..u64::MAX, 1..60u64).prop_map(|(seed, most)| Wild { seed, most: ms(most), losses_in_hundred: 0 }),
        streams in 60..150u64,
    ) {
        let all: Vec<Wish> = (0..streams).map(|n| Wish { again: 8, ..wish(n, key(EDIT, n), Urgency::Text) }).collect();
        let played = run(&RULES, Refill::Windows, &mut network, &all);
        prop_assert!(played.discord.refusals.is_empty());
        // A round of 45 edits takes a second and the longest way there and back; a stream's turn may come up to a
        // round later than its exact share.
        let round = 1.0 + 0.12 + 2.0 * MARGIN.as_secs_f64();
        let longest = round * (streams as f64 / 45.0 + 1.0);
        for stream in 0..streams {
            let sent: Vec<f64> = std::iter::once(0.0)
                .chain(played.made.iter().filter(|made| made.wish.key.major == stream).map(|made| made.sent.as_secs_f64()))
                .collect();
            let gap = sent.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
            prop_assert!(gap <= longest, "stream {stream} stood still for {gap} of {longest} s");
        }
    }

    #[test]
    fn somebody_elses_429s_are_obeyed_and_survived(
        mut network in network(0),
        wishes in wishes(5, 100),
        foreign in vec((0..20_000u64, 0..5u64), 50..400),
    ) {
        let discord = Discord::new(Refill::Windows, &RULES);
        let foreign = foreign.into_iter().map(|(at, channel)| (ms(at), key(EDIT, channel))).collect();
        let played = Play { pacer: Pacer::new(), discord, network: &mut network, foreign }.run(&wishes);
        for (told, refused, demand) in &played.told_to_wait {
            let until = *told + demand.retry_after.unwrap();
            let early = played.made.iter().find(|made| {
                let concerned = demand.scope == Scope::Global || made.wish.key == *refused;
                concerned && made.sent > *told && made.sent < until
            });
            prop_assert!(early.is_none(), "told at {told:?} to wait until {until:?}: {early:?}");
        }
    }
}
