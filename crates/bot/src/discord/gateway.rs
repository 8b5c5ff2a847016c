//! The gateway: as many shards as Discord recommends in one process, each kept connected by twilight,
//! their events read into one inbox.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use kaiwa_core::message::Incoming;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Intents, Message, Shard, ShardId, error::ReceiveMessageErrorType,
    queue::InMemoryQueue,
};

use super::{
    events::{Reader, Ready, Seen},
    rest::Rest,
    wire,
};

/// How long a peer may take to answer a closing handshake before the connection is dropped.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

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
    /// A shard has a new session.
    Ready(Ready),
    /// Something came in.
    Incoming(Incoming),
    /// A shard can't go on, and so the bot can't.
    Fatal(GatewayError),
}

/// The running shards.
pub(crate) struct Gateway {
    inbox: mpsc::UnboundedReceiver<Seen>,
    fatal: mpsc::UnboundedReceiver<GatewayError>,
    shards: JoinSet<()>,
    stop: CancellationToken,
    /// How many shards there are.
    pub total: u32,
}

impl Gateway {
    /// Starts all shards at the address that `GET /gateway/bot` named; each identifies as the limits allow.
    pub(crate) fn start(options: &Options, bot: &wire::GatewayBot, reader: &Arc<Reader>) -> Self {
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
        let (events, inbox) = mpsc::unbounded_channel();
        let (fatal_sender, fatal) = mpsc::unbounded_channel();
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
                events: events.clone(),
                fatal: fatal_sender.clone(),
                stop: stop.clone(),
            };
            shards.spawn(connection.keep());
        }
        Self {
            inbox,
            fatal,
            shards,
            stop,
            total,
        }
    }

    /// The next thing told; messages in channels that nobody told us of are looked up first.
    pub(crate) async fn next(&mut self, reader: &Reader, rest: &Rest) -> Told {
        loop {
            let seen = tokio::select! {
                biased;
                Some(error) = self.fatal.recv() => return Told::Fatal(error),
                Some(seen) = self.inbox.recv() => seen,
            };
            let seen = match seen {
                Seen::Unplaced(message) => match rest.channel(message.channel_id).await {
                    Ok(channel) => reader.place(*message, &channel),
                    Err(error) => {
                        tracing::warn!(channel = %message.channel_id, %error, "can't find out where a message was said");
                        Seen::Nothing
                    }
                },
                seen @ (Seen::Nothing | Seen::Ready(_) | Seen::Incoming(_)) => seen,
            };
            match seen {
                Seen::Ready(ready) => return Told::Ready(ready),
                Seen::Incoming(incoming) => return Told::Incoming(*incoming),
                Seen::Nothing | Seen::Unplaced(_) => {}
            }
        }
    }

    /// Closes all connections so that their sessions can be resumed, within a second or so.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        while self.shards.join_next().await.is_some() {}
    }
}

/// One shard's connection and what it needs to be made anew.
struct Connection {
    id: ShardId,
    options: Options,
    url: String,
    queue: InMemoryQueue,
    reader: Arc<Reader>,
    events: mpsc::UnboundedSender<Seen>,
    fatal: mpsc::UnboundedSender<GatewayError>,
    stop: CancellationToken,
}

impl Connection {
    /// Keeps a shard running. A shard that panics on an address that it was told is made anew.
    async fn keep(self) {
        let connection = Arc::new(self);
        loop {
            let running = tokio::spawn(Arc::clone(&connection).run());
            match running.await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(shard = connection.id.number(), %error, "a shard broke and is made anew");
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_secs(5)) => {}
                        () = connection.stop.cancelled() => return,
                    }
                }
            }
        }
    }

    async fn run(self: Arc<Self>) {
        let mut shard = self.shard();
        loop {
            let item = tokio::select! {
                item = shard.next() => item,
                () = self.stop.cancelled() => break,
            };
            match item {
                Some(Ok(Message::Text(frame))) => match self.reader.read(&frame) {
                    Seen::Nothing => {}
                    seen @ (Seen::Ready(_) | Seen::Incoming(_) | Seen::Unplaced(_)) => {
                        if self.events.send(seen).is_err() {
                            return;
                        }
                    }
                },
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(0, |frame| frame.code);
                    tracing::info!(shard = self.id.number(), code, "gateway connection closed");
                    if let Some(error) = fatal(code) {
                        let _ = self.fatal.send(error);
                        return;
                    }
                }
                // The error's own text may hold the frame, and with it a message: only its kind is told.
                Some(Err(error)) => match error.kind() {
                    ReceiveMessageErrorType::Reconnect => {
                        tracing::warn!(
                            shard = self.id.number(),
                            "the gateway can't be reached; trying again"
                        );
                    }
                    _ => tracing::warn!(
                        shard = self.id.number(),
                        "a gateway frame can't be read and is skipped"
                    ),
                },
                None => {
                    let _ = self.fatal.send(GatewayError::Closed { code: 0 });
                    return;
                }
            }
        }
        // The session stays resumable. A peer that never closes must not keep us.
        shard.close(CloseFrame::RESUME);
        let _ = tokio::time::timeout(CLOSE_PATIENCE, async {
            while let Some(Ok(message)) = shard.next().await {
                if let Message::Close(_) = message {
                    break;
                }
            }
        })
        .await;
    }

    fn shard(&self) -> Shard<InMemoryQueue> {
        let mut intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
        if self.options.message_content {
            intents |= Intents::MESSAGE_CONTENT;
        }
        let token = self.options.token.expose_secret().to_owned();
        let config = ConfigBuilder::new(token, intents)
            .proxy_url(self.url.clone())
            .queue(self.queue.clone())
            .build();
        Shard::with_config(self.id, config)
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
