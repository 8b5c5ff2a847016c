//! The gateway: as many shards as Discord recommends in one process, each kept connected by twilight,
//! their events read into one inbox.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use kaiwa_core::{id::GuildId, message::Incoming};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Intents, Message, Session, Shard, ShardId,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
    queue::InMemoryQueue,
};

use super::{
    events::{Reader, Ready, Seen},
    rest::Rest,
    wire,
};

/// How long a peer may take to answer a closing handshake before the connection is dropped.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// How long a shard that broke rests before it is made anew.
const REST: Duration = Duration::from_secs(5);

/// How to connect.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The bot's token.
    pub token: SecretString,
    /// How many shards in all; what Discord recommends when not set.
    pub shards: Option<u32>,
    /// Whether to ask for the Message Content intent.
    pub message_content: bool,
}

/// Why the gateway can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// The token was refused (close code 4004).
    #[error("Discord refused the token")]
    TokenRefused,
    /// The Message Content intent is not allowed (close code 4014).
    #[error("the Message Content intent is not turned on")]
    IntentRefused,
    /// Discord closed for another reason that connecting again can't mend.
    #[error("Discord closed the gateway for good (close code {code})")]
    Closed {
        /// The close code, 0 where there was none.
        code: u16,
    },
}

/// What the shards tell.
#[derive(Debug)]
pub(crate) enum Told {
    /// A shard has a new session: what was said before it was not told.
    Ready(Ready),
    /// A guild's channels and roles are known now.
    Guild(GuildId),
    /// Something came in.
    Incoming(Box<Incoming>),
    /// A shard can't go on, and so the bot can't.
    Fatal(GatewayError),
}

/// The running shards.
pub(crate) struct Gateway {
    inbox: mpsc::UnboundedReceiver<Told>,
    stop: CancellationToken,
    /// How many shards there are.
    pub total: u32,
    /// Whatever drops the gateway ends its shards.
    _shards: JoinSet<()>,
}

impl Gateway {
    /// Starts all shards at the address that `GET /gateway/bot` named; each identifies as the limits allow.
    pub(crate) fn start(
        options: &Options,
        bot: &wire::GatewayBot,
        reader: &Arc<Reader>,
        rest: &Rest,
    ) -> Self {
        let total = options.shards.or(bot.shards).unwrap_or(1).max(1);
        let queue = match bot.session_start_limit {
            Some(limit) => InMemoryQueue::new(
                limit.max_concurrency.max(1),
                limit.remaining,
                Duration::from_millis(limit.reset_after),
                limit.total.max(limit.remaining),
            ),
            None => InMemoryQueue::default(),
        };
        if let Some(limit) = bot.session_start_limit
            && limit.remaining < total
        {
            let wait_s = limit.reset_after / 1_000;
            tracing::warn!(
                remaining = limit.remaining,
                wait_s,
                "Discord allows few more session starts today; shards without one wait"
            );
        }
        let (told, inbox) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let mut shards = JoinSet::new();
        let url = bot.url.trim_end_matches('/').to_owned();
        for number in 0..total {
            let connection = Connection {
                id: ShardId::new(number, total),
                options: options.clone(),
                url: url.clone(),
                queue: queue.clone(),
                reader: Arc::clone(reader),
                rest: rest.clone(),
                told: told.clone(),
                stop: stop.clone(),
            };
            shards.spawn(connection.keep());
        }
        Self {
            inbox,
            stop,
            total,
            _shards: shards,
        }
    }

    /// The next thing told; `None` once all shards have ended and everything they told was handed on.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        self.inbox.recv().await
    }

    /// Cancelled by the one who wants it to end: the connections are closed so that their sessions can be resumed,
    /// within a second or so.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }
}

/// Whether an address can be dialled: twilight panics on one that it can't parse.
pub(crate) fn can_be_dialled(url: &str) -> bool {
    let with_path = format!("{}/", url.trim_end_matches('/'));
    with_path
        .parse::<http::Uri>()
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("ws" | "wss")) && uri.host().is_some())
}

/// One shard's connection and what it needs to be made anew.
struct Connection {
    id: ShardId,
    options: Options,
    url: String,
    queue: InMemoryQueue,
    reader: Arc<Reader>,
    rest: Rest,
    told: mpsc::UnboundedSender<Told>,
    stop: CancellationToken,
}

impl Connection {
    /// Keeps a shard running. One that panics must not leave its guilds without an ear.
    async fn keep(self) {
        let connection = Arc::new(self);
        loop {
            let running = tokio::spawn(Arc::clone(&connection).run());
            match running.await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(shard = connection.id.number(), %error, "a shard broke and is made anew");
                    tokio::select! {
                        () = tokio::time::sleep(REST) => {}
                        () = connection.stop.cancelled() => return,
                    }
                }
            }
        }
    }

    async fn run(self: Arc<Self>) {
        let mut shard = self.shard(None);
        loop {
            let item = tokio::select! {
                item = shard.next() => item,
                () = self.stop.cancelled() => break,
            };
            match item {
                Some(Ok(Message::Text(frame))) => {
                    let seen = self.reader.read(&frame);
                    let new_session = matches!(seen, Seen::Ready(_));
                    self.hand_on(seen);
                    if new_session && !shard.resume_url().is_none_or(can_be_dialled) {
                        tracing::warn!(
                            shard = self.id.number(),
                            "the address to resume at can't be dialled; going on at the gateway's own"
                        );
                        shard = self.shard(shard.session().cloned());
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(0, |frame| frame.code);
                    tracing::info!(shard = self.id.number(), code, "gateway connection closed");
                    if let Some(error) = fatal(code) {
                        let _ = self.told.send(Told::Fatal(error));
                        return;
                    }
                }
                Some(Err(error)) => self.note(&error),
                None => {
                    let _ = self
                        .told
                        .send(Told::Fatal(GatewayError::Closed { code: 0 }));
                    return;
                }
            }
        }
        // The session stays resumable, and what was still under way is heard. A peer that never closes must not keep us.
        shard.close(CloseFrame::RESUME);
        let _ = tokio::time::timeout(CLOSE_PATIENCE, async {
            while let Some(Ok(Message::Text(frame))) = shard.next().await {
                self.hand_on(self.reader.read(&frame));
            }
        })
        .await;
    }

    fn hand_on(self: &Arc<Self>, seen: Seen) {
        let told = match seen {
            Seen::Nothing => return,
            Seen::Ready(ready) => Told::Ready(ready),
            Seen::Guild(guild) => Told::Guild(guild),
            Seen::Incoming(incoming) => Told::Incoming(incoming),
            Seen::Unplaced(message) => {
                // Discord is asked beside what else comes in; whatever stops the bot stops the asking too.
                let connection = Arc::clone(self);
                tokio::spawn(async move {
                    let stop = connection.stop.clone();
                    stop.run_until_cancelled(connection.look_up(*message)).await
                });
                return;
            }
        };
        // The one who listens is gone only when the bot ends.
        let _ = self.told.send(told);
    }

    /// Finds out where a message was said, in a channel that nobody told us of.
    async fn look_up(&self, message: wire::Message) {
        match self.rest.channel(message.channel_id).await {
            Ok(channel) => {
                if let Seen::Incoming(incoming) = self.reader.place(message, &channel) {
                    let _ = self.told.send(Told::Incoming(incoming));
                }
            }
            Err(error) => {
                tracing::warn!(channel = %message.channel_id, %error, "can't find out where a message was said");
            }
        }
    }

    /// Logs what went wrong by its kind alone: the error's own text may hold the frame, and with it a message.
    fn note(&self, error: &ReceiveMessageError) {
        let shard = self.id.number();
        match error.kind() {
            ReceiveMessageErrorType::Reconnect => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                let cause = cause.unwrap_or_default();
                tracing::warn!(shard, cause, "the gateway can't be reached; trying again");
            }
            ReceiveMessageErrorType::Compression => {
                tracing::warn!(shard, "a gateway frame can't be unpacked; connecting again");
            }
            ReceiveMessageErrorType::Deserializing { .. } | _ => self.reader.unreadable(),
        }
    }

    /// A shard that begins anew, or goes on with a session.
    fn shard(&self, session: Option<Session>) -> Shard<InMemoryQueue> {
        let mut intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
        if self.options.message_content {
            intents |= Intents::MESSAGE_CONTENT;
        }
        let token = self.options.token.expose_secret().to_owned();
        let config = ConfigBuilder::new(token, intents)
            .proxy_url(self.url.clone())
            .queue(self.queue.clone());
        let config = match session {
            Some(session) => config.session(session),
            None => config,
        };
        Shard::with_config(self.id, config.build())
    }
}

/// What a close code means when connecting again can't help.
/// Source: Discord's reference, "Gateway Close Event Codes".
fn fatal(code: u16) -> Option<GatewayError> {
    match code {
        4004 => Some(GatewayError::TokenRefused),
        4014 => Some(GatewayError::IntentRefused),
        4010..=4013 => Some(GatewayError::Closed { code }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_websockets_can_be_dialled() {
        for url in [
            "wss://gateway.discord.gg",
            "wss://gateway-us-east1-b.discord.gg/",
            "ws://127.0.0.1:4000/gateway",
            "ws://[::1]:4000",
        ] {
            assert!(can_be_dialled(url), "{url}");
        }
        for url in ["", "gateway", "https://discord.com", "ws://", "ws://a b"] {
            assert!(!can_be_dialled(url), "{url}");
        }
    }
}
