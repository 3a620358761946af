//! A contract that does one of everything, and those that it calls.

use crate::eth::{
    chain::{Chain, created, creation, invoke_for},
    contracts::{INVALID, REVERTER},
};
use alloy_primitives::{Address, Bytes, bytes};

/// Stores 1 in slot 0.
pub(crate) const LEAF: Bytes = bytes!("60015f5500");
/// SELFDESTRUCT, which is no opcode here.
const DESTROYER: Bytes = bytes!("30ff");
/// Creates a contract without code.
pub(crate) const EMPTY_INITCODE: Bytes = bytes!("5f5ff3");
/// Creates nothing: it reverts.
pub(crate) const REVERTING_INITCODE: Bytes = bytes!("5f5ffd");

const CREATE: u8 = 0xf0;
const CALL: u8 = 0xf1;
const DELEGATECALL: u8 = 0xf4;
const CREATE2: u8 = 0xf5;
const STATICCALL: u8 = 0xfa;
const STOP: u8 = 0x00;
/// Gas that a call gets.
pub(crate) const CALL_GAS: u64 = 0x8000;
/// Gas of a transaction to [`root`].
pub(crate) const ROOT_GAS: u64 = 500_000;

pub(crate) fn leaf() -> Address {
    created(0)
}

pub(crate) fn reverter() -> Address {
    created(1)
}

pub(crate) fn invalid() -> Address {
    created(2)
}

pub(crate) fn destroyer() -> Address {
    created(3)
}

/// Does one of everything.
pub(crate) fn root() -> Address {
    created(4)
}

/// Two blocks: the contracts, and a transaction to [`root`].
pub(crate) fn chain() -> Chain {
    let mut chain = Chain::new();
    chain.append(vec![
        creation(0, &LEAF),
        creation(1, &REVERTER),
        creation(2, &INVALID),
        creation(3, &DESTROYER),
        creation(4, &root_code()),
    ]);
    chain.append(vec![invoke_for(5, root(), Bytes::new(), 1, ROOT_GAS)]);
    chain
}

fn root_code() -> Bytes {
    [
        call(CALL, leaf(), CALL_GAS),
        call(DELEGATECALL, leaf(), CALL_GAS),
        call(STATICCALL, reverter(), CALL_GAS),
        // A precompile without value is not shown.
        call(STATICCALL, Address::with_last_byte(4), CALL_GAS),
        create(CREATE, &EMPTY_INITCODE),
        create(CREATE2, &EMPTY_INITCODE),
        create(CREATE, &REVERTING_INITCODE),
        call(CALL, invalid(), CALL_GAS),
        call(CALL, destroyer(), CALL_GAS),
        vec![STOP],
    ]
    .concat()
    .into()
}

/// A call without input, whose result is dropped.
fn call(opcode: u8, to: Address, gas: u64) -> Vec<u8> {
    let mut code = vec![0x5f, 0x5f, 0x5f, 0x5f];
    if opcode == CALL {
        code.push(0x5f);
    }
    code.push(0x73);
    code.extend_from_slice(to.as_slice());
    code.push(0x61);
    code.extend_from_slice(&gas.to_be_bytes()[6..]);
    code.extend([opcode, 0x50]);
    code
}

/// A creation, whose result is dropped.
fn create(opcode: u8, initcode: &Bytes) -> Vec<u8> {
    let length = u8::try_from(initcode.len()).unwrap();
    let mut code = vec![0x5f + length];
    code.extend_from_slice(initcode);
    code.extend([0x5f, 0x52]);
    if opcode == CREATE2 {
        code.push(0x5f);
    }
    code.extend([0x60, length, 0x60, 32 - length, 0x5f, opcode, 0x50]);
    code
}
