//! Whatever all but one endpoint do: nothing wrong gets out, and what is right does, in time.

use crate::{
    chain::{CONTRACT, Chain, filter},
    server::{Act, Server},
    world::World,
};
use alloy_primitives::{B256, Bytes};
use proptest::{collection::vec, prelude::*, sample::select};
use rollup_l1_client::{L1Header, L1Log, L1Reader as _};
use serde_json::{Value, json};
use std::time::Duration;

/// How an endpoint misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Hang,
    Status(u16),
    RateLimit,
    Html,
    Cut,
    OtherId,
    Null,
    Nonsense,
    WrongChain,
    Lags,
    Fork,
    FieldsChanged,
    LogsMissing,
    NoReceipts,
    TooMany,
    Huge,
}

const FAULTS: &[Fault] = &[
    Fault::Hang,
    Fault::Status(500),
    Fault::Status(403),
    Fault::RateLimit,
    Fault::Html,
    Fault::Cut,
    Fault::OtherId,
    Fault::Null,
    Fault::Nonsense,
    Fault::WrongChain,
    Fault::Lags,
    Fault::Fork,
    Fault::FieldsChanged,
    Fault::LogsMissing,
    Fault::NoReceipts,
    Fault::TooMany,
    Fault::Huge,
];

fn act(fault: Fault, method: &str, params: &Value, chain: &Chain) -> Act {
    if method == "eth_chainId" && fault != Fault::WrongChain {
        return Act::Answer;
    }
    let honest = chain.answer(method, params).unwrap_or(Value::Null);
    match fault {
        Fault::Hang => Act::Hang,
        Fault::Status(status) => Act::Http(status, String::new()),
        Fault::RateLimit => Act::Http(429, String::new()),
        Fault::Html => Act::Http(200, "<html>".to_owned()),
        Fault::Cut => Act::Cut(7),
        Fault::OtherId => Act::OtherId,
        Fault::Null => Act::Result(Value::Null),
        Fault::Nonsense => Act::Result(json!({ "hash": 7 })),
        Fault::WrongChain if method == "eth_chainId" => Act::Result(json!("0x5")),
        Fault::WrongChain | Fault::Lags | Fault::Fork => Act::Answer,
        Fault::FieldsChanged => Act::Result(changed(honest)),
        Fault::LogsMissing => match honest {
            Value::Array(mut list) => {
                list.truncate(1);
                Act::Result(list.into())
            }
            _ => Act::Answer,
        },
        Fault::NoReceipts => match method {
            "eth_getBlockReceipts" => Act::Error(-32601, "method not found"),
            _ => Act::Answer,
        },
        Fault::TooMany => Act::Error(-32005, "query returned more than 10000 results"),
        Fault::Huge => Act::Http(200, "x".repeat(200_000)),
    }
}

/// Something in it is another one, and hashes are not.
fn changed(mut answer: Value) -> Value {
    let of = if answer.is_array() { &mut answer[1] } else { &mut answer };
    for field in ["timestamp", "cumulativeGasUsed", "input"] {
        if of.get(field).is_some() {
            of[field] = json!("0x99");
        }
    }
    answer
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
enum Question {
    Number(u64),
    Hash(u64),
    Logs(u64),
    Range(u64),
    Transaction(u64),
    State(u64),
    Confirm(u64),
}

fn question() -> impl Strategy<Value = Question> {
    let kinds = vec![
        Question::Number as fn(u64) -> Question,
        Question::Hash,
        Question::Logs,
        Question::Range,
        Question::Transaction,
        Question::State,
        Question::Confirm,
    ];
    (select(kinds), 0..40_u64).prop_map(|(kind, number)| kind(number))
}

/// Whether a hash proves the answer: then it is right or none, whoever gave it.
async fn is_answered(world: &World, question: Question) -> bool {
    let client = &world.client;
    let chain = &world.chain;
    match question {
        Question::Number(number) => {
            let header = client.header(number).await.unwrap();
            // Another fork has another block with this number, and its hash is right too.
            header.is_some_and(|header| header.is_verified && header.number == number)
        }
        Question::Hash(number) => {
            let header = chain.at(number).l1_header();
            client.header_by_hash(header.hash).await.unwrap() == Some(header)
        }
        Question::Logs(number) => {
            let header = chain.at(number).l1_header();
            let logs = client.block_logs(&header, &filter()).await.unwrap();
            is_all(&logs, &header)
        }
        Question::Range(number) => client.range_logs(number, number, &filter()).await.is_ok(),
        Question::Transaction(number) => {
            let block = chain.at(number);
            let expected = &block.transactions[0];
            let found = client.transaction(*expected.tx_hash()).await.unwrap().unwrap();
            found.input == vec![0; 8] && found.to == Some(CONTRACT)
        }
        Question::State(number) => {
            let hash = chain.at(number).hash;
            client.call(CONTRACT, Bytes::new(), hash).await.is_ok()
        }
        Question::Confirm(number) => {
            let made_up = B256::repeat_byte(0xba);
            !matches!(client.confirm(number, made_up).await, Ok(true))
        }
    }
}

fn is_all(logs: &[L1Log], header: &L1Header) -> bool {
    let expected: &[u64] = if header.number.is_multiple_of(3) { &[0, 2] } else { &[] };
    let indices: Vec<_> = logs.iter().map(|log| log.log_index).collect();
    indices == expected && logs.iter().all(|log| log.block_hash == header.hash)
}

fn misbehave(server: &Server, chain: &Chain, fault: Fault) {
    server.set_chain(match fault {
        Fault::Lags => chain.first(5),
        Fault::Fork => chain.forked_above(3, 40),
        _ => chain.clone(),
    });
    server.play(move |method, params, chain| act(fault, method, params, chain));
}

async fn check(honest: usize, faults: &[Fault], questions: &[Question], is_watched: bool) {
    let mut world = World::with(3, |config| rollup_l1_client::L1ClientConfig {
        max_response_bytes: 100_000,
        ..config
    });
    let dishonest = (0..3).filter(|index| *index != honest);
    for (index, fault) in dishonest.zip(faults) {
        misbehave(&world.servers[index], &world.chain, *fault);
    }
    if is_watched {
        world.watch().await;
    }
    for question in questions {
        let (is_answered, took) = world.timed(is_answered(&world, *question)).await;
        assert!(is_answered, "{question:?}");
        // The honest one is asked after two hedges at most; those that were asked before, and are
        // not sure, are waited for.
        assert!(took <= Duration::from_secs(8), "{question:?} took {took:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_wrong_gets_out_and_what_is_right_does(
        honest in 0..3_usize,
        faults in vec(select(FAULTS), 2),
        questions in vec(question(), 1..6),
        is_watched: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(honest, &faults, &questions, is_watched));
    }
}
