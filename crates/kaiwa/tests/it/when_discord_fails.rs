//! What people see when Discord fails: the same text, a little later, once; or one sentence where it can be said.

use std::time::Duration;

use kaiwa_sim::{
    Route, World,
    model::HOLD,
    world::{Overwrite, OverwriteKind, permissions},
};

use crate::story::{Story, run_story};

/// One answer in a world in which something goes wrong; gives how often it was tried to create a message, and how
/// often an edit failed.
async fn one_answer(w: &mut Story) -> anyhow::Result<(usize, usize)> {
    w.model.answers(["The sea ", HOLD, "is blue."]);
    let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
    w.reads(ask.thread(), "The sea").await?;
    w.model.release();
    w.reads(ask.thread(), "The sea is blue.").await?;
    w.stop().await?;
    assert_eq!(w.texts(ask.thread()), ["The sea is blue."]);
    let failed = w.sim.world(|world| {
        let edits = world.calls.of(Route::EditMessage);
        edits.filter(|call| call.status != Some(200)).count()
    });
    Ok((w.calls(Route::CreateMessage), failed))
}

#[tokio::test]
async fn a_429_on_a_new_message_is_waited_out() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            let next = world.faults.next(Route::CreateMessage);
            next.rate_limited(Duration::from_millis(200));
        });
        w.expects_429();
        assert_eq!(one_answer(w).await?, (2, 0));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_429_on_an_edit_is_waited_out() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            let next = world.faults.next(Route::EditMessage);
            next.rate_limited(Duration::from_millis(200));
        });
        w.expects_429();
        assert_eq!(one_answer(w).await?, (1, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_new_message_that_fails_is_sent_again() {
    run_story(World::default(), async |w| {
        w.sim
            .world(|world| world.faults.next(Route::CreateMessage).fails(500, 0, "oh"));
        assert_eq!(one_answer(w).await?, (2, 0));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_message_that_was_created_all_the_same_is_there_once() {
    run_story(World::default(), async |w| {
        w.sim
            .world(|world| world.faults.next(Route::CreateMessage).done_then_error());
        one_answer(w).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_message_whose_connection_broke_is_there_once() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            world
                .faults
                .next(Route::CreateMessage)
                .done_then_disconnect()
        });
        one_answer(w).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_message_whose_answer_never_comes_is_there_once() {
    run_story(World::default(), async |w| {
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::CreateMessage).held_after());
        assert_eq!(one_answer(w).await?.0, 2, "asked again with its nonce");
        w.sim.world(|world| world.faults.open(gate));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_edit_that_fails_twice_is_made_the_third_time() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            let next = world.faults.next(Route::EditMessage).times(2);
            next.fails(500, 0, "oh");
        });
        assert_eq!(one_answer(w).await?, (1, 2));
        Ok(())
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
        one_answer(w).await?;
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
        one_answer(w).await?;
        assert_eq!(w.calls(Route::CreateThreadFromMessage), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_the_right_to_write_in_the_thread_it_replies_and_names_the_permission_once() {
    run_story(World::default(), async |w| {
        let (ada, general, bot) = (w.user("ada"), w.channel("general"), w.bot_id());
        w.sim.world(|world| {
            world.set_overwrite(
                general.0,
                Overwrite {
                    id: bot,
                    kind: OverwriteKind::Member,
                    allow: 0,
                    deny: permissions::SEND_MESSAGES_IN_THREADS,
                },
            );
        });
        w.model.answers(["Blue."]);
        ada.says("@kaiwa what color is the sea?")?;
        w.reads(
            general,
            "Blue.\n-# I'm missing the permission \"Send Messages in Threads\" here; an admin of this server can give it to me.",
        )
        .await?;
        w.model.answers(["Green."]);
        ada.says("@kaiwa what color is the grass?")?;
        w.reads(general, "Green.").await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::CreateMessage), 4, "each place is tried once");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_missing_permission_is_named_in_the_language_of_the_guild() {
    let mut world = World::default();
    for guild in world.guilds.values_mut() {
        guild.locale = "ja".to_owned();
    }
    run_story(world, async |w| {
        let (ada, general, bot) = (w.user("ada"), w.channel("general"), w.bot_id());
        w.sim.world(|world| {
            world.set_overwrite(
                general.0,
                Overwrite {
                    id: bot,
                    kind: OverwriteKind::Member,
                    allow: 0,
                    deny: permissions::SEND_MESSAGES_IN_THREADS,
                },
            );
        });
        w.model.answers(["Blue."]);
        ada.says("@kaiwa sea?")?;
        w.reads(
            general,
            "Blue.\n-# ここでは、Botに「スレッドでメッセージを送信」の権限がありません。サーバーの管理者に権限の追加を頼んでください。",
        )
        .await?;
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
            let general = w.channel("general");
            w.log.expects("a turn failed");
            w.model.answers(["The sea", HOLD, " is blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "The sea").await?;
            w.sim.world(|world| {
                let guild = world.guild_of(general.0).unwrap();
                let owner = world.guilds[&guild].owner;
                if locked {
                    world.set_locked(owner, ask.thread().0, true).unwrap();
                }
                world.set_archived(owner, ask.thread().0, true).unwrap();
            });
            w.model.release();
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), ["The sea"]);
            assert_eq!(w.calls(Route::EditMessage), 1, "it is tried once");
            Ok(())
        })
        .await;
    }
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
        w.model.answers(["The sea", HOLD, " is blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "The sea").await?;
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
async fn a_place_that_is_gone_ends_the_answer_quietly() {
    for gone in ["the thread", "its channel", "the guild"] {
        run_story(World::default(), async |w| {
            let (general, bot) = (w.channel("general"), w.bot_id());
            w.log.expects("a turn failed");
            w.model.answers(["The sea", HOLD, " is blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "The sea").await?;
            w.sim.world(|world| {
                let guild = world.guild_of(general.0).unwrap();
                let owner = world.guilds[&guild].owner;
                match gone {
                    "the thread" => world.delete_channel(owner, ask.thread().0).unwrap(),
                    "its channel" => world.delete_channel(owner, general.0).unwrap(),
                    _ => world.leave(guild, bot),
                }
            });
            w.model.release();
            w.stop().await?;
            assert!(w.calls(Route::CreateMessage) + w.calls(Route::EditMessage) <= 2);
            Ok(())
        })
        .await;
    }
}
