//! Codes are under their hashes.

use super::{read::entries, run::Run};
use crate::error::StorageError;
use alloy_primitives::keccak256;
use rollup_db::Bytecodes;
use std::rc::Rc;

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<Bytecodes>()?);
    for entry in entries::<Bytecodes>(&tx)? {
        let (hash, code) = entry?;
        run.step();
        if code.is_empty() {
            run.find::<Bytecodes>(&hash, "is of no bytes, which have no entry");
        } else if keccak256(&code) != hash {
            run.find::<Bytecodes>(&hash, format!("has code of the hash {}", keccak256(&code)));
        }
    }
    Ok(())
}
