//! The conversations that an earlier process left to be answered.

use std::{collections::HashMap, sync::Arc};

use kaiwa_core::id::{ConversationId, GuildId};

use crate::{app::Rooms, lanes::Signal};

/// What an earlier process left to be answered. It begins where it can be answered: in a guild that is there, with the
/// names of its channels known.
pub(super) struct Waiting(HashMap<Option<GuildId>, Vec<ConversationId>>);

impl Waiting {
    /// All of them.
    pub(super) async fn find(rooms: &Rooms) -> Self {
        let mut waiting: HashMap<_, Vec<_>> = HashMap::new();
        let unfinished = rooms.memory.unfinished().await;
        rooms
            .memory
            .left_waiting(unfinished.iter().map(|(conversation, _)| *conversation));
        for (conversation, guild) in unfinished {
            waiting.entry(guild).or_default().push(conversation);
        }
        Self(waiting)
    }

    /// Those of a guild, or of direct messages, which wait no longer.
    pub(super) fn take(&mut self, guild: Option<GuildId>) -> Vec<ConversationId> {
        self.0.remove(&guild).unwrap_or_default()
    }

    /// They begin.
    pub(super) fn begin(&mut self, rooms: &Arc<Rooms>, guild: Option<GuildId>) {
        for conversation in self.take(guild) {
            rooms.signal(conversation, Signal::Asked);
        }
    }
}
