//! Import beside the chain, and the forkchoice.

use crate::engine::{Node, chain_of, fork_of, sealed};
use alloy_primitives::B256;
use rollup_engine::{
    EngineConfig, EngineError, ForkchoiceError, ForkchoiceUpdate, ImportError, Imported,
};
use rollup_primitives::SealedBlock;
use rollup_storage::ExecutedBlock;
use rstest::rstest;

/// A node with these blocks; in its database alone if they are `stored`.
async fn node_with(blocks: &[ExecutedBlock], stored: bool) -> Node {
    let node = Node::new();
    for block in blocks {
        node.extend(block).await;
    }
    if stored {
        node.storage.flush().unwrap();
    }
    node.heard();
    node
}

/// The same block with another state root, and so invalid.
fn with_wrong_root(block: &ExecutedBlock) -> SealedBlock {
    let mut block = sealed(block).unseal();
    block.header.state_root = B256::repeat_byte(1);
    SealedBlock::seal_slow(block)
}

#[tokio::test]
async fn an_imported_block_waits_for_the_forkchoice() {
    let node = Node::new();
    let blocks = chain_of(3, 1);
    for block in &blocks {
        assert_eq!(node.engine.import(sealed(block), None).await.unwrap(), Imported::Executed);
        assert_eq!(node.engine.import(sealed(block), None).await.unwrap(), Imported::Known);
    }
    assert_eq!(node.engine.head().number, 0);
    assert_eq!(node.lead_to(blocks[2].id()).await, blocks[2].id());
    assert_eq!(node.heard(), [(vec![], vec![1, 2, 3])]);
    assert_eq!(node.engine.import(sealed(&blocks[1]), None).await.unwrap(), Imported::Known);
    let view = node.engine.view().unwrap();
    assert_eq!(view.state_root().unwrap(), blocks[2].block.state_root);
}

#[rstest]
#[case::in_memory(false, 1)]
#[case::in_memory_deep(false, 9)]
#[case::stored(true, 1)]
#[case::stored_deep(true, 9)]
#[tokio::test]
async fn the_chain_is_led_to_a_branch_and_back(#[case] stored: bool, #[case] depth: usize) {
    let old = chain_of(12, 1);
    let common = old.len() - depth;
    let new = fork_of(&old[..common], depth as u64 + 2, 2);
    let node = node_with(&old, stored).await;
    for (at, block) in new.iter().enumerate() {
        let imported = node.engine.import(sealed(block), None).await.unwrap();
        let expected = if stored { Imported::Deferred } else { Imported::Executed };
        assert_eq!(imported, expected, "block {at}");
    }
    assert_eq!(node.engine.head(), old[11].id());
    let numbers = |from: usize, to: usize| (from as u64 + 1..=to as u64).collect::<Vec<_>>();
    for (tip, left, joined) in [(&new, 12, 14), (&old, 14, 12), (&new, 12, 14)] {
        let head = tip.last().unwrap();
        assert_eq!(node.lead_to(head.id()).await, head.id());
        assert_eq!(node.heard(), [(numbers(common, left), numbers(common, joined))]);
        let view = node.engine.view().unwrap();
        assert_eq!(view.state_root().unwrap(), head.block.state_root);
        assert_eq!(
            view.hash_of(common as u64 + 1).unwrap(),
            tip.iter()
                .map(ExecutedBlock::id)
                .find(|id| id.number == common as u64 + 1)
                .map(|id| id.hash)
        );
    }
    let node = node.restarted().await;
    assert_eq!(node.engine.head(), new.last().unwrap().id());
}

#[tokio::test]
async fn the_chain_is_cut_at_one_of_its_blocks() {
    let blocks = chain_of(5, 1);
    let node = node_with(&blocks, true).await;
    assert_eq!(node.lead_to(blocks[1].id()).await, blocks[1].id());
    assert_eq!(node.heard(), [(vec![3, 4, 5], vec![])]);
    // What left is kept, and comes back.
    assert_eq!(node.lead_to(blocks[4].id()).await, blocks[4].id());
    assert_eq!(node.heard(), [(vec![], vec![3, 4, 5])]);
}

#[rstest]
#[case::in_memory(false)]
#[case::stored(true)]
#[tokio::test]
async fn an_invalid_block_in_a_branch_leaves_the_chain_as_it_was(#[case] stored: bool) {
    let old = chain_of(6, 1);
    let new = fork_of(&old[..2], 3, 2);
    let node = node_with(&old, stored).await;
    let good = node.engine.import(sealed(&new[0]), None).await.unwrap();
    let bad = with_wrong_root(&new[1]);
    let bad_id = bad.num_hash();
    let imported = node.engine.import(bad.clone(), None).await;
    if stored {
        assert_eq!((good, imported.unwrap()), (Imported::Deferred, Imported::Deferred));
        let update = ForkchoiceUpdate { head: Some(bad_id.hash), ..Default::default() };
        let refused = node.engine.update_forkchoice(update).await.unwrap_err();
        assert!(
            matches!(&refused, EngineError::Import(ImportError::Invalid(invalid)) if invalid.block == bad_id),
            "{refused}"
        );
    } else {
        assert!(matches!(imported.unwrap_err(), EngineError::Import(ImportError::Invalid(_))));
    }
    assert_eq!(node.engine.head(), old[5].id());
    assert_eq!(node.heard(), []);
    let view = node.engine.view().unwrap();
    assert_eq!(view.state_root().unwrap(), old[5].block.state_root);
    drop(view);
    // The verdict is remembered, for it and for what continues it.
    let again = node.engine.import(bad, None).await.unwrap_err();
    assert!(matches!(again, EngineError::Import(ImportError::Invalid(_))));
    let mut child = sealed(&new[2]).unseal();
    child.header.parent_hash = bad_id.hash;
    for _ in 0..2 {
        let child = SealedBlock::seal_slow(child.clone());
        let refused = node.engine.import(child, None).await.unwrap_err();
        assert!(
            matches!(&refused, EngineError::InvalidAncestor { ancestor, .. } if ancestor.block == bad_id)
        );
    }
    let node = node.restarted().await;
    assert_eq!(node.engine.head(), old[5].id());
}

#[tokio::test]
async fn a_wrong_body_does_not_condemn_the_block() {
    let node = Node::new();
    let block = chain_of(1, 1).remove(0);
    let mut other = sealed(&block).unseal();
    other.body.transactions.clear();
    let wrong = SealedBlock::new_unchecked(other, block.id().hash);
    assert!(node.engine.import(wrong, None).await.is_err());
    assert_eq!(node.engine.import(sealed(&block), None).await.unwrap(), Imported::Executed);
}

#[tokio::test]
async fn unknown_blocks_are_no_verdict() {
    let node = Node::new();
    let blocks = chain_of(3, 1);
    let refused = node.engine.import(sealed(&blocks[2]), None).await.unwrap_err();
    assert!(matches!(refused, EngineError::UnknownParent { .. }));
    let update = ForkchoiceUpdate { head: Some(blocks[2].id().hash), ..Default::default() };
    let refused = node.engine.update_forkchoice(update).await.unwrap_err();
    assert!(matches!(refused, EngineError::UnknownBlock { .. }));
    for block in &blocks {
        node.extend(block).await;
    }
    assert_eq!(node.engine.head(), blocks[2].id());
}

#[tokio::test]
async fn nothing_branches_off_below_the_finalized_block() {
    let old = chain_of(6, 1);
    let node = node_with(&old, false).await;
    let final_at = Some(old[3].id());
    let update = ForkchoiceUpdate { safe: final_at, finalized: final_at, ..Default::default() };
    let state = node.engine.update_forkchoice(update).await.unwrap();
    assert_eq!((state.safe, state.finalized), (old[3].id(), old[3].id()));
    assert_eq!(node.engine.forkchoice(), state);

    let deep = fork_of(&old[..2], 3, 2);
    let refused = node.engine.import(sealed(&deep[0]), None).await.unwrap_err();
    let is_refused = |err: &EngineError| {
        matches!(err, EngineError::Forkchoice(ForkchoiceError::HeadLeavesFinalized { .. }))
    };
    assert!(is_refused(&refused), "{refused}");
    let cut = ForkchoiceUpdate { head: Some(old[1].id().hash), ..Default::default() };
    let refused = node.engine.update_forkchoice(cut).await.unwrap_err();
    assert!(is_refused(&refused), "{refused}");

    let shallow = fork_of(&old[..4], 3, 2);
    for block in &shallow {
        node.engine.import(sealed(block), None).await.unwrap();
    }
    assert_eq!(node.lead_to(shallow[2].id()).await, shallow[2].id());
    let node = node.restarted().await;
    assert_eq!(node.engine.forkchoice().finalized, old[3].id());
}

#[tokio::test]
async fn safe_and_finalized_must_be_of_the_chain() {
    let old = chain_of(4, 1);
    let node = node_with(&old, false).await;
    let other = Some(fork_of(&old[..1], 1, 2)[0].id());
    let update = ForkchoiceUpdate { safe: other, ..Default::default() };
    let refused = node.engine.update_forkchoice(update).await.unwrap_err();
    assert!(matches!(refused, EngineError::Forkchoice(ForkchoiceError::NotInChain { .. })));
}

#[tokio::test]
async fn the_blocks_beside_the_chain_are_bounded() {
    let config = EngineConfig { max_side_blocks: 3, ..EngineConfig::default() };
    let node = Node::with_config(config);
    for value in 1..=10 {
        node.engine.import(sealed(&chain_of(1, value)[0]), None).await.unwrap();
    }
    let update = ForkchoiceUpdate { head: Some(chain_of(1, 1)[0].id().hash), ..Default::default() };
    assert!(node.engine.update_forkchoice(update).await.is_err());
    let block = chain_of(1, 10).remove(0);
    assert_eq!(node.extend(&block).await, block.id());
}

#[tokio::test]
async fn a_stopped_engine_says_so() {
    let node = Node::new();
    node.engine.stop().await.unwrap();
    node.engine.stopped().await;
    let refused = node.engine.import(sealed(&chain_of(1, 1)[0]), None).await.unwrap_err();
    assert!(matches!(refused, EngineError::Stopped));
    assert!(matches!(node.engine.stop().await, Err(EngineError::Stopped)));
}
