//! The page's own files, which are part of the binary: nothing is fetched from anywhere else.

use axum::{
    extract::Path,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// What the page may load: its own files, pictures of messages, and pictures that bots name in embeds. No script that
/// stands in the page itself runs, so that a mistake in escaping could do no harm.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob: https:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

macro_rules! files {
    ($($kind:ident $name:literal;)*) => {
        /// Every file by its name.
        const FILES: &[(&str, &str, &str)] = &[
            $(($name, $kind, include_str!(concat!("../../page/", $name))),)*
        ];
    };
}

files! {
    HTML "index.html";
    STYLE "base.css";
    STYLE "layout.css";
    STYLE "messages.css";
    STYLE "composer.css";
    STYLE "panels.css";
    SCRIPT "beside.js";
    SCRIPT "bus.js";
    SCRIPT "commands.js";
    SCRIPT "complete.js";
    SCRIPT "components.js";
    SCRIPT "composer.js";
    SCRIPT "dom.js";
    SCRIPT "emoji.js";
    SCRIPT "extras.js";
    SCRIPT "forum.js";
    SCRIPT "held.js";
    SCRIPT "highlight.js";
    SCRIPT "icons.js";
    SCRIPT "inline.js";
    SCRIPT "layers.js";
    SCRIPT "link.js";
    SCRIPT "main.js";
    SCRIPT "markdown.js";
    SCRIPT "members.js";
    SCRIPT "menu.js";
    SCRIPT "message.js";
    SCRIPT "messages.js";
    SCRIPT "modal.js";
    SCRIPT "names.js";
    SCRIPT "panels.js";
    SCRIPT "people.js";
    SCRIPT "route.js";
    SCRIPT "sidebar.js";
    SCRIPT "state.js";
    SCRIPT "store.js";
    SCRIPT "timeline.js";
    SCRIPT "trouble.js";
    SCRIPT "unread.js";
    SCRIPT "words.js";
    SCRIPT "words_en.js";
    SCRIPT "words_ja.js";
    SCRIPT "xray.js";
}

/// `/page` without its slash.
pub(super) async fn to_the_page() -> Redirect {
    Redirect::permanent("/page/")
}

/// The page itself.
pub(super) async fn index() -> Response {
    served("index.html")
}

/// One of its files.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    served(&name)
}

fn served(name: &str) -> Response {
    let Some((_, kind, text)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Another build may serve other files under the same address.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, *text).into_response()
}
