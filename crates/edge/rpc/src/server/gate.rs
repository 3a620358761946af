//! Who is let in: checks on the header of a request, before its body is read.

use super::{
    jwt::{JwtSecret, TokenError},
    origins::{AllowedOrigins, host_of, is_local_host},
};
use crate::metrics::RefusalMetrics;
use hyper::{
    HeaderMap, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, ORIGIN},
};
use jsonrpsee::server::{HttpBody, HttpResponse};
use rollup_runtime::Clock;
use std::sync::Arc;
use thiserror::Error;

/// A request that is not let in. The caller reads the text.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    /// No valid token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A web page opens a WebSocket that may not.
    #[error("origin is not allowed")]
    Origin,
    /// A name that somebody else may let point to this machine.
    #[error("host is not allowed")]
    Host,
    /// The other transport is served here.
    #[error("{0} is not served on this port")]
    Transport(Transport),
}

/// How calls come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, derive_more::Display)]
pub(crate) enum Transport {
    /// One request for one call or batch.
    #[display("HTTP")]
    Http,
    /// A connection for many.
    #[display("WebSocket")]
    Ws,
    /// The same on a socket of this machine.
    #[display("IPC")]
    Ipc,
}

impl Transport {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Ws => "ws",
            Self::Ipc => "ipc",
        }
    }
}

impl Refusal {
    const REASONS: [&'static str; 4] = ["token", "origin", "host", "transport"];

    const fn reason(&self) -> usize {
        match self {
            Self::Token(_) => 0,
            Self::Origin => 1,
            Self::Host => 2,
            Self::Transport(_) => 3,
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::Origin | Self::Host | Self::Transport(_) => StatusCode::FORBIDDEN,
        }
    }
}

/// The checks of one listener.
#[derive(Debug)]
pub(crate) struct Gate {
    jwt_secret: Option<JwtSecret>,
    /// Whether a request must be for this machine by address or as `localhost`. A page that lets
    /// its own name point here would otherwise call what the browser takes for its own server.
    local_hosts_only: bool,
    clock: Arc<dyn Clock>,
    refused: [RefusalMetrics; Refusal::REASONS.len()],
}

impl Gate {
    pub(crate) fn new(
        jwt_secret: Option<JwtSecret>,
        local_hosts_only: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let metrics = |reason| RefusalMetrics::new_with_labels(&[("reason", reason)]);
        Self { jwt_secret, local_hosts_only, clock, refused: Refusal::REASONS.map(metrics) }
    }

    /// The host that the caller believes to talk to.
    pub(crate) fn check_host<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        if !self.local_hosts_only {
            return Ok(());
        }
        let header = request.headers().get(HOST).map(HeaderValue::as_bytes);
        let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let Some(host) = header.or(authority) else { return Ok(()) };
        let host = str::from_utf8(host).map_or("", host_of);
        // Any address is fine: it is a name that is made to point here.
        if is_local_host(host).is_some() { Ok(()) } else { Err(Refusal::Host) }
    }

    /// The token in the header.
    pub(crate) fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(secret) = &self.jwt_secret else { return Ok(()) };
        let header = headers.get(AUTHORIZATION).ok_or(TokenError::Missing)?;
        let token = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let token = token.ok_or(TokenError::NotBearer)?.trim();
        Ok(secret.verify(token, self.clock.unix_time())?)
    }

    /// The page that opens a WebSocket, if it is one.
    pub(crate) fn check_origin(
        &self,
        headers: &HeaderMap,
        origins: &AllowedOrigins,
    ) -> Result<(), Refusal> {
        let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
        let allowed = origin.to_str().is_ok_and(|origin| origins.allow_ws(origin));
        if allowed { Ok(()) } else { Err(Refusal::Origin) }
    }

    /// Counts a refusal, and says it to the caller.
    pub(crate) fn refuse(&self, refusal: &Refusal) -> HttpResponse {
        if let Some(metrics) = self.refused.get(refusal.reason()) {
            metrics.refused_requests_total.increment(1);
        }
        text_response(refusal.status(), refusal.to_string())
    }
}

/// An answer to what is no JSON-RPC request, or was not read as one.
pub(crate) fn text_response(status: StatusCode, text: String) -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
