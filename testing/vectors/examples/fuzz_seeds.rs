//! Writes seeds for the fuzz targets, made from the recorded blocks, below the folder given as
//! argument: one folder per target.

use alloy_consensus::ReceiptWithBloom;
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use eyre::{Result, WrapErr, eyre};
use rollup_chainspec::{FEE_VAULT, L1_GAS_PRICE_ORACLE, L2_MESSAGE_QUEUE};
use rollup_primitives::{ScrollBlock, ScrollReceipt};
use rollup_stateless::{BlockWitness, verify};
use rollup_vectors::{TestData, read_block_index, read_zst};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

/// Longer inputs make a target slow and add nothing.
const MAX_SEED_BYTES: usize = 4096;
/// The same, for targets whose input holds a state.
const MAX_STATE_SEED_BYTES: usize = 24_000;
const MAX_NODES: usize = u8::MAX as usize;
/// First 31 bytes of a reference between nodes, as `fuzz/src/trie_input.rs` reads it.
const REFERENCE: [u8; 31] = [0xa5; 31];

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| eyre!("no folder given"))?;
    let seeds = Seeds { folder: folder.into() };
    let Some(data) = TestData::find() else {
        return Ok(());
    };
    for record in read_block_index(&data)?.iter().filter(|record| record.is_executable()) {
        let json = read_zst(&data.path("data/blocks").join(&record.file))?;
        let witness = BlockWitness::from_json(&json)?;
        if json.len() <= MAX_STATE_SEED_BYTES {
            seeds.write("witness", &json)?;
        }
        seeds.write_block(&witness)?;
        seeds.write_receipts(&witness)?;
        if let Some(input) = trie_input(&witness)?
            && input.len() <= MAX_STATE_SEED_BYTES
        {
            seeds.write("trie_node", &input)?;
        }
    }
    Ok(())
}

struct Seeds {
    folder: PathBuf,
}

impl Seeds {
    fn write(&self, target: &str, seed: &[u8]) -> Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).wrap_err_with(|| folder.display().to_string())?;
        Ok(fs::write(folder.join(hex_name(seed)), seed)?)
    }

    fn write_short(&self, target: &str, seed: &[u8]) -> Result<()> {
        if seed.len() > MAX_SEED_BYTES { Ok(()) } else { self.write(target, seed) }
    }

    fn write_block(&self, witness: &BlockWitness) -> Result<()> {
        let block = ScrollBlock { header: (&witness.header).into(), body: witness.body()? };
        self.write_short("block", &alloy_rlp::encode(&block))?;
        self.write_short("block", &alloy_rlp::encode(&block.header))?;
        for (tx, raw) in block.body.transactions.iter().zip(&witness.transactions) {
            self.write_short("transaction", raw)?;
            self.write_short("transaction", &alloy_rlp::encode(tx))?;
        }
        Ok(())
    }

    fn write_receipts(&self, witness: &BlockWitness) -> Result<()> {
        let receipts = witness.derived.as_ref().and_then(|derived| derived.receipts.as_ref());
        for raw in receipts.into_iter().flatten() {
            self.write_short("receipt", raw)?;
            self.write_short("receipt", &alloy_rlp::encode(raw))?;
            let receipt = ReceiptWithBloom::<ScrollReceipt>::decode_2718_exact(raw)?.receipt;
            self.write_short("receipt", &alloy_rlp::encode(&receipt))?;
        }
        Ok(())
    }
}

fn hex_name(seed: &[u8]) -> PathBuf {
    Path::new(&format!("{:x}", keccak256(seed))).to_owned()
}

/// The nodes of a witness, children first and referred to by position, and reads and writes of
/// the accounts that the block touches.
fn trie_input(witness: &BlockWitness) -> Result<Option<Vec<u8>>> {
    if witness.state_nodes.len() > MAX_NODES {
        return Ok(None);
    }
    let nodes = children_first(&witness.state_nodes, witness.parent_state_root);
    let positions: BTreeMap<B256, u8> =
        (0..=u8::MAX).zip(&nodes).map(|(position, node)| (keccak256(node), position)).collect();
    let mut input = vec![u8::try_from(nodes.len())?];
    for node in &nodes {
        input.extend(u16::try_from(node.len())?.to_be_bytes());
        input.extend(with_positions(node, &positions));
    }
    for address in addresses(witness)? {
        for (kind, slot, value) in [(0, 0, 0), (3, 1, 7), (2, 11, 1), (1, 0, 0)] {
            input.push(kind);
            input.extend(address);
            input.extend([0; 11]);
            input.extend([slot, value]);
        }
        input.push(0);
        input.extend(keccak256(address));
        input.push(9);
    }
    Ok(Some(input))
}

/// Every node that a root leads to, a node after those it refers to.
fn children_first(nodes: &[Bytes], root: B256) -> Vec<Bytes> {
    let by_hash: BTreeMap<B256, &Bytes> =
        nodes.iter().map(|node| (keccak256(node), node)).collect();
    let mut stack = vec![(root, false)];
    let (mut seen, mut ordered) = (BTreeSet::new(), Vec::new());
    while let Some((hash, is_done)) = stack.pop() {
        let Some(node) = by_hash.get(&hash) else {
            continue;
        };
        if is_done {
            ordered.push((*node).clone());
        } else if seen.insert(hash) {
            stack.push((hash, true));
            stack.extend(node.windows(32).map(|window| (B256::from_slice(window), false)));
        }
    }
    ordered
}

fn with_positions(node: &[u8], positions: &BTreeMap<B256, u8>) -> Vec<u8> {
    let mut node = node.to_vec();
    for start in 0..node.len().saturating_sub(31) {
        let window = &mut node[start..start + 32];
        if let Some(position) = positions.get(&B256::from_slice(window)) {
            window[..31].copy_from_slice(&REFERENCE);
            window[31] = *position;
        }
    }
    node
}

fn addresses(witness: &BlockWitness) -> Result<BTreeSet<Address>> {
    use alloy_consensus::{Transaction as _, transaction::SignerRecoverable as _};
    let mut addresses = BTreeSet::from([FEE_VAULT, L1_GAS_PRICE_ORACLE, L2_MESSAGE_QUEUE]);
    // Seeds of blocks that do not verify would hide that something is wrong with the data.
    verify(witness, witness.hardfork()?)?;
    for tx in witness.body()?.transactions {
        addresses.insert(tx.recover_signer()?);
        addresses.extend(tx.to());
    }
    Ok(addresses)
}
