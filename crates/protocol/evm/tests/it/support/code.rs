//! An assembler.

use alloy_primitives::{Address, Bytes, U256};
use revm::bytecode::opcode;

#[derive(Clone, Debug, Default)]
pub(crate) struct Code(Vec<u8>);

impl Code {
    pub(crate) const PUSH_GAS: u64 = 3;
    /// Gas of [`Self::return_top`].
    pub(crate) const RETURN_TOP_GAS: u64 = 13;
    /// Gas that [`Self::probe_call`] counts besides the CALL itself.
    const PROBE_GAS: u64 = 22;

    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn op(mut self, opcode: u8) -> Self {
        self.0.push(opcode);
        self
    }

    /// Always PUSH32.
    pub(crate) fn push(mut self, value: impl Into<U256>) -> Self {
        self.0.push(opcode::PUSH32);
        self.0.extend_from_slice(&value.into().to_be_bytes::<32>());
        self
    }

    pub(crate) fn push_address(self, address: Address) -> Self {
        self.push(U256::from_be_slice(address.as_slice()))
    }

    pub(crate) fn balance_of(self, address: Address) -> Self {
        self.push_address(address).op(opcode::BALANCE)
    }

    pub(crate) fn sstore(self, slot: u64, value: u64) -> Self {
        self.push(U256::from(value)).push(U256::from(slot)).op(opcode::SSTORE)
    }

    pub(crate) fn mstore(self, offset: u64) -> Self {
        self.push(U256::from(offset)).op(opcode::MSTORE)
    }

    pub(crate) fn revert(self) -> Self {
        self.op(opcode::PUSH0).op(opcode::PUSH0).op(opcode::REVERT)
    }

    /// Returns the top of the stack; memory must not have been used.
    pub(crate) fn return_top(self) -> Self {
        self.op(opcode::PUSH0)
            .op(opcode::MSTORE)
            .push(U256::from(32))
            .op(opcode::PUSH0)
            .op(opcode::RETURN)
    }

    /// Runs `body` and returns the gas it took.
    pub(crate) fn gas_of(self, body: Self) -> Self {
        let mut code = self.op(opcode::GAS);
        code.0.extend(body.0);
        // GAS counts itself: 2.
        code.op(opcode::GAS)
            .op(opcode::SWAP1)
            .op(opcode::SUB)
            .push(U256::from(2))
            .op(opcode::SWAP1)
            .op(opcode::SUB)
            .return_top()
    }

    /// Calls `target` with the calldata of the transaction. Returns four words: success, size of
    /// the returned data, gas the CALL took, first 32 bytes of the returned data.
    pub(crate) fn probe_call(target: Address, gas: u64, value: u64) -> Self {
        let code = Self::new()
            .op(opcode::PUSH0)
            .mstore(96)
            .op(opcode::CALLDATASIZE)
            .op(opcode::PUSH0)
            .push(U256::from(128))
            .op(opcode::CALLDATACOPY)
            .op(opcode::GAS)
            .push(U256::from(32))
            .push(U256::from(96))
            .op(opcode::CALLDATASIZE)
            .push(U256::from(128))
            .push(U256::from(value))
            .push_address(target)
            .push(U256::from(gas))
            .op(opcode::CALL)
            .op(opcode::GAS);
        // gas before, success, gas after → gas after, gas before, success
        code.op(opcode::SWAP2)
            .op(opcode::SWAP1)
            .op(opcode::PUSH0)
            .op(opcode::MSTORE)
            .op(opcode::SUB)
            .push(U256::from(Self::PROBE_GAS))
            .op(opcode::SWAP1)
            .op(opcode::SUB)
            .mstore(64)
            .op(opcode::RETURNDATASIZE)
            .mstore(32)
            .push(U256::from(128))
            .op(opcode::PUSH0)
            .op(opcode::RETURN)
    }

    /// STATICCALL with this much gas; leaves success on the stack.
    pub(crate) fn static_call(self, target: Address, gas: u64) -> Self {
        self.op(opcode::PUSH0)
            .op(opcode::PUSH0)
            .op(opcode::PUSH0)
            .op(opcode::PUSH0)
            .push_address(target)
            .push(U256::from(gas))
            .op(opcode::STATICCALL)
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0.into()
    }
}
