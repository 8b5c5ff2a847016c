//! An answer as one JSON body.
//!
//! <https://platform.openai.com/docs/api-reference/chat/object>

use std::{collections::VecDeque, time::Duration};

use axum::body::Bytes;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Break, Choice, Piece, Usage},
    plan::{Context, Cut, Plan, Step, answer_id},
    record::{Outcome, text_field},
    tokens,
};

pub(super) fn whole_plan(context: &Context<'_>, answer: &Answer) -> Plan {
    let body = whole_body(context, answer).to_string();
    let mut steps = VecDeque::new();
    let mut outcome = Outcome::Answered;
    let mut sent = body.as_str();
    if context.settings.first_token_delay > 0 {
        let pause = Duration::from_millis(context.settings.first_token_delay);
        steps.push_back(Step::Pause(pause));
    }
    for piece in answer.choices.iter().flat_map(|choice| &choice.pieces) {
        match piece {
            Piece::Hold => steps.push_back(Step::Hold),
            Piece::Pause(milliseconds) => {
                steps.push_back(Step::Pause(Duration::from_millis(*milliseconds)));
            }
            Piece::Break(how) => {
                outcome = Outcome::Broken;
                match how {
                    Break::Hang => steps.push_back(Step::Hang),
                    Break::Close => steps.push_back(Step::Cut(Cut::Close)),
                    Break::Reset => steps.push_back(Step::Cut(Cut::Reset)),
                    Break::End | Break::Malformed | Break::Error | Break::Full => {
                        let half = (0..=body.len() / 2)
                            .rev()
                            .find(|at| body.is_char_boundary(*at));
                        sent = body.get(..half.unwrap_or(0)).unwrap_or_default();
                    }
                }
            }
            Piece::Text(_) | Piece::Reasoning(_) | Piece::Refusal(_) | Piece::ToolCall(_) => {}
        }
    }
    steps.push_back(Step::Send(Bytes::copy_from_slice(sent.as_bytes())));
    Plan {
        content_type: "application/json".to_owned(),
        steps,
        late_headers: true,
        outcome,
    }
}

fn whole_body(context: &Context<'_>, answer: &Answer) -> Value {
    let choices: Vec<Value> = answer
        .choices
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            json!({
                "index": index,
                "message": whole_message(context, choice),
                "logprobs": null,
                "finish_reason": choice.finish().as_str(),
            })
        })
        .collect();
    json!({
        "id": answer_id(context.number),
        "object": "chat.completion",
        "created": context.created,
        "model": text_field(context.body, "model"),
        "choices": choices,
        "usage": usage_json(context, answer),
        "service_tier": "default",
        "system_fingerprint": "fp_simulator",
    })
}

fn whole_message(context: &Context<'_>, choice: &Choice) -> Value {
    let mut reasoning = String::new();
    let mut refusal = String::new();
    let mut calls = Vec::new();
    for piece in &choice.pieces {
        match piece {
            Piece::Reasoning(words) => reasoning.push_str(words),
            Piece::Refusal(words) => refusal.push_str(words),
            Piece::ToolCall(call) => calls.push(json!({
                "id": call.id, "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            })),
            Piece::Text(_) | Piece::Hold | Piece::Pause(_) | Piece::Break(_) => {}
        }
    }
    let text = choice.text();
    let silent = text.is_empty() && (!calls.is_empty() || !refusal.is_empty());
    let mut message = json!({
        "role": "assistant",
        "content": if silent { Value::Null } else { Value::String(text) },
        "refusal": if refusal.is_empty() { Value::Null } else { Value::String(refusal) },
        "annotations": [],
    });
    if let Some(fields) = message.as_object_mut() {
        if !reasoning.is_empty() {
            let field = context.settings.reasoning_field.clone();
            fields.insert(field, Value::String(reasoning));
        }
        if !calls.is_empty() {
            fields.insert("tool_calls".to_owned(), Value::Array(calls));
        }
    }
    message
}

pub(super) fn usage_json(context: &Context<'_>, answer: &Answer) -> Value {
    let usage = answer.usage.unwrap_or_else(|| {
        let pieces = answer.choices.iter().flat_map(|choice| &choice.pieces);
        let (mut said, mut reasoned) = (0, 0);
        for piece in pieces {
            match piece {
                Piece::Text(words) | Piece::Refusal(words) => said += tokens::of_text(words),
                Piece::Reasoning(words) => reasoned += tokens::of_text(words),
                Piece::ToolCall(call) => said += tokens::of_text(&call.arguments),
                Piece::Hold | Piece::Pause(_) | Piece::Break(_) => {}
            }
        }
        Usage {
            prompt_tokens: tokens::of_request(context.body),
            completion_tokens: said + reasoned,
            cached_tokens: 0,
            reasoning_tokens: reasoned,
        }
    });
    json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}
