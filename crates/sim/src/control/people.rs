//! What people do, as requests: each is read from JSON, or built in a Rust test, and then applied to the world.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mistake, Name, lookup::first_guild, seen::message_json};
use crate::world::{
    AllowedMentions, Author, Change, Draft, NewThread, ReactionEmoji, ReplyTo, ThreadChange,
    Upload, World, json::id,
};

/// Something a person can do.
pub trait Action {
    /// Does it; what comes back is what the API answers.
    ///
    /// # Errors
    /// When the request names what is not there, or Discord would refuse the person.
    fn apply(self, world: &mut World) -> Result<Value, Mistake>;
}

/// A message, in a channel, a thread, a direct message (`dm`), or as a new post in a forum (`title`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    /// Who speaks.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// Where.
    pub channel: Option<Name>,
    /// To whom, in place of a channel.
    pub dm: Option<Name>,
    /// Name of the post, in forums.
    pub title: Option<String>,
    /// The text; `@name` of a person, bot or role becomes a mention.
    pub content: String,
    /// The message that is answered: an id, or `last`.
    pub reply_to: Option<Name>,
    /// Whether the answer pings whom it answers.
    pub ping: Option<bool>,
    /// Files.
    pub files: Vec<File>,
    /// The nonce that bots see.
    pub nonce: Option<String>,
}

/// A file that comes with a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content, as text.
    pub text: Option<String>,
    /// Its content, in base64.
    pub base64: Option<String>,
    /// Its MIME type, guessed from the name where none is given.
    pub content_type: Option<String>,
}

impl Action for Say {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let channel = place(world, person, self.channel.as_ref(), self.dm.as_ref())?;
        let place_name = Name::from(channel);
        let answered = self
            .reply_to
            .map(|answered| {
                answered
                    .message(world, Some(&place_name))
                    .map(|message| message.id)
            })
            .transpose()?;
        let allowed = if self.ping.unwrap_or(true) {
            AllowedMentions::Everything
        } else {
            everything_but_the_answered()
        };
        let draft = Draft {
            content: world.with_names(channel, &self.content),
            files: self
                .files
                .into_iter()
                .map(File::upload)
                .collect::<Result<_, _>>()?,
            reply_to: answered.map(|message| ReplyTo {
                message,
                must_exist: true,
            }),
            allowed,
            nonce: self.nonce.map(|nonce| json!(nonce)),
            ..Draft::default()
        };
        if let Some(name) = self.title {
            let post = world.open_thread(
                person,
                channel,
                NewThread {
                    name,
                    starter: Some(draft),
                    ..NewThread::default()
                },
            )?;
            return posted(world, post, post);
        }
        let message = world.post(Author::User(person), channel, draft)?;
        posted(world, channel, message)
    }
}

impl File {
    fn upload(self) -> Result<Upload, Mistake> {
        let bytes = match (self.text, self.base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(encoded)) => STANDARD.decode(encoded).map_err(|error| {
                Mistake::new(format!("A file's `base64` can't be read: {error}"))
            })?,
            (Some(_), Some(_)) | (None, None) => {
                return Err(Mistake::new("Give a file `text` or `base64`."));
            }
        };
        Ok(Upload {
            filename: self.name,
            content_type: self.content_type,
            bytes,
            ..Upload::default()
        })
    }
}

fn everything_but_the_answered() -> AllowedMentions {
    use crate::world::Allowed::All;
    AllowedMentions::Only {
        everyone: true,
        users: All,
        roles: All,
        replied_user: false,
    }
}

/// A message changed by its author.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The message: an id, or `last` beside a channel.
    pub message: Name,
    /// Its channel, where needed.
    pub channel: Option<Name>,
    /// The new text.
    pub content: String,
}

impl Action for Edit {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let message = self.message.message(world, self.channel.as_ref())?;
        let (channel, message, author) = (message.channel, message.id, message.author.id());
        let content = world.with_names(channel, &self.content);
        world.edit(
            author,
            channel,
            message,
            Change {
                content: Some(content),
                ..Change::default()
            },
        )?;
        posted(world, channel, message)
    }
}

/// A message deleted by its author, or by someone else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// Who deletes; its author where nobody is named.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The message.
    pub message: Name,
    /// Its channel, where needed.
    pub channel: Option<Name>,
}

impl Action for Delete {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let message = self.message.message(world, self.channel.as_ref())?;
        let (channel, message, author) = (message.channel, message.id, message.author.id());
        let person = self
            .person
            .map(|person| person.user(world))
            .transpose()?
            .unwrap_or(author);
        world.delete(person, channel, message)?;
        Ok(json!({ "deleted": id(message) }))
    }
}

/// An emoji put on a message, or taken off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct React {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The message.
    pub message: Name,
    /// Its channel, where needed.
    pub channel: Option<Name>,
    /// `👍` or `name:id`.
    pub emoji: String,
    /// Whether it is taken off.
    #[serde(default)]
    pub remove: bool,
}

impl Action for React {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let message = self.message.message(world, self.channel.as_ref())?;
        let (channel, message) = (message.channel, message.id);
        let emoji = ReactionEmoji::parse(&self.emoji)?;
        if self.remove {
            world.unreact(person, person, channel, message, &emoji)?;
        } else {
            world.react(person, channel, message, &emoji)?;
        }
        posted(world, channel, message)
    }
}

/// "… is typing".
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// Where.
    pub channel: Option<Name>,
    /// To whom, in place of a channel.
    pub dm: Option<Name>,
}

impl Action for Type {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let channel = place(world, person, self.channel.as_ref(), self.dm.as_ref())?;
        world.type_in(person, channel)?;
        Ok(json!({ "channel": id(channel) }))
    }
}

/// A thread, opened on a message or in a channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenThread {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The message, if it is opened on one.
    pub message: Option<Name>,
    /// The channel.
    pub channel: Option<Name>,
    /// Its name.
    pub name: String,
    /// Whether it is private.
    #[serde(default)]
    pub private: bool,
}

impl Action for OpenThread {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let new = NewThread {
            name: self.name,
            private: self.private,
            ..NewThread::default()
        };
        let thread = match self.message {
            Some(message) => {
                let message = message.message(world, self.channel.as_ref())?;
                let (channel, message) = (message.channel, message.id);
                world.open_thread_on(person, channel, message, new)?
            }
            None => {
                let channel = place(world, person, self.channel.as_ref(), None)?;
                world.open_thread(person, channel, new)?
            }
        };
        channel_answer(world, thread)
    }
}

/// A thread renamed, archived, locked, joined or left; a channel deleted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeChannel {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The thread or channel.
    pub channel: Name,
    /// A new name.
    pub name: Option<String>,
    /// Whether the thread is archived.
    pub archived: Option<bool>,
    /// Whether the thread is locked.
    pub locked: Option<bool>,
    /// Whether the person is in the thread.
    pub joined: Option<bool>,
    /// Whether it goes for good.
    #[serde(default)]
    pub delete: bool,
}

impl Action for ChangeChannel {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let channel = self.channel.channel(world)?;
        if self.delete {
            world.delete_channel(person, channel)?;
            return Ok(json!({ "deleted": id(channel) }));
        }
        match self.joined {
            Some(true) => world.join_thread(person, channel, person)?,
            Some(false) => world.leave_thread(person, channel, person)?,
            None => {}
        }
        let is_thread = world
            .channels
            .get(&channel)
            .is_some_and(|channel| channel.thread.is_some());
        if is_thread && (self.name.is_some() || self.archived.is_some() || self.locked.is_some()) {
            let change = ThreadChange {
                name: self.name,
                archived: self.archived,
                locked: self.locked,
                ..ThreadChange::default()
            };
            world.change_thread(person, channel, change)?;
        } else if self.archived.is_some() || self.locked.is_some() {
            return Err(Mistake::new("Only threads are archived and locked."));
        } else if self.name.is_some() {
            let change = crate::world::ChannelChange {
                name: self.name,
                ..Default::default()
            };
            world.change_channel(person, channel, change)?;
        }
        channel_answer(world, channel)
    }
}

/// Someone (a person or a bot) comes into a guild or goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Who.
    #[serde(rename = "as")]
    pub person: Name,
    /// The guild; the first one where none is named.
    pub guild: Option<Name>,
    /// Whether they are in.
    pub member: bool,
}

impl Action for Membership {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = self.person.user(world)?;
        let guild = self
            .guild
            .map_or_else(|| first_guild(world), |guild| guild.guild(world))?;
        if self.member {
            world.join(guild, person);
        } else {
            world.leave(guild, person);
        }
        Ok(json!({ "guild": id(guild), "user": id(person), "member": self.member }))
    }
}

/// The person named, or the first one there is.
pub(super) fn speaker(person: Option<&Name>, world: &World) -> Result<u64, Mistake> {
    if let Some(person) = person {
        return person.user(world);
    }
    let first = world
        .users
        .values()
        .find(|user| !user.bot)
        .map(|user| user.id);
    first.ok_or_else(|| Mistake::new("The world has no people; POST /control/people makes some."))
}

/// The channel named, or the direct message of both.
pub(super) fn place(
    world: &mut World,
    person: u64,
    channel: Option<&Name>,
    dm: Option<&Name>,
) -> Result<u64, Mistake> {
    match (channel, dm) {
        (Some(channel), None) => channel.channel(world),
        (None, Some(other)) => {
            let other = other.user(world)?;
            Ok(world.open_direct_message(person, other)?)
        }
        (Some(_), Some(_)) | (None, None) => Err(Mistake::new(
            "Say where: give `channel`, or `dm` with the other one's name.",
        )),
    }
}

fn posted(world: &World, channel: u64, message: u64) -> Result<Value, Mistake> {
    let message = world
        .message(channel, message)
        .ok_or_else(|| Mistake::new("The message is gone already."))?;
    Ok(message_json(world, message))
}

pub(super) fn channel_answer(world: &World, channel: u64) -> Result<Value, Mistake> {
    let channel = world
        .channels
        .get(&channel)
        .ok_or_else(|| Mistake::new("The channel is gone already."))?;
    Ok(world.channel_json(channel))
}
