//! Tries over arbitrary nodes.

#![no_main]

use alloy_primitives::{B256, U256};
use libfuzzer_sys::fuzz_target;
use rollup_fuzz::{Operation, TrieInput};
use rollup_trie::{AccountChange, AccountInfo, PostState, SparseTrie, WitnessNodes, WitnessState};
use std::{collections::BTreeMap, sync::Arc};

fuzz_target!(|data: &[u8]| {
    let Some(input) = TrieInput::parse(data) else {
        return;
    };
    let is_undone = input.extensions_lead_to_branches();
    let nodes: Arc<WitnessNodes> = Arc::new(input.nodes.into_iter().collect());
    run_state(input.root, &nodes, &input.operations);
    run_trie(input.root, &nodes, &input.operations, is_undone);
});

fn run_state(root: B256, nodes: &Arc<WitnessNodes>, operations: &[Operation]) {
    let mut state = WitnessState::new(root, nodes.clone());
    let mut unchanged = true;
    for operation in operations {
        let Operation { address, slot, value, .. } = *operation;
        let before = state.account(address);
        let stored = state.storage(address, slot);
        let (Ok(account), Ok(stored)) = (before, stored) else {
            continue;
        };
        let info = account.map(|account| AccountInfo {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
        });
        let value = match operation.kind % 4 {
            0 => stored,
            _ => U256::from(value),
        };
        let change = AccountChange {
            info: if operation.kind % 4 == 1 { None } else { info },
            storage_wiped: operation.kind % 4 == 2,
            storage: BTreeMap::from([(slot, value)]),
        };
        unchanged &= operation.kind % 4 == 0;
        let changes = PostState { accounts: BTreeMap::from([(address, change)]) };
        if state.apply(&changes).is_err() {
            return;
        }
        let written = state.storage(address, slot);
        if operation.kind % 4 != 1 && info.is_some() {
            assert_eq!(written, Ok(value));
        }
    }
    let after = state.root();
    assert!(!unchanged || after == root, "writing back what was read changed the root");
}

fn run_trie(root: B256, nodes: &WitnessNodes, operations: &[Operation], is_undone: bool) {
    let mut trie = SparseTrie::from_root(root);
    for operation in operations {
        let Ok(before) = trie.get(operation.key, nodes).map(|value| value.map(<[u8]>::to_vec))
        else {
            continue;
        };
        let root = trie.root();
        let value = (operation.value != 0).then(|| vec![operation.value; 40]);
        for value in [value, before] {
            let expected = value.clone();
            if trie.apply(BTreeMap::from([(operation.key, value)]), nodes).is_err() {
                return;
            }
            assert_eq!(trie.get(operation.key, nodes).unwrap(), expected.as_deref());
        }
        let after = trie.root();
        assert!(!is_undone || after == root, "undoing a change does not give the old root");
    }
}
