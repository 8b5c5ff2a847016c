//! The gateway: as many shards as Discord recommends in one process, each kept connected by twilight,
//! their events read into one inbox.
//!
//! A session outlives its process. From time to time the inbox tells how far a session has come; whoever has done what was
//! told before that may store it, and the next process goes on from there.

mod knock;
mod shard;
mod watch;

use std::{io, sync::Arc, time::Duration};

use kaiwa_core::{id::UserId, message::Incoming, missed::Unheard, session::Session};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twilight_gateway::{ConfigBuilder, Intents, ShardId, queue::InMemoryQueue};

use super::{
    connected::Connected,
    ear::{Ear, Flow},
    events::{Arrived, Reader, Ready},
    identify::{Gate, Identifies},
    rest::Rest,
    unplaced::Unplaced,
    wire,
};
pub(crate) use knock::knock;
use shard::Connection;

/// How to connect.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The bot's token.
    pub token: SecretString,
    /// Whose token that is.
    pub me: UserId,
    /// How many shards in all, at least one.
    pub shards: u32,
    /// Whether to ask for the Message Content intent.
    pub message_content: bool,
}

impl Options {
    /// What is asked for, as Discord's bits.
    pub(crate) fn intents(&self) -> u64 {
        let mut intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
        if self.message_content {
            intents |= Intents::MESSAGE_CONTENT;
        }
        intents.bits()
    }
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
    Ready(Ready, Session),
    /// This shard goes on with a session, and what was missed has been told, or Discord has ceased to tell it. Also of a session
    /// of this process.
    Resumed(u32),
    /// All that this session has had to tell, up to its sequence, has been told before this, and was heard so long ago at the
    /// latest.
    Reached(Session, Duration),
    /// A guild's channels and roles are known now.
    Guild(Box<Arrived>),
    /// Something came in on this shard.
    Incoming(u32, Box<Incoming>),
    /// Something was said, and what place that was in is to be found out by whoever reads it back.
    Unheard(Unheard),
    /// A shard can't go on, and so the bot can't.
    Fatal(GatewayError),
}

/// The running shards.
pub(crate) struct Gateway {
    inbox: mpsc::UnboundedReceiver<Told>,
    stop: CancellationToken,
    /// How many shards there are.
    pub total: u32,
    /// Which of them are connected.
    pub connected: Connected,
    /// Whatever drops the gateway ends its shards.
    _ear: Ear,
}

impl Gateway {
    /// Starts all shards. One that has a session goes on with it; the others, at the address that `GET /gateway/bot`
    /// named, identify as the limits allow, and when they are granted to.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start(
        options: &Options,
        bot: &wire::GatewayBot,
        sessions: Vec<Session>,
        reader: &Arc<Reader>,
        rest: &Rest,
    ) -> io::Result<(Self, Identifies)> {
        let total = options.shards;
        let pace = match bot.session_start_limit {
            Some(limit) => InMemoryQueue::new(
                limit.max_concurrency.max(1),
                limit.remaining,
                Duration::from_millis(limit.reset_after),
                limit.total.max(limit.remaining),
            ),
            None => InMemoryQueue::default(),
        };
        let (told, inbox) = mpsc::unbounded_channel();
        let (asked, identifies) = mpsc::unbounded_channel();
        let queue = Gate::new(asked, pace);
        let stop = CancellationToken::new();
        let mut shards = Vec::new();
        let flow = Flow::default();
        let connected = Connected::default();
        let token = options.token.expose_secret().to_owned();
        let intents = Intents::from_bits_truncate(options.intents());
        // One for all shards: what they trust is loaded once.
        let config = ConfigBuilder::new(token, intents)
            .proxy_url(bot.url.trim_end_matches('/').to_owned())
            .queue(queue)
            .build();
        for number in 0..total {
            let connection = Connection {
                id: ShardId::new(number, total),
                options: options.clone(),
                config: config.clone(),
                reader: Arc::clone(reader),
                unplaced: Unplaced::new(number, reader, rest, &told, &stop),
                told: told.clone(),
                stop: stop.clone(),
                connected: connected.clone(),
                flow: flow.clone(),
            };
            let session = sessions.iter().find(|session| session.shard == number);
            shards.push(connection.keep(session.cloned()));
        }
        let gateway = Self {
            inbox,
            stop,
            total,
            connected,
            _ear: Ear::open(flow, shards)?,
        };
        Ok((gateway, identifies))
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
