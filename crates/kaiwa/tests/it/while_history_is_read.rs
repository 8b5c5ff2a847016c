//! While a conversation is read back from Discord, which may be slow, people are heard.

use std::time::Duration;

use insta::assert_snapshot;
use kaiwa_sim::{Route, World, world::faults::Gate};

use crate::story::{
    Place, Seen, Story,
    failures::{ONE_TRY, SENTENCE},
    run_story, run_story_with, until_read_back,
};

/// Of a thread with a history of three pages the bot knows nothing. Ada asks there, and a page is asked for in vain, after
/// so many others: her question, and what opens it.
async fn asks_where_much_was_said(w: &mut Story, after: usize) -> anyhow::Result<(Seen, Gate)> {
    let ada = w.user("ada");
    let (sea, _) = w.sea_is_blue().await?;
    w.stop().await?;
    for number in 0..230 {
        ada.says_in(sea.thread(), format!("@ben wave {number}").as_str())?;
    }
    w.forget_everything();
    w.comes_back().await?;
    let pages = w.calls(Route::ListMessages);
    let gate = w.sim.world(|world| {
        for _ in 0..after {
            world.faults.next(Route::ListMessages).slow(Duration::ZERO);
        }
        world.faults.next(Route::ListMessages).held_before()
    });
    let ask = ada.says_in(sea.thread(), "how many waves?")?;
    w.until("the page to be asked for", |w| {
        (w.calls(Route::ListMessages) > pages + after).then_some(())
    })
    .await?;
    Ok((ask, gate))
}

/// The sky is asked for while the bot is away. Where that was asked, and what opens the page that would tell of it.
async fn sky_is_missed(w: &mut Story) -> anyhow::Result<(Seen, Gate)> {
    let (sea, _) = w.sea_is_blue().await?;
    w.stop().await?;
    w.user("ada").says_in(sea.thread(), "and the sky?")?;
    w.away_for(5);
    // It is read back when its turn has come: there may be many places.
    let pages = w.calls(Route::ListMessages);
    let gate = w
        .sim
        .world(|world| world.faults.next(Route::ListMessages).held_before());
    w.comes_back().await?;
    w.until("the page to be asked for", |w| {
        (w.calls(Route::ListMessages) > pages).then_some(())
    })
    .await?;
    Ok((sea, gate))
}

#[tokio::test]
async fn a_stop_is_heard() {
    let soon = [("KAIWA_THINKING_SECONDS", "0")];
    run_story_with(World::default(), &soon, async |w| {
        let (ask, gate) = asks_where_much_was_said(w, 0).await?;
        let line = w.reads(ask.place, "-# Still thinking…").await?;
        w.until_buttons(line, &["Stop"]).await?;
        w.user("ada").presses(line, "Stop")?;
        let stopped = w.reads(ask.place, "-# stopped by Ada").await?;
        assert_eq!(stopped, line);
        assert_eq!(w.model.requests().len(), 1);
        w.sim.world(|world| world.faults.open(gate));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_deletion_is_heard() {
    run_story(World::default(), async |w| {
        let (ask, gate) = asks_where_much_was_said(w, 0).await?;
        let ada = w.user("ada");
        ada.deletes(ask)?;
        // The next question reads what this one did not.
        w.model.answers(["Water."]);
        ada.says_in(ask.place, "what are waves made of?")?;
        w.reads(ask.place, "Water.").await?;
        let heard = w.model_hears(2).await?;
        assert!(
            heard.contains("@Ben wave 0\n") && !heard.contains("how many"),
            "{heard}"
        );
        w.sim.world(|world| world.faults.open(gate));
        Ok(())
    })
    .await;
}

/// A message of a place, by what it says.
fn message(w: &Story, place: Place, ends: &str) -> Seen {
    let id = w.sim.world(|world| {
        let mut messages = world.messages[&place.0].values();
        let message = messages.find(|message| message.content.ends_with(ends));
        message.expect("nobody has said that").id
    });
    Seen { place, id }
}

#[tokio::test]
async fn what_changes_on_a_page_that_was_read_is_as_it_is_now() {
    run_story(World::default(), async |w| {
        let (ask, gate) = asks_where_much_was_said(w, 1).await?;
        let ada = w.user("ada");
        ada.edits(message(w, ask.place, "wave 229"), "@ben a calm")?;
        ada.deletes(message(w, ask.place, "wave 228"))?;
        // Both are heard before this.
        w.still_hears().await?;
        w.model.answers(["228 of them."]);
        w.sim.world(|world| world.faults.open(gate));
        w.reads(ask.place, "228 of them.").await?;
        let heard = w.model_hears(3).await?;
        assert!(
            heard.ends_with("@Ben wave 227\n@Ben a calm\nhow many waves?"),
            "{heard}"
        );
        // They are kept as they are now.
        w.goes_on_in(ask.place).await?;
        let heard = w.model_hears(4).await?;
        assert!(
            heard.contains("@Ben wave 227\n@Ben a calm\nhow many waves?"),
            "{heard}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_edit_and_another_question_are_heard_and_no_page_is_read_twice() {
    run_story(World::default(), async |w| {
        let (ask, gate) = asks_where_much_was_said(w, 1).await?;
        let ada = w.user("ada");
        w.model.answers(["230 of them, all wet."]);
        // The page that is waited for is asked for once more by each.
        let next = w.calls(Route::ListMessages) + 1;
        let again = w
            .sim
            .world(|world| world.faults.next(Route::ListMessages).held_before());
        ada.edits(ask, "how many waves were there?")?;
        w.until("the page to be asked for again", |w| {
            (w.calls(Route::ListMessages) == next).then_some(())
        })
        .await?;
        ada.says_in(ask.place, "and are they wet?")?;
        w.reads(ask.place, "230 of them, all wet.").await?;
        let heard = w.model_hears(2).await?;
        let lines: Vec<&str> = heard.lines().collect();
        assert_snapshot!(lines[..4].join("\n"), @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: @Ben wave 0
        ");
        assert_snapshot!(lines[lines.len() - 3..].join("\n"), @r"
        @Ben wave 229
        how many waves were there?
        and are they wet?
        ");
        assert_eq!(heard.matches("wave 42\n").count(), 1);
        assert_eq!(w.calls(Route::ListMessages), next + 2);
        for gate in [gate, again] {
            w.sim.world(|world| world.faults.open(gate));
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_answered_with_what_is_asked_before_it_is_read_back() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, gate) = sky_is_missed(w).await?;
        w.model.answers(["Blue and green."]);
        ada.says_in(sea.thread(), "and the grass?")?;
        w.reads(sea.thread(), "Blue and green.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: and the sky?
        and the grass?
        ");
        w.sim.world(|world| world.faults.open(gate));
        until_read_back(&w.another_program()).await?;
        w.model.answers(["I do."]);
        ada.says_in(sea.thread(), "do you like them?")?;
        w.reads(sea.thread(), "I do.").await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue and green.", "I do."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_answered_where_the_answer_to_what_was_asked_since_failed() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ben = w.user("ben");
        let (sea, gate) = sky_is_missed(w).await?;
        w.fails();
        ben.says_in(sea.thread(), "and the grass?")?;
        let failed = w.reads(sea.thread(), SENTENCE).await?;
        w.until_buttons(failed, &["Retry"]).await?;
        w.model.answers(["Blue too."]);
        w.sim.world(|world| world.faults.open(gate));
        w.reads(sea.thread(), "Blue too.").await?;
        Ok(())
    })
    .await;
}
