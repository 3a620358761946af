//! The facts about the whole database.

use super::run::Run;
use crate::error::StorageError;
use alloy_primitives::B256;
use rollup_db::{Metadata, MetadataKey, SCHEMA_VERSION};

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    run.begin(run.tx.entry_count::<Metadata>()?);
    if let Some(version) = required(run, MetadataKey::SchemaVersion)?.map(u32::from_be_bytes)
        && version != SCHEMA_VERSION
    {
        let problem = format!("is {version}, this program has {SCHEMA_VERSION}");
        run.find::<Metadata>(&MetadataKey::SchemaVersion, problem);
    }
    let chain_id = run.chain_spec.chain_id();
    if let Some(found) = required(run, MetadataKey::ChainId)?.map(u64::from_be_bytes)
        && found != chain_id
    {
        let problem = format!("is {found}, the configured chain has {chain_id}");
        run.find::<Metadata>(&MetadataKey::ChainId, problem);
    }
    let genesis_hash = run.chain_spec.genesis_hash();
    if let Some(found) = required(run, MetadataKey::GenesisHash)?.map(B256::new)
        && found != genesis_hash
    {
        let problem = format!("is {found}, the configured chain has {genesis_hash}");
        run.find::<Metadata>(&MetadataKey::GenesisHash, problem);
    }
    required::<{ B256::len_bytes() }>(run, MetadataKey::StateRoot)?;
    run.history_start = number(run, MetadataKey::HistoryStart)?.unwrap_or_default();
    for key in [
        MetadataKey::L1Finalized,
        MetadataKey::L1Latest,
        MetadataKey::L1Processed,
        MetadataKey::LogSequence,
        MetadataKey::SignedSequence,
    ] {
        number(run, key)?;
    }
    Ok(())
}

fn number(run: &mut Run<'_>, key: MetadataKey) -> Result<Option<u64>, StorageError> {
    Ok(optional(run, key)?.map(u64::from_be_bytes))
}

fn required<const N: usize>(
    run: &mut Run<'_>,
    key: MetadataKey,
) -> Result<Option<[u8; N]>, StorageError> {
    if !run.tx.contains::<Metadata>(&key)? {
        run.find::<Metadata>(&key, "is missing");
    }
    optional(run, key)
}

/// The bytes under a key, if there are any and as many as there have to be.
fn optional<const N: usize>(
    run: &mut Run<'_>,
    key: MetadataKey,
) -> Result<Option<[u8; N]>, StorageError> {
    let Some(bytes) = run.tx.get::<Metadata>(&key)? else { return Ok(None) };
    run.step();
    let array = bytes.as_ref().try_into().ok();
    if array.is_none() {
        run.find::<Metadata>(&key, format!("has {} bytes instead of {N}", bytes.len()));
    }
    Ok(array)
}
