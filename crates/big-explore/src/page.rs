//! The page's files, carried in the program.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, kind, content.
const FILES: [(&str, &str, &str); 17] = [
    ("/", HTML, include_str!("../page/index.html")),
    (
        "/app.css",
        "text/css; charset=utf-8",
        include_str!("../page/app.css"),
    ),
    ("/app.js", SCRIPT, include_str!("../page/app.js")),
    ("/api.js", SCRIPT, include_str!("../page/api.js")),
    ("/axes.js", SCRIPT, include_str!("../page/axes.js")),
    ("/drag.js", SCRIPT, include_str!("../page/drag.js")),
    ("/draw.js", SCRIPT, include_str!("../page/draw.js")),
    ("/follow.js", SCRIPT, include_str!("../page/follow.js")),
    ("/game.js", SCRIPT, include_str!("../page/game.js")),
    ("/panel.js", SCRIPT, include_str!("../page/panel.js")),
    ("/crowd.js", SCRIPT, include_str!("../page/crowd.js")),
    ("/refit.js", SCRIPT, include_str!("../page/refit.js")),
    ("/rules.js", SCRIPT, include_str!("../page/rules.js")),
    ("/copy.js", SCRIPT, include_str!("../page/copy.js")),
    ("/scenes.js", SCRIPT, include_str!("../page/scenes.js")),
    ("/audit.js", SCRIPT, include_str!("../page/audit.js")),
    (
        "/icon.svg",
        "image/svg+xml",
        include_str!("../page/icon.svg"),
    ),
];

/// A file of the page.
pub(crate) async fn file(uri: Uri) -> Response {
    match FILES.iter().find(|(path, ..)| *path == uri.path()) {
        Some((_, kind, content)) => ([(header::CONTENT_TYPE, *kind)], *content).into_response(),
        None => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
    }
}
