//! Time-outs, retries, and the check of every signature.

use crate::scripted::{ScriptedSigner, Step, clock, random, run, service};
use alloy_primitives::B256;
use rollup_runtime::{Clock, SystemClock};
use rollup_signer::{BlockSigner, Severity, SignerError, SigningPolicy, SigningService};
use rstest::rstest;
use std::{sync::Arc, time::Duration};

const HASH: B256 = B256::repeat_byte(0x5a);
const POLICY: SigningPolicy = SigningPolicy { timeout: Duration::from_millis(500), retries: 5 };
/// All tries and pauses by the default policy take less than this: a node that is told to stop
/// waits this long for its signer.
const SHUTDOWN: Duration = Duration::from_secs(5);

#[test]
fn the_default_policy_is_the_documented_one() {
    assert_eq!(SigningPolicy::default(), POLICY);
}

#[tokio::test]
async fn a_local_signer_signs_at_once_by_the_clock_of_the_machine() {
    let signer = Arc::new(random());
    let clock = Arc::new(SystemClock::new());
    let service = SigningService::new(Arc::clone(&signer) as Arc<dyn BlockSigner>, POLICY, clock);
    let signature = service.sign(HASH).await.unwrap();
    assert_eq!(signature.recover_address_from_prehash(&HASH).unwrap(), signer.address());
    assert_eq!(signature, service.sign(HASH).await.unwrap());
}

#[tokio::test]
async fn a_signer_is_asked_again_for_the_same_hash_until_it_answers() {
    let clock = clock();
    let script = [Step::Unavailable, Step::Hang, Step::Unavailable, Step::Hang, Step::Unavailable];
    let signer = ScriptedSigner::new(&clock, &script);
    let service = service(&signer, POLICY, &clock);
    let signature = run(&clock, service.sign(HASH)).await.unwrap();
    assert_eq!(signature.recover_address_from_prehash(&HASH).unwrap(), service.address());
    assert_eq!(signer.asked(), [HASH; 6]);
}

#[rstest]
#[case::hangs(Step::Hang)]
#[case::fails(Step::Unavailable)]
#[tokio::test]
async fn a_signer_that_never_answers_is_given_up_in_time(#[case] step: Step) {
    let clock = clock();
    let signer = ScriptedSigner::new(&clock, &[step; 10]);
    let service = service(&signer, POLICY, &clock);
    let err = run(&clock, service.sign(HASH)).await.unwrap_err();
    assert_eq!((err.attempts, err.severity()), (6, Severity::Retry));
    assert_eq!(err.to_string(), "no signature after 6 tries");
    assert_eq!(signer.asked().len(), 6);
    assert!(clock.now() < SHUTDOWN, "{:?}", clock.now());
    // The hash may be signed later, by the same service.
    assert!(run(&clock, service.sign(HASH)).await.is_ok());
}

#[tokio::test]
async fn a_try_takes_as_long_as_it_may_and_no_longer() {
    let policy = SigningPolicy { retries: 0, ..POLICY };
    let just_in_time = POLICY.timeout - Duration::from_millis(1);
    for (time, is_signed) in [(just_in_time, true), (POLICY.timeout * 2, false)] {
        let clock = clock();
        let signer = ScriptedSigner::new(&clock, &[Step::SignAfter(time)]);
        let service = service(&signer, policy, &clock);
        let signed = run(&clock, service.sign(HASH)).await;
        assert_eq!(signed.is_ok(), is_signed, "{time:?}");
        assert_eq!(clock.now(), time.min(POLICY.timeout));
        if let Err(err) = signed {
            assert_eq!(err.source.to_string(), "the signer gave no answer within 500 ms");
            assert_eq!(err.attempts, 1);
        }
    }
}

#[tokio::test]
async fn pauses_grow_up_to_a_limit() {
    let clock = clock();
    let signer = ScriptedSigner::new(&clock, &[Step::Unavailable; 20]);
    let service = service(&signer, SigningPolicy { retries: 12, ..POLICY }, &clock);
    let mut pauses = Vec::new();
    let mut signing = std::pin::pin!(service.sign(HASH));
    loop {
        let before = clock.now();
        tokio::select! {
            biased;
            signed = &mut signing => break assert!(signed.is_err()),
            () = tokio::task::yield_now() => {
                pauses.push(clock.next_deadline().unwrap() - before);
                clock.advance(pauses[pauses.len() - 1]);
            }
        }
    }
    assert_eq!(pauses.len(), 12);
    let shortest = [20, 40, 80, 160, 320, 500, 500, 500, 500, 500, 500, 500];
    for (pause, shortest) in pauses.iter().zip(shortest.map(Duration::from_millis)) {
        assert!(*pause >= shortest && *pause <= shortest * 2, "{pauses:?}");
    }
}

#[rstest]
#[case::refused(Step::Refuse, "the signer refuses")]
#[case::of_another_key(Step::SignWithOtherKey, "the signature is by 0x")]
#[case::of_another_hash(Step::SignOtherHash, "the signature is by 0x")]
#[case::malleable_twin(
    Step::SignWithHighS,
    "the signature has an s in the upper half of the range"
)]
#[case::of_no_key(Step::Garbage, "the signature is of no key")]
#[tokio::test]
async fn what_no_try_can_mend_is_not_tried_again_and_no_such_signature_is_given_out(
    #[case] step: Step,
    #[case] expected: &str,
) {
    let clock = clock();
    let signer = ScriptedSigner::new(&clock, &[step]);
    let err = run(&clock, service(&signer, POLICY, &clock).sign(HASH)).await.unwrap_err();
    assert_eq!((err.attempts, err.severity()), (1, Severity::Fatal));
    assert!(err.source.to_string().starts_with(expected), "{}", err.source);
    assert_eq!(signer.asked().len(), 1);
}

#[tokio::test]
async fn the_error_names_both_keys_when_another_one_signed() {
    let clock = clock();
    let signer = ScriptedSigner::new(&clock, &[Step::SignWithOtherKey]);
    let err = run(&clock, service(&signer, POLICY, &clock).sign(HASH)).await.unwrap_err();
    let SignerError::OtherKey { expected, found } = err.source else { panic!("{err:?}") };
    assert_eq!(expected, signer.address());
    assert_ne!(found, expected);
}

#[tokio::test]
async fn a_signature_that_is_given_up_midway_can_be_had_again() {
    let clock = clock();
    let signer = ScriptedSigner::new(&clock, &[Step::Hang]);
    let service = service(&signer, POLICY, &clock);
    {
        let mut signing = Box::pin(service.sign(HASH));
        assert!(futures::poll!(&mut signing).is_pending());
    }
    assert!(run(&clock, service.sign(HASH)).await.is_ok());
    assert_eq!(clock.now(), Duration::ZERO);
}
