//! A process that is killed.

use crate::support::{Chain, hash_of, local, open, signed, storage_config, transfer};
use rollup_chainspec::dev;
use rollup_evm::ScrollEvmConfig;
use rollup_runtime::SystemClock;
use rollup_txpool::{Txpool, TxpoolConfig};
use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

/// The child works in its current directory only if the parent put this file there.
const PERMISSION: &str = "child-may-run";
const JOURNAL: &str = "transactions.rlp";
const ACKNOWLEDGED: &str = "acknowledged ";

fn config(directory: &Path) -> TxpoolConfig {
    TxpoolConfig { journal: Some(directory.join(JOURNAL)), ..Default::default() }
}

/// What the child does: hands in transactions and says which ones were acknowledged, until it is
/// killed. In an ordinary run it does nothing.
#[test]
fn child_hands_in_transactions() {
    if !Path::new(PERMISSION).exists() {
        return;
    }
    let directory = env::current_dir().unwrap();
    let storage = open(&directory, storage_config(), dev());
    let evm = ScrollEvmConfig::new(dev());
    let clock = Arc::new(SystemClock::new());
    let pool = Txpool::start(config(&directory), storage, evm, clock).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut out = std::io::stdout();
    for nonce in 0.. {
        let hash = runtime.block_on(local(&pool, &signed(0, transfer(nonce)))).unwrap();
        writeln!(out, "{ACKNOWLEDGED}{hash}").unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    for acknowledged in [1, 7, 40] {
        let chain = Chain::new();
        let Chain { storage, directory, evm, clock } = chain;
        drop(storage);
        fs::write(directory.path().join(PERMISSION), []).unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "crash::child_hands_in_transactions", "--nocapture"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split_once(ACKNOWLEDGED).map(|(_, hash)| hash.to_owned()));
        let hashes: Vec<_> = said.take(acknowledged).collect();
        child.kill().unwrap();
        child.wait().unwrap();

        let storage = open(directory.path(), storage_config(), dev());
        let pool = Txpool::start(config(directory.path()), storage, evm, clock).unwrap();
        assert_eq!(hashes.len(), acknowledged);
        for (nonce, hash) in hashes.iter().enumerate() {
            let expected = hash_of(&signed(0, transfer(nonce as u64)));
            assert_eq!(hash, &expected.to_string());
            assert!(pool.contains(&expected), "transaction {nonce} of {acknowledged} is lost");
        }
    }
}
