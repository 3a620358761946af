//! Every recorded block by the rules of every fork that the index compares.

use crate::support::read_json;
use rayon::prelude::*;
use rollup_chainspec::ScrollHardfork;
use rollup_stateless::{BlockWitness, Difference, VerifyError, WitnessError, verify};
use rollup_vectors::{TestData, read_witness};
use std::collections::BTreeSet;

/// Rule sets of the index.
const FORKS: [(&str, ScrollHardfork); 5] = [
    ("darwinv2", ScrollHardfork::DarwinV2),
    ("euclidv1", ScrollHardfork::Euclid),
    ("euclidv2", ScrollHardfork::EuclidV2),
    ("feynman", ScrollHardfork::Feynman),
    ("galileo", ScrollHardfork::Galileo),
];

/// Rule sets of the index that give a block's results there, but not here.
const EXCEPTIONS: [(&str, &str); 4] = [
    // An L1 message of more value than its sender has: such a block is invalid before Euclid.
    ("euclidv1/27-dd12a434.json.zst", "darwinv2"),
    // Block 1 of a chain upgrades the oracle for forks that are active from genesis.
    ("euclidv2/1.json.zst", "feynman"),
    ("euclidv2/1.json.zst", "galileo"),
    // It calls P256VERIFY, which the index counts to Euclid and spec/execution 3.3 to EuclidV2.
    ("euclidv2/2-988f6cd3.json.zst", "euclidv1"),
];

/// One block of the index.
struct Case {
    file: String,
    /// Rule sets that give the results of the block.
    replays_under: BTreeSet<String>,
}

fn cases(data: &TestData) -> Vec<Case> {
    let index = read_json(data, "data/blocks/index.json");
    let blocks = index["blocks"].as_array().unwrap().iter();
    let is_executable = |block: &&serde_json::Value| {
        block["state_scheme"] == "mpt" && !block["fork"].as_str().unwrap().starts_with("ethereum")
    };
    blocks
        .filter(is_executable)
        .map(|block| Case {
            file: block["file"].as_str().unwrap().to_owned(),
            replays_under: serde_json::from_value(block["replays_under"].clone()).unwrap(),
        })
        .collect()
}

/// Rule sets that give the results of the block but do not allow it: the index compares results
/// only. Set-code transactions came with EuclidV2.
fn is_forbidden(witness: &BlockWitness, fork: ScrollHardfork) -> bool {
    fork < ScrollHardfork::EuclidV2 && witness.transactions.iter().any(|raw| raw[0] == 0x04)
}

#[test]
fn blocks_verify_by_exactly_the_rules_that_the_index_lists() {
    let Some(data) = TestData::find() else { return };
    let cases = cases(&data);
    let wrong: Vec<_> = cases
        .par_iter()
        .flat_map_iter(|case| {
            let witness = read_witness(&data, &case.file).unwrap();
            FORKS.map(|(name, fork)| {
                let expected = case.replays_under.contains(name)
                    && !is_forbidden(&witness, fork)
                    && !EXCEPTIONS.contains(&(case.file.as_str(), name));
                let result = verify(&witness, fork);
                (result.is_ok() != expected)
                    .then(|| format!("{} by {name}: expected {expected}, {result:?}", case.file))
            })
        })
        .flatten()
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 169);
}

#[test]
fn other_rules_make_a_difference_or_read_what_the_witness_lacks() {
    let Some(data) = TestData::find() else { return };
    let (mut differences, mut missing) = (0, 0);
    for case in cases(&data).iter().filter(|case| case.replays_under.len() == 1) {
        let witness = read_witness(&data, &case.file).unwrap();
        for (name, fork) in FORKS {
            if case.replays_under.contains(name) {
                continue;
            }
            match verify(&witness, fork).unwrap_err() {
                VerifyError::Difference(_) => differences += 1,
                // Other rules read other slots and call other contracts.
                VerifyError::Witness(WitnessError::State(_)) => missing += 1,
                err => panic!("{} by {name}: {err:?}", case.file),
            }
        }
    }
    assert!(differences > 10 * missing, "{differences} differences, {missing} missing");
}

#[test]
fn galileo_block_differs_by_feynman_rules_and_the_reverse() {
    let Some(data) = TestData::find() else { return };
    let feynman_only = "feynman/16525002.json.zst";
    let galileo_only = "galileo/20239226.json.zst";
    for (file, fork) in
        [(feynman_only, ScrollHardfork::Galileo), (galileo_only, ScrollHardfork::Feynman)]
    {
        let witness = read_witness(&data, file).unwrap();
        // The fees differ, and only the state shows it.
        let err = verify(&witness, fork).unwrap_err();
        let VerifyError::Difference(difference) = err else { panic!("{file}: {err:?}") };
        assert!(matches!(*difference, Difference::StateRoot { .. }), "{file}: {difference}");
    }
}

#[test]
fn set_code_transaction_needs_euclid_v2() {
    let Some(data) = TestData::find() else { return };
    let witness = read_witness(&data, "euclidv2/5.json.zst").unwrap();
    for fork in ScrollHardfork::ALL {
        let result = verify(&witness, fork);
        if fork < ScrollHardfork::EuclidV2 {
            let Err(VerifyError::Difference(difference)) = result else { panic!("{result:?}") };
            assert!(matches!(*difference, Difference::Body(_)), "{fork}: {difference}");
        } else if fork < ScrollHardfork::GalileoV2 {
            result.unwrap();
        }
    }
}
