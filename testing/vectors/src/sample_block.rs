//! A block made here, for users who have no recorded ones.

use alloy_consensus::{
    SignableTransaction, TxEip1559, TxLegacy, TxReceipt, proofs,
    transaction::{Recovered, SignerRecoverable},
};
use alloy_eips::Encodable2718;
use alloy_primitives::{
    Address, B256, Bytes, KECCAK256_EMPTY, Signature, TxKind, U256, address, bytes, keccak256,
};
use alloy_trie::{EMPTY_ROOT_HASH, HashBuilder, Nibbles, TrieAccount, proof::ProofRetainer};
use eyre::Result;
use k256::ecdsa::SigningKey;
use revm::database::State;
use rollup_chainspec::{L1_GAS_PRICE_ORACLE, ScrollChainSpec, ScrollHardfork};
use rollup_evm::{BlockBuilder, NextBlockAttributes, ScrollEvmConfig};
use rollup_primitives::{
    RecoveredBlock, ScrollHeader, ScrollReceipt, ScrollTxEnvelope, SealedHeader, TxL1Message,
};
use rollup_stateless::{
    PartialState, StatelessExecution, WITNESS_SCHEMA, WitnessDatabase, execute,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const CHAIN_ID: u64 = 1337;
const FORK: ScrollHardfork = ScrollHardfork::GalileoV2;
const PARENT_TIMESTAMP: u64 = 1_700_000_000;
const BASE_FEE_WEI: u64 = 15_680_000;
const RECIPIENT: Address = address!("00000000000000000000000000000000000000ee");
const SENDER_BALANCE_WEI: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// L1 base fee and blob base fee in wei, and their scalars, as a mainnet block had them.
const ORACLE_SLOTS: [(u8, u64); 4] =
    [(1, 1_000_000_000), (5, 1), (6, 75_954_826), (7, 1_118_210_262)];
/// Stores the leading zeros of its block number and leaves a contract of one byte:
/// NUMBER CLZ PUSH0 SSTORE, PUSH1 1 PUSH1 0 RETURN.
const INITCODE: Bytes = bytes!("431e5f5560016000f3");

/// The witness of a block with a transfer, a creation and an L1 message, over a state of one
/// funded account and an L1 gas price oracle that does not know the newest fork yet.
///
/// The private key of the funded account is 1: it is nobody's.
///
/// # Errors
/// None unless execution is broken.
pub fn sample_witness() -> Result<Value> {
    let key = SigningKey::from_slice(&B256::with_last_byte(1).0)?;
    let sender = Address::from_private_key(&key);
    let (root, nodes) = parent_state(sender);
    let state = PartialState { root, nodes: Arc::new(nodes.iter().cloned().collect()), codes: &[] };
    let parent = SealedHeader::seal_slow(ScrollHeader {
        state_root: root,
        timestamp: PARENT_TIMESTAMP,
        ..Default::default()
    });
    let config = ScrollEvmConfig::new(Arc::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, FORK)));
    let (block, execution) = build(&config, &state, &parent, &key)?;
    Ok(witness_json(&block, &execution, &nodes, root))
}

fn build(
    config: &ScrollEvmConfig,
    state: &PartialState<'_>,
    parent: &SealedHeader,
    key: &SigningKey,
) -> Result<(RecoveredBlock, StatelessExecution)> {
    let db = State::builder().with_database(WitnessDatabase::new(state)).build();
    let attributes = NextBlockAttributes {
        timestamp: PARENT_TIMESTAMP + 1,
        gas_limit: 20_000_000,
        base_fee_per_gas: Some(BASE_FEE_WEI),
    };
    let mut builder = BlockBuilder::new(config, db, parent, attributes)?;
    for tx in transactions(key)? {
        let signer = tx.recover_signer()?;
        builder.push(Recovered::new_unchecked(tx, signer))?;
    }
    let built = builder.finish()?;

    let recover = |block| RecoveredBlock::new_unhashed(block, built.senders.clone());
    let mut block = built.block;
    let execution = execute(config, &recover(block.clone()), parent.timestamp, state)?;
    block.header.state_root = execution.state_root;
    Ok((recover(block), execution))
}

fn transactions(key: &SigningKey) -> Result<[ScrollTxEnvelope; 3]> {
    let message = TxL1Message {
        queue_index: 0,
        gas_limit: 100_000,
        to: RECIPIENT,
        value: U256::ZERO,
        input: bytes!("c0ffee"),
        sender: address!("11110000000000000000000000000000000000aa"),
    };
    let transfer = TxLegacy {
        chain_id: Some(CHAIN_ID),
        gas_price: u128::from(BASE_FEE_WEI) + 100,
        gas_limit: 21_000,
        to: TxKind::Call(RECIPIENT),
        value: U256::from(1_000_000),
        ..Default::default()
    };
    let creation = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce: 1,
        gas_limit: 200_000,
        max_fee_per_gas: 2 * u128::from(BASE_FEE_WEI),
        max_priority_fee_per_gas: 100,
        to: TxKind::Create,
        input: INITCODE,
        ..Default::default()
    };
    Ok([message.into(), sign(transfer, key)?, sign(creation, key)?])
}

fn sign<T>(tx: T, key: &SigningKey) -> Result<ScrollTxEnvelope>
where
    T: SignableTransaction<Signature>,
    ScrollTxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signature = key.sign_prehash_recoverable(tx.signature_hash().as_ref())?;
    Ok(tx.into_signed(signature.into()).into())
}

fn account(balance: U256) -> TrieAccount {
    TrieAccount {
        balance,
        storage_root: EMPTY_ROOT_HASH,
        code_hash: KECCAK256_EMPTY,
        ..Default::default()
    }
}

/// Root and nodes of the state before the block.
fn parent_state(sender: Address) -> (B256, Vec<Bytes>) {
    let slots = ORACLE_SLOTS.map(|(slot, value)| {
        (keccak256(B256::with_last_byte(slot)), alloy_rlp::encode(U256::from(value)))
    });
    let (storage_root, mut nodes) = trie(BTreeMap::from(slots));
    let oracle = TrieAccount { storage_root, ..account(U256::ONE) };
    let accounts = [(sender, account(SENDER_BALANCE_WEI)), (L1_GAS_PRICE_ORACLE, oracle)];
    let leaves = accounts.map(|(address, leaf)| (keccak256(address), alloy_rlp::encode(leaf)));
    let (root, state_nodes) = trie(BTreeMap::from(leaves));
    nodes.extend(state_nodes);
    (root, nodes)
}

/// Root and all nodes of a trie.
fn trie(leaves: BTreeMap<B256, Vec<u8>>) -> (B256, Vec<Bytes>) {
    let retainer = ProofRetainer::new(leaves.keys().map(Nibbles::unpack).collect());
    let mut builder = HashBuilder::default().with_proof_retainer(retainer);
    for (key, leaf) in &leaves {
        builder.add_leaf(Nibbles::unpack(key), leaf);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes().into_nodes_sorted();
    (root, nodes.into_iter().map(|(_, node)| node).collect())
}

fn witness_json(
    block: &RecoveredBlock,
    execution: &StatelessExecution,
    nodes: &[Bytes],
    parent_state_root: B256,
) -> Value {
    let header = block.header();
    let transactions = &block.body().transactions;
    assert_eq!(header.transactions_root, proofs::calculate_transaction_root(transactions));
    let raw: Vec<Bytes> = transactions.iter().map(|tx| tx.encoded_2718().into()).collect();
    json!({
        "schema": WITNESS_SCHEMA,
        "chain_id": CHAIN_ID,
        "fork": "galileov2",
        "state_scheme": "mpt",
        "header": header_json(header),
        "block_hash": header.hash_slow(),
        "parent_state_root": parent_state_root,
        "transactions": raw,
        "state_nodes": nodes,
        "codes": [],
        "derived": derived_json(&execution.receipts, execution.withdraw_root.clone().ok()),
    })
}

fn header_json(header: &ScrollHeader) -> Value {
    json!({
        "parent_hash": header.parent_hash,
        "ommers_hash": header.ommers_hash,
        "beneficiary": header.beneficiary,
        "state_root": header.state_root,
        "transactions_root": header.transactions_root,
        "receipts_root": header.receipts_root,
        "logs_bloom": header.logs_bloom,
        "difficulty": header.difficulty.to::<u64>(),
        "number": header.number,
        "gas_limit": header.gas_limit,
        "gas_used": header.gas_used,
        "timestamp": header.timestamp,
        "extra_data": header.extra_data,
        "mix_hash": header.mix_hash,
        "nonce": header.nonce,
        "base_fee_per_gas": header.base_fee_per_gas,
    })
}

fn derived_json(receipts: &[ScrollReceipt], withdraw_root: Option<B256>) -> Value {
    let mut gas_before = 0;
    let mut gas_used = Vec::new();
    for receipt in receipts {
        gas_used.push(receipt.cumulative_gas_used() - gas_before);
        gas_before = receipt.cumulative_gas_used();
    }
    let raw: Vec<Bytes> =
        receipts.iter().map(|receipt| receipt.with_bloom_ref().encoded_2718().into()).collect();
    let fees: Vec<u64> = receipts.iter().map(|receipt| receipt.l1_fee.to()).collect();
    json!({
        "receipts": raw,
        "tx_gas_used": gas_used,
        "l1_data_fees": fees,
        "withdraw_root": withdraw_root,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = include_str!("../../../examples/blocks/sample.json");

    // To renew the file: see examples/sample_block.rs.
    #[test]
    fn the_committed_sample_is_what_the_builder_makes() {
        let committed: Value = serde_json::from_str(COMMITTED).unwrap();
        assert_eq!(sample_witness().unwrap(), committed);
    }

    // The oracle starts without code, and is upgraded twice before the first transaction.
    #[test]
    fn the_sample_pays_l1_data_fees_from_slots_older_than_the_upgrade() {
        let sample = sample_witness().unwrap();
        assert_eq!(sample["derived"]["l1_data_fees"][0], 0);
        // (base + base * c / penalty factor) / 10^9 with base = c * (s6 * s1 + s7 * s5), where the
        // penalty factor is the 10^9 that Feynman sets.
        let raw: Bytes = sample["transactions"][1].as_str().unwrap().parse().unwrap();
        let size = U256::from(rollup_evm::compressed_size(&raw));
        let [base_fee, blob_base_fee, scalar, blob_scalar] =
            ORACLE_SLOTS.map(|(_, value)| U256::from(value));
        let base = size * (scalar * base_fee + blob_scalar * blob_base_fee);
        let billion = U256::from(1_000_000_000);
        let fee = (base + base * size / billion) / billion;
        assert_eq!(sample["derived"]["l1_data_fees"][1], fee.to::<u64>());
    }
}
