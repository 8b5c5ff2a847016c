//! Threads of all kinds, with their stubs, ids and listings.

use super::{Rest, contents, id_of};
use kaiwa_sim::world::permissions;
use serde_json::{Value, json};

#[tokio::test]
async fn a_thread_on_a_message_has_its_id_and_begins_with_a_stub() {
    let rest = Rest::start().await;
    let question = rest.ada_says("@kaiwa what is a thread?");
    let mut feed = rest.sim.shared().subscribe();
    let path = format!("{}/{question}/threads", rest.messages());
    let created = rest
        .post(&path, json!({ "name": "what is a thread?" }))
        .await;
    assert_eq!(created.status, 201);
    let thread = created.ok();
    assert_eq!((id_of(&thread), &thread["type"]), (question, &json!(11)));
    assert_eq!(thread["parent_id"], rest.general.to_string());
    assert_eq!(thread["member"]["user_id"], rest.kaiwa.to_string());
    let names: Vec<&str> = std::iter::from_fn(|| feed.try_recv().ok())
        .filter(|one| one.intents != 2)
        .map(|one| one.name)
        .collect();
    assert_eq!(
        names,
        [
            "THREAD_CREATE",
            "THREAD_CREATE",
            "THREAD_MEMBERS_UPDATE",
            "MESSAGE_UPDATE",
            "MESSAGE_CREATE"
        ]
    );

    let source = rest
        .get(&format!("{}/{question}", rest.messages()))
        .await
        .ok();
    assert_eq!(
        (&source["flags"], &source["thread"]["id"]),
        (&json!(32), &json!(question.to_string()))
    );
    assert_eq!(
        rest.post(&path, json!({ "name": "again" })).await.refused(),
        (400, 160_004)
    );

    let inside = format!("/channels/{question}/messages");
    rest.post(&inside, json!({ "content": "this" })).await.ok();
    let listed = rest.get(&inside).await.ok();
    assert_eq!(
        contents(&listed),
        ["this", ""],
        "the starter is not listed, its stub is"
    );
    assert_eq!(
        (&listed[1]["type"], &listed[1]["referenced_message"]["id"]),
        (&json!(21), &json!(question.to_string()))
    );
    assert_eq!(
        rest.get(&format!("{inside}/{question}")).await.refused(),
        (404, 10_008)
    );
    let now = rest.get(&format!("/channels/{question}")).await.ok();
    assert_eq!(
        (&now["message_count"], &now["last_message_id"]),
        (&json!(1), &listed[0]["id"])
    );
}

#[tokio::test]
async fn a_thread_without_a_message_is_announced_and_so_is_one_on_an_old_message() {
    let rest = Rest::start().await;
    let path = format!("/channels/{}/threads", rest.general);
    let thread = rest
        .post(&path, json!({ "name": "loose", "type": 11 }))
        .await
        .id();
    let listed = rest.get(&rest.messages()).await.ok();
    assert_eq!(
        (&listed[0]["type"], &listed[0]["content"]),
        (&json!(18), &json!("loose"))
    );
    assert_eq!(
        listed[0]["message_reference"]["channel_id"],
        thread.to_string()
    );
    let old = rest.ada_says("old");
    for number in 0..10 {
        rest.ada_says(&number.to_string());
    }
    rest.post(
        &format!("{}/{old}/threads", rest.messages()),
        json!({ "name": "late" }),
    )
    .await
    .ok();
    assert_eq!(rest.get(&rest.messages()).await.ok()[0]["type"], 18);
    let private = rest
        .post(&path, json!({ "name": "quiet", "type": 12 }))
        .await
        .ok();
    assert_eq!(
        (&private["type"], &private["thread_metadata"]["invitable"]),
        (&json!(12), &json!(true))
    );
    assert_eq!(
        rest.get(&rest.messages()).await.ok()[0]["content"],
        "late",
        "private threads are not announced"
    );
}

#[tokio::test]
async fn a_forum_post_lists_its_first_message() {
    let rest = Rest::start().await;
    let forum = rest
        .sim
        .world(|world| world.channel_named("ideas").unwrap().id);
    let path = format!("/channels/{forum}/threads");
    assert_eq!(
        rest.post(&path, json!({ "name": "no text" }))
            .await
            .refused(),
        (400, 50_035)
    );
    let post = rest
        .post(
            &path,
            json!({ "name": "an idea", "message": { "content": "listen" } }),
        )
        .await
        .ok();
    assert_eq!(
        (&post["message"]["id"], &post["message"]["content"]),
        (&post["id"], &json!("listen"))
    );
    let listed = rest
        .get(&format!("/channels/{}/messages", id_of(&post)))
        .await
        .ok();
    assert_eq!(
        (contents(&listed), &listed[0]["id"]),
        (vec!["listen"], &post["id"])
    );
    assert_eq!(post["message_count"], 0);
    assert_eq!(
        rest.post(
            &format!("/channels/{forum}/messages"),
            json!({ "content": "x" })
        )
        .await
        .refused(),
        (400, 50_008)
    );
    let by_ada = rest
        .sim
        .world(|world| world.begin_post(rest.ada, forum, "mine", "@kaiwa hm?"))
        .unwrap();
    let listed = rest.get(&format!("/channels/{by_ada}/messages")).await.ok();
    assert_eq!(contents(&listed), [format!("<@{}> hm?", rest.kaiwa)]);
}

#[tokio::test]
async fn resting_threads_wake_for_messages_and_locked_ones_for_moderators() {
    let mut world = kaiwa_sim::World::default();
    let (bot, guild) = (
        world.user_named("kaiwa").unwrap().id,
        *world.guilds.keys().next().unwrap(),
    );
    let role = world.guilds[&guild]
        .roles
        .values()
        .find(|role| role.bot == Some(bot))
        .unwrap()
        .id;
    let rights = kaiwa_sim::world::build::INVITED_WITH & !permissions::MANAGE_THREADS;
    world.set_role_permissions(guild, role, rights);
    let rest = Rest::with(world).await;
    let thread = rest
        .sim
        .world(|world| world.begin_thread(rest.ada, rest.general, None, "talk"))
        .unwrap();
    let (inside, path) = (
        format!("/channels/{thread}/messages"),
        format!("/channels/{thread}"),
    );
    let own = rest.post(&inside, json!({ "content": "here" })).await.id();

    rest.sim
        .world(|world| world.set_archived(rest.ada, thread, true))
        .unwrap();
    assert_eq!(
        rest.patch(&format!("{inside}/{own}"), json!({ "content": "x" }))
            .await
            .refused(),
        (400, 50_083)
    );
    rest.post(&inside, json!({ "content": "wake up" }))
        .await
        .ok();
    assert_eq!(
        rest.get(&path).await.ok()["thread_metadata"]["archived"],
        false
    );
    assert_eq!(
        rest.patch(&path, json!({ "name": "mine" })).await.refused(),
        (403, 50_013),
        "not the bot's thread"
    );

    rest.sim
        .world(|world| world.set_locked(rest.ada, thread, true))
        .unwrap();
    assert_eq!(
        rest.post(&inside, json!({ "content": "x" }))
            .await
            .refused(),
        (400, 160_005)
    );
    rest.sim
        .world(|world| world.set_archived(rest.ada, thread, true))
        .unwrap();
    assert_eq!(
        rest.post(&inside, json!({ "content": "x" }))
            .await
            .refused(),
        (400, 50_083)
    );
    assert_eq!(
        rest.patch(&path, json!({ "archived": false }))
            .await
            .refused(),
        (403, 50_013)
    );
    rest.sim.world(|world| {
        world.set_role_permissions(guild, role, rights | permissions::MANAGE_THREADS)
    });
    assert_eq!(
        rest.patch(&path, json!({ "archived": false, "locked": false }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn listings_tell_active_from_archived_and_public_from_private() {
    let rest = Rest::start().await;
    let threads = format!("/channels/{}/threads", rest.general);
    let open =
        |name: &'static str, kind: u8| rest.post(&threads, json!({ "name": name, "type": kind }));
    let (awake, asleep, hidden) = (
        open("awake", 11).await.id(),
        open("asleep", 11).await.id(),
        open("hidden", 12).await.id(),
    );
    for thread in [asleep, hidden] {
        rest.patch(&format!("/channels/{thread}"), json!({ "archived": true }))
            .await
            .ok();
    }
    let ids = |list: Value| {
        list["threads"]
            .as_array()
            .unwrap()
            .iter()
            .map(id_of)
            .collect::<Vec<_>>()
    };
    let active = rest
        .get(&format!("/guilds/{}/threads/active", rest.guild))
        .await
        .ok();
    assert_eq!(active["members"][0]["id"], awake.to_string());
    assert_eq!(ids(active), [awake]);
    assert_eq!(
        ids(rest.get(&format!("{threads}/archived/public")).await.ok()),
        [asleep]
    );
    assert_eq!(
        ids(rest.get(&format!("{threads}/archived/private")).await.ok()),
        [hidden]
    );
    let own = format!(
        "/channels/{}/users/@me/threads/archived/private",
        rest.general
    );
    assert_eq!(ids(rest.get(&own).await.ok()), [hidden]);
}

#[tokio::test]
async fn a_guild_holds_a_limited_number_of_active_threads() {
    let rest = Rest::start().await;
    rest.sim
        .world(|world| world.settings.active_threads_per_guild = 1);
    let threads = format!("/channels/{}/threads", rest.general);
    let first = rest
        .post(&threads, json!({ "name": "one", "type": 11 }))
        .await
        .id();
    assert_eq!(
        rest.post(&threads, json!({ "name": "two", "type": 11 }))
            .await
            .refused(),
        (400, 160_006)
    );
    rest.patch(&format!("/channels/{first}"), json!({ "archived": true }))
        .await
        .ok();
    rest.post(&threads, json!({ "name": "two", "type": 11 }))
        .await
        .ok();
}

#[tokio::test]
async fn members_come_and_go_and_private_threads_hide() {
    let rest = Rest::start().await;
    let thread = rest.sim.world(|world| {
        let new = kaiwa_sim::world::NewThread {
            name: "ben's".to_owned(),
            private: true,
            ..Default::default()
        };
        world.open_thread(rest.ben, rest.general, new)
    });
    let thread = thread.unwrap();
    let members = format!("/channels/{thread}/thread-members");
    assert_eq!(
        rest.put(&format!("{members}/@me"), Value::Null)
            .await
            .status,
        204,
        "it manages threads"
    );
    assert_eq!(rest.get(&members).await.ok().as_array().unwrap().len(), 2);
    assert_eq!(
        rest.put(&format!("{members}/{}", rest.ada), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        rest.get(&format!("{members}/{}", rest.ada)).await.ok()["user_id"],
        rest.ada.to_string()
    );
    assert_eq!(rest.delete(&format!("{members}/@me")).await.status, 204);
    assert_eq!(
        rest.get(&format!("{members}/@me")).await.refused(),
        (404, 10_007)
    );
    let role = rest.sim.world(|world| {
        world.guilds[&rest.guild]
            .roles
            .values()
            .find(|role| role.bot.is_some())
            .unwrap()
            .id
    });
    let rights = kaiwa_sim::world::build::INVITED_WITH & !permissions::MANAGE_THREADS;
    rest.sim
        .world(|world| world.set_role_permissions(rest.guild, role, rights));
    assert_eq!(
        rest.get(&format!("/channels/{thread}")).await.refused(),
        (403, 50_001)
    );
}
