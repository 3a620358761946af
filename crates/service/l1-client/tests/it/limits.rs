//! Rates, sizes and secrets.

use crate::{server::Act, world::World};
use futures::future::join_all;
use rollup_l1_client::{L1ClientConfig, L1EndpointState, L1Reader as _};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn no_more_is_asked_for_than_the_budget_allows() {
    let world = World::with(1, |config| L1ClientConfig { compute_units_per_second: 100, ..config });
    // 5 for the chain id and 20 for each: what is there at the start, and then 100 in a second.
    let calls = async {
        for number in 0..20 {
            world.client.header(number).await.unwrap();
        }
    };
    let ((), took) = world.timed(calls).await;
    assert_eq!(took, Duration::from_millis((20 * 20 + 5 - 100) * 10));
    assert_eq!(world.client.endpoints()[0].errors, 0);
}

#[tokio::test]
async fn who_would_wait_too_long_for_the_budget_asks_another_endpoint() {
    let world = World::with(2, |config| L1ClientConfig {
        compute_units_per_second: 10,
        hedge_after: Duration::from_secs(60),
        ..config
    });
    let calls = join_all((0..3).map(|number| world.client.header(number)));
    let (headers, took) = world.timed(calls).await;
    assert!(headers.iter().all(Result::is_ok));
    assert!(took <= Duration::from_secs(4), "{took:?}");
    assert!(world.client.endpoints()[1].requests > 0);
    assert_eq!(world.states(), [L1EndpointState::Healthy; 2], "that is nobody's fault");
}

#[rstest]
#[case::status(|| Act::Http(429, "slow down".to_owned()))]
#[case::code(|| Act::Error(-32005, "request rate exceeded"))]
#[case::text(|| Act::Error(-32000, "Too Many Requests"))]
#[tokio::test]
async fn a_limit_of_rate_is_waited_out_where_there_is_nobody_else(#[case] act: fn() -> Act) {
    let world = World::new(1);
    let mut left = 4;
    world.servers[0].play(move |method, _, _| {
        if method != "eth_chainId" {
            left -= 1;
        }
        if left >= 0 && method != "eth_chainId" { act() } else { Act::Answer }
    });
    let (header, took) = world.timed(world.client.header(7)).await;
    assert_eq!(header, Ok(Some(world.chain.at(7).l1_header())));
    let ms = took.as_millis();
    assert!((1500..=2250).contains(&ms), "100 to 800 ms, and up to a half more: {ms}");
    assert!(world.client.endpoints()[0].last_error.as_ref().unwrap().contains("rate"));
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_not_read_to_the_end() {
    let world = World::with(2, |config| L1ClientConfig { max_response_bytes: 100_000, ..config });
    world.servers[0].play_for("eth_getBlockByNumber", || Act::Result("x".repeat(200_000).into()));
    let header = world.wait(world.client.header(7)).await;
    assert_eq!(header, Ok(Some(world.chain.at(7).l1_header())));
    let error = world.client.endpoints()[0].last_error.clone().unwrap();
    assert_eq!(error, "the answer has more than 100000 bytes");
}

#[tokio::test]
async fn many_calls_at_once_are_all_answered_and_not_all_sent_at_once() {
    let world = World::new(1);
    world.wait(world.client.header(0)).await.unwrap();
    world.servers[0].hang();
    let calls = join_all((0..100).map(|number| world.client.header(number % 40)));
    tokio::pin!(calls);
    assert!(futures::poll!(&mut calls).is_pending());
    for _ in 0..2000 {
        tokio::task::yield_now().await;
        assert!(futures::poll!(&mut calls).is_pending());
    }
    assert_eq!(world.servers[0].asked().len(), 34, "32, and the two before");
    world.servers[0].be_honest();
    let answers = world.wait(calls).await;
    assert!(answers.iter().all(Result::is_ok));
}

/// Whatever an endpoint does, its URL is its own business.
#[rstest]
#[case::echo(|| Act::Error(-32000, "no such key: secret3?key=secret4 of secret1:secret2"))]
#[case::status(|| Act::Http(401, "secret3".to_owned()))]
#[case::html(|| Act::Http(200, "<html>secret3</html>".to_owned()))]
#[case::json(|| Act::Result(json!("secret3")))]
#[tokio::test]
async fn nothing_shows_a_secret_of_a_url(#[case] act: fn() -> Act) {
    let world = World::with(1, |config| L1ClientConfig { max_retries: 0, ..config });
    world.servers[0].play(move |_, _, _| act());
    let err = world.wait(world.client.header(7)).await.unwrap_err();
    let shown = format!("{err} {err:?} {:?} {:?}", world.client, world.client.endpoints());
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains(&world.servers[0].addr.to_string()), "{shown}");
}

#[tokio::test]
async fn a_connection_that_fails_shows_no_secret_of_a_url() {
    let mut world = World::with(1, |config| L1ClientConfig { max_retries: 0, ..config });
    world.servers[0].stop().await;
    let err = world.wait(world.client.header(7)).await.unwrap_err();
    let shown = format!("{err} {err:?} {:?} {:?}", world.client, world.client.endpoints());
    assert!(!shown.contains("secret") && shown.contains("cannot be reached"), "{shown}");
}

#[rstest]
#[case::cut(|_: &Value| Act::Cut(20))]
#[case::other_id(|_: &Value| Act::OtherId)]
#[case::html(|_: &Value| Act::Http(200, "<html>".to_owned()))]
#[case::empty(|_: &Value| Act::Http(200, String::new()))]
#[case::redirect(|_: &Value| Act::Http(302, String::new()))]
#[case::not_found(|_: &Value| Act::Http(404, String::new()))]
#[case::text(|_: &Value| Act::Result(json!("0x")))]
#[case::internal(|_: &Value| Act::Error(-32603, "Internal error"))]
#[tokio::test]
async fn what_is_no_answer_is_asked_of_another_endpoint(#[case] act: fn(&Value) -> Act) {
    let world = World::new(2);
    world.servers[0].play(move |method, params, _| match method {
        "eth_chainId" => Act::Answer,
        _ => act(params),
    });
    let (header, took) = world.timed(world.client.header(7)).await;
    assert_eq!(header, Ok(Some(world.chain.at(7).l1_header())));
    assert_eq!(took, Duration::ZERO);
    assert_eq!(world.states(), [L1EndpointState::Failing, L1EndpointState::Healthy]);
}
