//! L1 to L13: batches that L1 commits, finalizes and reverts, and takes back, while a node runs and
//! while it does not. What is stored is what a node stores that reads L1 then for the first time.
//! Nothing is consolidated, so the safe block stays where it is.

use super::support::{Records, World, caught_up, follower, fresh, records, young};
use alloy_primitives::B256;
use rollup_devnet::{HaltedNode, TestNode};
use rollup_l1_devnet::{L1Batch, L1Chain, blob};
use rollup_storage::BatchId;

/// Codec version of the batches.
const VERSION: u8 = 7;

fn id(batch: &L1Batch) -> BatchId {
    BatchId { index: batch.index, hash: batch.hash() }
}

/// An L1, a node that follows it all the time, one that is down whenever something happens, and the
/// batches that there ever were.
struct Scene {
    l1: L1Chain,
    online: TestNode,
    offline: Option<HaltedNode>,
    known: Vec<BatchId>,
    _proxy: rollup_l1_devnet::FaultProxy,
}

impl Scene {
    async fn start() -> Self {
        let World { l1, proxy, node } = World::start(young(), follower).await;
        let offline = TestNode::start(follower(&[&proxy.url()])).await.unwrap();
        caught_up(&offline, &l1).await;
        let offline = Some(offline.halt().await.unwrap());
        Self { l1, online: node, offline, known: Vec::new(), _proxy: proxy }
    }

    /// Commits batches after this one, one per content, in one transaction.
    async fn commit(&mut self, parent: &L1Batch, contents: &[&[u8]]) -> Vec<L1Batch> {
        let blobs = contents.iter().map(|content| *blob(content)).collect();
        let batches = self.l1.commit_batches(parent, VERSION, blobs).await.unwrap();
        self.known.extend(batches.iter().map(id));
        self.l1.mine(1).await.unwrap();
        batches
    }

    /// Compares the nodes, and gives what they store.
    async fn records(&mut self) -> Records {
        let expected = fresh(&self.l1, &self.known).await;
        caught_up(&self.online, &self.l1).await;
        let online = records(&self.online.handle.storage, &self.known);
        assert_eq!(online, expected, "of a node that followed");
        let started = self.offline.take().unwrap().start().await.unwrap();
        caught_up(&started, &self.l1).await;
        let offline = records(&started.handle.storage, &self.known);
        assert_eq!(offline, expected, "of a node that was down");
        assert_eq!(started.check().unwrap().findings, []);
        for node in [&self.online, &started] {
            let forkchoice = node.handle.engine.forkchoice();
            assert_eq!((forkchoice.safe.number, forkchoice.finalized.number), (0, 0));
        }
        self.offline = Some(started.halt().await.unwrap());
        expected
    }
}

fn live(records: &Records) -> Vec<BatchId> {
    records.live.iter().map(|(id, _)| *id).collect()
}

/// The L1 blocks that finalized the batches that were asked for.
fn finalized(records: &Records) -> Vec<Option<u64>> {
    let batches = records.batches.iter();
    batches.map(|batch| batch.as_ref()?.0.finalized_l1_block).collect()
}

/// The L1 blocks that reverted them.
fn reverted(records: &Records) -> Vec<Option<u64>> {
    let batches = records.batches.iter();
    batches.map(|batch| batch.as_ref()?.0.reverted_l1_block).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l1_to_l13_batches_are_stored_as_a_node_does_that_starts_now() {
    let mut scene = Scene::start().await;
    let genesis = L1Batch::genesis();

    let first = scene.commit(&genesis, &[b"one"]).await.remove(0);
    let stored = scene.records().await;
    assert_eq!(live(&stored), [id(&first)]);
    let (commit, calldata) = stored.batches[0].clone().unwrap();
    assert_eq!(commit.commit.blob_hash, first.blob_hash);
    assert!(calldata.is_some_and(|calldata| !calldata.is_empty()));

    // Two in one transaction: each has its own blob.
    let more = scene.commit(&first, &[b"two", b"three"]).await;
    let stored = scene.records().await;
    assert_eq!(live(&stored), [id(&first), id(&more[0]), id(&more[1])]);
    let blobs = |batch: usize| stored.batches[batch].as_ref().unwrap().0.commit.blob_hash;
    assert_eq!((blobs(1), blobs(2)), (more[0].blob_hash, more[1].blob_hash));

    scene.l1.finalize_batch(&first, 0, B256::repeat_byte(1)).await.unwrap();
    let finalization = scene.l1.mine(1).await.unwrap().number;
    let stored = scene.records().await;
    assert_eq!(finalized(&stored), [Some(finalization), None, None]);

    // What follows a batch is reverted: it must be the last one of its commit.
    scene.l1.revert_batches_after(&first).await.unwrap();
    let revert = scene.l1.mine(1).await.unwrap().number;
    let stored = scene.records().await;
    assert_eq!(reverted(&stored), [None, Some(revert), Some(revert)]);
    assert_eq!(live(&stored), [id(&first)]);

    // L1 takes the revert back.
    scene.l1.reorg(1, Vec::new()).await.unwrap();
    let stored = scene.records().await;
    assert_eq!(reverted(&stored), [None, None, None]);
    assert_eq!(live(&stored).len(), 3);

    // Others are committed in their place, and one of them again.
    scene.l1.revert_batches_after(&first).await.unwrap();
    let other = scene.commit(&first, &[b"other"]).await.remove(0);
    let stored = scene.records().await;
    assert_eq!(live(&stored), [id(&first), id(&other)]);
    scene.l1.revert_batches_after(&first).await.unwrap();
    scene.l1.mine(1).await.unwrap();
    let again = scene.commit(&first, &[b"two", b"three"]).await;
    assert_eq!(again, more);
    let stored = scene.records().await;
    assert_eq!(live(&stored), [id(&first), id(&more[0]), id(&more[1])]);

    // L1 takes back everything above the finalization, then that, then the first commit.
    let head = scene.l1.latest().await.unwrap().number;
    scene.l1.reorg(head - finalization, Vec::new()).await.unwrap();
    let stored = scene.records().await;
    assert_eq!(live(&stored), [id(&first), id(&more[0]), id(&more[1])]);
    assert_eq!(finalized(&stored)[0], Some(finalization));
    scene.l1.reorg(head + 1 - finalization, Vec::new()).await.unwrap();
    assert_eq!(finalized(&scene.records().await), [None; 6]);
    scene.l1.reorg(head + 3 - finalization, Vec::new()).await.unwrap();
    assert_eq!(live(&scene.records().await), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_l1_did_with_batches_is_told_when_it_is_stored() {
    use rollup_rpc::NodeEvent;
    let world = World::start(young(), follower).await;
    let mut events = world.node.handle.events.subscribe();
    let (l1, genesis) = (&world.l1, L1Batch::genesis());
    let batch = l1.commit_batch(&genesis, VERSION, blob(b"one")).await.unwrap();
    let committed = l1.mine(1).await.unwrap();
    let second = l1.commit_batch(&batch, VERSION, blob(b"two")).await.unwrap();
    l1.mine(1).await.unwrap();
    l1.finalize_batch(&batch, 0, B256::repeat_byte(1)).await.unwrap();
    l1.revert_batches_after(&batch).await.unwrap();
    let reverted = l1.mine(1).await.unwrap();
    let told = super::support::told_until(&mut events, reverted.hash).await;
    let of_batches: Vec<_> = told
        .into_iter()
        .filter_map(|event| match event {
            NodeEvent::BatchCommitIndexed { batch, l1_block } => {
                Some(("commit", batch.index, l1_block.number))
            }
            NodeEvent::BatchFinalizeIndexed { batch, l1_block } => {
                Some(("finalize", batch.index, l1_block.number))
            }
            NodeEvent::BatchReverted { first, last, l1_block } => {
                assert_eq!(first, last);
                Some(("revert", first, l1_block.number))
            }
            _ => None,
        })
        .collect();
    let (first_block, last_block) = (committed.number, reverted.number);
    assert_eq!(
        of_batches,
        [
            ("commit", 1, first_block),
            ("commit", 2, first_block + 1),
            ("finalize", 1, last_block),
            ("revert", 2, last_block),
        ]
    );
    let view = world.node.handle.storage.view().unwrap();
    assert_eq!(view.batch_at(2).unwrap(), None);
    assert_eq!(view.batch(id(&second)).unwrap().unwrap().reverted_l1_block, Some(last_block));
}
