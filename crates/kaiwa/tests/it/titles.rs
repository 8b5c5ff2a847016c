//! A thread that the bot has opened gets a title once its first answer is done: once, last of all, and never over a name that
//! people gave it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    model::{ErrorBody, Fault, HOLD, Outcome, Piece},
    world::permissions,
};

use crate::story::{
    Place, Seen, Story, run_story, run_story_with, time::run_story_in_time, until_read_back,
    until_titled,
};

const TITLES: &[(&str, &str)] = &[("KAIWA_THREAD_TITLES", "true")];
/// The name under which the thread is opened.
const FIRST: &str = "what color is the sea?";

fn name(w: &Story, thread: Place) -> String {
    w.sim.world(|world| world.channels[&thread.0].name.clone())
}

async fn until_named(w: &Story, thread: Place, title: &str) -> Result<()> {
    w.until(&format!("the thread to be called {title:?}"), |w| {
        (name(w, thread) == title).then_some(())
    })
    .await
}

/// What the model is shown of the talk in a request, counted from 1.
async fn shown(w: &mut Story, number: u64) -> Result<String> {
    w.model_hears(number).await?;
    let request = w
        .model
        .read(|world| world.request(number).map(|one| one.question()));
    request.context("the request")
}

/// The thread has a title, or is to have none, and that is stored.
async fn until_over(w: &Story, thread: Place) -> Result<()> {
    until_titled(&w.another_program(), thread).await
}

/// Ada asks and is answered; asked for a title, the model says this.
async fn asks<P: Into<Piece>>(w: &mut Story, title: impl IntoIterator<Item = P>) -> Result<Seen> {
    w.model.answers(["Blue."]);
    w.model.answers(title);
    let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
    w.reads(ask.thread(), "Blue.").await?;
    Ok(ask)
}

/// She asks once more in the thread.
async fn asks_again(w: &mut Story, ask: Seen, title: &str) -> Result<()> {
    w.model.answers(["Yes."]);
    w.model.answers([title]);
    w.user("ada").says_in(ask.thread(), "sure?")?;
    w.reads(ask.thread(), "Yes.").await?;
    Ok(())
}

/// Ada's question is answered, and the model begins with a title that it doesn't end.
async fn title_is_begun(w: &mut Story) -> Result<Seen> {
    let ask = asks(w, ["Color of ", HOLD, "the sea"]).await?;
    w.model_hears(2).await?;
    Ok(ask)
}

/// What has happened before has reached the bot: it hears what is said then.
async fn hears_all(w: &mut Story) -> Result<()> {
    let answer = format!("Hello, {}.", w.model.requests().len());
    w.model.answers([answer.as_str()]);
    let hello = w.user("ben").tells(w.bot_id(), "hello")?;
    w.reads(hello.place, &answer).await?;
    Ok(())
}

/// The talk goes on, and its answer is followed by no title.
async fn goes_on_without(w: &mut Story, ask: Seen) -> Result<()> {
    let before = w.model.requests().len();
    for answer in ["Quite.", "Surely."] {
        w.model.answers([answer]);
        w.user("ada").says_in(ask.thread(), "really?")?;
        w.reads(ask.thread(), answer).await?;
    }
    until_over(w, ask.thread()).await?;
    // One that was begun all the same is asked for by now.
    hears_all(w).await?;
    w.stop().await?;
    assert_eq!(w.model.requests().len(), before + 3);
    Ok(())
}

/// The title that the thread has is the only one that it ever gets.
async fn keeps_its_title(w: &mut Story, ask: Seen) -> Result<()> {
    goes_on_without(w, ask).await?;
    assert_eq!(name(w, ask.thread()), "Color of the sea");
    assert_eq!(w.calls(Route::EditChannel), 1);
    Ok(())
}

async fn until_left(w: &Story, request: usize) -> Result<()> {
    w.until("the title to be left", |w| {
        (w.model.requests()[request].outcome == Outcome::ClientLeft).then_some(())
    })
    .await
}

#[tokio::test]
async fn a_title_follows_the_first_answer_and_no_other() {
    run_story_with(World::default(), TITLES, async |w| {
        // Whoever opened a thread may name it.
        w.deny(permissions::MANAGE_THREADS);
        let ask = asks(w, ["Title: \"Color of the sea\"\n"]).await?;
        until_named(w, ask.thread(), "Color of the sea").await?;
        assert_snapshot!(shown(w, 2).await?, @r"
        A thread begins with:
        > what color is the sea?

        The answer begins with:
        > Blue.

        Title:
        ");
        keeps_its_title(w, ask).await
    })
    .await;
}

#[tokio::test]
async fn a_japanese_talk_gets_a_japanese_title() {
    run_story_with(World::default(), TITLES, async |w| {
        w.model.answers(["青です。"]);
        w.model.answers(["「海の色」"]);
        let ask = w.user("ada").says("@kaiwa 海は何色ですか？")?;
        w.reads(ask.thread(), "青です。").await?;
        until_named(w, ask.thread(), "海の色").await?;
        assert_snapshot!(shown(w, 2).await?, @r"
        スレッドの始まり：
        > 海は何色ですか？

        回答の始まり：
        > 青です。

        タイトル：
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn nothing_of_it_is_asked_where_it_is_turned_off() {
    run_story(World::default(), async |w| {
        let (ask, other) = w.sea_is_stored().await?;
        until_titled(&other, ask.thread()).await?;
        goes_on_without(w, ask).await?;
        assert_eq!(name(w, ask.thread()), FIRST);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_name_that_people_gave_stays() {
    run_story_with(World::default(), TITLES, async |w| {
        let ask = title_is_begun(w).await?;
        rename(w, ask, "sea talk")?;
        hears_all(w).await?;
        // What the model says now is too late.
        w.model.release();
        until_over(w, ask.thread()).await?;
        goes_on_without(w, ask).await?;
        assert_eq!(name(w, ask.thread()), "sea talk");
        assert_eq!(w.calls(Route::EditChannel), 0);
        Ok(())
    })
    .await;
}

/// The thread has gone to rest.
fn rests(w: &Story, ask: Seen) {
    let ada = w.user("ada").id;
    let rests = |world: &mut World| world.set_archived(ada, ask.id, true);
    w.sim.world(rests).unwrap();
}

fn rename(w: &Story, ask: Seen, name: &str) -> Result<()> {
    let ada = w.user("ada").id;
    w.sim.world(|world| {
        world
            .rename(ada, ask.id, name)
            .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
    })
}

#[tokio::test]
async fn a_name_that_people_gave_while_the_bot_was_away_stays() {
    run_story_with(World::default(), TITLES, async |w| {
        let ask = title_is_begun(w).await?;
        w.stop().await?;
        assert_eq!(name(w, ask.thread()), FIRST);
        rename(w, ask, "sea talk")?;
        // Another session doesn't tell of a thread that rests.
        let ada = w.user("ada").id;
        w.sim
            .world(|world| world.set_archived(ada, ask.id, true))
            .unwrap();
        w.comes_back().await?;
        w.model.release_all();
        goes_on_without(w, ask).await?;
        assert_eq!(name(w, ask.thread()), "sea talk");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_process_that_ends_before_the_title_leaves_it_to_the_next() {
    run_story_with(World::default(), TITLES, async |w| {
        let ask = title_is_begun(w).await?;
        // It doesn't wait for the model, which would never end, and nobody is told to.
        w.stop().await?;
        let told = w.log.all();
        assert!(told.iter().any(|line| line.ends_with("Stopping.")));
        until_left(w, 1).await?;
        w.comes_back().await?;
        asks_again(w, ask, "Color of the sea").await?;
        until_named(w, ask.thread(), "Color of the sea").await?;
        goes_on_without(w, ask).await
    })
    .await;
}

#[tokio::test]
async fn a_process_that_ends_over_the_new_name_gives_no_second_one() {
    run_story_with(World::default(), TITLES, async |w| {
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::EditChannel).held_after());
        let ask = asks(w, ["Color of the sea"]).await?;
        until_named(w, ask.thread(), "Color of the sea").await?;
        w.stop().await?;
        w.sim.world(|world| world.faults.open(gate));
        w.comes_back().await?;
        keeps_its_title(w, ask).await
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_on_its_way_is_sent_once_whatever_is_asked_meanwhile() {
    for is_done in [false, true] {
        run_story_with(World::default(), TITLES, async |w| {
            let gate = w.sim.world(|world| {
                let next = world.faults.next(Route::EditChannel);
                if is_done {
                    next.held_after()
                } else {
                    next.held_before()
                }
            });
            let ask = asks(w, ["Color of the sea"]).await?;
            w.until("the new name to be sent", |w| {
                (w.calls(Route::EditChannel) == 1).then_some(())
            })
            .await?;
            goes_on_without(w, ask).await?;
            assert_eq!(w.calls(Route::EditChannel), 1);
            w.sim.world(|world| world.faults.open(gate));
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn people_who_ask_go_first() {
    run_story_with(World::default(), TITLES, async |w| {
        let ask = title_is_begun(w).await?;
        asks_again(w, ask, "Is the sea blue?").await?;
        until_left(w, 1).await?;
        until_named(w, ask.thread(), "Is the sea blue?").await?;
        assert_snapshot!(shown(w, 4).await?, @r"
        A thread begins with:
        > what color is the sea?
        > sure?

        The answer begins with:
        > Blue.
        > Yes.

        Title:
        ");
        goes_on_without(w, ask).await
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_anywhere_goes_first_and_titles_come_one_after_the_other() {
    run_story_with(World::default(), TITLES, async |w| {
        let sea = title_is_begun(w).await?;
        w.model.answers([HOLD, "Green."]);
        let grass = w.user("ben").says("@kaiwa what color is the grass?")?;
        until_left(w, 1).await?;
        hears_all(w).await?;
        // The sea's title that was left, three answers and no other title: the model still has the grass before it.
        assert_eq!(w.model.requests().len(), 4);
        w.model.answers(["Color of the sea"]);
        w.model.answers(["Color of the grass"]);
        w.model.release();
        w.reads(grass.thread(), "Green.").await?;
        until_named(w, sea.thread(), "Color of the sea").await?;
        until_named(w, grass.thread(), "Color of the grass").await?;
        assert_eq!(w.model.requests().len(), 6);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_model_that_answers_several_at_once_gives_titles_meanwhile() {
    run_story_in_time(TITLES, async |w| {
        w.model.answers(["The sea ", HOLD, "is ", HOLD, "blue."]);
        let sea = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads(sea.thread(), "The sea").await?;
        w.model.answers(["The grass ", HOLD, "is green."]);
        let grass = w.user("ben").says("@kaiwa what color is the grass?")?;
        w.reads(grass.thread(), "The grass").await?;
        w.time_passes(Duration::from_secs(2)).await;
        w.model.release();
        w.reads(sea.thread(), "The sea is").await?;
        w.model.answers(["Color of the grass"]);
        w.model.release();
        w.reads(grass.thread(), "The grass is green.").await?;
        // The sea is still being told of.
        until_named(w, grass.thread(), "Color of the grass").await?;
        assert_eq!(w.texts(sea.thread()), ["The sea is"]);
        w.model.answers(["Color of the sea"]);
        w.model.release();
        w.reads(sea.thread(), "The sea is blue.").await?;
        until_named(w, sea.thread(), "Color of the sea").await
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_edited_or_taken_back_gives_no_title() {
    run_story_with(World::default(), TITLES, async |w| {
        let (ada, ask) = (w.user("ada"), title_is_begun(w).await?);
        w.model.answers(["Green."]);
        w.model.answers([HOLD, "Color of the grass"]);
        ada.edits(ask, "@kaiwa what color is the grass?")?;
        w.reads(ask.thread(), "Green.").await?;
        until_left(w, 1).await?;
        let asked = shown(w, 4).await?;
        assert!(asked.contains("grass") && !asked.contains("sea"), "{asked}");
        ada.deletes(ask)?;
        until_left(w, 3).await?;
        until_over(w, ask.thread()).await?;
        goes_on_without(w, ask).await?;
        assert_eq!(name(w, ask.thread()), FIRST);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_greeting_gives_none_and_the_question_after_it_does() {
    run_story_with(World::default(), TITLES, async |w| {
        let ask = w.user("ada").says("@kaiwa")?;
        w.reads_where(ask.thread(), "the greeting", |text| text.contains("Hi!"))
            .await?;
        asks_again(w, ask, "Being sure").await?;
        until_named(w, ask.thread(), "Being sure").await
    })
    .await;
}

/// An answer whose end waits has come; then it ends, and its title, the request of this number from 0, fails.
async fn title_fails(w: &mut Story, number: usize) -> Result<()> {
    let fault = Fault::Status {
        status: 500,
        body: ErrorBody::Json,
        retry_after: None,
    };
    w.model.fails(1, fault);
    w.model.release();
    w.until("the title to fail", |w| {
        (w.model.requests().get(number)?.outcome == Outcome::Refused(500)).then_some(())
    })
    .await
}

#[tokio::test]
async fn a_model_that_fails_is_asked_after_the_next_answer() {
    run_story_with(World::default(), TITLES, async |w| {
        w.model.answers(["Blue.", HOLD]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "Blue.").await?;
        title_fails(w, 1).await?;
        asks_again(w, ask, "Color of the sea").await?;
        until_named(w, ask.thread(), "Color of the sea").await?;
        assert_eq!(w.model.requests().len(), 4);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_model_that_fails_each_time_is_asked_three_times() {
    run_story_with(World::default(), TITLES, async |w| {
        w.model.answers(["Blue.", HOLD]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "Blue.").await?;
        for (number, answer) in [(1, "Yes."), (3, "Very."), (5, "Deeply.")] {
            title_fails(w, number).await?;
            w.model.answers([answer, HOLD]);
            w.user("ada").says_in(ask.thread(), "really?")?;
            w.reads(ask.thread(), answer).await?;
        }
        w.model.release();
        until_over(w, ask.thread()).await?;
        assert_eq!(w.model.requests().len(), 7);
        goes_on_without(w, ask).await?;
        assert_eq!(name(w, ask.thread()), FIRST);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_no_title_is_asked_for_once() {
    for reply in [
        "I'm sorry, but I can't help with that.",
        "…",
        &"sea ".repeat(400),
    ] {
        run_story_with(World::default(), TITLES, async |w| {
            let ask = asks(w, [reply]).await?;
            until_over(w, ask.thread()).await?;
            goes_on_without(w, ask).await?;
            assert_eq!(name(w, ask.thread()), FIRST);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_discord_refuses_is_not_asked_for_again() {
    for (status, code) in [
        (403, 50_013),
        (400, 160_005),
        (404, 10_003),
        (500, 0),
        (400, 50_035),
    ] {
        run_story_with(World::default(), TITLES, async |w| {
            let refusal = |world: &mut World| {
                world
                    .faults
                    .next(Route::EditChannel)
                    .fails(status, code, "no");
            };
            w.sim.world(refusal);
            let ask = asks(w, ["Color of the sea"]).await?;
            until_over(w, ask.thread()).await?;
            goes_on_without(w, ask).await?;
            assert_eq!(w.calls(Route::EditChannel), 1);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_thread_that_was_locked_keeps_its_name() {
    run_story_with(World::default(), TITLES, async |w| {
        w.deny(permissions::MANAGE_THREADS);
        let ask = title_is_begun(w).await?;
        let ada = w.user("ada").id;
        w.sim
            .world(|world| world.set_locked(ada, ask.id, true))
            .unwrap();
        w.model.release();
        until_over(w, ask.thread()).await?;
        assert_eq!(name(w, ask.thread()), FIRST);
        assert_eq!(w.calls(Route::EditChannel), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_renamed_too_often_is_left_alone_and_can_be_opened_all_the_same() {
    run_story_with(World::default(), TITLES, async |w| {
        w.expects_429();
        w.sim.world(|world| {
            let next = world.faults.next(Route::EditChannel);
            next.rate_limited(Duration::from_secs(600));
        });
        let ask = asks(w, ["Color of the sea"]).await?;
        until_over(w, ask.thread()).await?;
        // It is opened by the very call that was refused.
        rests(w, ask);
        w.model.answers(["Green."]);
        w.user("ada")
            .edits(ask, "@kaiwa what color is the grass?")?;
        w.reads(ask.thread(), "Green.").await?;
        assert_eq!(w.calls(Route::EditChannel), 2);
        // Nobody has to wait for it, and nobody hears of it.
        let told = w.log.all();
        assert!(!told.iter().any(|line| line.contains("asks for a pause")));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_with_a_title_is_not_read_back_for_the_line_that_tells_of_it() {
    run_story_with(World::default(), TITLES, async |w| {
        let ask = asks(w, ["Color of the sea"]).await?;
        until_named(w, ask.thread(), "Color of the sea").await?;
        until_over(w, ask.thread()).await?;
        // By then it is long since heard.
        let minutes = Duration::from_secs(600);
        w.sim.world(|world| world.clock.advance(minutes));
        hears_all(w).await?;
        w.stop().await?;
        w.model.answers(["Hello again."]);
        let hello = w.user("ben").tells(w.bot_id(), "hello?")?;
        w.away_for(10);
        w.comes_back().await?;
        w.reads(hello.place, "Hello again.").await?;
        until_read_back(&w.another_program()).await?;
        let read = w.sim.world(|world| {
            let read = world.calls.of(Route::ListMessages);
            read.filter(|call| call.path.contains(&ask.id.to_string()))
                .count()
        });
        assert_eq!(read, 0);
        Ok(())
    })
    .await;
}
