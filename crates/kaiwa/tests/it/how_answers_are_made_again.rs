//! A question that is edited after its answer began is answered anew, in the very messages of the first answer.

use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    model::{Fault, HOLD},
    world::Change,
};
use serde_json::json;

use crate::story::{
    failures::{ONE_TRY, SENTENCE},
    run_story, run_story_with, until_counted, until_deleted, until_stored,
};

#[tokio::test]
async fn an_edit_after_the_end_makes_a_new_version_in_place() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, first) = w.sea_is_blue().await?;
        w.model.answers(["Deep."]);
        ada.says_in(ask.thread(), "how deep is it?")?;
        w.reads(ask.thread(), "Deep.").await?;

        w.model.answers(["Green."]);
        ada.edits(ask, "@kaiwa what color is the meadow?")?;
        assert_eq!(w.reads(ask.thread(), "Green.").await?, first);
        // The question as it was asked: what was said later is not in it.
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the meadow?
        ");
        // What comes next sees the new version.
        w.model.answers(["It is."]);
        ada.says_in(ask.thread(), "is it?")?;
        w.reads(ask.thread(), "It is.").await?;
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: what color is the meadow?
        assistant: Green.
        user: how deep is it?
        assistant: Deep.
        user: is it?
        ");
        assert_eq!(w.texts(ask.thread()), ["Green.", "Deep.", "It is."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_version_before_is_kept_also_where_the_new_one_needs_fewer_messages() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let long = "The sea is blue, and so it goes on and on. ".repeat(70);
        w.model.answers([long]);
        let ask = ada.says("@kaiwa tell me of the sea")?;
        w.reads_where(ask.thread(), "the sea", |text| text.starts_with("The sea"))
            .await?;
        let other = w.another_program();
        until_stored(&other).await?;
        w.model.answers(["Land."]);
        ada.edits(ask, "@kaiwa tell me of the land")?;
        w.reads(ask.thread(), "Land.").await?;
        // The bot has deleted its second message, and Discord has told that.
        until_deleted(&other).await?;
        until_counted(&other, "SELECT COUNT(*) FROM versions", 1).await?;
        assert_eq!(w.texts(ask.thread()), ["Land."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_edit_while_the_answer_grows_begins_it_anew_in_the_same_message() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["The sea ", HOLD, "never seen"]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let first = w.reads(ask.thread(), "The sea").await?;
        w.model.answers(["The meadow is green."]);
        ada.edits(ask, "@kaiwa what color is the meadow?")?;
        assert_eq!(w.reads(ask.thread(), "The meadow is green.").await?, first);
        assert_eq!(w.texts(ask.thread()).len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_shorter_version_leaves_no_message_over_and_a_longer_one_grows_on() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let long = "wave ".repeat(900);
        w.model.answers([long.as_str()]);
        let ask = ada.says("@kaiwa write waves")?;
        w.until("three messages", |w| {
            w.sim.world(|world| {
                world
                    .messages
                    .get(&ask.id)
                    .map(|all| all.len() > 3)
                    .filter(|all| *all)
            })
        })
        .await?;
        w.reads_where(ask.thread(), "the last part", |text| text.len() < 1_900)
            .await?;
        w.model.answers(["One wave."]);
        ada.edits(ask, "@kaiwa write one wave")?;
        w.reads(ask.thread(), "One wave.").await?;
        w.until("one message", |w| {
            let said = w
                .sim
                .world(|world| world.calls.of(Route::DeleteMessage).count());
            (said == 2).then_some(())
        })
        .await?;
        w.model.answers([long.as_str()]);
        ada.edits(ask, "@kaiwa write waves again")?;
        w.reads_where(ask.thread(), "the first part", |text| text.len() > 1_900)
            .await?;
        w.reads_where(ask.thread(), "the last part", |text| text.len() < 1_900)
            .await?;
        w.stop().await?;
        let texts = w.texts(ask.thread());
        assert_eq!(texts.len(), 3);
        assert_eq!(texts.concat().matches("wave").count(), 900);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_preview_changes_nothing_and_a_version_that_fails_leaves_the_one_before() {
    let one_try = [("KAIWA_MODEL_TRIES", "1")];
    run_story_with(World::default(), &one_try, async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_blue().await?;
        // The same words: Discord tells an edit, and nothing is to be answered.
        ada.edits(ask, "@kaiwa what color is the sea?")?;
        w.log.expects("a turn failed");
        w.model.fails(1, Fault::CloseBeforeHeaders);
        ada.edits(ask, "@kaiwa what color is the sky?")?;
        w.reads_where(ask.thread(), "a sentence", |text| {
            text.starts_with("Blue.\n-# The connection to the model broke off")
        })
        .await?;
        assert_eq!(w.texts(ask.thread()).len(), 1);
        // The next edit has its answer, and the sentence goes.
        w.model.with(|model| model.scripts.clear());
        w.model.answers(["Red."]);
        ada.edits(ask, "@kaiwa what color is the evening?")?;
        w.reads(ask.thread(), "Red.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["Red."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_loses_its_words_is_greeted_in_place_of_the_answer() {
    for is_answered in [true, false] {
        run_story(World::default(), async |w| {
            let ada = w.user("ada");
            let (ask, answer) = if is_answered {
                w.sea_is_blue().await?
            } else {
                w.sea_is_half_told().await?
            };
            ada.edits(ask, "@kaiwa")?;
            let greeting = "Hi! What can I do for you? Just write here, no mention needed.";
            assert_eq!(w.reads(ask.thread(), greeting).await?, answer);
            // Nor does the model see a conversation without a question.
            assert_eq!(w.model.requests().len(), 1);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn nothing_is_asked_again_where_a_name_reads_differently_and_nobody_edited_anything() {
    run_story(World::default(), async |w| {
        let (ada, place) = (w.user("ada"), w.channel("announcements").0);
        w.model.answers(["For news."]);
        let ask = ada.says(format!("@kaiwa what is <#{place}> for?").as_str())?;
        let answer = w.reads(ask.thread(), "For news.").await?;
        // A pin is told as a change of the message, and the name in it is another one by now.
        let pinned = w.sim.world(|world| {
            world.rename(ada.id, place, "salon")?;
            world.set_pinned(ada.id, ask.place.0, ask.id, true)
        });
        pinned.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        // What comes next hears the name that it has now, after all that there was to hear.
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "still?")?;
        w.reads(ask.thread(), "Yes.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what is #salon for?
        assistant: For news.
        user: still?
        ");
        // An edit is one, as it was.
        w.model.answers(["For talk."]);
        ada.edits(ask, &format!("@kaiwa what was <#{place}> for?"))?;
        assert_eq!(w.reads(ask.thread(), "For talk.").await?, answer);
        assert_eq!(w.texts(ask.thread()), ["For talk.", "Yes."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_call_that_gets_words_is_answered_in_place_of_the_greeting() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let ask = ada.says("@kaiwa")?;
        let (greeting, _) = w
            .reads_where(ask.thread(), "a greeting", |text| !text.is_empty())
            .await?;
        w.model.answers(["Blue."]);
        ada.edits(ask, "@kaiwa what color is the sea?")?;
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, greeting);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_earlier_question_that_is_edited_is_answered_again_when_the_later_one_is_answered() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, blue) = w.sea_is_blue().await?;
        w.model.answers([HOLD, "Blue too."]);
        ada.says_in(ask.thread(), "and the sky?")?;
        w.model_hears(2).await?;
        ada.edits(ask, "@kaiwa what color is the grass?")?;
        w.model.answers(["Green."]);
        w.model.release();
        w.reads(ask.thread(), "Blue too.").await?;
        let green = w.reads(ask.thread(), "Green.").await?;
        assert_eq!(green, blue);
        assert_eq!(w.texts(ask.thread()), ["Green.", "Blue too."]);
        assert_eq!(w.model.requests().len(), 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_preview_of_a_link_is_no_edit_and_no_word_of_the_one_who_wrote_it() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["It is ", HOLD, "blue."]);
        let ask = ada.says("@kaiwa what does https://sea.example say?")?;
        w.reads(ask.thread(), "It is").await?;
        // Discord adds it a moment later, to some addresses as if a bot had written it.
        let preview = json!({"type": "rich", "title": "The sea", "description": "is green."});
        let mut change = Change {
            embeds: Some(vec![preview]),
            ..Change::default()
        };
        let edited = w
            .sim
            .shared()
            .with(|world| world.edit(ada.id, ask.place.0, ask.id, change.clone()));
        assert!(edited.is_ok(), "{edited:?}");
        w.model.release();
        w.reads(ask.thread(), "It is blue.").await?;
        // After the end it isn't either.
        change.embeds = Some(Vec::new());
        let edited = w
            .sim
            .shared()
            .with(|world| world.edit(ada.id, ask.place.0, ask.id, change));
        assert!(edited.is_ok(), "{edited:?}");
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "sure?")?;
        w.reads(ask.thread(), "Yes.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what does https://sea.example say?
        assistant: It is blue.
        user: sure?
        ");
        assert_eq!(w.texts(ask.thread()), ["It is blue.", "Yes."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn half_a_version_that_is_edited_and_then_fails_is_called_incomplete() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let (ask, half) = w.sea_is_half_told().await?;
        w.fails();
        w.user("ada")
            .edits(ask, "@kaiwa what color is the meadow?")?;
        let sentence = SENTENCE.trim_start_matches("-# ");
        let said = format!("The sea\n-# The answer above is not complete. {sentence}");
        assert_eq!(w.reads(ask.thread(), &said).await?, half);
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), [said]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_somebody_deleted_of_the_answer_before_takes_nothing_from_the_new_one() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_is_blue().await?;
        until_stored(&w.another_program()).await?;
        ada.deletes(answer)?;
        let long: Vec<String> = (0..400).map(|n| format!("Meadow {n} is green.")).collect();
        let long = long.join(" ");
        w.model.answers([long.as_str()]);
        ada.edits(ask, "@kaiwa what colors are the meadows?")?;
        w.model_hears(2).await?;
        until_stored(&w.another_program()).await?;
        assert!(w.texts(ask.thread()).len() > 2);
        assert_eq!(w.texts(ask.thread()).join(" "), long);

        let first = w.reads_where(ask.thread(), "its beginning", |text| {
            text.contains("Meadow 0")
        });
        ada.deletes(first.await?.0)?;
        let other = long.replace("green", "brown");
        w.model.answers([other.as_str()]);
        ada.edits(ask, "@kaiwa what colors are the meadows in winter?")?;
        w.model_hears(3).await?;
        until_stored(&w.another_program()).await?;
        assert_eq!(w.texts(ask.thread()).join(" "), other);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_somebody_deleted_of_an_answer_that_grows_takes_nothing_from_the_new_one() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let long: Vec<String> = (0..300).map(|n| format!("Meadow {n} is green.")).collect();
        let long = long.join(" ");
        w.model.answers([long.as_str(), HOLD, "never seen"]);
        let ask = ada.says("@kaiwa what colors are the meadows?")?;
        let (first, _) = w
            .reads_where(ask.thread(), "its beginning", |text| {
                text.contains("Meadow 0")
            })
            .await?;
        w.reads_where(ask.thread(), "its end", |text| text.contains("Meadow 298"))
            .await?;
        ada.deletes(first)?;
        let other = long.replace("green", "brown");
        w.model.answers([other.as_str()]);
        ada.edits(ask, "@kaiwa what colors are the meadows in winter?")?;
        w.model_hears(2).await?;
        until_stored(&w.another_program()).await?;
        assert_eq!(w.texts(ask.thread()).join(" "), other);
        Ok(())
    })
    .await;
}
