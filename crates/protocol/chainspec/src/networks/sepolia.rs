//! Scroll Sepolia (execution specification, sections 1.1 to 1.3).

use super::{PinnedGenesis, alloc::PublicAlloc};
use crate::{
    config::{CliqueConfig, L1Config, ScrollConfig},
    constants::L2_SYSTEM_CONFIG_SEPOLIA,
    genesis::Genesis,
    hardfork::ScrollHardfork,
    schedule::ForkSchedule,
    spec::ScrollChainSpec,
};
use alloy_hardforks::ForkCondition::{Block, Timestamp};
use alloy_primitives::{U256, address, b256, bytes, uint};

/// Chain id of Scroll Sepolia.
pub const CHAIN_ID: u64 = 534_351;

pub(super) const PINNED: PinnedGenesis = PinnedGenesis {
    hash: b256!("0xaa62d1a8b2bffa9e5d2368b63aae0d98d54928bd713125e3fd9e5c896c68592c"),
    state_root_zktrie: b256!("0x20695989e9038823e35f0e88fbc44659ffdbfa1fe89fbeb2689b43f15fa64cb5"),
    state_root_mpt: b256!("0x85483b472334a02e4431de92d0ec6513717bd411d2c824a3cb11fccbbc777737"),
};

const SCHEDULE: ForkSchedule = ForkSchedule::NEVER
    .with(ScrollHardfork::Archimedes, Block(0))
    .with(ScrollHardfork::Bernoulli, Block(3_747_132))
    .with(ScrollHardfork::Curie, Block(4_740_239))
    .with(ScrollHardfork::Darwin, Timestamp(1_723_622_400))
    .with(ScrollHardfork::DarwinV2, Timestamp(1_724_832_000))
    .with(ScrollHardfork::Euclid, Timestamp(1_741_680_000))
    .with(ScrollHardfork::EuclidV2, Timestamp(1_741_852_800))
    .with(ScrollHardfork::Feynman, Timestamp(1_753_167_600))
    .with(ScrollHardfork::Galileo, Timestamp(1_764_054_000))
    .with(ScrollHardfork::GalileoV2, Timestamp(1_764_831_600));

const ALLOC: PublicAlloc = PublicAlloc {
    owner: address!("0x18960EEc21b1878C581937a14c5c3C43008F6b6B"),
    owner_balance: uint!(10_000_000_000_000_000_000_U256),
    messenger: address!("0xBa50f5340FB9F3Bd074bD638c9BE13eCB36E603d"),
    messenger_balance: uint!(0x7fffffffffffffffffffffffffffffffffffffffffffff7538dcfb76180000_U256),
    fee_recipient: address!("0x2351C7aD0c8cFEB25c81301EAc922ab1f1980bbe"),
    weth_code: include_bytes!("../../res/code/weth_sepolia.bin"),
    fee_vault_code: include_bytes!("../../res/code/fee_vault_sepolia.bin"),
};

pub(super) fn spec() -> ScrollChainSpec {
    ScrollChainSpec::new(CHAIN_ID, genesis(), SCHEDULE, config())
}

fn genesis() -> Genesis {
    Genesis {
        timestamp: 1_691_340_821,
        gas_limit: 8_000_000,
        difficulty: U256::ONE,
        // An empty vanity, the signer, an empty signature.
        extra_data: bytes!(
            "0000000000000000000000000000000000000000000000000000000000000000"
            "48c3f81f3d998b6652900e1c3183736c238fe429"
            "000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000"
        ),
        alloc: ALLOC.accounts(),
        ..Default::default()
    }
}

fn config() -> ScrollConfig {
    ScrollConfig {
        l2_system_config_address: L2_SYSTEM_CONFIG_SEPOLIA,
        l1: L1Config {
            l1_chain_id: 11_155_111,
            scroll_chain_address: address!("0x2D567EcE699Eabe5afCd141eDB7A4f2D0D6ce8a0"),
            message_queue_v1_address: address!("0xF0B2293F5D834eAe920c6974D50957A1732de763"),
            message_queue_v2_address: address!("0xA0673eC0A48aa924f067F1274EcD281A10c5f19F"),
            system_config_address: address!("0xC706Ba9fa4fedF4507CB7A898b4766c1bbf9be57"),
            first_v2_queue_index: Some(1_062_110),
            l1_start_block: 4_038_000,
            ..Default::default()
        },
        clique: Some(CliqueConfig::SCROLL),
        default_authorized_signer: Some(address!("0x687E0E85AD67ff71aC134CF61b65905b58Ab43b2")),
        total_difficulty_offset: 8_484_488,
        ..Default::default()
    }
}
