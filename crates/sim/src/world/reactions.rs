//! Reactions, pins and typing.

use super::{
    Author, Reaction, ReactionEmoji, Refusal, World, intents, json,
    json::message::reaction_emoji_json, permissions as may, posting::put_guild,
};
use serde_json::{Value, json};

/// Pinned messages that a channel holds.
const PIN_LIMIT: usize = 250;
/// Different emojis on one message.
const EMOJI_LIMIT: usize = 20;

impl ReactionEmoji {
    /// Reads an emoji as it stands in a path: `👍` or `name:id`.
    ///
    /// # Errors
    /// 10014 for what is neither.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if let Some((name, id)) = text.rsplit_once(':') {
            let animated = name.starts_with("a:");
            let name = name.trim_start_matches("a:").to_owned();
            return id
                .parse()
                .map(|id| Self::Custom { id, name, animated })
                .map_err(|_| Refusal::unknown_emoji());
        }
        let is_emoji = !text.is_ascii() && !text.chars().any(char::is_alphabetic);
        if is_emoji {
            Ok(Self::Unicode(text.to_owned()))
        } else {
            Err(Refusal::unknown_emoji())
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom { id, .. }, Self::Custom { id: other, .. }) => id == other,
            (Self::Unicode(text), Self::Unicode(other)) => text == other,
            (Self::Custom { .. }, Self::Unicode(_)) | (Self::Unicode(_), Self::Custom { .. }) => {
                false
            }
        }
    }
}

impl World {
    /// `user` puts an emoji on a message.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn react(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        emoji: &ReactionEmoji,
    ) -> Result<(), Refusal> {
        self.require(user, channel, may::READ_MESSAGE_HISTORY)?;
        self.may_wake(user, channel)?;
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        let is_new = !found.reactions.iter().any(|one| one.emoji.is(emoji));
        if is_new {
            self.require(user, channel, may::ADD_REACTIONS)?;
        }
        if is_new && found.reactions.len() >= EMOJI_LIMIT {
            return Err(Refusal::new(
                400,
                30_010,
                "Maximum number of reactions reached (20)",
            ));
        }
        let author = match found.author {
            Author::User(user) => Some(user),
            Author::Webhook { .. } => None,
        };
        let reactions = self
            .messages
            .get_mut(&channel)
            .and_then(|all| all.get_mut(&message))
            .map(|one| &mut one.reactions);
        let Some(reactions) = reactions else {
            return Err(Refusal::unknown_message());
        };
        match reactions.iter_mut().find(|one| one.emoji.is(emoji)) {
            Some(reaction) if reaction.users.contains(&user) => return Ok(()),
            Some(reaction) => reaction.users.push(user),
            None => reactions.push(Reaction {
                emoji: emoji.clone(),
                users: vec![user],
            }),
        }
        let mut data = self.reaction_data(user, channel, message, emoji);
        if let Some(author) = author {
            json::put(&mut data, "message_author_id", json::id(author));
        }
        let guild = self.guild_of(channel);
        let member = guild
            .and_then(|guild| self.guilds.get(&guild)?.members.get(&user))
            .map(|member| self.member_json(member));
        if let Some(member) = member {
            json::put(&mut data, "member", member);
        }
        self.emit_in_channel(
            "MESSAGE_REACTION_ADD",
            data,
            reactions_intent(guild),
            channel,
        );
        Ok(())
    }

    /// `actor` takes `user`'s emoji off a message.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn unreact(
        &mut self,
        actor: u64,
        user: u64,
        channel: u64,
        message: u64,
        emoji: &ReactionEmoji,
    ) -> Result<(), Refusal> {
        self.require(
            actor,
            channel,
            if actor == user {
                may::READ_MESSAGE_HISTORY
            } else {
                may::MANAGE_MESSAGES
            },
        )?;
        let found = self
            .messages
            .get_mut(&channel)
            .and_then(|all| all.get_mut(&message))
            .ok_or_else(Refusal::unknown_message)?;
        let reaction = found
            .reactions
            .iter_mut()
            .find(|one| one.emoji.is(emoji))
            .ok_or_else(Refusal::unknown_emoji)?;
        let before = reaction.users.len();
        reaction.users.retain(|one| *one != user);
        let was_there = reaction.users.len() < before;
        found.reactions.retain(|one| !one.users.is_empty());
        if was_there {
            let data = self.reaction_data(user, channel, message, emoji);
            self.emit_in_channel(
                "MESSAGE_REACTION_REMOVE",
                data,
                reactions_intent(self.guild_of(channel)),
                channel,
            );
        }
        Ok(())
    }

    /// `actor` takes all reactions off a message, or all of one emoji.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn clear_reactions(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        emoji: Option<&ReactionEmoji>,
    ) -> Result<(), Refusal> {
        self.require(actor, channel, may::MANAGE_MESSAGES)?;
        let found = self
            .messages
            .get_mut(&channel)
            .and_then(|all| all.get_mut(&message))
            .ok_or_else(Refusal::unknown_message)?;
        found
            .reactions
            .retain(|one| emoji.is_some_and(|emoji| !one.emoji.is(emoji)));
        let guild = self.guild_of(channel);
        let mut data = json!({ "channel_id": json::id(channel), "message_id": json::id(message) });
        put_guild(&mut data, guild);
        let name = match emoji {
            Some(emoji) => {
                json::put(&mut data, "emoji", reaction_emoji_json(emoji));
                "MESSAGE_REACTION_REMOVE_EMOJI"
            }
            None => "MESSAGE_REACTION_REMOVE_ALL",
        };
        self.emit_in_channel(name, data, reactions_intent(guild), channel);
        Ok(())
    }

    /// Who put this emoji on a message, in order.
    #[must_use]
    pub fn reacted(&self, channel: u64, message: u64, emoji: &ReactionEmoji) -> Vec<u64> {
        let reactions = self
            .message(channel, message)
            .map_or(&[][..], |message| message.reactions.as_slice());
        reactions
            .iter()
            .find(|one| one.emoji.is(emoji))
            .map_or_else(Vec::new, |one| one.users.clone())
    }

    fn reaction_data(&self, user: u64, channel: u64, message: u64, emoji: &ReactionEmoji) -> Value {
        let mut data = json!({
            "user_id": json::id(user), "channel_id": json::id(channel), "message_id": json::id(message),
            "emoji": reaction_emoji_json(emoji), "burst": false, "burst_colors": [], "type": 0,
        });
        put_guild(&mut data, self.guild_of(channel));
        data
    }

    /// `user` is seen typing.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn type_in(&mut self, user: u64, channel: u64) -> Result<(), Refusal> {
        let is_thread = self
            .channels
            .get(&channel)
            .is_some_and(|channel| channel.thread.is_some());
        self.require(
            user,
            channel,
            if is_thread {
                may::SEND_MESSAGES_IN_THREADS
            } else {
                may::SEND_MESSAGES
            },
        )?;
        if self
            .channels
            .get(&channel)
            .is_some_and(|channel| !channel.kind.holds_messages())
        {
            return Err(Refusal::no_text_here());
        }
        let guild = self.guild_of(channel);
        let mut data = json!({ "channel_id": json::id(channel), "user_id": json::id(user),
            "timestamp": self.clock.now_ms() / 1000 });
        put_guild(&mut data, guild);
        let member = guild
            .and_then(|guild| self.guilds.get(&guild)?.members.get(&user))
            .map(|member| self.member_json(member));
        if let Some(member) = member {
            json::put(&mut data, "member", member);
        }
        self.typing.push((self.clock.now_ms(), channel, user));
        let intent = if guild.is_some() {
            intents::GUILD_MESSAGE_TYPING
        } else {
            intents::DIRECT_MESSAGE_TYPING
        };
        self.emit_in_channel("TYPING_START", data, intent, channel);
        Ok(())
    }

    /// Pins a message, or takes the pin out.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn set_pinned(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        pinned: bool,
    ) -> Result<(), Refusal> {
        let in_guild = self.guild_of(channel).is_some();
        let bits = self.permissions(actor, channel);
        self.require(actor, channel, 0)?;
        if in_guild && bits & (may::MANAGE_MESSAGES | may::PIN_MESSAGES) == 0 {
            return Err(Refusal::missing_permissions());
        }
        let now = self.clock.now_ms();
        let held = self.messages.get(&channel).map_or(0, |all| {
            all.values().filter(|one| one.pinned_ms.is_some()).count()
        });
        let found = self
            .messages
            .get_mut(&channel)
            .and_then(|all| all.get_mut(&message))
            .ok_or_else(Refusal::unknown_message)?;
        if found.pinned_ms.is_some() == pinned {
            return Ok(());
        }
        if pinned && held >= PIN_LIMIT {
            return Err(Refusal::too_many_pins());
        }
        found.pinned_ms = pinned.then_some(now);
        if let Some(channel) = self.channels.get_mut(&channel).filter(|_| pinned) {
            channel.last_pin_ms = Some(now);
        }
        self.emit_message("MESSAGE_UPDATE", channel, message);
        let mut data = json!({ "channel_id": json::id(channel), "last_pin_timestamp": json::moment(pinned.then_some(now)) });
        put_guild(&mut data, self.guild_of(channel));
        self.emit_in_channel("CHANNEL_PINS_UPDATE", data, intents::GUILDS, channel);
        Ok(())
    }
}

fn reactions_intent(guild: Option<u64>) -> u64 {
    if guild.is_some() {
        intents::GUILD_MESSAGE_REACTIONS
    } else {
        intents::DIRECT_MESSAGE_REACTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emojis_are_read_as_paths_write_them() {
        assert_eq!(
            ReactionEmoji::parse("👍"),
            Ok(ReactionEmoji::Unicode("👍".to_owned()))
        );
        let custom = ReactionEmoji::Custom {
            id: 41,
            name: "blob".to_owned(),
            animated: false,
        };
        assert_eq!(ReactionEmoji::parse("blob:41"), Ok(custom));
        for wrong in ["ok", "blob:x", ""] {
            assert_eq!(ReactionEmoji::parse(wrong), Err(Refusal::unknown_emoji()));
        }
    }
}
