//! Show thoughts: what a model thought before it answered is shown to the one who asks for it, and to nobody else.

use kaiwa_sim::{
    World,
    model::{Answer, ErrorBody, Fault, HOLD},
};

use crate::story::{run_story, run_story_with};

#[tokio::test]
async fn whoever_wants_to_can_read_the_thoughts() {
    let mut world = World::default();
    let ben = world.user_named("ben").unwrap().id;
    world.users.get_mut(&ben).unwrap().locale = "ja".to_owned();
    run_story(world, async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let answer = Answer::new(["Blue."]).after_reasoning("Hm, the sea. @everyone knows it.");
        w.model.answers_with(answer);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "Blue.").await?;
        w.until_buttons(answer, &["Show thoughts"]).await?;
        // Everybody, again and again, and after a restart too.
        for restart in [false, true] {
            if restart {
                w.stop().await?;
                w.comes_back().await?;
            }
            let pressed = ada.presses(answer, "Show thoughts")?;
            let whisper = w.whispers(pressed).await?;
            assert_eq!(
                whisper.content,
                "-# What the model thought before it answered:\nHm, the sea. @everyone knows it."
            );
            assert!(!whisper.mention_everyone);
            let pressed = ben.presses(answer, "Show thoughts")?;
            let whisper = w.whispers(pressed).await?;
            assert_eq!(
                whisper.content,
                "-# 回答の前にモデルが考えたこと：\nHm, the sea. @everyone knows it."
            );
        }
        w.until_buttons(answer, &["Show thoughts"]).await?;
        assert_eq!(w.texts(ask.thread()), ["Blue."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn thoughts_that_only_their_end_shows_give_way_to_the_answer() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers_with(Answer::new([
            "Hm, the sea.",
            HOLD,
            "\n</th",
            "ink>\n\nBlue",
            ".",
        ]));
        let ask = ada.says("@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "Hm, the sea.").await?;
        w.model.release();
        let answer = w.reads(ask.thread(), "Blue.").await?;
        w.until_buttons(answer, &["Show thoughts"]).await?;
        let pressed = ada.presses(answer, "Show thoughts")?;
        assert_eq!(
            w.whispers(pressed).await?.content,
            "-# What the model thought before it answered:\nHm, the sea."
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn long_thoughts_come_as_a_file() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let sentence = "The sea is wide and blue and deep and old. ";
        let (whole, first) = (
            "-# What the model thought before it answered is in the file.",
            "-# The first part of what the model thought before it answered is in the file; it thought more than I keep.",
        );
        for (times, above, kept) in [
            (60, whole, 60 * sentence.len()),
            (10_000, first, 256 * 1_024),
        ] {
            w.model
                .answers_with(Answer::new(["Blue."]).after_reasoning(&sentence.repeat(times)));
            let ask = ada.says("@kaiwa what color is the sea?")?;
            let answer = w.reads(ask.thread(), "Blue.").await?;
            w.until_buttons(answer, &["Show thoughts"]).await?;
            let pressed = ada.presses(answer, "Show thoughts")?;
            let whisper = w.whispers(pressed).await?;
            assert_eq!(whisper.content, above);
            let [file] = &whisper.attachments[..] else {
                anyhow::bail!("one file");
            };
            assert_eq!((file.filename.as_str(), file.size), ("thoughts.md", kept));
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn thoughts_that_are_not_kept_any_more_are_said_to_be_lost() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model
            .answers_with(Answer::new(["Blue."]).after_reasoning("Hm, the sea."));
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "Blue.").await?;
        w.until_buttons(answer, &["Show thoughts"]).await?;
        w.stop().await?;
        w.forget_everything();
        w.comes_back().await?;
        let pressed = ada.presses(answer, "Show thoughts")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(
            whisper.content,
            "-# I don't have the thoughts behind this answer any more."
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn who_deletes_their_question_deletes_the_thoughts_behind_its_answer() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model
            .answers_with(Answer::new(["Blue."]).after_reasoning("Ada asks about the sea."));
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "Blue.").await?;
        w.until_buttons(answer, &["Show thoughts"]).await?;
        w.stop().await?;
        w.comes_back().await?;
        ada.deletes(ask)?;
        let pressed = ada.presses(answer, "Show thoughts")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(
            whisper.content,
            "-# I don't have the thoughts behind this answer any more."
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_thought_about_and_stopped_or_failed_has_its_thoughts_too() {
    let one_try = [("KAIWA_MODEL_TRIES", "1")];
    run_story_with(World::default(), &one_try, async |w| {
        let ada = w.user("ada");
        let answer = Answer::new(["The sea ", HOLD, "never seen"]).after_reasoning("Hm, the sea.");
        w.model.answers_with(answer);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "The sea").await?;
        w.until_buttons(answer, &["Stop"]).await?;
        ada.presses(answer, "Stop")?;
        w.reads(ask.thread(), "The sea\n-# stopped by Ada").await?;
        w.until_buttons(answer, &["Show thoughts"]).await?;

        // A retry has thoughts of its own.
        w.log.expects("a turn failed");
        let fault = Fault::Status {
            status: 500,
            body: ErrorBody::Json,
            retry_after: None,
        };
        w.model.fails(1, fault);
        ada.says_in(ask.thread(), "how deep is it?")?;
        let (failed, _) = w
            .reads_where(ask.thread(), "a sentence", |text| {
                text.contains("error 500")
            })
            .await?;
        w.until_buttons(failed, &["Retry"]).await?;
        let answer = Answer::new(["Very."]).after_reasoning("Hm, how deep.");
        w.model.answers_with(answer);
        ada.presses(failed, "Retry")?;
        assert_eq!(w.reads(ask.thread(), "Very.").await?, failed);
        w.until_buttons(failed, &["Show thoughts"]).await?;
        let pressed = ada.presses(failed, "Show thoughts")?;
        let whisper = w.whispers(pressed).await?;
        assert!(whisper.content.ends_with("\nHm, how deep."));
        Ok(())
    })
    .await;
}
