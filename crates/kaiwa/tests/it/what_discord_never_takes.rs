//! What people see where Discord fails at what a message says, and at nothing else: after an hour they are told, and their
//! conversation goes on.

use anyhow::Result;
use kaiwa_sim::Route;

use crate::story::{
    Place, Story,
    outage::{ALL, GONE, all_is_told, is_back, is_refused_for_an_hour, is_told, state},
    time::run_story_in_time,
};

const SORRY: &str = "-# Discord didn't accept the answer (error 500); please press Retry, and tell the operator of this bot if \
                     it happens again.";
const SORRY_FOR_THE_REST: &str = "-# The answer above is not complete. Discord didn't accept the answer (error 500); please \
                                  press Retry, and tell the operator of this bot if it happens again.";

/// Discord fails at messages with these words.
fn chokes_on(w: &Story, words: &str) {
    w.log.expects(GONE);
    w.sim.world(|world| world.faults.choke_on(words));
}

/// The texts of earlier versions of answers, as they are kept.
fn kept(w: &Story) -> Vec<String> {
    let store = w.another_program();
    let mut versions = store
        .prepare("SELECT text FROM versions ORDER BY version")
        .unwrap();
    let texts = versions.query_map((), |row| row.get(0)).unwrap();
    texts.map(Result::unwrap).collect()
}

/// The turn has failed, and below the sentence about that stands the button.
async fn has_failed(w: &Story, place: Place, sentence: &str) -> Result<()> {
    w.log.expects("a turn failed");
    w.in_time("Retry under the sentence", |w| {
        w.sim.shared().look(|world| {
            let mut messages = world.messages.get(&place.0)?.values();
            let said = messages.find(|message| message.content == sentence)?;
            said.components.first()?["components"][0]["label"]
                .as_str()
                .filter(|label| *label == "Retry")
                .map(drop)
        })
    })
    .await
}

#[tokio::test]
async fn a_conversation_goes_on_behind_an_answer_that_discord_never_takes() {
    run_story_in_time(&[], async |w| {
        let ada = w.user("ada");
        chokes_on(w, "blue");
        w.model.answers(["The sea is blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        is_refused_for_an_hour(w).await?;
        has_failed(w, ask.thread(), SORRY).await?;
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "still there?")?;
        w.reads(ask.thread(), "Yes.").await?;
        assert_eq!(kept(w), ["The sea is blue."]);
        let answer = w.reads(ask.thread(), SORRY).await?;
        w.model.answers(["The sea is azure."]);
        ada.presses(answer, "Retry")?;
        assert_eq!(w.reads(ask.thread(), "The sea is azure.").await?, answer);
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea is azure.", "Yes."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_stands_of_an_answer_stays_where_discord_never_takes_the_rest() {
    run_story_in_time(&[], async |w| {
        let ada = w.user("ada");
        chokes_on(w, "blue");
        let wide = "The sea is wide and deep and old. ".repeat(50);
        let whole = format!("{wide}\n\n{wide}It is blue.");
        w.model.answers([whole.as_str()]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        is_refused_for_an_hour(w).await?;
        let told = format!("{}\n{SORRY_FOR_THE_REST}", wide.trim_end());
        has_failed(w, ask.thread(), &told).await?;
        w.stop().await?;
        assert_eq!(kept(w), [whole]);
        assert_eq!(w.texts(ask.thread()), [told]);
        assert_eq!(state(w), "failed");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_message_that_grows_into_words_that_discord_never_takes_is_left_as_it_is() {
    run_story_in_time(&[], async |w| {
        let (ask, half) = w.sea_is_half_told().await?;
        chokes_on(w, "blue");
        w.model.release();
        is_refused_for_an_hour(w).await?;
        has_failed(w, ask.thread(), SORRY).await?;
        w.until_buttons(half, &[]).await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea", SORRY]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn discord_that_comes_back_when_the_failure_is_being_said_takes_the_answer() {
    run_story_in_time(&[], async |w| {
        chokes_on(w, "blue");
        w.model.answers(["The sea is blue."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        is_refused_for_an_hour(w).await?;
        is_told(w, ask.thread(), SORRY).await?;
        is_back(w);
        all_is_told(w, ask.thread(), "The sea is blue.").await?;
        assert_eq!(state(w), "done");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_failure_that_was_said_unbeknown_is_found_and_not_said_twice() {
    for comes_back in [true, false] {
        run_story_in_time(&[], async |w| {
            chokes_on(w, "blue");
            w.sim.world(|world| {
                let next = world.faults.next(Route::CreateMessage).times(ALL);
                next.done_then_error();
            });
            w.model.answers(["The sea is blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            is_refused_for_an_hour(w).await?;
            is_told(w, ask.thread(), SORRY).await?;
            if comes_back {
                is_back(w);
                return all_is_told(w, ask.thread(), "The sea is blue.").await;
            }
            has_failed(w, ask.thread(), SORRY).await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), [SORRY]);
            assert_eq!(state(w), "failed");
            Ok(())
        })
        .await;
    }
}
