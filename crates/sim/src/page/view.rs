//! What one person may see of the world, as entries for their page. What they may not see is never sent.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::{Value, json};

use super::told::Told;
use crate::{
    Shared,
    world::{
        Answer, Author, Channel, Guild, Message, ReactionEmoji, World,
        json::{guild::emoji_json, guild::role_json, id, put},
        permissions as may,
    },
};

/// So many messages of a channel are shown at first, and so many more each time older ones are asked for.
const PAGE: usize = 50;
/// So many of a person's newest interactions are told.
const INTERACTIONS: usize = 20;
/// How long somebody is seen typing, in milliseconds.
const TYPING_MS: u64 = 10_000;

/// The oldest message of each channel that the page has. Whatever is newer is kept up to date.
#[derive(Debug, Default)]
pub(super) struct Floors {
    of: HashMap<u64, u64>,
}

impl Floors {
    /// Shows older messages of a channel too.
    pub(super) fn lower(&mut self, world: &World, channel: u64) {
        let Some(floor) = self.of.get_mut(&channel) else {
            return;
        };
        let messages = world.messages.get(&channel).into_iter();
        let older = messages.flat_map(|all| all.range(..*floor).rev());
        if let Some((lowest, _)) = older.take(PAGE).last() {
            *floor = *lowest;
        }
    }

    fn get(&mut self, world: &World, viewer: u64, channel: u64) -> u64 {
        *self.of.entry(channel).or_insert_with(|| {
            let messages = world.messages.get(&channel);
            let newest = messages.into_iter().flat_map(|all| all.keys().rev());
            if world.permissions(viewer, channel) & may::READ_MESSAGE_HISTORY == 0 {
                return newest.max().map_or(0, |newest| newest + 1);
            }
            newest.take(PAGE).last().copied().unwrap_or_default()
        })
    }
}

/// Tells all that `viewer` may see.
pub(super) fn tell(
    told: &mut Told,
    floors: &mut Floors,
    shared: &Shared,
    world: &World,
    viewer: u64,
) {
    let sessions = shared.gateway.sessions();
    let people = world.users.values().filter(|user| !user.bot);
    told.value(
        "people".to_owned(),
        people.map(|user| world.user_json(user.id)).collect(),
    );
    let bots = world.bots.keys().map(|bot| {
        let online = sessions
            .iter()
            .any(|session| session.bot == *bot && session.connected);
        json!({ "user": world.user_json(*bot), "online": online })
    });
    told.value("bots".to_owned(), bots.collect());
    let Some(user) = world.users.get(&viewer).filter(|user| !user.bot) else {
        return;
    };
    let mut me = world.user_json(viewer);
    put(&mut me, "locale", json!(user.locale));
    told.value("me".to_owned(), me);
    for guild in world.guilds_of(viewer) {
        told.value(format!("guild:{}", guild.id), guild_json(world, guild));
    }
    for channel in world.channels.values() {
        if world.may_view(viewer, channel.id) {
            tell_channel(told, floors, world, channel, viewer);
        }
    }
    for command in world.commands.values() {
        let reaches = world
            .guilds_of(viewer)
            .any(|guild| guild.members.contains_key(&command.application));
        let is_here = command
            .guild
            .is_none_or(|guild| world.guilds_of(viewer).any(|own| own.id == guild));
        if is_here && (reaches || command.guild.is_none()) {
            told.entry(format!("command:{}", command.id), command.version, || {
                command.data.clone()
            });
        }
    }
    tell_interactions(told, world, viewer);
}

fn tell_channel(
    told: &mut Told,
    floors: &mut Floors,
    world: &World,
    channel: &Channel,
    viewer: u64,
) {
    let mut object = if channel.guild.is_none() {
        world.direct_message_json(channel, Some(viewer))
    } else if channel.thread.is_some() {
        world.thread_json(channel, Some(viewer))
    } else {
        world.channel_json(channel)
    };
    let bits = world.permissions(viewer, channel.id).to_string();
    put(&mut object, "permissions", json!(bits));
    if let Some(thread) = &channel.thread {
        let members = thread.members.keys().map(|user| id(*user));
        put(&mut object, "members", members.collect());
    }
    told.value(format!("channel:{}", channel.id), object);
    let floor = floors.get(world, viewer, channel.id);
    let messages = world.messages.get(&channel.id);
    let has_more = messages.is_some_and(|all| all.range(..floor).next().is_some());
    let has_more =
        has_more && world.permissions(viewer, channel.id) & may::READ_MESSAGE_HISTORY != 0;
    told.value(format!("more:{}", channel.id), json!(has_more));
    for message in messages.into_iter().flat_map(|all| all.range(floor..)) {
        let message = message.1;
        if message.only_for.is_some_and(|user| user != viewer) {
            continue;
        }
        let key = format!("message:{}:{}", channel.id, message.id);
        told.entry(key, mark_of(world, message), || {
            let mut object = world.message_json(message, Some(viewer));
            put(&mut object, "ephemeral", json!(message.only_for.is_some()));
            put(&mut object, "versions", json!(message.history.len()));
            object
        });
    }
    let now = world.clock.now_ms();
    let recent = world.typing.iter().filter(|(at, place, user)| {
        *place == channel.id && *user != viewer && at + TYPING_MS > now
    });
    let typing = recent.map(|(at, _, user)| json!({ "user": id(*user), "at": at }));
    told.value(format!("typing:{}", channel.id), typing.collect());
}

/// A mark of everything of a message that the page shows.
fn mark_of(world: &World, message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.content.hash(&mut hasher);
    message.edited_ms.hash(&mut hasher);
    message.flags.hash(&mut hasher);
    message.pinned_ms.hash(&mut hasher);
    message.embeds.hash(&mut hasher);
    message.components.hash(&mut hasher);
    for file in &message.attachments {
        file.id.hash(&mut hasher);
    }
    for reaction in &message.reactions {
        match &reaction.emoji {
            ReactionEmoji::Unicode(text) => text.hash(&mut hasher),
            ReactionEmoji::Custom { id, .. } => id.hash(&mut hasher),
        }
        reaction.users.hash(&mut hasher);
    }
    let thread = message
        .thread
        .and_then(|thread| world.channels.get(&thread));
    if let Some(thread) = thread {
        (thread.id, &thread.name, thread.last_message).hash(&mut hasher);
        let count = thread
            .thread
            .as_ref()
            .map(|one| (one.message_count, one.archived));
        count.hash(&mut hasher);
    }
    if let Author::User(user) = message.author {
        let shown = world
            .users
            .get(&user)
            .and_then(|user| user.global_name.as_ref());
        shown.hash(&mut hasher);
    }
    hasher.finish()
}

fn guild_json(world: &World, guild: &Guild) -> Value {
    json!({
        "id": id(guild.id), "name": guild.name, "owner_id": id(guild.owner),
        "roles": guild.roles.values().map(role_json).collect::<Value>(),
        "emojis": guild.emojis.iter().map(emoji_json).collect::<Value>(),
        "members": guild.members.values().map(|member| world.member_json(member)).collect::<Value>(),
    })
}

/// A person's newest interactions: the page shows forms and completions, and says where one failed.
fn tell_interactions(told: &mut Told, world: &World, viewer: u64) {
    let own = world.interactions.values().rev();
    let own = own.filter(|one| one.user == viewer).take(INTERACTIONS);
    for one in own {
        let (state, given) = match &one.answer {
            Answer::Waiting => ("waiting", Value::Null),
            Answer::Deferred { .. } => ("deferred", Value::Null),
            Answer::DeferredUpdate => ("done", Value::Null),
            Answer::Message(message) => ("done", id(*message)),
            Answer::Choices(choices) => ("choices", json!(choices)),
            Answer::Modal(form) => ("modal", form.clone()),
        };
        told.value(
            format!("interaction:{}", one.id),
            json!({
                "id": id(one.id), "application": id(one.application), "channel": id(one.channel), "kind": one.kind,
                "name": one.name, "message": one.source_message.map(id), "at": one.made_ms, "state": state, "given": given,
            }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Draft, Overwrite, OverwriteKind};
    use tokio_util::sync::CancellationToken;

    /// What a person's page has after all that happened so far.
    struct Seen {
        told: Told,
        floors: Floors,
        viewer: u64,
    }

    impl Seen {
        fn update(&mut self, shared: &Shared) -> Value {
            shared.look(|world| {
                tell(&mut self.told, &mut self.floors, shared, world, self.viewer);
            });
            self.told
                .update()
                .unwrap_or_else(|| json!({ "set": {}, "gone": [] }))
        }

        fn messages(&mut self, shared: &Shared) -> usize {
            let update = self.update(shared);
            let set = update["set"].as_object().unwrap();
            set.keys().filter(|key| key.starts_with("message:")).count()
        }
    }

    fn scene() -> (Shared, [u64; 4]) {
        let shared = Shared::new(World::default(), CancellationToken::new());
        let ids = shared.look(|world| {
            let id = |name: &str| world.user_named(name).unwrap().id;
            let general = world.channel_named("general").unwrap().id;
            [id("ada"), id("ben"), id("kaiwa"), general]
        });
        (shared, ids)
    }

    fn page_of(viewer: u64) -> Seen {
        Seen {
            told: Told::default(),
            floors: Floors::default(),
            viewer,
        }
    }

    fn say(shared: &Shared, by: u64, channel: u64, draft: Draft) -> u64 {
        shared.with(|world| world.post(Author::User(by), channel, draft).unwrap())
    }

    fn text(content: &str) -> Draft {
        Draft {
            content: content.to_owned(),
            ..Draft::default()
        }
    }

    #[test]
    fn a_hidden_channel_is_gone_with_its_messages_and_comes_back() {
        let (shared, [ada, ben, _, general]) = scene();
        let mut page = page_of(ben);
        page.update(&shared);
        let said = say(&shared, ada, general, text("hello"));
        let key = format!("message:{general}:{said}");
        assert_eq!(page.update(&shared)["set"][&key]["content"], "hello");
        let hide = |deny| Overwrite {
            id: ben,
            kind: OverwriteKind::Member,
            allow: 0,
            deny,
        };
        shared.with(|world| world.set_overwrite(general, hide(may::VIEW_CHANNEL)));
        let gone = page.update(&shared)["gone"].to_string();
        assert!(
            gone.contains(&key) && gone.contains(&format!("channel:{general}")),
            "{gone}"
        );
        shared.with(|world| world.set_overwrite(general, hide(0)));
        assert_eq!(page.update(&shared)["set"][&key]["content"], "hello");
    }

    #[test]
    fn only_the_one_addressed_sees_what_is_only_for_them() {
        let (shared, [ada, ben, kaiwa, general]) = scene();
        let draft = Draft {
            only_for: Some(ada),
            ..text("between us")
        };
        say(&shared, kaiwa, general, draft);
        assert_eq!(page_of(ada).messages(&shared), 1);
        assert_eq!(page_of(ben).messages(&shared), 0);
    }

    #[test]
    fn old_messages_come_when_they_are_asked_for_and_stay_up_to_date() {
        let (shared, [ada, ben, _, general]) = scene();
        let ids: Vec<u64> = (0..120)
            .map(|number| say(&shared, ada, general, text(&format!("number {number}"))))
            .collect();
        let mut page = page_of(ben);
        assert_eq!(page.messages(&shared), PAGE);
        shared.look(|world| page.floors.lower(world, general));
        assert_eq!(page.messages(&shared), PAGE);
        shared.look(|world| page.floors.lower(world, general));
        let rest = page.update(&shared);
        assert_eq!(rest["set"][format!("more:{general}")], false);
        let change = crate::world::Change {
            content: Some("changed".to_owned()),
            ..Default::default()
        };
        shared.with(|world| world.edit(ada, general, ids[0], change).unwrap());
        let key = format!("message:{general}:{}", ids[0]);
        assert_eq!(page.update(&shared)["set"][key]["content"], "changed");
    }

    #[test]
    fn nothing_is_told_twice() {
        let (shared, [ada, ben, _, general]) = scene();
        say(&shared, ada, general, text("hello"));
        let mut page = page_of(ben);
        page.update(&shared);
        let again = page.update(&shared);
        assert_eq!(
            again["set"].as_object().map(serde_json::Map::len),
            Some(0),
            "{again}"
        );
    }
}
