//! `txpool`, in the shape other nodes give it.

use alloy_consensus::{SignableTransaction, TxEip1559, transaction::Recovered};
use alloy_primitives::{Address, TxKind, U256, address};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use rollup_primitives::ScrollTxEnvelope;
use rollup_rpc::{
    BlockingPool, PoolCounts, PoolReader, PoolTransactions, RpcLimits, TxpoolApiServer, TxpoolRpc,
};
use rollup_txpool::{PoolTransaction, TransactionOrigin};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const RECIPIENT: Address = address!("0x5300000000000000000000000000000000000002");

/// A pool that does not change.
#[derive(Debug)]
struct FixedPool(PoolTransactions);

impl PoolReader for FixedPool {
    fn transactions(&self) -> PoolTransactions {
        self.0.clone()
    }

    fn transactions_of(&self, sender: Address) -> PoolTransactions {
        let of = |all: &[Arc<PoolTransaction>]| {
            all.iter().filter(|own| own.sender() == sender).cloned().collect()
        };
        PoolTransactions { pending: of(&self.0.pending), queued: of(&self.0.queued) }
    }

    fn counts(&self) -> PoolCounts {
        let count = |all: &[Arc<PoolTransaction>]| u64::try_from(all.len()).unwrap();
        PoolCounts { pending: count(&self.0.pending), queued: count(&self.0.queued) }
    }
}

fn transaction(signer: &PrivateKeySigner, nonce: u64, to: TxKind) -> Arc<PoolTransaction> {
    let unsigned = TxEip1559 {
        chain_id: 1337,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000,
        max_priority_fee_per_gas: 1,
        to,
        value: U256::from(5),
        ..TxEip1559::default()
    };
    let signature = signer.sign_hash_sync(&unsigned.signature_hash()).unwrap();
    let envelope = ScrollTxEnvelope::from(unsigned.into_signed(signature));
    Arc::new(PoolTransaction {
        transaction: Recovered::new_unchecked(envelope, signer.address()),
        origin: TransactionOrigin::Local,
        encoded_bytes: 100,
        l1_data_fee: U256::ZERO,
        received_at: Duration::ZERO,
    })
}

async fn ask(method: &str, params: Value) -> (Value, Address) {
    let signer = PrivateKeySigner::from_slice(&[1; 32]).unwrap();
    let pool = PoolTransactions {
        pending: vec![
            transaction(&signer, 0, TxKind::Call(RECIPIENT)),
            transaction(&signer, 1, TxKind::Create),
        ],
        queued: vec![transaction(&signer, 10, TxKind::Call(RECIPIENT))],
    };
    let threads = BlockingPool::new(&RpcLimits::default()).unwrap();
    let methods = TxpoolRpc::new(Arc::new(FixedPool(pool)), threads).into_rpc();
    let request = crate::support::request(method, &params).to_string();
    let (answer, _) = methods.raw_json_request(&request, 1).await.unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    (answer["result"].clone(), signer.address())
}

#[tokio::test]
async fn counts_are_in_hex() {
    assert_eq!(
        ask("txpool_status", json!([])).await.0,
        json!({ "pending": "0x2", "queued": "0x1" })
    );
}

#[tokio::test]
async fn transactions_are_listed_in_one_line_each() {
    let (result, sender) = ask("txpool_inspect", json!([])).await;
    let line = "0x5300000000000000000000000000000000000002: 5 wei + 21000 gas × 1000 wei";
    let sender = sender.to_string();
    let expected = json!({
        "pending": {
            (sender.as_str()): {
                "0": line,
                "1": "contract creation: 5 wei + 21000 gas × 1000 wei",
            }
        },
        "queued": { (sender.as_str()): { "10": line } },
    });
    assert_eq!(result, expected);
}

#[tokio::test]
async fn transactions_are_listed_in_full_by_sender_and_nonce() {
    let (result, sender) = ask("txpool_content", json!([])).await;
    let own = &result["pending"][sender.to_string()]["0"];
    assert_eq!(own["nonce"], "0x0");
    assert_eq!(own["value"], "0x5");
    assert_eq!(own["from"], sender.to_string().to_lowercase());
    assert_eq!(own["blockHash"], Value::Null);
    assert_eq!(own["blockNumber"], Value::Null);
    assert_eq!(own["transactionIndex"], Value::Null);
    assert_eq!(result["queued"][sender.to_string()]["10"]["nonce"], "0xa");

    let (of_sender, _) = ask("txpool_contentFrom", json!([sender])).await;
    assert_eq!(of_sender["pending"]["0"], *own);
    let (of_nobody, _) = ask("txpool_contentFrom", json!([RECIPIENT])).await;
    assert_eq!(of_nobody, json!({ "pending": {}, "queued": {} }));
}
