//! Headers, transactions and state: what gets out is right.

use crate::{chain::CONTRACT, server::Act, world::World};
use alloy_primitives::{B256, Bytes, U256, keccak256};
use rollup_l1_client::{L1EndpointState, L1Error, L1Header, L1Reader as _, L1Tag};
use rstest::rstest;
use serde_json::{Value, json};

/// A header that is not what it says.
fn forged(mut header: Value) -> Value {
    header["stateRoot"] = json!(B256::repeat_byte(0xba));
    header
}

#[tokio::test]
async fn headers_are_read_by_name_number_and_hash() {
    let world = World::new(1);
    let head = world.chain.head().l1_header();
    let expected = world.chain.at(7).l1_header();
    assert_eq!(world.wait(world.client.tagged(L1Tag::Latest)).await, Ok(Some(head)));
    let safe = world.wait(world.client.tagged(L1Tag::Safe)).await.unwrap().unwrap();
    let finalized = world.wait(world.client.tagged(L1Tag::Finalized)).await.unwrap().unwrap();
    assert_eq!((safe.number, finalized.number), (37, 35));
    assert_eq!(world.wait(world.client.header(7)).await, Ok(Some(expected)));
    assert_eq!(world.wait(world.client.header_by_hash(expected.hash)).await, Ok(Some(expected)));
    assert_eq!(world.wait(world.client.header(40)).await, Ok(None));
    assert_eq!(world.wait(world.client.header_by_hash(B256::ZERO)).await, Ok(None));
}

#[rstest]
#[case::fields_of_another(|_: &Value, header: Value| forged(header))]
#[case::another_block(|other: &Value, _: Value| other.clone())]
#[case::hash_of_another(|other: &Value, mut header: Value| { header["hash"] = other["hash"].clone(); header })]
#[case::no_header(|_: &Value, _: Value| json!({ "hash": B256::ZERO }))]
#[tokio::test]
async fn a_wrong_header_does_not_get_out(#[case] lie: fn(&Value, Value) -> Value) {
    let world = World::new(2);
    let expected = world.chain.at(7).l1_header();
    let other = world.chain.at(6).header_json();
    world.servers[0].play(move |method, params, chain| match method {
        "eth_chainId" => Act::Answer,
        _ => Act::Result(lie(&other, chain.answer(method, params).unwrap())),
    });
    assert_eq!(world.wait(world.client.header(7)).await, Ok(Some(expected)));
    assert_eq!(world.states()[0], L1EndpointState::Failing);
    assert_eq!(world.wait(world.client.header_by_hash(expected.hash)).await, Ok(Some(expected)));
}

#[tokio::test]
async fn without_another_endpoint_a_wrong_header_is_an_error() {
    let world = World::new(1);
    world.servers[0].play(|method, params, chain| match method {
        "eth_chainId" => Act::Answer,
        _ => Act::Result(forged(chain.answer(method, params).unwrap())),
    });
    let err = world.wait(world.client.header(7)).await.unwrap_err();
    assert!(err.to_string().contains("hash of the header"), "{err}");
}

#[tokio::test]
async fn a_header_of_a_later_fork_of_l1_is_read_as_unverified_if_nobody_knows_better() {
    let world = World::new(2);
    let newer = |method: &str, params: &Value, chain: &crate::chain::Chain| match method {
        "eth_chainId" => Act::Answer,
        _ => {
            let mut header = forged(chain.answer(method, params).unwrap());
            header["fieldOfLaterFork"] = json!("0x1");
            Act::Result(header)
        }
    };
    world.servers[0].play(newer);
    let expected = world.chain.at(7).l1_header();
    assert_eq!(world.wait(world.client.header(7)).await, Ok(Some(expected)));
    world.servers[1].play(newer);
    let unverified = L1Header { is_verified: false, ..expected };
    assert_eq!(world.wait(world.client.header(7)).await, Ok(Some(unverified)));
    assert_eq!(world.states(), [L1EndpointState::Healthy; 2]);
}

#[tokio::test]
async fn a_young_chain_has_no_final_block() {
    let world = World::new(1);
    world.servers[0]
        .play_for("eth_getBlockByNumber", || Act::Error(-39001, "finalized block not found"));
    assert_eq!(world.wait(world.client.tagged(L1Tag::Finalized)).await, Ok(None));
}

#[tokio::test]
async fn a_header_is_read_once_by_its_hash() {
    let world =
        World::with(1, |config| rollup_l1_client::L1ClientConfig { cache_max_items: 2, ..config });
    let hash = |number| world.chain.at(number).hash;
    for number in [1, 2, 1, 3, 1, 3, 1] {
        let header = world.wait(world.client.header_by_hash(hash(number))).await.unwrap().unwrap();
        assert_eq!(header.number, number);
    }
    let asked = world.servers[0].asked();
    assert_eq!(asked.iter().filter(|asked| *asked == "eth_getBlockByHash").count(), 3);
    world.wait(world.client.header_by_hash(hash(2))).await.unwrap();
    assert_eq!(world.servers[0].asked(), ["eth_getBlockByHash"], "the oldest of three is gone");
}

#[tokio::test]
async fn a_transaction_is_the_one_with_the_hash() {
    let world = World::new(2);
    let block = world.chain.at(7);
    let hash = *block.transactions[1].tx_hash();
    world.servers[0].play(|method, params, chain| match method {
        "eth_getTransactionByHash" => {
            let mut transaction = chain.answer(method, params).unwrap();
            transaction["input"] = json!("0xbadbad");
            Act::Result(transaction)
        }
        _ => Act::Answer,
    });
    let read = world.wait(world.client.transaction(hash)).await.unwrap().unwrap();
    assert_eq!((read.hash, read.block_hash, read.to), (hash, block.hash, Some(CONTRACT)));
    assert_eq!(read.input, Bytes::from(vec![0; 8]));
    assert_eq!(world.states(), [L1EndpointState::Failing, L1EndpointState::Healthy]);
}

#[tokio::test]
async fn a_transaction_that_waits_is_in_no_block() {
    let world = World::new(1);
    let hash = *world.chain.at(7).transactions[0].tx_hash();
    world.servers[0].play(|method, params, chain| {
        let mut transaction = chain.answer(method, params).unwrap();
        if method == "eth_getTransactionByHash" {
            transaction["blockHash"] = Value::Null;
            transaction["blockNumber"] = Value::Null;
        }
        Act::Result(transaction)
    });
    assert_eq!(world.wait(world.client.transaction(hash)).await, Ok(None));
}

#[tokio::test]
async fn a_transaction_is_remembered_when_its_block_is_final() {
    let world = World::new(1);
    let hash = |number| *world.chain.at(number).transactions[0].tx_hash();
    let (old, young) = (hash(35), hash(36));
    world.wait(world.client.tagged(L1Tag::Finalized)).await.unwrap();
    for _ in 0..2 {
        world.wait(world.client.transaction(old)).await.unwrap();
        world.wait(world.client.transaction(young)).await.unwrap();
    }
    let asked = world.servers[0].asked();
    assert_eq!(asked.iter().filter(|asked| *asked == "eth_getTransactionByHash").count(), 3);
    world.client.distrust();
    world.wait(world.client.transaction(old)).await.unwrap();
    assert_eq!(world.servers[0].asked(), ["eth_getTransactionByHash"]);
}

#[rstest]
#[case::by_hash(false)]
#[case::by_number(true)]
#[tokio::test]
async fn contracts_are_read_after_a_block(#[case] is_old_node: bool) {
    let world = World::new(1);
    if is_old_node {
        world.servers[0].play(|method, params, _| {
            let is_state = matches!(method, "eth_call" | "eth_getStorageAt");
            match params.as_array().unwrap().last() {
                Some(Value::Object(_)) if is_state => Act::Error(-32602, "invalid argument 1"),
                _ => Act::Answer,
            }
        });
    }
    let block = world.chain.at(7);
    for _ in 0..2 {
        let answer = world.wait(world.client.call(CONTRACT, Bytes::new(), block.hash)).await;
        assert_eq!(answer, Ok(keccak256(block.hash).into()));
        let slot = world.wait(world.client.storage_at(CONTRACT, U256::ONE, block.hash)).await;
        assert_eq!(slot, Ok(U256::from(7)));
    }
    let unknown = L1Error::UnknownBlock { hash: B256::ZERO };
    let answer = world.wait(world.client.call(CONTRACT, Bytes::new(), B256::ZERO)).await;
    assert_eq!(answer, Err(unknown.clone()));
    let slot = world.wait(world.client.storage_at(CONTRACT, U256::ONE, B256::ZERO)).await;
    assert_eq!(slot, Err(unknown));
    assert_eq!(world.states(), [L1EndpointState::Healthy]);
}

#[tokio::test]
async fn an_answer_by_number_is_not_that_of_another_block_with_the_number() {
    let world = World::new(1);
    let fork = world.chain.forked_above(6, 10);
    let other = fork.at(7).header_json();
    // It knows the block by its hash, and has another one with the number.
    world.servers[0].play(move |method, params, _| match (method, params[1].as_object()) {
        ("eth_call", Some(_)) => Act::Error(-32602, "invalid argument 1"),
        ("eth_getBlockByNumber", _) => Act::Result(other.clone()),
        _ => Act::Answer,
    });
    let hash = world.chain.at(7).hash;
    let answer = world.wait(world.client.call(CONTRACT, Bytes::new(), hash)).await;
    assert_eq!(answer, Err(L1Error::UnknownBlock { hash }));
}

#[tokio::test]
async fn a_revert_is_an_answer() {
    let world = World::new(2);
    world.servers[0].play_for("eth_call", || Act::Error(3, "execution reverted"));
    let hash = world.chain.at(7).hash;
    let answer = world.wait(world.client.call(CONTRACT, Bytes::new(), hash)).await;
    assert_eq!(answer, Err(L1Error::Reverted));
    assert!(world.servers[1].asked().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_does_not_have_a_block_yet_is_not_the_last_word() {
    let world = World::new(2);
    world.servers[0].set_chain(world.chain.first(38));
    let block = world.chain.at(39);
    assert_eq!(world.wait(world.client.header(39)).await, Ok(Some(block.l1_header())));
    let answer = world.wait(world.client.call(CONTRACT, Bytes::new(), block.hash)).await;
    assert_eq!(answer, Ok(keccak256(block.hash).into()));
    let transaction = world.client.transaction(*block.transactions[0].tx_hash());
    assert_eq!(world.wait(transaction).await.unwrap().unwrap().block_hash, block.hash);
    assert_eq!(world.states(), [L1EndpointState::Healthy; 2]);
}
