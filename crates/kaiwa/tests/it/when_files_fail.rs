//! Files that can't be read: the question is answered without them, people are heard meanwhile, and what was not there for a
//! moment is read for the next question.

use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    world::{CdnState, Saying},
};

use crate::story::{Seen, Story, run_story, run_story_with};

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
