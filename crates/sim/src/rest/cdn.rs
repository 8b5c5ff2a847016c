//! The CDN: files of messages as they were sent, and drawn pictures for avatars and emojis.

use crate::{
    Shared,
    world::{CdnState, World},
};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/attachments/{channel}/{file}/{name}", get(attachment))
        .route("/avatars/{user}/{name}", get(avatar))
        .route("/embed/avatars/{name}", get(default_avatar))
        .route("/emojis/{name}", get(emoji))
        .route("/icons/{id}/{name}", get(avatar))
}

/// The marks of a file's address.
#[derive(Deserialize)]
struct Marks {
    /// When it expires: seconds since the Unix epoch, in hexadecimal digits.
    ex: Option<String>,
}

impl Marks {
    /// The address works no longer, or lacks its marks.
    fn are_over(&self, world: &World) -> bool {
        let expires = self.ex.as_deref();
        let expires = expires.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        expires.is_none_or(|seconds| seconds < world.clock.now_ms() / 1000)
    }
}

async fn attachment(
    State(shared): State<Arc<Shared>>,
    Path((channel, file, name)): Path<(u64, u64, String)>,
    Query(marks): Query<Marks>,
) -> Response {
    shared.with(|world| world.cdn.asked += 1);
    let state = |world: &World| world.cdn.state;
    let answers = shared.until(|world| (state(world) != CdnState::Hangs).then(|| state(world)));
    if answers.await == CdnState::Fails {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let found = shared.look(|world| {
        let found = find(world, channel, file, &name);
        found.filter(|_| !marks.are_over(world))
    });
    let Some((bytes, kind)) = found else {
        return (
            StatusCode::NOT_FOUND,
            "This content is no longer available.",
        )
            .into_response();
    };
    // A file may be a page or a drawing with scripts in it. Opened on its own it must not act as the simulator's page.
    let headers = [
        (header::CONTENT_TYPE, kind),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'".to_owned(),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, bytes).into_response()
}

fn find(world: &World, channel: u64, file: u64, name: &str) -> Option<(Vec<u8>, String)> {
    let messages = world.messages.get(&channel)?.values();
    let found = messages
        .flat_map(|message| &message.attachments)
        .find(|one| one.id == file && one.filename == name)?;
    let kind = found
        .content_type
        .clone()
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    Some((world.files.get(&file)?.clone(), kind))
}

async fn avatar(Path((id, _)): Path<(u64, String)>) -> Response {
    picture(id)
}

async fn default_avatar(Path(name): Path<String>) -> Response {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    picture(digits.parse().unwrap_or_default())
}

/// A bubble of speech whose colour follows the id.
async fn emoji(Path(name): Path<String>) -> Response {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let hue = hue(digits.parse().unwrap_or_default());
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1.500 1h5a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H4L2 7.600V6h-.5a1 1 0 0 1-1-1V2a1 1 0 0 1 1-1z" fill="hsl({hue} 70% 58%)"/><path d="M2.600 2.600v.9M5.400 2.600v.9M2.500 4.300q1.500 1.100 3 0" stroke="white" stroke-width=".6" stroke-linecap="round" fill="none"/></svg>"#
    );
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

fn hue(id: u64) -> u64 {
    id.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 360
}

/// A square whose colour follows the id, so that people can be told apart.
fn picture(id: u64) -> Response {
    let hue = hue(id);
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="hsl({hue} 60% 45%)"/><circle cx="4" cy="3.4" r="1.5" fill="white"/><path d="M1.4 8a2.6 2.4 0 0 1 5.2 0z" fill="white"/></svg>"#
    );
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}
