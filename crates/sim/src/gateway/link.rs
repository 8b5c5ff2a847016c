//! The two halves of one websocket: a handle that the rest of the simulator holds, and the task that writes.
//!
//! Writing has a task of its own, so that a client that reads slowly holds up nothing but itself.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{Sink, SinkExt, stream::SplitSink};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    close::CloseCode,
    compression::{Encoded, Encoder, TransportCompression},
    intents, lock, payload,
    session::{Item, Session},
};
use crate::{Shared, wire::Wire, world::intents::MESSAGE_CONTENT};

/// How long a client has to answer a close frame before its connection is cut.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// What the writing task is asked to do, in order, before any dispatch.
pub(super) enum Command {
    /// Send a payload through the connection's compression.
    Send(String),
    /// Send a message as it is, past the compression.
    Raw(Encoded),
    /// Take dispatches from this session from now on.
    Attach {
        session: Arc<Session>,
        compress_payloads: bool,
    },
    /// Take dispatches from no session.
    Detach,
    /// Say why, and end.
    Close { code: u16, reason: String },
}

/// A connection, as the rest of the simulator sees it.
pub(super) struct Link {
    pub(super) id: u64,
    pub(super) compression: TransportCompression,
    /// The address under which the client reached the simulator, for `resume_gateway_url`.
    pub(super) host: String,
    commands: mpsc::UnboundedSender<Command>,
    /// Ends both tasks.
    gone: CancellationToken,
    silent: watch::Sender<bool>,
    session: Mutex<Option<Arc<Session>>>,
    wire: Wire,
    /// Set once this side asked for a close: what the client still sends is not looked at.
    closing: AtomicBool,
}

impl Link {
    pub(super) fn new(
        id: u64,
        compression: TransportCompression,
        host: String,
        wire: Wire,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Command>) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let link = Self {
            id,
            compression,
            host,
            commands,
            gone: CancellationToken::new(),
            silent: watch::Sender::new(false),
            session: Mutex::new(None),
            wire,
            closing: AtomicBool::new(false),
        };
        (Arc::new(link), receiver)
    }

    /// Asks the writing task; a connection that has ended ignores it.
    pub(super) fn command(&self, command: Command) {
        // The writer is gone only when the connection is, and then nobody waits for the answer.
        let _ = self.commands.send(command);
    }

    /// Sends a payload that is no dispatch.
    pub(super) fn send(&self, op: u64, data: &Value) {
        self.command(Command::Send(payload::plain(op, data)));
    }

    /// Closes with one of the gateway's own codes.
    pub(super) fn close(&self, code: CloseCode) {
        self.close_with(code.code(), code.reason().to_owned());
    }

    /// Closes with any code.
    pub(super) fn close_with(&self, code: u16, reason: String) {
        self.closing.store(true, Ordering::Release);
        self.command(Command::Close { code, reason });
    }

    /// Whether this side has asked for a close.
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Lets the connection carry `session`; its dispatches follow at once.
    pub(super) fn attach(&self, session: Arc<Session>, compress_payloads: bool) {
        *lock(&self.session) = Some(Arc::clone(&session));
        self.command(Command::Attach {
            session,
            compress_payloads,
        });
    }

    /// Takes the session off the connection, which is then as it was after hello.
    pub(super) fn detach(&self) -> Option<Arc<Session>> {
        let session = lock(&self.session).take();
        if let Some(session) = &session {
            session.detach(self.id);
            self.command(Command::Detach);
        }
        session
    }

    /// The session that the connection carries.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        lock(&self.session).clone()
    }

    /// Stops or starts answering: while silent nothing at all is sent, acknowledgements included.
    pub(super) fn set_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// Whether the connection is silent.
    pub(super) fn is_silent(&self) -> bool {
        *self.silent.borrow()
    }

    /// Ends the connection without a word.
    pub(super) fn cut(&self) {
        self.wire.cut();
        self.gone.cancel();
    }

    /// Ends both tasks; the socket closes when they have let go of it.
    pub(super) fn end(&self) {
        self.gone.cancel();
    }

    /// Completes when the connection has ended.
    pub(super) async fn ended(&self) {
        self.gone.cancelled().await;
    }
}

/// Writes one connection until it ends.
pub(super) async fn write(
    shared: Arc<Shared>,
    link: Arc<Link>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    mut sink: SplitSink<WebSocket, Message>,
) {
    let writing = write_until_closed(&shared, &link, &mut commands, &mut sink);
    // Whatever waits on a slow socket ends here too when the connection is cut.
    tokio::select! {
        biased;
        () = link.ended() => {}
        () = writing => {}
    }
    link.end();
}

async fn write_until_closed(
    shared: &Shared,
    link: &Link,
    commands: &mut mpsc::UnboundedReceiver<Command>,
    sink: &mut SplitSink<WebSocket, Message>,
) {
    let mut encoder = Encoder::new(link.compression);
    let mut session: Option<Arc<Session>> = None;
    let mut silent = link.silent.subscribe();
    loop {
        // The sender lives in the link, which this task holds, so waiting can't fail.
        if silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        let kept = shared.gateway.settings().replay_kept;
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                None => return,
                Some(Command::Send(text)) => {
                    if send(sink, encoder.encode(text)).await.is_err() { return }
                }
                Some(Command::Raw(message)) => {
                    if send(sink, Ok(message)).await.is_err() { return }
                }
                Some(Command::Attach { session: attached, compress_payloads }) => {
                    if compress_payloads {
                        encoder.compress_payloads();
                    }
                    session = Some(attached);
                }
                Some(Command::Detach) => session = None,
                Some(Command::Close { code, reason }) => {
                    let frame = CloseFrame { code, reason: reason.into() };
                    if sink.send(Message::Close(Some(frame))).await.is_ok() {
                        // The reading task ends the connection when the client's answer arrives.
                        let _ = tokio::time::timeout(CLOSE_GRACE, link.ended()).await;
                    }
                    return;
                }
            },
            changed = silent.changed() => if changed.is_err() { return },
            (sequence, item) = next(session.as_ref(), link.id, kept) => {
                let Some(session) = &session else { continue };
                let Some(text) = render(shared, session, sequence, &item) else { continue };
                if send(sink, encoder.encode(text)).await.is_err() { return }
                shared.touch();
            }
        }
    }
}

async fn next(session: Option<&Arc<Session>>, connection: u64, kept: usize) -> (u64, Item) {
    match session {
        Some(session) => session.next(connection, kept).await,
        None => std::future::pending().await,
    }
}

async fn send<S: Sink<Message> + Unpin>(
    sink: &mut S,
    message: std::io::Result<Encoded>,
) -> Result<(), ()> {
    let message = match message {
        Ok(Encoded::Text(text)) => Message::Text(text.into()),
        Ok(Encoded::Binary(bytes)) => Message::Binary(bytes.into()),
        Err(error) => {
            tracing::error!(%error, "a gateway payload could not be compressed");
            return Err(());
        }
    };
    sink.send(message).await.map_err(|_| ())
}

/// The text of an item for this session; `None` when there is nothing left to say, as for a guild that is gone.
fn render(shared: &Shared, session: &Session, sequence: u64, item: &Item) -> Option<String> {
    match item {
        Item::Made(name, data) => Some(payload::dispatch(name, sequence, data)),
        Item::Guild(guild) => {
            let data = shared.look(|world| {
                // A guild that is down stays as READY named it: unavailable, until its own GUILD_CREATE comes.
                let down = world
                    .bots
                    .get(&session.user)
                    .is_some_and(|bot| bot.unavailable.contains(guild));
                let there = world
                    .guilds
                    .get(guild)
                    .is_some_and(|guild| guild.members.contains_key(&session.user));
                (there && !down).then(|| world.guild_create_json(*guild, session.user))
            })?;
            Some(payload::dispatch("GUILD_CREATE", sequence, &data))
        }
        Item::Resumed => session
            .is_last_resumed(sequence)
            .then(|| payload::dispatch("RESUMED", sequence, &json!({ "_trace": [] }))),
        Item::Event(event) => {
            let is_message = matches!(event.name, "MESSAGE_CREATE" | "MESSAGE_UPDATE");
            if !is_message || session.intents & MESSAGE_CONTENT != 0 || event.guild.is_none() {
                return Some(payload::dispatch(event.name, sequence, &event.data));
            }
            let mut data = event.data.clone();
            if event.content_for.contains(&session.user) {
                intents::strip_referenced(&mut data, session.user);
            } else {
                intents::strip_content(&mut data, session.user);
            }
            Some(payload::dispatch(event.name, sequence, &data))
        }
    }
}
