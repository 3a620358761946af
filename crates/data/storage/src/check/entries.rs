//! Every entry is in order and decodes.

use super::{
    report::TableCount,
    run::{Chain, Run, is_db_damage},
};
use crate::error::StorageError;
use alloy_primitives::hex;
use rollup_db::{TABLES, TableInfo};
use std::rc::Rc;

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let mut total = 0;
    for table in TABLES {
        total += run.tx.entry_count_of(table.name)?.unwrap_or_default();
    }
    run.begin(total);
    for table in TABLES {
        match check_table(run, table) {
            Err(StorageError::Db(error)) if is_db_damage(&error) => {
                let problem = format!("cannot be read any further: {}", Chain(&error));
                run.find_in(table.name, String::new(), problem);
                run.reopen()?;
            }
            result => result?,
        }
        if run.is_lost() {
            break;
        }
    }
    Ok(())
}

fn check_table(run: &mut Run<'_>, table: &'static TableInfo) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    let mut entries = 0;
    let mut order = Order::default();
    let found = tx.visit_raw(table.name, &[], |key, value| {
        // Several values of a key are in order too. They are small, others may be large.
        if !order.follows(key, if table.dup { value } else { &[] }) {
            run.find_in(table.name, text_of(table, key), "is not in its place".into());
        }
        if let Err(error) = (table.check)(key, value) {
            let problem = format!("does not decode: {}", Chain(&error));
            run.find_in(table.name, text_of(table, key), problem);
        }
        entries += 1;
        run.step();
        true
    })?;
    if found.is_none() {
        run.find_in(table.name, String::new(), "is not in the database".into());
    }
    run.report.tables.push(TableCount { table: table.name, entries });
    Ok(())
}

/// Tells entries that are not after the one before. Looking up a key relies on their order.
#[derive(Default)]
struct Order {
    last_key: Vec<u8>,
    last_value: Vec<u8>,
    has_last: bool,
}

impl Order {
    fn follows(&mut self, key: &[u8], value: &[u8]) -> bool {
        let last = (self.last_key.as_slice(), self.last_value.as_slice());
        let follows = !self.has_last || last < (key, value);
        self.has_last = true;
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        self.last_value.clear();
        self.last_value.extend_from_slice(value);
        follows
    }
}

/// The key as text, or its bytes if it does not decode.
fn text_of(table: &TableInfo, key: &[u8]) -> String {
    (table.show_key)(key).unwrap_or_else(|_| hex::encode_prefixed(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The engine writes no table that is out of order, so this is not to be had in a real one.
    #[test]
    fn an_entry_follows_if_it_is_after_the_one_before() {
        let follows = |entries: &[(&[u8], &[u8])]| {
            let mut order = Order::default();
            entries.iter().map(|(key, value)| order.follows(key, value)).collect::<Vec<_>>()
        };
        let sound: &[(&[u8], &[u8])] =
            &[(&[], &[]), (&[0], &[]), (&[0, 1], &[]), (&[1], &[5]), (&[1], &[6]), (&[2], &[0])];
        assert_eq!(follows(sound), [true; 6]);
        assert_eq!(follows(&[(&[1], &[]), (&[1], &[])]), [true, false]);
        assert_eq!(follows(&[(&[2], &[]), (&[1], &[]), (&[2], &[])]), [true, false, true]);
        assert_eq!(follows(&[(&[1], &[2]), (&[1], &[1])]), [true, false]);
    }
}
