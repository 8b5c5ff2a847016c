//! Everything but messages: the gateway's address, the application, channels and threads.

use std::time::Duration;

use kaiwa_core::{
    id::{ChannelId, MessageId, UserId},
    pacing::Urgency,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Rest, RestError, Route,
    error::THREAD_EXISTS,
    transport::{Body, Call},
};
use crate::discord::wire;

/// The application that the bot belongs to.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Its id, which the invite link holds; of all but very old applications it is the bot's as well.
    pub id: UserId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its flags; the reference's "Application Flags" tell which intents are switched on.
    #[serde(default)]
    pub flags: u64,
    /// The invite link fails without a server that completes it.
    #[serde(default)]
    pub bot_require_code_grant: bool,
}

impl Application {
    /// Whether the Message Content intent is switched on, for a small bot or after Discord's approval.
    pub fn has_message_content(&self) -> bool {
        const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;
        self.flags & MESSAGE_CONTENT != 0
    }
}

/// A thread on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was opened now.
    New {
        /// The thread.
        thread: ChannelId,
        /// The name that it has got.
        name: String,
    },
    /// The message had one already.
    Existed(ChannelId),
}

impl Started {
    /// The thread, new or not.
    pub fn channel(&self) -> ChannelId {
        match self {
            Self::New { thread, .. } | Self::Existed(thread) => *thread,
        }
    }
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Archived {
    archived: bool,
}

impl Rest {
    /// The gateway's address and how often the bot may identify. It is tried once: nothing goes on before it succeeds,
    /// and the caller tells people so.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn gateway_bot(&self) -> Result<wire::GatewayBot, RestError> {
        self.once(Route::GatewayBot, "/gateway/bot").await
    }

    /// Who the bot is. It is tried once, as [`Rest::gateway_bot`].
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn own_user(&self) -> Result<wire::User, RestError> {
        self.once(Route::Account, "/users/@me").await
    }

    async fn once<T: DeserializeOwned>(&self, route: Route, path: &str) -> Result<T, RestError> {
        let call = Call {
            route,
            path: path.to_owned(),
            body: Body::Empty,
            urgency: Urgency::Call,
            patience: Duration::ZERO,
        };
        self.call(call, None).await?.read(route)
    }

    /// The application that the bot belongs to.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn application(&self) -> Result<Application, RestError> {
        self.get(Route::Application, "/applications/@me".to_owned())
            .await
    }

    /// A channel or thread.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn channel(&self, channel: ChannelId) -> Result<wire::Channel, RestError> {
        let path = format!("/channels/{channel}");
        self.get(Route::Channel(channel), path).await
    }

    /// The same where nobody waits for it.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn channel_unhurried(
        &self,
        channel: ChannelId,
    ) -> Result<wire::Channel, RestError> {
        let path = format!("/channels/{channel}");
        self.read(Route::Channel(channel), path, Urgency::Text)
            .await
    }

    /// The same where it is a nicety, if there is room for it. Tried once.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NoRoom` when it was not sent.
    pub(crate) async fn channel_if_room(
        &self,
        channel: ChannelId,
    ) -> Result<wire::Channel, RestError> {
        let route = Route::Channel(channel);
        let call = Call {
            route,
            path: format!("/channels/{channel}"),
            body: Body::Empty,
            urgency: Urgency::Background,
            patience: std::time::Duration::ZERO,
        };
        self.call(call, None).await?.read(route)
    }

    /// Opens a thread on a message; one that is there already is as good.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn start_thread(
        &self,
        channel: ChannelId,
        message: MessageId,
        name: &str,
    ) -> Result<Started, RestError> {
        let route = Route::StartThread(channel);
        let call = Call {
            route,
            path: format!("/channels/{channel}/messages/{message}/threads"),
            body: Body::json(&Name { name })?,
            urgency: Urgency::Call,
            patience: self.shared.times.call,
        };
        match self.call(call, None).await {
            Ok(answer) => {
                let opened: wire::Channel = answer.read(route)?;
                Ok(Started::New {
                    thread: opened.id,
                    name: opened.name.unwrap_or_else(|| name.to_owned()),
                })
            }
            // A message's thread has the message's id.
            Err(RestError::Refused {
                code: THREAD_EXISTS,
                ..
            }) => Ok(Started::Existed(ChannelId(message.0))),
            Err(error) => Err(error),
        }
    }

    /// Opens a thread that was closed.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn reopen_thread(&self, thread: ChannelId) -> Result<(), RestError> {
        let call = Call {
            route: Route::EditChannel(thread),
            path: format!("/channels/{thread}"),
            body: Body::json(&Archived { archived: false })?,
            urgency: Urgency::Call,
            patience: self.shared.times.call,
        };
        self.call(call, None).await.map(drop)
    }

    /// Gives a thread another name, if there is room for such a nicety. Tried once: Discord allows two names in ten minutes.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NoRoom` when it was not sent.
    pub async fn rename_thread(&self, thread: ChannelId, name: &str) -> Result<(), RestError> {
        let call = Call {
            route: Route::RenameThread(thread),
            path: format!("/channels/{thread}"),
            body: Body::json(&Name { name })?,
            urgency: Urgency::Background,
            patience: std::time::Duration::ZERO,
        };
        self.call(call, None).await.map(drop)
    }

    /// Shows for ten seconds that the bot types, if there is room for such a nicety.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NoRoom` when it was not sent.
    pub async fn typing(&self, channel: ChannelId) -> Result<(), RestError> {
        let call = Call {
            route: Route::Typing(channel),
            path: format!("/channels/{channel}/typing"),
            body: Body::Empty,
            urgency: Urgency::Background,
            patience: std::time::Duration::ZERO,
        };
        self.call(call, None).await.map(drop)
    }

    /// Reads something that somebody waits for.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        route: Route,
        path: String,
    ) -> Result<T, RestError> {
        self.read(route, path, Urgency::Call).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        route: Route,
        path: String,
        urgency: Urgency,
    ) -> Result<T, RestError> {
        let call = Call {
            route,
            path,
            body: Body::Empty,
            urgency,
            patience: self.shared.times.call,
        };
        self.call(call, None).await?.read(route)
    }
}
