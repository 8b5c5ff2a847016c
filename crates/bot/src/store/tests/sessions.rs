//! Gateway sessions in the store: what the next process finds, and what it doesn't.

use kaiwa_core::{missed::Unheard, session::Session};

use super::*;

fn session(shard: u32, shards: u32, id: &str, sequence: u64) -> Session {
    Session {
        shard,
        shards,
        bot: BOT,
        application: UserId(98),
        intents: 37_377,
        id: id.to_owned(),
        sequence,
        resume_url: "wss://resume".to_owned(),
    }
}

async fn sessions(store: &Store) -> Vec<(Session, Vec<(GuildId, Option<String>)>)> {
    let kept = store.sessions().await.unwrap().into_iter();
    kept.map(|kept| (kept.session, kept.guilds)).collect()
}

#[tokio::test]
async fn a_session_is_found_as_far_as_it_had_come() {
    let store = Store::open_in_memory().await.unwrap();
    assert!(sessions(&store).await.is_empty());
    let began = session(0, 1, "a", 1);
    store
        .session_began(&began, &[GuildId(4), GuildId(5)], 1_000, None)
        .await
        .unwrap();
    let known = Some("what is known".to_owned());
    store
        .guilds_changed(
            0,
            &[(GuildId(5), known.clone()), (GuildId(6), known.clone())],
        )
        .await
        .unwrap();
    store
        .session_reached(&session(0, 1, "a", 70), 2_000)
        .await
        .unwrap();
    let guilds = vec![
        (GuildId(4), None),
        (GuildId(5), known.clone()),
        (GuildId(6), known.clone()),
    ];
    assert_eq!(
        sessions(&store).await,
        [(session(0, 1, "a", 70), guilds.clone())]
    );

    // What comes late changes nothing.
    for late in [session(0, 1, "a", 69), session(0, 1, "b", 90)] {
        store.session_reached(&late, 2_000).await.unwrap();
    }
    assert_eq!(sessions(&store).await, [(session(0, 1, "a", 70), guilds)]);

    // A new session begins with nothing known.
    store
        .guilds_changed(0, &[(GuildId(6), None)])
        .await
        .unwrap();
    store
        .session_began(&session(0, 1, "b", 1), &[GuildId(5)], 1_000, None)
        .await
        .unwrap();
    let guilds = vec![(GuildId(5), None)];
    assert_eq!(sessions(&store).await, [(session(0, 1, "b", 1), guilds)]);
}

#[tokio::test]
async fn sessions_of_other_shards_are_forgotten() {
    let store = Store::open_in_memory().await.unwrap();
    for shard in 0..3 {
        let guild = GuildId(u64::from(shard) << 22);
        store
            .session_began(&session(shard, 3, "a", 1), &[guild], 1_000, None)
            .await
            .unwrap();
    }
    store
        .session_began(&session(1, 2, "b", 1), &[GuildId(1 << 22)], 1_000, None)
        .await
        .unwrap();
    assert_eq!(
        sessions(&store).await,
        [(session(1, 2, "b", 1), vec![(GuildId(1 << 22), None)])]
    );
}

#[tokio::test]
async fn with_another_number_of_shards_all_guilds_have_gaps_from_the_first_on() {
    let store = Store::open_in_memory().await.unwrap();
    let guilds = [GuildId(2 << 22), GuildId(3 << 22)];
    store
        .session_began(&session(0, 1, "a", 1), &guilds, 1_000, None)
        .await
        .unwrap();
    // The process ends before the other shard has begun.
    store
        .session_began(&session(0, 2, "b", 1), &guilds[..1], 9_000, Some(1_000))
        .await
        .unwrap();
    let gaps = store.gaps().await.unwrap();
    let gaps = gaps.iter().map(|gap| (gap.guild, gap.heard_ms));
    let all = [None, Some(guilds[0]), Some(guilds[1])];
    assert_eq!(
        gaps.collect::<Vec<_>>(),
        all.map(|guild| (guild, 1_000)),
        "the one that has begun later has a gap that began as early"
    );
}

#[tokio::test]
async fn only_conversations_of_the_shard_that_began_anew_are_read_back() {
    let store = Store::open_in_memory().await.unwrap();
    let guilds = [GuildId(2 << 22), GuildId(3 << 22)];
    for (thread, guild) in [(10, Some(guilds[0])), (20, Some(guilds[1])), (30, None)] {
        let said = says(thread, ADA, "hello");
        let ask = Ask {
            guild,
            ..asks(&said, thread, in_thread(thread))
        };
        store.begin_turn(&ask, &said).await.unwrap();
        let mark = store.mark();
        store
            .add_history(ConversationId(thread), mark, &[], &[], History::Whole)
            .await
            .unwrap();
    }
    let wants = async |conversation| {
        let loaded = store.load(ConversationId(conversation), FAR).await.unwrap();
        loaded.unwrap().wants_history()
    };
    store
        .session_began(&session(1, 2, "a", 1), &[], 1_000, None)
        .await
        .unwrap();
    assert_eq!(
        [wants(10).await, wants(20).await, wants(30).await],
        [false, true, false]
    );
    store
        .session_began(&session(0, 2, "a", 1), &[], 1_000, None)
        .await
        .unwrap();
    assert_eq!(
        [wants(10).await, wants(20).await, wants(30).await],
        [true, true, true]
    );
}

#[tokio::test]
async fn when_sessions_were_begun_is_known_for_a_day() {
    let store = Store::open_in_memory().await.unwrap();
    for (shard, at) in [(0, 1_000), (1, 1_500), (0, 2_000)] {
        store.identified(shard, at).await.unwrap();
    }
    assert_eq!(store.identifies(0, 0).await.unwrap(), [1_000, 2_000]);
    assert_eq!(store.identifies(1, 0).await.unwrap(), [1_500]);
    assert_eq!(store.identifies(0, 1_600).await.unwrap(), [2_000]);
    assert!(store.identifies(1, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_new_session_has_not_told_is_known_until_it_is_read_back() {
    let store = Store::open_in_memory().await.unwrap();
    let gap = |guild: u64, heard_ms, places: Option<Vec<(ChannelId, MessageId)>>, gaps: &[Gap]| {
        let guild = (guild > 0).then_some(GuildId(guild));
        let number = gaps.iter().find(|gap| gap.guild == guild).unwrap().number;
        Gap {
            guild,
            heard_ms,
            number,
            places,
        }
    };
    let (first, second) = (2 << 22, 4 << 22);
    let guilds = [GuildId(first), GuildId(second)];
    let begins = async |id: &str, guilds: &[GuildId], heard| {
        let began = session(0, 2, id, 1);
        store
            .session_began(&began, guilds, 9_000, heard)
            .await
            .unwrap();
        store.gaps().await.unwrap()
    };
    assert!(begins("a", &guilds, None).await.is_empty(), "never heard");
    let gaps = begins("b", &guilds, Some(2_000)).await;
    let places = vec![(ChannelId(5), MessageId(6))];
    store
        .gaps_told(&[(GuildId(second), places.clone())])
        .await
        .unwrap();
    assert_eq!(
        store.gaps().await.unwrap(),
        [
            gap(0, 2_000, None, &gaps),
            gap(first, 2_000, None, &gaps),
            gap(second, 2_000, Some(places), &gaps),
        ]
    );
    // One is read back; the others grow, and who was reading them has not read all of them.
    store.gap_closed(None, gaps[0].number).await.unwrap();
    let grown = begins("c", &guilds, Some(5_000)).await;
    assert_eq!(
        grown,
        [
            gap(0, 5_000, None, &grown),
            gap(first, 2_000, None, &grown),
            gap(second, 2_000, None, &grown),
        ]
    );
    store
        .gap_closed(Some(GuildId(first)), gaps[1].number)
        .await
        .unwrap();
    assert_eq!(store.gaps().await.unwrap(), grown);
    // What another shard missed is its own, and guilds that were left are forgotten.
    let other = session(1, 2, "d", 1);
    store
        .session_began(&other, &[GuildId(1 << 22)], 9_000, Some(7_000))
        .await
        .unwrap();
    let gone = [(GuildId(1 << 22), None)];
    store.guilds_changed(1, &gone).await.unwrap();
    let left = begins("e", &guilds[1..], Some(8_000)).await;
    assert_eq!(
        left,
        [gap(0, 5_000, None, &left), gap(second, 2_000, None, &left)]
    );
}

#[tokio::test]
async fn what_has_reached_nobody_is_known_until_it_is_read_back() {
    let store = Store::open_in_memory().await.unwrap();
    let unheard = |guild: u64, since| Unheard {
        guild: GuildId(guild << 22),
        channel: ChannelId(guild),
        since: MessageId(since),
    };
    let (first, later, other) = (unheard(2, 50), unheard(2, 60), unheard(3, 50));
    let gone = unheard(4, 70);
    store.keep_unheard(&[later, other, gone]).await.unwrap();
    store.keep_unheard(&[first, later]).await.unwrap();
    let known = async || store.unheard().await.unwrap();
    assert_eq!(known().await, [first, later, other, gone]);
    store.unheard_read(first).await.unwrap();
    assert_eq!(known().await, [later, other, gone]);
    // Guilds that were left are forgotten, also where it is a new session that tells so; what another shard has is its own.
    store
        .guilds_changed(0, &[(gone.guild, None)])
        .await
        .unwrap();
    assert_eq!(known().await, [later, other]);
    let began = session(1, 2, "a", 1);
    store
        .session_began(&began, &[], 9_000, Some(7_000))
        .await
        .unwrap();
    assert_eq!(known().await, [later]);
}
