//! Files that can't be read: the question is answered without them, people are heard meanwhile, and what was not there for a
//! moment is read for the next question.

use std::time::Duration;

use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    world::{CdnState, Saying},
};

use crate::story::{Seen, Story, run_story, run_story_with, time::run_story_in_time};

/// Ada asks about two files that the content network doesn't give, and the network is asked for both; the thread is open.
async fn asks_in_vain(w: &mut Story) -> anyhow::Result<Seen> {
    w.sim.world(|world| world.cdn.state = CdnState::Hangs);
    let saying = Saying::from("@kaiwa what is in these?")
        .with_file("sea.txt", b"The sea is blue.")
        .with_file("sky.txt", b"The sky is grey.");
    let ask = w.user("ada").says(saying)?;
    w.until("both files to be asked for, and the thread", |w| {
        let world = w.sim.shared();
        world
            .look(|world| world.cdn.asked == 2 && world.channels.contains_key(&ask.id))
            .then_some(())
    })
    .await?;
    Ok(ask)
}

fn works_again(w: &Story) {
    w.sim.world(|world| world.cdn.state = CdnState::Works);
}

#[tokio::test]
async fn a_file_that_was_not_there_for_a_moment_is_read_for_the_next_question() {
    run_story(World::default(), async |w| {
        w.log.expects("can't read a file that came with a message");
        w.sim.world(|world| world.cdn.state = CdnState::Fails);
        let ada = w.user("ada");
        w.model.answers(["I can't see it."]);
        let saying =
            Saying::from("@kaiwa what is in it?").with_file("sea.txt", b"The sea is blue.");
        let ask = ada.says(saying)?;
        w.reads(ask.thread(), "I can't see it.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: what is in it?
        [attached: sea.txt, text/plain, 16 bytes; its content can't be seen]
        ");
        works_again(w);
        w.model.answers(["The sea."]);
        ada.says_in(ask.thread(), "and now?")?;
        w.reads(ask.thread(), "The sea.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what is in it?
        [file sea.txt, 16 bytes]
        The sea is blue.
        [end of file]
        assistant: I can't see it.
        user: and now?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_file_whose_address_has_expired_is_read_at_its_new_one() {
    run_story(World::default(), async |w| {
        w.log.expects("can't read a file that came with a message");
        w.sim.world(|world| world.cdn.state = CdnState::Fails);
        let ada = w.user("ada");
        w.model.answers(["I can't see them."]);
        let saying = Saying::from("@kaiwa what is in these?")
            .with_file("sea.txt", b"The sea is blue.")
            .with_file("sky.txt", b"The sky is grey.");
        let ask = ada.says(saying)?;
        w.reads(ask.thread(), "I can't see them.").await?;
        w.model.answers(["Nor that."]);
        let saying = Saying::from("and in this?").with_file("grass.txt", b"The grass is green.");
        ada.says_in(ask.thread(), saying)?;
        w.reads(ask.thread(), "Nor that.").await?;
        works_again(w);
        w.sim
            .world(|world| world.clock.advance(Duration::from_secs(25 * 3_600)));
        w.model.answers(["The sea, the sky and the grass."]);
        ada.says_in(ask.thread(), "and now?")?;
        w.reads(ask.thread(), "The sea, the sky and the grass.")
            .await?;
        let heard = w.model_hears(3).await?;
        for text in [
            "The sea is blue.",
            "The sky is grey.",
            "The grass is green.",
        ] {
            assert!(heard.contains(text), "{heard}");
        }
        // Each message was read once more, however many files it has.
        w.goes_on_in(ask.thread()).await?;
        assert_eq!(w.calls(Route::GetMessage), 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_file_that_never_comes_does_not_keep_every_question_waiting() {
    run_story_in_time(&[], async |w| {
        w.log.expects("was not there in time");
        let ask = asks_in_vain(w).await?;
        w.model.answers(["I can't see them."]);
        w.time_passes(Duration::from_secs(15)).await;
        w.reads(ask.thread(), "I can't see them.").await?;
        let asked = w.sim.world(|world| world.cdn.asked);
        w.model.answers(["Nor now."]);
        w.user("ada").says_in(ask.thread(), "and now?")?;
        w.until("both files to be asked for again", |w| {
            w.sim
                .world(|world| (world.cdn.asked == asked + 2).then_some(()))
        })
        .await?;
        w.time_passes(Duration::from_secs(2)).await;
        w.reads(ask.thread(), "Nor now.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn while_files_are_waited_for_a_stop_is_heard() {
    let settings = [("KAIWA_THINKING_SECONDS", "0")];
    run_story_with(World::default(), &settings, async |w| {
        let ask = asks_in_vain(w).await?;
        let thinking = w.reads(ask.thread(), "-# Still thinking…").await?;
        w.until_buttons(thinking, &["Stop"]).await?;
        w.user("ada").presses(thinking, "Stop")?;
        w.reads(ask.thread(), "-# stopped by Ada").await?;
        assert!(w.model.requests().is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn while_files_are_waited_for_a_deletion_is_heard() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let ask = asks_in_vain(w).await?;
        ada.deletes(ask)?;
        w.model.answers(["Hello."]);
        ada.says_in(ask.thread(), "hello")?;
        w.reads(ask.thread(), "Hello.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: hello
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_process_that_ends_while_files_are_waited_for_leaves_them_to_the_next() {
    let settings = [("KAIWA_DRAIN_SECONDS", "0")];
    run_story_with(World::default(), &settings, async |w| {
        let ask = asks_in_vain(w).await?;
        w.stop().await?;
        assert!(w.model.requests().is_empty());
        works_again(w);
        w.model.answers(["Seen."]);
        w.comes_back().await?;
        w.reads(ask.thread(), "Seen.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: what is in these?
        [file sea.txt, 16 bytes]
        The sea is blue.
        [end of file]
        [file sky.txt, 16 bytes]
        The sky is grey.
        [end of file]
        ");
        Ok(())
    })
    .await;
}
