//! What others see of L1.

use crate::world::{UNIX_TIME, World, enqueue, l1_block, message, soon};
use alloy_primitives::Address;
use rollup_l1::{L1Notification, L1Sink, L1WatcherStatus};
use rollup_orchestrator::{
    L1StalePolicy, L1State, OrchestratorBuilder, OrchestratorConfig, OrchestratorEvent,
    OrchestratorHandle, OrchestratorParts, SignerChange,
};
use rollup_runtime::TaskGroup;
use rollup_sequencer::L1Gate;
use rollup_storage::RollupChange;
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{broadcast, watch},
};

const A: Address = Address::repeat_byte(0xa);
const B: Address = Address::repeat_byte(0xb);

/// Stands for the watcher: shows what a watcher shows.
struct Watched {
    world: World,
    status: watch::Sender<L1WatcherStatus>,
    notifications: broadcast::Sender<L1Notification>,
    handle: OrchestratorHandle,
    events: broadcast::Receiver<OrchestratorEvent>,
    _tasks: TaskGroup,
}

impl Watched {
    fn new(stale_policy: L1StalePolicy) -> Self {
        let world = World::new();
        let (status, followed) = watch::channel(L1WatcherStatus::default());
        let (notifications, heard) = broadcast::channel(16);
        let (tasks, _) = TaskGroup::root("test", Handle::current());
        let parts = OrchestratorParts {
            index: Arc::clone(&world.index),
            status: followed,
            notifications: heard,
            clock: Arc::new(world.clock.clone()),
            shutdown: tasks.token(),
        };
        let config = OrchestratorConfig { stale_policy, ..OrchestratorConfig::default() };
        let builder = OrchestratorBuilder::new(config, parts);
        let handle = builder.handle();
        let events = handle.subscribe();
        tasks.spawn("orchestrator", builder.build());
        Self { world, status, notifications, handle, events, _tasks: tasks }
    }

    fn show(&self, change: impl FnOnce(&mut L1WatcherStatus)) {
        self.status.send_modify(change);
    }

    fn tell(&self, notification: L1Notification) {
        self.notifications.send(notification).unwrap();
    }

    async fn event(&mut self) -> OrchestratorEvent {
        soon(self.events.recv()).await.unwrap()
    }
}

/// L1 is read up to this block, where the contract names this signer.
const fn read(signer: Address, number: u64) -> impl FnOnce(&mut L1WatcherStatus) {
    move |status| {
        status.is_synced = true;
        status.latest = Some(l1_block(number));
        status.processed = Some(number);
        status.signer = Some(signer);
        status.signer_l1_block = Some(l1_block(number));
        status.last_progress_at = Some(UNIX_TIME);
    }
}

async fn wait<T: Clone + PartialEq>(mut watch: watch::Receiver<T>, value: T) {
    soon(watch.wait_for(|shown| *shown == value)).await.unwrap();
}

#[tokio::test]
async fn l1_is_unreachable_then_synced_then_stale_and_back() {
    let watched = Watched::new(L1StalePolicy::Limit { max_unsafe_blocks: 5 });
    let (handle, sync) = (watched.handle.clone(), watched.handle.watch_sync());
    assert_eq!(handle.report().state, L1State::Unreachable);
    assert!(!sync.borrow().l1_synced);
    watched.show(|status| {
        status.latest = Some(l1_block(7));
        status.last_progress_at = Some(UNIX_TIME);
    });
    assert_eq!(handle.report().state, L1State::Syncing);
    watched.show(read(A, 10));
    soon(sync.clone().wait_for(|sync| sync.is_synced())).await.unwrap();
    assert_eq!(*handle.watch_authorized_signer().borrow(), Some(A), "who sees the one sees both");
    watched.world.clock.advance(Duration::from_secs(70));
    let report = handle.report();
    assert_eq!((report.state, report.processed), (L1State::Synced, Some(10)));
    assert_eq!(report.latest_age, Some(Duration::from_secs(60)));
    assert_eq!(report.progress_age, Some(Duration::from_secs(70)));
    assert_eq!(report.authorized_signer, Some(A));

    watched.show(|status| status.is_stale = true);
    wait(handle.watch_gate(), L1Gate::Limited { max_unsafe_blocks: 5 }).await;
    assert_eq!(handle.report().state, L1State::Stale);
    watched.show(|status| status.is_stale = false);
    wait(handle.watch_gate(), L1Gate::Open).await;
    // The operator has L1 read anew.
    watched.show(|status| status.is_synced = false);
    soon(sync.clone().wait_for(|sync| !sync.l1_synced)).await.unwrap();
    assert_eq!(handle.report().state, L1State::Syncing);
    assert_eq!(*handle.watch_authorized_signer().borrow(), Some(A));
}

#[tokio::test]
async fn a_reorg_is_told_with_what_it_meant_and_takes_a_signer_back() {
    let mut watched = Watched::new(L1StalePolicy::Continue);
    watched.show(read(A, 10));
    let known = SignerChange { from: None, to: A, l1_block: 10 };
    assert_eq!(watched.event().await, OrchestratorEvent::AuthorizedSignerChanged(known));
    let sink = Arc::clone(&watched.world.index);
    let messages = vec![enqueue(11, &[message(0)]), enqueue(12, &[message(1)])];
    sink.apply(messages).await.unwrap();
    sink.apply(vec![RollupChange::L1Latest { number: 12 }]).await.unwrap();
    let l1_block_of = |queue_index| l1_block(11 + queue_index);
    for queue_index in [0, 1] {
        let l1_block = l1_block_of(queue_index);
        watched.tell(L1Notification::MessageEnqueued { queue_index, l1_block });
        let told = OrchestratorEvent::L1MessageCommitted { queue_index, l1_block };
        assert_eq!(watched.event().await, told);
    }
    let first = watched.world.block(vec![message(0)]).await;
    watched.world.block(vec![message(1)]).await;
    watched.tell(L1Notification::SignerUpdated { signer: B, l1_block: l1_block(12) });
    let change = SignerChange { from: Some(A), to: B, l1_block: 12 };
    assert_eq!(watched.event().await, OrchestratorEvent::AuthorizedSignerChanged(change));
    assert_eq!(watched.handle.authorized_signers().current(), Some(B));

    sink.reorg(11).await.unwrap();
    assert_eq!(watched.world.engine.head(), first);
    assert_eq!(watched.handle.watch_progress().borrow().latest, Some(11));
    watched.tell(L1Notification::Reorg { to: 11, depth: 1 });
    watched.show(read(A, 13));
    let reorg = OrchestratorEvent::L1Reorg {
        l1_block_number: 11,
        depth: 1,
        queue_index: Some(1),
        head: Some(first),
        safe: None,
        removed: 1,
    };
    assert_eq!(watched.event().await, reorg);
    let back = SignerChange { from: Some(B), to: A, l1_block: 10 };
    assert_eq!(watched.event().await, OrchestratorEvent::AuthorizedSignerChanged(back));
    wait(watched.handle.watch_authorized_signer(), Some(A)).await;
}

#[tokio::test]
async fn events_that_were_missed_are_counted() {
    let mut watched = Watched::new(L1StalePolicy::Continue);
    // The orchestrator does not run meanwhile: there is one thread.
    for number in 0..20 {
        watched.tell(L1Notification::Finalized(number));
    }
    assert_eq!(watched.event().await, OrchestratorEvent::EventsMissed { count: 4 });
    let next = OrchestratorEvent::L1BlockFinalized { l1_block_number: 4 };
    assert_eq!(watched.event().await, next);
}
