//! Blocks that this node signs.

use crate::engine::{Node, chain_of, sealed};
use alloy_primitives::{Address, Signature, U256};
use rollup_engine::{EngineError, Proposal};
use rollup_primitives::{BlockSignature, PayloadAttributes, block_signing_hash};
use rollup_storage::{SignedHeightError, StorageError};

pub(crate) fn signature() -> BlockSignature {
    BlockSignature::new(Signature::new(U256::from(5), U256::from(7), true))
}

fn is_conflict(result: Result<Proposal, EngineError>) -> bool {
    let err = result.unwrap_err();
    matches!(
        err,
        EngineError::Storage(StorageError::SignedHeight(
            SignedHeightError::Conflict { .. } | SignedHeightError::Below { .. }
        ))
    )
}

#[tokio::test]
async fn a_signed_block_becomes_the_head_and_its_signature_is_stored() {
    let node = Node::new();
    for number in 1..=3 {
        let block = node.next(number);
        let proposal = node.engine.propose(block.clone()).await.unwrap();
        assert_eq!(proposal.id(), block.id());
        assert_eq!(proposal.signing_hash(), block_signing_hash(block.block.header()));
        assert_eq!(node.engine.head().number, number - 1, "the head waits for the signature");
        let appended = node.engine.append_signed(proposal, signature()).await.unwrap();
        assert_eq!(appended.id(), block.id());
        assert_eq!(node.engine.head(), block.id());
        assert_eq!(node.engine.forkchoice().head, block.id());
        assert_eq!(node.engine.view().unwrap().signature(number).unwrap(), Some(signature()));
    }
    let expected: Vec<_> = (1..=3).map(|number| (vec![], vec![number])).collect();
    assert_eq!(node.heard(), expected);
}

#[tokio::test]
async fn no_second_block_is_ever_proposed_at_a_height() {
    let node = Node::new();
    let (first, second) = (node.next(1), node.next(2));
    drop(node.engine.propose(first.clone()).await.unwrap());
    assert!(is_conflict(node.engine.propose(second.clone()).await));
    let node = node.restarted().await;
    assert!(is_conflict(node.engine.propose(second.clone()).await));

    // Not even after another block took the height, and left again.
    node.extend(&second).await;
    let third = node.next(3);
    drop(node.engine.propose(third).await.unwrap());
    node.lead_to(chain_of(1, 1)[0].parent()).await;
    assert!(is_conflict(node.engine.propose(first).await));
}

#[tokio::test]
async fn a_proposal_that_was_never_signed_is_the_next_block_after_a_crash() {
    let node = Node::new();
    assert!(node.engine.pending_proposal().await.unwrap().is_none());
    let block = node.next(1);
    drop(node.engine.propose(block.clone()).await.unwrap());
    let node = node.restarted().await;
    let proposal = node.engine.pending_proposal().await.unwrap().unwrap();
    assert_eq!(proposal.id(), block.id());
    assert_eq!(proposal.block().receipts, block.receipts);
    node.engine.append_signed(proposal, signature()).await.unwrap();
    assert_eq!(node.engine.head(), block.id());
    assert!(node.engine.pending_proposal().await.unwrap().is_none(), "it is in the chain");
    let node = node.restarted().await;
    assert!(node.engine.pending_proposal().await.unwrap().is_none());
    assert_eq!(node.engine.head(), block.id());
}

#[tokio::test]
async fn a_proposal_whose_parent_is_no_longer_the_head_is_not_appended() {
    let node = Node::new();
    let proposal = node.engine.propose(node.next(1)).await.unwrap();
    let other = node.next(2);
    node.extend(&other).await;
    let refused = node.engine.append_signed(proposal, signature()).await.unwrap_err();
    assert!(matches!(refused, EngineError::HeadMoved { head, .. } if head == other.id()));
    assert!(node.engine.pending_proposal().await.unwrap().is_none());
    let late = chain_of(1, 3).remove(0);
    let refused = node.engine.propose(late).await.unwrap_err();
    assert!(matches!(refused, EngineError::HeadMoved { .. }));
    assert_eq!(node.engine.head(), other.id());
}

#[tokio::test]
async fn an_imported_block_may_take_the_height_of_a_proposal() {
    let node = Node::new();
    drop(node.engine.propose(node.next(1)).await.unwrap());
    let other = chain_of(2, 2);
    for block in &other {
        node.engine.import(sealed(block), Some(signature())).await.unwrap();
    }
    assert_eq!(node.lead_to(other[1].id()).await, other[1].id());
    assert_eq!(node.engine.view().unwrap().signature(2).unwrap(), Some(signature()));
}

#[tokio::test]
async fn a_block_that_was_built_is_proposed_and_appended() {
    let node = Node::new();
    let parent = node.engine.head();
    let timestamp = node.next(1).block.timestamp;
    let attributes = |timestamp| PayloadAttributes {
        timestamp,
        fee_recipient: Address::ZERO,
        transactions: Vec::new(),
        no_tx_pool: true,
        gas_limit: None,
    };
    let mut job = node.engine.build(parent, attributes(timestamp)).unwrap();
    let built = job.wait().await.unwrap();
    let proposal = node.engine.propose(built.block).await.unwrap();
    let id = proposal.id();
    node.engine.append_signed(proposal, signature()).await.unwrap();
    assert_eq!(node.engine.head(), id);
    let refused = node.engine.build(parent, attributes(timestamp)).unwrap_err();
    assert!(
        matches!(refused, EngineError::HeadMoved { expected, head } if expected == parent && head == id)
    );
    // Executed again after a restart, it gives the same.
    assert_eq!(node.restarted().await.engine.head(), id);
}
