//! Discord as it is when it can't be reached, and what is told when it is back.

use std::time::Duration;

use anyhow::Result;
use kaiwa_sim::Route;

use super::{Place, Seen, Story, openings::QUESTION};

/// More calls than a story makes.
pub(crate) const ALL: usize = 10_000;
/// What the operator reads, once.
pub(crate) const GONE: &str = "an answer waits for Discord";

/// Calls of this route fail until all is well again.
pub(crate) fn is_gone(w: &Story, route: Route) {
    w.log.expects(GONE);
    w.sim.world(|world| {
        let next = world.faults.next(route).times(ALL);
        next.fails(503, 0, "upstream connect error");
    });
}

/// Ada asks what color the sea is, and all that the model says of it waits: of a message that grows, the first words can be seen
/// already.
pub(crate) async fn sea_waits_for(w: &mut Story, route: Route) -> Result<Seen> {
    if route == Route::EditMessage {
        let (ask, _) = w.sea_is_half_told().await?;
        is_gone(w, route);
        w.model.release();
        return Ok(ask);
    }
    is_gone(w, route);
    if route == Route::CreateThreadFromMessage {
        is_gone(w, Route::GetMessage);
    }
    w.model.answers(["The sea is blue."]);
    w.user("ada").says(QUESTION)
}

/// Messages are posted no more until all is well again, and of the first one that isn't the bot is told a lie: it is there.
pub(crate) fn posts_unbeknown(w: &Story) {
    w.sim.world(|world| {
        let next = world.faults.next(Route::CreateMessage);
        next.done_then_error();
    });
    is_gone(w, Route::CreateMessage);
    is_gone(w, Route::ListMessages);
}

/// Discord answers, but takes nothing of this kind for longer than it is ever gone.
pub(crate) async fn is_refused_for_an_hour(w: &Story) -> Result<()> {
    w.log.expects("Discord answers, but takes nothing more");
    w.waits_for_discord(10).await?;
    w.time_passes(Duration::from_secs(3_600)).await;
    let told = w.logs_in_time("Discord answers, but takes nothing more");
    told.await.map(drop)
}

/// Discord was gone for so long that it has forgotten all nonces.
pub(crate) async fn forgets_nonces(w: &Story) {
    w.sim
        .world(|world| world.settings.nonce_memory = Duration::ZERO);
    w.time_passes(Duration::from_secs(120)).await;
}

pub(crate) fn is_back(w: &Story) {
    w.sim.world(|world| world.faults.clear());
}

/// The text can be read there, once, and the turn has ended well.
pub(crate) async fn all_is_told(w: &mut Story, place: Place, text: &str) -> Result<()> {
    is_told(w, place, text).await?;
    w.stop().await?;
    assert_eq!(w.texts(place), [text]);
    Ok(())
}

pub(crate) async fn is_told(w: &Story, place: Place, text: &str) -> Result<()> {
    w.in_time("the whole answer", |w| {
        w.sim.shared().look(|world| {
            let messages = world.messages.get(&place.0)?;
            let told = messages.values().any(|message| message.content == text);
            told.then_some(())
        })
    })
    .await
}

/// The messages of the bot there are this text, and nothing else.
pub(crate) async fn until_told(w: &Story, place: Place, text: &str) -> Result<()> {
    w.in_time("all of the answer, and nothing else", |w| {
        w.sim.shared().look(|world| {
            let messages = world.messages.get(&place.0)?.values();
            let texts = messages.filter(|message| !message.content.is_empty());
            let texts: Vec<&str> = texts.map(|message| message.content.as_str()).collect();
            (texts.join(" ") == text).then_some(())
        })
    })
    .await
}

pub(crate) fn state(w: &Story) -> String {
    let state = w
        .another_program()
        .query_one("SELECT state FROM turns", (), |row| row.get(0));
    state.unwrap()
}
