//! The `ots` namespace.

mod accounts;
mod blocks;
mod execution;
mod search;

use crate::eth::{
    chain::{
        Chain, OTHER_SENDER, RECIPIENT, bodies, invoke, l1_message, other_transfer, store_contract,
        transfer,
    },
    contracts::words,
};
use rollup_primitives::ScrollTxEnvelope;
use rollup_storage::{PruneConfig, PruneMode, RollupChange, StorageConfig};

/// The blocks of [`bodies`], and two with a second sender.
fn all_bodies() -> Vec<Vec<ScrollTxEnvelope>> {
    let mut all = bodies();
    all.push(vec![
        l1_message(3),
        other_transfer(0, RECIPIENT, 9),
        invoke(15, store_contract(), words([4, 4])),
        other_transfer(1, store_contract(), 0),
    ]);
    all.push(vec![transfer(16, OTHER_SENDER, 8), other_transfer(2, OTHER_SENDER, 1)]);
    all
}

fn chain() -> Chain {
    let mut chain = Chain::new();
    for body in all_bodies() {
        chain.append(body);
    }
    chain
}

/// With the history of the blocks above the fifth alone.
fn pruned_chain() -> Chain {
    let mode = PruneMode::Full { distance_blocks: 3 };
    let prune = PruneConfig { mode, ..Default::default() };
    let mut chain =
        Chain::open(Default::default(), StorageConfig { prune, ..StorageConfig::default() });
    for body in all_bodies() {
        chain.append(body);
    }
    chain.storage.flush().unwrap();
    let head = Some(chain.id_of(8));
    let finalize = RollupChange::Forkchoice { safe: head, finalized: head };
    chain.storage.apply_rollup(vec![finalize]).unwrap();
    while chain.storage.stored_chain().prune(&prune).unwrap().has_more {}
    chain
}
