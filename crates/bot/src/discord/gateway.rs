//! The gateway: as many shards as Discord recommends in one process, each kept connected by twilight,
//! their events read into one inbox.
//!
//! A session outlives its process. From time to time the inbox tells how far a session has come; whoever has done what was
//! told before that may store it, and the next process goes on from there.

use std::{io, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use kaiwa_core::{id::UserId, message::Incoming, session::Session};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::mpsc, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Intents, Message, Shard, ShardId, ShardState,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
    queue::InMemoryQueue,
};

use super::{
    connected::Connected,
    ear::{Ear, Flow},
    events::{Arrived, Reader, Ready, Seen},
    identify::{Gate, Identifies},
    rest::Rest,
    unplaced::Unplaced,
    wire,
};

/// How long a peer may take to answer a closing handshake before the connection is dropped.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// How long a shard that broke rests before it is made anew.
const REST: Duration = Duration::from_secs(5);
/// How often a session tells how far it has come, if it has. A process that is killed is told again what came since.
const REACHED: Duration = Duration::from_secs(5);

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
    /// This shard goes on with a session, and what was missed has been told.
    Resumed(u32),
    /// All that this session has had to tell, up to its sequence, has been told before this.
    Reached(Session),
    /// A guild's channels and roles are known now.
    Guild(Box<Arrived>),
    /// Something came in on this shard.
    Incoming(u32, Box<Incoming>),
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
        let url = bot.url.trim_end_matches('/').to_owned();
        for number in 0..total {
            let connection = Connection {
                id: ShardId::new(number, total),
                options: options.clone(),
                url: url.clone(),
                queue: queue.clone(),
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

/// One shard's connection and what it needs to be made anew.
struct Connection {
    id: ShardId,
    options: Options,
    url: String,
    queue: Gate,
    reader: Arc<Reader>,
    unplaced: Arc<Unplaced>,
    told: mpsc::UnboundedSender<Told>,
    stop: CancellationToken,
    connected: Connected,
    flow: Flow,
}

impl Connection {
    /// Keeps a shard running. One that panics must not leave its guilds without an ear; it begins a new session, as what
    /// made it panic may be in the old one.
    async fn keep(self, mut session: Option<Session>) {
        let connection = Arc::new(self);
        loop {
            let running = tokio::spawn(Arc::clone(&connection).run(session.take()));
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

    async fn run(self: Arc<Self>, from: Option<Session>) {
        let mut application = from.as_ref().map(|session| session.application);
        let mut reached = from.as_ref().map_or(0, |session| session.sequence);
        let mut shard = self.shard(from.map(|session| {
            let resumed = twilight_gateway::Session::new(session.sequence, session.id);
            (resumed, Some(session.resume_url))
        }));
        let mut looks = tokio::time::interval(REACHED);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let item = tokio::select! {
                item = shard.next() => item,
                _ = looks.tick() => {
                    self.connected.tell(self.id.number(), shard.state() == ShardState::Active);
                    reached = self.tell_reached(&shard, application, reached);
                    continue;
                }
                () = self.stop.cancelled() => break,
            };
            match item {
                Some(Ok(Message::Text(frame))) => {
                    self.flow.frame();
                    let seen = self.reader.read(&frame);
                    if let Seen::Ready(ready) = &seen {
                        application = Some(ready.application);
                    }
                    let new_session = matches!(seen, Seen::Ready(_));
                    if new_session || matches!(seen, Seen::Resumed) {
                        self.connected.tell(self.id.number(), true);
                    }
                    self.hand_on(seen, &shard, application);
                    if new_session && !shard.resume_url().is_none_or(can_be_dialled) {
                        tracing::warn!(
                            shard = self.id.number(),
                            "the address to resume at can't be dialled; going on at the gateway's own"
                        );
                        shard = self.shard(shard.session().cloned().map(|session| (session, None)));
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(0, |frame| frame.code);
                    tracing::info!(shard = self.id.number(), code, "gateway connection closed");
                    if let Some(error) = fatal(code) {
                        let _ = self.told.send(Told::Fatal(error));
                        return;
                    }
                    if ends_session(code) {
                        shard = self.shard(None);
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
                self.hand_on(self.reader.read(&frame), &shard, application);
            }
        })
        .await;
        self.tell_reached(&shard, application, reached);
    }

    /// Hands on what was seen in the frame that the shard has just read.
    fn hand_on(self: &Arc<Self>, seen: Seen, shard: &Shard<Gate>, application: Option<UserId>) {
        let sequence = shard.session().map_or(0, |session| session.sequence());
        let told = match seen {
            Seen::Nothing => return,
            Seen::Ready(ready) => {
                self.unplaced.begin_anew(sequence);
                match self.session(shard, application) {
                    Some(session) => Told::Ready(ready, session),
                    None => return,
                }
            }
            Seen::Resumed => Told::Resumed(self.id.number()),
            Seen::Guild(guild) => Told::Guild(guild),
            Seen::Incoming(incoming) => match self.unplaced.pass(incoming, sequence) {
                Some(incoming) => Told::Incoming(self.id.number(), incoming),
                None => return,
            },
            Seen::Unplaced(message) => return self.unplaced.keep(*message, sequence),
        };
        // The one who listens is gone only when the bot ends.
        let _ = self.told.send(told);
    }

    /// Tells how far the session has come, if that is further than `before`; gives how far that is.
    fn tell_reached(&self, shard: &Shard<Gate>, application: Option<UserId>, before: u64) -> u64 {
        let Some(mut session) = self.session(shard, application) else {
            return 0;
        };
        self.unplaced.tell_reached(session.sequence, |reached| {
            if reached != before {
                session.sequence = reached;
                let _ = self.told.send(Told::Reached(session));
            }
            reached
        })
    }

    /// The shard's session as it is now; `None` where it has none yet.
    fn session(&self, shard: &Shard<Gate>, application: Option<UserId>) -> Option<Session> {
        let session = shard.session()?;
        Some(Session {
            shard: self.id.number(),
            shards: self.id.total(),
            bot: self.options.me,
            application: application?,
            intents: self.options.intents(),
            id: session.id().to_owned(),
            sequence: session.sequence(),
            resume_url: shard.resume_url().unwrap_or_default().to_owned(),
        })
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

    /// A shard that begins anew, or goes on with a session, at its own address where that is known.
    fn shard(&self, session: Option<(twilight_gateway::Session, Option<String>)>) -> Shard<Gate> {
        let intents = Intents::from_bits_truncate(self.options.intents());
        let token = self.options.token.expose_secret().to_owned();
        let mut config = ConfigBuilder::new(token, intents)
            .proxy_url(self.url.clone())
            .queue(self.queue.clone());
        if let Some((session, resume_url)) = session {
            config = config.session(session);
            if let Some(resume_url) = resume_url.filter(|url| can_be_dialled(url)) {
                config = config.resume_url(resume_url);
            }
        }
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

/// Whether a close code says that the session can't be resumed; twilight would try it again and again.
/// Source: the same table.
fn ends_session(code: u16) -> bool {
    matches!(code, 4007 | 4009)
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
