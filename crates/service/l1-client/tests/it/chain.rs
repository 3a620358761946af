//! A chain whose hashes and roots are right.

use alloy_consensus::{
    EMPTY_OMMER_ROOT_HASH, Header, Receipt, ReceiptEnvelope, SignableTransaction as _, TxEip1559,
    TxEnvelope, TxReceipt as _, TxType, proofs::calculate_receipt_root, transaction::Recovered,
};
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, b256, keccak256};
use alloy_rpc_types_eth as rpc;
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use rollup_l1_client::{L1Header, L1LogFilter};
use serde_json::{Value, json};

/// Chain id of L1.
pub(crate) const CHAIN_ID: u64 = 1;
/// The contract whose logs are looked for.
pub(crate) const CONTRACT: Address = Address::repeat_byte(0xc0);
/// The first topic of those.
pub(crate) const TOPIC: B256 = B256::repeat_byte(0x70);
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

/// What is looked for.
pub(crate) fn filter() -> L1LogFilter {
    L1LogFilter { addresses: vec![CONTRACT], topics: vec![TOPIC] }
}

/// A block with two transactions.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) header: Header,
    pub(crate) hash: B256,
    pub(crate) transactions: Vec<TxEnvelope>,
    pub(crate) receipts: Vec<ReceiptEnvelope>,
}

impl Block {
    /// Number and `fork` say what is in it. A third of the blocks have logs that are looked for:
    /// those with a number that three divides.
    fn new(parent: Option<&Self>, fork: u8) -> Self {
        let number = parent.map_or(0, |parent| parent.header.number + 1);
        let other = Log::new_unchecked(Address::repeat_byte(0xee), vec![TOPIC], Bytes::new());
        let wanted = Log::new_unchecked(CONTRACT, vec![TOPIC], Bytes::from(vec![fork; 40]));
        let logs = if number.is_multiple_of(3) {
            vec![wanted.clone(), other, wanted]
        } else {
            vec![other]
        };
        let receipt = |gas, logs| Receipt { status: true.into(), cumulative_gas_used: gas, logs };
        let receipts = vec![
            ReceiptEnvelope::from_typed(TxType::Eip1559, receipt(21_000, Vec::new())),
            ReceiptEnvelope::from_typed(TxType::Eip1559, receipt(90_000, logs)),
        ];
        let bloom =
            receipts.iter().fold(Default::default(), |bloom, receipt| bloom | receipt.bloom());
        let header = Header {
            parent_hash: parent.map_or(B256::ZERO, |parent| parent.hash),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            number,
            timestamp: 1_700_000_000 + 12 * number,
            gas_limit: 30_000_000,
            gas_used: 90_000,
            receipts_root: calculate_receipt_root(&receipts),
            logs_bloom: bloom,
            base_fee_per_gas: Some(7),
            extra_data: Bytes::from(vec![fork]),
            ..Default::default()
        };
        let hash = header.hash_slow();
        let transactions = (0..2).map(|i| transaction(2 * number + i, fork)).collect();
        Self { header, hash, transactions, receipts }
    }

    pub(crate) fn header_json(&self) -> Value {
        let mut json = serde_json::to_value(rpc::Header::new(self.header.clone())).unwrap();
        json["transactions"] = self.transactions.iter().map(|tx| json!(tx.tx_hash())).collect();
        json["uncles"] = json!([]);
        json
    }

    /// The header as it must be read.
    pub(crate) const fn l1_header(&self) -> L1Header {
        L1Header {
            number: self.header.number,
            hash: self.hash,
            parent_hash: self.header.parent_hash,
            timestamp: self.header.timestamp,
            logs_bloom: self.header.logs_bloom,
            receipts_root: self.header.receipts_root,
            is_verified: true,
        }
    }

    fn logs(&self) -> Vec<rpc::Log> {
        let mut logs = Vec::new();
        for (receipt, transaction) in self.receipts.iter().zip(&self.transactions) {
            for log in receipt.logs() {
                logs.push(rpc::Log {
                    inner: log.clone(),
                    block_hash: Some(self.hash),
                    block_number: Some(self.header.number),
                    transaction_hash: Some(*transaction.tx_hash()),
                    transaction_index: Some(1),
                    log_index: Some(logs.len() as u64),
                    ..Default::default()
                });
            }
        }
        logs
    }

    pub(crate) fn receipts_json(&self) -> Value {
        let logs = self.logs();
        let receipts =
            self.receipts.iter().zip(&self.transactions).map(|(receipt, transaction)| {
                let is_of = |log: &&rpc::Log| log.transaction_hash == Some(*transaction.tx_hash());
                let logs: Vec<_> = logs.iter().filter(is_of).collect();
                json!({
                    "type": "0x2",
                    "status": "0x1",
                    "cumulativeGasUsed": format!("{:#x}", receipt.cumulative_gas_used()),
                    "transactionHash": transaction.tx_hash(),
                    "blockHash": self.hash,
                    "logsBloom": receipt.bloom(),
                    "logs": logs,
                })
            });
        receipts.collect()
    }

    /// Those that are looked for.
    pub(crate) fn logs_json(&self) -> Vec<Value> {
        let logs = self.logs();
        let wanted = logs.iter().filter(|log| filter().matches(&log.inner));
        wanted.map(|log| serde_json::to_value(log).unwrap()).collect()
    }
}

fn transaction(nonce: u64, fork: u8) -> TxEnvelope {
    let transaction = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 1_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(CONTRACT),
        value: U256::ZERO,
        input: Bytes::from(vec![fork; 8]),
        ..Default::default()
    };
    let signer = PrivateKeySigner::from_bytes(&KEY).unwrap();
    let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
    transaction.into_signed(signature).into()
}

/// A chain of blocks from 0 on.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) blocks: Vec<Block>,
}

impl Chain {
    /// One of so many blocks.
    pub(crate) fn new(count: u64) -> Self {
        let mut chain = Self { blocks: Vec::new() };
        chain.extend(count, 0);
        chain
    }

    pub(crate) fn extend(&mut self, count: u64, fork: u8) {
        for _ in 0..count {
            let block = Block::new(self.blocks.last(), fork);
            self.blocks.push(block);
        }
    }

    /// The same up to a block, and others after it.
    pub(crate) fn forked_above(&self, number: u64, count: u64) -> Self {
        let mut chain = self.first(number);
        chain.extend(count, 1);
        chain
    }

    /// The same, up to a block.
    pub(crate) fn first(&self, number: u64) -> Self {
        let count = usize::try_from(number).unwrap() + 1;
        Self { blocks: self.blocks[..count].to_vec() }
    }

    pub(crate) fn at(&self, number: u64) -> &Block {
        &self.blocks[usize::try_from(number).unwrap()]
    }

    pub(crate) fn head(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    fn by_hash(&self, hash: &Value) -> Option<&Block> {
        self.blocks.iter().find(|block| json!(block.hash) == *hash)
    }

    /// Block of a parameter: name, number, hash, or object with a hash.
    fn find(&self, block: &Value) -> Option<&Block> {
        if let Some(hash) = block.get("blockHash") {
            return self.by_hash(hash);
        }
        match block.as_str().unwrap() {
            "latest" => self.blocks.last(),
            "safe" => self.blocks.iter().rev().nth(2),
            "finalized" => self.blocks.iter().rev().nth(4),
            hash if hash.len() == 66 => self.by_hash(block),
            number => {
                let number = usize::from_str_radix(number.trim_start_matches("0x"), 16).unwrap();
                self.blocks.get(number)
            }
        }
    }

    /// What an honest node answers: result or error.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Result<Value, Value> {
        let unknown = || json!({ "code": -32000, "message": "header not found" });
        match method {
            "eth_chainId" => Ok(json!(format!("{CHAIN_ID:#x}"))),
            "eth_getBlockByNumber" | "eth_getBlockByHash" => {
                Ok(self.find(&params[0]).map_or(Value::Null, Block::header_json))
            }
            "eth_getBlockReceipts" => {
                Ok(self.find(&params[0]).map_or(Value::Null, Block::receipts_json))
            }
            "eth_getLogs" => self.logs(&params[0]).ok_or_else(unknown),
            "eth_getTransactionByHash" => Ok(self.transaction(&params[0])),
            "eth_call" => {
                let block = self.find(&params[1]).ok_or_else(unknown)?;
                Ok(json!(keccak256(block.hash)))
            }
            "eth_getStorageAt" => {
                let block = self.find(&params[2]).ok_or_else(unknown)?;
                Ok(json!(B256::with_last_byte(u8::try_from(block.header.number).unwrap())))
            }
            _ => Err(json!({ "code": -32601, "message": "the method does not exist" })),
        }
    }

    fn logs(&self, query: &Value) -> Option<Value> {
        if query.get("blockHash").is_some() {
            return self.find(query).map(|block| block.logs_json().into());
        }
        let number = |name: &str| self.find(&query[name]).map(|block| block.header.number);
        let from = number("fromBlock")?;
        // Blocks that are not there have no logs.
        let to = number("toBlock").unwrap_or_else(|| self.head().header.number);
        let logs = (from..=to).flat_map(|number| self.at(number).logs_json());
        Some(logs.collect::<Vec<_>>().into())
    }

    fn transaction(&self, hash: &Value) -> Value {
        for block in &self.blocks {
            let mut transactions = block.transactions.iter();
            if let Some(found) = transactions.find(|found| json!(found.tx_hash()) == *hash) {
                let transaction = rpc::Transaction {
                    inner: Recovered::new_unchecked(found.clone(), Address::ZERO),
                    block_hash: Some(block.hash),
                    block_number: Some(block.header.number),
                    transaction_index: Some(0),
                    effective_gas_price: None,
                    block_timestamp: None,
                };
                return serde_json::to_value(transaction).unwrap();
            }
        }
        Value::Null
    }
}
