//! `txpool`: what waits for a block.

use crate::{api::TxpoolApiServer, server::BlockingPool};
use alloy_consensus::{Transaction, transaction::TransactionInfo};
use alloy_primitives::Address;
use alloy_rpc_types_txpool::{
    TxpoolContent, TxpoolContentFrom, TxpoolInspect, TxpoolInspectSummary, TxpoolStatus,
};
use jsonrpsee::core::{RpcResult, async_trait};
use rollup_primitives::ScrollTransaction;
use rollup_txpool::{PoolContent, PoolTransaction, TransactionsBySender, Txpool};
use std::{collections::BTreeMap, sync::Arc};

/// Methods of `txpool`.
#[derive(Clone, Debug)]
pub struct TxpoolRpc {
    pool: Txpool,
    threads: BlockingPool,
}

impl TxpoolRpc {
    /// The methods over a pool.
    pub const fn new(pool: Txpool, threads: BlockingPool) -> Self {
        Self { pool, threads }
    }

    /// Works on what is in the pool, of one sender or of all, on a thread that may take its time.
    async fn with_content<T: Send + 'static>(
        &self,
        sender: Option<Address>,
        form: impl FnOnce(PoolContent) -> T + Send + 'static,
    ) -> RpcResult<T> {
        let pool = self.pool.clone();
        let content = move || match sender {
            Some(sender) => pool.content_of(sender),
            None => pool.content(),
        };
        self.threads.run(move |_| Ok(form(content()))).await
    }
}

#[async_trait]
impl TxpoolApiServer for TxpoolRpc {
    async fn content(&self) -> RpcResult<TxpoolContent<ScrollTransaction>> {
        let form = |PoolContent { pending, queued }| TxpoolContent {
            pending: by_sender(&pending, full),
            queued: by_sender(&queued, full),
        };
        self.with_content(None, form).await
    }

    async fn content_from(
        &self,
        sender: Address,
    ) -> RpcResult<TxpoolContentFrom<ScrollTransaction>> {
        let of_sender = move |all: &TransactionsBySender| {
            all.get(&sender).map(|own| by_nonce(own, full)).unwrap_or_default()
        };
        let form = move |PoolContent { pending, queued }| TxpoolContentFrom {
            pending: of_sender(&pending),
            queued: of_sender(&queued),
        };
        self.with_content(Some(sender), form).await
    }

    async fn inspect(&self) -> RpcResult<TxpoolInspect> {
        let form = |PoolContent { pending, queued }| TxpoolInspect {
            pending: by_sender(&pending, summary),
            queued: by_sender(&queued, summary),
        };
        self.with_content(None, form).await
    }

    fn status(&self) -> RpcResult<TxpoolStatus> {
        let size = self.pool.size();
        Ok(TxpoolStatus { pending: count(size.pending), queued: count(size.queued) })
    }
}

fn count(transactions: usize) -> u64 {
    u64::try_from(transactions).unwrap_or(u64::MAX)
}

fn by_sender<T>(
    transactions: &TransactionsBySender,
    form: impl Fn(&PoolTransaction) -> T,
) -> BTreeMap<Address, BTreeMap<String, T>> {
    transactions.iter().map(|(sender, own)| (*sender, by_nonce(own, &form))).collect()
}

fn by_nonce<T>(
    transactions: &BTreeMap<u64, Arc<PoolTransaction>>,
    form: impl Fn(&PoolTransaction) -> T,
) -> BTreeMap<String, T> {
    transactions.iter().map(|(nonce, own)| (nonce.to_string(), form(own))).collect()
}

/// A transaction that is in no block.
fn full(transaction: &PoolTransaction) -> ScrollTransaction {
    let in_no_block = TransactionInfo::default();
    ScrollTransaction::from_transaction(transaction.transaction.clone(), in_no_block)
}

fn summary(transaction: &PoolTransaction) -> TxpoolInspectSummary {
    let own = transaction.transaction.inner();
    TxpoolInspectSummary {
        to: own.to(),
        value: own.value(),
        gas: own.gas_limit(),
        gas_price: own.max_fee_per_gas(),
    }
}
