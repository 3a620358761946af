//! Scroll mainnet (execution specification, sections 1.1 to 1.3).

use super::{PinnedGenesis, alloc::PublicAlloc};
use crate::{
    config::{CliqueConfig, L1Config, ScrollConfig},
    constants::L2_SYSTEM_CONFIG_MAINNET,
    genesis::Genesis,
    hardfork::ScrollHardfork,
    schedule::ForkSchedule,
    spec::ScrollChainSpec,
};
use alloy_hardforks::ForkCondition::{Block, Timestamp};
use alloy_primitives::{U256, address, b256, bytes, uint};

/// Chain id of Scroll mainnet.
pub const CHAIN_ID: u64 = 534_352;

pub(super) const PINNED: PinnedGenesis = PinnedGenesis {
    hash: b256!("0xbbc05efd412b7cd47a2ed0e5ddfcf87af251e414ea4c801d78b6784513180a80"),
    state_root_zktrie: b256!("0x08d535cc60f40af5dd3b31e0998d7567c2d568b224bed2ba26070aeb078d1339"),
    state_root_mpt: b256!("0xde286c9c07d977d2cb22984f296743344ffcdb67fc02c131cd43aa94c64df554"),
};

const SCHEDULE: ForkSchedule = ForkSchedule::NEVER
    .with(ScrollHardfork::Archimedes, Block(0))
    .with(ScrollHardfork::Bernoulli, Block(5_220_340))
    .with(ScrollHardfork::Curie, Block(7_096_836))
    .with(ScrollHardfork::Darwin, Timestamp(1_724_227_200))
    .with(ScrollHardfork::DarwinV2, Timestamp(1_725_264_000))
    .with(ScrollHardfork::Euclid, Timestamp(1_744_815_600))
    .with(ScrollHardfork::EuclidV2, Timestamp(1_745_305_200))
    .with(ScrollHardfork::Feynman, Timestamp(1_755_576_000))
    .with(ScrollHardfork::Galileo, Timestamp(1_765_868_400))
    .with(ScrollHardfork::GalileoV2, Timestamp(1_766_041_200));

const ALLOC: PublicAlloc = PublicAlloc {
    owner: address!("0xF9062b8a30e0d7722960e305049fa50b86ba6253"),
    owner_balance: uint!(2_000_000_000_000_000_000_U256),
    messenger: address!("0x781e90f1c8Fc4611c9b7497C3B47F99Ef6969CbC"),
    messenger_balance: uint!(0x7fffffffffffffffffffffffffffffffffffffffffffffe43e9298b1380000_U256),
    fee_recipient: address!("0x8FA3b4570B4C96f8036C13b64971BA65867eEB48"),
    weth_code: include_bytes!("../../res/code/weth_mainnet.bin"),
    fee_vault_code: include_bytes!("../../res/code/fee_vault_mainnet.bin"),
};

pub(super) fn spec() -> ScrollChainSpec {
    ScrollChainSpec::new(CHAIN_ID, genesis(), SCHEDULE, config())
}

fn genesis() -> Genesis {
    Genesis {
        timestamp: 1_696_917_600,
        gas_limit: 10_000_000,
        difficulty: U256::ONE,
        // "La estonteco estas malfermita.", the signer, an empty signature.
        extra_data: bytes!(
            "4c61206573746f6e7465636f206573746173206d616c6665726d6974612e0000"
            "d2acf5d16a983db0d909d9d761b8337fabd6cbd1"
            "000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000"
        ),
        alloc: ALLOC.accounts(),
        ..Default::default()
    }
}

fn config() -> ScrollConfig {
    ScrollConfig {
        l2_system_config_address: L2_SYSTEM_CONFIG_MAINNET,
        l1: L1Config {
            l1_chain_id: 1,
            scroll_chain_address: address!("0xa13BAF47339d63B743e7Da8741db5456DAc1E556"),
            message_queue_v1_address: address!("0x0d7E906BD9cAFa154b048cFa766Cc1E54E39AF9B"),
            message_queue_v2_address: address!("0x56971da63A3C0205184FEF096E9ddFc7A8C2D18a"),
            system_config_address: address!("0x8432728A257646449245558B8b7Dbe51A16c7a4D"),
            first_v2_queue_index: Some(953_885),
            l1_start_block: 18_306_000,
            ..Default::default()
        },
        clique: Some(CliqueConfig::SCROLL),
        default_authorized_signer: Some(address!("0xD83C4892BB5aA241B63d8C4C134920111E142A20")),
        total_difficulty_offset: 14_906_960,
        ..Default::default()
    }
}
