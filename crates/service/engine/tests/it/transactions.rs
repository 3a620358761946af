//! Transactions of the first account that development chains fund.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip7702, TxLegacy};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, bytes, uint};
use k256::ecdsa::SigningKey;
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};

pub(crate) const CHAIN_ID: u64 = 1337;
pub(crate) const SENDER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
pub(crate) const RECIPIENT: Address = address!("00000000000000000000000000000000000000ee");
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const L1_SENDER: Address = address!("11110000000000000000000000000000000000aa");
const MAX_FEE_WEI: u64 = 1_000_000_000;
const CURVE_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// Leaves a contract that stores the second word of its input in the slot of the first:
/// PUSH7 … PUSH0 MSTORE PUSH1 7 PUSH1 25 RETURN, where the seven bytes are
/// PUSH1 32 CALLDATALOAD PUSH0 CALLDATALOAD SSTORE STOP.
const STORE_INITCODE: Bytes = bytes!("666020355f3555005f5260076019f3");

/// The contract of [`STORE_INITCODE`] that the sender creates with this nonce.
pub(crate) fn store_contract(nonce: u64) -> Address {
    SENDER.create(nonce)
}

pub(crate) fn transfer(nonce: u64, to: Address, wei: u64) -> ScrollTxEnvelope {
    sign(TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: MAX_FEE_WEI.into(),
        gas_limit: 100_000,
        to: TxKind::Call(to),
        value: U256::from(wei),
        ..Default::default()
    })
}

pub(crate) fn creation(nonce: u64) -> ScrollTxEnvelope {
    sign(TxEip1559 { to: TxKind::Create, input: STORE_INITCODE, ..dynamic_fee(nonce) })
}

/// Sets slots of a contract made by [`creation`], or of an account that delegates to it.
pub(crate) fn store(nonce: u64, to: Address, slot: u64, value: u64) -> ScrollTxEnvelope {
    let words = [slot, value].map(|word| U256::from(word).to_be_bytes::<32>());
    let input = Bytes::from(words.concat());
    sign(TxEip1559 { to: TxKind::Call(to), input, ..dynamic_fee(nonce) })
}

/// Makes the sender itself delegate to `to`, or no more if that is zero.
pub(crate) fn delegation(nonce: u64, to: Address) -> ScrollTxEnvelope {
    let authorization =
        Authorization { chain_id: U256::from(CHAIN_ID), address: to, nonce: nonce + 1 };
    let signature = signature(authorization.signature_hash());
    sign(TxEip7702 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: MAX_FEE_WEI.into(),
        to: RECIPIENT,
        authorization_list: vec![authorization.into_signed(signature)],
        ..Default::default()
    })
}

pub(crate) fn l1_message(queue_index: u64) -> ScrollTxEnvelope {
    TxL1Message {
        queue_index,
        gas_limit: 100_000,
        to: RECIPIENT,
        value: U256::ZERO,
        input: bytes!("c0ffee"),
        sender: L1_SENDER,
    }
    .into()
}

/// A message that differs from others of its index by the salt.
pub(crate) fn l1_message_with(queue_index: u64, salt: u64) -> TxL1Message {
    TxL1Message {
        queue_index,
        gas_limit: 100_000,
        to: RECIPIENT,
        value: U256::ZERO,
        input: salt.to_be_bytes().into(),
        sender: L1_SENDER,
    }
}

/// The other signature that an ECDSA signature implies, which EIP-2 forbids.
pub(crate) fn with_high_s(signature: &Signature) -> Signature {
    Signature::new(signature.r(), CURVE_ORDER - signature.s(), !signature.v())
}

fn dynamic_fee(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: MAX_FEE_WEI.into(),
        ..Default::default()
    }
}

fn sign<T>(tx: T) -> ScrollTxEnvelope
where
    T: SignableTransaction<Signature>,
    ScrollTxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signature = signature(tx.signature_hash());
    tx.into_signed(signature).into()
}

fn signature(hash: B256) -> Signature {
    let key = SigningKey::from_slice(KEY.as_slice()).unwrap();
    key.sign_prehash_recoverable(hash.as_slice()).unwrap().into()
}
