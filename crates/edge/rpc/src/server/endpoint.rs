//! What happens to a request on a listener.

use super::{
    call::CallRules,
    gate::{Gate, Refusal, Transport, text_response},
    http,
    listener::Connection,
    origins::AllowedOrigins,
    session::Session,
    ws,
};
use crate::{config::RpcLimits, eth::submit::ForwardedBy};
use hyper::{
    HeaderMap, Method, Request, StatusCode, Version,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    http::Extensions,
};
use jsonrpsee::{
    core::BoxError,
    server::{HttpBody, HttpResponse, ws::is_upgrade_request},
};
use std::{convert::Infallible, sync::Arc};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::{
    compression::{CompressionLayer, Predicate, predicate::SizeAbove},
    cors::{AllowOrigin, CorsLayer},
};

/// Bytes of a response below which compressing it is not worth the time.
const MIN_COMPRESSED_BYTES: u16 = 1024;

/// Everything that is served on one port.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) gate: Gate,
    pub(crate) http: Option<HttpTransport>,
    pub(crate) ws: Option<WsTransport>,
    pub(crate) limits: RpcLimits,
}

/// Calls over HTTP.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    rules: Arc<CallRules>,
    cors: Option<CorsLayer>,
    compression: bool,
}

/// Calls over WebSocket.
#[derive(Debug)]
pub(crate) struct WsTransport {
    rules: Arc<CallRules>,
    origins: AllowedOrigins,
}

impl HttpTransport {
    pub(crate) fn new(rules: Arc<CallRules>, origins: &AllowedOrigins, compression: bool) -> Self {
        Self { rules, cors: cors(origins), compression }
    }
}

impl WsTransport {
    pub(crate) const fn new(rules: Arc<CallRules>, origins: AllowedOrigins) -> Self {
        Self { rules, origins }
    }
}

/// Lets pages of these origins call. Without any, a browser keeps them from it.
fn cors(origins: &AllowedOrigins) -> Option<CorsLayer> {
    let allowed = match origins {
        AllowedOrigins::Unset => return None,
        AllowedOrigins::Any => AllowOrigin::any(),
        AllowedOrigins::Only(_) => {
            let origins = origins.clone();
            AllowOrigin::predicate(move |origin: &HeaderValue, _| {
                origin.to_str().is_ok_and(|origin| origins.lists(origin))
            })
        }
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE]);
    Some(layer)
}

impl Endpoint {
    /// Answers a request. The connection counts as open while a WebSocket is that it turns into.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Result<HttpResponse, BoxError> {
        if let Err(refusal) = self.gate.check_host(&request) {
            return Ok(self.gate.refuse(&refusal));
        }
        if is_upgrade_request(&request) {
            Ok(self.upgrade(request, connection))
        } else {
            self.serve_http(request).await
        }
    }

    fn upgrade(&self, mut request: Request<Incoming>, connection: Arc<Connection>) -> HttpResponse {
        let Some(transport) = &self.ws else {
            return self.gate.refuse(&Refusal::Transport(Transport::Ws));
        };
        let checked = self
            .gate
            .check_token(request.headers())
            .and_then(|()| self.gate.check_origin(request.headers(), &transport.origins));
        if let Err(refusal) = checked {
            return self.gate.refuse(&refusal);
        }
        let (response, upgrade) = match ws::accept(&mut request) {
            Ok(accepted) => accepted,
            Err(err) => return text_response(StatusCode::BAD_REQUEST, err.to_string()),
        };
        let rules = Arc::clone(&transport.rules);
        let control = connection.control.clone();
        let session = Session::new(&rules, connection.number, control.stop, true);
        control.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = control.abort.cancelled() => {}
                () = ws::serve(upgrade, rules, session) => {}
            }
            drop(connection);
        });
        response
    }

    async fn serve_http(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<HttpResponse, BoxError> {
        let Some(http) = &self.http else {
            return Ok(self.gate.refuse(&Refusal::Transport(Transport::Http)));
        };
        let (cors, compression) = (http.cors.clone(), http.compression);
        let wanted = move |_: StatusCode, _: Version, _: &HeaderMap, _: &Extensions| compression;
        let wanted = SizeAbove::new(MIN_COMPRESSED_BYTES).and(wanted);
        // A browser asks without a token whether it may call, and reads why it may not.
        let service = ServiceBuilder::new()
            .layer(CompressionLayer::new().compress_when(wanted))
            .option_layer(cors)
            .service(service_fn(move |request| Arc::clone(&self).call(request)));
        Ok(service.oneshot(request).await?.map(HttpBody::new))
    }

    async fn call(
        self: Arc<Self>,
        mut request: Request<Incoming>,
    ) -> Result<HttpResponse, Infallible> {
        if let Some(nodes) = ForwardedBy::of(request.headers()) {
            request.extensions_mut().insert(nodes);
        }
        if let Err(refusal) = self.gate.check_token(request.headers()) {
            return Ok(self.gate.refuse(&refusal));
        }
        let Some(transport) = &self.http else {
            return Ok(self.gate.refuse(&Refusal::Transport(Transport::Http)));
        };
        Ok(http::answer(&transport.rules, request).await)
    }
}
