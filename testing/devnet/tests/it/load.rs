//! Random transactions of every kind.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, U256};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use rollup_devnet::{Call, Form, Wallet, contracts};
use rollup_primitives::{ScrollPooledTransaction, TxL1Message};

/// Addresses that get value and are mostly new.
const NEW_ACCOUNTS: u64 = 1 << 40;
const SLOTS: u64 = 6;
/// Of precompiles, and one after them.
const PRECOMPILES: u64 = 18;

/// Makes transactions and L1 messages, the same from the same seed.
pub(crate) struct Load {
    random: StdRng,
    wallets: Vec<Wallet>,
    /// Contracts by what they do, the last ones of many.
    contracts: Vec<Address>,
}

impl Load {
    pub(crate) fn new(seed: u64) -> Self {
        let wallets = (0..Wallet::FUNDED).map(|index| Wallet::funded(index).unwrap()).collect();
        Self { random: StdRng::seed_from_u64(seed), wallets, contracts: Vec::new() }
    }

    /// Leaves one contract of each kind.
    pub(crate) fn deploy(&mut self) -> Vec<ScrollPooledTransaction> {
        let codes = [
            contracts::STORE,
            contracts::REVERT,
            contracts::BURN,
            contracts::LOG,
            contracts::DESTRUCT,
            contracts::CALL,
        ];
        let wallet = &mut self.wallets[0];
        let mut transactions = Vec::new();
        for code in &codes {
            self.contracts.push(wallet.address().create(wallet.nonce));
            transactions.push(wallet.next(Call::create(code)).unwrap());
        }
        transactions
    }

    /// Up to 8 transactions, in the order in which they are to be handed in.
    pub(crate) fn transactions(&mut self) -> Vec<ScrollPooledTransaction> {
        let count = self.random.random_range(1..=8);
        (0..count).flat_map(|_| self.transaction()).collect()
    }

    /// Now and then some messages: calls, and calls that cannot pay their value.
    pub(crate) fn messages(&mut self) -> Vec<TxL1Message> {
        if !self.random.random_ratio(1, 4) {
            return Vec::new();
        }
        let count = self.random.random_range(1..=3);
        (0..count).map(|_| self.message()).collect()
    }

    fn message(&mut self) -> TxL1Message {
        let to = *self.contracts.choose(&mut self.random).unwrap();
        let input = contracts::words([self.random.random_range(0..SLOTS), self.random.random()]);
        TxL1Message {
            to,
            input,
            gas_limit: self.random.random_range(30_000..150_000),
            value: U256::from(self.random.random_range(0..3_u64) / 2),
            sender: Address::with_last_byte(self.random.random_range(1..40)),
            ..Default::default()
        }
    }

    /// One transaction, or one and another that replaces it.
    fn transaction(&mut self) -> Vec<ScrollPooledTransaction> {
        let call = self.call();
        let wallet = self.random.random_range(0..self.wallets.len());
        let wallet = &mut self.wallets[wallet];
        if call.form == Form::SetCode || !self.random.random_ratio(1, 10) {
            return vec![wallet.next(call).unwrap()];
        }
        let nonce = wallet.nonce;
        let replaced = wallet.next(call.clone()).unwrap();
        vec![replaced, wallet.sign(nonce, call.raised_by(20)).unwrap()]
    }

    fn call(&mut self) -> Call {
        let call = match self.random.random_range(0..12) {
            0 | 1 => {
                let account = self.random.random_range(0..NEW_ACCOUNTS);
                let to = Address::from_word(B256::from(U256::from(account) << 96));
                Call::transfer(to, self.random.random_range(0..1_000_000))
            }
            2 => {
                let to = self.random.random_range(0..self.wallets.len());
                Call::transfer(self.wallets[to].address(), 1).with_gas(60_000)
            }
            3..=5 => {
                let words = [self.random.random_range(0..SLOTS), self.random.random_range(0..3)];
                Call::contract(self.contracts[0], contracts::words(words))
            }
            6 => {
                let to = *self.contracts.choose(&mut self.random).unwrap();
                let gas = self.random.random_range(24_000..120_000);
                Call::contract(to, contracts::words([1, 2])).with_gas(gas)
            }
            7 => self.precompile(),
            8 => {
                let codes = [contracts::STORE, contracts::DESTRUCT, contracts::LOG];
                let gas = self.random.random_range(55_000..120_000);
                Call::create(codes.choose(&mut self.random).unwrap()).with_gas(gas)
            }
            9 => Call {
                value: U256::from(7),
                ..Call::contract(self.contracts[4], Default::default())
            },
            10 => Call::delegation(*self.contracts.choose(&mut self.random).unwrap()),
            _ => Call::contract(self.contracts[2], Default::default()).with_gas(50_000),
        };
        self.formed(call)
    }

    /// A call of a precompile, straight or from a contract.
    fn precompile(&mut self) -> Call {
        let number = self.random.random_range(1..=PRECOMPILES);
        let words: [u64; 6] = self.random.random();
        if self.random.random() {
            let to = Address::from_word(U256::from(number).into());
            return Call::contract(to, contracts::words(words));
        }
        let input = [contracts::words([number]), contracts::words(words)].concat();
        Call::contract(self.contracts[5], input.into())
    }

    /// Any type for what may have any.
    fn formed(&mut self, call: Call) -> Call {
        if call.form == Form::SetCode {
            return call;
        }
        let forms = [Form::Legacy, Form::AccessList, Form::DynamicFee];
        let form = *forms.choose(&mut self.random).unwrap();
        let tip_wei = self.random.random_range(0..1000);
        let mut call = Call { tip_wei, ..call.with_form(form) };
        if form != Form::Legacy && call.gas_limit >= 60_000 {
            let slots = (0..self.random.random_range(0..3_u64)).map(|slot| U256::from(slot).into());
            let item = AccessListItem { address: self.contracts[0], storage_keys: slots.collect() };
            call.access_list = AccessList(vec![item]);
        }
        call
    }
}
