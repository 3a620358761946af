//! What passes, and what does not, while blocks are signed.

use crate::world::{World, sentence};
use alloy_primitives::B256;
use rollup_kms_devnet::Answer;
use rollup_signer::{Severity, SigningPolicy};
use rstest::rstest;
use std::time::Duration;

const HASH: B256 = B256::repeat_byte(0x5a);
/// As long as a busy machine may need, and two more tries.
const POLICY: SigningPolicy = SigningPolicy { timeout: Duration::from_secs(20), retries: 2 };

#[rstest]
#[case::throttling(Answer::error("ThrottlingException", "Rate exceeded"))]
#[case::internal(Answer::Error { status: 500, code: "KMSInternalException", message: String::new() })]
#[case::key_is_not_there_yet(Answer::error("KeyUnavailableException", ""))]
#[case::gateway(Answer::Text { status: 503, text: "<html>try again</html>".to_owned() })]
#[case::credentials_are_being_renewed(Answer::error(
    "ExpiredTokenException",
    "The security token"
))]
#[tokio::test]
async fn what_passes_is_tried_again(#[case] answer: Answer) {
    let world = World::start().await;
    let service = world.service(POLICY).await;
    world.front.on_next_signs([answer.clone(), answer]);
    let (signature, tries) = service.sign_counted(HASH).await.unwrap();
    assert_eq!(tries, 3);
    assert_eq!(signature.recover_address_from_prehash(&HASH).unwrap(), service.address());
}

#[tokio::test]
async fn a_request_without_an_answer_is_given_up_and_made_again() {
    let world = World::start().await;
    let policy = SigningPolicy { timeout: Duration::from_millis(300), retries: 20 };
    let service = world.service(policy).await;
    world.front.on_next_signs([Answer::Never]);
    let (_, tries) = service.sign_counted(HASH).await.unwrap();
    assert!(tries >= 2, "{tries}");

    world.front.on_sign(Answer::Never);
    let policy = SigningPolicy { retries: 0, ..policy };
    world.front.on_next_signs([Answer::Pass]);
    let err = world.service(policy).await.sign(HASH).await.unwrap_err();
    assert_eq!(err.severity(), Severity::Retry);
    let expected = "no signature after 1 tries: the signer gave no answer within 300 ms";
    assert_eq!(sentence(&err), expected);
}

#[rstest]
#[case::permission(
    Answer::error(
        "AccessDeniedException",
        "User: arn:aws:sts::1:assumed-role/node is not authorized"
    ),
    "the permission kms:Sign on the key is missing; allow kms:Sign to this node in the policy of its \
     role or in the policy of the key, which says \"User: arn:aws:sts::1:assumed-role/node is not \
     authorized\""
)]
#[case::disabled(Answer::error("DisabledException", ""), "the key is disabled; enable it")]
#[case::wrong_answer(
    Answer::Text { status: 200, text: r#"{"Signature":"AAAA"}"#.to_owned() },
    "the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy: its signature is not \
     one of ECDSA in DER"
)]
#[case::empty_answer(
    Answer::Text { status: 200, text: "{}".to_owned() },
    "the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy: it has no signature"
)]
#[case::no_json(
    Answer::Text { status: 200, text: "<html></html>".to_owned() },
    "the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy: it cannot be read"
)]
#[tokio::test]
async fn what_an_operator_must_mend_is_not_tried_again(
    #[case] answer: Answer,
    #[case] expected: &str,
) {
    let world = World::start().await;
    let service = world.service(POLICY).await;
    world.front.on_sign(answer);
    let err = service.sign(HASH).await.unwrap_err();
    assert_eq!((err.attempts, err.severity()), (1, Severity::Fatal));
    let expected = format!("no signature after 1 tries: the signer refuses: {expected}");
    assert_eq!(sentence(&err), expected);
}

#[tokio::test]
async fn a_key_that_is_disabled_or_deleted_meanwhile_signs_no_more() {
    let world = World::start().await;
    let service = world.service(POLICY).await;
    let id = world.key.rsplit('/').next().unwrap();
    let call = async |operation, parameters| world.moto.call(operation, &parameters).await.unwrap();
    call("DisableKey", serde_json::json!({ "KeyId": id })).await;
    let err = service.sign(HASH).await.unwrap_err();
    assert_eq!(err.severity(), Severity::Fatal);
    assert!(sentence(&err).ends_with("the key is disabled; enable it"), "{}", sentence(&err));

    let parameters = serde_json::json!({ "KeyId": id, "PendingWindowInDays": 7 });
    call("ScheduleKeyDeletion", parameters).await;
    let err = service.sign(HASH).await.unwrap_err();
    assert_eq!(err.severity(), Severity::Fatal);
    let expected = format!(
        "the key cannot be used in its state; if it is scheduled for deletion, cancel that and enable \
         the key, which says \"{} is pending deletion.\"",
        world.key
    );
    assert!(sentence(&err).ends_with(&expected), "{}", sentence(&err));
    call("CancelKeyDeletion", serde_json::json!({ "KeyId": id })).await;
    call("EnableKey", serde_json::json!({ "KeyId": id })).await;
    service.sign(HASH).await.unwrap();
}
