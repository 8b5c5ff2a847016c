//! What stands of an answer whose words no process knows any more: where no other words come, all of it stays, what is attached
//! to it too.

use kaiwa_sim::{
    World,
    model::{Answer, Break, HOLD, Piece},
    world::{CdnState, Message, permissions},
};

use crate::story::{
    Place, Seen, Story,
    failures::{CUT, ONE_TRY},
    run_story_with, until_ended,
};

/// What the file's message says of it.
const IN_FILE: &str = "-# All of the text is in the file.";

/// What no six messages hold.
fn long() -> String {
    "The sea is blue, and so it goes on and on. ".repeat(400)
}

/// A message, with what its files hold.
type Whole = (Message, Vec<Vec<u8>>);

/// The messages of a place.
fn messages(w: &mut Story, place: Place) -> Vec<Whole> {
    w.texts(place);
    w.sim.world(|world| {
        let messages = world.messages[&place.0].values();
        let messages = messages.filter(|message| !kaiwa_sim::world::is_system(message.kind));
        let whole = messages.map(|message| {
            let files = message.attachments.iter();
            let files = files.map(|file| world.files[&file.id].to_vec());
            (message.clone(), files.collect())
        });
        whole.collect()
    })
}

fn texts(messages: &[Whole]) -> Vec<&str> {
    let messages = messages.iter();
    messages
        .map(|(message, _)| message.content.as_str())
        .collect()
}

/// They are the messages that stood there before, with the same files, and with the same words in all but the last.
fn all_stays(before: &[Whole], after: &[Whole]) {
    let held = |messages: &[Whole]| -> Vec<(u64, Vec<Vec<u8>>)> {
        let messages = messages.iter();
        messages
            .map(|(message, files)| (message.id, files.clone()))
            .collect()
    };
    assert!(held(before) == held(after), "{:#?}", texts(after));
    let words = before.len() - 1;
    assert_eq!(texts(&before[..words]), texts(&after[..words]));
}

#[tokio::test]
async fn a_file_with_the_rest_of_a_long_answer_outlives_a_deploy_and_a_model_that_is_down() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let long = long();
        w.model.answers([long.as_str(), HOLD, "never seen"]);
        let ask = ada.says("@kaiwa tell me of the sea")?;
        let thread = ask.thread();
        w.until("six messages", |w| {
            let texts = w.sim.shared().look(|world| {
                let messages = world.messages.get(&thread.0)?.values();
                Some(
                    messages
                        .filter(|message| message.content.starts_with("The sea"))
                        .count(),
                )
            });
            (texts == Some(6)).then_some(())
        })
        .await?;
        w.stop().await?;
        let before = messages(w, thread);
        assert_eq!(before.len(), 7);
        assert_eq!(before[6].1, [long.as_bytes()]);
        w.fails();
        w.comes_back().await?;
        let (last, text) = w
            .reads_where(thread, "the sentence", |text| text.contains("not complete"))
            .await?;
        w.until_buttons(last, &["Retry"]).await?;
        assert!(text.starts_with(IN_FILE), "{text}");
        all_stays(&before, &messages(w, thread));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_stays_where_it_is() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        w.log.expects("can't read the file of an answer");
        let ada = w.user("ada");
        let long = long();
        w.model.answers([long.as_str(), HOLD, "never seen"]);
        let ask = ada.says("@kaiwa tell me of the sea")?;
        let thread = ask.thread();
        w.reads_where(thread, "the words", |text| text.starts_with("The sea"))
            .await?;
        w.stop().await?;
        let before = messages(w, thread);
        w.fails();
        w.sim.world(|world| world.cdn.state = CdnState::Fails);
        w.comes_back().await?;
        let (last, text) = w
            .reads_where(thread, "the sentence", |text| text.contains("not complete"))
            .await?;
        w.until_buttons(last, &["Retry"]).await?;
        assert!(text.starts_with("-# The answer above"), "{text}");
        let after = messages(w, thread);
        assert_eq!(after.len(), before.len() + 1);
        assert_eq!(texts(&after[..before.len()]), texts(&before));
        assert_eq!(after[before.len() - 1].1, [long.as_bytes()]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_file_outlives_a_lost_store_and_a_retry_that_fails() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let long = long();
        w.log.expects("a turn failed");
        let broken = [Piece::from(long.as_str()), Piece::Break(Break::Close)];
        w.model.answers_with(Answer::new(broken));
        let ask = ada.says("@kaiwa tell me of the sea")?;
        let thread = ask.thread();
        let (last, _) = w
            .reads_where(thread, "the file", |text| text.starts_with(IN_FILE))
            .await?;
        w.until_buttons(last, &["Retry"]).await?;
        until_ended(&w.another_program()).await?;
        let before = messages(w, thread);
        w.stop().await?;
        w.forget_everything();
        w.comes_back().await?;
        w.fails();
        ada.presses(last, "Retry")?;
        w.reads_where(thread, "the sentence", |text| text.contains("error 500"))
            .await?;
        w.stop().await?;
        let after = messages(w, thread);
        assert_eq!(after.len(), 7);
        assert_eq!(texts(&after[..6]), texts(&before[..6]));
        assert_eq!(after[6].1, [long.as_bytes()]);
        Ok(())
    })
    .await;
}

/// An answer in two messages, the first with a picture, breaks off: what stands then.
async fn pictured(w: &mut Story) -> anyhow::Result<(Seen, Vec<Whole>)> {
    let ada = w.user("ada");
    w.log.expects("a turn failed");
    let rest = "The sea is blue, and so it goes on and on. ".repeat(60);
    let text = format!("It is \\(x^{{a^b}}\\).\n\n{rest}");
    let broken = [Piece::from(text.as_str()), Piece::Break(Break::Close)];
    w.model.answers_with(Answer::new(broken));
    let ask = ada.says("@kaiwa tell me of the sea")?;
    let (last, _) = w
        .reads_where(ask.thread(), "the sentence", |text| text.ends_with(CUT))
        .await?;
    w.until_buttons(last, &["Retry"]).await?;
    until_ended(&w.another_program()).await?;
    let before = messages(w, ask.thread());
    assert_eq!(before.len(), 2);
    assert!(before[0].1[0].starts_with(b"\x89PNG"));
    Ok((last, before))
}

#[tokio::test]
async fn pictures_outlive_a_lost_store_and_retries_that_fail() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (last, before) = pictured(w).await?;
        w.stop().await?;
        w.forget_everything();
        w.comes_back().await?;
        for number in 1..=2 {
            w.fails();
            ada.presses(last, "Retry")?;
            w.until("the end of the try", |w| {
                (w.model.requests().len() > number).then_some(())
            })
            .await?;
            w.reads_where(last.place, "the sentence", |text| {
                text.contains("error 500")
            })
            .await?;
            w.until_buttons(last, &["Retry"]).await?;
            until_ended(&w.another_program()).await?;
        }
        w.stop().await?;
        all_stays(&before, &messages(w, last.place));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_picture_outlives_a_deploy_and_a_model_that_is_down() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        w.model
            .answers(["It is \\(x^{a^b}\\).", HOLD, "never seen"]);
        let ask = ada.says("@kaiwa tell me of the sea")?;
        let thread = ask.thread();
        w.reads_where(thread, "the words", |text| text.starts_with("It is"))
            .await?;
        w.stop().await?;
        let before = messages(w, thread);
        assert!(before[0].1[0].starts_with(b"\x89PNG"));
        w.fails();
        w.comes_back().await?;
        let (last, _) = w
            .reads_where(thread, "the sentence", |text| text.contains("error 500"))
            .await?;
        w.until_buttons(last, &["Retry"]).await?;
        all_stays(&before, &messages(w, thread));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_somebody_else_that_stands_in_between_stays() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        w.deny(permissions::CREATE_PUBLIC_THREADS);
        w.log.expects("a turn failed");
        let general = w.channel("general");
        let long = "The sea is blue, and so it goes on and on. ".repeat(60);
        w.model.answers_with(Answer::new([
            Piece::Hold,
            Piece::from("First words. "),
            Piece::Hold,
            Piece::from(long.as_str()),
            Piece::Break(Break::Close),
        ]));
        ada.says("@kaiwa tell me of the sea")?;
        w.model_hears(1).await?;
        let others = "The land is green. ".repeat(150);
        let others = others.trim_end();
        w.model.answers([HOLD, others]);
        ben.says("@kaiwa what of the land?")?;
        w.model_hears(2).await?;
        // What holds longest goes on first.
        w.model.release();
        let (first, _) = w
            .reads_where(general, "the first words", |text| {
                text.starts_with("First words.")
            })
            .await?;
        w.model.release();
        let (other, _) = w
            .reads_where(general, "the end of Ben's answer", |text| {
                text.starts_with("The land") && !text.starts_with(&others[..1_500])
            })
            .await?;
        w.model.release();
        let (last, _) = w
            .reads_where(general, "the sentence", |text| text.contains(CUT))
            .await?;
        w.until_buttons(last, &["Retry"]).await?;
        until_ended(&w.another_program()).await?;
        let before = messages(w, general);
        assert!(first.id < other.id && other.id < last.id);
        w.stop().await?;
        w.forget_everything();
        w.comes_back().await?;
        w.model.answers(["Blue."]);
        ada.presses(last, "Retry")?;
        let (blue, _) = w
            .reads_where(general, "the answer", |text| text.starts_with("Blue."))
            .await?;
        assert_eq!(blue, first);
        w.stop().await?;
        let is_bens = |(message, _): &&Whole| message.content.starts_with("The land");
        let bens = |all: &[Whole]| -> Vec<String> {
            let bens = all.iter().filter(is_bens);
            bens.map(|(message, _)| message.content.clone()).collect()
        };
        let after = messages(w, general);
        assert_eq!(bens(&before).len(), 2);
        assert_eq!(bens(&after), bens(&before));
        assert!(
            after.iter().all(|(message, _)| message.id != last.id),
            "{:#?}",
            texts(&after)
        );
        Ok(())
    })
    .await;
}
