//! Discord's JSON, as little of it as we read.
//!
//! Every field that is not vital is optional and every list may hold things we don't know, because one new field or
//! value on Discord's side must never cost a message. Source of the shapes: Discord's reference, "Message",
//! "Channel", "Guild" and "Gateway Events".

mod guild;
mod interaction;
mod lenient;
mod message;

use kaiwa_core::id::{GuildId, UserId};
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) use self::{
    guild::{
        Channel, FORUM, Guild, MEDIA, Role, RoleChanged, RoleDeleted, ThreadMetadata, ThreadsSynced,
    },
    interaction::{AUTOCOMPLETE, Interaction},
    message::{Attachment, Deleted, Embed, Message, PLAIN, REPLY, Sticker, THREAD_STARTER},
};
use lenient::{lenient, or_default};

/// A gateway frame: what kind of event it is, its body still unread.
#[derive(Debug, Deserialize)]
pub(crate) struct Frame<'a> {
    /// The opcode; 0 is a dispatch.
    pub op: u8,
    /// The event's name, of a dispatch.
    #[serde(borrow, default)]
    pub t: Option<std::borrow::Cow<'a, str>>,
    /// The event's body.
    #[serde(borrow, default)]
    pub d: Option<&'a RawValue>,
}

/// A user.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    pub id: UserId,
    #[serde(default, deserialize_with = "or_default")]
    pub username: String,
    #[serde(default)]
    pub global_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub bot: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub system: bool,
    /// The guild's view of the user, in the mentions of a gateway message.
    #[serde(default)]
    pub member: Option<Member>,
}

/// A user as a member of a guild.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Member {
    #[serde(default)]
    pub nick: Option<String>,
}

/// The answer of `GET /gateway/bot`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GatewayBot {
    pub url: String,
    #[serde(default)]
    pub shards: Option<u32>,
    #[serde(default)]
    pub session_start_limit: Option<SessionStartLimit>,
}

/// How often the bot may identify.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SessionStartLimit {
    pub total: u32,
    pub remaining: u32,
    /// Milliseconds until `remaining` is `total` again.
    pub reset_after: u64,
    pub max_concurrency: u16,
}

/// The body of READY.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    pub user: User,
    #[serde(default, deserialize_with = "lenient")]
    pub guilds: Vec<GuildStub>,
    #[serde(default)]
    pub application: Option<ApplicationStub>,
    /// The shard's number and how many there are.
    #[serde(default)]
    pub shard: Option<(u32, u32)>,
}

/// A guild that is still to come.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GuildStub {
    pub id: GuildId,
    #[serde(default, deserialize_with = "or_default")]
    pub unavailable: bool,
}

/// The application that the bot belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ApplicationStub {
    pub id: UserId,
}

#[cfg(test)]
mod tests {
    use kaiwa_core::id::MessageId;

    use super::*;

    #[test]
    fn a_message_survives_what_we_do_not_know() {
        let message: Message = serde_json::from_str(
            r#"{"id":"1","channel_id":"2","type":null,"content":"hi","mentions":[{"id":"3"},{"no":1},7],
                "attachments":null,"embeds":[{"type":"new","fields":[{}]}],"referenced_message":{"broken":true},
                "future":{"a":[1]},"poll":null}"#,
        )
        .unwrap();
        assert_eq!(message.id, MessageId(1));
        assert_eq!(message.kind, PLAIN);
        assert_eq!(message.mentions.len(), 1);
        assert!(message.attachments.is_empty() && message.referenced_message.is_none());
        assert_eq!(message.embeds.len(), 1);
    }

    #[test]
    fn a_message_tells_when_its_author_changed_it() {
        let edited = |moment: &str| {
            let message = format!(r#"{{"id":"1","channel_id":"2","edited_timestamp":{moment}}}"#);
            serde_json::from_str::<Message>(&message)
                .unwrap()
                .edited_timestamp
        };
        assert_eq!(
            edited(r#""2024-03-01T00:00:00.250000+00:00""#),
            Some(1_709_251_200_250)
        );
        assert_eq!(
            edited(r#""2024-03-01T00:00:00+00:00""#),
            Some(1_709_251_200_000)
        );
        assert_eq!(edited("null"), None);
        assert_eq!(edited(r#""yesterday""#), None);
    }

    #[test]
    fn a_frame_is_read_without_its_body() {
        let frame: Frame<'_> =
            serde_json::from_str(r#"{"op":0,"s":4,"t":"TYPING_START","d":{"x":[]}}"#).unwrap();
        assert_eq!((frame.op, frame.t.as_deref()), (0, Some("TYPING_START")));
        assert_eq!(frame.d.unwrap().get(), r#"{"x":[]}"#);
    }
}
