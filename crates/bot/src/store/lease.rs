//! A turn in the hands of a worker: claimed by one, written with a fence.

use kaiwa_core::{
    button::Presser,
    id::{ConversationId, MessageId},
    message::{Ask, Said},
    turn::TurnEnd,
};

use super::{
    Store, StoreError,
    connection::Connection,
    error::Fault,
    messages, now_ms,
    row::{self, from_json, stored},
};

/// The witness that a worker owns a turn. Whoever claims the turn after it gets a higher number, and this one can't
/// write any more.
#[derive(Debug)]
pub struct Fence {
    pub(super) turn: MessageId,
    pub(super) conversation: ConversationId,
    pub(super) number: i64,
}

impl Fence {
    /// The turn, which is the id of its first question's message.
    pub fn turn(&self) -> MessageId {
        self.turn
    }

    /// The turn's conversation.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// The same right, for the thread that writes with it.
    pub(super) fn copy(&self) -> Self {
        Self { ..*self }
    }
}

/// A turn to be answered now.
#[derive(Debug)]
pub struct Claim {
    /// The right to write it.
    pub fence: Fence,
    /// Its questions, oldest first and never none; the turn bears the id of [`Claim::fence`]'s turn.
    pub asks: Vec<Ask>,
    /// How far the answer had come, as [`Store::save_reply`] kept it, where another worker had begun it. Questions that
    /// came after such an answer wait; [`Store::absorb`] takes them in.
    pub reply: Option<String>,
    /// A worker died over it: something may have been sent that it could not keep.
    pub left: bool,
    /// The version before, where the answer is made once more.
    pub before: Option<Before>,
    /// Somebody wants it to end where it is, and no worker has done so.
    pub stopped: Option<Presser>,
    /// Its question was deleted while no worker was there to hear of it.
    pub withdrawn: bool,
    /// Those of its questions that nobody of this run heard when they were asked; none of an answer that is made again.
    pub missed: Vec<MessageId>,
}

/// The version of an answer before the one that is made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// The model's text, as far as it had come.
    pub text: String,
    /// The model had said all of it.
    pub is_whole: bool,
}

/// How far an answer has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What the next worker needs to go on with it, as JSON; what was kept before stays where there is none.
    pub state: Option<String>,
    /// Its messages in order, with the part of the model's text that each holds.
    pub parts: Vec<Said>,
}

/// Whether there can be something to claim: mostly there isn't, when a turn has ended.
pub(super) const WAITING: &str = "SELECT EXISTS (SELECT 1 FROM turns WHERE conversation = $1 AND state IN ('queued', 'running'))";

/// Gives a number for a claim, if there is something to claim and nobody of this run is at work. It also makes others
/// who claim at the same time wait.
pub(super) const NUMBER: &str = "UPDATE conversations SET fence = fence + 1 WHERE id = $1 \
     AND EXISTS (SELECT 1 FROM turns WHERE conversation = $1 AND state IN ('queued', 'running')) \
     AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = $1 AND state = 'running' AND run = $2) \
     RETURNING fence";

/// The turns of a conversation that have not ended.
pub(super) const OPEN: &str = "SELECT ask, state, leader, question, reply, version, told, missed, stopped FROM turns \
     WHERE conversation = $1 AND state IN ('queued', 'running', 'joined') ORDER BY ask";

impl Store {
    /// Claims what a conversation has to be answered: all its queued questions as one turn, led by the oldest (of a
    /// reply chain those that belong together, see [`Ask::joins`]), or the turn that a dead process or a drain left.
    /// `None` where there is nothing, or a worker of this process has it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn claim(&self, conversation: ConversationId) -> Result<Option<Claim>, StoreError> {
        self.pay(Some(conversation)).await?;
        let run = self.opened()?.run;
        self.look_and_write(move |connection| {
            if !connection.one(WAITING, (stored(conversation.0),))? {
                return Ok(None);
            }
            connection.transaction(|connection| take(connection, conversation, run))
        })
        .await
    }

    /// Takes the questions that have come meanwhile into a running turn; tells them, oldest first. Those that were answered
    /// before and are to be answered again wait for themselves.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn absorb(&self, fence: &Fence) -> Result<Vec<Ask>, StoreError> {
        let fence = fence.copy();
        self.write(move |connection| {
            let fence = &fence;
            hold(connection, fence)?;
            let open = open_turns(connection, fence.conversation)?;
            let mut asks = Vec::new();
            let leader = open.iter().find(|turn| turn.ask.message == fence.turn);
            let queued = open.iter().filter(|turn| turn.state == State::Queued);
            let joins = |turn: &&Open| leader.is_some_and(|leader| turn.ask.joins(&leader.ask));
            for turn in queued.filter(|turn| turn.is_new()).filter(joins) {
                join(connection, fence.turn, turn.ask.message)?;
                asks.push(turn.ask.clone());
            }
            Ok(asks)
        })
        .await
    }

    /// Keeps how far the answer of a running turn has come. A message that was deleted meanwhile stays deleted.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn save_reply(&self, fence: &Fence, shown: &Shown) -> Result<(), StoreError> {
        let (fence, shown, now) = (fence.copy(), shown.clone(), self.tick());
        self.write(move |connection| {
            let saved = connection.execute(
                "UPDATE turns SET reply = COALESCE($3, reply) \
                 WHERE ask = $1 AND fence = $2 AND state = 'running'",
                (stored(fence.turn.0), fence.number, &shown.state),
            )?;
            held(saved)?;
            record_parts(connection, &fence, &shown.parts, now)
        })
        .await
    }
}

/// Claims what a conversation has to be answered; see [`Store::claim`].
fn take(
    connection: &Connection,
    conversation: ConversationId,
    run: i64,
) -> Result<Option<Claim>, Fault> {
    let number: Option<i64> = connection.first(NUMBER, (stored(conversation.0), run))?;
    let Some(number) = number else {
        return Ok(None);
    };
    let open = open_turns(connection, conversation)?;
    // What somebody died over goes first: there is one running turn at the most. Then what was begun before, and the oldest
    // question otherwise.
    let begun = open
        .iter()
        .find(|turn| turn.state == State::Running)
        .or_else(|| open.iter().find(|turn| turn.reply.is_some()));
    let Some(leader) = begun.or_else(|| open.iter().find(|turn| turn.state == State::Queued))
    else {
        return Ok(None);
    };
    let fence = Fence {
        turn: leader.ask.message,
        conversation,
        number,
    };
    connection.execute(
        "UPDATE turns SET state = 'running', leader = NULL, fence = $2, run = $3, claimed = $4 WHERE ask = $1",
        (stored(fence.turn.0), number, run, now_ms()),
    )?;
    let belongs = |turn: &&Open| match turn.leader {
        // Those of another turn that is to go on wait for it.
        Some(joined) if open.iter().any(|turn| turn.ask.message == joined) => joined == fence.turn,
        Some(_) | None => {
            let are_new = leader.is_new() && turn.is_new();
            are_new && turn.ask.message != fence.turn && turn.ask.joins(&leader.ask)
        }
    };
    let mut asks = vec![leader.ask.clone()];
    for turn in open.iter().filter(belongs) {
        join(connection, fence.turn, turn.ask.message)?;
        asks.push(turn.ask.clone());
    }
    asks.sort_unstable_by_key(|ask| ask.message);
    let before: Option<(String, Option<String>)> = connection.first(
        "SELECT text, outcome FROM versions WHERE ask = $1 ORDER BY version DESC LIMIT 1",
        (stored(fence.turn.0),),
    )?;
    let unheard = |ask: &&Ask| {
        let turn = open.iter().find(|turn| turn.ask.message == ask.message);
        turn.is_some_and(|turn| turn.missed || turn.told < run)
    };
    let missed = if leader.version == 1 {
        let missed = asks.iter().filter(unheard);
        missed.map(|ask| ask.message).collect()
    } else {
        Vec::new()
    };
    let stopped = leader.stopped.as_deref().and_then(from_json);
    let deleted: Option<bool> = connection.first(
        "SELECT deleted FROM messages WHERE conversation = $1 AND id = $2",
        (stored(conversation.0), stored(fence.turn.0)),
    )?;
    Ok(Some(Claim {
        fence,
        asks,
        reply: leader.reply.clone(),
        left: leader.state == State::Running,
        before: before.map(|(text, outcome)| Before {
            text,
            is_whole: outcome.is_some_and(|outcome| {
                matches!(serde_json::from_str(&outcome), Ok(TurnEnd::Answered { .. }))
            }),
        }),
        stopped,
        withdrawn: deleted == Some(true),
        missed,
    }))
}

/// Writes the messages of an answer. The worker is known to own the turn.
pub(super) fn record_parts(
    connection: &Connection,
    fence: &Fence,
    parts: &[Said],
    now: i64,
) -> Result<(), Fault> {
    for (part, said) in parts.iter().enumerate() {
        messages::upsert_part(connection, fence.conversation, fence.turn, part, said, now)?;
    }
    Ok(())
}

/// Takes their words from messages that the answer has left behind, as it stands in others now: `reply` of its turn no longer
/// names them. That they answer the question stays known.
pub(super) const FORGET_LEFT: &str = "UPDATE messages SET text = '', size = 0, changed = $3 \
     WHERE conversation = $1 AND answers = $2 AND deleted = FALSE AND text <> '' \
     AND EXISTS (SELECT 1 FROM turns WHERE ask = $2 AND reply NOT LIKE '%\"' || messages.id || '\"%')";

/// See [`FORGET_LEFT`]. To be done before the messages that there are now are written.
pub(super) fn forget_left(connection: &Connection, fence: &Fence, now: i64) -> Result<(), Fault> {
    let (conversation, turn) = (stored(fence.conversation.0), stored(fence.turn.0));
    connection.execute(FORGET_LEFT, (conversation, turn, now))?;
    Ok(())
}

/// A turn that has not ended.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) ask: Ask,
    pub(super) state: State,
    leader: Option<MessageId>,
    reply: Option<String>,
    version: i64,
    /// In which run it was told.
    pub(super) told: i64,
    missed: bool,
    stopped: Option<String>,
}

impl Open {
    /// Nothing was ever shown of its answer. Another version of an answer goes into the messages of the one before, and is
    /// for its own questions alone.
    pub(super) fn is_new(&self) -> bool {
        self.reply.is_none() && self.version == 1
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Queued,
    Running,
    Joined,
}

type OpenRow = (
    i64,
    String,
    Option<i64>,
    String,
    Option<String>,
    i64,
    i64,
    bool,
    Option<String>,
);

/// The turns of a conversation that have not ended, oldest first. One that can't be read would block the conversation
/// for ever: it is given up.
pub(super) fn open_turns(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<Open>, Fault> {
    let rows: Vec<OpenRow> = connection.all(OPEN, (stored(conversation.0),))?;
    let mut open = Vec::with_capacity(rows.len());
    for (id, state, leader, question, reply, version, told, missed, stopped) in rows {
        let Some(ask) = from_json(&question) else {
            tracing::error!(
                turn = row::id(id),
                "a question that can't be read is given up"
            );
            connection.execute(
                "UPDATE turns SET state = 'failed', reply = NULL, ended = $2 WHERE ask = $1",
                (id, now_ms()),
            )?;
            continue;
        };
        open.push(Open {
            ask,
            state: match state.as_str() {
                "running" => State::Running,
                "joined" => State::Joined,
                _ => State::Queued,
            },
            leader: leader.map(|leader| MessageId(row::id(leader))),
            reply,
            version,
            told,
            missed,
            stopped,
        });
    }
    Ok(open)
}

/// Makes sure that the worker still owns its turn, for the rest of the transaction.
pub(super) fn hold(connection: &Connection, fence: &Fence) -> Result<(), Fault> {
    // An update rather than a question: on an engine with several writers it also keeps others from claiming.
    let touched = connection.execute(
        "UPDATE turns SET fence = fence WHERE ask = $1 AND fence = $2 AND state = 'running'",
        (stored(fence.turn.0), fence.number),
    )?;
    held(touched)
}

/// A statement that names the fence has found its row.
pub(super) fn held(rows: usize) -> Result<(), Fault> {
    if rows > 0 { Ok(()) } else { Err(Fault::Fenced) }
}

/// A queued question is answered by the turn of another one.
pub(super) fn join(
    connection: &Connection,
    leader: MessageId,
    ask: MessageId,
) -> Result<(), Fault> {
    connection.execute(
        "UPDATE turns SET state = 'joined', leader = $2 WHERE ask = $1",
        (stored(ask.0), stored(leader.0)),
    )?;
    Ok(())
}
