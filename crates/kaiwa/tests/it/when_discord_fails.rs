//! What people see when Discord fails in ways that the fault table does not name: threads that don't open, a token that is
//! refused, places that are closed and questions that are deleted.

use std::time::Duration;

use kaiwa_sim::{
    Route, World,
    model::{ErrorBody, Fault, HOLD},
    world::permissions,
};
use serde_json::json;

use crate::story::{
    Place, Story, run_story, run_story_with, time::run_story_in_time, until_stored,
};

/// A thread is closed, as by Discord after a while, or by a moderator for good.
fn closed(w: &Story, thread: Place, locked: bool) {
    let general = w.channel("general");
    w.sim.world(|world| {
        let guild = world.guild_of(general.0).unwrap();
        let owner = world.guilds[&guild].owner;
        if locked {
            world.set_locked(owner, thread.0, true).unwrap();
        }
        world.set_archived(owner, thread.0, true).unwrap();
    });
}

/// The bot was stopped after an answer of which no more than its first words can be seen: it is kept as one that failed, and the
/// next process leaves it alone.
async fn it_is_left_at_that(w: &mut Story, thread: Place) -> anyhow::Result<()> {
    let edits = |w: &Story| {
        let there = format!("/channels/{}/", thread.0);
        w.sim.world(|world| {
            let edits = world.calls.of(Route::EditMessage);
            edits.filter(|call| call.path.contains(&there)).count()
        })
    };
    assert_eq!(w.texts(thread), ["The sea"]);
    assert_eq!(edits(w), 1, "it is tried once");
    let state: String = w
        .another_program()
        .query_one("SELECT state FROM turns", (), |row| row.get(0))?;
    assert_eq!(state, "failed");
    w.comes_back().await?;
    w.model.answers(["Hello."]);
    let hello = w.user("ben").tells(w.bot_id(), "hello")?;
    w.reads(hello.place, "Hello.").await?;
    w.stop().await?;
    assert_eq!(edits(w), 1, "and never again");
    assert_eq!(w.model.requests().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_right_that_is_lost_in_the_middle_ends_the_answer_quietly() {
    run_story(World::default(), async |w| {
        w.log.expects("a turn failed");
        let (ask, _) = w.sea_is_half_told().await?;
        w.deny(permissions::VIEW_CHANNEL);
        w.model.release();
        w.stop().await?;
        it_is_left_at_that(w, ask.thread()).await
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_fails_to_open_is_opened_again() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            let next = world.faults.next(Route::CreateThreadFromMessage);
            next.fails(500, 0, "oh");
        });
        w.sea_is_told_whole().await?;
        assert_eq!(w.calls(Route::CreateThreadFromMessage), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_opened_all_the_same_is_found() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            let next = world.faults.next(Route::CreateThreadFromMessage);
            next.done_then_error();
        });
        w.sea_is_told_whole().await?;
        assert_eq!(w.calls(Route::CreateThreadFromMessage), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_to_the_operator_and_not_tried_again() {
    run_story(World::default(), async |w| {
        w.log.expects("Discord refuses the token");
        w.log.expects("a turn failed");
        w.sim.world(|world| {
            let next = world.faults.next(Route::CreateMessage).times(9);
            next.fails(401, 0, "401: Unauthorized");
        });
        w.model.answers(["Blue."]);
        w.user("ada").says("@kaiwa what color is the sea?")?;
        w.logs("Discord refuses the token").await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::CreateMessage), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_is_closed_ends_the_answer_quietly() {
    for locked in [false, true] {
        run_story(World::default(), async |w| {
            w.log.expects("a turn failed");
            let (ask, _) = w.sea_is_half_told().await?;
            closed(w, ask.thread(), locked);
            w.model.release();
            w.stop().await?;
            it_is_left_at_that(w, ask.thread()).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_thread_that_was_closed_while_nothing_was_answered_is_opened_again() {
    let settings = [("KAIWA_DRAIN_SECONDS", "0")];
    run_story_with(World::default(), &settings, async |w| {
        let (ask, _) = w.sea_is_half_told().await?;
        w.stop().await?;
        closed(w, ask.thread(), false);
        w.model.answers(["The sea is blue."]);
        w.comes_back().await?;
        w.reads(ask.thread(), "The sea is blue.").await?;
        until_stored(&w.another_program()).await?;
        closed(w, ask.thread(), false);
        w.model.answers(["Blue too."]);
        w.user("ada").edits(ask, "@kaiwa what color is the sky?")?;
        w.reads(ask.thread(), "Blue too.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["Blue too."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_deleted_before_its_answer_begins_gets_none() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers([HOLD, "Blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        w.model_hears(1).await?;
        w.until("typing in the thread", |w| {
            (w.calls(Route::Typing) > 0).then_some(())
        })
        .await?;
        ada.deletes(ask)?;
        w.until("the model to be left", |w| {
            let requests = w.model.requests();
            (requests.first()?.outcome == kaiwa_sim::model::Outcome::ClientLeft).then_some(())
        })
        .await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::CreateMessage), 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_question_ends_the_answer_where_it_is() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_half_told().await?;
        ada.deletes(ask)?;
        w.until("the model to be left", |w| {
            let requests = w.model.requests();
            (requests.first()?.outcome == kaiwa_sim::model::Outcome::ClientLeft).then_some(())
        })
        .await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn another_process_with_the_same_token_costs_time_and_no_words() {
    let mut world = World::default();
    world.settings.rate_limits = true;
    run_story(world, async |w| {
        w.expects_429();
        let (ask, _) = w.sea_is_half_told().await?;
        // It edits a message of its own in the same thread until nothing is left of what Discord allows there.
        let other = w.bot_posts(ask.thread(), "I too", Vec::new())?;
        let token = w.env["DISCORD_TOKEN"].clone();
        let address = format!(
            "{}/api/v10/channels/{}/messages/{}",
            w.sim.url(),
            other.place.0,
            other.id
        );
        let client = kaiwa_bot::http::http_client()?;
        let body = json!({
            "content": "I too",
            "allowed_mentions": { "parse": [], "replied_user": false },
        });
        loop {
            let edit = client.patch(&address).json(&body);
            let edit = edit.header("Authorization", format!("Bot {token}"));
            if edit.send().await?.status() == 429 {
                break;
            }
        }
        w.model.release();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea is blue.", "I too"]);
        let refused = w.sim.world(|world| {
            let edits = world.calls.of(Route::EditMessage);
            let ours = edits.filter(|call| !call.path.contains(&other.id.to_string()));
            ours.filter(|call| call.status == Some(429)).count()
        });
        assert!(refused <= 1, "{refused} refusals");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn typing_that_is_refused_is_not_tried_again() {
    run_story_in_time(&[], async |w| {
        w.deny(permissions::SEND_MESSAGES_IN_THREADS);
        w.model.answers([HOLD, "Blue."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        let tried = |w: &Story| {
            let there = format!("/channels/{}/", ask.thread().0);
            w.sim.shared().look(|world| {
                let typing = world.calls.of(Route::Typing);
                let there = typing.filter(|call| call.path.contains(&there));
                there.map(|call| call.status).collect::<Vec<_>>()
            })
        };
        w.until("typing to be refused", |w| {
            (tried(w) == [Some(403)]).then_some(())
        })
        .await?;
        for hello in ["Hello.", "Hello again.", "Hi."] {
            w.time_passes(Duration::from_secs(9)).await;
            // So long that the bot would have called again: somebody else is answered.
            w.model.answers([hello]);
            let asked = w.user("ben").tells(w.bot_id(), "hello")?;
            w.reads(asked.place, hello).await?;
        }
        w.model.release();
        w.reads_where(w.channel("general"), "the answer", |text| {
            text.starts_with("Blue.\n-# ")
        })
        .await?;
        w.stop().await?;
        assert_eq!(tried(w).len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_can_not_be_opened_after_all_does_not_bring_back_an_earlier_failure() {
    run_story_with(World::default(), &[("KAIWA_MODEL_TRIES", "1")], async |w| {
        w.log.expects("a turn failed");
        w.deny(permissions::CREATE_PUBLIC_THREADS);
        let gate = w.sim.world(|world| {
            world
                .faults
                .next(Route::CreateThreadFromMessage)
                .held_before()
        });
        let (ada, general) = (w.user("ada"), w.channel("general"));
        let fault = Fault::Status {
            status: 500,
            body: ErrorBody::Json,
            retry_after: None,
        };
        w.model.fails(1, fault);
        let ask = ada.says("@kaiwa what color is the see?")?;
        w.model_hears(1).await?;
        // Once this is answered, the failure is known too.
        w.model.answers(["Hello."]);
        let hello = w.user("ben").tells(w.bot_id(), "hello")?;
        w.reads(hello.place, "Hello.").await?;

        w.model.answers(["Blue."]);
        ada.edits(ask, "@kaiwa what color is the sea?")?;
        w.model_hears(3).await?;
        w.sim.world(|world| world.faults.open(gate));
        let (_, text) = w
            .reads_where(general, "a notice", |text| text.contains("-#"))
            .await?;
        assert!(
            text.starts_with("Blue.\n-# I'm not allowed to open threads here"),
            "{text}"
        );
        Ok(())
    })
    .await;
}
