//! Genesis files, and the built-in chains against them.

use crate::support::{parse, read_json};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use rollup_chainspec::{
    ChainSpecError, ForkSchedule, ScrollChainSpec, ScrollHardfork, dev, scroll_mainnet,
    scroll_sepolia,
};
use rollup_vectors::TestData;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fs, sync::Arc};

const FOLDER: &str = "data/genesis";

fn genesis_json(data: &TestData, file: &str) -> Value {
    read_json(data, &format!("{FOLDER}/{file}"))
}

fn read_text(data: &TestData, file: &str) -> Vec<u8> {
    fs::read(data.path(FOLDER).join(file)).unwrap()
}

/// `file`, which has no configuration, with the given one.
fn with_config(data: &TestData, file: &str, config: Value) -> ScrollChainSpec {
    let mut genesis = genesis_json(data, file);
    genesis["config"] = config;
    ScrollChainSpec::from_genesis_json(genesis.to_string()).unwrap()
}

fn assert_genesis(spec: &ScrollChainSpec, root: &Value, hash: &Value) {
    assert_eq!(spec.genesis_state_root_mpt(), parse::<B256>(root));
    assert_eq!(spec.genesis_hash(), parse::<B256>(hash));
    let header = spec.genesis_header().header();
    assert_eq!(keccak256(alloy_rlp::encode(header)), spec.genesis_hash());
}

#[test]
fn every_genesis_file_is_tested() {
    let Some(data) = TestData::find() else { return };
    let roots = read_json(&data, "data/genesis/roots.json");
    let listed: BTreeSet<_> = roots.as_object().unwrap().keys().cloned().collect();
    let tested = [
        "l2reth-genesis-e2e.json",
        "scroll-dev-2024-12.json",
        "scroll-dev.json",
        "scroll-mainnet.json",
        "scroll-sepolia.json",
    ];
    assert_eq!(listed, tested.map(str::to_owned).into());
    let present: BTreeSet<_> = fs::read_dir(data.path(FOLDER))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|file| file.ends_with(".json") && file != "roots.json")
        .collect();
    assert_eq!(present, listed);
}

#[test]
fn public_networks_have_the_published_genesis() {
    let Some(data) = TestData::find() else { return };
    let networks: [(&str, Arc<ScrollChainSpec>); 2] =
        [("scroll-mainnet.json", scroll_mainnet()), ("scroll-sepolia.json", scroll_sepolia())];
    for (file, built_in) in networks {
        let expected = &read_json(&data, "data/genesis/roots.json")[file];
        let from_file = ScrollChainSpec::from_genesis_json(read_text(&data, file)).unwrap();
        for spec in [&from_file, &*built_in] {
            let (root, hash) = ("mpt_state_root", "block_hash_with_zktrie_root");
            assert_genesis(spec, &expected[root], &expected[hash]);
            let header = spec.genesis_header();
            assert_eq!(header.state_root, parse::<B256>(&expected["zktrie_state_root"]));
            assert_eq!(header.base_fee_per_gas, None);
            assert_eq!(spec.chain_id(), expected["chain_id"].as_u64().unwrap());
        }
        assert_eq!(from_file.genesis(), built_in.genesis());
        assert_same_forks_as_far_as_the_file_goes(&from_file, &built_in, file);
    }
}

/// The files are older than the later forks.
fn assert_same_forks_as_far_as_the_file_goes(
    from_file: &ScrollChainSpec,
    built_in: &ScrollChainSpec,
    file: &str,
) {
    let mut known = 0;
    for fork in ScrollHardfork::ALL {
        let condition = from_file.schedule().condition(fork);
        if condition != ForkSchedule::NEVER.condition(fork) {
            assert_eq!(condition, built_in.schedule().condition(fork), "{file}: {fork}");
            known += 1;
        }
    }
    assert_eq!(known, if file == "scroll-mainnet.json" { 5 } else { 3 });
}

#[test]
fn dev_files_are_refused_without_a_configuration() {
    let Some(data) = TestData::find() else { return };
    for file in ["scroll-dev.json", "scroll-dev-2024-12.json"] {
        let err = ScrollChainSpec::from_genesis_json(read_text(&data, file)).unwrap_err();
        assert!(matches!(err, ChainSpecError::MissingKey { .. }), "{file}: {err}");
    }
}

#[test]
fn dev_chain_has_the_published_genesis() {
    let Some(data) = TestData::find() else { return };
    let expected = &read_json(&data, "data/genesis/roots.json")["scroll-dev.json"];
    let config = json!({ "chainId": 1337, "curieBlock": 0 });
    let from_file = with_config(&data, "scroll-dev.json", config);
    for spec in [&from_file, &*dev()] {
        assert_genesis(spec, &expected["mpt_state_root"], &expected["block_hash_with_mpt_root"]);
        assert_eq!(spec.genesis_header().base_fee_per_gas, Some(0));
    }
    assert_eq!(from_file.genesis(), dev().genesis());
}

// The state root in the file is another chain's.
#[test]
fn state_root_in_a_file_is_not_taken_over() {
    let Some(data) = TestData::find() else { return };
    let file = "scroll-dev-2024-12.json";
    let expected = &read_json(&data, "data/genesis/roots.json")[file];
    assert_ne!(expected["state_root_in_file"], expected["mpt_state_root"]);
    for (config, hash) in [
        (json!({ "chainId": 1337 }), "block_hash_with_mpt_root"),
        (json!({ "chainId": 1337, "curieBlock": 0 }), "block_hash_with_mpt_root_and_base_fee_0"),
    ] {
        let spec = with_config(&data, file, config);
        assert_genesis(&spec, &expected["mpt_state_root"], &expected[hash]);
    }
}

// The file names one account twice.
#[test]
fn last_of_two_spellings_of_an_account_counts() {
    let Some(data) = TestData::find() else { return };
    let file = "l2reth-genesis-e2e.json";
    let expected = &read_json(&data, "data/genesis/roots.json")[file];
    let spec = ScrollChainSpec::from_genesis_json(read_text(&data, file)).unwrap();
    assert_genesis(&spec, &expected["mpt_state_root"], &expected["block_hash_with_mpt_root"]);
    assert_eq!(spec.chain_id(), 938_471);
    assert_eq!(spec.genesis().alloc.len() as u64, expected["accounts"].as_u64().unwrap());
    assert_eq!(spec.genesis_header().base_fee_per_gas, Some(1));
}

#[test]
fn built_in_accounts_are_those_of_the_specification() {
    let Some(data) = TestData::find() else { return };
    for (file, spec) in [
        ("spec/data/genesis_alloc_mainnet.json", scroll_mainnet()),
        ("spec/data/genesis_alloc_sepolia.json", scroll_sepolia()),
    ] {
        let expected = read_json(&data, file);
        let expected = expected.as_object().unwrap();
        let alloc = &spec.genesis().alloc;
        let addresses: BTreeSet<Address> =
            expected.keys().map(|address| address.parse().unwrap()).collect();
        assert!(alloc.keys().eq(&addresses), "{file}");
        for (address, expected) in expected {
            let account = &alloc[&address.parse::<Address>().unwrap()];
            assert_eq!(account.balance, parse::<U256>(&expected["balance"]), "{address}");
            let nonce = parse::<U256>(&expected["nonce"]);
            assert_eq!(U256::from(account.nonce.unwrap_or_default()), nonce, "{address}");
            let code = account.code.clone().unwrap_or_default();
            assert_eq!(code, parse::<Bytes>(&expected["code"]), "{address}");
            let slots: Map<String, Value> = parse(&expected["storage"]);
            let storage = account.storage.clone().unwrap_or_default();
            assert_eq!(storage.len(), slots.len(), "{address}");
            for (slot, value) in &slots {
                let (slot, value): (U256, U256) = (slot.parse().unwrap(), parse(value));
                assert_eq!(storage[&B256::from(slot)], B256::from(value), "{address} {slot}");
            }
        }
    }
}
