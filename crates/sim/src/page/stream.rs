//! The page's websocket: first all that its person may see, then what changes. A page that comes back begins anew, so
//! that nothing is ever missing.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        Query, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Serving,
    told::Told,
    view::{self, Floors},
    xray,
};
use crate::control::Name;

/// At the most so often the page is told what changed.
const PAUSE: Duration = Duration::from_millis(25);

/// Who looks.
#[derive(Debug, Deserialize)]
pub(super) struct Who {
    /// A name or an id; the first person where it is left out.
    #[serde(rename = "as")]
    person: Option<String>,
}

/// What a page asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wish {
    /// Older messages of this channel.
    Older(Name),
    /// Whether what lies beneath is told too.
    Xray(bool),
}

/// Opens the stream.
pub(super) async fn open(
    State(serving): State<Arc<Serving>>,
    Query(who): Query<Who>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| serve(serving, who, socket))
}

async fn serve(serving: Arc<Serving>, who: Who, mut socket: WebSocket) {
    let shared = &serving.shared;
    let mut world_changed = shared.changed();
    let mut model_changed = shared.model.changed();
    let (_nobody, mut program_changed) = tokio::sync::watch::channel(Default::default());
    if let Some(program) = &serving.page.program {
        program_changed = program.changed();
    }
    let (mut told, mut floors, mut xrayed) = (Told::default(), Floors::default(), false);
    loop {
        world_changed.borrow_and_update();
        model_changed.borrow_and_update();
        program_changed.borrow_and_update();
        let update = shared.look(|world| {
            told.value("about".to_owned(), about(&serving, &world.base));
            let viewer = viewer(world, who.person.as_deref());
            view::tell(&mut told, &mut floors, shared, world, viewer);
            if xrayed {
                xray::tell(&mut told, &serving, world);
            }
            told.update()
        });
        if let Some(mut update) = update {
            let now = shared.look(|world| world.clock.now_ms());
            crate::world::json::put(&mut update, "now", json!(now));
            if socket
                .send(Message::text(update.to_string()))
                .await
                .is_err()
            {
                return;
            }
        }
        tokio::select! {
            changed = world_changed.changed() => if changed.is_err() { return },
            changed = model_changed.changed(), if xrayed => if changed.is_err() { return },
            changed = program_changed.changed() => if changed.is_err() { return },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(Wish::Older(channel)) => shared.look(|world| {
                        if let Ok(channel) = channel.channel(world) {
                            floors.lower(world, channel);
                        }
                    }),
                    Ok(Wish::Xray(on)) => xrayed = on,
                    Err(error) => tracing::debug!(%error, "a page asked for something unknown"),
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
            },
            () = shared.closing().cancelled() => return,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The person who looks; 0, whom nobody is, where there is none of that name.
fn viewer(world: &crate::World, person: Option<&str>) -> u64 {
    let named = person.and_then(|name| Name::from(name).user(world).ok());
    let first = || world.users.values().find(|user| !user.bot);
    match person {
        Some(_) => named.unwrap_or_default(),
        None => first().map(|user| user.id).unwrap_or_default(),
    }
}

fn about(serving: &Serving, base: &str) -> serde_json::Value {
    let program = serving.page.program.as_ref().map(super::Program::state);
    json!({ "base": base, "model": serving.page.model, "program": program, "through": serving.page.upstream.is_some() })
}
