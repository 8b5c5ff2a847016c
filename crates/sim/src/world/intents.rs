//! The bits a gateway session asks for. <https://docs.discord.com/developers/events/gateway#gateway-intents>

/// Guilds, roles, channels and threads.
pub const GUILDS: u64 = 1;
/// Members that join, change and leave (privileged).
pub const GUILD_MEMBERS: u64 = 1 << 1;
/// Bans and the audit log.
pub const GUILD_MODERATION: u64 = 1 << 2;
/// Emojis, stickers and sounds.
pub const GUILD_EXPRESSIONS: u64 = 1 << 3;
/// Integrations.
pub const GUILD_INTEGRATIONS: u64 = 1 << 4;
/// Webhooks of channels.
pub const GUILD_WEBHOOKS: u64 = 1 << 5;
/// Presences (privileged).
pub const GUILD_PRESENCES: u64 = 1 << 8;
/// Messages in guilds.
pub const GUILD_MESSAGES: u64 = 1 << 9;
/// Reactions in guilds.
pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
/// Typing in guilds.
pub const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
/// Direct messages.
pub const DIRECT_MESSAGES: u64 = 1 << 12;
/// Reactions in direct messages.
pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
/// Typing in direct messages.
pub const DIRECT_MESSAGE_TYPING: u64 = 1 << 14;
/// What people write (privileged); it carries no events of its own.
pub const MESSAGE_CONTENT: u64 = 1 << 15;
/// Every bit that exists; any other closes the session with 4013.
pub const ALL: u64 = 0x1_FFFF | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);
