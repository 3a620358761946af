//! One request to one sequencer.

use crate::{
    config::{ForwardConfig, MAX_ANSWER_BYTES},
    error::{ForwardStartError, SequencerRefusal, TryError},
    via::{VIA_HEADER, Via},
};
use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};
use rollup_runtime::{Clock, HttpUrl};
use serde::{Deserialize, de::IgnoredAny};
use std::{sync::Arc, time::Duration};

/// Asks sequencers.
#[derive(Debug)]
pub(crate) struct SequencerClient {
    client: Client,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

/// What a sequencer says.
#[derive(Debug)]
pub(crate) enum Reply {
    Taken,
    Refused(SequencerRefusal),
}

#[derive(Deserialize)]
struct JsonReply {
    #[serde(default)]
    result: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<SequencerRefusal>,
}

impl SequencerClient {
    pub(crate) fn new(
        config: &ForwardConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ForwardStartError> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(config.max_in_flight);
        if !config.urls.iter().any(HttpUrl::is_encrypted) {
            // Then it needs no root certificates either.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(ForwardStartError::Client)?;
        Ok(Self { client, clock, timeout: config.request_timeout })
    }

    /// Hands in a transaction in its EIP-2718 encoding, in hex. Ends in time.
    pub(crate) async fn send(
        &self,
        url: &HttpUrl,
        raw: &str,
        via: &Via,
    ) -> Result<Reply, TryError> {
        let timeout = self.timeout;
        let deadline = self.clock.now().saturating_add(timeout);
        tokio::select! {
            biased;
            reply = self.exchange(url, raw, via) => reply,
            () = self.clock.sleep_until(deadline) => Err(TryError::TimedOut { timeout }),
        }
    }

    async fn exchange(&self, url: &HttpUrl, raw: &str, via: &Via) -> Result<Reply, TryError> {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["{raw}"]}}"#
        );
        let response = self
            .client
            .post(url.expose().clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(VIA_HEADER, via.to_string())
            .body(body)
            .send()
            .await?;
        let status = response.status();
        let body = read(response).await?;
        match serde_json::from_slice(&body) {
            Ok(JsonReply { error: Some(refusal), .. }) => Ok(Reply::Refused(refusal)),
            Ok(JsonReply { result: Some(_), .. }) => Ok(Reply::Taken),
            _ if !status.is_success() => Err(TryError::Status { status: status.as_u16() }),
            _ => Err(TryError::Malformed),
        }
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, TryError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len().saturating_add(chunk.len()) > MAX_ANSWER_BYTES {
            return Err(TryError::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
