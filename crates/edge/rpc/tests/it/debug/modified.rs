//! Accounts that blocks changed.

use crate::eth::chain::{Chain, L1_SENDER, RECIPIENT, SENDER, hex, store_contract};
use alloy_primitives::Address;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_range_has_those_of_all_its_blocks() {
    let chain = Chain::with_blocks();
    let of = async |params| -> BTreeSet<Address> {
        let answer = chain.get("debug_getModifiedAccountsByNumber", params).await;
        serde_json::from_value(answer).unwrap()
    };
    for flushed in [false, true] {
        if flushed {
            chain.storage.flush().unwrap();
        }
        let first = of(json!(["0x1"])).await;
        for address in [SENDER, RECIPIENT, L1_SENDER, store_contract()] {
            assert!(first.contains(&address), "{address}");
        }
        let mut all = BTreeSet::new();
        for number in 2..=5 {
            all.extend(of(json!([hex(number)])).await);
        }
        assert_eq!(of(json!(["0x1", "0x5"])).await, all);
        // The slot alone was changed.
        assert!(of(json!(["0x3"])).await.contains(&store_contract()));
        let (start, end) = (chain.id_of(1).hash, chain.id_of(5).hash);
        let params = json!([start, end]);
        let by_hash = chain.get("debug_getModifiedAccountsByHash", params).await;
        assert_eq!(serde_json::from_value::<BTreeSet<_>>(by_hash).unwrap(), all);
    }
}

#[tokio::test]
async fn ranges_that_are_none_are_refused() {
    let chain = Chain::with_blocks();
    for (params, code) in
        [(json!(["0x5", "0x1"]), -32602), (json!(["0x1", "0x1"]), -32602), (json!(["0x7"]), -32001)]
    {
        let refusal = chain.refused("debug_getModifiedAccountsByNumber", params.clone()).await;
        assert_eq!(refusal.0, code, "{params}");
    }
}
