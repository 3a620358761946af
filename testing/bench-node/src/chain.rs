//! The chain that both programs start from.

use alloy_primitives::{Address, B256, U256, address, hex, keccak256};
use alloy_signer_local::PrivateKeySigner;
use eyre::Result;
use serde_json::{Map, Value, json};

/// Chain id of the genesis.
pub(crate) const CHAIN_ID: u64 = 1337;
/// Gas limit of blocks: more than anybody fills.
pub(crate) const GAS_LIMIT: u64 = 10_000_000_000;
/// The token of [`TOKEN_CODE`].
pub(crate) const TOKEN: Address = address!("00000000000000000000000000000000000e2020");
/// The contract of [`WRITER_CODE`].
pub(crate) const WRITER: Address = address!("00000000000000000000000000000000000e5707");

/// Accounts that send.
const SENDERS: u64 = 1_000;
/// Accounts that receive and do not send.
const RECIPIENTS: u64 = 20_000;
/// More than anybody spends, in wei and in units of the token.
const BALANCE: U256 = U256::from_limbs([0, 1 << 30, 0, 0]);
/// Bytes of transactions that a block may hold: more than anybody fills.
const MAX_BLOCK_BYTES: u64 = 1 << 30;

/// `transfer(address,uint256)` of an ERC-20 token whose balances are a mapping in slot 0, with check,
/// event and return value, as a compiler would do it.
const TOKEN_CODE: &[u8] = &hex!(
    // The selector, or else fail.
    "5f3560e01c63a9059cbb146011575f5ffd5b"
    // Slot and balance of the caller, and the amount; fail if it is not there.
    "335f525f60205260405f208054602435808210607057"
    // Take it.
    "8091039091556004355f5260405f20"
    // Give it.
    "805482019055"
    // Transfer(address,address,uint256)
    "5f52600435337fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef60205fa3"
    // true
    "60015f5260205ff3"
    "5b5f5ffd"
);
/// Writes the caller to four slots, from that on which the first word of the input names.
const WRITER_CODE: &[u8] =
    &hex!("5f35" "338155600101" "338155600101" "338155600101" "338155600101" "00");

/// Contract whose slots give the prices of the L1 data fee, and those of the development chain.
const ORACLE: Address = address!("5300000000000000000000000000000000000002");
const ORACLE_SLOTS: [(u8, u64); 6] = [
    (1, 0x3758_e6b0),
    (2, 0x38),
    (3, 0x3e95_ba80),
    (5, 0x8390_c2c1),
    (6, 0x69_cf26_5bfe),
    (7, 0x168b_9aa3),
];

/// The accounts, and the genesis that funds them.
pub(crate) struct Chain {
    /// Who sends.
    pub(crate) senders: Vec<PrivateKeySigner>,
    /// Who receives.
    pub(crate) recipients: Vec<Address>,
    /// The genesis file.
    pub(crate) genesis: String,
}

impl Chain {
    pub(crate) fn new() -> Result<Self> {
        let senders = (0..SENDERS)
            .map(|at| Ok(PrivateKeySigner::from_bytes(&keccak256(at.to_be_bytes()))?))
            .collect::<Result<Vec<_>>>()?;
        let recipients: Vec<_> =
            (0..RECIPIENTS).map(|at| Address::from_word(keccak256((!at).to_be_bytes()))).collect();
        let holders: Vec<_> = senders
            .iter()
            .map(PrivateKeySigner::address)
            .chain(recipients.iter().copied())
            .collect();
        let genesis = serde_json::to_string(&genesis(&holders))?;
        Ok(Self { senders, recipients, genesis })
    }
}

/// The development chain with these accounts and the two contracts.
fn genesis(holders: &[Address]) -> Value {
    let balance = format!("{BALANCE:#x}");
    let mut alloc: Map<String, Value> =
        holders.iter().map(|holder| (holder.to_string(), json!({ "balance": balance }))).collect();
    let oracle: Map<String, Value> = ORACLE_SLOTS
        .iter()
        .map(|(slot, value)| (B256::with_last_byte(*slot).to_string(), word(U256::from(*value))))
        .collect();
    let token: Map<String, Value> =
        holders.iter().map(|holder| (balance_slot(*holder).to_string(), word(BALANCE))).collect();
    alloc.insert(ORACLE.to_string(), json!({ "balance": "0x1", "storage": oracle }));
    let contract = |code: &[u8], storage| json!({ "balance": "0x0", "nonce": "0x1", "code": hex::encode_prefixed(code), "storage": storage });
    alloc.insert(TOKEN.to_string(), contract(TOKEN_CODE, token));
    alloc.insert(WRITER.to_string(), contract(WRITER_CODE, Map::new()));
    json!({
        "config": config(),
        "nonce": "0x0",
        "timestamp": "0x6490fdd2",
        "extraData": "0x",
        "gasLimit": format!("{GAS_LIMIT:#x}"),
        "difficulty": "0x0",
        "mixHash": B256::ZERO,
        "coinbase": Address::ZERO,
        "baseFeePerGas": "0x3b9aca00",
        "alloc": alloc,
    })
}

/// All forks from the start.
fn config() -> Value {
    let mut config = json!({
        "chainId": CHAIN_ID,
        "scroll": {
            "feeVaultAddress": "0x5300000000000000000000000000000000000005",
            "maxTxPayloadBytesPerBlock": MAX_BLOCK_BYTES,
        },
    });
    for fork in [
        "homesteadBlock",
        "eip150Block",
        "eip155Block",
        "eip158Block",
        "byzantiumBlock",
        "constantinopleBlock",
        "petersburgBlock",
        "istanbulBlock",
        "berlinBlock",
        "londonBlock",
        "archimedesBlock",
        "shanghaiTime",
        "bernoulliBlock",
        "curieBlock",
        "darwinTime",
        "darwinV2Time",
        "euclidTime",
        "euclidV2Time",
        "feynmanTime",
        "galileoTime",
        "galileoV2Time",
    ] {
        config[fork] = json!(0);
    }
    config
}

fn word(value: U256) -> Value {
    json!(B256::from(value))
}

/// The slot of a balance of the token.
fn balance_slot(holder: Address) -> B256 {
    keccak256([holder.into_word(), B256::ZERO].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;

    #[test]
    fn the_slot_of_a_balance_is_that_of_a_mapping_in_slot_zero() {
        let holder = address!("f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
        let slot = b256!("723077b8a1b173adc35e5f0e7e3662fd1208212cb629f9c128551ea7168da722");
        assert_eq!(balance_slot(holder), slot);
    }

    #[test]
    fn the_genesis_funds_everybody_with_both_coins() {
        let chain = Chain::new().unwrap();
        let genesis: Value = serde_json::from_str(&chain.genesis).unwrap();
        let alloc = &genesis["alloc"];
        let token = alloc[TOKEN.to_string()]["storage"].as_object().unwrap();
        let holders = chain.senders.len() + chain.recipients.len();
        assert_eq!(token.len(), holders);
        assert_eq!(alloc.as_object().unwrap().len(), holders + 3);
    }
}
