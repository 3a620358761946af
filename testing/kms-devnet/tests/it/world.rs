//! A service, what stands before it, and the signer.

use aws_config::SdkConfig;
use rollup_kms_devnet::{KeyKind, KmsFront, Moto, SECRETS, settings};
use rollup_runtime::SystemClock;
use rollup_signer::{AwsKmsError, AwsKmsSigner, SigningPolicy, SigningService};
use std::{error::Error, iter, sync::Arc, time::Duration};

/// Long enough for a machine with much to do, and one try.
pub(crate) const PATIENT: SigningPolicy =
    SigningPolicy { timeout: Duration::from_secs(20), retries: 0 };

pub(crate) struct World {
    pub(crate) moto: Moto,
    pub(crate) front: KmsFront,
    /// A key that signs blocks.
    pub(crate) key: String,
}

impl World {
    pub(crate) async fn start() -> Self {
        let moto = Moto::start().unwrap();
        let front = KmsFront::start(&moto).unwrap();
        let key = moto.create_key(KeyKind::Secp256k1).await.unwrap();
        Self { moto, front, key }
    }

    /// Settings of AWS that lead to the front.
    pub(crate) fn settings(&self) -> SdkConfig {
        settings(&self.front.url())
    }

    /// Opens a key.
    pub(crate) async fn open(&self, key: &str) -> Result<AwsKmsSigner, AwsKmsError> {
        open(&self.settings(), key, PATIENT).await
    }

    /// Opens the key that signs blocks, for a service that signs by this policy.
    pub(crate) async fn service(&self, policy: SigningPolicy) -> SigningService {
        let signer = open(&self.settings(), &self.key, policy).await.unwrap();
        SigningService::new(Arc::new(signer), policy, Arc::new(SystemClock::new()))
    }

    /// Why a key is not opened, in one line.
    pub(crate) async fn refusal(&self, key: &str) -> String {
        match self.open(key).await {
            Ok(signer) => panic!("{signer:?}"),
            Err(err) => sentence(&err),
        }
    }
}

pub(crate) async fn open(
    settings: &SdkConfig,
    key: &str,
    policy: SigningPolicy,
) -> Result<AwsKmsSigner, AwsKmsError> {
    let key = key.parse().unwrap();
    AwsKmsSigner::connect(settings, &key, policy, &SystemClock::new()).await
}

/// The error with its sources, as it is reported. No secret is in it, nor in what shows it to
/// developers.
pub(crate) fn sentence(err: &(dyn Error + 'static)) -> String {
    let sources = iter::successors(err.source(), |&err| err.source());
    let text = sources.fold(err.to_string(), |text, err| format!("{text}: {err}"));
    for shown in [&text, &format!("{err:?}")] {
        assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}
