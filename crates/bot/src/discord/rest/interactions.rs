//! Answers to those who pressed a button: within three seconds, and for 15 minutes more.
//!
//! No call of the bot's own: an interaction's token is the right to make it, no token of the bot goes along, and
//! Discord's global limit does not count it. The token is in the path alone, and no path is ever logged.
//! Source: Discord's reference, "Receiving and Responding".

use std::time::Duration;

use kaiwa_core::{button::Interaction, pacing::Urgency};
use serde::Serialize;
use tokio::time::timeout;

use super::{
    File, NewButton, Rest, RestError, Route,
    components::Components,
    error::{ALREADY_ANSWERED, UNKNOWN_INTERACTION},
    messages::{AllowedMentions, AttachmentBody, NOBODY, attached},
    transport::{Body, Call, payload},
};

/// How long Discord waits for the first answer.
const FIRST_ANSWER: Duration = Duration::from_secs(3);

/// Kinds of first answers. Source: "Interaction Callback Type".
const MESSAGE: u8 = 4;
const LATER: u8 = 6;
const UPDATE: u8 = 7;

/// Seen by the one who pressed alone. Source: "Message Flags".
const EPHEMERAL: u16 = 1 << 6;

/// The first answer to a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FirstAnswer {
    /// It was heard; nothing is to be seen of it.
    Heard,
    /// The message that was pressed on has these buttons now.
    Buttons(Vec<NewButton>),
    /// The one who pressed is told something.
    Told(Whisper),
}

/// What one person alone can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whisper {
    /// Its text, at most 2,000 characters.
    pub content: String,
    /// What comes with it.
    pub files: Vec<File>,
}

/// What became of a first answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstAnswered {
    /// It was the first.
    Now,
    /// The press had been answered before: it was told twice, or an earlier try got through.
    Before,
    /// It came too late, and nothing more can be said.
    TooLate,
}

#[derive(Serialize)]
struct CallbackBody<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Components<'a>>,
    allowed_mentions: AllowedMentions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachmentBody<'a>>,
}

impl<'a> Data<'a> {
    fn told(whisper: &'a Whisper) -> Self {
        Self {
            content: Some(&whisper.content),
            flags: Some(EPHEMERAL),
            components: None,
            allowed_mentions: NOBODY,
            attachments: attached(&whisper.files),
        }
    }
}

impl Rest {
    /// Answers a press for the first time, which must happen within three seconds of it.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn answer_press(
        &self,
        interaction: &Interaction,
        answer: FirstAnswer,
    ) -> Result<FirstAnswered, RestError> {
        let (kind, data) = match &answer {
            FirstAnswer::Heard => (LATER, None),
            FirstAnswer::Buttons(buttons) => {
                let data = Data {
                    content: None,
                    flags: None,
                    components: Some(Components(buttons)),
                    allowed_mentions: NOBODY,
                    attachments: Vec::new(),
                };
                (UPDATE, Some(data))
            }
            FirstAnswer::Told(whisper) => (MESSAGE, Some(Data::told(whisper))),
        };
        let payload = payload(&CallbackBody { kind, data })?;
        let body = match answer {
            FirstAnswer::Told(whisper) => Body::with_files(payload, whisper.files),
            FirstAnswer::Heard | FirstAnswer::Buttons(_) => Body::Json(payload),
        };
        let (id, token) = (interaction.id, interaction.token.expose());
        let call = Call {
            route: Route::AnswerInteraction(id),
            path: format!("/interactions/{id}/{token}/callback"),
            body,
            urgency: Urgency::Final,
            patience: FIRST_ANSWER,
        };
        match timeout(FIRST_ANSWER, self.call(call, None)).await {
            Ok(Ok(_)) => Ok(FirstAnswered::Now),
            Ok(Err(RestError::Refused {
                code: ALREADY_ANSWERED,
                ..
            })) => Ok(FirstAnswered::Before),
            Ok(Err(RestError::NotFound {
                code: UNKNOWN_INTERACTION,
            }))
            | Err(_) => Ok(FirstAnswered::TooLate),
            Ok(Err(error)) => Err(error),
        }
    }

    /// Tells something to somebody whose press was answered with [`FirstAnswer::Heard`] before.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn whisper(
        &self,
        interaction: &Interaction,
        whisper: Whisper,
    ) -> Result<(), RestError> {
        let payload = payload(&Data::told(&whisper))?;
        let (application, token) = (interaction.application, interaction.token.expose());
        let call = Call {
            route: Route::FollowUp(interaction.id),
            path: format!("/webhooks/{application}/{token}"),
            body: Body::with_files(payload, whisper.files),
            urgency: Urgency::Call,
            patience: self.shared.times.call,
        };
        self.call(call, None).await.map(drop)
    }
}
