//! Blocks by number, tag and hash.

use super::chain::{Chain, hex};
use alloy_consensus::Header;
use alloy_primitives::B256;
use alloy_rlp::Encodable as _;
use alloy_rpc_types_eth::Block;
use rollup_primitives::ScrollTransaction;
use rollup_storage::RollupChange;
use serde_json::{Value, json};

type RpcBlock = Block<ScrollTransaction, alloy_rpc_types_eth::Header<Header>>;

const ABSENT: [&str; 6] = [
    "totalDifficulty",
    "withdrawals",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
];

#[tokio::test]
async fn a_full_block_has_all_of_it_and_the_same_bytes_by_number_and_hash() {
    let chain = Chain::with_blocks();
    for stored in &chain.blocks {
        let (number, hash) = (hex(stored.block.number), stored.block.hash());
        let answer = chain.get("eth_getBlockByNumber", json!([number, true])).await;
        assert_eq!(chain.get("eth_getBlockByHash", json!([hash, true])).await, answer);

        let block: RpcBlock = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(block.header.hash, hash);
        assert_eq!(&block.header.inner, stored.block.header());
        assert_eq!(block.header.inner.hash_slow(), hash);
        assert_eq!(answer["size"], hex(stored.block.clone_block().length() as u64));
        assert_eq!(answer["uncles"], json!([]));
        for field in ABSENT {
            assert!(answer.get(field).is_none(), "{field}");
        }
        let transactions = block.transactions.as_transactions().unwrap();
        assert_eq!(transactions.len(), stored.block.body().transactions.len());
        for (at, (transaction, expected)) in
            transactions.iter().zip(stored.block.transactions_recovered()).enumerate()
        {
            let transaction = transaction.clone().into_inner();
            assert_eq!(transaction.inner.inner(), expected.into_inner());
            assert_eq!(transaction.inner.signer(), expected.signer());
            assert_eq!(transaction.transaction_index, Some(at as u64));
            assert_eq!(transaction.block_hash, Some(hash));
            assert_eq!(transaction.block_timestamp, Some(stored.block.timestamp));
        }
    }
}

#[tokio::test]
async fn a_block_has_hashes_unless_asked_for_more() {
    let chain = Chain::with_blocks();
    let stored = &chain.blocks[0].block;
    let hashes: Vec<_> = stored.body().transactions.iter().map(|tx| *tx.hash()).collect();
    for params in [json!(["0x1"]), json!(["0x1", false])] {
        let answer = chain.get("eth_getBlockByNumber", params).await;
        assert_eq!(answer["transactions"], json!(hashes));
    }
    let answer = chain.get("eth_getBlockByHash", json!([stored.hash(), false])).await;
    assert_eq!(answer["transactions"], json!(hashes));
}

#[tokio::test]
async fn tags_name_the_points_of_the_forkchoice() {
    let chain = Chain::with_blocks();
    let (safe, finalized) = (Some(chain.id_of(4)), Some(chain.id_of(2)));
    chain.storage.apply_rollup(vec![RollupChange::Forkchoice { safe, finalized }]).unwrap();
    for (tag, number) in [("latest", 6), ("safe", 4), ("finalized", 2), ("earliest", 0_usize)] {
        let block = chain.get("eth_getBlockByNumber", json!([tag, false])).await;
        assert_eq!(block["number"], hex(number), "{tag}");
        assert_eq!(block["hash"], json!(chain.id_of(number).hash), "{tag}");
    }
    assert_eq!(chain.get("eth_blockNumber", json!([])).await, hex(6));
}

#[tokio::test]
async fn what_the_chain_does_not_have_is_null() {
    let chain = Chain::with_blocks();
    let unknown = B256::repeat_byte(9);
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0x7", true])),
        ("eth_getBlockByNumber", json!(["0xffffffffffffffff", true])),
        ("eth_getBlockByHash", json!([unknown, true])),
        ("eth_getBlockTransactionCountByNumber", json!(["0x7"])),
        ("eth_getBlockTransactionCountByHash", json!([unknown])),
        ("eth_getUncleCountByBlockNumber", json!(["0x7"])),
        ("eth_getUncleCountByBlockHash", json!([unknown])),
        ("eth_getUncleByBlockNumberAndIndex", json!(["0x1", "0x0"])),
        ("eth_getUncleByBlockHashAndIndex", json!([chain.id_of(1).hash, "0x0"])),
        ("eth_getBlockReceipts", json!(["0x7"])),
        ("eth_getBlockReceipts", json!([unknown])),
    ] {
        assert_eq!(chain.get(method, params.clone()).await, Value::Null, "{method} {params}");
    }
}

#[tokio::test]
async fn counts_transactions_and_no_uncles() {
    let chain = Chain::with_blocks();
    for number in 0..=6_usize {
        let count = number.checked_sub(1).map_or(0, |at| chain.blocks[at].receipts.len());
        let (by_number, by_hash) = (json!([hex(number)]), json!([chain.id_of(number).hash]));
        let counts = [
            chain.get("eth_getBlockTransactionCountByNumber", by_number.clone()).await,
            chain.get("eth_getBlockTransactionCountByHash", by_hash.clone()).await,
        ];
        assert_eq!(counts, [hex(count), hex(count)], "{number}");
        assert_eq!(chain.get("eth_getUncleCountByBlockNumber", by_number).await, hex(0));
        assert_eq!(chain.get("eth_getUncleCountByBlockHash", by_hash).await, hex(0));
    }
}

#[tokio::test]
async fn refuses_what_names_no_block() {
    let chain = Chain::new();
    for block in [
        json!("0x10000000000000000"),
        json!("0xzz"),
        json!("newest"),
        json!(""),
        json!({"blockHash": "0x1234"}),
        json!([]),
    ] {
        let (code, message) = chain.refused("eth_getBlockByNumber", json!([block, false])).await;
        assert_eq!(code, -32602, "{block}: {message}");
    }
    for hash in [json!("0x1234"), json!("latest"), json!(7)] {
        let (code, _) = chain.refused("eth_getBlockByHash", json!([hash, false])).await;
        assert_eq!(code, -32602, "{hash}");
    }
    assert_eq!(chain.refused("eth_getBlockByNumber", json!([])).await.0, -32602);
}

#[tokio::test]
async fn a_reorg_shows_the_other_block_at_the_same_number() {
    let mut chain = Chain::with_blocks();
    let before = chain.get("eth_getBlockByNumber", json!(["0x6", true])).await;
    let removed = chain.id_of(6).hash;
    chain.storage.unwind(5).unwrap();
    assert_eq!(chain.get("eth_getBlockByHash", json!([removed, true])).await, Value::Null);
    assert_eq!(chain.get("eth_getBlockByNumber", json!(["0x6", true])).await, Value::Null);
    chain.append(vec![]);
    let after = chain.get("eth_getBlockByNumber", json!(["0x6", true])).await;
    assert_ne!(before["hash"], after["hash"]);
    assert_eq!(after["transactions"], json!([]));
}

#[tokio::test]
async fn says_who_it_is() {
    let chain = Chain::new();
    assert_eq!(chain.get("eth_chainId", json!([])).await, json!("0x539"));
    assert_eq!(chain.get("eth_syncing", json!([])).await, json!(false));
    assert_eq!(chain.get("eth_accounts", json!([])).await, json!([]));
    assert_eq!(chain.get("eth_blockNumber", json!([])).await, json!("0x0"));
    assert_eq!(chain.refused("eth_getWork", json!([])).await.0, -32601);
}
