//! The EIP-2935 call at the start of a block (spec/execution 3.5).

use crate::support::{CHAIN_ID, Chain, HISTORY_CODE, block_header, rich_sender};
use alloy_eips::{eip2935::HISTORY_STORAGE_ADDRESS, eip4788::SYSTEM_ADDRESS};
use alloy_primitives::{U256, b256, keccak256};
use revm::state::AccountInfo;
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_primitives::ScrollHeader;
use rstest::rstest;

/// A chain with the history contract.
fn chain(fork: ScrollHardfork) -> Chain {
    let mut db = rich_sender();
    crate::support::deploy(&mut db, HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    Chain::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork), db)
}

#[test]
fn the_contract_is_the_one_of_the_specification() {
    let hash = b256!("0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d");
    assert_eq!(keccak256(HISTORY_CODE), hash);
}

#[rstest]
#[case::in_the_ring(20_000, 3_617)]
#[case::end_of_the_ring(8_191, 8_190)]
#[case::start_of_the_ring(8_192, 0)]
#[case::first_block(1, 0)]
fn stores_the_hash_of_the_parent_from_feynman(#[case] number: u64, #[case] slot: u64) {
    for fork in ScrollHardfork::ALL {
        let mut chain = chain(fork);
        let header = ScrollHeader { number, ..block_header() };
        let result = chain.execute(&header, &[]).unwrap();
        assert_eq!((result.gas_used, result.receipts.len()), (0, 0), "{fork}");

        let stores = fork >= ScrollHardfork::Feynman;
        let hash: U256 = header.parent_hash.into();
        let expected = if stores { hash } else { U256::ZERO };
        assert_eq!(chain.slot(HISTORY_STORAGE_ADDRESS, slot), expected, "{fork}");

        // Nothing else changed: neither nonce nor balance of anyone.
        let changed = chain.bundle().state;
        let history = changed.get(&HISTORY_STORAGE_ADDRESS);
        assert_eq!(history.is_some(), stores, "{fork}");
        if let Some(history) = history {
            assert_eq!(history.info, history.original_info, "{fork}");
            assert_eq!(history.storage.len(), 1, "{fork}");
        }
        assert!(!changed.contains_key(&SYSTEM_ADDRESS), "{fork}");
        assert_eq!(chain.account(SYSTEM_ADDRESS), None, "{fork}");
    }
}

#[test]
fn an_empty_block_changes_nothing_but_history() {
    for fork in [ScrollHardfork::Feynman, ScrollHardfork::Galileo, ScrollHardfork::GalileoV2] {
        let mut chain = chain(fork);
        chain.execute(&block_header(), &[]).unwrap();
        assert_eq!(chain.bundle().state.len(), 1, "{fork}");
    }
}

#[test]
fn does_nothing_at_genesis() {
    for fork in ScrollHardfork::ALL {
        let mut chain = chain(fork);
        chain.execute(&ScrollHeader { number: 0, ..block_header() }, &[]).unwrap();
        assert!(!chain.bundle().state.contains_key(&HISTORY_STORAGE_ADDRESS), "{fork}");
    }
}

#[test]
fn does_nothing_without_the_contract() {
    for fork in ScrollHardfork::ALL {
        let mut chain = Chain::forced(fork);
        chain.execute(&block_header(), &[]).unwrap();
        assert!(chain.bundle().state.is_empty(), "{fork}");
        assert_eq!(chain.account(HISTORY_STORAGE_ADDRESS), None, "{fork}");
    }
}

#[test]
fn a_system_caller_that_exists_keeps_its_account() {
    let mut db = rich_sender();
    let caller = AccountInfo { nonce: 4, ..AccountInfo::from_balance(U256::from(9)) };
    db.insert_account_info(SYSTEM_ADDRESS, caller.clone());
    crate::support::deploy(&mut db, HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    let chain_spec = ScrollChainSpec::with_forced_fork(CHAIN_ID, ScrollHardfork::GalileoV2);
    let mut chain = Chain::new(chain_spec, db);
    chain.execute(&block_header(), &[]).unwrap();
    let found = chain.account(SYSTEM_ADDRESS).unwrap();
    assert_eq!((found.nonce, found.balance), (caller.nonce, caller.balance));
}

#[test]
fn a_contract_that_fails_does_not_fail_the_block() {
    let mut db = rich_sender();
    crate::support::deploy(&mut db, HISTORY_STORAGE_ADDRESS, vec![0xfe]);
    let chain_spec = ScrollChainSpec::with_forced_fork(CHAIN_ID, ScrollHardfork::Feynman);
    let mut chain = Chain::new(chain_spec, db);
    assert!(chain.execute(&block_header(), &[]).is_ok());
}
