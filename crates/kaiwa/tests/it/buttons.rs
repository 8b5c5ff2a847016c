//! Buttons: whatever is pressed, whenever, something comes of it or is said.

use kaiwa_sim::{Route, World, gateway::Target};

use crate::story::run_story;

#[tokio::test]
async fn a_button_that_is_not_ours_is_answered_kindly() {
    run_story(World::default(), async |w| {
        let general = w.channel("general");
        let vote = w.foreign_button(general)?;
        let pressed = w.user("ada").presses(vote, "Yes")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(
            whisper.content,
            "-# This doesn't work any more; please just write me your question."
        );
        assert_eq!(w.calls(Route::AnswerInteraction), 1);
        w.until_buttons(vote, &["Yes"]).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn who_presses_is_spoken_to_in_their_own_language() {
    let mut world = World::default();
    let ada = world.user_named("ada").unwrap().id;
    world.users.get_mut(&ada).unwrap().locale = "ja".to_owned();
    run_story(world, async |w| {
        let general = w.channel("general");
        let vote = w.foreign_button(general)?;
        let pressed = w.user("ada").presses(vote, "Yes")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(
            whisper.content,
            "-# これはもう使えません。質問はメッセージで送ってください。"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_press_is_answered_once_whatever_discord_does() {
    type Break = fn(&mut World);
    let breaks: [(&str, Break, &[&str]); 4] = [
        (
            "an error first",
            |world| {
                world
                    .faults
                    .next(Route::AnswerInteraction)
                    .fails(502, 0, "Bad gateway")
            },
            &[],
        ),
        (
            "done, and then an error",
            |world| {
                world
                    .faults
                    .next(Route::AnswerInteraction)
                    .done_then_error()
            },
            &[],
        ),
        (
            "done, and then silence",
            |world| {
                world
                    .faults
                    .next(Route::AnswerInteraction)
                    .done_then_disconnect()
            },
            &[],
        ),
        (
            "too late",
            |world| world.settings.interaction_wait = std::time::Duration::ZERO,
            &["nothing"],
        ),
    ];
    for (what, break_it, outcome) in breaks {
        run_story(World::default(), async |w| {
            let general = w.channel("general");
            let vote = w.foreign_button(general)?;
            w.sim.world(break_it);
            let pressed = w.user("ada").presses(vote, "Yes")?;
            if outcome.is_empty() {
                w.whispers(pressed).await?;
                w.stop().await?;
                assert_eq!(w.texts(general), ["Vote!"], "{what}");
            } else {
                w.logs("a press was answered too late").await?;
            }
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_press_that_is_told_twice_is_answered_once() {
    run_story(World::default(), async |w| {
        let general = w.channel("general");
        let vote = w.foreign_button(general)?;
        let pressed = w.user("ada").presses(vote, "Yes")?;
        let gateway = &w.sim.shared().gateway;
        assert_eq!(gateway.replay_last(&Target::All, "INTERACTION_CREATE"), 1);
        w.whispers(pressed).await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::AnswerInteraction), 1);
        Ok(())
    })
    .await;
}
