//! S17: the signer is down, and comes back.

use crate::support::{RECIPIENT, block_of, hashes};
use rollup_devnet::{Call, RpcClient, ScriptedSigner, Setup, Slot, Step, TestNode, Wallet};
use rollup_primitives::block_signing_hash;
use rollup_sequencer::{HealthReason, SequencerState, SkipReason, Stage, StopReason};
use serde_json::{Value, json};
use std::sync::Arc;

/// Slots in a row that may fail.
const LIMIT: u32 = 4;

async fn start(signer: &Arc<ScriptedSigner>) -> TestNode {
    let setup = Setup::sequencer()
        .with_signer(Arc::<ScriptedSigner>::clone(signer))
        .with_sequencer(|config| config.max_consecutive_failures = LIMIT);
    TestNode::start(setup).await.unwrap()
}

async fn sequencer_status(rpc: &RpcClient) -> Value {
    rpc.call("rollupNode_sequencerStatus", json!([])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s17_one_block_per_height_is_asked_for_until_the_signer_is_back() {
    let signer = ScriptedSigner::new().unwrap();
    let mut node = start(&signer).await;
    let rpc = node.rpc().unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let first = node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    signer.follow([Step::Unavailable; 3]);
    node.enable().await.unwrap();
    for failures in 1..=3 {
        let slot = node.slot().await.unwrap();
        assert!(matches!(slot, Slot::Skipped(SkipReason::Failed)), "{slot:?}");
        assert_eq!((node.head().number, node.announced.last()), (0, None));
        let status = node.sequencer().unwrap().status();
        assert_eq!(status.health_reasons, [HealthReason::Failing { slots: failures }]);
        assert_eq!(sequencer_status(&rpc).await["consecutive_failures"], json!(failures));
        // What comes meanwhile is for the next block.
        node.submit(wallet.next(Call::transfer(RECIPIENT, 2)).unwrap()).await.unwrap();
    }
    let block = block_of(node.slot().await.unwrap());
    assert_eq!((block.block.number, hashes(&block.block)), (1, vec![first]));
    assert_eq!(signer.asked(), [block_signing_hash(block.block.header()); 4]);
    assert_eq!(sequencer_status(&rpc).await["consecutive_failures"], json!(0));
    let next = block_of(node.slot().await.unwrap());
    assert!(next.follows(block.id()), "no number is left out");
    assert_eq!(hashes(&next.block).len(), 3);
    assert_eq!(node.announced.blocks(), [block.id(), next.id()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s17_too_many_failures_stop_the_slots_until_the_operator_begins_again() {
    let signer = ScriptedSigner::new().unwrap();
    let mut node = start(&signer).await;
    let rpc = node.rpc().unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let hash = node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    signer.follow([Step::Unavailable; LIMIT as usize]);
    node.enable().await.unwrap();
    for _ in 0..LIMIT {
        node.slot().await.unwrap();
    }
    let reason = StopReason::Failures { stage: Stage::Sign, count: LIMIT };
    node.state(|state| state == SequencerState::Failed(reason)).await.unwrap();
    assert_eq!(sequencer_status(&rpc).await["state"], json!("failed"));
    // The rest of the node is as it was.
    let pool = rpc.call("txpool_status", json!([])).await.unwrap();
    assert_eq!(pool["pending"], json!("0x1"));

    node.disable().await.unwrap();
    node.enable().await.unwrap();
    let block = block_of(node.slot().await.unwrap());
    assert_eq!(hashes(&block.block), [hash]);
    assert_eq!(signer.asked(), [block_signing_hash(block.block.header()); LIMIT as usize + 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_that_refuses_stops_the_slots_and_a_restart_with_another_goes_on() {
    let signer = ScriptedSigner::new().unwrap();
    let mut node = start(&signer).await;
    let mut wallet = Wallet::funded(0).unwrap();
    node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    signer.follow([Step::Refuse]);
    node.build().await.unwrap();
    let stopped = SequencerState::Failed(StopReason::SigningRefused);
    node.state(|state| state == stopped).await.unwrap();

    let other = ScriptedSigner::new().unwrap();
    let signs = Arc::<ScriptedSigner>::clone(&other);
    let mut node = node.restart_with(|setup| setup.signer = Some(signs)).await.unwrap();
    let block = node.block().await.unwrap();
    assert_eq!(signer.asked(), other.asked(), "the same block");
    let recovered = block.signature.unwrap().recover_signer(block.block.header()).unwrap();
    assert_eq!(Some(recovered), node.handle.signer);
}
