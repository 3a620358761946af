//! The `scroll` namespace.

use super::chain::{CHAIN_ID, Chain, RECIPIENT, SENDER, hex, store_contract};
use alloy_consensus::{SignableTransaction as _, TxLegacy};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{B256, Bytes, Signature, U256};
use rollup_evm::GasPriceOracle;
use rollup_primitives::ScrollTxEnvelope;
use rollup_storage::{EnqueuedMessage, L1Block, L1Event, RollupChange, next_queue_hash};
use serde_json::{Value, json};

#[tokio::test]
async fn the_l1_data_fee_is_that_of_the_signed_transaction() {
    let chain = Chain::with_blocks();
    // That of l2geth: the longest there is.
    let signature = Signature::new(U256::MAX, U256::MAX, true);
    let unsigned = TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce: 15,
        gas_price: 1_000_000_000,
        gas_limit: 100_000,
        to: RECIPIENT.into(),
        value: U256::ONE,
        ..Default::default()
    };
    let signed = ScrollTxEnvelope::from(unsigned.into_signed(signature)).encoded_2718();
    let request = json!({"from": SENDER, "to": RECIPIENT, "value": "0x1", "nonce": "0xf",
        "gas": "0x186a0", "gasPrice": "0x3b9aca00"});
    for block in ["0x0", "0x6", "latest", "pending"] {
        let fee = chain.get("scroll_estimateL1DataFee", json!([request, block])).await;
        let fee: U256 = serde_json::from_value(fee).unwrap();
        let number = block.trim_start_matches("0x").parse().unwrap_or(6);
        let view = chain.storage.view().unwrap();
        let header = view.header(number).unwrap().unwrap();
        let spec = chain.evm.spec_id(number, header.timestamp);
        let state = view.state_after(number).unwrap().unwrap();
        let mut state = revm::database::WrapDatabaseRef(state);
        let oracle = GasPriceOracle::read(&mut state, spec).unwrap();
        assert_eq!(fee, oracle.l1_data_fee(&signed, &[], spec), "{block}");
        assert!(!fee.is_zero());
    }
    let longer = json!({"from": SENDER, "to": store_contract(), "data": Bytes::from((0..=255).collect::<Vec<u8>>())});
    let short = json!({"from": SENDER, "to": store_contract()});
    let fee = async |request: &Value| -> U256 {
        let fee = chain.get("scroll_estimateL1DataFee", json!([request])).await;
        serde_json::from_value(fee).unwrap()
    };
    assert!(fee(&longer).await > fee(&short).await);
    let unknown = json!([request, "0x63"]);
    assert_eq!(chain.refused("scroll_estimateL1DataFee", unknown).await.0, -32001);
    let contradiction = json!([{"gasPrice": "0x1", "maxFeePerGas": "0x1"}]);
    assert_eq!(chain.refused("scroll_estimateL1DataFee", contradiction).await.0, -32000);
}

#[tokio::test]
async fn queue_indices_are_those_of_the_blocks() {
    let chain = Chain::with_blocks();
    // Block 1 has the messages 0 and 1, block 5 has 2.
    for (number, next) in [(0, 0), (1, 2), (4, 2), (5, 3), (6, 3_u64)] {
        let hash = chain.id_of(number).hash;
        let found = chain.get("scroll_getFirstQueueIndexNotInL2Block", json!([hash])).await;
        assert_eq!(found, json!(next), "{number}");
    }
    let unknown = json!([B256::repeat_byte(9)]);
    let found = chain.get("scroll_getFirstQueueIndexNotInL2Block", unknown).await;
    assert_eq!(found, Value::Null);
    assert_eq!(chain.get("scroll_getLatestRelayedQueueIndex", json!([])).await, json!(2));
    let empty = Chain::new();
    assert_eq!(empty.get("scroll_getLatestRelayedQueueIndex", json!([])).await, Value::Null);
}

#[tokio::test]
async fn blocks_are_those_of_eth() {
    let chain = Chain::with_blocks();
    for (own, eth, params) in [
        ("scroll_getBlockByNumber", "eth_getBlockByNumber", json!(["0x3", true])),
        ("scroll_getBlockByHash", "eth_getBlockByHash", json!([chain.id_of(3).hash])),
    ] {
        assert_eq!(chain.get(own, params.clone()).await, chain.get(eth, params).await);
    }
}

#[tokio::test]
async fn what_is_known_of_l1_is_said() {
    let chain = Chain::with_blocks();
    let status = chain.get("scroll_syncStatus", json!([])).await;
    assert_eq!(status, json!({"l2_block_sync_height": 6, "l2_finalized_block_height": 0}));
    assert_eq!(chain.get("scroll_getL1SyncHeight", json!([])).await, Value::Null);
    assert_eq!(chain.get("scroll_getL1MessageByIndex", json!([0])).await, Value::Null);
    let message = json!([hex(0)]);
    assert_eq!(chain.get("scroll_getL1MessageByIndex", message.clone()).await, Value::Null);

    let first = chain.blocks[0].block.body().transactions[0].as_l1_message().unwrap();
    let first = first.inner().clone();
    let queue_hash = Some(next_queue_hash(None, first.tx_hash()));
    let enqueued = EnqueuedMessage { message: first.clone(), queue_hash };
    let block = L1Block {
        number: 5,
        hash: B256::with_last_byte(5),
        timestamp: 5,
        events: vec![L1Event::MessageEnqueued(enqueued)],
    };
    let changes = vec![
        RollupChange::L1Latest { number: 8 },
        RollupChange::L1Block(block),
        RollupChange::L1Processed { number: 7 },
        RollupChange::Forkchoice { safe: Some(chain.id_of(4)), finalized: Some(chain.id_of(2)) },
    ];
    chain.storage.apply_rollup(changes).unwrap();
    let status = chain.get("scroll_syncStatus", json!([])).await;
    let expected = json!({"l2_block_sync_height": 6, "l2_finalized_block_height": 2,
        "l1_rollup_sync_height": 7, "l1_message_sync_height": 7});
    assert_eq!(status, expected);
    assert_eq!(chain.get("scroll_getL1SyncHeight", json!([])).await, json!(7));
    assert_eq!(chain.get("scroll_getL1MessageByIndex", message).await, json!(first));
}
