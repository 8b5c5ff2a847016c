//! One shard, kept connected by twilight: what it reads is handed on, and how far it has come is told.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::StreamExt as _;
use kaiwa_core::{id::UserId, session::Session};
use tokio::{sync::mpsc, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{
    CloseFrame, Config, ConfigBuilder, Message, Shard, ShardId, ShardState,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
};

use super::{
    GatewayError, Options, Told, can_be_dialled,
    watch::{Awake, Dials, LONGEST, REACHED, Replay, Silence},
};
use crate::discord::{
    connected::Connected,
    ear::Flow,
    events::{Reader, Seen},
    identify::Gate,
    unplaced::Unplaced,
};

/// How long a peer may take to answer a closing handshake before the connection is dropped.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// How long a shard that broke rests before it is made anew.
const REST: Duration = Duration::from_secs(5);

/// One shard's connection and what it needs to be made anew.
pub(super) struct Connection {
    pub(super) id: ShardId,
    pub(super) options: Options,
    pub(super) config: Config<Gate>,
    pub(super) reader: Arc<Reader>,
    pub(super) unplaced: Arc<Unplaced>,
    pub(super) told: mpsc::UnboundedSender<Told>,
    pub(super) stop: CancellationToken,
    pub(super) connected: Connected,
    pub(super) flow: Flow,
}

impl Connection {
    /// Keeps a shard running. One that panics must not leave its guilds without an ear; it begins a new session, as what
    /// made it panic may be in the old one.
    pub(super) async fn keep(self, mut session: Option<Session>) {
        let connection = Arc::new(self);
        loop {
            let running = tokio::spawn(Arc::clone(&connection).run(session.take()));
            match running.await {
                Ok(()) => return,
                // The words of a panic may quote what somebody wrote; the hook tells its place.
                Err(_) => {
                    tracing::error!(
                        shard = connection.id.number(),
                        "a shard broke and is made anew"
                    );
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
        // Until it has told what it missed, a session that an earlier process left tells what the bot itself said too.
        let mut hears_itself = from.is_some();
        let mut reached = from.as_ref().map_or(0, |session| session.sequence);
        let mut shard = self.shard(from.map(|session| {
            let resumed = twilight_gateway::Session::new(session.sequence, session.id);
            (resumed, Some(session.resume_url))
        }));
        let mut looks = tokio::time::interval(REACHED);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut replay = Replay::default();
        let mut awake = Awake::new(SystemTime::now());
        let (mut silence, mut dials) = (Silence::default(), Dials::default());
        // Waited for from one frame to the next, and looked at only where no frame is there: frames can come by the thousand.
        let mut stopped = pin!(self.stop.cancelled());
        loop {
            let item = tokio::select! {
                biased;
                item = shard.next() => item,
                () = &mut stopped => break,
                _ = looks.tick() => {
                    self.connected.tell(self.id.number(), shard.state() == ShardState::Active);
                    let before = reached;
                    let ago = awake.look(SystemTime::now());
                    reached = self.tell_reached(&shard, application, before, ago);
                    if reached != before {
                        awake.told();
                    }
                    let sequence = shard.session().map_or(0, |session| session.sequence());
                    if silence.is_too_long(shard.state()) {
                        tracing::warn!(shard = self.id.number(), "the gateway's connection says nothing; connecting again");
                        shard = self.dialled_anew(&shard);
                        silence = Silence::default();
                        continue;
                    }
                    if replay.stands_still(shard.state() == ShardState::Resuming, sequence) {
                        tracing::warn!(shard = self.id.number(), "Discord does not go on to tell what was missed; what was told is worked on");
                        let _ = self.told.send(Told::Resumed(self.id.number()));
                    }
                    continue;
                }
            };
            match item {
                Some(Ok(Message::Text(frame))) => {
                    self.flow.frame();
                    silence.hear(shard.state());
                    dials = Dials::default();
                    let seen = self.reader.read(&frame, hears_itself);
                    if let Seen::Ready(ready) = &seen {
                        application = Some(ready.application);
                    }
                    let new_session = matches!(seen, Seen::Ready(_));
                    if new_session || matches!(seen, Seen::Resumed) {
                        self.connected.tell(self.id.number(), true);
                        hears_itself = false;
                    }
                    self.hand_on(seen, &shard, application);
                    if new_session && !shard.resume_url().is_none_or(can_be_dialled) {
                        tracing::warn!(
                            shard = self.id.number(),
                            "the address to resume at can't be dialled; going on at the gateway's own"
                        );
                        shard = self.dialled_anew(&shard);
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
                Some(Err(error)) => {
                    self.note(&error);
                    if dials.are_to_rest(shard.state()) {
                        shard = self.dialled_anew(&shard);
                        tokio::select! {
                            () = tokio::time::sleep(LONGEST) => {}
                            () = &mut stopped => break,
                        }
                    }
                }
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
                let seen = self.reader.read(&frame, hears_itself);
                self.hand_on(seen, &shard, application);
            }
        })
        .await;
        let ago = awake.look(SystemTime::now());
        self.tell_reached(&shard, application, reached, ago);
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
            Seen::Unplaced(guild, message) => {
                return self.unplaced.keep(guild, *message, sequence);
            }
        };
        // The one who listens is gone only when the bot ends.
        let _ = self.told.send(told);
    }

    /// Tells how far the session has come, and how long `ago` that was, if it is further than `before`; gives how far that is.
    fn tell_reached(
        &self,
        shard: &Shard<Gate>,
        application: Option<UserId>,
        before: u64,
        ago: Duration,
    ) -> u64 {
        let Some(mut session) = self.session(shard, application) else {
            return 0;
        };
        self.unplaced.tell_reached(session.sequence, |reached| {
            if reached != before {
                session.sequence = reached;
                let _ = self.told.send(Told::Reached(session, ago));
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

    /// The shard made anew; it goes on with its session at the gateway's own address.
    fn dialled_anew(&self, shard: &Shard<Gate>) -> Shard<Gate> {
        self.shard(shard.session().cloned().map(|session| (session, None)))
    }

    /// A shard that begins anew, or goes on with a session, at its own address where that is known.
    fn shard(&self, session: Option<(twilight_gateway::Session, Option<String>)>) -> Shard<Gate> {
        let mut config = ConfigBuilder::from(self.config.clone());
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
