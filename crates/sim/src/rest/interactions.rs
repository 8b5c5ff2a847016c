//! The first answer to an interaction.

use super::{
    asked::{Asked, Reply},
    forms,
    serve::Served,
};
use crate::world::{Answer, Refusal, Response, World, flags, json};
use serde_json::{Value, json};

pub(super) fn answer(world: &mut World, asked: &Asked) -> Served {
    let id = asked.id(0)?;
    let token = asked.text(1);
    let kind = asked
        .field_number("type")?
        .ok_or_else(|| Refusal::required("type"))?;
    let empty = json!({});
    let data = asked.field("data").unwrap_or(&empty);
    let response = match kind {
        1 => Response::Pong,
        4 => Response::Message(Box::new(forms::draft(data, &asked.files, "data.", true)?)),
        5 => {
            let given = data.get("flags").and_then(Value::as_u64).unwrap_or(0);
            Response::Deferred {
                ephemeral: given & flags::EPHEMERAL != 0,
            }
        }
        6 => Response::DeferredUpdate,
        7 => Response::Update(Box::new(forms::change(data, &asked.files, "data.")?)),
        8 => {
            let choices = data
                .get("choices")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            if choices.len() > 25 {
                return Err(Refusal::form(
                    "data.choices",
                    "BASE_TYPE_MAX_LENGTH",
                    "Must be 25 or fewer in length.",
                ));
            }
            Response::Choices(choices)
        }
        9 => Response::Modal(data.clone()),
        _ => return Err(Refusal::bad_choice("type", "1, 4, 5, 6, 7, 8, 9, 12")),
    };
    world.answer(id, token, response)?;
    if asked.query_flag("with_response") {
        Ok(Reply::Json(resource(world, id, kind)))
    } else {
        Ok(Reply::Nothing)
    }
}

/// What `with_response` asks for.
fn resource(world: &World, id: u64, kind: u64) -> Value {
    let Some(interaction) = world.interactions.get(&id) else {
        return Value::Null;
    };
    let mut object = json!({ "id": json::id(id), "type": interaction.kind, "channel_id": json::id(interaction.channel),
        "response_message_loading": matches!(interaction.answer, Answer::Deferred { .. }) });
    let message = world
        .original(id)
        .ok()
        .and_then(|(channel, message)| world.message(channel, message));
    if let Some(message) = message {
        json::put(&mut object, "response_message_id", json::id(message.id));
        json::put(
            &mut object,
            "response_message_ephemeral",
            json!(message.only_for.is_some()),
        );
    }
    if let Some(guild) = world.guild_of(interaction.channel) {
        json::put(&mut object, "guild_id", json::id(guild));
    }
    let mut body = json!({ "interaction": object });
    let shows_message = matches!(kind, 4 | 5 | 7);
    if let Some(message) = message.filter(|_| shows_message) {
        let message = world.message_json(message, Some(interaction.application));
        json::put(
            &mut body,
            "resource",
            json!({ "type": kind, "message": message }),
        );
    }
    body
}
