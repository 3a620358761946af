//! Transactions of every type, and RLP lists taken apart.

use alloy_consensus::{
    SignableTransaction as _, TxEip1559, TxEip2930, TxEip7702, TxLegacy, Typed2718 as _,
};
use alloy_eips::{
    eip2718::Encodable2718 as _,
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, uint};
use alloy_rlp::Header;
use proptest::{collection::vec, option, prelude::*};
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};

/// Order of the secp256k1 group.
pub(crate) const CURVE_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// Signature of the example in EIP-155, which has a low `s`.
pub(crate) const SIGNATURE: Signature = Signature::new(
    uint!(0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276_U256),
    uint!(0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83_U256),
    false,
);

/// The other signature of the same key over the same hash.
pub(crate) fn high_s_twin(signature: &Signature) -> Signature {
    Signature::new(signature.r(), CURVE_ORDER - signature.s(), !signature.v())
}

pub(crate) const TO: Address = address!("0x3535353535353535353535353535353535353535");

/// The transaction of the example in EIP-155.
pub(crate) fn eip155_example() -> ScrollTxEnvelope {
    TxLegacy { chain_id: Some(1), ..unprotected() }.into_signed(SIGNATURE).into()
}

const fn unprotected() -> TxLegacy {
    TxLegacy {
        chain_id: None,
        nonce: 9,
        gas_price: 20_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(TO),
        value: uint!(1_000_000_000_000_000_000_U256),
        input: Bytes::new(),
    }
}

fn access_list() -> AccessList {
    let keys = vec![B256::with_last_byte(1), B256::repeat_byte(0xff)];
    AccessList(vec![AccessListItem { address: TO, storage_keys: keys }])
}

fn authorization() -> SignedAuthorization {
    let inner = Authorization { chain_id: U256::from(534_352), address: TO, nonce: 7 };
    SignedAuthorization::new_unchecked(inner, 1, U256::from(3), U256::from(4))
}

pub(crate) fn l1_message() -> TxL1Message {
    TxL1Message {
        queue_index: 0x0e76ab,
        gas_limit: 2_000_000,
        to: TO,
        value: U256::from(5),
        input: Bytes::from_static(&[0x8e, 0xf1, 0x33, 0x2e]),
        sender: address!("0x7885bcbd5cecef1336b5300fb5186a12ddd8c478"),
    }
}

/// One transaction of each type, and an unprotected legacy one.
pub(crate) fn samples() -> Vec<ScrollTxEnvelope> {
    let eip2930 = TxEip2930 {
        chain_id: 534_352,
        nonce: 1,
        gas_price: 1_000,
        gas_limit: 60_000,
        to: TxKind::Call(TO),
        value: U256::ZERO,
        access_list: access_list(),
        input: Bytes::from_static(&[0x01]),
    };
    let eip1559 = TxEip1559 {
        chain_id: 534_352,
        nonce: 0,
        gas_limit: 90_000,
        max_fee_per_gas: 40_000_000,
        max_priority_fee_per_gas: 100,
        to: TxKind::Create,
        value: U256::from(1),
        access_list: AccessList::default(),
        input: Bytes::from_static(&[0x60, 0x00]),
    };
    let eip7702 = TxEip7702 {
        chain_id: 534_352,
        nonce: 0x80,
        gas_limit: 100_000,
        max_fee_per_gas: 50,
        max_priority_fee_per_gas: 2,
        to: TO,
        value: U256::ZERO,
        access_list: access_list(),
        authorization_list: vec![authorization()],
        input: Bytes::new(),
    };
    vec![
        eip155_example(),
        unprotected().into_signed(SIGNATURE).into(),
        eip2930.into_signed(SIGNATURE).into(),
        eip1559.into_signed(SIGNATURE).into(),
        eip7702.into_signed(SIGNATURE).into(),
        l1_message().into(),
    ]
}

/// `tx` with another signature; an L1 message has none to change.
pub(crate) fn with_signature(tx: &ScrollTxEnvelope, signature: Signature) -> ScrollTxEnvelope {
    rollup_primitives::ScrollTypedTransaction::from(tx.clone()).into_signed(signature)
}

/// Encoding without the type byte.
pub(crate) fn payload(tx: &ScrollTxEnvelope) -> Vec<u8> {
    let raw = tx.encoded_2718();
    raw[usize::from(!tx.is_legacy())..].to_vec()
}

/// `payload` with the type byte of `tx`.
pub(crate) fn tagged(tx: &ScrollTxEnvelope, payload: Vec<u8>) -> Vec<u8> {
    if tx.is_legacy() { payload } else { [vec![tx.ty()], payload].concat() }
}

/// Encoded items of an encoded list.
pub(crate) fn list_items(mut list: &[u8]) -> Vec<Vec<u8>> {
    let header = Header::decode(&mut list).unwrap();
    assert!(header.list);
    assert_eq!(header.payload_length, list.len());
    let mut items = Vec::new();
    while !list.is_empty() {
        let mut rest = list;
        let header = Header::decode(&mut rest).unwrap();
        let (item, next) = list.split_at(list.len() - rest.len() + header.payload_length);
        items.push(item.to_vec());
        list = next;
    }
    items
}

/// Encoded list of encoded items.
pub(crate) fn list_of(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut list = Vec::new();
    Header { list: true, payload_length: payload.len() }.encode(&mut list);
    list.extend(payload);
    list
}

prop_compose! {
    fn any_u256()(bytes: [u8; 32], used_bytes in 0usize..=32) -> U256 {
        U256::from_be_slice(&bytes[32 - used_bytes..])
    }
}

prop_compose! {
    fn any_signature()(r in any_u256(), s in any_u256(), odd: bool) -> Signature {
        Signature::new(r, s, odd)
    }
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn any_kind() -> impl Strategy<Value = TxKind> {
    option::of(any_address()).prop_map(TxKind::from)
}

fn any_bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..80).prop_map(Bytes::from)
}

fn any_access_list() -> impl Strategy<Value = AccessList> {
    let item = (any_address(), vec(any::<[u8; 32]>().prop_map(B256::from), 0..3))
        .prop_map(|(address, storage_keys)| AccessListItem { address, storage_keys });
    vec(item, 0..3).prop_map(AccessList)
}

prop_compose! {
    fn any_authorization()(
        chain_id in any_u256(), address in any_address(), nonce: u64, y_parity: u8,
        r in any_u256(), s in any_u256(),
    ) -> SignedAuthorization {
        let inner = Authorization { chain_id, address, nonce };
        SignedAuthorization::new_unchecked(inner, y_parity, r, s)
    }
}

prop_compose! {
    // A chain id above this does not fit the signature's v in JSON.
    fn any_legacy()(
        chain_id in option::of(0..=u64::MAX / 2 - 36), nonce: u64, gas_price: u128,
        gas_limit: u64, to in any_kind(), value in any_u256(), input in any_bytes(),
        signature in any_signature(),
    ) -> ScrollTxEnvelope {
        let tx = TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input };
        tx.into_signed(signature).into()
    }
}

prop_compose! {
    fn any_eip2930()(
        chain_id: u64, nonce: u64, gas_price: u128, gas_limit: u64, to in any_kind(),
        value in any_u256(), access_list in any_access_list(), input in any_bytes(),
        signature in any_signature(),
    ) -> ScrollTxEnvelope {
        let tx =
            TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, value, access_list, input };
        tx.into_signed(signature).into()
    }
}

prop_compose! {
    fn any_eip1559()(
        chain_id: u64, nonce: u64, max_fee_per_gas: u128, max_priority_fee_per_gas: u128,
        gas_limit: u64, to in any_kind(), value in any_u256(), access_list in any_access_list(),
        input in any_bytes(), signature in any_signature(),
    ) -> ScrollTxEnvelope {
        let tx = TxEip1559 {
            chain_id, nonce, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, to, value,
            access_list, input,
        };
        tx.into_signed(signature).into()
    }
}

prop_compose! {
    fn any_eip7702()(
        chain_id: u64, nonce: u64, max_fee_per_gas: u128, max_priority_fee_per_gas: u128,
        gas_limit: u64, to in any_address(), value in any_u256(), access_list in any_access_list(),
        authorization_list in vec(any_authorization(), 0..3), input in any_bytes(),
        signature in any_signature(),
    ) -> ScrollTxEnvelope {
        let tx = TxEip7702 {
            chain_id, nonce, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, to, value,
            access_list, authorization_list, input,
        };
        tx.into_signed(signature).into()
    }
}

prop_compose! {
    fn any_l1_message()(
        queue_index: u64, gas_limit: u64, to in any_address(), value in any_u256(),
        input in any_bytes(), sender in any_address(),
    ) -> ScrollTxEnvelope {
        TxL1Message { queue_index, gas_limit, to, value, input, sender }.into()
    }
}

/// Any transaction, whether or not a block could hold it.
pub(crate) fn any_transaction() -> impl Strategy<Value = ScrollTxEnvelope> {
    prop_oneof![any_legacy(), any_eip2930(), any_eip1559(), any_eip7702(), any_l1_message()]
}

/// Hash of the EIP-155 example's encoding.
pub(crate) const EIP155_EXAMPLE_HASH: B256 =
    b256!("0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788");
/// Sender of the EIP-155 example.
pub(crate) const EIP155_EXAMPLE_SENDER: Address =
    address!("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
