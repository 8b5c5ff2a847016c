//! People, bots and applications.

use std::collections::BTreeSet;

/// `applications/@me` flag: the Message Content intent is switched on for a bot in fewer than 100 guilds.
pub const FLAG_MESSAGE_CONTENT_LIMITED: u64 = 1 << 19;
/// `applications/@me` flag: the Message Content intent is approved for a big bot.
pub const FLAG_MESSAGE_CONTENT: u64 = 1 << 18;
/// `applications/@me` flag: the Guild Members intent is switched on.
pub const FLAG_GUILD_MEMBERS_LIMITED: u64 = 1 << 15;
/// `applications/@me` flag: the Presence intent is switched on.
pub const FLAG_PRESENCE_LIMITED: u64 = 1 << 13;

/// One account, a person's or a bot's.
#[derive(Debug, Clone)]
pub struct User {
    /// Id.
    pub id: u64,
    /// Unique lower-case name.
    pub name: String,
    /// The name that people see.
    pub global_name: Option<String>,
    /// Hash of the avatar; the CDN draws one for any hash.
    pub avatar: Option<String>,
    /// Whether the account is a bot's.
    pub bot: bool,
    /// Whether a person takes direct messages from bots; if not they get 50007.
    pub takes_direct_messages: bool,
    /// Language that interactions carry, as `en-US` or `ja`.
    pub locale: String,
}

/// A bot's application and its secret.
#[derive(Debug, Clone)]
pub struct Bot {
    /// The bot's user, and the application too: new applications share one id.
    pub user: u64,
    /// What follows `Bot ` in the Authorization header.
    pub token: String,
    /// The application's flags; the privileged intents are switches here.
    pub flags: u64,
    /// The application's description.
    pub description: String,
    /// The person who made it.
    pub owner: u64,
    /// Ids of guilds that are down for it: sent as unavailable and answered with 50001.
    pub unavailable: BTreeSet<u64>,
}

impl Bot {
    /// Whether the Message Content switch is on.
    #[must_use]
    pub fn reads_content(&self) -> bool {
        self.flags & (FLAG_MESSAGE_CONTENT | FLAG_MESSAGE_CONTENT_LIMITED) != 0
    }

    /// Turns the Message Content switch on or off.
    pub fn set_message_content(&mut self, on: bool) {
        self.flags &= !(FLAG_MESSAGE_CONTENT | FLAG_MESSAGE_CONTENT_LIMITED);
        if on {
            self.flags |= FLAG_MESSAGE_CONTENT_LIMITED;
        }
    }
}
