//! A pool of one sender, which says when a job has taken everything.

use alloy_consensus::{TxLegacy, transaction::Recovered};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, TxKind, U256, address, b256};
use rollup_primitives::{ScrollTxEnvelope, ScrollTypedTransaction};
use rollup_signer::{BlockSigner, FileAccess, LocalSigner, SecretKey, SignerKind};
use rollup_txpool::{
    BestTransactions, PendingListener, PoolTransaction, TransactionOrigin, TransactionSource,
};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::sync::watch;

/// First account of the well-known mnemonic, which the development chain funds.
const KEY: B256 = b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const SENDER: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const CHAIN_ID: u64 = 1337;

/// A key from a file, as an operator writes it.
pub(crate) fn key_file(directory: &Path, key: B256) -> LocalSigner {
    let path = directory.join("key");
    fs::remove_file(&path).ok();
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
    writeln!(file, "{key}").unwrap();
    let key = SecretKey::read_key_file(&path, FileAccess::OwnerOnly).unwrap();
    LocalSigner::new(key, SignerKind::File)
}

/// A transfer of this value.
pub(crate) async fn transfer(signer: &LocalSigner, nonce: u64, value: u64) -> ScrollTxEnvelope {
    let tx = ScrollTypedTransaction::Legacy(TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 10_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(Address::repeat_byte(0xbe)),
        value: U256::from(value),
        input: Default::default(),
    });
    let signature = signer.sign(tx.signature_hash().unwrap()).await.unwrap();
    tx.into_signed(signature)
}

/// The pool. It keeps what is in the chain: the builder passes that over.
#[derive(Debug)]
pub(crate) struct Pool {
    signer: LocalSigner,
    transactions: Arc<Mutex<Vec<Arc<PoolTransaction>>>>,
    /// How often a job has found nothing more.
    drained: watch::Sender<u64>,
    /// Jobs that have ended.
    ended: watch::Sender<u64>,
}

impl Pool {
    pub(crate) fn new(directory: &Path) -> Arc<Self> {
        let signer = key_file(directory, KEY);
        assert_eq!(signer.address(), SENDER);
        let (drained, ended) = (watch::Sender::default(), watch::Sender::default());
        Arc::new(Self { signer, transactions: Arc::default(), drained, ended })
    }

    /// Adds a transfer of this value, for jobs that begin from now on.
    pub(crate) async fn add(&self, value: u64) -> B256 {
        let nonce = self.transactions.lock().unwrap().len() as u64;
        let tx = transfer(&self.signer, nonce, value).await;
        let hash = *tx.hash();
        let pooled = PoolTransaction {
            encoded_bytes: tx.encode_2718_len(),
            transaction: Recovered::new_unchecked(tx, SENDER),
            origin: TransactionOrigin::Local,
            l1_data_fee: U256::ZERO,
            received_at: Duration::ZERO,
        };
        self.transactions.lock().unwrap().push(Arc::new(pooled));
        hash
    }

    /// Counts jobs that have taken everything.
    pub(crate) fn drained(&self) -> watch::Receiver<u64> {
        self.drained.subscribe()
    }

    /// Counts jobs that have ended, with a block or without.
    pub(crate) fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }
}

impl TransactionSource for Pool {
    fn best_transactions(&self, _base_fee: u64) -> Box<dyn BestTransactions> {
        let mut left = self.transactions.lock().unwrap().clone();
        left.reverse();
        let (drained, ended) = (self.drained.clone(), self.ended.clone());
        Box::new(Best { left, drained, is_drained: false, ended })
    }

    fn listen(&self, _listener: Weak<dyn PendingListener>) {}
}

#[derive(Debug)]
struct Best {
    left: Vec<Arc<PoolTransaction>>,
    drained: watch::Sender<u64>,
    is_drained: bool,
    ended: watch::Sender<u64>,
}

impl Drop for Best {
    fn drop(&mut self) {
        self.ended.send_modify(|jobs| *jobs += 1);
    }
}

impl BestTransactions for Best {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        let next = self.left.pop();
        if next.is_none() && !self.is_drained {
            self.is_drained = true;
            self.drained.send_modify(|jobs| *jobs += 1);
        }
        next
    }

    fn skip_sender(&mut self) {
        self.left.clear();
    }
}
