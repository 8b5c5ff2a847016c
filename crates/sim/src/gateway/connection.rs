//! One websocket from hello to its end: reads what the client sends and answers by the book.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{StreamExt, stream::SplitStream};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    close::CloseCode,
    handshake,
    link::{self, Link},
    members,
    payload::Incoming,
};
use crate::Shared;

/// The span over which a client's payloads are counted.
const SENDS_WINDOW: Duration = Duration::from_secs(60);

/// Close codes by which a client gives up its session; with any other it may come back and resume.
const CLIENT_ENDS_SESSION: [u16; 2] = [1000, 1001];

/// How long the answer to a client's close may take to leave.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// Serves a websocket until either side ends it.
pub(super) async fn serve(
    shared: Arc<Shared>,
    socket: WebSocket,
    link: Arc<Link>,
    commands: tokio::sync::mpsc::UnboundedReceiver<link::Command>,
) {
    let (sink, stream) = socket.split();
    let settings = shared.gateway.settings();
    let interval = Duration::from_millis(settings.heartbeat_interval_ms);
    link.send(10, &json!({ "heartbeat_interval": settings.heartbeat_interval_ms, "_trace": ["[\"kaiwa-sim\",{}]"] }));
    let writer = tokio::spawn(link::write(
        Arc::clone(&shared),
        Arc::clone(&link),
        commands,
        sink,
    ));
    let code = Reader {
        shared: &shared,
        link: &link,
        interval,
        last_heartbeat: Instant::now(),
        sends: VecDeque::new(),
    }
    .read(stream)
    .await;
    let session = link.detach();
    link.end();
    // The halves of the socket close it together, so the connection has ended only when the writer has.
    let _ = writer.await;
    let ends_session = code.is_some_and(|code| CLIENT_ENDS_SESSION.contains(&code));
    shared
        .gateway
        .connection_ended(&link, session.as_deref(), code, ends_session);
    shared.touch();
}

struct Reader<'a> {
    shared: &'a Arc<Shared>,
    link: &'a Arc<Link>,
    interval: Duration,
    last_heartbeat: Instant,
    /// When the payloads of the last minute came.
    sends: VecDeque<Instant>,
}

impl Reader<'_> {
    /// Reads until the connection ends; gives the client's close code.
    async fn read(&mut self, mut stream: SplitStream<WebSocket>) -> Option<u16> {
        loop {
            let timeout = self.last_heartbeat + self.interval * 2;
            let message = tokio::select! {
                () = self.link.ended() => return None,
                () = tokio::time::sleep_until(timeout), if !self.link.is_closing() => {
                    if let Some(session) = self.link.detach() {
                        self.shared.gateway.forget(&session.id);
                    }
                    self.link.close(CloseCode::SessionTimedOut);
                    continue;
                }
                message = stream.next() => message,
            };
            let payload = match message {
                None | Some(Err(_)) => return None,
                Some(Ok(Message::Close(frame))) => {
                    // The answer to a close is sent by reading on, until the stream says that it has ended.
                    let _ = tokio::time::timeout(CLOSE_GRACE, async {
                        while let Some(Ok(_)) = stream.next().await {}
                    })
                    .await;
                    // What a client echoes is not its own word.
                    return if self.link.is_closing() {
                        None
                    } else {
                        frame.map(|frame| frame.code)
                    };
                }
                Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            };
            if !self.link.is_closing()
                && let Err(code) = self.handle(&payload)
            {
                self.link.close(code);
            }
        }
    }

    fn handle(&mut self, payload: &[u8]) -> Result<(), CloseCode> {
        self.count()?;
        match Incoming::parse(payload)? {
            Incoming::Heartbeat { sequence } => {
                self.last_heartbeat = Instant::now();
                if let (Some(session), Some(sequence)) = (self.link.session(), sequence) {
                    session.acknowledge(sequence);
                    self.shared.touch();
                }
                if !self.link.is_silent() {
                    self.link.send(11, &Value::Null);
                }
                Ok(())
            }
            Incoming::Identify(identify) => handshake::identify(self.shared, self.link, *identify),
            Incoming::Resume(resume) => handshake::resume(self.shared, self.link, &resume),
            Incoming::PresenceUpdate(data) => self.note(3, data),
            Incoming::VoiceStateUpdate(data) => self.note(4, data),
            Incoming::Other { op } => self.note(op, Value::Null),
            Incoming::RequestMembers(request) => {
                let session = self.link.session().ok_or(CloseCode::NotAuthenticated)?;
                members::answer(self.shared, &session, &request)
            }
        }
    }

    /// Counts a payload against the limit of 120 in 60 seconds.
    fn count(&mut self) -> Result<(), CloseCode> {
        let now = Instant::now();
        while self
            .sends
            .front()
            .is_some_and(|sent| now.duration_since(*sent) >= SENDS_WINDOW)
        {
            self.sends.pop_front();
        }
        self.sends.push_back(now);
        if self.sends.len() > self.shared.gateway.settings().sends_per_minute {
            return Err(CloseCode::RateLimited);
        }
        Ok(())
    }

    fn note(&self, op: u64, data: Value) -> Result<(), CloseCode> {
        let session = self.link.session().ok_or(CloseCode::NotAuthenticated)?;
        self.shared.gateway.note_sent(&session.id, op, data);
        self.shared.touch();
        Ok(())
    }
}
