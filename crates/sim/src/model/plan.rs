//! From an answer to the steps that send it: pure, so that every odd shape can be tested as bytes.

use std::{collections::VecDeque, time::Duration};

use axum::body::Bytes;
use serde_json::Value;

use super::{
    answer::{Answer, Choice, Piece},
    fault::Fault,
    record::{Outcome, streams},
    settings::Settings,
    stream::streamed_plan,
    whole::whole_plan,
};

/// One step of sending an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// These bytes, as one part of the body.
    Send(Bytes),
    /// A pause.
    Pause(Duration),
    /// Wait for one release.
    Hold,
    /// Stay silent until everything is released.
    Hang,
    /// Cut the connection.
    Cut(Cut),
}

/// How a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// An orderly end (TCP FIN), though the answer is not complete.
    Close,
    /// A reset (TCP RST).
    Reset,
}

/// How a request is answered with 200.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) content_type: String,
    pub(super) steps: VecDeque<Step>,
    /// The headers wait until everything before the first bytes is over.
    pub(super) late_headers: bool,
    /// What becomes of the request when all steps are done.
    pub(super) outcome: Outcome,
}

/// What of the request goes into the answer.
#[derive(Debug, Clone)]
pub(super) struct Context<'a> {
    pub(super) number: u64,
    pub(super) created: u64,
    pub(super) body: &'a Value,
    pub(super) settings: &'a Settings,
}

/// Plans the answer to a request, changed by a fault if there is one.
pub(super) fn plan(context: &Context<'_>, answer: &Answer, fault: Option<&Fault>) -> Plan {
    let mut answer = changed(answer, fault);
    if let Some(beginning) = prefix(context.body)
        && let Some(first) = answer.choices.first_mut()
    {
        first.pieces.insert(0, Piece::Text(beginning.to_owned()));
    }
    let answer = &answer;
    let streamed = streams(context.body) && fault != Some(&Fault::WholeBody);
    let mut plan = if streamed {
        streamed_plan(context, answer, fault)
    } else {
        whole_plan(context, answer)
    };
    if let Some(Fault::ContentType(content_type)) = fault {
        plan.content_type.clone_from(content_type);
    }
    plan
}

/// The beginning that an answer is to go on with, where the request marks it as Mistral wants it: there the answer says
/// it once more.
///
/// <https://docs.mistral.ai/capabilities/completion/prefix>
fn prefix(body: &Value) -> Option<&str> {
    let last = body.get("messages")?.as_array()?.last()?;
    last.get("prefix")?
        .as_bool()
        .filter(|is_prefix| *is_prefix)?;
    last.get("content")?.as_str()
}

/// The answer with the fault in it, for the faults that change its pieces.
fn changed(answer: &Answer, fault: Option<&Fault>) -> Answer {
    let mut answer = answer.clone();
    if answer.choices.is_empty() {
        answer.choices.push(Choice::default());
    }
    match fault {
        Some(Fault::Break { after, how }) => {
            if let Some(first) = answer.choices.first_mut() {
                let at = (*after).min(first.pieces.len());
                first.pieces.insert(at, Piece::Break(*how));
            }
        }
        Some(Fault::EmptyAnswer) => {
            for choice in &mut answer.choices {
                choice.pieces.clear();
            }
        }
        Some(Fault::OneChunk) => {
            for choice in &mut answer.choices {
                choice.pieces = vec![Piece::Text(choice.text())];
            }
        }
        Some(_) | None => {}
    }
    answer
}

pub(super) fn answer_id(number: u64) -> String {
    format!("chatcmpl-simulated{number:06}")
}
