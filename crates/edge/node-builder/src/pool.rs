//! The pool, as the `txpool` methods see it.

use alloy_primitives::Address;
use rollup_rpc::{PoolCounts, PoolReader, PoolTransactions};
use rollup_txpool::{PoolContent, Txpool};

/// The pool, as the `txpool` methods see it.
#[derive(Clone, Debug)]
pub(crate) struct Pool(pub(crate) Txpool);

impl PoolReader for Pool {
    fn transactions(&self) -> PoolTransactions {
        flat(self.0.content())
    }

    fn transactions_of(&self, sender: Address) -> PoolTransactions {
        flat(self.0.content_of(sender))
    }

    fn counts(&self) -> PoolCounts {
        let size = self.0.size();
        PoolCounts { pending: size.pending as u64, queued: size.queued as u64 }
    }
}

fn flat(content: PoolContent) -> PoolTransactions {
    let all = |by_sender: std::collections::BTreeMap<_, std::collections::BTreeMap<_, _>>| {
        by_sender.into_values().flat_map(std::collections::BTreeMap::into_values).collect()
    };
    PoolTransactions { pending: all(content.pending), queued: all(content.queued) }
}
