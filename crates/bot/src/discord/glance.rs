//! A first look at what the gateway tells, before anything of it is copied. Of a bot in big guilds nearly every frame is
//! a message between other people: to read one whole costs several times what it costs to receive it.
//!
//! There are two looks. [`Glance`] searches a frame for the few texts that matter, as Discord writes them, and is sure of
//! most. [`is_foreign`] takes the frame apart, and decides where the first one is not sure.

use kaiwa_core::{
    id::{ChannelId, GuildId, RoleId, UserId},
    intake,
};
use memchr::{memchr, memmem::Finder};
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

/// What a frame is searched for. A quote inside a text is written with a backslash before it, so that no text can hold
/// these.
#[derive(Debug)]
pub(super) struct Glance {
    me: Finder<'static>,
    /// A place's name ends so, of whatever kind it is: one search finds channels and guilds.
    place: Finder<'static>,
    roles: Finder<'static>,
    /// Digits could be written so; nobody does, but then an id would not be found.
    digit: Finder<'static>,
}

impl Glance {
    /// A look for what concerns this bot.
    pub(super) fn new(me: UserId) -> Self {
        let finder = |text: &str| Finder::new(text).into_owned();
        Self {
            me: finder(&me.to_string()),
            place: finder(r#"_id":""#),
            roles: finder(r#""mention_roles":["#),
            digit: finder(r"\u003"),
        }
    }

    /// Whether a frame is surely a message that the rules ignore: it names neither the bot nor any role, and one place alone,
    /// in which the bot only listens for its name.
    pub(super) fn is_surely_foreign(&self, frame: &str, edge: Edge<'_>) -> bool {
        let frame = frame.as_bytes();
        let head = frame.get(..HEAD.min(frame.len())).unwrap_or_default();
        let begins = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
        if !begins(br#""t":"MESSAGE_CREATE""#) || !begins(br#""op":0"#) || !frame.ends_with(b"}}") {
            return false;
        }
        let escapes = || memchr(b'\\', frame).is_some() && self.digit.find(frame).is_some();
        if self.me.find(frame).is_some() || escapes() {
            return false;
        }
        let mut roles = self.roles.find_iter(frame);
        if roles.any(|at| frame.get(at + self.roles.needle().len()) != Some(&b']')) {
            return false;
        }
        let Some((guild, channel)) = self.only_place(frame) else {
            return false;
        };
        let place = edge.directory.place(guild, channel);
        place.is_some_and(|place| !intake::hears(place))
    }

    /// The guild and the channel that a frame names; `None` where it names none, or more than one.
    fn only_place(&self, frame: &[u8]) -> Option<(GuildId, ChannelId)> {
        let (mut guild, mut channel) = (None, None);
        for at in self.place.find_iter(frame) {
            let (before, behind) = frame.split_at_checked(at)?;
            let known = if before.ends_with(b"\"channel") {
                &mut channel
            } else if before.ends_with(b"\"guild") {
                &mut guild
            } else {
                continue;
            };
            let id = number(behind.get(self.place.needle().len()..)?)?;
            if *known.get_or_insert(id) != id {
                return None;
            }
        }
        Some((GuildId(guild?), ChannelId(channel?)))
    }
}

/// The number that a text begins with, up to its closing quote.
fn number(text: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for (place, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte - b'0');
                number = number.checked_mul(10)?.checked_add(digit)?;
            }
            b'"' if place > 0 => return Some(number),
            _ => return None,
        }
    }
    None
}

/// Whether a frame is a message that the rules ignore, whatever else is in it. When in doubt it isn't: then it is read
/// whole. What the bot itself says matters where `hears_itself`.
pub(super) fn is_foreign(frame: &str, edge: Edge<'_>, hears_itself: bool) -> bool {
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
        return !hears_itself;
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

    fn looks(frame: &str) -> (bool, bool) {
        let directory = directory();
        let edge = Edge {
            me: ME,
            directory: &directory,
            locale: Locale::En,
        };
        let surely = Glance::new(ME).is_surely_foreign(frame, edge);
        (surely, super::is_foreign(frame, edge, false))
    }

    fn is_foreign(frame: &str) -> bool {
        let (surely, foreign) = looks(frame);
        assert!(foreign || !surely, "{frame}");
        foreign
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
        // Unless another process has said it.
        let (directory, frame) = (directory(), said("MESSAGE_CREATE", 1, 7, ""));
        let edge = Edge {
            me: ME,
            directory: &directory,
            locale: Locale::En,
        };
        assert!(!super::is_foreign(&frame, edge, true));
        assert!(!Glance::new(ME).is_surely_foreign(&frame, edge));
    }

    #[test]
    fn what_may_concern_the_bot_is_read() {
        for more in [
            r#","mentions":[{"id":"1","username":"kaiwa"}]"#,
            r#","mention_roles":["5"]"#,
            r#","referenced_message":{"author":{"id":"1"}}"#,
        ] {
            assert!(!is_foreign(&said("MESSAGE_CREATE", 2, 7, more)), "{more}");
        }
        // Not as it should be: whoever reads it whole says so.
        for more in [r#","mentions":null"#, r#","mention_roles":[{}]"#] {
            let (_, foreign) = looks(&said("MESSAGE_CREATE", 2, 7, more));
            assert!(!foreign, "{more}");
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

    #[test]
    fn most_of_what_others_say_is_seen_at_once() {
        let discord = |channel: u64, more: &str| {
            format!(
                r#"{{"t":"MESSAGE_CREATE","s":3,"op":0,"d":{{"type":0,"mentions":[{{"id":"3"}}],"mention_roles":[],"id":"50",
                    "channel_id":"{channel}","guild_id":"9","author":{{"id":"2"}},"content":"\"channel_id\":\"6\""{more}}}}}"#
            )
        };
        for more in [
            "",
            r#","message_reference":{"channel_id":"7","guild_id":"9"},"referenced_message":{"channel_id":"7","mention_roles":[]}"#,
        ] {
            assert_eq!(looks(&discord(7, more)), (true, true), "{more}");
        }
        // A thread, an unknown channel, and what needs a closer look.
        assert_eq!(looks(&discord(6, "")), (false, false));
        assert_eq!(looks(&discord(99, "")), (false, false));
        for (more, foreign) in [
            (r#","message_reference":{"channel_id":"6"}"#, true),
            (
                r#","message_reference":{"channel_id":"99999999999999999999999"}"#,
                true,
            ),
            (r#","nonce":"1""#, true),
            (r#","referenced_message":{"mention_roles":["4"]}"#, true),
            (r#","mentions":[{"id":"\u0031"}]"#, false),
        ] {
            assert_eq!(looks(&discord(7, more)), (false, foreign), "{more}");
        }
    }

    proptest::proptest! {
        /// Whatever is in a frame, and in which order: the first look never says more than the second.
        #[test]
        fn the_first_look_is_never_wrong(
            parts in proptest::collection::vec(proptest::sample::select(&[
                r#""channel_id":"7""#, r#""channel_id":"6""#, r#""guild_id":"9""#, r#""guild_id":"8""#, r#""author":{"id":"2"}"#,
                r#""author":{"id":"1"}"#, r#""mentions":[]"#, r#""mentions":[{"id":"1"}]"#, r#""mentions":[{"id":"\u0031"}]"#,
                r#""mention_roles":[]"#, r#""mention_roles":["5"]"#, r#""mention_roles":["4"]"#,
                r#""referenced_message":{"author":{"id":"1"}}"#, r#""referenced_message":{"channel_id":"7","author":{"id":"3"}}"#,
                r#""message_reference":{"channel_id":"7","guild_id":"9"}"#, r#""content":"\"channel_id\":\"7\"""#,
                r#""content":"<@1>""#,
            ][..]), 0..9),
        ) {
            let frame = format!(r#"{{"t":"MESSAGE_CREATE","s":3,"op":0,"d":{{{}}}}}"#, parts.join(","));
            let (surely, foreign) = looks(&frame);
            let whole = serde_json::from_str::<Frame>(&frame).is_ok_and(|frame| frame.d.guild_id.is_some());
            // What can't be read, and what has no guild although something in it names one, Discord does not write.
            proptest::prop_assert!(foreign || !surely || !whole, "{}", frame);
        }
    }
}
