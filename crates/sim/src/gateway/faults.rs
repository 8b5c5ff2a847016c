//! Faults on purpose: what a network, or Discord on a bad day, does to sessions and connections.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Gateway,
    close::CloseCode,
    compression::Encoded,
    link::{Command, Link},
    session::Session,
};

/// Which sessions a fault is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Every session.
    #[default]
    All,
    /// The session with this id.
    Session(String),
    /// Every session of this shard.
    Shard(u64),
    /// Every session of the bot with this user id.
    Bot(u64),
}

/// A message to be sent past everything the gateway knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// Sent through the connection's compression, as an ordinary payload is: for unknown events and opcodes.
    Payload(String),
    /// A text message as it is.
    Text(String),
    /// A binary message as it is, for what no decompressor accepts.
    Binary(Vec<u8>),
}

impl Target {
    fn hits(&self, session: &Session) -> bool {
        match self {
            Self::All => true,
            Self::Session(id) => session.id == *id,
            Self::Shard(shard) => session.shard.0 == *shard,
            Self::Bot(user) => session.user == *user,
        }
    }
}

/// Each gives how many connections or sessions it met, so that a fault that met nobody is seen.
impl Gateway {
    /// Closes connections with a close frame. With [`Target::All`] those are meant too that have not identified.
    pub fn drop_connections(&self, target: &Target, code: u16, reason: &str) -> usize {
        self.each_link(target, |link| {
            link.close_with(code, reason.to_owned());
            // A silent connection would keep the close to itself.
            link.set_silent(false);
        })
    }

    /// Cuts connections without a close frame, as a network does.
    pub fn cut_connections(&self, target: &Target) -> usize {
        self.each_link(target, Link::cut)
    }

    /// Stops (or starts again) to send anything on the connections there are now; new ones speak.
    pub fn set_silent(&self, target: &Target, silent: bool) -> usize {
        self.each_link(target, |link| link.set_silent(silent))
    }

    /// Keeps back what happens from now on, on connections to come too, so that a resume is told the beginning of what was
    /// missed and no more before [`Gateway::let_go`].
    pub fn hold_back(&self, target: &Target) -> usize {
        let sessions = self.sessions_hit(target);
        sessions.iter().for_each(|session| session.hold_back());
        sessions.len()
    }

    /// Sends what was kept back.
    pub fn let_go(&self, target: &Target) -> usize {
        let sessions = self.sessions_hit(target);
        sessions.iter().for_each(|session| session.let_go());
        sessions.len()
    }

    /// Forgets sessions: their connections live on, but a resume is answered with invalid session.
    pub fn lose_sessions(&self, target: &Target) -> usize {
        let sessions = self.sessions_hit(target);
        sessions.iter().for_each(|session| session.lose());
        sessions.len()
    }

    /// Sends reconnect (op 7).
    pub fn ask_to_reconnect(&self, target: &Target) -> usize {
        self.each_link(target, |link| link.send(7, &Value::Null))
    }

    /// Sends invalid session (op 9) and takes the sessions off their connections; without `resumable` they are lost.
    pub fn invalidate(&self, target: &Target, resumable: bool) -> usize {
        self.each_link(target, |link| {
            if let Some(session) = link.detach()
                && !resumable
            {
                self.forget(&session.id);
            }
            link.send(9, &json!(resumable));
        })
    }

    /// Asks for a heartbeat (op 1).
    pub fn request_heartbeat(&self, target: &Target) -> usize {
        self.each_link(target, |link| link.send(1, &Value::Null))
    }

    /// Sends something that Discord never would.
    pub fn send_raw(&self, target: &Target, raw: &Raw) -> usize {
        self.each_link(target, |link| {
            link.command(match raw.clone() {
                Raw::Payload(text) => Command::Send(text),
                Raw::Text(text) => Command::Raw(Encoded::Text(text)),
                Raw::Binary(bytes) => Command::Raw(Encoded::Binary(bytes)),
            });
        })
    }

    /// Sends the last event of this name once more, under a sequence of its own; 0 when none is kept.
    pub fn replay_last(&self, target: &Target, name: &str) -> usize {
        let sessions = self.sessions_hit(target);
        let replayed = sessions.iter().filter(|session| {
            let item = session.last_event(name);
            let found = item.is_some();
            item.into_iter()
                .for_each(|item| session.push(item, Duration::ZERO));
            found
        });
        replayed.count()
    }

    /// Answers new connections with status 503 for this long.
    pub fn refuse_connections_for(&self, span: Duration) {
        self.state().refused_until = Some(Instant::now() + span);
    }

    /// Whether new connections are refused now.
    pub(super) fn refuses_connections(&self) -> bool {
        let state = self.state();
        state.settings.refuse_connections
            || state
                .refused_until
                .is_some_and(|until| Instant::now() < until)
    }

    /// Ends all sessions of a bot for good.
    pub(super) fn end_sessions_of(&self, user: u64, code: CloseCode) {
        self.each_link(&Target::Bot(user), |link| {
            link.detach();
            link.close(code);
        });
        self.state()
            .sessions
            .retain(|_, session| session.user != user);
    }

    fn sessions_hit(&self, target: &Target) -> Vec<Arc<Session>> {
        self.state()
            .sessions
            .values()
            .filter(|session| target.hits(session))
            .cloned()
            .collect()
    }

    fn each_link(&self, target: &Target, act: impl Fn(&Link)) -> usize {
        let links: Vec<Arc<Link>> = self.state().links.values().cloned().collect();
        let hit = links.iter().filter(|link| match link.session() {
            Some(session) => target.hits(&session),
            None => *target == Target::All,
        });
        hit.map(|link| act(link)).count()
    }
}
