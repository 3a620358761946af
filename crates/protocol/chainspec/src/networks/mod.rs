//! The chains that are built in.

mod alloc;
mod dev;
mod mainnet;
mod sepolia;

use crate::spec::ScrollChainSpec;
use alloy_primitives::B256;
use std::sync::{Arc, LazyLock};

pub use dev::CHAIN_ID as DEV_CHAIN_ID;
pub use mainnet::CHAIN_ID as SCROLL_MAINNET_CHAIN_ID;
pub use sepolia::CHAIN_ID as SCROLL_SEPOLIA_CHAIN_ID;

/// Names that [`by_name`] knows.
pub(crate) const CHAIN_NAMES: [&str; 3] = ["scroll-mainnet", "scroll-sepolia", "dev"];

/// The genesis blocks of the networks that were started with a zktrie.
pub(crate) const PINNED_GENESIS: [PinnedGenesis; 2] = [mainnet::PINNED, sepolia::PINNED];

static MAINNET: LazyLock<Arc<ScrollChainSpec>> = LazyLock::new(|| Arc::new(mainnet::spec()));
static SEPOLIA: LazyLock<Arc<ScrollChainSpec>> = LazyLock::new(|| Arc::new(sepolia::spec()));
static DEV: LazyLock<Arc<ScrollChainSpec>> = LazyLock::new(|| Arc::new(dev::spec()));

/// What the genesis block of a public network is known by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PinnedGenesis {
    /// Block hash.
    pub(crate) hash: B256,
    /// State root in the header. Poseidon-based, so it is not computed here.
    pub(crate) state_root_zktrie: B256,
    /// Root of the Merkle Patricia trie over the same state.
    pub(crate) state_root_mpt: B256,
}

/// Scroll mainnet, chain id 534352.
pub fn scroll_mainnet() -> Arc<ScrollChainSpec> {
    Arc::clone(&MAINNET)
}

/// Scroll Sepolia, the public test network, chain id 534351.
pub fn scroll_sepolia() -> Arc<ScrollChainSpec> {
    Arc::clone(&SEPOLIA)
}

/// Development chain without an L1: every fork active at genesis, funded test accounts, chain id
/// 1337.
pub fn dev() -> Arc<ScrollChainSpec> {
    Arc::clone(&DEV)
}

/// The chain of one of [`CHAIN_NAMES`].
pub(crate) fn by_name(name: &str) -> Option<Arc<ScrollChainSpec>> {
    match name {
        "scroll-mainnet" => Some(scroll_mainnet()),
        "scroll-sepolia" => Some(scroll_sepolia()),
        "dev" => Some(dev()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        constants::{FEE_VAULT, L1_GAS_PRICE_ORACLE},
        genesis::Genesis,
        hardfork::ScrollHardfork,
    };
    use alloy_eip2124::{ForkHash, ForkId, Head};
    use alloy_hardforks::ForkCondition;
    use alloy_primitives::{address, b256, keccak256};
    use rstest::rstest;
    use std::collections::BTreeSet;

    /// Block or timestamp, and the fork hash from there on.
    type ForkRows = [(u64, u32); ScrollHardfork::COUNT];

    const MAINNET_FORKS: ForkRows = [
        (0, 0xea6b_56ca),
        (5_220_340, 0xee46_ae2a),
        (7_096_836, 0x18d3_c8d9),
        (1_724_227_200, 0xcceb_09b0),
        (1_725_264_000, 0x21a2_0754),
        (1_744_815_600, 0xcac5_80ca),
        (1_745_305_200, 0x0ecf_b231),
        (1_755_576_000, 0x380f_785d),
        (1_765_868_400, 0x58df_9b21),
        (1_766_041_200, 0xca90_54d4),
    ];

    const SEPOLIA_FORKS: ForkRows = [
        (0, 0x25fa_e454),
        (3_747_132, 0xda76_c22d),
        (4_740_239, 0x9fb4_75f1),
        (1_723_622_400, 0xe926_d49b),
        (1_724_832_000, 0x69f3_7ede),
        (1_741_680_000, 0xf7ac_7efc),
        (1_741_852_800, 0x517e_0f1c),
        (1_753_167_600, 0x19bb_92c6),
        (1_764_054_000, 0xe8c2_2080),
        (1_764_831_600, 0x48ff_112e),
    ];

    /// First number and timestamp at which a fork of the rows is active, all else being as far as
    /// it was then: blocks are reached before timestamps, and timestamps start after genesis.
    fn first_head(spec: &ScrollChainSpec, rows: &ForkRows, fork: ScrollHardfork) -> (u64, u64) {
        let activation = rows[fork.index()].0;
        if fork.is_block_based() {
            (activation, spec.genesis().timestamp)
        } else {
            (rows[ScrollHardfork::Curie.index()].0, activation)
        }
    }

    #[rstest]
    #[case::mainnet(scroll_mainnet(), MAINNET_FORKS)]
    #[case::sepolia(scroll_sepolia(), SEPOLIA_FORKS)]
    fn activates_each_fork_exactly(#[case] spec: Arc<ScrollChainSpec>, #[case] rows: ForkRows) {
        for fork in ScrollHardfork::ALL {
            let (number, timestamp) = first_head(&spec, &rows, fork);
            assert!(spec.is_fork_active(fork, number, timestamp), "{fork}");
            assert_eq!(spec.active_fork(number, timestamp), fork);
            if fork == ScrollHardfork::Archimedes {
                continue;
            }
            let before = ScrollHardfork::ALL[fork.index() - 1];
            let (number, timestamp) = if fork.is_block_based() {
                (number - 1, u64::MAX)
            } else {
                (u64::MAX, timestamp - 1)
            };
            assert!(!spec.is_fork_active(fork, number, timestamp), "{fork}");
            let genesis_timestamp = spec.genesis().timestamp;
            let timestamp = if fork.is_block_based() { genesis_timestamp } else { timestamp };
            assert_eq!(spec.active_fork(number, timestamp), before);
        }
    }

    #[rstest]
    #[case::mainnet(scroll_mainnet(), MAINNET_FORKS)]
    #[case::sepolia(scroll_sepolia(), SEPOLIA_FORKS)]
    fn answers_for_each_fork_by_name(#[case] spec: Arc<ScrollChainSpec>, #[case] rows: ForkRows) {
        type Check = fn(&ScrollChainSpec, u64) -> bool;
        let checks: [Check; 9] = [
            ScrollChainSpec::is_bernoulli_active_at_block,
            ScrollChainSpec::is_curie_active_at_block,
            ScrollChainSpec::is_darwin_active_at_timestamp,
            ScrollChainSpec::is_darwin_v2_active_at_timestamp,
            ScrollChainSpec::is_euclid_active_at_timestamp,
            ScrollChainSpec::is_euclid_v2_active_at_timestamp,
            ScrollChainSpec::is_feynman_active_at_timestamp,
            ScrollChainSpec::is_galileo_active_at_timestamp,
            ScrollChainSpec::is_galileo_v2_active_at_timestamp,
        ];
        for (check, (activation, _)) in checks.into_iter().zip(&rows[1..]) {
            assert!(check(&spec, *activation), "{activation}");
            assert!(!check(&spec, activation - 1), "{activation}");
        }
        let curie = rows[ScrollHardfork::Curie.index()].0;
        for number in [curie - 1, curie, curie + 1] {
            assert_eq!(spec.is_curie_activation_block(number), number == curie);
        }
    }

    #[rstest]
    #[case::mainnet(scroll_mainnet(), MAINNET_FORKS)]
    #[case::sepolia(scroll_sepolia(), SEPOLIA_FORKS)]
    fn has_the_fork_ids_of_the_network(#[case] spec: Arc<ScrollChainSpec>, #[case] rows: ForkRows) {
        for fork in ScrollHardfork::ALL {
            let (number, timestamp) = first_head(&spec, &rows, fork);
            let expected = ForkId {
                hash: ForkHash(rows[fork.index()].1.to_be_bytes()),
                next: rows.get(fork.index() + 1).map_or(0, |(activation, _)| *activation),
            };
            assert_eq!(spec.fork_id(number, timestamp), expected, "{fork}");
            let filter = spec.fork_filter(Head { number, timestamp, ..Default::default() });
            assert_eq!(filter.current(), expected, "{fork}");
        }
    }

    #[rstest]
    #[case::mainnet(scroll_mainnet(), SCROLL_MAINNET_CHAIN_ID, mainnet::PINNED)]
    #[case::sepolia(scroll_sepolia(), SCROLL_SEPOLIA_CHAIN_ID, sepolia::PINNED)]
    fn keeps_the_zktrie_root_in_the_genesis_of_a_public_network(
        #[case] spec: Arc<ScrollChainSpec>,
        #[case] chain_id: u64,
        #[case] pinned: PinnedGenesis,
    ) {
        assert_eq!(spec.chain_id(), chain_id);
        assert_eq!(spec.genesis_state_root_mpt(), pinned.state_root_mpt);
        assert_eq!(spec.genesis().state_root_mpt(), pinned.state_root_mpt);
        assert_eq!(spec.genesis_hash(), pinned.hash);
        let header = spec.genesis_header().header();
        assert_eq!(header.state_root, pinned.state_root_zktrie);
        assert_eq!(keccak256(alloy_rlp::encode(header)), pinned.hash);
        assert_eq!(header.base_fee_per_gas, None);
    }

    #[test]
    fn pins_only_the_exact_genesis() {
        let spec = scroll_mainnet();
        let shadow = |genesis| {
            let (schedule, config) = (spec.schedule().clone(), spec.config().clone());
            ScrollChainSpec::new(spec.chain_id(), genesis, schedule, config)
        };
        assert_eq!(shadow(spec.genesis().clone()), *spec);
        let other = shadow(Genesis { timestamp: 1, ..spec.genesis().clone() });
        assert_eq!(other.genesis_header().state_root, spec.genesis_state_root_mpt());
        assert_ne!(other.genesis_hash(), spec.genesis_hash());
    }

    #[test]
    fn starts_dev_with_every_fork_and_a_base_fee() {
        let spec = dev();
        let root = b256!("0x94bb620fdc2c525d9c5cfc0ea5d0d99838623db80b14be07c62c88040e35f45a");
        assert_eq!(spec.genesis_state_root_mpt(), root);
        assert_eq!(spec.genesis_header().state_root, root);
        assert_eq!(spec.genesis_header().base_fee_per_gas, Some(0));
        let hash = b256!("0x14844a4fc967096c628e90df3bb0c3e98941bdd31d1982c2f3e70ed17250d98b");
        assert_eq!(spec.genesis_hash(), hash);
        assert_eq!(spec.active_fork(0, 0), ScrollHardfork::GalileoV2);
        assert_eq!(spec.fork_id(0, 0), ForkId { hash: ForkHash::from(hash), next: 0 });
        assert_eq!(spec.genesis().alloc.len(), 21);
        assert_eq!(spec.genesis().alloc[&L1_GAS_PRICE_ORACLE].code, None);
    }

    #[test]
    fn the_l1_contracts_of_dev_are_where_its_first_account_deploys_them() {
        let spec = dev();
        let deployer = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        let l1 = &spec.config().l1;
        let contracts = [
            l1.system_config_address,
            l1.message_queue_v1_address,
            l1.message_queue_v2_address,
            l1.scroll_chain_address,
        ];
        assert_eq!(contracts, [2, 3, 4, 5].map(|nonce| deployer.create(nonce)));
    }

    #[test]
    fn forces_a_fork_on_a_chain_without_state() {
        for fork in ScrollHardfork::ALL {
            let spec = ScrollChainSpec::with_forced_fork(99, fork);
            assert_eq!(spec.chain_id(), 99);
            assert_eq!(spec.active_fork(1, 1), fork);
            assert_eq!(spec.config().fee_vault_address, Some(FEE_VAULT));
            assert!(spec.genesis().alloc.is_empty());
            let curie = spec.schedule().condition(ScrollHardfork::Curie);
            assert_eq!(curie == ForkCondition::Block(0), fork >= ScrollHardfork::Curie);
        }
    }

    #[test]
    fn adds_a_base_fee_to_genesis_only_with_curie() {
        for (schedule, given, expected) in [
            (crate::ForkSchedule::NEVER, Some(5), None),
            (crate::ForkSchedule::forced(ScrollHardfork::Bernoulli), Some(5), None),
            (crate::ForkSchedule::forced(ScrollHardfork::Curie), Some(5), Some(5)),
            (crate::ForkSchedule::forced(ScrollHardfork::Curie), None, Some(0)),
        ] {
            let genesis = Genesis { base_fee_per_gas: given, ..Default::default() };
            let spec = ScrollChainSpec::new(1, genesis, schedule, Default::default());
            let header = spec.genesis_header();
            assert_eq!(header.base_fee_per_gas, expected);
            assert_eq!(header.withdrawals_root, None);
        }
    }

    #[test]
    fn finds_every_chain_by_name() {
        let ids: BTreeSet<_> = CHAIN_NAMES
            .into_iter()
            .map(|name| ScrollChainSpec::parse(name).unwrap().chain_id())
            .collect();
        assert_eq!(ids, [DEV_CHAIN_ID, SCROLL_SEPOLIA_CHAIN_ID, SCROLL_MAINNET_CHAIN_ID].into());
        for name in ["", "mainnet", "Dev", "./genesis.json"] {
            assert_eq!(
                ScrollChainSpec::parse(name).unwrap_err().to_string(),
                format!(
                    "unknown chain \"{name}\", expected one of scroll-mainnet, scroll-sepolia, dev"
                )
            );
        }
    }
}
