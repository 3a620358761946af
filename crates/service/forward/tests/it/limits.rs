//! What waits is bounded.

use crate::{
    sequencer::{Nobody, Sequencer, Step},
    world::{World, soon, to},
};
use rollup_forward::{
    ForwardBuilder, ForwardConfig, ForwardError, ForwardOutcome, ForwardParts, ForwardStartError,
};
use std::{sync::Arc, time::Duration};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_may_wait_are_refused_until_there_is_room() {
    let sequencer = Sequencer::start();
    sequencer.follow([Step::Hang]);
    let config = ForwardConfig { max_waiting: 1, max_in_flight: 1, ..to(&[sequencer.addr]) };
    let world = World::new(&config);
    let (hash, first) = world.send(0).await;
    soon(sequencer.is_asked(1)).await;
    let (_, second) = world.send(1).await;
    let refused = world.forwarder.reserve(100).unwrap_err();
    assert!(matches!(refused, ForwardError::Busy));
    world.pass(config.request_timeout).await;
    // The sequencer counts as dead for a moment.
    world.has_failed(&hash).await;
    world.clock.advance(Duration::from_secs(1));
    for sent in [first, second] {
        soon(sent).await.unwrap().unwrap();
    }
    world.forwarder.reserve(100).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_transactions_are_refused_before_there_are_many() {
    let nobody = Nobody::new();
    let config = ForwardConfig { max_waiting_bytes: 1_000, ..to(&[nobody.addr]) };
    let world = World::new(&config);
    let place = world.forwarder.reserve(600).unwrap();
    assert!(matches!(world.forwarder.reserve(600), Err(ForwardError::Busy)));
    drop(place);
    world.forwarder.reserve(600).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_in_the_pool_any_more_is_not_forwarded() {
    let nobody = Nobody::new();
    let world = World::new(&to(&[nobody.addr]));
    let (hash, sent) = world.send(0).await;
    world.has_failed(&hash).await;
    // As with the block that has it.
    world.pool.refuse(&hash);
    let sequencer = nobody.start();
    world.clock.advance(Duration::from_secs(1));
    soon(sent).await.unwrap().unwrap();
    assert!(matches!(world.outcome(&hash), ForwardOutcome::Gone));
    assert!(sequencer.asked().is_empty());
}

#[tokio::test]
async fn nobody_to_forward_to_is_an_error_of_the_start() {
    let nobody = Nobody::new();
    let world = World::new(&to(&[nobody.addr]));
    let parts = ForwardParts {
        pool: world.pool.clone(),
        clock: Arc::new(world.clock),
        makes_blocks: Arc::new(|| false),
        shutdown: Default::default(),
    };
    let refused = ForwardBuilder::new(&to(&[]), parts).unwrap_err();
    assert!(matches!(refused, ForwardStartError::NoUrls));
}
