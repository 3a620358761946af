//! ExExes that run.

use super::world::World;
use crate::{
    ExExConfig, ExExContext, ExExError, ExExParts, ExExs, InstalledExEx, error::ExExFailure,
};
use alloy_eips::BlockNumHash;
use rollup_runtime::{Clock, SimulatedClock, TaskEnd};
use rollup_storage::CanonicalChange;
use rollup_txpool::{Txpool, TxpoolConfig};
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

const LIMIT: Duration = Duration::from_secs(60);

/// Waits for what must come; the limit only ends a test that fails.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("it does not come")
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SimulatedClock::new(Duration::ZERO))
}

fn open(world: &World, installed: Vec<InstalledExEx>) -> Result<ExExs, ExExError> {
    let directory = world.directory.path().join("node");
    let (storage, evm) = (world.storage.clone(), world.evm.clone());
    ExExs::open(ExExConfig::default(), &directory, storage, evm, installed)
}

fn start(world: &World, installed: Vec<InstalledExEx>) -> ExExs {
    let mut exexes = open(world, installed).unwrap();
    let (storage, evm) = (world.storage.clone(), world.evm.clone());
    let txpool = Txpool::start(TxpoolConfig::default(), storage, evm, clock()).unwrap();
    let data_dir = world.directory.path().to_owned();
    exexes.start(&ExExParts { data_dir, txpool, clock: clock() });
    exexes
}

/// The chain got blocks.
fn commit(world: &mut World, exexes: &ExExs, blocks: u64) {
    world.commit(blocks);
    let change = CanonicalChange { removed: Vec::new(), added: Vec::new(), head: world.head() };
    exexes.listener()(&Arc::new(change));
}

/// Sends what it has finished.
fn following(name: &'static str) -> (InstalledExEx, mpsc::Receiver<BlockNumHash>) {
    let (sender, receiver) = mpsc::channel(100);
    let exex = InstalledExEx::new(name, async move |mut context: ExExContext| {
        while let Some(told) = context.notifications.recv().await? {
            context.events.finished(told.tip()).await?;
            sender.send(told.tip()).await.ok();
        }
        Ok::<_, ExExError>(())
    });
    (exex, receiver)
}

#[tokio::test]
async fn an_exex_is_told_of_blocks_as_they_come_and_ends_with_the_node() {
    let mut world = World::new(ExExConfig::default());
    world.commit(2);
    let (exex, mut finished) = following("follower");
    let exexes = start(&world, vec![exex]);
    for number in 3..6 {
        commit(&mut world, &exexes, 1);
        assert_eq!(soon(finished.recv()).await, Some(world.id(number)));
    }
    soon(exexes.stop(&*clock(), LIMIT)).await;
    assert_eq!(soon(finished.recv()).await, None, "it has ended");
    // Nothing holds the storage any more: another start finds what was finished.
    let exexes = open(&world, vec![following("follower").0]).unwrap();
    assert_eq!(exexes.waiting[0].1, world.id(5));
}

#[tokio::test]
async fn a_slow_exex_keeps_nobody_from_being_told() {
    let mut world = World::new(ExExConfig::default());
    let (go_on, told_to) = oneshot::channel::<()>();
    let (sender, mut slow) = mpsc::channel(100);
    let stuck = InstalledExEx::new("slow", async move |mut context: ExExContext| {
        let first = context.notifications.recv().await?.map(|told| told.tip());
        told_to.await.ok();
        sender.send(first).await.ok();
        while let Some(told) = context.notifications.recv().await? {
            sender.send(Some(told.tip())).await.ok();
        }
        Ok::<_, ExExError>(())
    });
    let (exex, mut finished) = following("fast");
    let exexes = start(&world, vec![stuck, exex]);
    for number in 1..5 {
        commit(&mut world, &exexes, 1);
        assert_eq!(soon(finished.recv()).await, Some(world.id(number)));
    }
    go_on.send(()).unwrap();
    let mut tip = soon(slow.recv()).await.unwrap().unwrap();
    while tip != world.id(4) {
        tip = soon(slow.recv()).await.unwrap().unwrap();
    }
    soon(exexes.stop(&*clock(), LIMIT)).await;
}

#[tokio::test]
async fn an_exex_that_ends_fails_or_panics_is_named() {
    let world = World::new(ExExConfig::default());
    let ends = InstalledExEx::new("ends", async |_| Ok::<_, io::Error>(()));
    let fails = InstalledExEx::new("fails", async |_| Err(io::Error::other("no disk")));
    let panics =
        InstalledExEx::new("panics", |_| async { panic!("on purpose") as Result<(), io::Error> });
    for (exex, end) in
        [(ends, TaskEnd::Returned), (fails, TaskEnd::Returned), (panics, TaskEnd::Panicked)]
    {
        let name = exex.name();
        let mut exexes = start(&world, vec![exex]);
        assert_eq!(soon(exexes.failed()).await, ExExFailure { name, end });
        soon(exexes.stop(&*clock(), LIMIT)).await;
    }
    let text = ExExFailure { name: "fails", end: TaskEnd::Returned }.to_string();
    assert_eq!(text, "the ExEx fails ended; the reason is in the log");
}

#[tokio::test]
async fn a_reading_that_is_cancelled_loses_nothing() {
    let mut world = World::new(ExExConfig::default());
    let (sender, mut told) = mpsc::channel(100);
    let exex = InstalledExEx::new("cancelling", async move |mut context: ExExContext| {
        loop {
            tokio::select! {
                biased;
                // Whatever it has begun is dropped, again and again.
                notification = context.notifications.recv() => {
                    let Some(notification) = notification? else { return Ok::<_, ExExError>(()) };
                    sender.send(notification.tip()).await.ok();
                }
                () = tokio::task::yield_now() => {}
            }
        }
    });
    let exexes = start(&world, vec![exex]);
    commit(&mut world, &exexes, 1);
    assert_eq!(soon(told.recv()).await, Some(world.id(1)));
    commit(&mut world, &exexes, 1);
    assert_eq!(soon(told.recv()).await, Some(world.id(2)));
    soon(exexes.stop(&*clock(), LIMIT)).await;
}

#[test]
fn names_are_those_of_directories_and_each_is_there_once() {
    let world = World::new(ExExConfig::default());
    let named = |name| InstalledExEx::new(name, async |_| Ok::<_, io::Error>(()));
    for name in ["", "../x", "a b", "Upper", "-x", "é"] {
        let refused = open(&world, vec![named(name)]).unwrap_err();
        assert!(matches!(refused, ExExError::Name { .. }), "{name:?}: {refused}");
    }
    let refused = open(&world, vec![named("a-1"), named("a-1")]).unwrap_err();
    assert!(matches!(refused, ExExError::DuplicateName { name: "a-1" }), "{refused}");
}
