//! A channel that is read back from Discord, newest page first, until the reach is filled or its beginning is found.

use kaiwa_core::{
    id::{ChannelId, MessageId},
    intake::{self, Decision},
    message::{Incoming, Said},
};

use super::{Wanted, remember};
use crate::{
    app::Rooms,
    catch_up::Changes,
    discord::{
        convert,
        rest::{PAGE, Page},
        wire,
    },
    store::{History, Mark, Reach},
    work::reword,
};

/// How many pages are read back at the most: 2,000 messages fill any window that people pay for.
const PAGES: usize = 20;

/// What a turn has read back so far. If it begins anew meanwhile, it goes on from there, and reads no page twice.
#[derive(Debug, Default)]
pub(crate) struct Pages(Option<Begun>);

#[derive(Debug)]
struct Begun {
    /// The moment before the first page was asked for.
    mark: Mark,
    /// What has changed in the channel since.
    changes: Changes,
    /// The page to be read next.
    next: Page,
    /// How many more may be read.
    left: usize,
    said: Vec<Said>,
    /// The messages of which Discord shows nothing, as without the intent to read them: they are there all the same.
    hidden: Vec<MessageId>,
    bytes: usize,
    /// The pointer to the message that the thread was opened on was among it.
    has_pointer: bool,
}

/// What was read back.
#[derive(Debug)]
pub(super) struct ReadBack {
    /// The moment before.
    pub mark: Mark,
    /// What was said, oldest first.
    pub said: Vec<Said>,
    /// What is there and hidden.
    pub hidden: Vec<MessageId>,
    /// How much of the conversation is known by it.
    pub history: History,
    /// There is more before it.
    pub more: bool,
}

impl Pages {
    /// Reads on to the end; `None` where nothing could be read.
    pub(super) async fn read(
        &mut self,
        rooms: &Rooms,
        wanted: &Wanted,
        channel: ChannelId,
        reach: Reach,
    ) -> Option<ReadBack> {
        // An answer that is made once more may be far back; what came since is not its business, and stays unread.
        let (from, part, whole) = if wanted.is_again {
            let asked = wanted.newest.message.0;
            let from = Page::Before(MessageId(asked.saturating_add(1)));
            (from, History::Unread, History::Unread)
        } else {
            (Page::Latest, History::Partly, History::Whole)
        };
        let begun = self.0.get_or_insert_with(|| Begun {
            mark: rooms.memory.mark(),
            changes: rooms.meanwhile.listen(channel),
            next: from,
            left: PAGES,
            said: Vec::new(),
            hidden: Vec::new(),
            bytes: 0,
            has_pointer: false,
        });
        let (mut history, mut more, mut is_refused) = (part, true, false);
        while begun.left > 0 && begun.bytes <= reach.bytes {
            let messages = match rooms.rest.messages(channel, begun.next, PAGE).await {
                Ok(messages) => messages,
                Err(error) => {
                    tracing::warn!(%channel, %error, "can't read a conversation back from Discord");
                    is_refused = true;
                    break;
                }
            };
            let is_last = messages.len() < usize::from(PAGE);
            let oldest = messages.iter().map(|message| message.id).min();
            let hidden: Vec<MessageId> = messages
                .iter()
                .filter(|message| message.shows_no_text())
                .map(|message| message.id)
                .collect();
            let mut said = Vec::new();
            for message in messages {
                let message = if message.kind == wire::THREAD_STARTER {
                    begun.has_pointer = true;
                    starter(rooms, wanted, message).await
                } else {
                    Some(message)
                };
                said.extend(message.and_then(|message| remember(rooms, wanted, message)));
            }
            // From here on the page is read.
            begun.left -= 1;
            begun.bytes += said.iter().map(|said| said.text.len()).sum::<usize>();
            begun.said.append(&mut said);
            begun.hidden.extend(hidden);
            match oldest {
                Some(oldest) if !is_last => begun.next = Page::Before(oldest),
                Some(_) | None => {
                    (history, more) = (whole, false);
                    break;
                }
            }
        }
        let Begun {
            mark,
            changes,
            mut said,
            hidden,
            has_pointer,
            ..
        } = self.0.take()?;
        if said.is_empty() && is_refused {
            return None;
        }
        said.sort_by_key(|said| said.id);
        said.dedup_by_key(|said| said.id);
        for change in changes.take() {
            follow(rooms, &mut said, change);
        }
        let begins = MessageId(channel.0);
        let is_lacking = said.first().is_some_and(|first| first.id != begins);
        let is_thread = wanted.lead.guild.is_some() && !has_pointer;
        if history == History::Whole && is_lacking && is_thread {
            // A forum post begins with the message that has its id, where nobody has deleted that.
            look(rooms, wanted, (channel, begins)).await;
        }
        Some(ReadBack {
            mark,
            said,
            hidden,
            history,
            more,
        })
    }
}

/// Takes over what has changed since a page was read: the store did not know of what stands there.
fn follow(rooms: &Rooms, read: &mut Vec<Said>, change: Incoming) {
    match intake::decide(change, &rooms.settings) {
        Decision::Edit(said) => drop(reword(read.iter_mut(), &said)),
        Decision::Delete(_, messages) => read.retain(|said| !messages.contains(&said.id)),
        Decision::Ignore(_)
        | Decision::Remember(..)
        | Decision::Answer(..)
        | Decision::Mine(_)
        | Decision::Close(_)
        | Decision::CloseGuild(_)
        | Decision::Press(_) => {}
    }
}

/// The message that a thread was opened on; the thread itself lists only a pointer to it, also where it is gone.
pub(super) async fn starter(
    rooms: &Rooms,
    wanted: &Wanted,
    pointer: wire::Message,
) -> Option<wire::Message> {
    let at = convert::points_at(&pointer);
    let mut starter = match pointer.referenced_message {
        Some(starter) => *starter,
        None => look(rooms, wanted, at?).await?,
    };
    // What that one replies to lies outside of the thread, and so deep Discord does not show it.
    if starter.kind == wire::REPLY
        && starter.referenced_message.is_none()
        && let Some(quoted) = convert::points_at(&starter)
    {
        let quoted = look(rooms, wanted, quoted).await;
        starter.referenced_message = quoted.map(Box::new);
    }
    Some(starter)
}

/// Reads a message that belongs to a conversation. Where it is there no longer, it is forgotten: no page tells that of what lies
/// beyond its ends. What is being answered is not: whoever deletes that now is heard.
async fn look(
    rooms: &Rooms,
    wanted: &Wanted,
    (channel, message): (ChannelId, MessageId),
) -> Option<wire::Message> {
    match Box::pin(rooms.rest.message(channel, message)).await {
        Ok(found) => Some(found),
        Err(error) => {
            if error.is_message_gone() && !wanted.asks(message) {
                let conversation = wanted.lead.conversation;
                rooms.memory.missing(conversation, message).await;
            }
            None
        }
    }
}
