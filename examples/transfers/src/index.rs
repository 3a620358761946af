//! The transfers in SQLite.

use crate::transfer::Transfer;
use alloy_consensus::TxReceipt as _;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, U256};
use rollup_exex::{ChainBlock, ExExNotification};
use rollup_primitives::ScrollTxEnvelope;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, Row, Transaction, params, types::Type,
};
use std::path::Path;
use thiserror::Error;

/// Hashes and addresses are blobs, amounts decimal text: SQLite has no integers of 256 bits.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS transfers (
        number INTEGER NOT NULL,
        log_index INTEGER NOT NULL,
        block_hash BLOB NOT NULL,
        transaction_hash BLOB NOT NULL,
        token BLOB NOT NULL,
        sender BLOB NOT NULL,
        recipient BLOB NOT NULL,
        amount TEXT NOT NULL,
        PRIMARY KEY (number, log_index)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS last_block (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        number INTEGER NOT NULL,
        hash BLOB NOT NULL
    );";

/// Why the index cannot be used.
#[derive(Debug, Error)]
pub enum IndexError {
    /// SQLite failed.
    #[error("the index of transfers failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A number does not fit into SQLite's.
    #[error("block number {number} does not fit into the index")]
    Number {
        /// The number.
        number: u64,
        /// Why not.
        source: std::num::TryFromIntError,
    },
    /// A block that left the chain is not the last one of the index.
    #[error("block {found:?} left the chain, and the index ends with block {last:?}")]
    OutOfOrder {
        /// The block.
        found: BlockNumHash,
        /// The last block.
        last: Option<BlockNumHash>,
    },
}

/// The transfers of a chain up to its last block.
#[derive(Debug)]
pub struct Index {
    connection: Connection,
}

impl Index {
    /// Opens the index in a file, which is made if there is none.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let connection = Connection::open(path)?;
        // A commit is on the disk when it returns, and readers do not wait.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    /// Opens the index of a node that runs, to read it.
    ///
    /// # Errors
    /// Those of SQLite, also if there is no index yet.
    pub fn read(path: &Path) -> Result<Self, IndexError> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok(Self { connection })
    }

    /// The last block whose transfers are there; `None` of an index that is new.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn last_block(&self) -> Result<Option<BlockNumHash>, IndexError> {
        let query = "SELECT number, hash FROM last_block";
        let found = self.connection.query_row(query, [], |row| block_of(row, 0));
        Ok(found.optional()?)
    }

    /// Follows the chain, in one transaction: all of it is there, or nothing.
    ///
    /// # Errors
    /// Those of SQLite, and [`IndexError::OutOfOrder`] if it is not the next notification.
    pub fn apply(&mut self, notification: &ExExNotification) -> Result<(), IndexError> {
        let last = self.last_block()?;
        let transaction = self.connection.transaction()?;
        if let Some(old) = notification.reverted() {
            if last != Some(old.tip().id()) {
                return Err(IndexError::OutOfOrder { found: old.tip().id(), last });
            }
            let first = integer(old.first().id().number)?;
            transaction.execute("DELETE FROM transfers WHERE number >= ?1", [first])?;
        }
        for block in notification.committed().into_iter().flat_map(|new| new.blocks()) {
            insert_transfers(&transaction, block)?;
        }
        let BlockNumHash { number, hash } = notification.tip();
        let note = "INSERT OR REPLACE INTO last_block VALUES (0, ?1, ?2)";
        transaction.execute(note, params![integer(number)?, hash.0])?;
        Ok(transaction.commit()?)
    }

    /// All transfers, by block and place in it, each with the number and hash of its block.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn transfers(&self) -> Result<Vec<(BlockNumHash, Transfer)>, IndexError> {
        let query = "SELECT number, block_hash, token, sender, recipient, amount FROM transfers
            ORDER BY number, log_index";
        let mut statement = self.connection.prepare(query)?;
        let rows = statement.query_map([], transfer_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn insert_transfers(transaction: &Transaction<'_>, block: &ChainBlock) -> Result<(), IndexError> {
    let BlockNumHash { number, hash } = block.id();
    let number = integer(number)?;
    let insert = "INSERT INTO transfers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut statement = transaction.prepare_cached(insert)?;
    let transactions = block.block().body().transactions.iter().map(ScrollTxEnvelope::hash);
    let logs = transactions
        .zip(block.receipts())
        .flat_map(|(hash, receipt)| receipt.logs().iter().map(move |log| (hash, log)));
    for (log_index, (transaction_hash, log)) in (0_i64..).zip(logs) {
        let Some(Transfer { token, sender, recipient, amount }) = Transfer::of(log) else {
            continue;
        };
        let (token, sender, recipient) = (token.0.0, sender.0.0, recipient.0.0);
        let amount = amount.to_string();
        let ids = (number, log_index, hash.0, transaction_hash.0);
        statement.execute(params![ids.0, ids.1, ids.2, ids.3, token, sender, recipient, amount])?;
    }
    Ok(())
}

fn integer(number: u64) -> Result<i64, IndexError> {
    i64::try_from(number).map_err(|source| IndexError::Number { number, source })
}

/// Number and hash in two columns.
fn block_of(row: &Row<'_>, column: usize) -> rusqlite::Result<BlockNumHash> {
    let number = u64::try_from(row.get::<_, i64>(column)?).map_err(|err| invalid(column, err))?;
    Ok(BlockNumHash::new(number, B256::from(row.get::<_, [u8; 32]>(column + 1)?)))
}

fn transfer_of(row: &Row<'_>) -> rusqlite::Result<(BlockNumHash, Transfer)> {
    let block = block_of(row, 0)?;
    let address = |column: usize| row.get::<_, [u8; 20]>(column).map(Address::from);
    let amount = row.get::<_, String>(5)?;
    let amount = amount.parse::<U256>().map_err(|err| invalid(5, err))?;
    let transfer =
        Transfer { token: address(2)?, sender: address(3)?, recipient: address(4)?, amount };
    Ok((block, transfer))
}

fn invalid(column: usize, err: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Null, Box::new(err))
}
