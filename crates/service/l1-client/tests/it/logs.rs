//! Logs: complete, of the right block, or an error.

use crate::{
    chain::{Block, TOPIC, filter},
    server::Act,
    world::World,
};
use alloy_primitives::{Address, B256};
use rollup_l1_client::{L1EndpointState, L1Error, L1Header, L1Log, L1LogFilter, L1Reader as _};
use rstest::rstest;
use serde_json::{Value, json};

fn assert_are_of(logs: &[L1Log], block: &Block) {
    let places: Vec<_> =
        logs.iter().map(|log| (log.block_number, log.block_hash, log.log_index)).collect();
    let (number, hash) = (block.header.number, block.hash);
    assert_eq!(places, [(number, hash, 0), (number, hash, 2)]);
    assert!(logs.iter().all(|log| log.transaction_hash == *block.transactions[1].tx_hash()));
    assert!(logs.iter().all(|log| filter().matches(&log.log)));
}

#[tokio::test]
async fn the_logs_of_a_block_are_those_of_its_receipts() {
    let world = World::new(1);
    let block = world.chain.at(9);
    for _ in 0..2 {
        let logs =
            world.wait(world.client.block_logs(&block.l1_header(), &filter())).await.unwrap();
        assert_are_of(&logs, block);
    }
    assert_eq!(world.servers[0].asked(), ["eth_chainId", "eth_getBlockReceipts"], "once");
    let other = L1LogFilter { addresses: vec![Address::repeat_byte(0xee)], topics: vec![TOPIC] };
    let logs = world.wait(world.client.block_logs(&block.l1_header(), &other)).await.unwrap();
    assert_eq!(logs.len(), 1, "another filter, another answer");
}

#[tokio::test]
async fn nobody_is_asked_for_logs_that_the_bloom_filter_excludes() {
    let world = World::new(1);
    let header = world.chain.at(10).l1_header();
    assert_eq!(world.wait(world.client.block_logs(&header, &filter())).await, Ok(Vec::new()));
    assert!(world.servers[0].asked().is_empty());
    // An unverified bloom filter excludes nothing.
    let header = L1Header { is_verified: false, ..header };
    assert_eq!(world.wait(world.client.block_logs(&header, &filter())).await, Ok(Vec::new()));
    assert!(!world.servers[0].asked().is_empty());
}

type Lie = fn(&mut Vec<Value>);

const RECEIPT_LIES: &[(&str, Lie)] = &[
    ("a log is left out", |receipts| {
        receipts[1]["logs"].as_array_mut().unwrap().pop();
    }),
    ("a receipt is left out", |receipts| {
        receipts.pop();
    }),
    ("no receipts", Vec::clear),
    ("other data", |receipts| receipts[1]["logs"][0]["data"] = json!("0xbad0")),
    ("another order", |receipts| receipts.reverse()),
    ("another status", |receipts| receipts[1]["status"] = json!("0x0")),
    ("another block", |receipts| {
        receipts[1]["logs"][0]["blockHash"] = json!(B256::repeat_byte(0xba));
    }),
    ("another index", |receipts| receipts[1]["logs"][0]["logIndex"] = json!("0x5")),
    ("removed", |receipts| receipts[1]["logs"][0]["removed"] = json!(true)),
    ("another transaction", |receipts| {
        receipts[1]["logs"][0]["transactionHash"] = json!(B256::repeat_byte(0xba));
    }),
];

#[tokio::test]
async fn receipts_that_are_not_those_of_the_block_do_not_get_out() {
    for (name, lie) in RECEIPT_LIES {
        let world = World::new(2);
        world.servers[0].play(|method, params, chain| match method {
            "eth_getBlockReceipts" => {
                let Ok(Value::Array(mut receipts)) = chain.answer(method, params) else { panic!() };
                lie(&mut receipts);
                Act::Result(Value::Array(receipts))
            }
            _ => Act::Answer,
        });
        let block = world.chain.at(9);
        let logs =
            world.wait(world.client.block_logs(&block.l1_header(), &filter())).await.unwrap();
        assert_are_of(&logs, block);
        assert_eq!(world.states()[0], L1EndpointState::Failing, "{name}");
    }
}

#[rstest]
#[case::no_method(Act::Error(-32601, "the method eth_getBlockReceipts does not exist/is not available"))]
#[case::unknown_type(Act::Result(json!([{
    "type": "0x7f", "cumulativeGasUsed": "0x1", "transactionHash": B256::ZERO, "logs": [],
}])))]
#[case::unknown_form(Act::Result(json!([{ "type": "0x2", "logs": [] }])))]
#[tokio::test]
async fn logs_are_asked_for_as_such_where_receipts_cannot_be_had(#[case] act: Act) {
    let world = World::new(1);
    let mut act = Some(act);
    world.servers[0].play(move |method, _, _| match method {
        "eth_getBlockReceipts" => act.take().unwrap_or(Act::Error(-32601, "no")),
        _ => Act::Answer,
    });
    let block = world.chain.at(9);
    let logs = world.wait(world.client.block_logs(&block.l1_header(), &filter())).await.unwrap();
    assert_are_of(&logs, block);
    let asked = world.servers[0].asked();
    assert_eq!(asked.last().unwrap(), "[eth_getLogs eth_getBlockByHash]");
}

#[tokio::test]
async fn an_endpoint_without_a_method_is_not_asked_for_it_again() {
    let world = World::new(1);
    world.servers[0].play_for("eth_getBlockReceipts", || Act::Error(-32601, "no"));
    world.servers[0].take_no_batches();
    for number in [9, 12] {
        let block = world.chain.at(number);
        let logs =
            world.wait(world.client.block_logs(&block.l1_header(), &filter())).await.unwrap();
        assert_are_of(&logs, block);
    }
    let asked = world.servers[0].asked();
    let times = |name: &str| asked.iter().filter(|asked| *asked == name).count();
    assert_eq!((times("eth_getBlockReceipts"), times("eth_getLogs")), (1, 2), "{asked:?}");
    assert_eq!(times("[eth_getLogs eth_getBlockByHash]"), 1, "it takes no batches");
}

fn no_receipts(world: &World, logs: LogLie) {
    world.servers[0].play(move |method, params, chain| match method {
        "eth_getBlockReceipts" => Act::Error(-32601, "no"),
        "eth_getLogs" => {
            let Ok(Value::Array(honest)) = chain.answer(method, params) else {
                return Act::Answer;
            };
            Act::Result(logs(honest).into())
        }
        _ => Act::Answer,
    });
}

#[tokio::test]
async fn no_logs_although_there_may_be_some_is_not_believed_of_one_endpoint() {
    let world = World::new(2);
    no_receipts(&world, |_| Vec::new());
    let block = world.chain.at(9);
    let logs = world.wait(world.client.block_logs(&block.l1_header(), &filter())).await.unwrap();
    assert_are_of(&logs, block);
    // With nobody else to ask, that is the answer.
    let world = World::new(1);
    no_receipts(&world, |_| Vec::new());
    assert_eq!(
        world.wait(world.client.block_logs(&block.l1_header(), &filter())).await,
        Ok(Vec::new())
    );
}

type LogLie = fn(Vec<Value>) -> Vec<Value>;

const LOG_LIES: &[(&str, LogLie)] = &[
    ("removed", |mut logs| {
        logs[0]["removed"] = json!(true);
        logs
    }),
    ("order", |mut logs| {
        logs.reverse();
        logs
    }),
    ("twice", |logs| [&logs[..1], &logs[..1]].concat()),
    ("another block", |mut logs| {
        logs[0]["blockHash"] = json!(B256::repeat_byte(0xba));
        logs
    }),
    ("another number", |mut logs| {
        for log in &mut logs {
            log["blockNumber"] = json!("0x64");
        }
        logs
    }),
    ("not asked for", |mut logs| {
        logs[0]["address"] = json!(Address::ZERO);
        logs
    }),
    ("no block", |mut logs| {
        logs[0]["blockHash"] = Value::Null;
        logs
    }),
];

#[tokio::test]
async fn logs_that_cannot_be_right_do_not_get_out() {
    for (name, lie) in LOG_LIES {
        for is_range in [false, true] {
            let world = World::new(2);
            no_receipts(&world, *lie);
            let block = world.chain.at(9);
            let header = block.l1_header();
            let logs = if is_range {
                world.wait(world.client.range_logs(8, 9, &filter())).await.unwrap()
            } else {
                world.wait(world.client.block_logs(&header, &filter())).await.unwrap()
            };
            assert_are_of(&logs, block);
            assert_eq!(world.states()[0], L1EndpointState::Failing, "{name}, {is_range}");
        }
    }
}

#[tokio::test]
async fn an_endpoint_without_the_block_says_nothing_of_its_logs() {
    let world = World::new(2);
    world.servers[0].set_chain(world.chain.first(35));
    let block = world.chain.at(36);
    let logs = world.wait(world.client.block_logs(&block.l1_header(), &filter())).await.unwrap();
    assert_are_of(&logs, block);
    // The same without receipts, where it answers that there are none.
    no_receipts(&world, |logs| logs);
    world.servers[1].play_for("eth_getBlockReceipts", || Act::Error(-32601, "no"));
    let block = world.chain.at(39);
    let header = L1Header { is_verified: false, ..block.l1_header() };
    let logs = world.wait(world.client.block_logs(&header, &filter())).await.unwrap();
    assert_are_of(&logs, block);
    world.servers[1].set_chain(world.chain.first(35));
    let unknown = Err(L1Error::UnknownBlock { hash: block.hash });
    assert_eq!(world.wait(world.client.block_logs(&header, &filter())).await, unknown);
    assert_eq!(world.states(), [L1EndpointState::Healthy; 2]);
}

#[tokio::test]
async fn logs_of_a_range_come_from_an_endpoint_that_has_the_last_block() {
    let world = World::new(2);
    world.servers[0].set_chain(world.chain.first(30));
    let logs = world.wait(world.client.range_logs(28, 36, &filter())).await.unwrap();
    let numbers: Vec<_> = logs.iter().map(|log| log.block_number).collect();
    assert_eq!(numbers, [30, 30, 33, 33, 36, 36]);
    world.servers[1].set_chain(world.chain.first(30));
    let err = world.wait(world.client.range_logs(28, 36, &filter())).await.unwrap_err();
    assert!(err.to_string().contains("does not have block 36"), "{err}");
    assert_eq!(world.states(), [L1EndpointState::Healthy; 2]);
}

#[rstest]
#[case::error(|| Act::Error(-32005, "query returned more than 10000 results"))]
#[case::status(|| Act::Http(413, "too large".to_owned()))]
#[case::long(|| Act::Result("x".repeat(5000).into()))]
#[tokio::test]
async fn too_many_logs_are_told_if_nobody_has_a_higher_limit(#[case] act: fn() -> Act) {
    let limit = |config| rollup_l1_client::L1ClientConfig { max_response_bytes: 30_000, ..config };
    let world = World::with(2, limit);
    let act = move || match act() {
        Act::Result(_) => Act::Result("x".repeat(31_000).into()),
        act => act,
    };
    world.servers[0].play_for("eth_getLogs", act);
    assert_eq!(world.wait(world.client.range_logs(1, 9, &filter())).await.unwrap().len(), 6);
    world.servers[1].play_for("eth_getLogs", act);
    let too_many = Err(L1Error::TooManyLogs { from: 1, to: 9 });
    assert_eq!(world.wait(world.client.range_logs(1, 9, &filter())).await, too_many);
    assert_eq!(world.states(), [L1EndpointState::Healthy; 2]);
}

#[tokio::test]
async fn whose_logs_were_wrong_is_not_asked_for_logs_for_a_while() {
    let world = World::new(2);
    world.wait(world.client.range_logs(1, 9, &filter())).await.unwrap();
    world.client.distrust();
    assert!(world.client.endpoints()[0].distrusted);
    world.asked();
    world.wait(world.client.range_logs(1, 9, &filter())).await.unwrap();
    world.wait(world.client.header(9)).await.unwrap();
    let asked = world.asked();
    assert_eq!(asked[0], ["eth_getBlockByNumber"], "it is asked for the rest");
    assert_eq!(asked[1], ["eth_chainId", "[eth_getLogs eth_getBlockByNumber]"]);
    // When the other one is gone, it is better than nothing.
    world.servers[1].play_for("eth_getLogs", || Act::Http(500, String::new()));
    assert_eq!(world.wait(world.client.range_logs(1, 9, &filter())).await.unwrap().len(), 6);
    world.pass(std::time::Duration::from_secs(601)).await;
    assert!(!world.client.endpoints()[0].distrusted);
}
