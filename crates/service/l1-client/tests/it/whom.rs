//! Who is asked, and when somebody else is.

use crate::{
    chain::CHAIN_ID,
    server::{Act, Server},
    world::{World, client},
};
use rollup_l1_client::{L1ClientConfig, L1EndpointState, L1Error, L1Reader as _, L1Tag};
use serde_json::json;
use std::time::Duration;

use L1EndpointState::{Failing, Healthy, Lagging, Unprobed, WrongChain};

const SECOND: Duration = Duration::from_secs(1);

async fn head(world: &World) -> u64 {
    world.wait(world.client.tagged(L1Tag::Latest)).await.unwrap().unwrap().number
}

fn preferred(world: &World) -> Vec<bool> {
    world.client.endpoints().iter().map(|endpoint| endpoint.is_preferred).collect()
}

#[tokio::test]
async fn the_first_of_the_list_is_asked_and_the_others_are_not() {
    let world = World::new(3);
    assert_eq!(world.states(), [Unprobed; 3]);
    head(&world).await;
    assert_eq!(world.asked(), [vec!["eth_chainId", "eth_getBlockByNumber"], vec![], vec![]]);
    let status = &world.client.endpoints()[0];
    assert_eq!((status.state, status.chain_id, status.latest), (Healthy, Some(CHAIN_ID), Some(39)));
    assert_eq!((status.requests, status.errors, status.is_preferred), (2, 0, true));
}

#[tokio::test]
async fn the_next_one_answers_for_one_that_is_dead() {
    let mut world = World::new(2);
    world.servers[0].stop().await;
    let (header, took) = world.timed(world.client.header(7)).await;
    assert_eq!(header, Ok(Some(world.chain.at(7).l1_header())));
    assert_eq!(took, Duration::ZERO);
    assert_eq!(world.states(), [Failing, Healthy]);
    assert_eq!(preferred(&world), [false, true]);
}

#[tokio::test]
async fn the_preferred_one_is_asked_again_when_it_is_back() {
    let mut world = World::new(2);
    world.watch().await;
    world.servers[0].play(|_, _, _| Act::Http(503, "down".to_owned()));
    head(&world).await;
    assert_eq!(world.states(), [Failing, Healthy]);
    world.pass(60 * SECOND).await;
    assert_eq!(world.states(), [Failing, Healthy]);
    let asked = world.asked()[0].len();
    assert!((4..=8).contains(&asked), "it is looked at with pauses: {asked}");
    world.servers[0].be_honest();
    world.pass(46 * SECOND).await;
    assert_eq!(world.states(), [Healthy; 2]);
    assert_eq!(preferred(&world), [true, false]);
    assert_eq!(world.asked()[0][..2], ["eth_chainId", "eth_getBlockByNumber"]);
}

#[tokio::test]
async fn one_short_failure_is_over_after_a_second_or_two() {
    let mut world = World::new(2);
    world.watch().await;
    let mut is_first = true;
    world.servers[0].play(move |_, _, _| {
        if std::mem::take(&mut is_first) { Act::Http(502, String::new()) } else { Act::Answer }
    });
    head(&world).await;
    assert_eq!(world.states(), [Failing, Healthy]);
    world.pass(2 * SECOND).await;
    assert_eq!(world.states(), [Healthy; 2]);
}

#[tokio::test]
async fn one_that_hangs_costs_the_hedge_and_then_nothing() {
    let mut world = World::new(2);
    world.watch().await;
    world.servers[0].hang();
    let read = || async {
        let (header, took) = world.timed(world.client.tagged(L1Tag::Latest)).await;
        (header.unwrap().unwrap().number, took)
    };
    for _ in 0..3 {
        assert_eq!(read().await, (39, SECOND));
    }
    // It was late three times.
    assert_eq!(world.states(), [Failing, Healthy]);
    assert_eq!(read().await, (39, Duration::ZERO));
    world.servers[0].be_honest();
    world.pass(40 * SECOND).await;
    assert_eq!(world.states(), [Healthy; 2]);
}

#[tokio::test]
async fn a_request_ends_at_its_deadline_and_a_call_at_its_own() {
    let world = World::with(1, |config| L1ClientConfig { max_retries: 0, ..config });
    world.servers[0].hang();
    let (result, took) = world.timed(world.client.header(7)).await;
    assert!(result.unwrap_err().to_string().contains("no answer within 3000 ms"));
    assert_eq!(took, 3 * SECOND);
    let world = World::new(1);
    world.servers[0].hang();
    let (result, took) = world.timed(world.client.header(7)).await;
    assert!(matches!(result, Err(L1Error::Unavailable { .. })));
    assert_eq!(took, 13 * SECOND);
}

#[tokio::test]
async fn with_all_down_the_call_is_repeated_with_pauses_until_one_is_back() {
    let world = World::new(2);
    let mut left = 3;
    world.servers[1].play(move |_, _, _| {
        left -= 1;
        if left >= 0 { Act::Http(500, String::new()) } else { Act::Answer }
    });
    world.servers[0].play(|_, _, _| Act::Http(500, String::new()));
    let (header, took) = world.timed(world.client.header(7)).await;
    assert_eq!(header, Ok(Some(world.chain.at(7).l1_header())));
    let ms = took.as_millis();
    assert!((700..=1050).contains(&ms), "100, 200 and 400 ms, and up to a half more: {ms}");
}

#[tokio::test]
async fn so_many_retries_and_no_more() {
    let world = World::with(1, |config| L1ClientConfig { max_retries: 2, ..config });
    world.servers[0].play(|_, _, _| Act::Http(500, String::new()));
    let err = world.wait(world.client.header(7)).await.unwrap_err();
    assert!(err.to_string().contains("HTTP status 500"), "{err}");
    assert_eq!(world.servers[0].asked().len(), 3);
}

#[tokio::test]
async fn another_chain_is_never_read() {
    let mut world = World::new(2);
    world.servers[0].play_for("eth_chainId", || Act::Result(json!("0x5")));
    assert_eq!(head(&world).await, 39);
    assert_eq!(world.states(), [WrongChain, Healthy]);
    assert_eq!(world.asked()[0], ["eth_chainId"]);
    world.servers[1].stop().await;
    let err = world.wait(world.client.header(7)).await.unwrap_err();
    assert!(!err.to_string().is_empty());
    assert!(world.asked()[0].is_empty(), "not even if there is nobody else");
    // It is put right.
    world.watch().await;
    world.servers[0].be_honest();
    world.pass(61 * SECOND).await;
    assert_eq!(world.states()[0], Healthy);
    assert_eq!(head(&world).await, 39);
}

#[tokio::test]
async fn one_that_comes_back_as_another_chain_is_not_read() {
    let mut world = World::new(2);
    world.watch().await;
    world.servers[0].play(|_, _, _| Act::Http(502, String::new()));
    head(&world).await;
    world.servers[0].play_for("eth_chainId", || Act::Result(json!("0x5")));
    world.pass(5 * SECOND).await;
    assert_eq!(world.states(), [WrongChain, Healthy]);
}

#[tokio::test]
async fn one_that_lags_is_passed_over_until_it_has_caught_up() {
    let mut world = World::new(2);
    world.servers[0].set_chain(world.chain.first(34));
    world.watch().await;
    assert_eq!(world.states(), [Lagging, Healthy]);
    assert_eq!(world.client.endpoints()[0].lag, Some(5));
    assert_eq!(head(&world).await, 39);
    world.servers[0].set_chain(world.chain.first(35));
    world.pass(5 * SECOND).await;
    assert_eq!(world.states(), [Healthy; 2]);
    assert_eq!(world.client.endpoints()[0].lag, Some(4));
}

#[tokio::test]
async fn one_that_stalls_while_it_is_read_is_found_out() {
    let mut world = World::new(2);
    world.watch().await;
    assert_eq!(world.states(), [Healthy; 2]);
    let mut longer = world.chain.clone();
    longer.extend(50, 0);
    world.servers[1].set_chain(longer);
    for _ in 0..10 {
        head(&world).await;
        world.pass(2 * SECOND).await;
    }
    assert_eq!(world.states(), [Lagging, Healthy]);
    assert_eq!(head(&world).await, 89);
}

#[tokio::test]
async fn a_head_that_is_made_up_makes_nobody_lag() {
    let mut world = World::new(2);
    // Far ahead, on a fork of its own.
    world.servers[1].set_chain(world.chain.forked_above(20, 100));
    world.watch().await;
    assert_eq!(world.states(), [Healthy; 2]);
    assert_eq!(world.client.endpoints()[0].lag, None);
    // Far ahead, with a hash that is not that of its fields.
    world.servers[1].set_chain(world.chain.clone());
    world.servers[1].play(|method, params, chain| {
        let mut header = chain.answer(method, params).unwrap();
        if params[0] == "latest" {
            header["number"] = json!("0xffff");
            header["someField"] = json!("0x1");
        }
        Act::Result(header)
    });
    world.pass(40 * SECOND).await;
    assert_eq!(world.states(), [Healthy; 2]);
    assert_eq!(head(&world).await, 39);
}

#[tokio::test]
async fn one_on_a_fork_that_most_do_not_have_is_passed_over() {
    let mut world = World::new(3);
    world.servers[0].set_chain(world.chain.forked_above(30, 12));
    world.watch().await;
    assert_eq!(world.states(), [Lagging, Healthy, Healthy]);
    let header = world.wait(world.client.tagged(L1Tag::Latest)).await.unwrap().unwrap();
    assert_eq!(header, world.chain.head().l1_header());
    world.servers[0].set_chain(world.chain.clone());
    world.pass(5 * SECOND).await;
    assert_eq!(world.states(), [Healthy; 3]);
}

#[tokio::test]
async fn a_reorg_is_confirmed_by_so_many_as_must_agree() {
    let world = World::new(3);
    let fork = world.chain.forked_above(30, 9);
    let (old, new) = (world.chain.at(35).hash, fork.at(35).hash);
    world.servers[0].set_chain(fork.clone());
    assert_eq!(world.wait(world.client.confirm(35, new)).await, Ok(false));
    assert_eq!(world.wait(world.client.confirm(35, old)).await, Ok(true));
    world.servers[1].set_chain(fork.first(33));
    assert_eq!(world.wait(world.client.confirm(35, new)).await, Ok(false), "it is not there yet");
    world.servers[1].set_chain(fork);
    assert_eq!(world.wait(world.client.confirm(35, new)).await, Ok(true));
    // Too few that answer are no answer.
    for server in &world.servers[1..] {
        server.play(|_, _, _| Act::Http(500, String::new()));
    }
    let err = world.wait(world.client.confirm(35, new)).await.unwrap_err();
    assert!(err.to_string().contains("1 of the 2 that must agree"), "{err}");
}

#[tokio::test]
async fn nobody_is_asked_to_confirm_what_one_may_decide() {
    let world = World::new(2);
    assert_eq!(world.wait(world.client.confirm(35, Default::default())).await, Ok(true));
    assert_eq!(world.asked(), [vec![] as Vec<String>, vec![]]);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refused = |change: fn(&mut L1ClientConfig), servers: usize| {
        let url = "http://127.0.0.1:1".parse().unwrap();
        let mut config = L1ClientConfig::new(vec![url; servers]);
        change(&mut config);
        let clock = std::sync::Arc::new(rollup_runtime::SystemClock::new());
        rollup_l1_client::L1Client::new(config, clock).unwrap_err().to_string()
    };
    assert!(refused(|_| {}, 0).contains("--l1.url"));
    let text = refused(|config| config.reorg_quorum = Some(3), 2);
    assert!(text.contains("is 3: it must be from 1 to the 2"), "{text}");
    assert!(refused(|config| config.reorg_quorum = Some(0), 2).contains("--l1.reorg-quorum"));
    assert!(refused(|config| config.compute_units_per_second = 0, 1).contains("--l1.cups"));
    assert!(refused(|config| config.request_timeout = Duration::ZERO, 1).contains("timeout"));
}

#[tokio::test]
async fn a_client_ends_what_it_does_in_the_background_when_it_is_told_to() {
    let world = World::new(1);
    let token = tokio_util::sync::CancellationToken::new();
    let run = world.client.run(token.clone());
    token.cancel();
    world.wait(run).await;
    let server = Server::start(world.chain.clone());
    let other = client(&[server], &world.clock, |config| config);
    assert_eq!(other.endpoints()[0].state, Unprobed, "each has endpoints of its own");
}
