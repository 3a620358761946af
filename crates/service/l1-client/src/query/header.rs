//! Headers.

use super::{Flaw, Outcome, read};
use crate::{
    L1Header, L1Tag,
    endpoint::{Call, Endpoint, Fault, Reply},
};
use alloy_primitives::B256;
use alloy_rpc_types_eth::Header;
use serde_json::{Value, json, value::RawValue};
use std::collections::BTreeMap;

/// Fields of a block that are known here. One that is not may be a field of the header that is
/// part of the hash.
const KNOWN_FIELDS: &[&str] = &[
    "author",
    "baseFeePerGas",
    "blobGasUsed",
    "blockAccessListHash",
    "difficulty",
    "excessBlobGas",
    "extraData",
    "gasLimit",
    "gasUsed",
    "hash",
    "logsBloom",
    "miner",
    "mixHash",
    "nonce",
    "number",
    "parentBeaconBlockRoot",
    "parentHash",
    "receiptsRoot",
    "requestsHash",
    "sha3Uncles",
    "size",
    "slotNumber",
    "stateRoot",
    "timestamp",
    "totalDifficulty",
    "transactions",
    "transactionsRoot",
    "uncles",
    "withdrawals",
    "withdrawalsRoot",
];

/// Which header is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    Tag(L1Tag),
    Number(u64),
    Hash(B256),
}

impl Asked {
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Tag(_) | Self::Number(_) => "eth_getBlockByNumber",
            Self::Hash(_) => "eth_getBlockByHash",
        }
    }

    pub(crate) fn call(self) -> Call {
        let block = match self {
            Self::Tag(L1Tag::Latest) => "latest".to_owned(),
            Self::Tag(L1Tag::Safe) => "safe".to_owned(),
            Self::Tag(L1Tag::Finalized) => "finalized".to_owned(),
            Self::Number(number) => format!("{number:#x}"),
            Self::Hash(hash) => hash.to_string(),
        };
        Call::new(self.method(), json!([block, false]))
    }

    /// The header in an answer to that, if there is one.
    pub(crate) fn read(self, reply: Reply) -> Result<Option<L1Header>, Fault> {
        let json = match reply {
            Ok(json) => json,
            // A young chain has no block of that name.
            Err(error) if error.is_unknown_block() || self.is_young(&error.message) => {
                return Ok(None);
            }
            Err(error) => return Err(Fault::Rpc(error)),
        };
        let Some(header) = read::<Option<Header>>(&json)? else { return Ok(None) };
        let is_verified = header.inner.hash_slow() == header.hash;
        if !is_verified && !has_unknown_fields(&json)? {
            return Err(Flaw::HeaderHash.into());
        }
        let is_asked = match self {
            Self::Tag(_) => true,
            Self::Number(number) => header.inner.number == number,
            Self::Hash(hash) => header.hash == hash,
        };
        if !is_asked {
            return Err(Flaw::OtherHeader.into());
        }
        Ok(Some(L1Header {
            number: header.inner.number,
            hash: header.hash,
            parent_hash: header.inner.parent_hash,
            timestamp: header.inner.timestamp,
            logs_bloom: header.inner.logs_bloom,
            receipts_root: header.inner.receipts_root,
            is_verified,
        }))
    }

    fn is_young(self, message: &str) -> bool {
        matches!(self, Self::Tag(L1Tag::Safe | L1Tag::Finalized)) && message.contains("not found")
    }
}

fn has_unknown_fields(json: &RawValue) -> Result<bool, Fault> {
    let fields: BTreeMap<String, Value> = read(json)?;
    Ok(fields.keys().any(|field| !KNOWN_FIELDS.contains(&field.as_str())))
}

/// Asks for a header. Sure only of one whose hash is that of its fields.
pub(crate) async fn header(
    endpoint: &Endpoint,
    asked: Asked,
) -> Result<Outcome<Option<L1Header>>, Fault> {
    let header = asked.read(endpoint.send_one(asked.call()).await?)?;
    let is_sure = header.is_some_and(|header| header.is_verified);
    Ok(Outcome { answer: Ok(header), is_sure })
}
