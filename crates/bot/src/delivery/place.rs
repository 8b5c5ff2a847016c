//! Where an answer goes: a thread that is opened for it, the channel where it was asked, or a reply.

use kaiwa_core::{
    error::TurnError,
    id::{ChannelId, GuildId, MessageId},
    message::{self, Ask, Home},
    reply::{Act, Formula, Outcome, Picture, Want, WantKind},
    words::conversation::{GoOn, NoThread, missing_permission, no_thread},
};

use super::{Lost, Stage, buttons, stage::Asked, waits::Outage};
use crate::{
    app::Rooms,
    discord::rest::{Attached, EditMessage, File, NewMessage, Permit, RestError, Route, Started},
    store::Settled,
};

/// Discord's code for a message that is not there. Source: "JSON Error Codes".
const UNKNOWN_MESSAGE: u64 = 10_008;

/// Discord refuses without saying what for: that a message or a right is missing always has a code.
const NO_CODE: u64 = 0;

/// The name of a picture of formulas.
const PICTURE: &str = "formulas.png";

/// The same where a spoiler hides any of them: Discord hides what is called so. Source: "Uploading Files".
const HIDDEN_PICTURE: &str = "SPOILER_formulas.png";

/// Whether a file of a message of the bot is a picture of formulas.
pub(crate) fn is_picture(name: &str) -> bool {
    [PICTURE, HIDDEN_PICTURE].contains(&name)
}

/// What the file is called that holds an answer which messages alone would be too many for.
pub(super) const WHOLE_ANSWER: &str = "answer.md";

/// Where the answer goes, once that is settled.
pub(super) struct Place {
    pub(super) channel: ChannelId,
    /// Messages there are replies to the newest question.
    replies: bool,
    /// Where the question was asked, while the answer can still move there.
    retreat: Option<ChannelId>,
}

/// Why something could not be sent.
pub(super) enum Refused {
    /// The bot may not write there.
    Place(&'static str),
    /// It may not send files there.
    File,
    /// The message is old, and was edited too often for now.
    Old,
    /// The thread was closed, or has gone to rest.
    Archived,
    /// Discord can't be reached. It may have been done or not.
    Unreachable,
    /// Discord doesn't take what was sent.
    Words {
        /// The HTTP status.
        status: u16,
        /// Discord's code, or [`NO_CODE`].
        code: u64,
    },
    /// Nothing can be sent at all.
    Turn(TurnError),
}

/// How people go on where a question is answered, the thread that it opens included: without a mention they are heard in
/// direct messages and in the bot's own threads, where it may read what is said.
pub(super) fn go_on(rooms: &Rooms, ask: &Ask) -> GoOn {
    match ask.home {
        Home::Channel { .. } if ask.guild.is_none() => GoOn::JustWrite,
        Home::Channel { channel, .. } => in_thread(rooms, ask.guild, channel),
        Home::NewThread { .. } if rooms.settings.message_content => GoOn::JustWrite,
        Home::NewThread { .. } | Home::Chain { .. } => GoOn::ReplyOrMention,
    }
}

/// The same of a thread that was there before.
fn in_thread(rooms: &Rooms, guild: Option<GuildId>, thread: ChannelId) -> GoOn {
    let place = guild.and_then(|guild| rooms.reader.directory().place(guild, thread));
    let is_ours = matches!(place, Some(message::Place::Thread { ours: true, .. }));
    if is_ours && rooms.settings.message_content {
        GoOn::JustWrite
    } else {
        GoOn::ReplyOrMention
    }
}

impl Place {
    /// Opens the thread that the answer is to be in, or finds out where else it goes.
    pub(super) async fn open(
        rooms: &Rooms,
        stage: &Stage,
        outage: &mut Outage,
    ) -> Result<Self, Lost> {
        let (parent, name) = match &stage.lead.home {
            Home::Channel { channel, .. } => {
                stage.place(go_on(rooms, &stage.lead));
                return Ok(Self::fixed(*channel, false));
            }
            Home::Chain { channel, .. } => {
                stage.place(GoOn::ReplyOrMention);
                return Ok(Self::fixed(*channel, true));
            }
            Home::NewThread { parent, name } => (*parent, name),
        };
        let why = match Self::start_thread(rooms, stage, outage, parent, name).await? {
            Ok(started) => {
                let thread = started.channel();
                let (settled, go_on) = match started {
                    Started::New { name, .. } => {
                        let untitled = Some(name).filter(|_| rooms.settings.thread_titles);
                        (
                            Settled::Opened { thread, untitled },
                            go_on(rooms, &stage.lead),
                        )
                    }
                    Started::Existed(_) => {
                        let go_on = in_thread(rooms, stage.lead.guild, thread);
                        (Settled::Joined { thread }, go_on)
                    }
                };
                let conversation = stage.lead.conversation;
                rooms
                    .memory
                    .settle(conversation, stage.fence(), settled)
                    .await;
                stage.place(go_on);
                return Ok(Self {
                    retreat: Some(parent),
                    ..Self::fixed(thread, false)
                });
            }
            Err(RestError::Forbidden { .. }) => NoThread::NotAllowed,
            Err(RestError::TooManyThreads) => NoThread::TooMany,
            Err(RestError::NotFound { code }) if code != NO_CODE => {
                return Err(Lost::Failed(TurnError::Gone));
            }
            Err(error) => {
                tracing::warn!(channel = %parent, %error, "can't open a thread; answering as a reply");
                NoThread::Refused
            }
        };
        if rooms.first_time(parent, why) {
            stage.remark(no_thread(stage.lead.locale, why), rooms.now());
        }
        let mut place = Self::fixed(parent, true);
        place.settle_as_chain(rooms, stage).await;
        Ok(place)
    }

    /// Opens a thread on the question, as soon as Discord can be reached. What Discord can't do although it answers, it can't
    /// do later.
    async fn start_thread(
        rooms: &Rooms,
        stage: &Stage,
        outage: &mut Outage,
        parent: ChannelId,
        name: &str,
    ) -> Result<Result<Started, RestError>, Lost> {
        let question = stage.lead.message;
        let mut is_reached = false;
        loop {
            let started = rooms.rest.start_thread(parent, question, name).await;
            let is_unavailable = matches!(started, Err(RestError::Unavailable { .. }));
            if !is_unavailable || is_reached {
                outage.over();
                return Ok(started);
            }
            let read = rooms.rest.message(parent, question).await;
            is_reached = !matches!(read, Err(RestError::Unavailable { .. }));
            if !is_reached {
                outage.wait(stage).await?;
            }
        }
    }

    fn fixed(channel: ChannelId, replies: bool) -> Self {
        Self {
            channel,
            replies,
            retreat: None,
        }
    }

    async fn settle_as_chain(&mut self, rooms: &Rooms, stage: &Stage) {
        let (channel, conversation) = (self.channel, stage.lead.conversation);
        rooms
            .memory
            .settle(conversation, stage.fence(), Settled::Chain { channel })
            .await;
        stage.place(GoOn::ReplyOrMention);
    }

    /// Something of the answer is here now, so that all of it comes here.
    pub(super) fn stay(&mut self) {
        self.retreat = None;
    }

    /// The bot may open a thread but not write in it: the answer goes to where the question was asked.
    pub(super) async fn retreat(&mut self, rooms: &Rooms, stage: &Stage, permission: &'static str) {
        let Some(parent) = self.retreat.take() else {
            return;
        };
        *self = Self::fixed(parent, true);
        self.settle_as_chain(rooms, stage).await;
        if rooms.first_time(parent, NoThread::NotAllowed) {
            stage.remark(
                missing_permission(stage.lead.locale, permission),
                rooms.now(),
            );
        }
    }

    /// The answer can still move to where it was asked.
    pub(super) fn may_retreat(&self) -> bool {
        self.retreat.is_some()
    }

    /// The question that the answer replies to. What the store does not keep does so wherever it can: by that alone a later
    /// process knows that it was answered.
    fn reply_to(&self, stage: &Stage) -> Option<MessageId> {
        let Asked { message, channel } = stage.newest();
        // The question that a thread was opened on is not in it.
        let is_here = channel == self.channel && message.0 != channel.0;
        (self.replies || is_here && !stage.is_kept()).then_some(message)
    }

    pub(super) fn route(&self, want: &Want) -> Route {
        match want.kind {
            WantKind::Create => Route::CreateMessage(self.channel),
            WantKind::Edit(_) => Route::EditMessage(self.channel),
            WantKind::Delete(_) => Route::DeleteMessage(self.channel),
            WantKind::Find => Route::Messages(self.channel),
        }
    }

    pub(super) async fn send(
        &self,
        rooms: &Rooms,
        stage: &Stage,
        act: Act,
        permit: Option<Permit>,
    ) -> Result<Outcome, Refused> {
        let is_create = matches!(act, Act::Create { .. });
        let mut is_file = false;
        let sent = match act {
            Act::Create {
                part,
                content,
                file,
                buttons,
                formulas,
            } => {
                let mut files: Vec<File> = file.into_iter().map(whole_answer).collect();
                files.extend(drawn(rooms, formulas).await);
                is_file = !files.is_empty();
                let words = content.trim().to_owned();
                let message = NewMessage {
                    channel: self.channel,
                    content,
                    reply_to: if stage.has_messages() {
                        None
                    } else {
                        self.reply_to(stage)
                    },
                    nonce: nonce(stage.lead.message, part),
                    files,
                    buttons: buttons::labelled(buttons, stage.answer(), stage.lead.locale),
                };
                let created = rooms.rest.create_message(message, permit).await;
                created.map(|message| match message.content {
                    // The nonce has brought back what an earlier process posted.
                    Some(content) if content.trim() != words => Outcome::Found(message.id),
                    Some(_) | None => Outcome::Created(message.id),
                })
            }
            Act::Edit {
                message,
                content,
                buttons,
                picture,
                ..
            } => {
                let buttons = buttons
                    .map(|buttons| buttons::labelled(buttons, stage.answer(), stage.lead.locale));
                let attached = match picture {
                    Picture::Stays => Attached::Stays,
                    Picture::Becomes(formulas) => {
                        let files = drawn(rooms, formulas).await;
                        is_file = files.is_some();
                        Attached::Becomes(files.into_iter().collect())
                    }
                    Picture::File(text) => {
                        is_file = true;
                        Attached::Becomes(vec![whole_answer(text)])
                    }
                };
                let edit = EditMessage {
                    channel: self.channel,
                    message,
                    content,
                    buttons,
                    attached,
                };
                let edited = rooms.rest.edit_message(edit, permit).await;
                edited.map(|_| Outcome::Edited)
            }
            Act::Delete { message, .. } => {
                rooms.memory.leaves(message).await;
                let deleted = rooms
                    .rest
                    .delete_message(self.channel, message, permit)
                    .await;
                deleted.map(|()| Outcome::Deleted)
            }
            // It was looked for before.
            Act::Find { .. } => Ok(Outcome::Missing),
        };
        match sent {
            Err(RestError::Forbidden { .. }) if is_file => Err(Refused::File),
            sent => sent.or_else(|error| self.refused(is_create, error)),
        }
    }

    /// What a refusal means for this answer.
    fn refused(&self, is_create: bool, error: RestError) -> Result<Outcome, Refused> {
        match error {
            // Somebody deleted the message: what people delete is never posted again.
            RestError::NotFound {
                code: UNKNOWN_MESSAGE,
            } if !is_create => Ok(Outcome::Missing),
            RestError::Archived => Err(Refused::Archived),
            RestError::NotFound { code: NO_CODE } => Err(Refused::Words {
                status: 404,
                code: NO_CODE,
            }),
            RestError::Forbidden { code: NO_CODE } => Err(Refused::Words {
                status: 403,
                code: NO_CODE,
            }),
            // A thread that was closed is left in peace: its end was wanted.
            RestError::NotFound { .. } | RestError::Locked => Err(Refused::Turn(TurnError::Gone)),
            RestError::Forbidden { .. } if is_create && !self.replies => {
                Err(Refused::Place("SEND_MESSAGES_IN_THREADS"))
            }
            RestError::Forbidden { .. } => Err(Refused::Place("SEND_MESSAGES")),
            RestError::EditedTooOften => Err(Refused::Old),
            RestError::Unavailable { .. } => Err(Refused::Unreachable),
            RestError::Refused { status, code, .. } => Err(Refused::Words { status, code }),
            RestError::Unauthorized
            | RestError::TooManyThreads
            | RestError::NoRoom
            | RestError::ForeignAddress => {
                tracing::error!(channel = %self.channel, %error, "an answer can't be shown");
                Err(Refused::Turn(TurnError::Discord { status: 0, code: 0 }))
            }
        }
    }
}

/// The file that holds an answer which messages alone would be too many for.
fn whole_answer(text: String) -> File {
    File {
        name: WHOLE_ANSWER.to_owned(),
        content: text.into_bytes(),
        description: String::new(),
    }
}

/// The picture of a message's formulas, if there is anything to draw.
async fn drawn(rooms: &Rooms, formulas: Vec<Formula>) -> Option<File> {
    if formulas.is_empty() {
        return None;
    }
    let is_hidden = formulas.iter().any(|formula| formula.hidden);
    let drawn = rooms.pictures.draw(formulas).await?;
    let name = if is_hidden { HIDDEN_PICTURE } else { PICTURE };
    Some(File {
        name: name.to_owned(),
        content: drawn.png,
        description: drawn.description,
    })
}

/// The nonce of a part of an answer: the same for every attempt to post it, so that Discord posts it once.
/// At most 25 characters. Source: "Create Message".
fn nonce(turn: MessageId, part: u32) -> String {
    format!("{:x}.{part:x}", turn.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_fits() {
        assert_eq!(nonce(MessageId(u64::MAX), 0xffff_ffff).len(), 25);
        assert_ne!(nonce(MessageId(1), 0), nonce(MessageId(1), 1));
    }
}
