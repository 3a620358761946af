//! Remote signers.

mod error;
mod url;

pub use error::HttpSignerError;
pub use url::{SignerUrl, SignerUrlError};

use crate::{
    BlockSigner, SignerError, SignerKind, SigningPolicy,
    said::Said,
    self_test,
    tries::{open_in_time, repeated},
};
use alloy_primitives::{Address, B256, Bytes, Signature};
use futures::future::BoxFuture;
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use rollup_runtime::Clock;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Size of an answer, at most.
const MAX_ANSWER_BYTES: usize = 4096;

/// Has hashes signed by another program, over HTTP.
///
/// A request is a POST of `{"address":"0x..","hash":"0x.."}`: the signer is to sign these 32 bytes as
/// they are. The answer has status 200 and is `{"signature":"0x.."}`: `r`, `s` and the recovery bit (0
/// or 1, or 27 or 28), 65 bytes. With another status it may be `{"error":".."}`; 408, 425, 429 and
/// those from 500 on say that the same hash may be signed later.
#[derive(Clone, Debug)]
pub struct HttpSigner {
    service: HttpService,
    address: Address,
}

#[derive(Debug, Serialize)]
struct Request {
    address: Address,
    hash: B256,
}

#[derive(Debug, Deserialize)]
struct Signed {
    signature: Bytes,
}

#[derive(Debug, Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Option<String>,
}

impl HttpSigner {
    /// Opens a remote signer in limited time: has it sign a hash that is of no block.
    ///
    /// # Errors
    /// [`HttpSignerError`], by what is wrong. What may pass is repeated as often as the policy says.
    pub async fn open(
        url: &SignerUrl,
        address: Address,
        policy: SigningPolicy,
        clock: &dyn Clock,
    ) -> Result<Self, HttpSignerError> {
        let mut client = Client::builder().redirect(Policy::none()).no_proxy();
        if !url.is_encrypted() {
            // Then it needs no root certificates either.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(HttpSignerError::Client)?;
        let service = HttpService { client, url: url.clone(), timeout: policy.timeout };
        let opening = HttpService { timeout: policy.opening_timeout(), ..service.clone() };
        let opened = repeated(policy, clock, || {
            let signed = opening.sign_as(address, self_test::hash());
            Box::pin(signed)
        });
        open_in_time(clock, opened).await?;
        Ok(Self { service, address })
    }
}

impl BlockSigner for HttpSigner {
    fn address(&self) -> Address {
        self.address
    }

    fn kind(&self) -> SignerKind {
        SignerKind::Http
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>> {
        Box::pin(async move { Ok(self.service.sign_as(self.address, hash).await?) })
    }
}

#[derive(Clone, Debug)]
struct HttpService {
    client: Client,
    url: SignerUrl,
    /// What a request may take.
    timeout: Duration,
}

impl HttpService {
    /// A signature of this address, with a low `s`.
    async fn sign_as(&self, expected: Address, hash: B256) -> Result<Signature, HttpSignerError> {
        let signature = self.sign(expected, hash).await?;
        let signature = signature.normalize_s().unwrap_or(signature);
        let found = signature.recover_address_from_prehash(&hash);
        let found = found.ok().ok_or(HttpSignerError::Garbage)?;
        if found != expected {
            return Err(HttpSignerError::OtherKey { expected, found });
        }
        Ok(signature)
    }

    async fn sign(&self, address: Address, hash: B256) -> Result<Signature, HttpSignerError> {
        let request = self.client.post(self.url.url().clone()).timeout(self.timeout);
        let response = request.json(&Request { address, hash }).send().await;
        let response = response.map_err(|err| self.failed(err))?;
        let status = response.status();
        let body = self.read(response).await?;
        if status != StatusCode::OK {
            return Err(refused(status, &body));
        }
        let signed: Signed = serde_json::from_slice(&body).ok().ok_or(HttpSignerError::Garbage)?;
        Signature::from_raw(&signed.signature).ok().ok_or(HttpSignerError::Garbage)
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, HttpSignerError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|err| self.failed(err))? {
            if body.len().saturating_add(chunk.len()) > MAX_ANSWER_BYTES {
                return Err(HttpSignerError::Garbage);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failed(&self, err: reqwest::Error) -> HttpSignerError {
        if err.is_timeout() {
            return HttpSignerError::TimedOut { timeout: self.timeout };
        }
        HttpSignerError::Unreachable(err.without_url())
    }
}

fn refused(status: StatusCode, body: &[u8]) -> HttpSignerError {
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let said = Said::new(refusal.error.as_deref());
    let code = status.as_u16();
    match code {
        401 | 403 => HttpSignerError::NotPermitted { status: code, said },
        408 | 425 | 429 | 500.. => HttpSignerError::Failing { status: code, said },
        _ => HttpSignerError::Refused { status: code, said },
    }
}
