//! Why a key is not opened, and that it is said what to do.

use crate::world::{PATIENT, World, open, sentence};
use alloy_primitives::Address;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use rollup_kms_devnet::{Answer, KeyKind, REGION, settings};
use rollup_signer::{AwsKmsError, BlockSigner as _, SigningPolicy};
use rstest::rstest;
use serde_json::json;
use std::{net::TcpListener, time::Duration};

#[tokio::test]
async fn a_key_that_does_not_exist() {
    let world = World::start().await;
    for name in ["00000000-0000-0000-0000-000000000000", "alias/none"] {
        let expected = format!(
            "there is no such key in region us-east-1; check key id, account and region, which says \
             \"Invalid keyId '{name}'\""
        );
        assert_eq!(world.refusal(name).await, expected);
    }
}

#[rstest]
#[case(
    KeyKind::P256,
    "the key has the spec ECC_NIST_P256, not ECC_SECG_P256K1; make a key of that spec"
)]
#[case(
    KeyKind::Encrypting,
    "the key has the usage ENCRYPT_DECRYPT, not SIGN_VERIFY; make a key of that usage"
)]
#[case(
    KeyKind::Symmetric,
    "the key cannot do kms:GetPublicKey with ECDSA_SHA_256; make a key of the spec ECC_SECG_P256K1 \
     and the usage SIGN_VERIFY, which says \"KEY is not an asymmetric key.\""
)]
#[tokio::test]
async fn a_key_of_another_kind(#[case] kind: KeyKind, #[case] expected: &str) {
    let world = World::start().await;
    let key = world.moto.create_key(kind).await.unwrap();
    assert_eq!(world.refusal(&key).await, expected.replace("KEY", &key));
}

#[tokio::test]
async fn a_key_that_is_disabled_or_to_be_deleted() {
    let world = World::start().await;
    let id = json!(world.key.rsplit('/').next().unwrap());
    world.moto.call("DisableKey", &json!({ "KeyId": id })).await.unwrap();
    assert_eq!(world.refusal(&world.key).await, "the key is disabled; enable it");

    let deletion = json!({ "KeyId": id, "PendingWindowInDays": 7 });
    world.moto.call("ScheduleKeyDeletion", &deletion).await.unwrap();
    let refusal = world.refusal(&world.key).await;
    assert!(
        refusal.starts_with("the key cannot be used in its state; if it is sched"),
        "{refusal}"
    );
}

/// What AWS answers, and moto does not. The messages are those of AWS.
#[rstest]
#[case::permission_to_get(
    true,
    Answer::error(
        "AccessDeniedException",
        "User: u is not authorized to perform: kms:GetPublicKey"
    ),
    "the permission kms:GetPublicKey on the key is missing; allow kms:GetPublicKey to this node in \
     the policy of its role or in the policy of the key, which says \"User: u is not authorized to \
     perform: kms:GetPublicKey\""
)]
#[case::permission_to_sign(
    false,
    Answer::error("AccessDeniedException", "User: u is not authorized to perform: kms:Sign"),
    "the permission kms:Sign on the key is missing; allow kms:Sign to this node in the policy of its \
     role or in the policy of the key, which says \"User: u is not authorized to perform: kms:Sign\""
)]
#[case::expired(
    true,
    Answer::error(
        "ExpiredTokenException",
        "The security token included in the request is expired"
    ),
    "the AWS credentials have expired; renew them"
)]
#[case::unknown(
    true,
    Answer::error(
        "UnrecognizedClientException",
        "The security token included in the request is invalid."
    ),
    "AWS does not accept these credentials (UnrecognizedClientException); check \
     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile"
)]
#[case::wrong_clock(
    true,
    Answer::error(
        "InvalidSignatureException",
        "Signature expired: 20261121T000000Z is now earlier than 20261121T120000Z"
    ),
    "AWS does not accept the time of the request; set the clock of this machine"
)]
#[case::throttling(
    true,
    Answer::error("ThrottlingException", "You have exceeded the rate at which you may call KMS."),
    "AWS KMS limits the requests of this account; ask AWS for a larger quota if this goes on"
)]
#[case::fault(
    false,
    Answer::Error { status: 500, code: "KMSInternalException", message: "x".to_owned() },
    "AWS KMS has a fault of its own (status 500); look at the health of the region"
)]
#[case::usage(
    false,
    Answer::error("InvalidKeyUsageException", ""),
    "the key cannot do kms:Sign with ECDSA_SHA_256; make a key of the spec ECC_SECG_P256K1 and the \
     usage SIGN_VERIFY"
)]
#[case::anything_else(
    true,
    Answer::error("NewException", "secret-of-the-key"),
    "AWS KMS refuses with status 400, NewException"
)]
#[case::another_server(
    true,
    Answer::Text { status: 404, text: "<html>404</html>".to_owned() },
    "the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy: it cannot be read"
)]
#[case::another_service(
    true,
    Answer::Text { status: 200, text: "{}".to_owned() },
    "the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy: it has no key usage"
)]
#[case::no_key(
    true,
    Answer::Text {
        status: 200,
        text: r#"{"KeyUsage":"SIGN_VERIFY","PublicKey":"AAAA"}"#.to_owned(),
    },
    "the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy: its public key is \
     not one of secp256k1 in DER"
)]
#[tokio::test]
async fn what_aws_says(#[case] is_get: bool, #[case] answer: Answer, #[case] expected: &str) {
    let world = World::start().await;
    if is_get {
        world.front.on_get_public_key(answer);
    } else {
        world.front.on_sign(answer);
    }
    assert_eq!(world.refusal(&world.key).await, expected);
}

#[tokio::test]
async fn no_answer() {
    let world = World::start().await;
    world.front.on_get_public_key(Answer::Never);
    let policy = SigningPolicy { timeout: Duration::from_secs(6), retries: 0 };
    let err = open(&world.settings(), &world.key, policy).await.unwrap_err();
    let expected = "AWS KMS gave no answer within 6000 ms; check the network, or allow more with \
                    --signer.timeout";
    assert_eq!(sentence(&err), expected);
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let err = open(&settings(&url), "alias/a", PATIENT).await.unwrap_err();
    let expected = "AWS KMS cannot be reached; check the network, the region and \
                    AWS_ENDPOINT_URL_KMS: ";
    assert!(sentence(&err).starts_with(expected), "{}", sentence(&err));
    assert!(sentence(&err).contains("refused"), "{}", sentence(&err));
}

#[tokio::test]
async fn what_passes_at_the_start_is_waited_for() {
    let world = World::start().await;
    let throttled = Answer::error("ThrottlingException", "Rate exceeded");
    world.front.on_next_signs([throttled.clone(), throttled.clone()]);
    let policy = SigningPolicy { retries: 2, ..PATIENT };
    let signer = open(&world.settings(), &world.key, policy).await.unwrap();
    assert_ne!(signer.address(), Address::ZERO);
    assert_eq!(world.front.operations(), ["GetPublicKey", "Sign", "Sign", "Sign"]);

    world.front.on_get_public_key(throttled);
    open(&world.settings(), &world.key, policy).await.unwrap_err();
    assert_eq!(world.front.operations()[4..], ["GetPublicKey", "GetPublicKey", "GetPublicKey"]);
}

/// A source of credentials that fails.
#[derive(Debug)]
struct NoCredentials(fn() -> CredentialsError);

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err((self.0)()))
    }
}

#[rstest]
#[case(
    CredentialsError::not_loaded_no_source,
    "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile in \
     AWS_PROFILE, or give this machine a role"
)]
#[case(
    || CredentialsError::provider_error("secret-of-the-key"),
    "the AWS credentials cannot be loaded; look at the AWS profile, its credential process and the \
     role of this machine, with `aws sts get-caller-identity`"
)]
#[tokio::test]
async fn without_credentials(#[case] err: fn() -> CredentialsError, #[case] expected: &str) {
    let world = World::start().await;
    let provider = SharedCredentialsProvider::new(NoCredentials(err));
    let settings = world.settings().into_builder().credentials_provider(provider).build();
    let err = open(&settings, &world.key, PATIENT).await.unwrap_err();
    assert_eq!(sentence(&err), expected);
}

#[tokio::test]
async fn the_region_is_that_of_the_settings_or_of_the_arn() {
    let world = World::start().await;
    let without = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(world.front.url())
        .credentials_provider(world.settings().credentials_provider().unwrap())
        .build();
    open(&without, &world.key, PATIENT).await.unwrap();
    let err = open(&without, "alias/a", PATIENT).await.unwrap_err();
    assert!(matches!(err, AwsKmsError::NoRegion));
    let expected = "no AWS region is named; set AWS_REGION or the region of the profile, or give the \
                    key as an ARN";
    assert_eq!(sentence(&err), expected);

    let elsewhere = world.settings().into_builder().region(Region::new("eu-west-1")).build();
    let err = open(&elsewhere, &world.key, PATIENT).await.unwrap_err();
    let expected = "the key is in region us-east-1, but the AWS settings name eu-west-1; set \
                    AWS_REGION to us-east-1, or leave it out";
    assert_eq!(sentence(&err), expected);
    assert_eq!(REGION, "us-east-1");
}
