//! What people do, said as a test would say it. Everything goes through the same rules and leaves the same
//! dispatches as on Discord; what a person may not do is refused as it would be.

use super::{
    Allowed, AllowedMentions, Author, Change, ChannelKind, Draft, NewThread, ReactionEmoji,
    Refusal, ReplyTo, ThreadChange, Upload, World,
};

/// Something a person says.
#[derive(Debug, Clone, Default)]
pub struct Saying {
    /// Text; `@name` becomes a mention, `#name` a channel.
    pub content: String,
    /// The message that it answers, and whether its author is pinged.
    pub reply_to: Option<(u64, bool)>,
    /// Files.
    pub files: Vec<Upload>,
}

impl From<&str> for Saying {
    fn from(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            ..Self::default()
        }
    }
}

impl Saying {
    /// As an answer to `message`, its author pinged.
    #[must_use]
    pub fn replying(mut self, message: u64) -> Self {
        self.reply_to = Some((message, true));
        self
    }

    /// As an answer to `message`, its author not pinged.
    #[must_use]
    pub fn replying_quietly(mut self, message: u64) -> Self {
        self.reply_to = Some((message, false));
        self
    }

    /// With a file.
    #[must_use]
    pub fn with_file(mut self, filename: &str, bytes: &[u8]) -> Self {
        self.files.push(Upload {
            filename: filename.to_owned(),
            bytes: bytes.to_vec(),
            ..Upload::default()
        });
        self
    }
}

impl World {
    /// `user` says something in a channel, a thread or a direct message; the message's id is returned.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn say(
        &mut self,
        user: u64,
        channel: u64,
        saying: impl Into<Saying>,
    ) -> Result<u64, Refusal> {
        let draft = self.draft_of(channel, saying.into());
        self.post(Author::User(user), channel, draft)
    }

    /// `user` says something to another user in private; channel and message are returned.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn say_privately(
        &mut self,
        user: u64,
        to: u64,
        saying: impl Into<Saying>,
    ) -> Result<(u64, u64), Refusal> {
        let channel = self.open_direct_message(user, to)?;
        self.say(user, channel, saying)
            .map(|message| (channel, message))
    }

    /// `user` begins a post in a forum; its id is the thread's and the first message's.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn begin_post(
        &mut self,
        user: u64,
        forum: u64,
        title: &str,
        saying: impl Into<Saying>,
    ) -> Result<u64, Refusal> {
        let starter = Some(self.draft_of(forum, saying.into()));
        self.open_thread(
            user,
            forum,
            NewThread {
                name: title.to_owned(),
                starter,
                ..NewThread::default()
            },
        )
    }

    /// `user` opens a thread on a message, or in a channel without one.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn begin_thread(
        &mut self,
        user: u64,
        channel: u64,
        message: Option<u64>,
        name: &str,
    ) -> Result<u64, Refusal> {
        let new = NewThread {
            name: name.to_owned(),
            ..NewThread::default()
        };
        match message {
            Some(message) => self.open_thread_on(user, channel, message, new),
            None => self.open_thread(user, channel, new),
        }
    }

    /// `user` changes the text of an own message.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn rewrite(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        content: &str,
    ) -> Result<(), Refusal> {
        let content = self.with_names(channel, content);
        self.edit(
            user,
            channel,
            message,
            Change {
                content: Some(content),
                ..Change::default()
            },
        )
    }

    /// `user` reacts with an emoji, written as `👍` or `name:id`.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn react_with(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        emoji: &str,
    ) -> Result<(), Refusal> {
        self.react(user, channel, message, &ReactionEmoji::parse(emoji)?)
    }

    /// `user` takes an own reaction back.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn take_reaction_back(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        emoji: &str,
    ) -> Result<(), Refusal> {
        self.unreact(user, user, channel, message, &ReactionEmoji::parse(emoji)?)
    }

    /// `user` lets a thread rest, or wakes it.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn set_archived(&mut self, user: u64, thread: u64, archived: bool) -> Result<(), Refusal> {
        self.change_thread(
            user,
            thread,
            ThreadChange {
                archived: Some(archived),
                ..ThreadChange::default()
            },
        )
    }

    /// `user` locks a thread, or unlocks it.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn set_locked(&mut self, user: u64, thread: u64, locked: bool) -> Result<(), Refusal> {
        self.change_thread(
            user,
            thread,
            ThreadChange {
                locked: Some(locked),
                ..ThreadChange::default()
            },
        )
    }

    /// `user` gives a thread or a channel another name.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn rename(&mut self, user: u64, channel: u64, name: &str) -> Result<(), Refusal> {
        let is_thread = self
            .channels
            .get(&channel)
            .is_some_and(|channel| channel.thread.is_some());
        if is_thread {
            return self.change_thread(
                user,
                channel,
                ThreadChange {
                    name: Some(name.to_owned()),
                    ..ThreadChange::default()
                },
            );
        }
        self.change_channel(
            user,
            channel,
            super::ChannelChange {
                name: Some(name.to_owned()),
                ..Default::default()
            },
        )
    }

    /// A channel's conversation as readable lines, oldest first: `ada: hello`.
    #[must_use]
    pub fn transcript(&self, channel: u64) -> String {
        let mut text = String::new();
        for message in self
            .messages
            .get(&channel)
            .into_iter()
            .flat_map(|messages| messages.values())
        {
            let name = match &message.author {
                Author::User(user) => self.users.get(user).map_or("?", |user| user.name.as_str()),
                Author::Webhook { name, .. } => name,
            };
            let files = message
                .attachments
                .iter()
                .fold(String::new(), |names, file| {
                    format!("{names} [{}]", file.filename)
                });
            let marks = if message.edited_ms.is_some() {
                " (edited)"
            } else {
                ""
            };
            text.push_str(&format!("{name}{marks}: {}{files}\n", message.content));
        }
        text
    }

    fn draft_of(&self, channel: u64, saying: Saying) -> Draft {
        let allowed = match saying.reply_to {
            Some((_, false)) => AllowedMentions::Only {
                everyone: true,
                users: Allowed::All,
                roles: Allowed::All,
                replied_user: false,
            },
            Some((_, true)) | None => AllowedMentions::Everything,
        };
        Draft {
            content: self.with_names(channel, &saying.content),
            files: saying.files,
            reply_to: saying.reply_to.map(|(message, _)| ReplyTo {
                message,
                must_exist: false,
            }),
            allowed,
            ..Draft::default()
        }
    }

    /// Turns `@name` into mentions and `#name` into channels, as Discord's client does while one types.
    #[must_use]
    pub fn with_names(&self, channel: u64, text: &str) -> String {
        let guild = self
            .guild_of(channel)
            .and_then(|guild| self.guilds.get(&guild));
        let mut names: Vec<(String, String)> = Vec::new();
        for user in self.users.values() {
            let is_here = guild.is_none_or(|guild| guild.members.contains_key(&user.id));
            if is_here {
                names.push((format!("@{}", user.name), format!("<@{}>", user.id)));
            }
        }
        for role in guild
            .into_iter()
            .flat_map(|guild| guild.roles.values())
            .filter(|role| role.mentionable)
        {
            names.push((format!("@{}", role.name), format!("<@&{}>", role.id)));
        }
        for id in guild.into_iter().flat_map(|guild| &guild.channels) {
            let Some(channel) = self
                .channels
                .get(id)
                .filter(|one| one.kind != ChannelKind::Category)
            else {
                continue;
            };
            names.push((format!("#{}", channel.name), format!("<#{id}>")));
        }
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        replace_names(text, &names)
    }
}

fn replace_names(text: &str, names: &[(String, String)]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let is_word = |one: char| one.is_alphanumeric() || one == '_';
        let found = (!after_word).then(|| {
            names.iter().find(|(name, _)| {
                rest.strip_prefix(name.as_str()).is_some_and(|after| {
                    !after.starts_with(|one: char| one.is_ascii_alphanumeric() || one == '_')
                })
            })
        });
        if let Some(Some((name, mention))) = found {
            result.push_str(mention);
            rest = rest.get(name.len()..).unwrap_or_default();
            after_word = false;
        } else {
            result.push(first);
            after_word = is_word(first) || first == '<';
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_mentions_and_addresses_stay() {
        let world = World::default();
        let kaiwa = world.user_named("kaiwa").unwrap().id;
        let general = world.channel_named("general").unwrap().id;
        for (typed, sent) in [
            ("@kaiwa hello", format!("<@{kaiwa}> hello")),
            ("hi @kaiwa、元気?", format!("hi <@{kaiwa}>、元気?")),
            ("see #general", format!("see <#{general}>")),
            (
                "me@kaiwa.example and @kaiwabot",
                "me@kaiwa.example and @kaiwabot".to_owned(),
            ),
            ("<@1> @everyone", "<@1> @everyone".to_owned()),
        ] {
            assert_eq!(world.with_names(general, typed), sent);
        }
    }
}
