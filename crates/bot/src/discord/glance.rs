//! A first look at what the gateway tells, before anything of it is copied. Of a bot in big guilds nearly every frame is
//! a message between other people: to read one whole costs several times what it costs to receive it.

use kaiwa_core::{
    id::{ChannelId, GuildId, RoleId, UserId},
    intake,
};
use serde::Deserialize;

use super::convert::Edge;

/// An event's name stands within so many bytes of its frame, in front of its body.
const HEAD: usize = 64;

/// The few facts that tell whether a message is to be read. Everything else is passed over.
#[derive(Deserialize)]
struct Frame {
    op: u8,
    d: Message,
}

#[derive(Deserialize)]
struct Message {
    channel_id: ChannelId,
    #[serde(default)]
    guild_id: Option<GuildId>,
    author: User,
    #[serde(default)]
    mentions: Vec<User>,
    #[serde(default)]
    mention_roles: Vec<RoleId>,
    #[serde(default)]
    referenced_message: Option<Replied>,
}

#[derive(Deserialize)]
struct User {
    id: UserId,
}

#[derive(Deserialize)]
struct Replied {
    #[serde(default)]
    author: Option<User>,
}

/// Whether a frame is a message that the rules ignore, whatever else is in it. When in doubt it isn't: then it is read
/// whole.
pub(super) fn is_foreign(frame: &str, edge: Edge<'_>) -> bool {
    let head = frame.as_bytes();
    let head = head.get(..HEAD.min(head.len())).unwrap_or_default();
    let name = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    let created = name(br#""MESSAGE_CREATE""#);
    if !created && !name(br#""MESSAGE_UPDATE""#) {
        return false;
    }
    let Ok(Frame { op: 0, d: message }) = serde_json::from_str(frame) else {
        return false;
    };
    if message.author.id == edge.me {
        return true;
    }
    // An edit may concern what is remembered of any place.
    let Some(guild) = message.guild_id.filter(|_| created) else {
        return false;
    };
    let Some(place) = edge.directory.place(guild, message.channel_id) else {
        return false;
    };
    let replied = message
        .referenced_message
        .and_then(|replied| replied.author);
    let mut named = message.mentions.iter().chain(&replied);
    let addressed = named.any(|user| user.id == edge.me)
        || !message.mention_roles.is_empty()
            && edge.directory.with_guild(Some(guild), |guild| {
                let own = |role: &RoleId| guild.is_some_and(|guild| guild.is_own_role(*role));
                message.mention_roles.iter().any(own)
            });
    !addressed && !intake::hears(place)
}

#[cfg(test)]
mod tests {
    use kaiwa_core::words::Locale;

    use super::*;
    use crate::discord::{directory::Directory, wire};

    const ME: UserId = UserId(1);

    fn directory() -> Directory {
        let guild: wire::Guild = serde_json::from_str(
            r#"{"id":"9","channels":[{"id":"7","type":0},{"id":"8","type":2}],"threads":[{"id":"6","type":11}],
                "roles":[{"id":"5","name":"Kaiwa","tags":{"bot_id":"1"}},{"id":"4","name":"all"}]}"#,
        )
        .unwrap();
        let directory = Directory::default();
        directory.put_guild(guild, ME);
        directory
    }

    fn is_foreign(frame: &str) -> bool {
        let directory = directory();
        let edge = Edge {
            me: ME,
            directory: &directory,
            locale: Locale::En,
        };
        super::is_foreign(frame, edge)
    }

    fn said(name: &str, author: u64, channel: u64, more: &str) -> String {
        format!(
            r#"{{"t":"{name}","s":3,"op":0,"d":{{"type":0,"id":"50","channel_id":"{channel}","guild_id":"9",
                "author":{{"id":"{author}","username":"ada"}},"content":"\"MESSAGE_CREATE\""{more}}}}}"#
        )
    }

    #[test]
    fn what_others_say_to_each_other_is_not_read() {
        for more in [
            "",
            r#","mentions":[{"id":"3","username":"ben"}],"mention_roles":["4"]"#,
            r#","referenced_message":{"author":{"id":"3"}},"embeds":[{"type":"rich"}]"#,
        ] {
            assert!(is_foreign(&said("MESSAGE_CREATE", 2, 7, more)), "{more}");
            assert!(is_foreign(&said("MESSAGE_CREATE", 2, 8, more)), "{more}");
        }
        // What the bot itself has said it knows already, wherever it was.
        for channel in [6, 7, 99] {
            assert!(is_foreign(&said("MESSAGE_CREATE", 1, channel, "")));
            assert!(is_foreign(&said("MESSAGE_UPDATE", 1, channel, "")));
        }
    }

    #[test]
    fn what_may_concern_the_bot_is_read() {
        for more in [
            r#","mentions":[{"id":"1","username":"kaiwa"}]"#,
            r#","mention_roles":["5"]"#,
            r#","referenced_message":{"author":{"id":"1"}}"#,
            // Not as it should be: whoever reads it whole says so.
            r#","mentions":null"#,
            r#","mention_roles":[{}]"#,
        ] {
            assert!(!is_foreign(&said("MESSAGE_CREATE", 2, 7, more)), "{more}");
        }
        assert!(!is_foreign(&said("MESSAGE_CREATE", 2, 6, "")), "a thread");
        assert!(!is_foreign(&said("MESSAGE_CREATE", 2, 99, "")), "unknown");
        assert!(!is_foreign(&said("MESSAGE_UPDATE", 2, 7, "")), "an edit");
        let direct = said("MESSAGE_CREATE", 2, 7, "").replace(r#""guild_id":"9","#, "");
        assert!(!is_foreign(&direct));
        for frame in ["", "{", r#"{"t":"MESSAGE_CREATE","op":0,"d":7}"#] {
            assert!(!is_foreign(frame));
        }
    }
}
