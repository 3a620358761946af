//! The irregular changes of the gas price oracle (spec/execution 5).

use crate::support::{
    CHAIN_ID, Chain, HISTORY_CODE, MemoryDb, OTHER, block_header, deploy, legacy, rich_sender,
    signed, transfer,
};
use alloy_consensus::TxLegacy;
use alloy_eips::{Encodable2718, eip2935::HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{B256, U256, address, b256, keccak256};
use revm::{Database, database::CacheDB, state::AccountInfo};
use rollup_chainspec::{
    ForkSchedule, Genesis, L1_GAS_PRICE_ORACLE, ScrollChainSpec, ScrollHardfork, dev,
    scroll_mainnet, scroll_sepolia,
};
use rollup_evm::compressed_size;
use rollup_primitives::ScrollHeader;
use rstest::rstest;
use std::sync::Arc;

const CURIE_CODE: B256 =
    b256!("0x19e0db18cf25c98a25c9e8eac4c99e0653cd8c395303140b41425e9fa3f9bb65");
const FEYNMAN_CODE: B256 =
    b256!("0xc0be97aa0ca343d23e56a121da166078248b2ddd5f5c4886213c4d236c0ce9d2");
const GALILEO_V2_CODE: B256 =
    b256!("0x46c40600a2bb1503cd112d2f7ee5bcd2cffb0e8e01f69ded523459a928339cc6");

const CURIE_SLOTS: &[(u64, u64)] = &[(5, 1), (6, 230_759_955_285), (7, 417_565_260), (8, 1)];
const FEYNMAN_SLOTS: &[(u64, u64)] = &[(9, 1_000_000_000), (10, 1_000_000_000), (11, 1)];
const GALILEO_V2_SLOTS: &[(u64, u64)] = &[(12, 1)];

const OLD_CODE: [u8; 2] = [0x5f, 0x5f];

/// An oracle with code, balance and a nonce, that knows no upgrade.
fn with_oracle(mut db: MemoryDb) -> MemoryDb {
    let account = AccountInfo { nonce: 3, ..AccountInfo::from_balance(U256::from(5)) };
    db.insert_account_info(L1_GAS_PRICE_ORACLE, account);
    let info = db.basic(L1_GAS_PRICE_ORACLE).unwrap().unwrap();
    let code = revm::bytecode::Bytecode::new_raw(OLD_CODE.to_vec().into());
    db.insert_account_info(L1_GAS_PRICE_ORACLE, info.with_code(code));
    for slot in [1, 2, 3] {
        let value = U256::from(1_000 + slot);
        db.insert_account_storage(L1_GAS_PRICE_ORACLE, U256::from(slot), value).unwrap();
    }
    db
}

fn chain_of(chain_spec: &Arc<ScrollChainSpec>) -> Chain {
    Chain::new((**chain_spec).clone(), with_oracle(rich_sender()))
}

/// Asserts that a block changed the oracle to this code and these slots, and nothing else of it.
#[track_caller]
fn assert_upgraded(chain: &mut Chain, code_hash: B256, slots: &[(u64, u64)]) {
    let bundle = chain.bundle();
    let oracle = bundle.account(&L1_GAS_PRICE_ORACLE).expect("the oracle changed");
    let info = oracle.info.as_ref().unwrap();
    assert_eq!(info.code_hash, code_hash);
    assert_eq!((info.nonce, info.balance), (3, U256::from(5)));
    let mut changed: Vec<_> = oracle
        .storage
        .iter()
        .filter(|(_, slot)| slot.is_changed())
        .map(|(key, slot)| (key.to::<u64>(), slot.present_value.to::<u64>()))
        .collect();
    changed.sort_unstable();
    assert_eq!(changed, slots);
    // The bundle brings the code itself, and what it brings has that hash.
    assert_eq!(keccak256(bundle.contracts[&code_hash].original_bytes()), code_hash);
}

#[track_caller]
fn assert_unchanged(chain: &mut Chain) {
    assert!(!chain.bundle().state.contains_key(&L1_GAS_PRICE_ORACLE));
}

#[rstest]
#[case::mainnet(scroll_mainnet(), 7_096_836)]
#[case::sepolia(scroll_sepolia(), 4_740_239)]
fn curie_is_applied_in_one_block(#[case] chain_spec: Arc<ScrollChainSpec>, #[case] block: u64) {
    let mut chain = chain_of(&chain_spec);
    // Before any fork with a timestamp.
    let header = |number| ScrollHeader { number, timestamp: 1_720_000_000, ..block_header() };
    for number in [1, block - 1, block + 1] {
        chain.execute(&header(number), &[]).unwrap();
        assert_unchanged(&mut chain);
    }
    chain.execute(&header(block), &[]).unwrap();
    assert_upgraded(&mut chain, CURIE_CODE, CURIE_SLOTS);
}

#[test]
fn curie_at_genesis_changes_nothing() {
    let mut chain =
        chain_of(&Arc::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, ScrollHardfork::Curie)));
    for number in [1, 2] {
        chain.execute(&ScrollHeader { number, ..block_header() }, &[]).unwrap();
        assert_unchanged(&mut chain);
    }
}

#[rstest]
#[case::feynman(1_755_576_000, FEYNMAN_CODE, FEYNMAN_SLOTS)]
#[case::galileo_v2(1_766_041_200, GALILEO_V2_CODE, GALILEO_V2_SLOTS)]
fn timestamp_forks_are_applied_in_their_first_block(
    #[case] activation: u64,
    #[case] code_hash: B256,
    #[case] slots: &[(u64, u64)],
) {
    // The first block may come at any time after activation.
    for delay in [0, 1, 3_600] {
        let mut chain = chain_of(&scroll_mainnet());
        let mut parent_timestamp = activation - 10;
        let mut number = 20_000_000;
        let mut step = |chain: &mut Chain, timestamp: u64| {
            let header = ScrollHeader { number, timestamp, ..block_header() };
            let config = chain.config.clone();
            crate::support::execute_on(&config, &mut chain.state, &header, parent_timestamp, &[])
                .unwrap();
            (number, parent_timestamp) = (number + 1, timestamp);
        };
        step(&mut chain, activation - 1);
        assert_unchanged(&mut chain);
        step(&mut chain, activation + delay);
        assert_upgraded(&mut chain, code_hash, slots);
        step(&mut chain, activation + delay);
        assert_unchanged(&mut chain);
    }
}

#[test]
fn galileo_changes_nothing() {
    let activation = 1_765_868_400;
    let mut chain = chain_of(&scroll_mainnet());
    let header = ScrollHeader { number: 21_000_000, timestamp: activation, ..block_header() };
    chain.execute(&header, &[]).unwrap();
    assert_unchanged(&mut chain);
}

#[test]
fn a_flag_that_is_set_is_left_alone() {
    for (activation, flag) in [(1_755_576_000, 11), (1_766_041_200, 12)] {
        for (value, upgraded) in [(1, false), (2, true), (0, true)] {
            let mut db = with_oracle(rich_sender());
            db.insert_account_storage(L1_GAS_PRICE_ORACLE, U256::from(flag), U256::from(value))
                .unwrap();
            let mut chain = Chain::new((*scroll_mainnet()).clone(), db);
            let header = ScrollHeader { timestamp: activation, ..block_header() };
            chain.execute(&header, &[]).unwrap();
            let changed = chain.bundle().state.contains_key(&L1_GAS_PRICE_ORACLE);
            assert_eq!(changed, upgraded, "slot {flag} holds {value}");
        }
    }
}

#[test]
fn a_forked_chain_without_flags_is_left_alone_after_its_first_block() {
    for fork in ScrollHardfork::ALL {
        let chain_spec = Arc::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork));
        let mut chain = chain_of(&chain_spec);
        chain.execute(&block_header(), &[]).unwrap();
        assert_unchanged(&mut chain);
    }
}

/// The dev chain at genesis. Its oracle has storage, but no code.
fn dev_chain() -> Chain {
    let mut db = CacheDB::default();
    for (address, account) in &dev().genesis().alloc {
        let info = AccountInfo::from_balance(account.balance)
            .with_nonce(account.nonce.unwrap_or_default());
        db.insert_account_info(*address, info);
        for (slot, value) in account.storage.iter().flatten() {
            db.insert_account_storage(*address, (*slot).into(), (*value).into()).unwrap();
        }
    }
    Chain::new((*dev()).clone(), db)
}

#[test]
fn the_dev_chain_applies_all_in_block_1() {
    let mut chain = dev_chain();
    let timestamp = dev().genesis().timestamp + 1;
    for number in [1, 2] {
        chain.execute(&ScrollHeader { number, timestamp, ..block_header() }, &[]).unwrap();
        let account = chain.account(L1_GAS_PRICE_ORACLE).unwrap();
        assert_eq!(account.code_hash, GALILEO_V2_CODE);
        for (slot, value) in FEYNMAN_SLOTS.iter().chain(GALILEO_V2_SLOTS) {
            assert_eq!(chain.slot(L1_GAS_PRICE_ORACLE, *slot), U256::from(*value));
        }
        let changed = chain.bundle().state.contains_key(&L1_GAS_PRICE_ORACLE);
        assert_eq!(changed, number == 1);
    }
}

#[test]
fn the_dev_chain_keeps_the_values_of_its_genesis() {
    let mut chain = dev_chain();
    let timestamp = dev().genesis().timestamp + 1;
    let sender = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    let tx = signed(TxLegacy { chain_id: Some(1337), ..legacy(0, OTHER, U256::ONE) }, sender);
    let size = compressed_size(&tx.encoded_2718());
    for number in [1, 2] {
        let header = ScrollHeader { number, timestamp, ..block_header() };
        let txs = if number == 1 { std::slice::from_ref(&tx) } else { &[] };
        let result = chain.execute(&header, txs).unwrap();
        for (slot, value) in [
            (1, 0x3758_e6b0_u64),
            (2, 0x38),
            (3, 0x3e95_ba80),
            (5, 0x8390_c2c1),
            (6, 0x0069_cf26_5bfe),
            (7, 0x168b_9aa3),
        ] {
            assert_eq!(chain.slot(L1_GAS_PRICE_ORACLE, slot), U256::from(value), "slot {slot}");
        }
        if number == 1 {
            let fee_per_byte = 0x0069_cf26_5bfe_u128 * 0x3758_e6b0 + 0x168b_9aa3 * 0x8390_c2c1;
            let base = fee_per_byte * size as u128;
            let fee = (base + base * size as u128 / 1_000_000_000) / 1_000_000_000;
            assert_eq!(result.receipts[0].l1_fee, U256::from(fee));
        }
    }
}

#[test]
fn forks_of_one_block_are_applied_in_order_and_before_the_history() {
    let mut schedule = ForkSchedule::forced(ScrollHardfork::EuclidV2);
    for fork in [ScrollHardfork::Feynman, ScrollHardfork::Galileo, ScrollHardfork::GalileoV2] {
        schedule = schedule.with(fork, alloy_hardforks::ForkCondition::Timestamp(100));
    }
    let chain_spec =
        ScrollChainSpec::new(CHAIN_ID, Genesis::default(), schedule, Default::default());
    let mut db = with_oracle(rich_sender());
    deploy(&mut db, HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    let mut chain = Chain::new(chain_spec, db);
    let header = ScrollHeader { number: 5, timestamp: 100, ..block_header() };
    chain.execute(&header, &[]).unwrap();
    assert_eq!(B256::from(chain.slot(HISTORY_STORAGE_ADDRESS, 4)), header.parent_hash);
    let slots = [FEYNMAN_SLOTS, GALILEO_V2_SLOTS].concat();
    assert_upgraded(&mut chain, GALILEO_V2_CODE, &slots);
}

#[test]
fn an_upgrade_counts_for_the_fees_of_its_own_block() {
    for (chain_spec, number, timestamp) in [
        (scroll_mainnet(), 7_096_836, 1_720_000_000),
        (scroll_mainnet(), 16_000_000, 1_755_576_000),
    ] {
        let mut db = with_oracle(rich_sender());
        // A base fee that makes all formulas give something.
        let l1_base_fee = U256::from(30_000_000_000_u64);
        db.insert_account_storage(L1_GAS_PRICE_ORACLE, U256::ONE, l1_base_fee).unwrap();
        if timestamp == 1_755_576_000 {
            for (slot, value) in CURIE_SLOTS {
                let slot = U256::from(*slot);
                db.insert_account_storage(L1_GAS_PRICE_ORACLE, slot, U256::from(*value)).unwrap();
            }
        }
        let mut chain = Chain::new((*chain_spec).clone(), db);
        let header = ScrollHeader { number, timestamp, ..block_header() };
        let result = chain.execute(&header, &[transfer(0, U256::ONE)]).unwrap();

        let size = transfer(0, U256::ONE).encode_2718_len() as u64;
        let commit = l1_base_fee * U256::from(230_759_955_285_u64);
        let blob = U256::from(417_565_260);
        let billion = U256::from(1_000_000_000);
        // Before its upgrade the first would have cost nothing by commitment, the second nothing
        // at all: its penalty was zero.
        let fee = if number == 7_096_836 {
            (commit + U256::from(size) * blob) / billion
        } else {
            U256::from(size) * (commit + blob) / billion
        };
        assert_eq!(result.receipts[0].l1_fee, fee);
    }
}
