//! Where it answers and where it stays silent. A silent row says something, ends, and any answer fails as unread.

mod messages;

use anyhow::Result;
use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    gateway::Target,
    world::{Author, Draft, Overwrite, OverwriteKind, Saying, permissions},
};

use crate::story::{Place, Story, run_story};

fn thread_name(w: &Story, thread: Place) -> String {
    w.sim.world(|world| world.channels[&thread.0].name.clone())
}

#[tokio::test]
async fn a_bare_mention_is_greeted_in_a_thread_with_a_sensible_name() {
    run_story(World::default(), async |w| {
        let ask = w.user("ada").says("@kaiwa")?;
        w.reads(
            ask.thread(),
            "Hi! What can I do for you? Just write here, no mention needed.",
        )
        .await?;
        assert_eq!(thread_name(w, ask.thread()), "Chat with Ada");
        // The greeting is part of the talk that follows.
        w.model.answers(["Four."]);
        w.user("ada")
            .says_in(ask.thread(), "what is two and two?")?;
        w.reads(ask.thread(), "Four.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: [calls you, and says nothing else]
        assistant: Hi! What can I do for you? Just write here, no mention needed.
        user: what is two and two?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_mention_in_a_reply_brings_the_quoted_message_in() {
    run_story(World::default(), async |w| {
        let claim = w.user("ben").says("the sea\nis red")?;
        w.model.answers(["No."]);
        let ask = w.user("ada").replies(claim, "@kaiwa is that true?")?;
        w.reads(ask.thread(), "No.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: [in reply to Ben:]
        > the sea
        > is red
        is that true?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_exists_on_the_message_is_joined() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let gate = w.sim.world(|world| {
            world
                .faults
                .next(kaiwa_sim::Route::CreateThreadFromMessage)
                .held_before()
        });
        w.model.answers(["Blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        w.model_hears(1).await?;
        let thread = ben.opens_thread_on(ask, "the sea")?;
        w.sim.world(|world| world.faults.open(gate));
        w.reads(thread, "Blue.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn talk_between_people_in_its_thread_is_context_and_no_question() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        w.model.answers(["Hello!"]);
        let ask = ada.says("@kaiwa hi")?;
        let hello = w.reads(ask.thread(), "Hello!").await?;
        let aside = ada.says_in(ask.thread(), "@ben do you like it?")?;
        ben.replies(aside, "I do")?;
        w.model.answers(["You two like me."]);
        ben.replies(hello, "what did @ada ask me?")?;
        w.reads(ask.thread(), "You two like me.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: Ada: hi
        assistant: Hello!
        user: Ada: @Ben do you like it?
        Ben: I do
        Ben: [in reply to you: Hello!]
        what did @Ada ask me?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn in_other_threads_and_forum_posts_it_waits_to_be_mentioned() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let thread = ada.opens_thread(w.channel("general"), "plans")?;
        ben.says_in(thread, "shall we swim?")?;
        ada.says_in(thread, "is it warm?")?;
        w.model.answers(["Warm enough."]);
        ben.says_in(thread, "@kaiwa what do you think?")?;
        let answer = w.reads(thread, "Warm enough.").await?;
        ada.says_in(thread, "good")?;
        w.model.answers(["Eighteen degrees."]);
        ada.replies(answer, "how warm?")?;
        w.reads(thread, "Eighteen degrees.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: Ben: shall we swim?
        Ada: is it warm?
        Ben: what do you think?
        assistant: Warm enough.
        user: Ada: good
        Ada: [in reply to you: Warm enough.]
        how warm?
        ");

        w.model.answers(["A boat."]);
        let post = ada.posts(
            w.channel("ideas"),
            "summer",
            "we need something for the sea",
        )?;
        ben.says_in(post.place, "@kaiwa an idea?")?;
        w.reads(post.place, "A boat.").await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: Ada: we need something for the sea
        Ben: an idea?
        ");

        // Without a mention nobody is heard here, and it doesn't say so.
        ada.says_in(post.place, "@kaiwa")?;
        w.reads(
            post.place,
            "Hi! What can I do for you? Reply to this message, or mention me with your question.",
        )
        .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_closed_goes_on_when_somebody_writes_in_it() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        let close = |w: &Story| {
            let close = |world: &mut World| world.set_archived(ada.id, sea.thread().0, true);
            let closed = w.sim.world(close);
            closed.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
        };
        close(w)?;
        w.model.answers(["Blue too."]);
        ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue too.").await?;
        // A process that comes later is not told of closed threads.
        w.stop().await?;
        close(w)?;
        w.sim.shared().gateway.lose_sessions(&Target::All);
        w.comes_back().await?;
        w.goes_on_in(sea.thread()).await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Yes."]);
        assert_eq!(
            w.calls(Route::GetChannel),
            0,
            "Discord tells of it by itself"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn every_direct_message_is_a_question() {
    run_story(World::default(), async |w| {
        let (ada, bot) = (w.user("ada"), w.bot_id());
        w.model.answers(["Hello."]);
        let ask = ada.tells(bot, "hi")?;
        w.reads(ask.place, "Hello.").await?;
        w.model.answers(["Fine."]);
        ada.tells(bot, "how are you?")?;
        w.reads(ask.place, "Fine.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: hi
        assistant: Hello.
        user: how are you?
        ");
        Ok(())
    })
    .await;
}

/// The bot may not open threads in #general.
async fn without_threads(w: &mut Story) {
    w.sim.world(|world| {
        let general = world.channel_named("general").unwrap().id;
        let guild = world.guild_of(general).unwrap();
        world.set_overwrite(
            general,
            Overwrite {
                id: guild,
                kind: OverwriteKind::Role,
                allow: 0,
                deny: permissions::CREATE_PUBLIC_THREADS,
            },
        );
    });
    w.deny(permissions::CREATE_PUBLIC_THREADS);
}

#[tokio::test]
async fn without_the_right_to_open_threads_it_replies_and_says_so_once() {
    run_story(World::default(), async |w| {
        without_threads(w).await;
        let (ada, ben, general) = (w.user("ada"), w.user("ben"), w.channel("general"));
        w.model.answers(["Blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let (blue, text) = w.reads_where(general, "a notice", |text| text.contains("-#")).await?;
        assert_snapshot!(text, @r#"
        Blue.
        -# I'm not allowed to open threads here, so please reply to me to continue; an admin of this server can give me the permission "Create Public Threads".
        "#);
        let replied = w.sim.world(|world| world.message(general.0, blue.id).unwrap().reference.as_ref().unwrap().message);
        assert_eq!(replied, Some(ask.id));

        // It goes on along the reply chain, ping on or off; what others say beside it is not part of it.
        ben.says("who is that?")?;
        w.model.answers(["Yes, often."]);
        let sure = ada.replies_quietly(blue, "are you sure?")?;
        let often = w.reads(general, "Yes, often.").await?;
        w.model.answers(["Grey."]);
        ben.replies(blue, "and in winter?")?;
        w.reads(general, "Grey.").await?;
        w.model.answers(["Never."]);
        ada.replies(often, "never red?")?;
        w.reads(general, "Never.").await?;
        assert_eq!(w.transcript(general).matches("-#").count(), 1);
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: Ada: what color is the sea?
        assistant: Blue.
        user: Ben: and in winter?
        ");
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: are you sure?
        assistant: Yes, often.
        user: never red?
        ");
        let _ = sure;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_voice_channels_chat_is_a_reply_chain() {
    run_story(World::default(), async |w| {
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        ada.says_in(lounge, "nice music")?;
        w.model.answers(["Jazz."]);
        let ask = ada.says_in(lounge, "@kaiwa what is playing?")?;
        let jazz = w.reads(lounge, "Jazz.").await?;
        let replied = w.sim.world(|world| {
            world
                .message(lounge.0, jazz.id)
                .unwrap()
                .reference
                .as_ref()
                .unwrap()
                .message
        });
        assert_eq!(replied, Some(ask.id));
        w.model.answers(["Bill Evans."]);
        ada.replies(jazz, "by whom?")?;
        w.reads(lounge, "Bill Evans.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what is playing?
        assistant: Jazz.
        user: by whom?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn machines_and_talk_of_others_are_never_answered() {
    run_story(World::default(), async |w| {
        let (ada, bot, general) = (w.user("ada"), w.bot_id(), w.channel("general"));
        w.model.answers(["Hello."]);
        let ask = ada.says("@kaiwa hi")?;
        let hello = w.reads(ask.thread(), "Hello.").await?;
        ada.says("nobody asked it anything")?;
        ada.says_in(ask.thread(), "\u{200b}")?;
        w.sim.world(|world| -> Result<()> {
            let other = world.add_bot("clock", ada.id);
            let guild = world.guild_of(general.0).unwrap();
            world.invite_bot(guild, other, permissions::ADMINISTRATOR);
            let text = format!("<@{bot}> tick");
            for place in [general.0, ask.thread().0] {
                world
                    .say(other, place, text.as_str())
                    .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
            }
            let webhook = Author::Webhook {
                id: 77,
                name: "news".to_owned(),
                avatar: None,
            };
            let draft = Draft {
                content: text,
                ..Draft::default()
            };
            world
                .post(webhook, general.0, draft)
                .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
            world
                .set_pinned(ada.id, ask.thread().0, hello.id, true)
                .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
            Ok(())
        })?;
        // Something to answer behind it all, so that everything before was seen.
        w.model.answers(["Still here."]);
        ada.says_in(ask.thread(), "are you there?")?;
        w.reads(ask.thread(), "Still here.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_role_that_came_with_the_bot_means_the_bot() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let role = w.sim.world(|world| {
            let guild = world.guilds.values().next().unwrap();
            let bot = *world.bots.keys().next().unwrap();
            guild
                .roles
                .values()
                .find(|role| role.bot == Some(bot))
                .unwrap()
                .id
        });
        w.model.answers(["Here."]);
        let ask = ada.says(format!("<@&{role}> hello").as_str())?;
        w.reads(ask.thread(), "Here.").await?;
        assert_eq!(thread_name(w, ask.thread()), "hello");
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: hello
        ");
        Ok(())
    })
    .await;
}
