//! Sequencers that cannot be reached, or do not answer as they should.

use crate::{
    sequencer::{Nobody, Sequencer, Step, error},
    world::{World, hash_of, soon, to},
};
use rollup_forward::{ForwardConfig, ForwardError, Forwarded, TryError};
use std::time::Duration;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

/// What the first pause is at most.
const FIRST_PAUSE: Duration = Duration::from_millis(375);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_one_is_asked_and_the_preferred_one_again_when_it_is_back() {
    let (preferred, second) = (Nobody::new(), Sequencer::start());
    let world = World::new(&to(&[preferred.addr, second.addr]));
    assert_eq!(world.forward(0).await.unwrap(), Forwarded::Taken);
    assert_eq!(world.forwarder.record(&hash_of(0)).unwrap().tries, 2);
    // Nobody asks the preferred one now.
    assert_eq!(world.forward(1).await.unwrap(), Forwarded::Taken);
    assert_eq!(world.forwarder.record(&hash_of(1)).unwrap().tries, 1);

    let preferred = preferred.start();
    world.clock.advance(FIRST_PAUSE);
    for nonce in 2..4 {
        assert_eq!(world.forward(nonce).await.unwrap(), Forwarded::Taken);
    }
    assert_eq!((preferred.asked().len(), second.asked().len()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_does_not_answer_in_time_is_passed_over() {
    let (hanging, second) = (Sequencer::start(), Sequencer::start());
    hanging.follow([Step::Hang]);
    let config = ForwardConfig {
        answer_timeout: Duration::from_secs(3600),
        ..to(&[hanging.addr, second.addr])
    };
    let world = World::new(&config);
    let (_, sent) = world.send(0).await;
    soon(hanging.is_asked(1)).await;
    world.pass(config.request_timeout).await;
    assert_eq!(soon(sent).await.unwrap().unwrap(), Forwarded::Taken);
    assert_eq!(second.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_rpc_is_no_answer() {
    let (broken, second) = (Sequencer::start(), Sequencer::start());
    let long = format!(r#"{{"result":"{}"}}"#, "x".repeat(65 << 10));
    let bodies = [
        (401, "who are you?".to_owned()),
        (200, "<html>".to_owned()),
        (200, "{}".to_owned()),
        (200, long),
    ];
    broken.follow(bodies.map(|(status, body)| Step::Answer(status, body)));
    let world = World::new(&to(&[broken.addr, second.addr]));
    for nonce in 0..4 {
        assert_eq!(world.forward(nonce).await.unwrap(), Forwarded::Taken);
        world.clock.advance(Duration::from_secs(60));
    }
    assert_eq!((broken.asked().len(), second.asked().len()), (4, 4));
    assert_eq!(world.forward(4).await.unwrap(), Forwarded::Taken);
    assert_eq!(second.asked().len(), 4, "it is well again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_sequencers_own_is_not_the_end_and_keeps_no_other_transaction() {
    let sequencer = Sequencer::start();
    sequencer.follow([error(-32603, "Internal error"), error(-32009, "server is busy")]);
    let world = World::new(&to(&[sequencer.addr]));
    let (_, first) = world.send(0).await;
    soon(sequencer.is_asked(1)).await;
    world.pass(Duration::from_millis(250)).await;
    soon(sequencer.is_asked(2)).await;
    // While that one waits.
    assert_eq!(world.forward(1).await.unwrap(), Forwarded::Taken);
    world.pass(Duration::from_millis(500)).await;
    assert_eq!(soon(first).await.unwrap().unwrap(), Forwarded::Taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_sequencers_own_that_stays_is_the_answer() {
    let sequencer = Sequencer::start();
    sequencer.follow(vec![error(-32603, "Internal error"); 3]);
    let config = ForwardConfig { max_failures: 2, ..to(&[sequencer.addr]) };
    let world = World::new(&config);
    let (_, sent) = world.send(0).await;
    for pause in [250, 500] {
        world.pass(Duration::from_millis(pause)).await;
    }
    let Err(ForwardError::Refused(refusal)) = soon(sent).await.unwrap() else { panic!() };
    assert_eq!((refusal.code, refusal.message.as_str()), (-32603, "Internal error"));
    assert_eq!(sequencer.asked().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_busy_sequencer_is_asked_again_although_the_other_is_dead() {
    let (busy, dead) = (Sequencer::start(), Nobody::new());
    busy.follow([error(-32009, "server is busy")]);
    let world = World::new(&to(&[busy.addr, dead.addr]));
    let (_, sent) = world.send(0).await;
    world.pass(Duration::from_millis(250)).await;
    assert_eq!(soon(sent).await.unwrap().unwrap(), Forwarded::Taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_caller_has_the_hash_in_time_and_the_sequencer_the_transaction_later() {
    let nobody = Nobody::new();
    // A try ends by what the sequencer does alone, however fast the time is moved on below.
    let config = ForwardConfig { request_timeout: Duration::MAX, ..to(&[nobody.addr]) };
    let world = World::new(&config);
    let (hash, sent) = world.send(0).await;
    let failure = world.has_failed(&hash).await;
    world.pass(config.answer_timeout).await;
    assert_eq!(soon(sent).await.unwrap().unwrap(), Forwarded::Later);
    assert!(matches!(failure, TryError::Unreachable(_)));
    assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");

    let sequencer = nobody.start();
    soon(async {
        // A try may be under way that finds nobody; the next one is after a pause.
        while sequencer.asked().is_empty() {
            world.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    world.is_taken(&hash).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_is_spoken_where_it_is_asked_for() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let second = Sequencer::start();
    let mut config = to(&[second.addr]);
    let url = format!("https://{}", listener.local_addr().unwrap());
    config.urls.insert(0, url.parse().unwrap());
    let world = World::new(&config);
    let (_, sent) = world.send(0).await;
    let (mut stream, _) = soon(listener.accept()).await.unwrap();
    assert_eq!(soon(stream.read_u8()).await.unwrap(), 22, "a TLS record of the handshake");
    drop((stream, listener));
    assert_eq!(soon(sent).await.unwrap().unwrap(), Forwarded::Taken);
}
