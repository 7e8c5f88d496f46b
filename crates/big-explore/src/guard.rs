//! Who may ask: this machine's own page, and nobody else's.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::live::PROTOCOL;

/// What requests are held against.
#[derive(Debug)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    token: String,
}

impl Guard {
    /// For a server at this port of the loopback addresses.
    pub(crate) fn new(port: u16, token: String) -> Self {
        let names = ["127.0.0.1", "localhost", "[::1]"];
        Self {
            hosts: names.iter().map(|name| format!("{name}:{port}")).collect(),
            token,
        }
    }

    fn is_own(&self, host: Option<&HeaderValue>) -> bool {
        let host = host.and_then(|host| host.to_str().ok());
        host.is_some_and(|host| self.hosts.iter().any(|own| own == host))
    }

    /// A page that was loaded from elsewhere says so; what is no page says nothing.
    fn is_own_page(&self, origin: Option<&HeaderValue>) -> bool {
        let Some(origin) = origin else { return true };
        let host = origin.to_str().ok().and_then(|o| o.strip_prefix("http://"));
        host.is_some_and(|host| self.hosts.iter().any(|own| own == host))
    }

    /// The token is in `Authorization: Bearer TOKEN`; the browser lets a page that opens a connection say it only beside the protocol.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let protocols = text(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.split_once(','));
        let beside = protocols.filter(|(protocol, _)| *protocol == PROTOCOL);
        let given = bearer.or(beside.map(|(_, token)| token.trim()));
        // Every byte is looked at, so that the time says nothing of how many were right.
        given.is_some_and(|given| {
            given.len() == self.token.len()
                && given
                    .bytes()
                    .zip(self.token.bytes())
                    .fold(0, |wrong, (a, b)| wrong | (a ^ b))
                    == 0
        })
    }
}

/// Refuses what is not this machine's, and says to browsers what the page may do.
pub(crate) async fn guarded(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if !guard.is_own(headers.get(HOST)) || !guard.is_own_page(headers.get(ORIGIN)) {
        return (
            StatusCode::FORBIDDEN,
            "this page is for this machine alone\n",
        )
            .into_response();
    }
    if request.uri().path().starts_with("/api/") && !guard.knows(headers) {
        return (
            StatusCode::UNAUTHORIZED,
            "the token of the page's address is asked for: Authorization: Bearer TOKEN\n",
        )
            .into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
