//! What happens to a request on a listener.

use super::{
    call::{CallLayer, CallRules},
    gate::{Gate, Refusal, Transport},
    listener::Connection,
    origins::AllowedOrigins,
    plan::Served,
};
use crate::{config::RpcLimits, eth::submit::ForwardedBy, subscription::SubscriptionIds};
use hyper::{
    HeaderMap, Method, Request, StatusCode, Version,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    http::Extensions,
};
use jsonrpsee::{
    core::{BoxError, middleware::RpcServiceBuilder},
    server::{
        BatchRequestConfig, HttpBody, HttpResponse, PingConfig, ServerBuilder, ServerConfig,
        TowerServiceBuilder, ws,
    },
};
use std::sync::Arc;
use tokio::time::timeout;
use tower::{
    Service, ServiceBuilder, ServiceExt,
    layer::util::{Identity, Stack},
    service_fn,
};
use tower_http::{
    compression::{CompressionLayer, Predicate, predicate::SizeAbove},
    cors::{AllowOrigin, CorsLayer},
};

/// Bytes of a response below which compressing it is not worth the time.
const MIN_COMPRESSED_BYTES: u16 = 1024;

/// Messages that wait to be sent to one client, at most. Whoever has more for it waits.
const MAX_UNSENT_MESSAGES: u32 = 32;

/// Everything that is served on one port.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) gate: Gate,
    pub(crate) http: Option<HttpTransport>,
    pub(crate) ws: Option<WsTransport>,
    pub(crate) limits: RpcLimits,
}

type RpcService = TowerServiceBuilder<Stack<CallLayer, Identity>, Identity>;

/// Calls over HTTP.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    service: RpcService,
    rules: Arc<CallRules>,
    cors: Option<CorsLayer>,
    compression: bool,
}

/// Calls over WebSocket.
#[derive(Debug)]
pub(crate) struct WsTransport {
    service: RpcService,
    rules: Arc<CallRules>,
    origins: AllowedOrigins,
}

impl HttpTransport {
    pub(crate) fn new(
        served: &Served,
        limits: RpcLimits,
        origins: &AllowedOrigins,
        compression: bool,
    ) -> Self {
        let transport = Transport::Http.label();
        let rules = Arc::new(CallRules::new(served.methods.clone(), limits, transport, false));
        let config = server_config(limits).http_only().build();
        Self { service: service(config, &rules), rules, cors: cors(origins), compression }
    }
}

impl WsTransport {
    pub(crate) fn new(served: &Served, limits: RpcLimits, origins: AllowedOrigins) -> Self {
        let transport = Transport::Ws.label();
        let rules = Arc::new(CallRules::new(served.methods.clone(), limits, transport, true));
        let config = server_config(limits).ws_only().enable_ws_ping(PingConfig::new()).build();
        Self { service: service(config, &rules), rules, origins }
    }
}

fn server_config(limits: RpcLimits) -> jsonrpsee::server::ServerConfigBuilder {
    ServerConfig::builder()
        .max_request_body_size(limits.max_request_bytes)
        .max_response_body_size(limits.max_response_bytes)
        .max_connections(limits.max_connections)
        .max_subscriptions_per_connection(limits.max_subscriptions_per_connection)
        .set_message_buffer_capacity(MAX_UNSENT_MESSAGES)
        .set_id_provider(SubscriptionIds)
        .set_batch_request_config(BatchRequestConfig::Limit(limits.max_batch_calls))
}

fn service(config: ServerConfig, rules: &Arc<CallRules>) -> RpcService {
    let layer = CallLayer { rules: Arc::clone(rules) };
    ServerBuilder::with_config(config)
        .set_rpc_middleware(RpcServiceBuilder::new().layer(layer))
        .to_service_builder()
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
        if ws::is_upgrade_request(&request) {
            self.upgrade(request, connection).await
        } else {
            self.serve_http(request, connection).await
        }
    }

    async fn upgrade(
        &self,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Result<HttpResponse, BoxError> {
        let Some(ws) = &self.ws else {
            return Ok(self.gate.refuse(&Refusal::Transport(Transport::Ws)));
        };
        let checked = self
            .gate
            .check_token(request.headers())
            .and_then(|()| self.gate.check_origin(request.headers(), &ws.origins));
        if let Err(refusal) = checked {
            return Ok(self.gate.refuse(&refusal));
        }
        let control = &connection.control;
        let mut service =
            ws.service.clone().build(ws.rules.methods().clone(), control.stop_handle.clone());
        let closed = service.on_session_closed();
        let tasks = control.tasks.clone();
        tasks.spawn(async move {
            closed.await;
            drop(connection);
        });
        service.call(request).await
    }

    async fn serve_http(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
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
            .service(service_fn(move |request| {
                Arc::clone(&self).call(request, Arc::clone(&connection))
            }));
        Ok(service.oneshot(request).await?.map(HttpBody::new))
    }

    async fn call(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Result<HttpResponse, BoxError> {
        if let Some(nodes) = ForwardedBy::of(request.headers()) {
            request.extensions_mut().insert(nodes);
        }
        if let Err(refusal) = self.gate.check_token(request.headers()) {
            return Ok(self.gate.refuse(&refusal));
        }
        let Some(http) = &self.http else {
            return Ok(self.gate.refuse(&Refusal::Transport(Transport::Http)));
        };
        let stop = connection.control.stop_handle.clone();
        let mut service = http.service.clone().build(http.rules.methods().clone(), stop);
        match timeout(self.limits.request_timeout, service.call(request)).await {
            Ok(response) => response,
            Err(_) => Ok(http.rules.request_timed_out()),
        }
    }
}
