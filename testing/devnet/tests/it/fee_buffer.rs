//! N25: a sender must afford the L1 data fee once, or twice where the operator says so.

use crate::support::{hashes, transfers};
use alloy_primitives::{B256, TxHash, U256};
use rollup_devnet::{Call, Setup, TestNode, Wallet};
use rollup_primitives::ScrollPooledTransaction;
use rollup_txpool::PoolError;

/// What the sender needs, by the refusal of a node.
async fn cost(node: &TestNode, transaction: ScrollPooledTransaction) -> U256 {
    let refused = node.submit(transaction).await.unwrap_err();
    match refused.downcast_ref() {
        Some(PoolError::InsufficientFunds { cost, .. }) => **cost,
        _ => panic!("{refused}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n25_the_buffer_refuses_who_can_pay_the_data_fee_only_once() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let (mut rich, poor) =
        (Wallet::funded(0).unwrap(), Wallet::with_key(B256::repeat_byte(7)).unwrap());
    // The first block gives the oracle what the fee depends on.
    transfers(&mut node, &mut rich, 1).await;
    let transaction = poor.sign(0, Call::transfer(rich.address(), 1)).unwrap();
    let once = cost(&node, transaction.clone()).await;
    let mut gift = Call::transfer(poor.address(), 0);
    gift.value = once;
    node.submit(rich.next(gift).unwrap()).await.unwrap();
    node.block().await.unwrap();

    let mut node = node
        .restart_with(|setup| setup.config.txpool.require_l1_data_fee_buffer = true)
        .await
        .unwrap();
    let twice = cost(&node, transaction.clone()).await;
    assert!(twice > once);
    assert!(matches!(node.build().await.unwrap(), rollup_devnet::Slot::Empty));

    let mut node = node
        .restart_with(|setup| setup.config.txpool.require_l1_data_fee_buffer = false)
        .await
        .unwrap();
    let hash: TxHash = node.submit(transaction).await.unwrap();
    let fee = node.handle.txpool.get(&hash).unwrap().l1_data_fee;
    assert_eq!(twice - once, fee);
    let block = node.block().await.unwrap();
    assert_eq!(hashes(&block.block), [hash]);
    assert_eq!(block.receipts[0].l1_fee, fee);
    assert!(fee > U256::ZERO);
}
