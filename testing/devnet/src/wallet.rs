//! Accounts that the development chain funds, and their transactions.

use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::AccessList,
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, b256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use eyre::{OptionExt, Result};
use rollup_chainspec::DEV_CHAIN_ID;
use rollup_primitives::ScrollPooledTransaction;

/// The first accounts of the mnemonic that is "test" eleven times and "junk".
const FUNDED: [B256; 10] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    b256!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    b256!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    b256!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
];

/// Fee cap of a [`Call`], in wei per gas: above every base fee of a scenario.
const MAX_FEE_WEI: u128 = 4_000_000_000;

/// The type of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Type 0, for this chain alone.
    Legacy,
    /// Type 1.
    AccessList,
    /// Type 2.
    DynamicFee,
    /// Type 4.
    SetCode,
}

/// What a transaction does, whoever signs it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its type.
    pub form: Form,
    /// Who is called, or that a contract is created.
    pub to: TxKind,
    /// Value in wei.
    pub value: U256,
    /// Calldata or init code.
    pub input: Bytes,
    /// Gas limit.
    pub gas_limit: u64,
    /// Fee cap, or gas price, in wei per gas.
    pub max_fee_wei: u128,
    /// Tip, in wei per gas, where the type has one.
    pub tip_wei: u128,
    /// What is warm from the start, where the type has that.
    pub access_list: AccessList,
    /// Whose code the sender takes over; with [`Form::SetCode`] alone.
    pub delegate: Address,
}

impl Call {
    /// A transfer of wei, of type 2.
    pub fn transfer(to: Address, wei: u64) -> Self {
        Self {
            form: Form::DynamicFee,
            to: to.into(),
            value: U256::from(wei),
            input: Bytes::new(),
            gas_limit: 21_000,
            max_fee_wei: MAX_FEE_WEI,
            tip_wei: 1,
            access_list: AccessList::default(),
            delegate: Address::ZERO,
        }
    }

    /// A call of a contract.
    pub fn contract(to: Address, input: Bytes) -> Self {
        Self { input, gas_limit: 100_000, ..Self::transfer(to, 0) }
    }

    /// Leaves a contract with this code.
    pub fn create(code: &Bytes) -> Self {
        let input = crate::contracts::deploying(code);
        Self { to: TxKind::Create, ..Self::contract(Address::ZERO, input) }
    }

    /// Lets the sender take over the code of another account.
    pub fn delegation(to: Address) -> Self {
        let call = Self::contract(Address::ZERO, Bytes::new());
        Self { form: Form::SetCode, delegate: to, ..call }
    }

    /// Another type.
    #[must_use]
    pub const fn with_form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// Another gas limit.
    #[must_use]
    pub const fn with_gas(mut self, gas_limit: u64) -> Self {
        self.gas_limit = gas_limit;
        self
    }

    /// Fee cap and tip raised by percent, so that it replaces another one.
    #[must_use]
    pub const fn raised_by(mut self, percent: u128) -> Self {
        self.max_fee_wei += self.max_fee_wei * percent / 100;
        // Of a small number, a part is nothing.
        self.tip_wei += self.tip_wei * percent / 100 + 1;
        self
    }
}

/// An account with its key, which counts its nonces.
#[derive(Clone, Debug)]
pub struct Wallet {
    signer: PrivateKeySigner,
    /// Nonce of the next transaction.
    pub nonce: u64,
}

impl Wallet {
    /// How many accounts the development chain funds that have a wallet here.
    pub const FUNDED: usize = FUNDED.len();

    /// An account that the development chain funds with a million ether, before its first
    /// transaction.
    ///
    /// # Errors
    /// If `index` is not below [`Self::FUNDED`].
    pub fn funded(index: usize) -> Result<Self> {
        Self::with_key(*FUNDED.get(index).ok_or_eyre("there are not so many accounts")?)
    }

    /// An account of this key, before its first transaction.
    ///
    /// # Errors
    /// If it is no private key.
    pub fn with_key(key: B256) -> Result<Self> {
        Ok(Self { signer: PrivateKeySigner::from_bytes(&key)?, nonce: 0 })
    }

    /// Its address.
    pub const fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs the next transaction, and counts its nonce.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn next(&mut self, call: Call) -> Result<ScrollPooledTransaction> {
        // The delegation is signed too, and has a nonce of its own.
        let nonces = if call.form == Form::SetCode { 2 } else { 1 };
        let transaction = self.sign(self.nonce, call)?;
        self.nonce += nonces;
        Ok(transaction)
    }

    /// Signs a transaction with any nonce.
    ///
    /// # Errors
    /// If it sets code and creates a contract.
    pub fn sign(&self, nonce: u64, call: Call) -> Result<ScrollPooledTransaction> {
        let chain_id = DEV_CHAIN_ID;
        let Call { to, value, input, gas_limit, access_list, .. } = call;
        let (max_fee_per_gas, max_priority_fee_per_gas) = (call.max_fee_wei, call.tip_wei);
        let gas_price = max_fee_per_gas;
        match call.form {
            Form::Legacy => {
                let chain_id = Some(chain_id);
                let tx = TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input };
                self.signed(tx).map(ScrollPooledTransaction::Legacy)
            }
            Form::AccessList => self
                .signed(TxEip2930 {
                    chain_id,
                    nonce,
                    gas_price,
                    gas_limit,
                    to,
                    value,
                    access_list,
                    input,
                })
                .map(ScrollPooledTransaction::Eip2930),
            Form::DynamicFee => self
                .signed(TxEip1559 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas,
                    max_priority_fee_per_gas,
                    to,
                    value,
                    access_list,
                    input,
                })
                .map(ScrollPooledTransaction::Eip1559),
            Form::SetCode => self
                .signed(TxEip7702 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas,
                    max_priority_fee_per_gas,
                    to: to.into_to().ok_or_eyre("a transaction that sets code creates nothing")?,
                    value,
                    access_list,
                    authorization_list: vec![self.authorization(call.delegate, nonce + 1)?],
                    input,
                })
                .map(ScrollPooledTransaction::Eip7702),
        }
    }

    fn authorization(&self, address: Address, nonce: u64) -> Result<SignedAuthorization> {
        let chain_id = U256::from(DEV_CHAIN_ID);
        let authorization = Authorization { chain_id, address, nonce };
        let signature = self.signer.sign_hash_sync(&authorization.signature_hash())?;
        Ok(authorization.into_signed(signature))
    }

    fn signed<T: SignableTransaction<Signature>>(&self, transaction: T) -> Result<Signed<T>> {
        let signature = self.signer.sign_hash_sync(&transaction.signature_hash())?;
        Ok(transaction.into_signed(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_chainspec::dev;

    #[test]
    fn the_development_chain_funds_every_wallet() {
        for index in 0..Wallet::FUNDED {
            let address = Wallet::funded(index).unwrap().address();
            assert!(dev().genesis().alloc.contains_key(&address), "{index}");
        }
        assert!(Wallet::funded(Wallet::FUNDED).is_err());
    }
}
