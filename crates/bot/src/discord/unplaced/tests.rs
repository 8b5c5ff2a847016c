//! What waits for its place, and what becomes of it.

use kaiwa_core::{
    id::UserId,
    message::{Author, AuthorKind},
    words::Locale,
};

use super::*;

const GUILD: GuildId = GuildId(1);
const THREAD: Place = Place::Thread {
    ours: true,
    below: None,
};

fn said(id: u64, channel: u64, text: &str) -> Message {
    Message {
        id: MessageId(id),
        channel: ChannelId(channel),
        guild: Some(GUILD),
        place: Place::Channel,
        author: Author {
            id: UserId(2),
            name: "ada".to_owned(),
            kind: AuthorKind::Person,
        },
        text: text.to_owned(),
        attachments: Vec::new(),
        mentions_me: false,
        mentions_others: false,
        reply_to: None,
        edited_ms: None,
        locale: Locale::En,
    }
}

fn put(places: &mut Places, message: Message, sequence: u64) -> bool {
    let waits = Waits {
        sequence,
        place: None,
        message,
    };
    places.put(GUILD, waits)
}

fn put_placed(places: &mut Places, message: Message, sequence: u64) {
    let waits = Waits {
        sequence,
        place: Some(THREAD),
        message,
    };
    places.put(GUILD, waits);
}

#[test]
fn what_an_old_session_told_does_not_hide_what_the_new_one_tells() {
    let mut places = Places::default();
    let nine = ChannelId(9);
    for id in 0..60 {
        put(&mut places, said(1 + id, 9, "a"), 500 + id);
    }
    places.rebase(2);
    assert_eq!(places.first(), Some(2));
    places.forget(nine, |_| true);
    assert_eq!(places.first(), Some(2), "what found no room");
    places.take(nine, None, true);

    put(&mut places, said(1, 9, "a"), 500);
    places.rebase(2);
    put(&mut places, said(2, 9, "b"), 5);
    put(&mut places, said(3, 8, "c"), 7);
    assert_eq!(places.first(), Some(2));
    places.forget(nine, |message| message.text == "a");
    assert_eq!(places.first(), Some(5));
    places.take(nine, None, true);
    assert_eq!(places.first(), Some(7));
}

#[test]
fn only_so_many_wait_and_nothing_passes_what_waits() {
    let mut places = Places::default();
    assert_eq!(places.first(), None);
    assert!(put(&mut places, said(1, 9, "a"), 11));
    for id in 2..=60 {
        assert!(!put(&mut places, said(id, 9, "b"), 10 + id));
    }
    let waiting = &places.waiting[&ChannelId(9)];
    assert_eq!(waiting.messages.len(), EACH);
    let over = waiting.over.as_ref().unwrap();
    assert_eq!((over.sequence, over.message), (61, MessageId(51)));
    assert_eq!(places.first(), Some(11));

    // Room that becomes free is not for what came later: it would be handed on before what found none.
    places.reword(&said(2, 9, "c"));
    places.forget(ChannelId(9), |message| message.text == "b");
    assert_eq!((places.count, places.first()), (2, Some(11)));
    assert!(!put(&mut places, said(61, 9, "d"), 71));
    assert_eq!(places.count, 2);

    // In all places together.
    for id in 0..2_000 {
        assert!(put(&mut places, said(100 + id, 100 + id, "e"), 100 + id));
    }
    assert_eq!(places.count, ALL);
    assert_eq!(places.waiting.len(), 2_001);
    places.take(ChannelId(9), None, true);
    assert_eq!(places.count, ALL - 2);
}

#[test]
fn what_becomes_of_it_is_decided_by_what_is_known() {
    let take = |count: u64, place, is_refused| {
        let mut places = Places::default();
        put(&mut places, said(1, 9, "a"), 11);
        put_placed(&mut places, said(2, 9, "b"), 12);
        for id in 3..=count {
            put(&mut places, said(id, 9, "c"), 10 + id);
        }
        let (placed, since) = places.take(ChannelId(9), place, is_refused);
        assert_eq!((places.count, places.first()), (0, None));
        assert!(placed.iter().all(|message| message.place == THREAD));
        let ids: Vec<u64> = placed.iter().map(|message| message.id.0).collect();
        (ids, since.map(|since| since.0))
    };
    assert_eq!(take(3, Some(THREAD), false), (vec![1, 2, 3], None));
    let all = (1..=50).collect();
    assert_eq!(take(60, Some(THREAD), false), (all, Some(51)));
    // Discord has not answered: all that has no place is read back.
    assert_eq!(take(3, None, false), (vec![2], Some(1)));
    assert_eq!(take(60, None, false), (vec![2], Some(1)));
    // It has refused: there is nothing to be read back but what may have been placed, and found no room.
    assert_eq!(take(3, None, true), (vec![2], None));
    assert_eq!(take(60, None, true), (vec![2], Some(51)));
}

/// Time that stands still goes on by itself whenever nothing else is to be done: no test waits.
#[tokio::test(start_paused = true)]
async fn it_is_not_asked_for_ever() {
    // Nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let http = crate::http::http_client().unwrap();
    let rest = Rest::new(http, &nobody, &"token".to_owned().into()).unwrap();
    let reader = Arc::new(Reader::new(Locale::En));
    let (told, mut heard) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let unplaced = Unplaced::new(0, &reader, &rest, &told, &stop);
    unplaced.keep(GUILD, said(1, 9, "a"), 11);
    unplaced.tell_reached(20, |reached| assert_eq!(reached, 10));
    let unheard = heard.recv().await;
    let Some(Told::Unheard(unheard)) = unheard else {
        panic!("{unheard:?}");
    };
    assert_eq!(
        (unheard.guild, unheard.channel, unheard.since),
        (GUILD, ChannelId(9), MessageId(1))
    );
    unplaced.tell_reached(20, |reached| assert_eq!(reached, 20));
    // What comes then is asked for anew.
    unplaced.keep(GUILD, said(2, 9, "b"), 21);
    unplaced.tell_reached(30, |reached| assert_eq!(reached, 20));
}
