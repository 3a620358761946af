//! Genesis files of custom chains.

mod field;
mod value;

use crate::{
    config::{CliqueConfig, L1Config, ScrollConfig},
    error::ChainSpecError,
    genesis::Genesis,
    hardfork::ScrollHardfork,
    schedule::ForkSchedule,
};
use alloy_genesis::GenesisAccount;
use alloy_hardforks::ForkCondition;
use alloy_primitives::{Address, B256, Bytes};
use field::{Field, parse_address, parse_word};
use std::{collections::BTreeMap, num::NonZeroU64};
use value::Json;

/// What a genesis file says.
#[derive(Debug)]
pub(crate) struct GenesisFile {
    pub(crate) chain_id: u64,
    pub(crate) genesis: Genesis,
    pub(crate) schedule: ForkSchedule,
    pub(crate) config: ScrollConfig,
}

/// Reads a genesis file in the geth form.
pub(crate) fn read_genesis_file(json: &[u8]) -> Result<GenesisFile, ChainSpecError> {
    let json: Json = serde_json::from_slice(json)?;
    let file = Field::root(&json);
    let config = file.require("config")?;
    let genesis = read_genesis(&file)?;
    check_shanghai(&config, genesis.timestamp)?;
    Ok(GenesisFile {
        chain_id: config.require("chainId")?.integer_u64()?,
        genesis,
        schedule: read_schedule(&config)?,
        config: read_config(&config)?,
    })
}

fn read_genesis(file: &Field<'_>) -> Result<Genesis, ChainSpecError> {
    if let Some(number) = file.get("number")?
        && !number.integer()?.is_zero()
    {
        return Err(number.invalid("0"));
    }
    Ok(Genesis {
        timestamp: file.read_or("timestamp", 0, Field::integer_u64)?,
        gas_limit: file.require("gasLimit")?.integer_u64()?,
        gas_used: file.read_or("gasUsed", 0, Field::integer_u64)?,
        difficulty: file.read_or("difficulty", Default::default(), Field::integer)?,
        extra_data: file.read_or("extraData", Bytes::new(), Field::bytes)?,
        nonce: file.read_or("nonce", 0, Field::integer_u64)?,
        mix_hash: file.read_or("mixHash", B256::ZERO, Field::hash)?,
        coinbase: file.read_or("coinbase", Address::ZERO, Field::address)?,
        parent_hash: file.read_or("parentHash", B256::ZERO, Field::hash)?,
        base_fee_per_gas: file.read_or("baseFeePerGas", None, |f| f.integer_u64().map(Some))?,
        alloc: file.read_or("alloc", BTreeMap::new(), read_alloc)?,
    })
}

/// An address that occurs twice, in whatever spelling, has the last of its accounts.
fn read_alloc(alloc: &Field<'_>) -> Result<BTreeMap<Address, GenesisAccount>, ChainSpecError> {
    alloc
        .members()?
        .map(|(name, account)| {
            let address = parse_address(name)
                .ok_or_else(|| account.invalid("keyed by an address of 40 hex digits"))?;
            Ok((address, read_account(&account)?))
        })
        .collect()
}

fn read_account(account: &Field<'_>) -> Result<GenesisAccount, ChainSpecError> {
    let nonce = account.read_or("nonce", 0, Field::integer_u64)?;
    let code = account.read_or("code", Bytes::new(), Field::bytes)?;
    let storage = account.read_or("storage", BTreeMap::new(), read_storage)?;
    Ok(GenesisAccount::default()
        .with_nonce((nonce != 0).then_some(nonce))
        .with_balance(account.require("balance")?.integer()?)
        .with_code((!code.is_empty()).then_some(code))
        .with_storage((!storage.is_empty()).then_some(storage)))
}

fn read_storage(storage: &Field<'_>) -> Result<BTreeMap<B256, B256>, ChainSpecError> {
    let mut slots = storage
        .members()?
        .map(|(name, value)| {
            let slot =
                parse_word(name).ok_or_else(|| value.invalid("keyed by 1 to 64 hex digits"))?;
            Ok((slot, value.word()?))
        })
        .collect::<Result<BTreeMap<_, _>, ChainSpecError>>()?;
    // Only now: a zero may replace an earlier value of the same slot.
    slots.retain(|_, value| !value.is_zero());
    Ok(slots)
}

/// The EVM starts from Shanghai, so a chain that gets there later would be executed wrongly.
fn check_shanghai(config: &Field<'_>, genesis_timestamp: u64) -> Result<(), ChainSpecError> {
    for (name, latest) in [("shanghaiBlock", 0), ("shanghaiTime", genesis_timestamp)] {
        if let Some(activation) = config.get(name)?
            && activation.integer_u64()? > latest
        {
            return Err(activation.invalid("active at genesis"));
        }
    }
    Ok(())
}

fn read_schedule(config: &Field<'_>) -> Result<ForkSchedule, ChainSpecError> {
    ScrollHardfork::ALL.into_iter().try_fold(ForkSchedule::NEVER, |schedule, fork| {
        let condition = |field: &Field<'_>| {
            let activation = field.integer_u64()?;
            Ok(if fork.is_block_based() {
                ForkCondition::Block(activation)
            } else {
                ForkCondition::Timestamp(activation)
            })
        };
        let condition = config.read_or(fork_key(fork), ForkCondition::Never, condition)?;
        Ok(schedule.with(fork, condition))
    })
}

/// The key of a fork's activation in `config`.
const fn fork_key(fork: ScrollHardfork) -> &'static str {
    match fork {
        ScrollHardfork::Archimedes => "archimedesBlock",
        ScrollHardfork::Bernoulli => "bernoulliBlock",
        ScrollHardfork::Curie => "curieBlock",
        ScrollHardfork::Darwin => "darwinTime",
        ScrollHardfork::DarwinV2 => "darwinV2Time",
        ScrollHardfork::Euclid => "euclidTime",
        ScrollHardfork::EuclidV2 => "euclidV2Time",
        ScrollHardfork::Feynman => "feynmanTime",
        ScrollHardfork::Galileo => "galileoTime",
        ScrollHardfork::GalileoV2 => "galileoV2Time",
    }
}

fn read_config(config: &Field<'_>) -> Result<ScrollConfig, ChainSpecError> {
    let clique = config.read_or("clique", None, |field| read_clique(field).map(Some))?;
    let defaults = ScrollConfig { clique, fee_vault_address: None, ..Default::default() };
    let Some(scroll) = config.get("scroll")? else {
        return Ok(defaults);
    };
    let l1_config = scroll.get("l1Config")?;
    Ok(ScrollConfig {
        fee_vault_address: scroll
            .read_or("feeVaultAddress", None, |field| field.address().map(Some))?,
        max_tx_payload_bytes_per_block: scroll.read_or(
            "maxTxPayloadBytesPerBlock",
            defaults.max_tx_payload_bytes_per_block,
            Field::integer_u64,
        )?,
        l1_data_fee_buffer_check: scroll.read_or(
            "l1DataFeeBufferCheck",
            defaults.l1_data_fee_buffer_check,
            Field::boolean,
        )?,
        // Sits among the L1 parameters in the file, though it is a contract on L2.
        l2_system_config_address: match &l1_config {
            Some(field) => field.read_or("l2SystemConfigAddress", Address::ZERO, Field::address)?,
            None => defaults.l2_system_config_address,
        },
        l1: l1_config.as_ref().map_or_else(|| Ok(L1Config::default()), read_l1_config)?,
        ..defaults
    })
}

fn read_l1_config(l1: &Field<'_>) -> Result<L1Config, ChainSpecError> {
    let defaults = L1Config::default();
    let address = |name| l1.read_or(name, Address::ZERO, Field::address);
    Ok(L1Config {
        l1_chain_id: l1.read_or("l1ChainId", defaults.l1_chain_id, Field::integer_u64)?,
        scroll_chain_address: address("scrollChainAddress")?,
        message_queue_v1_address: address("l1MessageQueueAddress")?,
        message_queue_v2_address: address("l1MessageQueueV2Address")?,
        system_config_address: address("systemContractAddress")?,
        l1_start_block: l1.read_or("startL1Block", defaults.l1_start_block, Field::integer_u64)?,
        max_l1_messages_per_block: l1.read_or(
            "numL1MessagesPerBlock",
            defaults.max_l1_messages_per_block,
            Field::integer_u64,
        )?,
        ..defaults
    })
}

fn read_clique(clique: &Field<'_>) -> Result<CliqueConfig, ChainSpecError> {
    let epoch = clique.require("epoch")?;
    Ok(CliqueConfig {
        period: clique.require("period")?.integer_u64()?,
        epoch: NonZeroU64::new(epoch.integer_u64()?).ok_or_else(|| epoch.invalid("at least 1"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::FEE_VAULT;
    use alloy_primitives::{U256, address, bytes};
    use rstest::rstest;

    const CUSTOM: &str = include_str!("../../testdata/custom_genesis.json");

    fn read(json: &str) -> GenesisFile {
        read_genesis_file(json.as_bytes()).unwrap()
    }

    #[test]
    fn reads_header_fields_in_every_number_form() {
        let expected = Genesis {
            timestamp: 0x688b_0000,
            gas_limit: 30_000_000,
            gas_used: 0,
            difficulty: U256::from(2),
            extra_data: bytes!("00ff"),
            nonce: 0x42,
            mix_hash: B256::with_last_byte(1),
            coinbase: Address::with_last_byte(0xaa),
            parent_hash: B256::ZERO,
            base_fee_per_gas: Some(1),
            alloc: BTreeMap::new(),
        };
        assert_eq!(Genesis { alloc: BTreeMap::new(), ..read(CUSTOM).genesis }, expected);
    }

    #[test]
    fn takes_the_last_spelling_of_an_account_and_of_a_slot() {
        let expected = BTreeMap::from([
            (
                Address::with_last_byte(0xcc),
                GenesisAccount::default()
                    .with_balance("1000000000000000000000000".parse().unwrap()),
            ),
            (
                Address::with_last_byte(0xdd),
                GenesisAccount::default()
                    .with_balance(U256::from(7))
                    .with_nonce(Some(2))
                    .with_code(Some(bytes!("6000")))
                    .with_storage(Some(BTreeMap::from([(
                        B256::with_last_byte(1),
                        B256::with_last_byte(0xab),
                    )]))),
            ),
            (Address::with_last_byte(0xee), GenesisAccount::default()),
        ]);
        assert_eq!(read(CUSTOM).genesis.alloc, expected);
    }

    #[test]
    fn takes_the_last_of_equal_keys() {
        let json = r#"{"config":{"chainId":1,"chainId":2,"curieBlock":5,"curieBlock":null},
            "gasLimit":1,"alloc":{"0x00000000000000000000000000000000000000cc":{"balance":1}},
            "alloc":{},"gasLimit":9}"#;
        let file = read(json);
        assert_eq!((file.chain_id, file.genesis.gas_limit), (2, 9));
        assert_eq!(file.schedule.condition(ScrollHardfork::Curie), ForkCondition::Never);
        assert!(file.genesis.alloc.is_empty());
    }

    #[test]
    fn schedules_named_forks_and_no_others() {
        use ForkCondition::{Block, Never, Timestamp};
        let expected = ForkSchedule::NEVER
            .with(ScrollHardfork::Archimedes, Block(0))
            .with(ScrollHardfork::Bernoulli, Block(0))
            .with(ScrollHardfork::Curie, Block(0))
            .with(ScrollHardfork::Darwin, Timestamp(1_754_000_000))
            .with(ScrollHardfork::DarwinV2, Timestamp(1_754_000_001))
            .with(ScrollHardfork::Euclid, Timestamp(1_754_000_002))
            .with(ScrollHardfork::EuclidV2, Never)
            .with(ScrollHardfork::Feynman, Timestamp(1_754_000_004));
        assert_eq!(read(CUSTOM).schedule, expected);
    }

    #[test]
    fn reads_every_fork_key() {
        let keys = [
            "archimedesBlock",
            "bernoulliBlock",
            "curieBlock",
            "darwinTime",
            "darwinV2Time",
            "euclidTime",
            "euclidV2Time",
            "feynmanTime",
            "galileoTime",
            "galileoV2Time",
        ];
        for (fork, key) in ScrollHardfork::ALL.into_iter().zip(keys) {
            let file = read(&format!(r#"{{"config":{{"chainId":1,"{key}":77}},"gasLimit":1}}"#));
            let expected = if key.ends_with("Block") {
                ForkCondition::Block(77)
            } else {
                ForkCondition::Timestamp(77)
            };
            assert_eq!(file.schedule, ForkSchedule::NEVER.with(fork, expected), "{key}");
        }
    }

    #[test]
    fn reads_scroll_parameters() {
        let expected = ScrollConfig {
            fee_vault_address: Some(FEE_VAULT),
            max_tx_payload_bytes_per_block: 0x10000,
            l1_data_fee_buffer_check: true,
            l2_system_config_address: address!("0x0000000000000000000000000000000000000104"),
            l1: L1Config {
                l1_chain_id: 31337,
                scroll_chain_address: address!("0x0000000000000000000000000000000000000103"),
                message_queue_v1_address: address!("0x0000000000000000000000000000000000000101"),
                message_queue_v2_address: address!("0x0000000000000000000000000000000000000102"),
                system_config_address: address!("0x0000000000000000000000000000000000000105"),
                first_v2_queue_index: None,
                l1_start_block: 55,
                max_l1_messages_per_block: 12,
            },
            clique: Some(CliqueConfig { period: 3, epoch: NonZeroU64::new(200).unwrap() }),
            default_authorized_signer: None,
            total_difficulty_offset: 0,
        };
        let file = read(CUSTOM);
        assert_eq!(file.config, expected);
        assert_eq!(file.chain_id, 424_242);
    }

    #[rstest]
    #[case::no_scroll("")]
    #[case::empty_scroll(r#","scroll":{}"#)]
    #[case::empty_l1(r#","scroll":{"l1Config":{},"feeVaultAddress":null}"#)]
    fn has_defaults_for_absent_parameters(#[case] scroll: &str) {
        let file = read(&format!(r#"{{"config":{{"chainId":1{scroll}}},"gasLimit":1}}"#));
        let expected = ScrollConfig { fee_vault_address: None, ..Default::default() };
        assert_eq!(file.config, expected);
        assert_eq!(file.genesis, Genesis { gas_limit: 1, ..Default::default() });
    }

    #[rstest]
    #[case::block(r#""shanghaiBlock":0"#, true)]
    #[case::time(r#""shanghaiTime":"0""#, true)]
    #[case::time_before_genesis(r#""shanghaiTime":100"#, true)]
    #[case::later_time(r#""shanghaiTime":101"#, false)]
    #[case::later_block(r#""shanghaiBlock":1"#, false)]
    fn wants_shanghai_at_genesis(#[case] key: &str, #[case] accepted: bool) {
        let json = format!(r#"{{"config":{{"chainId":1,{key}}},"gasLimit":1,"timestamp":100}}"#);
        assert_eq!(read_genesis_file(json.as_bytes()).is_ok(), accepted);
    }

    #[rstest]
    #[case::not_an_object("[]", "genesis key `(top level)` must be an object, but is an array")]
    #[case::no_config(r#"{"gasLimit":1}"#, "genesis key `config` is missing")]
    #[case::config(
        r#"{"config":3,"gasLimit":1}"#,
        "genesis key `config` must be an object, but is 3"
    )]
    #[case::no_chain_id(r#"{"config":{},"gasLimit":1}"#, "genesis key `config.chainId` is missing")]
    #[case::no_gas_limit(r#"{"config":{"chainId":1}}"#, "genesis key `gasLimit` is missing")]
    #[case::too_big(
        r#"{"config":{"chainId":1},"gasLimit":"0x10000000000000000"}"#,
        "genesis key `gasLimit` must be an integer below 2^64, but is \"0x10000000000000000\""
    )]
    #[case::number(
        r#"{"config":{"chainId":1},"gasLimit":1,"number":"0x1"}"#,
        "genesis key `number` must be 0, but is \"0x1\""
    )]
    #[case::no_balance(
        r#"{"config":{"chainId":1},"gasLimit":1,
            "alloc":{"0x00000000000000000000000000000000000000cc":{}}}"#,
        "genesis key `alloc.0x00000000000000000000000000000000000000cc.balance` is missing"
    )]
    #[case::address(
        r#"{"config":{"chainId":1},"gasLimit":1,"alloc":{"0x12":{"balance":0}}}"#,
        "genesis key `alloc.0x12` must be keyed by an address of 40 hex digits, but is an object"
    )]
    #[case::epoch(
        r#"{"config":{"chainId":1,"clique":{"period":3,"epoch":0}},"gasLimit":1}"#,
        "genesis key `config.clique.epoch` must be at least 1, but is 0"
    )]
    #[case::no_period(
        r#"{"config":{"chainId":1,"clique":{"epoch":3}},"gasLimit":1}"#,
        "genesis key `config.clique.period` is missing"
    )]
    #[case::buffer_check(
        r#"{"config":{"chainId":1,"scroll":{"l1DataFeeBufferCheck":1}},"gasLimit":1}"#,
        "genesis key `config.scroll.l1DataFeeBufferCheck` must be true or false, but is 1"
    )]
    #[case::l1_address(
        r#"{"config":{"chainId":1,"scroll":{"l1Config":{"scrollChainAddress":"0x1"}}},"gasLimit":1}"#,
        "genesis key `config.scroll.l1Config.scrollChainAddress` must be an address of 40 hex \
         digits, but is \"0x1\""
    )]
    #[case::code(
        r#"{"config":{"chainId":1},"gasLimit":1,"extraData":"0x123"}"#,
        "genesis key `extraData` must be a string of hex digits, two for each byte, but is \
         \"0x123\""
    )]
    fn names_the_key_of_bad_input(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(read_genesis_file(json.as_bytes()).unwrap_err().to_string(), expected);
    }

    #[rstest]
    #[case("1.5")]
    #[case("1e3")]
    #[case("-1")]
    #[case("18446744073709551616")]
    #[case(r#""""#)]
    #[case(r#""0x""#)]
    #[case(r#""12a""#)]
    #[case(r#""0x1_0""#)]
    #[case(r#"" 1""#)]
    #[case(r#""+1""#)]
    #[case("true")]
    #[case("[1]")]
    fn refuses_what_is_no_integer(#[case] value: &str) {
        let json = format!(r#"{{"config":{{"chainId":1,"curieBlock":{value}}},"gasLimit":1}}"#);
        let message = read_genesis_file(json.as_bytes()).unwrap_err().to_string();
        let expected = "genesis key `config.curieBlock` must be an integer below 2^256";
        assert!(message.starts_with(expected), "{message}");
    }

    #[test]
    fn refuses_what_is_no_json() {
        for json in ["", "{", "{}{}", "{'config':{}}"] {
            let error = read_genesis_file(json.as_bytes()).unwrap_err();
            assert!(matches!(error, ChainSpecError::Json(_)), "{json}: {error:?}");
        }
    }
}
