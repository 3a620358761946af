//! The development chain (execution specification, section 1.6).

use super::alloc::{funded, storage, word};
use crate::{
    config::{L1Config, ScrollConfig},
    constants::{L1_GAS_PRICE_ORACLE, WHITELIST},
    genesis::Genesis,
    hardfork::ScrollHardfork,
    schedule::ForkSchedule,
    spec::ScrollChainSpec,
};
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, U256, address, uint};

/// Chain id of the development chain.
pub const CHAIN_ID: u64 = 1337;

/// Balance (wei) of every account: a million ether.
const BALANCE: U256 = uint!(1_000_000_000_000_000_000_000_000_U256);

/// Accounts `m/44'/60'/0'/0/0` to `m/44'/60'/0'/0/19` of the mnemonic that is "test" eleven times
/// and "junk".
const TEST_ACCOUNTS: [Address; 20] = [
    address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("0x976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("0x14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"),
    address!("0xBcd4042DE499D14e55001CcbB24a551F3b954096"),
    address!("0x71bE63f3384f5fb98995898A86B02Fb2426c5788"),
    address!("0xFABB0ac9d68B0B445fB7357272Ff202C5651694a"),
    address!("0x1CBd3b2770909D4e10f157cABC84C7264073C9Ec"),
    address!("0xdF3e18d64BC6A983f673Ab319CCaE4f1a57C7097"),
    address!("0xcd3B766CCDd6AE721141F452C550Ca635964ce71"),
    address!("0x2546BcD3c84621e976D8185a91A922aE77ECEc30"),
    address!("0xbDA5747bFD65F08deb54cb465eB87D40e51B197E"),
    address!("0xdD2FD4581271e230360230F9337D5c0430Bf44C0"),
    address!("0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199"),
];

pub(super) fn spec() -> ScrollChainSpec {
    let schedule = ForkSchedule::forced(ScrollHardfork::GalileoV2);
    ScrollChainSpec::new(CHAIN_ID, genesis(), schedule, config())
}

fn genesis() -> Genesis {
    let test_accounts = TEST_ACCOUNTS.map(|address| (address, funded(BALANCE)));
    Genesis {
        timestamp: 0x6490_fdd2,
        gas_limit: 20_000_000,
        base_fee_per_gas: Some(0),
        alloc: test_accounts
            .into_iter()
            .chain([(L1_GAS_PRICE_ORACLE, gas_price_oracle())])
            .collect(),
        ..Default::default()
    }
}

/// The oracle has fee inputs but no code: the fork transitions of block 1 install it.
fn gas_price_oracle() -> GenesisAccount {
    let slots = [
        (uint!(1_U256), uint!(0x3758e6b0_U256)),
        (uint!(2_U256), uint!(0x38_U256)),
        (uint!(3_U256), uint!(0x3e95ba80_U256)),
        (uint!(4_U256), word(WHITELIST)),
        (uint!(5_U256), uint!(0x8390c2c1_U256)),
        (uint!(6_U256), uint!(0x69cf265bfe_U256)),
        (uint!(7_U256), uint!(0x168b9aa3_U256)),
    ];
    funded(BALANCE).with_storage(Some(storage(&slots)))
}

/// The contracts are where a deployment from the first account of an empty L1 puts them.
fn config() -> ScrollConfig {
    ScrollConfig {
        l1: L1Config {
            l1_chain_id: 5,
            scroll_chain_address: address!("0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"),
            message_queue_v1_address: address!("0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"),
            message_queue_v2_address: address!("0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"),
            system_config_address: address!("0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"),
            first_v2_queue_index: Some(0),
            ..Default::default()
        },
        ..Default::default()
    }
}
