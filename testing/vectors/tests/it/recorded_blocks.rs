//! Every recorded block is executed and has the results it claims.

use rayon::prelude::*;
use rollup_stateless::{VerifiedBlock, VerifyError, verify};
use rollup_vectors::{BlockRecord, TestData, read_block_index, read_witness};
use std::collections::BTreeMap;

/// Executable blocks by fork, as the index of the data set counts them.
pub(crate) const EXECUTABLE: [(&str, usize); 6] = [
    ("euclidv1", 30),
    ("euclidv2", 18),
    ("feynman", 35),
    ("galileo", 51),
    ("galileov2", 3),
    ("validium", 32),
];

/// All of them.
pub(crate) const EXECUTABLE_BLOCKS: usize = 169;

#[test]
fn every_recorded_block_verifies() {
    let Some(data) = TestData::find() else { return };
    let index = read_block_index(&data).unwrap();
    let executable: Vec<_> = index.iter().filter(|record| record.is_executable()).collect();

    let outcomes: Vec<_> = executable
        .par_iter()
        .map(|record| (record.file.as_str(), verify_record(&data, record)))
        .collect();

    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|(file, outcome)| outcome.as_ref().err().map(|err| format!("{file}: {err:?}")))
        .collect();
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));

    let mut verified = BTreeMap::new();
    for record in &executable {
        *verified.entry(record.fork.as_str()).or_insert(0) += 1;
    }
    assert_eq!(verified, BTreeMap::from(EXECUTABLE));
    assert_eq!(outcomes.len(), EXECUTABLE_BLOCKS);
}

fn verify_record(data: &TestData, record: &BlockRecord) -> Result<VerifiedBlock, VerifyError> {
    let witness = read_witness(data, &record.file).unwrap();
    let verified = verify(&witness, witness.hardfork()?)?;
    assert_eq!(verified.hash, record.block_hash, "{}", record.file);
    assert_eq!(verified.state_root, record.state_root, "{}", record.file);
    assert_eq!(verified.gas_used, record.gas_used, "{}", record.file);
    assert_eq!(verified.transactions, record.tx_count, "{}", record.file);
    Ok(verified)
}
