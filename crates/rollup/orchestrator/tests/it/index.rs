//! What L1 did goes into the records, and comes out of them again.

use crate::world::{World, enqueue, message};
use rollup_l1::{L1Sink, L1SinkError};
use rollup_storage::{L1Progress, RollupChange, RollupError};

const fn progress(latest: u64, finalized: Option<u64>, processed: u64) -> L1Progress {
    L1Progress { latest: Some(latest), finalized, processed: Some(processed) }
}

const fn latest(number: u64) -> RollupChange {
    RollupChange::L1Latest { number }
}

const fn finalized(number: u64) -> RollupChange {
    RollupChange::L1Finalized { number }
}

#[tokio::test]
async fn progress_is_told_when_it_is_durable_and_goes_back_by_a_reorg_alone() {
    let world = World::new();
    let mut told = world.index.watch_progress();
    assert_eq!(*told.borrow_and_update(), L1Progress::default());
    world.index.apply(vec![enqueue(10, &[message(0)]), latest(12)]).await.unwrap();
    assert_eq!(*told.borrow_and_update(), progress(12, None, 10));
    assert_eq!(world.engine.view().unwrap().l1_progress().unwrap(), progress(12, None, 10));
    world.index.apply(vec![finalized(8), latest(11)]).await.unwrap();
    assert_eq!(*told.borrow_and_update(), progress(12, Some(8), 10));
    world.index.rewind(7).await.unwrap();
    assert_eq!(*told.borrow_and_update(), progress(12, Some(8), 7), "L1 is what it was");
    world.index.reorg(9).await.unwrap();
    assert_eq!(*told.borrow_and_update(), progress(9, Some(8), 7));
    world.index.reorg(9).await.unwrap();
    assert!(!told.has_changed().unwrap(), "nothing more happened");
}

#[tokio::test]
async fn a_watcher_resumes_with_what_is_stored() {
    let world = World::new();
    assert_eq!(world.index.resume().await.unwrap(), Default::default());
    let changes = vec![enqueue(9, &[message(0)]), enqueue(10, &[message(1)]), finalized(9)];
    world.index.apply(changes).await.unwrap();
    let resume = world.index.resume().await.unwrap();
    assert_eq!((resume.next_queue_index, resume.queue_hash), (2, None));
    let blocks: Vec<u64> = resume.blocks.iter().map(|(number, _)| *number).collect();
    assert_eq!(blocks, [10], "those that are not final");
    let stored = world.index.message(1).await.unwrap().unwrap();
    assert_eq!((stored.message, stored.l1_block_number), (message(1), 10));
    assert_eq!(world.index.message(2).await.unwrap(), None);
}

#[tokio::test]
async fn what_contradicts_is_no_failure_and_changes_nothing() {
    let world = World::new();
    world.index.apply(vec![enqueue(10, &[message(0)]), latest(12), finalized(8)]).await.unwrap();
    let told = *world.index.watch_progress().borrow();
    let gap = world.index.apply(vec![latest(13), enqueue(13, &[message(2)])]).await;
    let expected = RollupError::QueueGap { expected: 1, found: 2 };
    assert!(matches!(gap, Err(L1SinkError::Contradiction(err)) if err == expected), "{gap:?}");
    let below = world.index.reorg(7).await;
    let expected = RollupError::BelowL1Finalized { to: 7, finalized: 8 };
    assert!(matches!(below, Err(L1SinkError::Contradiction(err)) if err == expected), "{below:?}");
    assert_eq!(*world.index.watch_progress().borrow(), told);
    assert_eq!(world.engine.view().unwrap().l1_progress().unwrap(), told);
}

#[tokio::test]
async fn a_reorg_under_a_finalized_block_contradicts_too() {
    let world = World::new();
    world.index.apply(vec![enqueue(10, &[message(0)]), latest(12)]).await.unwrap();
    let block = world.block(vec![message(0)]).await;
    let (safe, finalized) = (Some(block), Some(block));
    world.index.apply(vec![RollupChange::Forkchoice { safe, finalized }]).await.unwrap();
    let refused = world.index.reorg(9).await;
    let expected = RollupError::BelowL1Finalized { to: 9, finalized: 10 };
    assert!(
        matches!(refused, Err(L1SinkError::Contradiction(err)) if err == expected),
        "{refused:?}"
    );
    assert_eq!(world.engine.head(), block);
}

#[tokio::test]
async fn a_failure_of_the_node_is_no_contradiction() {
    let world = World::new();
    world.index.apply(vec![enqueue(10, &[message(0)]), latest(12)]).await.unwrap();
    world.engine.stop().await.unwrap();
    let failed = world.index.reorg(9).await;
    assert!(matches!(failed, Err(L1SinkError::Failed(_))), "{failed:?}");
    assert_eq!(world.index.watch_progress().borrow().latest, Some(12));
}
