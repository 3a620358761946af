//! What L1 says about the chain, and what it takes back.

use crate::{engine::Node, proposals::signature, transactions::l1_message_with};
use alloy_eips::BlockNumHash;
use rollup_engine::{EngineError, ForkchoiceError};
use rollup_storage::{ExecutedBlock, RollupChange, RollupError, StorageError};

/// Proposes, signs and appends a block.
async fn sign(node: &Node, block: ExecutedBlock) -> BlockNumHash {
    let proposal = node.engine.propose(block).await.unwrap();
    node.engine.append_signed(proposal, signature()).await.unwrap().id()
}

/// Blocks 1 to 4, each with one message: block n that of L1 block n.
async fn chain(node: &Node) -> Vec<BlockNumHash> {
    let mut chain = Vec::new();
    for number in 1..=4 {
        assert_eq!(node.l1_block(1, 0).await, number);
        chain.push(sign(node, node.next_with(1, number)).await);
    }
    node.heard();
    chain
}

const fn forkchoice(safe: BlockNumHash, finalized: Option<BlockNumHash>) -> RollupChange {
    RollupChange::Forkchoice { safe: Some(safe), finalized }
}

#[tokio::test]
async fn rollup_records_move_the_forkchoice_that_is_told() {
    let node = Node::new();
    let blocks = chain(&node).await;
    let mut watch = node.engine.watch_forkchoice();
    watch.mark_unchanged();
    node.engine.apply_rollup(vec![forkchoice(blocks[2], Some(blocks[1]))]).await.unwrap();
    assert!(watch.has_changed().unwrap());
    let told = *watch.borrow_and_update();
    assert_eq!((told.head, told.safe, told.finalized), (blocks[3], blocks[2], blocks[1]));
    node.engine.apply_rollup(vec![RollupChange::L1Latest { number: 9 }]).await.unwrap();
    node.l1_block(1, 0).await;
    assert!(!watch.has_changed().unwrap(), "nothing moved");
    let unknown = BlockNumHash::new(3, blocks[0].hash);
    let refused = node.engine.apply_rollup(vec![forkchoice(unknown, None)]).await.unwrap_err();
    assert!(matches!(refused, EngineError::Storage(StorageError::Rollup(_))), "{refused}");
}

#[tokio::test]
async fn an_l1_reorg_drops_the_blocks_from_the_first_affected_one_on() {
    let node = Node::new();
    let blocks = chain(&node).await;
    node.engine.apply_rollup(vec![forkchoice(blocks[3], Some(blocks[0]))]).await.unwrap();
    let reorg = node.engine.reorg_l1(2).await.unwrap();
    assert_eq!((reorg.head, reorg.withdrawn), (blocks[1], None));
    assert_eq!(reorg.removed, blocks[2..]);
    assert_eq!(node.heard(), [(vec![3, 4], vec![])]);
    let now = node.engine.forkchoice();
    assert_eq!((now.head, now.safe, now.finalized), (blocks[1], blocks[1], blocks[0]));
    let view = node.engine.view().unwrap();
    assert_eq!(view.l1_progress().unwrap().processed, Some(2));
    assert_eq!(view.queue_length().unwrap(), 2);
    drop(view);
    // Nothing more to do, and other blocks take the heights.
    let again = node.engine.reorg_l1(2).await.unwrap();
    assert_eq!((again.head, again.removed.len()), (blocks[1], 0));
    let other = sign(&node, node.next_with(0, 99)).await;
    assert_eq!(other.number, 3);
    let node = node.restarted().await;
    assert_eq!(node.engine.head(), other);
}

#[tokio::test]
async fn a_reorg_that_takes_no_block_tells_where_safe_is() {
    let node = Node::new();
    let blocks = chain(&node).await;
    node.l1_block(1, 0).await;
    node.engine.apply_rollup(vec![forkchoice(blocks[1], None)]).await.unwrap();
    let reorg = node.engine.reorg_l1(4).await.unwrap();
    assert_eq!((reorg.head, reorg.removed.len()), (blocks[3], 0));
    assert_eq!(node.heard(), []);
    let now = node.engine.forkchoice();
    assert_eq!(now, node.engine.view().unwrap().forkchoice().unwrap());
    assert_eq!(node.engine.view().unwrap().queue_length().unwrap(), 4);
}

#[tokio::test]
async fn a_withdrawn_proposal_is_neither_appended_nor_given_again() {
    let node = Node::new();
    let blocks = chain(&node).await;
    node.l1_block(1, 0).await;
    let proposal = node.engine.propose(node.next_with(1, 5)).await.unwrap();
    let id = proposal.id();
    let reorg = node.engine.reorg_l1(4).await.unwrap();
    assert_eq!((reorg.head, reorg.withdrawn), (blocks[3], Some(id)));
    let refused = node.engine.append_signed(proposal, signature()).await.unwrap_err();
    assert!(matches!(refused, EngineError::Withdrawn { block } if block == id), "{refused}");
    assert_eq!(node.engine.head(), blocks[3]);
    assert!(node.engine.pending_proposal().await.unwrap().is_none());
    let node = node.restarted().await;
    assert!(node.engine.pending_proposal().await.unwrap().is_none());
    let other = sign(&node, node.next_with(0, 7)).await;
    assert_eq!((other.number, node.engine.head()), (5, other));
}

#[tokio::test]
async fn a_proposal_that_l1_does_not_touch_stays() {
    let node = Node::new();
    chain(&node).await;
    let proposal = node.engine.propose(node.next_with(0, 5)).await.unwrap();
    node.l1_block(1, 0).await;
    assert_eq!(node.engine.reorg_l1(4).await.unwrap().withdrawn, None);
    let id = proposal.id();
    let other = node.next_with(0, 6);
    node.engine.propose(other).await.unwrap_err();
    node.engine.append_signed(proposal, signature()).await.unwrap();
    assert_eq!(node.engine.head(), id);
}

#[tokio::test]
async fn a_finalized_block_is_never_dropped() {
    let node = Node::new();
    let blocks = chain(&node).await;
    node.engine.apply_rollup(vec![forkchoice(blocks[2], Some(blocks[2]))]).await.unwrap();
    let proposal = node.engine.propose(node.next_with(0, 5)).await.unwrap();
    let refused = node.engine.reorg_l1(2).await.unwrap_err();
    let lost = ForkchoiceError::FinalizedLost { block: 3, l1_block: 2, finalized: 3 };
    assert!(matches!(refused, EngineError::Forkchoice(err) if err == lost), "{refused}");
    let finalized = RollupChange::L1Finalized { number: 4 };
    node.engine.apply_rollup(vec![finalized]).await.unwrap();
    let refused = node.engine.reorg_l1(3).await.unwrap_err();
    let below = RollupError::BelowL1Finalized { to: 3, finalized: 4 };
    assert!(
        matches!(refused, EngineError::Storage(StorageError::Rollup(err)) if err == below),
        "{refused}"
    );
    assert_eq!((node.engine.head(), node.heard()), (blocks[3], vec![]));
    assert_eq!(node.engine.view().unwrap().queue_length().unwrap(), 4);
    let pending = node.engine.pending_proposal().await.unwrap().unwrap();
    assert_eq!(pending.id(), proposal.id());
}

#[tokio::test]
async fn a_block_with_a_message_that_l1_does_not_have_is_not_proposed() {
    let node = Node::new();
    node.l1_block(1, 0).await;
    let block = node.next_with(1, 5);
    node.engine.reorg_l1(0).await.unwrap();
    let refused = node.engine.propose(block.clone()).await.unwrap_err();
    assert!(matches!(refused, EngineError::MessageLost { queue_index: 0, .. }), "{refused}");
    // Another one in its place.
    node.l1_block(1, 1).await;
    let refused = node.engine.propose(block).await.unwrap_err();
    assert!(matches!(refused, EngineError::MessageLost { queue_index: 0, .. }), "{refused}");
    let other = sign(&node, node.next_with(1, 5)).await;
    let view = node.engine.view().unwrap();
    let message = view.l1_message(0).unwrap().unwrap();
    assert_eq!(message.message, l1_message_with(0, 1));
    assert_eq!(message.l2_block_number, Some(other.number));
}
