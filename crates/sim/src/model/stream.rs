//! An answer as server-sent events, each chunk as OpenAI streams it.
//!
//! <https://platform.openai.com/docs/api-reference/chat-streaming>

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use axum::{body::Bytes, http::StatusCode};
use serde_json::{Value, json};

use super::{
    answer::{Answer, Break, Piece},
    errors::ApiError,
    fault::{Fault, Framing},
    plan::{Context, Cut, Plan, Step, answer_id},
    record::{Outcome, text_field},
    whole::usage_json,
};

struct Stream<'a> {
    context: &'a Context<'a>,
    framing: Framing,
    usage_wanted: bool,
    steps: VecDeque<Step>,
    events: u64,
    /// How many tools each choice has called.
    calls: BTreeMap<usize, u64>,
}

pub(super) fn streamed_plan(context: &Context<'_>, answer: &Answer, fault: Option<&Fault>) -> Plan {
    let framing = match fault {
        Some(Fault::Framing(framing)) => *framing,
        Some(_) | None => Framing::default(),
    };
    let usage_wanted = context
        .body
        .pointer("/stream_options/include_usage")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let mut stream = Stream {
        context,
        framing,
        usage_wanted,
        steps: VecDeque::new(),
        events: 0,
        calls: BTreeMap::new(),
    };
    let outcome = stream.write(answer, fault);
    let steps = if framing.odd_parts {
        odd_parts(stream.steps)
    } else {
        stream.steps
    };
    Plan {
        content_type: "text/event-stream; charset=utf-8".to_owned(),
        steps,
        late_headers: false,
        outcome,
    }
}

impl Stream<'_> {
    fn write(&mut self, answer: &Answer, fault: Option<&Fault>) -> Outcome {
        for index in 0..answer.choices.len() {
            self.delta(
                index,
                json!({"role": "assistant", "content": "", "refusal": null}),
                None,
            );
        }
        self.pause(self.context.settings.first_token_delay);
        let longest = answer.choices.iter().map(|c| c.pieces.len()).max();
        let mut first = true;
        let mut outcome = Outcome::Answered;
        for turn in 0..=longest.unwrap_or(0) {
            for (index, choice) in answer.choices.iter().enumerate() {
                if let Some(piece) = choice.pieces.get(turn) {
                    if !first && !matches!(piece, Piece::Hold | Piece::Pause(_) | Piece::Break(_)) {
                        self.pause(self.context.settings.token_delay);
                    }
                    first = false;
                    match self.piece(index, piece) {
                        Flow::On => {}
                        Flow::Spoilt => outcome = Outcome::Broken,
                        Flow::Over => return Outcome::Broken,
                    }
                } else if turn == choice.pieces.len() && fault != Some(&Fault::NoFinishReason) {
                    self.delta(index, json!({}), Some(choice.finish().as_str()));
                }
            }
        }
        if self.usage_wanted {
            let mut chunk = self.chunk(&json!([]));
            if let Some(fields) = chunk.as_object_mut() {
                fields.insert("usage".to_owned(), usage_json(self.context, answer));
            }
            self.event(&chunk.to_string());
        }
        match fault {
            Some(Fault::NoDone) => Outcome::Broken,
            Some(Fault::NoFinishReason) => {
                self.done();
                Outcome::Broken
            }
            Some(_) | None => {
                self.done();
                outcome
            }
        }
    }

    fn piece(&mut self, index: usize, piece: &Piece) -> Flow {
        match piece {
            Piece::Text(words) => self.delta(index, json!({"content": words}), None),
            Piece::Reasoning(words) => {
                let field = self.context.settings.reasoning_field.clone();
                self.delta(index, json!({ field: words }), None);
            }
            Piece::Refusal(words) => self.delta(index, json!({"refusal": words}), None),
            Piece::ToolCall(call) => {
                // Calls are numbered within their choice, in order of appearance.
                let number = self.calls.entry(index).or_default();
                let position = *number;
                *number += 1;
                self.delta(
                    index,
                    json!({"tool_calls": [{
                        "index": position, "id": call.id, "type": "function",
                        "function": {"name": call.name, "arguments": ""},
                    }]}),
                    None,
                );
                for part in halves(&call.arguments) {
                    self.delta(
                        index,
                        json!({"tool_calls": [{"index": position, "function": {"arguments": part}}]}),
                        None,
                    );
                }
            }
            Piece::Hold => self.steps.push_back(Step::Hold),
            Piece::Pause(milliseconds) => self.pause(*milliseconds),
            Piece::Break(how) => return self.broken(*how),
        }
        Flow::On
    }

    fn broken(&mut self, how: Break) -> Flow {
        match how {
            Break::Hang => self.steps.push_back(Step::Hang),
            Break::Close => self.steps.push_back(Step::Cut(Cut::Close)),
            Break::Reset => self.steps.push_back(Step::Cut(Cut::Reset)),
            Break::End => {}
            Break::Malformed => {
                let whole = self.chunk(&choice_json(0, json!({"content": "lost"}), None));
                let text = whole.to_string();
                let cut = text.get(..text.len() / 2).unwrap_or("{").to_owned();
                self.event(&cut);
                return Flow::Spoilt;
            }
            Break::Error => {
                let error = ApiError::server(StatusCode::INTERNAL_SERVER_ERROR);
                self.event(&error.json().to_string());
            }
            Break::Full => {
                let full = json!({"error": {
                    "code": 500, "message": "Context size has been exceeded.", "type": "server_error",
                }});
                self.event(&full.to_string());
            }
        }
        Flow::Over
    }

    fn chunk(&self, choices: &Value) -> Value {
        let mut chunk = json!({
            "id": answer_id(self.context.number),
            "object": "chat.completion.chunk",
            "created": self.context.created,
            "model": text_field(self.context.body, "model"),
            "service_tier": "default",
            "system_fingerprint": "fp_simulator",
            "choices": choices,
        });
        if self.usage_wanted
            && let Some(fields) = chunk.as_object_mut()
        {
            fields.insert("usage".to_owned(), Value::Null);
        }
        chunk
    }

    fn delta(&mut self, index: usize, delta: Value, finish: Option<&str>) {
        let chunk = self.chunk(&choice_json(index, delta, finish));
        self.event(&chunk.to_string());
    }

    fn pause(&mut self, milliseconds: u64) {
        if milliseconds > 0 {
            let pause = Duration::from_millis(milliseconds);
            self.steps.push_back(Step::Pause(pause));
        }
    }

    fn event(&mut self, data: &str) {
        let end = self.line_end();
        let mut text = String::new();
        if self.framing.byte_order_mark && self.events == 0 {
            text.push('\u{feff}');
        }
        if self.framing.comments {
            text.push_str(&format!(": keep-alive{end}{end}"));
        }
        if self.framing.other_fields {
            text.push_str(&format!("id: {}{end}retry: 1000{end}", self.events));
        }
        let space = if self.framing.no_space { "" } else { " " };
        text.push_str(&format!("data:{space}{data}{end}{end}"));
        self.events += 1;
        self.steps.push_back(Step::Send(Bytes::from(text)));
    }

    fn done(&mut self) {
        if self.framing.unfinished_end {
            self.steps
                .push_back(Step::Send(Bytes::from("data: [DONE]")));
        } else {
            self.event("[DONE]");
        }
    }

    fn line_end(&self) -> &'static str {
        if self.framing.carriage_returns {
            "\r\n"
        } else {
            "\n"
        }
    }
}

enum Flow {
    On,
    /// Something was broken, but the stream goes on.
    Spoilt,
    Over,
}

fn choice_json(index: usize, delta: Value, finish: Option<&str>) -> Value {
    json!([{"index": index, "delta": delta, "logprobs": null, "finish_reason": finish}])
}

/// Arguments come in parts, cut where no one would cut them by hand.
fn halves(text: &str) -> Vec<&str> {
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let (start, end) = text.split_at(middle.unwrap_or(0));
    [start, end]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect()
}

/// Cuts runs of bytes into small parts whose sizes change, so that every line and every character
/// is cut somewhere.
fn odd_parts(steps: VecDeque<Step>) -> VecDeque<Step> {
    const SIZES: [usize; 6] = [1, 2, 3, 5, 8, 13];
    let mut sizes = SIZES.iter().copied().cycle();
    let mut parts = VecDeque::new();
    let mut run: Vec<u8> = Vec::new();
    let mut flush = |run: &mut Vec<u8>, parts: &mut VecDeque<Step>| {
        let mut rest = Bytes::from(std::mem::take(run));
        while !rest.is_empty() {
            let size = sizes.next().unwrap_or(1).min(rest.len());
            parts.push_back(Step::Send(rest.split_to(size)));
        }
    };
    for step in steps {
        if let Step::Send(bytes) = step {
            run.extend_from_slice(&bytes);
        } else {
            flush(&mut run, &mut parts);
            parts.push_back(step);
        }
    }
    flush(&mut run, &mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Choice, HOLD, Settings, ToolCall, plan::plan};

    fn planned(request: Value, settings: &Settings, answer: &Answer, fault: Option<Fault>) -> Plan {
        let context = Context {
            number: 1,
            created: 1_700_000_000,
            body: &request,
            settings,
        };
        plan(&context, answer, fault.as_ref())
    }

    fn asked(answer: &Answer, fault: Option<Fault>) -> Plan {
        let request = json!({"model": "simulated", "stream": true, "messages": []});
        planned(request, &Settings::default(), answer, fault)
    }

    fn parts(plan: &Plan) -> impl Iterator<Item = &Bytes> {
        plan.steps.iter().filter_map(|step| {
            if let Step::Send(bytes) = step {
                Some(bytes)
            } else {
                None
            }
        })
    }

    fn bytes(plan: &Plan) -> Vec<u8> {
        parts(plan).flat_map(|part| part.to_vec()).collect()
    }

    /// The events' data, one a line; chunks as `index:delta finish`.
    fn told(plan: &Plan) -> String {
        let text = String::from_utf8(bytes(plan)).unwrap();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let lines: Vec<String> = data
            .map(|data| match serde_json::from_str::<Value>(data) {
                Ok(chunk) if chunk["choices"][0].is_object() => {
                    let choice = &chunk["choices"][0];
                    let finish = choice["finish_reason"].as_str().unwrap_or("");
                    format!("{}:{} {finish}", choice["index"], choice["delta"])
                }
                _ => data.to_owned(),
            })
            .map(|line| line.trim_end().to_owned())
            .collect();
        lines.join("\n")
    }

    const ROLE: &str = r#"0:{"content":"","refusal":null,"role":"assistant"}"#;

    #[test]
    fn pieces_are_chunks_between_the_role_and_the_end() {
        let plan = asked(&Answer::new(["The sea is ", HOLD, "blue."]), None);
        assert_eq!(
            told(&plan),
            format!(
                "{ROLE}\n0:{{\"content\":\"The sea is \"}}\n0:{{\"content\":\"blue.\"}}\n0:{{}} stop\n[DONE]"
            )
        );
        assert_eq!(plan.steps[2], Step::Hold);
        assert_eq!(plan.outcome, Outcome::Answered);
    }

    #[test]
    fn choices_take_turns_and_end_on_their_own() {
        let answer = Answer::new(["a1", "a2"])
            .and(["b1"])
            .finish(crate::model::Finish::Length);
        let story = told(&asked(&answer, None));
        let rest: Vec<&str> = story.lines().skip(2).collect();
        assert_eq!(
            rest,
            [
                r#"0:{"content":"a1"}"#,
                r#"1:{"content":"b1"}"#,
                r#"0:{"content":"a2"}"#,
                "1:{} length",
                "0:{} stop",
                "[DONE]"
            ]
        );
    }

    #[test]
    fn usage_comes_last_and_only_when_asked_for() {
        let request =
            json!({"stream": true, "stream_options": {"include_usage": true}, "messages": []});
        let plan = planned(request, &Settings::default(), &Answer::new(["four"]), None);
        let story = told(&plan);
        let last: Value = serde_json::from_str(story.lines().rev().nth(1).unwrap()).unwrap();
        assert_eq!(last["choices"], json!([]));
        assert_eq!(last["usage"]["completion_tokens"], 1);
        assert!(!told(&asked(&Answer::new(["four"]), None)).contains("usage"));
    }

    #[test]
    fn tool_calls_come_in_parts_and_say_so_at_the_end() {
        let call = |id: &str| ToolCall {
            id: id.to_owned(),
            name: "clock".to_owned(),
            arguments: r#"{"zone":"東京"}"#.to_owned(),
        };
        let answer = Answer::new([call("call_1"), call("call_2")]);
        let text = String::from_utf8(bytes(&asked(&answer, None))).unwrap();
        let mut arguments = [String::new(), String::new()];
        for data in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let chunk: Value = serde_json::from_str(data).unwrap_or_default();
            let call = &chunk["choices"][0]["delta"]["tool_calls"][0];
            if let Some(index) = call["index"].as_u64() {
                let part = call["function"]["arguments"].as_str().unwrap();
                arguments[usize::try_from(index).unwrap()].push_str(part);
            }
        }
        assert_eq!(arguments, [r#"{"zone":"東京"}"#, r#"{"zone":"東京"}"#]);
        assert!(text.contains(r#""finish_reason":"tool_calls""#));
    }

    #[test]
    fn breaks_end_the_stream_where_they_stand() {
        let sea = Answer::new(["The ", "sea"]);
        let broken = |after, how| asked(&sea, Some(Fault::Break { after, how }));
        let cut = broken(1, Break::Reset);
        assert_eq!(told(&cut), format!("{ROLE}\n0:{{\"content\":\"The \"}}"));
        assert_eq!(cut.steps.back(), Some(&Step::Cut(Cut::Reset)));
        assert_eq!(cut.outcome, Outcome::Broken);
        assert_eq!(broken(9, Break::Hang).steps.back(), Some(&Step::Hang));
        assert!(!told(&broken(1, Break::End)).contains("[DONE]"));
        assert!(told(&broken(1, Break::Error)).ends_with(r#""type":"server_error"}}"#));
        assert!(told(&broken(1, Break::Full)).contains("Context size has been exceeded."));
        let malformed = told(&broken(1, Break::Malformed));
        assert!(
            malformed.ends_with("[DONE]"),
            "the stream goes on: {malformed}"
        );
        assert!(serde_json::from_str::<Value>(malformed.lines().nth(2).unwrap()).is_err());
    }

    #[test]
    fn shapes_that_providers_get_wrong() {
        let sea = Answer::new(["The ", "sea"]);
        let shape = |fault| told(&asked(&sea, Some(fault)));
        assert!(!shape(Fault::NoDone).contains("[DONE]"));
        assert!(!shape(Fault::NoFinishReason).contains("stop"));
        assert!(shape(Fault::OneChunk).contains(r#"{"content":"The sea"}"#));
        assert_eq!(
            shape(Fault::EmptyAnswer),
            format!("{ROLE}\n0:{{}} stop\n[DONE]")
        );
        let whole = asked(&sea, Some(Fault::WholeBody));
        assert_eq!(whole.content_type, "application/json");
        let body: Value = serde_json::from_slice(&bytes(&whole)).unwrap();
        assert_eq!(body["choices"][0]["message"]["content"], "The sea");
    }

    #[test]
    fn odd_framing_cuts_characters_and_keeps_every_byte() {
        let sea = Answer::new(["海は", "青い"]);
        let framing = Framing::all();
        let odd = asked(&sea, Some(Fault::Framing(framing)));
        let parts: Vec<&Bytes> = parts(&odd).collect();
        assert!(parts.iter().all(|part| part.len() <= 13));
        assert!(parts.iter().any(|part| std::str::from_utf8(part).is_err()));
        let even = asked(
            &sea,
            Some(Fault::Framing(Framing {
                odd_parts: false,
                ..framing
            })),
        );
        assert_eq!(bytes(&odd), bytes(&even));
        let text = String::from_utf8(bytes(&odd)).unwrap();
        assert!(text.starts_with("\u{feff}: keep-alive\r\n\r\nid: 0\r\nretry: 1000\r\ndata:{"));
        assert!(!text.replace("\r\n", "").contains('\n'));
    }

    #[test]
    fn delays_stand_between_pieces_only() {
        let settings = Settings {
            first_token_delay: 50,
            token_delay: 5,
            ..Settings::default()
        };
        let request = json!({"stream": true, "messages": []});
        let answer = Answer::new(["a", "b"]);
        let plan = planned(request, &settings, &answer, None);
        let shape: Vec<String> = plan
            .steps
            .iter()
            .map(|step| {
                if let Step::Pause(pause) = step {
                    format!("{}", pause.as_millis())
                } else {
                    "-".to_owned()
                }
            })
            .collect();
        assert_eq!(shape.join(" "), "- 50 - 5 - - -");
    }

    #[test]
    fn reasoning_goes_into_the_field_of_the_settings() {
        let answer = Answer::new(["blue"]).after_reasoning("hm");
        assert!(told(&asked(&answer, None)).contains(r#"{"reasoning_content":"hm"}"#));
        assert_eq!(Choice::default().finish(), crate::model::Finish::Stop);
    }
}
