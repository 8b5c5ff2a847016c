//! The seam between the world and the gateway: every change leaves the world as dispatches, in order, and each
//! says by itself who may see it. Who that is gets decided at the moment of the change, because a moment later a
//! deleted channel could no longer be asked.

use serde_json::Value;

/// One gateway event before it is cut for a session.
#[derive(Debug, Clone)]
pub struct Dispatch {
    /// Discord's name of the event, such as `MESSAGE_CREATE`.
    pub name: &'static str,
    /// The full payload, content included; the gateway strips content for sessions without the intent.
    pub data: Value,
    /// Any of these bits lets a session see it; 0 means always (`INTERACTION_CREATE`).
    pub intents: u64,
    /// The guild that decides the shard; `None` (direct messages) is shard 0.
    pub guild: Option<u64>,
    /// User ids of the bots that may see it: those in the guild who may view the channel, or the one addressed.
    pub recipients: Vec<u64>,
    /// User ids that see content even without the Message Content intent: the author, the mentioned, everyone in
    /// a direct message.
    pub content_for: Vec<u64>,
}

impl Dispatch {
    /// Whether a session of `user` with these intents and this shard gets the event.
    #[must_use]
    pub fn reaches(&self, user: u64, intents: u64, shard: u64, shards: u64) -> bool {
        self.recipients.contains(&user)
            && (self.intents == 0 || self.intents & intents != 0)
            && shard_of(self.guild, shards) == shard
    }
}

/// The shard that sees a guild, of `shards` in all.
#[must_use]
pub fn shard_of(guild: Option<u64>, shards: u64) -> u64 {
    guild.map_or(0, |id| (id >> 22).checked_rem(shards).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_needs_the_right_user_an_intent_and_the_shard() {
        let dispatch = Dispatch {
            name: "TYPING_START",
            data: Value::Null,
            intents: 0b10,
            guild: Some(5 << 22),
            recipients: vec![7],
            content_for: vec![],
        };
        assert!(dispatch.reaches(7, 0b110, 1, 2));
        assert!(!dispatch.reaches(8, 0b110, 1, 2));
        assert!(!dispatch.reaches(7, 0b100, 1, 2));
        assert!(!dispatch.reaches(7, 0b110, 0, 2));
        assert_eq!(shard_of(None, 4), 0);
    }
}
