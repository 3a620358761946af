//! Valid blocks.

use crate::{
    chain::{Chain, EMPTY_ACCOUNT, FORK_BLOCK, slot},
    transactions::{SENDER, store_contract},
};
use alloy_consensus::TxReceipt as _;
use alloy_primitives::{KECCAK256_EMPTY, U256};
use rollup_chainspec::L1_GAS_PRICE_ORACLE;
use rollup_engine::execute_block;
use rollup_storage::ExecutedBlock;
use std::sync::Arc;

fn assert_same(imported: &ExecutedBlock, built: &ExecutedBlock) {
    assert_eq!(imported.block, built.block);
    assert_eq!(imported.receipts, built.receipts);
    assert_eq!(imported.changes, built.changes);
    assert_eq!(imported.changes.state_root(), built.block.state_root);
}

#[test]
fn built_blocks_have_the_same_results_in_another_store() {
    let blocks = Chain::new().build_all();
    let importer = Chain::new();
    for built in &blocks {
        let imported = importer.import(built.block.clone_sealed_block()).unwrap();
        assert_same(&imported, built);
        importer.store.append(&[imported]).unwrap();
        let view = importer.view();
        assert_eq!(view.head().unwrap(), built.id());
        assert_eq!(view.state_root().unwrap(), built.block.state_root);
    }
}

#[test]
fn a_run_of_blocks_is_imported_before_any_of_it_is_stored() {
    let blocks = Chain::new().build_all();
    let importer = Chain::new();
    let mut view = importer.view();
    for built in &blocks {
        let block = built.block.clone_sealed_block();
        let imported = execute_block(&importer.config, &view, block).unwrap();
        assert_same(&imported, built);
        view.push(Arc::new(imported)).unwrap();
    }
    assert_eq!(importer.view().head().unwrap().number, 0);
    importer.store.append(&blocks).unwrap();
    assert_eq!(importer.view().state_root().unwrap(), view.state_root().unwrap());
}

// What the blocks are made for: else they would agree on nothing much.
#[test]
fn the_blocks_do_what_they_are_made_for() {
    let (chain, blocks) = Chain::with_blocks(6);
    let receipts = blocks.iter().flat_map(|block| &block.receipts);
    assert!(receipts.clone().all(|receipt| receipt.status()), "a transaction fails");
    assert_eq!(receipts.count(), 14);

    let account_after = |address, number| {
        let view = chain.view();
        view.state_after(number).unwrap().unwrap().account(address).unwrap()
    };
    let contract = store_contract(1);
    let view = chain.view();
    assert_eq!([1, 2].map(|at| slot(&view, contract, at)), [0, 21].map(U256::from));
    assert_eq!(slot(&view, SENDER, 5), U256::from(50), "run by delegation");
    assert_ne!(account_after(SENDER, 4).unwrap().code_hash, KECCAK256_EMPTY);
    assert_eq!(account_after(SENDER, 5).unwrap().code_hash, KECCAK256_EMPTY);

    assert_eq!(view.latest_state().code(KECCAK256_EMPTY).unwrap(), None, "no code has no entry");

    assert!(account_after(EMPTY_ACCOUNT, 4).is_some());
    assert_eq!(account_after(EMPTY_ACCOUNT, 5), None);
    assert_eq!(slot(&view, EMPTY_ACCOUNT, 1), U256::ZERO);

    let oracle = |number| account_after(L1_GAS_PRICE_ORACLE, number).unwrap().code_hash;
    let codes = [0, 1, FORK_BLOCK - 1, FORK_BLOCK, 6].map(oracle);
    assert!(codes[0] != codes[1] && codes[1] == codes[2], "upgraded in block 1");
    assert!(codes[2] != codes[3] && codes[3] == codes[4], "upgraded in the fork's first block");
}

#[test]
fn an_imported_chain_unwinds() {
    let (chain, _) = Chain::with_blocks(6);
    let root = |number| chain.view().header(number).unwrap().unwrap().state_root;
    for number in (0..6).rev() {
        let expected = root(number);
        chain.store.unwind(number).unwrap();
        assert_eq!(chain.view().state_root().unwrap(), expected, "unwound to {number}");
    }
}
