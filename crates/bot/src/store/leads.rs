//! Questions that were answered together: their turn is named after the first of them. Where that one is deleted once all of it
//! has ended, the oldest of the others leads from then on, so that an edit or **Retry** finds the answer and its messages still.

use kaiwa_core::{
    id::MessageId,
    reply::{ReplyState, Standing},
    turn::TurnEnd,
};

use super::{
    connection::{Connection, record},
    erase::naming,
    error::Fault,
    now_ms,
    row::{self, stored, to_json},
};

/// The turn that answers a question.
#[derive(Debug)]
pub(super) struct Led {
    /// The question that it is named after.
    pub(super) turn: i64,
    pub(super) conversation: i64,
    pub(super) state: String,
    /// That question, as JSON.
    pub(super) question: String,
    /// Whether its message is deleted; none where nothing is known of it any more.
    pub(super) deleted: Option<bool>,
}

record!(Led {
    turn,
    conversation,
    state,
    question,
    deleted
});

/// What [`Led`] is read from: a turn `l`, and the message `m` of its question.
macro_rules! led {
    () => {
        "l.ask, l.conversation, l.state, l.question, m.deleted"
    };
}

/// The turn that answers a question.
pub(super) const LED: &str = concat!(
    "SELECT ",
    led!(),
    " FROM turns t JOIN turns l ON l.ask = COALESCE(t.leader, t.ask) \
     LEFT JOIN messages m ON m.conversation = l.conversation AND m.id = l.ask WHERE t.ask = $1"
);

/// Answers to some messages that wait to be made once more, where the message of the question that leads is deleted.
const LEFT_ALONE: &str = concat!(
    "SELECT ",
    led!(),
    " FROM turns l JOIN messages m ON m.conversation = l.conversation AND m.id = l.ask \
     WHERE l.ask IN ({ids}) AND l.state = 'queued' AND l.version > 1 AND m.deleted = TRUE"
);

/// The oldest of the questions that were answered along with another one, and still stand.
pub(super) const HEIR: &str = "SELECT t.ask FROM turns t JOIN messages m ON m.conversation = t.conversation AND m.id = t.ask \
     WHERE t.leader = $1 AND t.state IN ('done', 'failed', 'joined') AND m.deleted = FALSE ORDER BY t.ask LIMIT 1";

/// The turn that answers a question, led by one that still stands where there is one and all of it has ended.
pub(super) fn led(connection: &Connection, ask: MessageId) -> Result<Option<Led>, Fault> {
    let found: Option<Led> = connection.first(LED, (stored(ask.0),))?;
    let Some(led) = found else {
        return Ok(None);
    };
    let has_ended = matches!(led.state.as_str(), "done" | "failed");
    if led.deleted != Some(true) || !has_ended {
        return Ok(Some(led));
    }
    let Some(heir) = connection.first::<i64>(HEIR, (led.turn,))? else {
        return Ok(Some(led));
    };
    hand_over(connection, &led, heir)?;
    connection.first(LED, (heir,))
}

/// These messages are deleted: where one of them leads an answer that waits to be made once more, the oldest of the questions that
/// still stand leads it. Tells which do now.
pub(super) fn pass_on(connection: &Connection, messages: &[MessageId]) -> Result<Vec<i64>, Fault> {
    let mut heirs = Vec::new();
    for led in connection.all::<Led>(&naming(messages, LEFT_ALONE), ())? {
        if let Some(heir) = connection.first::<i64>(HEIR, (led.turn,))? {
            hand_over(connection, &led, heir)?;
            heirs.push(heir);
        }
    }
    Ok(heirs)
}

/// Names a turn that nobody works on after another one of its questions.
fn hand_over(connection: &Connection, led: &Led, heir: i64) -> Result<(), Fault> {
    let reply = reply(connection, led)?;
    connection.execute(
        "UPDATE turns SET leader = NULL, version = (SELECT l.version FROM turns l WHERE l.ask = $1), reply = $3, \
         state = (SELECT l.state FROM turns l WHERE l.ask = $1), outcome = (SELECT l.outcome FROM turns l WHERE l.ask = $1), \
         stopped = (SELECT l.stopped FROM turns l WHERE l.ask = $1) WHERE ask = $2",
        (led.turn, heir, reply),
    )?;
    // Whoever names the question that led finds the turn still.
    connection.execute(
        "UPDATE turns SET leader = $2 WHERE (ask = $1 OR leader = $1) AND ask <> $2",
        (led.turn, heir),
    )?;
    connection.execute(
        "UPDATE turns SET state = CASE WHEN state = 'queued' THEN 'done' ELSE state END, reply = NULL, stopped = NULL, \
         outcome = COALESCE(outcome, $2), ended = COALESCE(ended, $3) WHERE ask = $1",
        (led.turn, to_json(&TurnEnd::Withdrawn)?, now_ms()),
    )?;
    connection.execute(
        "UPDATE versions SET ask = $2 WHERE ask = $1",
        (led.turn, heir),
    )?;
    connection.execute(
        "UPDATE messages SET answers = $2 WHERE conversation = $3 AND answers = $1",
        (led.turn, heir, led.conversation),
    )?;
    Ok(())
}

/// Which messages the answer has. An earlier version forgot that with the question that led: what is kept of it tells it.
fn reply(connection: &Connection, led: &Led) -> Result<Option<String>, Fault> {
    let kept: Option<Option<String>> =
        connection.first("SELECT reply FROM turns WHERE ask = $1", (led.turn,))?;
    if let Some(kept) = kept.flatten() {
        return Ok(Some(kept));
    }
    let parts: Vec<(i64, String)> = connection.all(
        "SELECT id, text FROM messages WHERE conversation = $1 AND answers = $2 AND deleted = FALSE AND text <> '' \
         ORDER BY part, id",
        (led.conversation, led.turn),
    )?;
    let mut state = ReplyState::default();
    let stands = parts.iter().map(|(message, text)| Standing {
        message: MessageId(row::id(*message)),
        content: text,
        has_file: false,
    });
    state.adopt(&stands.collect::<Vec<_>>());
    Ok(state.is_begun().then(|| to_json(&state)).transpose()?)
}
