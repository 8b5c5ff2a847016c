//! Channels of every kind: text, voice, forums, threads and direct messages.

use super::time::Millis;
use std::collections::BTreeMap;

/// What sort of channel it is. <https://docs.discord.com/developers/resources/channel#channel-object-channel-types>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Text in a guild.
    Text,
    /// Two people.
    DirectMessage,
    /// Voice, with a chat of its own.
    Voice,
    /// A few people.
    GroupDirectMessage,
    /// Holds other channels.
    Category,
    /// Text whose messages can be published elsewhere.
    Announcement,
    /// Thread in an announcement channel.
    AnnouncementThread,
    /// Thread that everyone in its parent sees.
    PublicThread,
    /// Thread for those invited.
    PrivateThread,
    /// Voice with speakers and listeners.
    Stage,
    /// Only threads, each begun by a post.
    Forum,
    /// A forum of pictures.
    Media,
}

impl ChannelKind {
    const NUMBERS: [(Self, u8); 12] = [
        (Self::Text, 0),
        (Self::DirectMessage, 1),
        (Self::Voice, 2),
        (Self::GroupDirectMessage, 3),
        (Self::Category, 4),
        (Self::Announcement, 5),
        (Self::AnnouncementThread, 10),
        (Self::PublicThread, 11),
        (Self::PrivateThread, 12),
        (Self::Stage, 13),
        (Self::Forum, 15),
        (Self::Media, 16),
    ];

    /// Discord's number.
    #[must_use]
    pub fn number(self) -> u8 {
        Self::NUMBERS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, number)| *number)
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::NUMBERS
            .iter()
            .find(|(_, known)| u64::from(*known) == number)
            .map(|(kind, _)| *kind)
    }

    /// Whether it is a thread of any kind.
    #[must_use]
    pub fn is_thread(self) -> bool {
        matches!(
            self,
            Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread
        )
    }

    /// Whether messages can be posted in it.
    #[must_use]
    pub fn holds_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Forum | Self::Media)
    }

    /// Whether its threads begin with a post.
    #[must_use]
    pub fn is_forum(self) -> bool {
        matches!(self, Self::Forum | Self::Media)
    }
}

/// One channel, thread or direct message.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Id.
    pub id: u64,
    /// Guild, none for direct messages.
    pub guild: Option<u64>,
    /// Kind.
    pub kind: ChannelKind,
    /// Name; empty for direct messages.
    pub name: String,
    /// Topic.
    pub topic: Option<String>,
    /// Place in the list.
    pub position: u32,
    /// Category of a channel, or the channel that a thread belongs to.
    pub parent: Option<u64>,
    /// Overwrites; threads have none of their own.
    pub overwrites: Vec<Overwrite>,
    /// Whether it is age-restricted.
    pub nsfw: bool,
    /// Seconds between two messages of one person.
    pub slowmode_seconds: u32,
    /// Minutes of silence after which its threads are archived.
    pub default_auto_archive_minutes: u32,
    /// Tags that posts can carry (forums).
    pub tags: Vec<ForumTag>,
    /// Tags that this post carries (threads in forums).
    pub applied_tags: Vec<u64>,
    /// Everyone in a direct message.
    pub recipients: Vec<u64>,
    /// The newest message ever posted, even if deleted since.
    pub last_message: Option<u64>,
    /// When a message was last pinned.
    pub last_pin_ms: Option<Millis>,
    /// What only threads have.
    pub thread: Option<Thread>,
}

/// What a thread has beyond a channel.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Who opened it.
    pub owner: u64,
    /// Whether it rests; a message wakes it.
    pub archived: bool,
    /// Whether only moderators may wake it.
    pub locked: bool,
    /// Minutes of silence until it rests.
    pub auto_archive_minutes: u32,
    /// When `archived` was last changed.
    pub archive_changed_ms: Millis,
    /// Whether people who are not moderators may bring others in (private threads).
    pub invitable: bool,
    /// Messages now in it, without the starter and deleted ones.
    pub message_count: u64,
    /// Messages ever sent in it.
    pub total_sent: u64,
    /// Who is in it, and since when.
    pub members: BTreeMap<u64, Millis>,
    /// Channel flags (pinned in a forum: 2).
    pub flags: u64,
}

/// One exception from what roles grant.
#[derive(Debug, Clone)]
pub struct Overwrite {
    /// Role or user id.
    pub id: u64,
    /// Which of both.
    pub kind: OverwriteKind,
    /// Bits given.
    pub allow: u64,
    /// Bits taken.
    pub deny: u64,
}

/// Whom an overwrite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverwriteKind {
    /// Everyone with a role.
    Role,
    /// One member.
    Member,
}

/// One tag of a forum.
#[derive(Debug, Clone)]
pub struct ForumTag {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Whether only moderators may use it.
    pub moderated: bool,
}
