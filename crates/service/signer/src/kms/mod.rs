//! Keys in AWS KMS.

mod der;
mod error;
mod failure;
mod key_id;
mod settings;

pub use der::KmsAnswerFault;
pub use error::{AwsKmsError, KmsAction};
pub use key_id::{KmsKeyId, KmsKeyIdError};

use crate::{
    BlockSigner, SignerError, SignerKind, SigningPolicy,
    said::Name,
    self_test,
    tries::{open_in_time, repeated},
};
use alloy_primitives::{Address, B256, Signature, U256};
use aws_config::SdkConfig;
use aws_sdk_kms::{
    Client, config,
    operation::get_public_key::GetPublicKeyOutput,
    primitives::Blob,
    types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec},
};
use failure::Asked;
use futures::future::BoxFuture;
use rollup_runtime::Clock;
use std::time::Duration;

/// Signs with a key in AWS KMS, over connections that it keeps.
#[derive(Clone, Debug)]
pub struct AwsKmsSigner {
    service: KmsService,
    address: Address,
}

impl AwsKmsSigner {
    /// Opens a key with the AWS settings of environment, profile and machine, in limited time: gets
    /// its address, and has it sign a hash that is of no block.
    ///
    /// # Errors
    /// [`AwsKmsError`], by what is wrong. What may pass is repeated as often as the policy says.
    pub async fn open(
        key_id: &KmsKeyId,
        policy: SigningPolicy,
        clock: &dyn Clock,
    ) -> Result<Self, AwsKmsError> {
        let opening = async {
            let settings = Box::pin(settings::load(key_id)).await;
            Self::connect(&settings, key_id, policy, clock).await
        };
        open_in_time(clock, Box::pin(opening)).await
    }

    /// As [`Self::open`], with these settings, and with no limit but those of its requests.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub async fn connect(
        settings: &SdkConfig,
        key_id: &KmsKeyId,
        policy: SigningPolicy,
        clock: &dyn Clock,
    ) -> Result<Self, AwsKmsError> {
        let region = settings::region(settings, key_id)?;
        let client = settings::client(settings, &region, policy);
        let service =
            KmsService { client, key_id: key_id.clone(), region, timeout: policy.timeout };
        let opening = KmsService { timeout: policy.opening_timeout(), ..service.clone() };
        let key = repeated(policy, clock, || Box::pin(opening.public_key())).await?;
        let address = address(&key)?;
        let hash = self_test::hash();
        repeated(policy, clock, || Box::pin(opening.sign(hash, address))).await?;
        Ok(Self { service, address })
    }
}

impl BlockSigner for AwsKmsSigner {
    fn address(&self) -> Address {
        self.address
    }

    fn kind(&self) -> SignerKind {
        SignerKind::AwsKms
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>> {
        Box::pin(async move { Ok(self.service.sign(hash, self.address).await?) })
    }
}

/// One key of the service.
#[derive(Clone, Debug)]
struct KmsService {
    client: Client,
    key_id: KmsKeyId,
    region: String,
    /// What a request may take.
    timeout: Duration,
}

impl KmsService {
    const fn asked(&self, action: KmsAction) -> Asked<'_> {
        Asked { action, region: self.region.as_str(), timeout: self.timeout }
    }

    fn limits(&self) -> config::Builder {
        config::Config::builder().timeout_config(settings::timeouts(self.timeout))
    }

    async fn public_key(&self) -> Result<GetPublicKeyOutput, AwsKmsError> {
        let request = self.client.get_public_key().key_id(self.key_id.as_str()).customize();
        let answer = Box::pin(request.config_override(self.limits()).send()).await;
        answer.map_err(|err| self.asked(KmsAction::GetPublicKey).failed(err))
    }

    /// A signature of this address over the hash as it is, with a low `s`.
    async fn sign(&self, hash: B256, address: Address) -> Result<Signature, AwsKmsError> {
        let request = self
            .client
            .sign()
            .key_id(self.key_id.as_str())
            .message(Blob::new(hash.as_slice()))
            .message_type(MessageType::Digest)
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
            .customize();
        let answer = Box::pin(request.config_override(self.limits()).send()).await;
        let answer = answer.map_err(|err| self.asked(KmsAction::Sign).failed(err))?;
        let der = answer.signature().ok_or(KmsAnswerFault::Missing("signature"))?;
        let (r, s) = der::signature(der.as_ref())?;
        recoverable(r, s, hash, address).ok_or(AwsKmsError::OtherKey { address })
    }
}

/// The address of the key, if it is of the kind that signs blocks.
fn address(key: &GetPublicKeyOutput) -> Result<Address, AwsKmsError> {
    // The curve is in the public key too, should the spec not be said.
    if let Some(found) = key.key_spec().filter(|spec| **spec != KeySpec::EccSecgP256K1) {
        return Err(AwsKmsError::OtherSpec { found: Name::new(found.as_str()) });
    }
    match key.key_usage() {
        Some(KeyUsageType::SignVerify) => {}
        Some(found) => {
            return Err(AwsKmsError::OtherUsage { found: Name::new(found.as_str()) });
        }
        None => return Err(KmsAnswerFault::Missing("key usage").into()),
    }
    let der = key.public_key().ok_or(KmsAnswerFault::Missing("public key"))?;
    Ok(der::public_key(der.as_ref())?)
}

/// The signature with the bit by which it recovers to the address. AWS KMS does not say it.
fn recoverable(r: U256, s: U256, hash: B256, address: Address) -> Option<Signature> {
    [false, true]
        .map(|is_odd| Signature::new(r, s, is_odd))
        .into_iter()
        .find(|signature| self_test::is_by(signature, hash, address))
}
