//! Transactions by accounts that development chains fund.

use alloy_consensus::{
    SignableTransaction, TxEip1559, TxEip7702, TxLegacy, transaction::Recovered,
};
use alloy_eips::{Encodable2718, eip7702::Authorization};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, bytes};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use rollup_chainspec::DEV_CHAIN_ID;
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};
use rollup_txpool::{PoolTransaction, TransactionOrigin};
use std::{sync::Arc, time::Duration};

/// The first accounts of the mnemonic "test test … junk".
const FUNDED: [B256; 3] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
];
pub(crate) const RECIPIENT: Address = address!("00000000000000000000000000000000000000ee");
/// Stores the second word of its input in the slot of the first.
pub(crate) const STORING: Address = address!("00000000000000000000000000000000000000c1");
/// Reverts.
pub(crate) const REVERTING: Address = address!("00000000000000000000000000000000000000c2");
/// Runs out of gas.
pub(crate) const ENDLESS: Address = address!("00000000000000000000000000000000000000c3");
/// Logs.
pub(crate) const LOGGING: Address = address!("00000000000000000000000000000000000000c4");
/// Has code, so it signs nothing and sends no L1 message.
pub(crate) const THIEF: Address = STORING;

const L1_SENDER: Address = address!("11110000000000000000000000000000000000aa");
const MAX_FEE_WEI: u128 = 2_000_000_000;

/// The contracts.
pub(crate) const fn codes() -> [(Address, Bytes); 4] {
    [
        (STORING, bytes!("6020355f355500")),
        (REVERTING, bytes!("5f5ffd")),
        (ENDLESS, bytes!("5b5f56")),
        (LOGGING, bytes!("5f5fa000")),
    ]
}

/// What a test chooses of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Tx {
    pub(crate) nonce: u64,
    pub(crate) gas_limit: u64,
    pub(crate) to: TxKind,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    /// Makes the sender delegate to this, with the nonce that the sender has then.
    pub(crate) delegate: Option<(Address, u64)>,
    pub(crate) is_legacy: bool,
}

impl Tx {
    pub(crate) fn transfer(nonce: u64) -> Self {
        Self {
            nonce,
            gas_limit: 21_000,
            to: RECIPIENT.into(),
            value: U256::ONE,
            input: Bytes::new(),
            delegate: None,
            is_legacy: false,
        }
    }

    pub(crate) fn call(nonce: u64, to: Address) -> Self {
        let (to, value) = (to.into(), U256::ZERO);
        Self { to, gas_limit: 100_000, value, ..Self::transfer(nonce) }
    }

    pub(crate) fn store(nonce: u64, slot: u64, value: u64) -> Self {
        let words = [slot, value].map(|word| U256::from(word).to_be_bytes::<32>());
        Self { input: words.concat().into(), ..Self::call(nonce, STORING) }
    }

    /// Leaves the contract that stores.
    pub(crate) fn create(nonce: u64) -> Self {
        let input = bytes!("666020355f3555005f5260076019f3");
        Self { to: TxKind::Create, input, ..Self::call(nonce, STORING) }
    }

    pub(crate) fn delegation(nonce: u64, to: Address) -> Self {
        Self { delegate: Some((to, nonce + 1)), ..Self::call(nonce, RECIPIENT) }
    }
}

/// Who signs.
#[derive(Clone, Debug)]
pub(crate) struct Sender(PrivateKeySigner);

impl Sender {
    pub(crate) fn funded(index: usize) -> Self {
        Self::of(FUNDED[index])
    }

    pub(crate) fn of(key: B256) -> Self {
        Self(PrivateKeySigner::from_bytes(&key).unwrap())
    }

    pub(crate) const fn address(&self) -> Address {
        self.0.address()
    }

    pub(crate) fn signed(&self, tx: Tx) -> Recovered<ScrollTxEnvelope> {
        let Tx { nonce, gas_limit, to, value, input, delegate, is_legacy } = tx;
        let chain_id = DEV_CHAIN_ID;
        let (max_fee_per_gas, max_priority_fee_per_gas) = (MAX_FEE_WEI, 0);
        if is_legacy {
            let chain_id = Some(chain_id);
            let gas_price = MAX_FEE_WEI;
            return self.sign(TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input });
        }
        let Some((delegate, authority_nonce)) = delegate else {
            return self.sign(TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list: Default::default(),
                input,
            });
        };
        let authorization = Authorization {
            chain_id: U256::from(chain_id),
            address: delegate,
            nonce: authority_nonce,
        };
        let signature = self.0.sign_hash_sync(&authorization.signature_hash()).unwrap();
        self.sign(TxEip7702 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to: to.into_to().unwrap(),
            value,
            access_list: Default::default(),
            authorization_list: vec![authorization.into_signed(signature)],
            input,
        })
    }

    pub(crate) fn pooled(&self, tx: Tx) -> Arc<PoolTransaction> {
        pooled(self.signed(tx))
    }

    fn sign<T>(&self, tx: T) -> Recovered<ScrollTxEnvelope>
    where
        T: SignableTransaction<Signature>,
        ScrollTxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = self.0.sign_hash_sync(&tx.signature_hash()).unwrap();
        Recovered::new_unchecked(tx.into_signed(signature).into(), self.address())
    }
}

/// A transaction as the pool gives it.
pub(crate) fn pooled(transaction: Recovered<ScrollTxEnvelope>) -> Arc<PoolTransaction> {
    let encoded_bytes = transaction.encode_2718_len();
    let (l1_data_fee, received_at) = (U256::ZERO, Duration::ZERO);
    let origin = TransactionOrigin::External;
    Arc::new(PoolTransaction { transaction, origin, encoded_bytes, l1_data_fee, received_at })
}

/// A message that calls a contract which does not care.
pub(crate) fn l1_message(
    queue_index: u64,
    change: impl FnOnce(&mut TxL1Message),
) -> Recovered<ScrollTxEnvelope> {
    let mut message = TxL1Message {
        queue_index,
        gas_limit: 100_000,
        to: LOGGING,
        value: U256::ZERO,
        input: bytes!("c0ffee"),
        sender: L1_SENDER,
    };
    change(&mut message);
    let sender = message.sender;
    Recovered::new_unchecked(message.into(), sender)
}
