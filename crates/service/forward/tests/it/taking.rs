//! A sequencer that answers.

use crate::{
    sequencer::{Nobody, Sequencer, error},
    world::{World, hash_of, soon, to, transfer},
};
use alloy_primitives::hex;
use rollup_forward::{ForwardError, ForwardOutcome, Forwarded, SequencerRefusal};
use rollup_txpool::{DepartureReason, PoolPlace};
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_with_the_sequencer_when_the_caller_is_told() {
    let sequencer = Sequencer::start();
    let world = World::new(&to(&[sequencer.addr]));
    assert_eq!(world.forward(0).await.unwrap(), Forwarded::Taken);
    let raw = alloy_eips::Encodable2718::encoded_2718(&transfer(0));
    let expected = (hex::encode_prefixed(raw), world.forwarder.id().to_string());
    assert_eq!(sequencer.asked(), [expected]);
    let hash = hash_of(0);
    let record = world.forwarder.record(&hash).unwrap();
    assert!(matches!(record.outcome, ForwardOutcome::Taken { was_known: false }), "{record:?}");
    assert_eq!(record.host.as_deref(), Some(sequencer.addr.to_string().as_str()));
    assert_eq!(record.tries, 1);
    assert!(matches!(world.pool.explain(&hash).unwrap().place, PoolPlace::Pending { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_as_it_was_and_the_transaction_leaves_the_pool() {
    let sequencer = Sequencer::start();
    sequencer.follow([error(-32003, "txpool is full")]);
    let world = World::new(&to(&[sequencer.addr]));
    let Err(ForwardError::Refused(refusal)) = world.forward(0).await else { panic!() };
    let data = Some(json!({ "why": "because" }));
    let expected = SequencerRefusal { code: -32003, message: "txpool is full".to_owned(), data };
    assert_eq!(*refusal, expected);
    let hash = hash_of(0);
    assert!(!world.pool.contains(&hash));
    let departure = world.pool.history(&hash).departure.unwrap();
    assert_eq!(departure.reason, DepartureReason::Refused);
    assert!(matches!(world.outcome(&hash), ForwardOutcome::Refused(_)));
    assert_eq!(world.forward(0).await.unwrap(), Forwarded::Taken, "it may be tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_sequencer_has_already_is_with_it() {
    let sequencer = Sequencer::start();
    sequencer.follow([error(-32000, "already known")]);
    let world = World::new(&to(&[sequencer.addr]));
    assert_eq!(world.forward(0).await.unwrap(), Forwarded::Taken);
    let outcome = world.outcome(&hash_of(0));
    assert!(matches!(outcome, ForwardOutcome::Taken { was_known: true }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_forwarded_before_a_restart_is_after_it() {
    let nobody = Nobody::new();
    let world = World::new(&to(&[nobody.addr]));
    let (first, sent) = world.send(0).await;
    let second = world.add(1).await;
    let sequencer = Sequencer::start();
    let world = world.restarted(&to(&[sequencer.addr])).await;
    assert_eq!(soon(sent).await.unwrap().unwrap(), Forwarded::Later);
    soon(sequencer.is_asked(2)).await;
    for hash in [first, second] {
        world.is_taken(&hash).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_makes_blocks_forwards_nothing() {
    let nobody = Nobody::new();
    let world = World::new(&to(&[nobody.addr]));
    assert!(world.forwarder.is_needed());
    world.makes_blocks.store(true, Ordering::Relaxed);
    assert!(!world.forwarder.is_needed());
}
