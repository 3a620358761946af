//! What a node says of itself.

use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, ChainId};
use rollup_chainspec::{L1Config, ScrollChainSpec, ScrollHardfork};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a node says of itself. What a node without a network does not have (identity, addresses,
/// ports) is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeInfo {
    /// Name, version and platform.
    pub name: String,
    /// What it takes part in.
    pub protocols: NodeProtocols,
}

/// What a node takes part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeProtocols {
    /// The chain.
    pub scroll: ScrollProtocol,
}

/// The chain of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScrollProtocol {
    /// Chain id.
    pub network: ChainId,
    /// Hash of the genesis block.
    pub genesis: B256,
    /// Forks and parameters, as the `config` of a genesis file has them.
    pub config: Value,
    /// Hash of the head.
    pub head: B256,
    /// Number of the head.
    #[serde(rename = "headNumber")]
    pub head_number: u64,
}

impl ScrollProtocol {
    pub(super) fn new(spec: &ScrollChainSpec, head: BlockNumHash) -> Self {
        Self {
            network: spec.chain_id(),
            genesis: spec.genesis_hash(),
            config: config(spec),
            head: head.hash,
            head_number: head.number,
        }
    }
}

/// Forks and parameters, as the `config` of a genesis file has them.
fn config(spec: &ScrollChainSpec) -> Value {
    let mut config = Map::new();
    config.insert("chainId".to_owned(), json!(spec.chain_id()));
    for (fork, condition) in spec.schedule().iter() {
        let activation = condition.block_number().or_else(|| condition.as_timestamp());
        if let Some(activation) = activation {
            config.insert(fork_key(fork), json!(activation));
        }
    }
    if let Some(clique) = spec.config().clique {
        let clique = json!({ "period": clique.period, "epoch": clique.epoch });
        config.insert("clique".to_owned(), clique);
    }
    let own = spec.config();
    let scroll = json!({
        "feeVaultAddress": own.fee_vault_address,
        "maxTxPayloadBytesPerBlock": own.max_tx_payload_bytes_per_block,
        "l1DataFeeBufferCheck": own.l1_data_fee_buffer_check,
        "l1Config": l1_config(&own.l1, own.l2_system_config_address),
    });
    config.insert("scroll".to_owned(), scroll);
    Value::Object(config)
}

fn fork_key(fork: ScrollHardfork) -> String {
    let (first, rest) = fork.as_str().split_at(1);
    let unit = if fork.is_block_based() { "Block" } else { "Time" };
    format!("{}{rest}{unit}", first.to_ascii_lowercase())
}

fn l1_config(l1: &L1Config, l2_system_config_address: Address) -> Value {
    json!({
        "l1ChainId": l1.l1_chain_id,
        "scrollChainAddress": l1.scroll_chain_address,
        "l1MessageQueueAddress": l1.message_queue_v1_address,
        "l1MessageQueueV2Address": l1.message_queue_v2_address,
        "l2SystemConfigAddress": l2_system_config_address,
        "systemContractAddress": l1.system_config_address,
        "startL1Block": l1.l1_start_block,
        "numL1MessagesPerBlock": l1.max_l1_messages_per_block,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_told_as_a_genesis_file_has_it() {
        for name in ["dev", "scroll-mainnet", "scroll-sepolia"] {
            let spec = ScrollChainSpec::parse(name).unwrap();
            let file = json!({ "config": config(&spec), "gasLimit": 1, "alloc": {} });
            let read = ScrollChainSpec::from_genesis_json(file.to_string()).unwrap();
            assert_eq!(read.chain_id(), spec.chain_id(), "{name}");
            assert_eq!(read.schedule(), spec.schedule(), "{name}");
            assert_eq!(config(&read), config(&spec), "{name}");
            assert_eq!(read.config().fee_vault_address, spec.config().fee_vault_address);
            assert_eq!(read.config().clique, spec.config().clique);
        }
    }
}
