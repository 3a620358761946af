//! Where an L1 message is on its way, as whoever waits for it is told.

use super::model::message;
use crate::support::{queue_indices, transfers};
use rollup_devnet::{Setup, TestNode, Wallet};
use rollup_engine::ForkchoiceUpdate;
use rollup_orchestrator::{
    InclusionLevel, L1MessageKey, L1MessageObstacle, L1MessageRules, L1MessageState,
    l1_message_status,
};
use rollup_sequencer::L1InclusionMode;

const MODE: L1InclusionMode = L1InclusionMode::Depth(2);

async fn node() -> TestNode {
    let setup = Setup::sequencer().with_sequencer(|config| config.l1_inclusion_mode = MODE);
    TestNode::start(setup).await.unwrap()
}

fn state(node: &TestNode, index: u64) -> Option<L1MessageState> {
    let rules = L1MessageRules { mode: MODE, max_messages: 10, max_gas: 20_000_000 };
    let view = node.handle.engine.view().unwrap();
    let progress = view.l1_progress().unwrap();
    let key = L1MessageKey::QueueIndex(index);
    let status = l1_message_status(&view, progress, &rules, key).unwrap()?;
    let key = L1MessageKey::Hash(status.hash);
    let by_hash = l1_message_status(&view, progress, &rules, key).unwrap();
    assert_eq!(by_hash.as_ref(), Some(&status));
    Some(status.state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_followed_from_l1_to_the_finalized_block() {
    let mut node = node().await;
    assert_eq!(state(&node, 0), None);
    node.l1().unwrap().enqueue([message(50_000), message(50_000)]).await.unwrap();
    let waits = L1MessageState::WaitsForDepth { mode: MODE, l1_block: 3, missing: 2 };
    assert_eq!(state(&node, 1), Some(waits));
    node.l1().unwrap().go_to(3).await.unwrap();
    assert_eq!(state(&node, 1), Some(L1MessageState::Queued { ahead: 1 }));
    let block = node.block().await.unwrap();
    assert_eq!(queue_indices(&block.block), [0, 1]);
    let included = |level| Some(L1MessageState::Included { block: block.id(), level });
    assert_eq!(state(&node, 1), included(InclusionLevel::Unsafe));
    let safe = ForkchoiceUpdate { safe: Some(block.id()), ..ForkchoiceUpdate::default() };
    node.handle.engine.update_forkchoice(safe).await.unwrap();
    assert_eq!(state(&node, 1), included(InclusionLevel::Safe));
    let last = ForkchoiceUpdate { finalized: Some(block.id()), ..ForkchoiceUpdate::default() };
    node.handle.engine.update_forkchoice(last).await.unwrap();
    assert_eq!(state(&node, 1), included(InclusionLevel::Finalized));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_l1_is_read_anew_for_is_found_in_its_block() {
    let mut node = node().await;
    node.l1().unwrap().enqueue([message(50_000)]).await.unwrap();
    node.l1().unwrap().go_to(3).await.unwrap();
    let block = node.block().await.unwrap();
    let view = node.handle.engine.view().unwrap();
    let hash = view.l1_message(0).unwrap().unwrap().hash;
    drop(view);
    node.l1().unwrap().rewind(0).await.unwrap();
    let view = node.handle.engine.view().unwrap();
    let rules = L1MessageRules { mode: MODE, max_messages: 10, max_gas: 20_000_000 };
    let progress = view.l1_progress().unwrap();
    let status = l1_message_status(&view, progress, &rules, L1MessageKey::Hash(hash));
    let status = status.unwrap().unwrap();
    assert_eq!((status.queue_index, status.l1_block_number), (0, None));
    let level = InclusionLevel::Unsafe;
    assert_eq!(status.state, L1MessageState::Included { block: block.id(), level });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_a_message_that_a_batch_passed_over_is_skipped_and_blocks_those_behind() {
    let mut node = node().await;
    transfers(&mut node, &mut Wallet::funded(0).unwrap(), 1).await;
    node.l1().unwrap().enqueue([message(50_000), message(50_000)]).await.unwrap();
    node.l1().unwrap().consolidate(node.head(), vec![0]).await.unwrap();
    node.l1().unwrap().go_to(9).await.unwrap();
    assert_eq!(state(&node, 0), Some(L1MessageState::Skipped));
    let obstacle = L1MessageObstacle::PassedOver;
    assert_eq!(state(&node, 1), Some(L1MessageState::Blocked { queue_index: 0, obstacle }));
}
