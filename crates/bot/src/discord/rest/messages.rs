//! Messages: read, created, edited, deleted.

use kaiwa_core::{
    id::{ChannelId, MessageId},
    pacing::Urgency,
};
use serde::Serialize;

use super::{
    Permit, Rest, RestError, Route,
    components::Components,
    error::{REPLY_NEEDS_HISTORY, UNKNOWN_MESSAGE},
    transport::{Body, Call, payload},
};
use crate::discord::wire;

/// The most messages in a page of history. Source: Discord's reference, "Get Channel Messages".
pub const PAGE: u8 = 100;

/// A message that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Where.
    pub channel: ChannelId,
    /// Its text, at most 2,000 characters.
    pub content: String,
    /// The message that it replies to; if that is gone, it is created all the same.
    pub reply_to: Option<MessageId>,
    /// At most 25 characters. The same nonce within a few minutes gives the same message: no repetition doubles it.
    pub nonce: String,
    /// What comes with it.
    pub files: Vec<File>,
    /// The buttons below it, at most five.
    pub buttons: Vec<NewButton>,
}

/// A button that is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewButton {
    /// What is written on it, at most 80 characters.
    pub label: &'static str,
    /// By what a press tells which one it was, at most 100 characters, and no other on the message the same.
    pub custom_id: String,
    /// How it looks.
    pub look: Look,
}

/// How a button looks. Source: Discord's reference, "Button Styles".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is what one would press.
    Primary,
    /// It is there for those who want it.
    Secondary,
}

/// What a message is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMessage {
    /// Where the message is.
    pub channel: ChannelId,
    /// Which one.
    pub message: MessageId,
    /// Its text, at most 2,000 characters; `None` leaves it the text that it has.
    pub content: Option<String>,
    /// The buttons that it is to have; `None` leaves it those that it has.
    pub buttons: Option<Vec<NewButton>>,
    /// What becomes of its files.
    pub attached: Attached,
}

/// What an edit does to the files of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// They stay.
    Stays,
    /// These come in place of those that are there. Told twice, it changes nothing.
    Becomes(Vec<File>),
}

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name with its ending.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// What it shows, in words, at most 1,024 characters; empty where its name says enough.
    pub description: String,
}

/// Which messages of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The newest.
    Latest,
    /// Those right before a message.
    Before(MessageId),
    /// Those right after a message.
    After(MessageId),
}

/// Nothing that is sent can ping anyone, not even the author of the message replied to.
#[derive(Serialize)]
pub(super) struct AllowedMentions {
    parse: [&'static str; 0],
    replied_user: bool,
}

pub(super) const NOBODY: AllowedMentions = AllowedMentions {
    parse: [],
    replied_user: false,
};

#[derive(Serialize)]
struct CreateBody<'a> {
    content: &'a str,
    nonce: &'a str,
    enforce_nonce: bool,
    allowed_mentions: AllowedMentions,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_reference: Option<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachmentBody<'a>>,
    #[serde(skip_serializing_if = "Components::is_empty")]
    components: Components<'a>,
}

#[derive(Serialize)]
struct Reference {
    message_id: MessageId,
    fail_if_not_exists: bool,
}

#[derive(Serialize)]
pub(super) struct AttachmentBody<'a> {
    id: usize,
    filename: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
}

/// Files as the message tells of them that they come with.
pub(super) fn attached(files: &[File]) -> Vec<AttachmentBody<'_>> {
    let files = files.iter().enumerate();
    let files = files.map(|(id, file)| AttachmentBody {
        id,
        filename: &file.name,
        description: &file.description,
    });
    files.collect()
}

#[derive(Serialize)]
struct EditBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    allowed_mentions: AllowedMentions,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Components<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<Vec<AttachmentBody<'a>>>,
}

impl Rest {
    /// Creates a message. Repeated until it is known to be there; never there twice. Where the bot may not reply, it comes
    /// without saying what it replies to.
    ///
    /// # Errors
    ///
    /// See [`RestError`]. After `Unavailable` it may be there or not: its nonce tells.
    pub(crate) async fn create_message(
        &self,
        message: NewMessage,
        permit: Option<Permit>,
    ) -> Result<wire::Message, RestError> {
        let Some(_) = message.reply_to else {
            return self.create(message, permit).await;
        };
        let plain = NewMessage {
            reply_to: None,
            ..message.clone()
        };
        match self.create(message, permit).await {
            Err(RestError::Refused {
                code: REPLY_NEEDS_HISTORY,
                ..
            }) => self.create(plain, None).await,
            created => created,
        }
    }

    async fn create(
        &self,
        message: NewMessage,
        permit: Option<Permit>,
    ) -> Result<wire::Message, RestError> {
        let reference = message.reply_to.map(|message_id| Reference {
            message_id,
            fail_if_not_exists: false,
        });
        let payload = payload(&CreateBody {
            content: &message.content,
            nonce: &message.nonce,
            enforce_nonce: true,
            allowed_mentions: NOBODY,
            message_reference: reference,
            attachments: attached(&message.files),
            components: Components(&message.buttons),
        })?;
        let body = Body::with_files(payload, message.files);
        let route = Route::CreateMessage(message.channel);
        let call = Call {
            route,
            path: format!("/channels/{}/messages", message.channel),
            body,
            urgency: Urgency::Final,
            patience: self.shared.times.words,
        };
        self.call(call, permit).await?.read(route)
    }

    /// Gives a message a new text, other buttons, other files.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NotFound` with code 10008 when somebody has deleted it.
    pub(crate) async fn edit_message(
        &self,
        edit: EditMessage,
        permit: Option<Permit>,
    ) -> Result<wire::Message, RestError> {
        let times = self.shared.times;
        let urgency = permit
            .as_ref()
            .map_or(Urgency::Final, |permit| permit.urgency);
        let patience = match urgency {
            Urgency::First | Urgency::Final => times.words,
            Urgency::Call => times.call,
            Urgency::Text | Urgency::Background => times.text,
        };
        let (attachments, files) = match edit.attached {
            Attached::Stays => (false, Vec::new()),
            Attached::Becomes(files) => (true, files),
        };
        let payload = payload(&EditBody {
            content: edit.content.as_deref(),
            allowed_mentions: NOBODY,
            components: edit.buttons.as_deref().map(Components),
            attachments: attachments.then(|| attached(&files)),
        })?;
        let route = Route::EditMessage(edit.channel);
        let call = Call {
            route,
            path: format!("/channels/{}/messages/{}", edit.channel, edit.message),
            body: Body::with_files(payload, files),
            urgency,
            patience,
        };
        self.call(call, permit).await?.read(route)
    }

    /// Deletes a message; one that is gone already is deleted, too.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn delete_message(
        &self,
        channel: ChannelId,
        message: MessageId,
        permit: Option<Permit>,
    ) -> Result<(), RestError> {
        let call = Call {
            route: Route::DeleteMessage(channel),
            path: format!("/channels/{channel}/messages/{message}"),
            body: Body::Empty,
            urgency: Urgency::Call,
            patience: self.shared.times.words,
        };
        match self.call(call, permit).await {
            Ok(_)
            | Err(RestError::NotFound {
                code: UNKNOWN_MESSAGE,
            }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads one message.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn message(
        &self,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<wire::Message, RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.get(Route::Message(channel), path).await
    }

    /// Reads a message that belongs to a channel, and tells which channel it is in. A thread has the id of the message that it
    /// was opened on. In forums that is in the thread itself, everywhere else in the channel above; all there is in the thread
    /// then is a pointer to it.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn message_of(
        &self,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<(wire::Message, ChannelId), RestError> {
        let found = self.message(channel, message).await;
        let is_elsewhere = channel.0 == message.0
            && match &found {
                Err(RestError::NotFound { .. }) => true,
                Ok(found) => found.kind == wire::THREAD_STARTER,
                Err(_) => false,
            };
        if is_elsewhere && let Some(parent) = self.channel(channel).await?.parent_id {
            return Ok((self.message(parent, message).await?, parent));
        }
        Ok((found?, channel))
    }

    /// Reads up to `limit` messages (1 to 100), the newest first.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn messages(
        &self,
        channel: ChannelId,
        page: Page,
        limit: u8,
    ) -> Result<Vec<wire::Message>, RestError> {
        self.page(channel, page, limit, Urgency::Call).await
    }

    /// The same where nobody waits for it.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn messages_unhurried(
        &self,
        channel: ChannelId,
        page: Page,
        limit: u8,
    ) -> Result<Vec<wire::Message>, RestError> {
        self.page(channel, page, limit, Urgency::Text).await
    }

    async fn page(
        &self,
        channel: ChannelId,
        page: Page,
        limit: u8,
        urgency: Urgency,
    ) -> Result<Vec<wire::Message>, RestError> {
        let limit = limit.clamp(1, PAGE);
        let path = match page {
            Page::Latest => format!("/channels/{channel}/messages?limit={limit}"),
            Page::Before(id) => format!("/channels/{channel}/messages?limit={limit}&before={id}"),
            Page::After(id) => format!("/channels/{channel}/messages?limit={limit}&after={id}"),
        };
        let route = Route::Messages(channel);
        let call = Call {
            route,
            path,
            body: Body::Empty,
            urgency,
            patience: self.shared.times.call,
        };
        let mut messages: Vec<wire::Message> = self.call(call, None).await?.read(route)?;
        messages.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
        Ok(messages)
    }
}
