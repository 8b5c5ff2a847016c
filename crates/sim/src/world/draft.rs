//! A message before it is posted, and whom it may ping.

use super::{InteractionTrace, World, permissions};
use serde_json::Value;

/// Everything that one message is made of.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Text; surrounding white space is dropped.
    pub content: String,
    /// Embeds, as JSON.
    pub embeds: Vec<Value>,
    /// Components, as JSON.
    pub components: Vec<Value>,
    /// Stickers, as JSON `{id, name, format_type}`.
    pub stickers: Vec<Value>,
    /// Files.
    pub files: Vec<Upload>,
    /// The message that it answers.
    pub reply_to: Option<ReplyTo>,
    /// Whom it may ping.
    pub allowed: AllowedMentions,
    /// What the sender gave to know it again.
    pub nonce: Option<Value>,
    /// Whether a message with the same nonce is returned in place of a new one.
    pub enforce_nonce: bool,
    /// Whether it is read aloud.
    pub tts: bool,
    /// Bits of [`super::flags`].
    pub flags: u64,
    /// The interaction that it answers.
    pub interaction: Option<InteractionTrace>,
    /// The message's type, where it is not an ordinary one.
    pub kind: Option<u8>,
    /// The only person who will see it.
    pub only_for: Option<u64>,
    /// Application that writes it.
    pub application: Option<u64>,
}

/// The message that a draft answers.
#[derive(Debug, Clone, Copy)]
pub struct ReplyTo {
    /// Its id.
    pub message: u64,
    /// Whether the draft is refused if it is gone.
    pub must_exist: bool,
}

/// One file that comes with a draft.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// File name.
    pub filename: String,
    /// MIME type, guessed from the name where the sender gave none.
    pub content_type: Option<String>,
    /// Content.
    pub bytes: Vec<u8>,
    /// Alternative text.
    pub description: Option<String>,
    /// Seconds of speech.
    pub duration_seconds: Option<f64>,
    /// Loudness of speech, base64.
    pub waveform: Option<String>,
}

/// Whom a text may ping. <https://docs.discord.com/developers/resources/message#allowed-mentions-object>
#[derive(Debug, Clone, Default)]
pub enum AllowedMentions {
    /// Everything in the text, and the author of the message that is answered.
    #[default]
    Everything,
    /// Only this.
    Only {
        /// `@everyone` and `@here`.
        everyone: bool,
        /// Users.
        users: Allowed,
        /// Roles.
        roles: Allowed,
        /// The author of the message that is answered.
        replied_user: bool,
    },
}

/// Which of the mentions in a text count.
#[derive(Debug, Clone)]
pub enum Allowed {
    /// All.
    All,
    /// These ids, if the text names them; none for an empty list.
    These(Vec<u64>),
}

impl AllowedMentions {
    /// Nobody at all.
    #[must_use]
    pub fn nobody() -> Self {
        Self::Only {
            everyone: false,
            users: Allowed::These(vec![]),
            roles: Allowed::These(vec![]),
            replied_user: false,
        }
    }

    fn everyone(&self) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { everyone, .. } => *everyone,
        }
    }

    fn user(&self, user: u64) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { users, .. } => users.has(user),
        }
    }

    fn role(&self, role: u64) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { roles, .. } => roles.has(role),
        }
    }

    fn replied_user(&self) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { replied_user, .. } => *replied_user,
        }
    }
}

impl Allowed {
    fn has(&self, id: u64) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

/// Whom a message pings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pinged {
    /// Users, in the order of the text, the answered author last.
    pub users: Vec<u64>,
    /// Roles.
    pub roles: Vec<u64>,
    /// Everyone.
    pub everyone: bool,
}

/// The ids in `<@1>`, `<@!1>` or `<@&1>`, by the sign between `<` and the number.
fn named<'a>(text: &'a str, signs: &'a [&'a str]) -> impl Iterator<Item = u64> + 'a {
    text.split('<').skip(1).filter_map(move |part| {
        let (inside, _) = part.split_once('>')?;
        let digits = signs.iter().find_map(|sign| {
            inside
                .strip_prefix(sign)
                .filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        })?;
        digits.parse().ok()
    })
}

/// A text without its code, in which nothing is a mention.
fn without_code(text: &str) -> String {
    let ticks = |text: &str| text.bytes().take_while(|byte| *byte == b'`').count();
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, code)) = rest.find('`').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let fence = ticks(code);
        let mut end = fence;
        let closed = loop {
            let Some(at) = code.get(end..).and_then(|inside| inside.find('`')) else {
                break false;
            };
            let run = code.get(end + at..).map_or(0, ticks);
            end += at + run;
            if run == fence {
                break true;
            }
        };
        rest = code
            .get(if closed { end } else { fence }..)
            .unwrap_or_default();
    }
    out + rest
}

impl World {
    /// Whom a text by `author` in `channel` pings, given what it may.
    #[must_use]
    pub fn pinged(
        &self,
        author: u64,
        channel: u64,
        text: &str,
        allowed: &AllowedMentions,
        answered: Option<u64>,
    ) -> Pinged {
        let mut pinged = Pinged::default();
        let text = &without_code(text);
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let may_ping_all = self.permissions(author, channel) & permissions::MENTION_EVERYONE != 0;
        for user in named(text, &["@!", "@"]) {
            if self.users.contains_key(&user) && allowed.user(user) && !pinged.users.contains(&user)
            {
                pinged.users.push(user);
            }
        }
        if let Some(user) =
            answered.filter(|user| allowed.replied_user() && self.users.contains_key(user))
            && !pinged.users.contains(&user)
        {
            pinged.users.push(user);
        }
        if let Some(guild) = guild.and_then(|id| self.guilds.get(&id)) {
            for id in named(text, &["@&"]) {
                let pingable = guild
                    .roles
                    .get(&id)
                    .is_some_and(|role| role.mentionable || may_ping_all);
                if pingable && allowed.role(id) && !pinged.roles.contains(&id) {
                    pinged.roles.push(id);
                }
            }
            pinged.everyone = may_ping_all
                && allowed.everyone()
                && (text.contains("@everyone") || text.contains("@here"));
        }
        pinged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_allowed_pings() {
        let world = World::default();
        let (ada, ben) = (
            world.user_named("ada").unwrap().id,
            world.user_named("ben").unwrap().id,
        );
        let general = world.channel_named("general").unwrap().id;
        let text = format!("<@{ada}> <@!{ben}> <@{ada}> <@99> @everyone");
        let ping = |author, allowed: &AllowedMentions, answered| {
            world.pinged(author, general, &text, allowed, answered)
        };
        let owner = ping(ada, &AllowedMentions::Everything, None);
        assert_eq!(
            owner,
            Pinged {
                users: vec![ada, ben],
                roles: vec![],
                everyone: true
            }
        );
        assert!(
            !ping(ben, &AllowedMentions::Everything, None).everyone,
            "ben may not ping everyone"
        );
        assert_eq!(
            ping(ada, &AllowedMentions::nobody(), Some(ben)),
            Pinged::default()
        );
        let some = AllowedMentions::Only {
            everyone: false,
            users: Allowed::These(vec![ben]),
            roles: Allowed::All,
            replied_user: true,
        };
        assert_eq!(ping(ada, &some, Some(ada)).users, vec![ben, ada]);
    }

    #[test]
    fn code_pings_nobody() {
        for (text, outside) in [
            ("a `<@1>` b", "a  b"),
            ("```\n<@1> ` <@2>\n```<@3>", "<@3>"),
            ("an open ` <@1>", "an open  <@1>"),
            ("``<@1>` <@2>``", ""),
        ] {
            assert_eq!(without_code(text), outside);
        }
    }
}
