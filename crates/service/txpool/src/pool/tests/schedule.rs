//! Random schedules on the pool and on the model.

use super::{
    model::{Model, Refusal, effective_tip},
    *,
};
use crate::{content::PoolSize, error::PoolError, pool::BestState};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const LIFETIME: Duration = Duration::from_secs(10);
const SENDERS: u8 = 4;

#[derive(Clone, Debug)]
enum Step {
    Insert(Spec),
    /// What the chain says of a sender; the pool may learn it only with the next transaction.
    Account {
        sender: u8,
        account: AccountState,
        is_told: bool,
    },
    Head {
        conditions: Conditions,
        /// Price of a byte.
        price: u64,
    },
    Expire,
    Wait(Duration),
    /// A new builder starts.
    Build {
        base_fee: u64,
    },
    /// The builder takes some.
    Take(usize),
    SkipSender,
}

fn spec() -> impl Strategy<Value = Spec> {
    let flags = (prop::bool::weighted(0.25), prop::bool::weighted(0.1));
    let numbers = (1..=SENDERS, 0..7_u64, 1..30_u128, 0..10_u128, 0..3_u64, 1..20_u64);
    (numbers, 100..200_usize, flags).prop_map(
        |((sender, nonce, fee_cap, tip, gas, cost), bytes, (is_local, is_returned))| Spec {
            sender,
            nonce,
            fee_cap,
            tip: tip.min(fee_cap),
            gas_limit: 21_000 + gas,
            cost,
            bytes,
            is_local,
            is_returned,
        },
    )
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let gas_limit = prop_oneof![4 => Just(30_000), 1 => 20_999..21_003_u64];
    (0..12_u64, gas_limit).prop_map(|(base_fee, gas_limit)| Conditions { base_fee, gas_limit })
}

fn account() -> impl Strategy<Value = AccountState> {
    let balance = prop_oneof![2 => Just(10_000_u64), 3 => 0..80_u64];
    (0..5_u64, balance)
        .prop_map(|(nonce, balance)| AccountState { nonce, balance: U256::from(balance) })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => spec().prop_map(Step::Insert),
        3 => (1..=SENDERS, account(), any::<bool>())
            .prop_map(|(sender, account, is_told)| Step::Account { sender, account, is_told }),
        1 => (conditions(), 0..3_u64)
            .prop_map(|(conditions, price)| Step::Head { conditions, price }),
        1 => Just(Step::Expire),
        2 => (0..8_u64).prop_map(|seconds| Step::Wait(Duration::from_secs(seconds))),
        1 => (0..12_u64).prop_map(|base_fee| Step::Build { base_fee }),
        1 => Just(Step::Build { base_fee: u64::MAX }),
        5 => (1..4_usize).prop_map(Step::Take),
        1 => Just(Step::SkipSender),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let some = || prop_oneof![Just(1_000_usize), 1..8_usize];
    let bytes = || prop_oneof![Just(1_000_000_usize), 200..900_usize];
    (some(), bytes(), some(), bytes(), some()).prop_map(
        |(max_pending, max_pending_bytes, max_queued, max_queued_bytes, max_account_slots)| {
            Limits {
                max_pending,
                max_pending_bytes,
                max_queued,
                max_queued_bytes,
                max_account_slots,
                price_bump_percent: 10,
            }
        },
    )
}

/// The builder as the model sees it.
#[derive(Debug, Default)]
struct Builder {
    base_fee: u64,
    given_end: BTreeMap<u8, u64>,
    skipped: BTreeSet<u8>,
    last: Option<u8>,
}

impl Builder {
    /// The best of what each sender could give next.
    fn next(&mut self, model: &Model) -> Option<(u8, u64)> {
        let executables = model.executables();
        let best = (1..=SENDERS)
            .filter(|sender| !self.skipped.contains(sender))
            .filter_map(|sender| {
                let given_end = self.given_end.get(&sender).copied().unwrap_or_default();
                let nonce = model.account(sender)?.nonce.max(given_end);
                let item = model.item(sender, nonce)?;
                let tip = effective_tip(&item.spec, self.base_fee)?;
                let is_executable = executables.contains(&(sender, nonce));
                is_executable.then_some((std::cmp::Reverse(tip), item.arrival, sender, nonce))
            })
            .min();
        let (_, _, sender, nonce) = best?;
        self.given_end.insert(sender, nonce + 1);
        self.last = Some(sender);
        Some((sender, nonce))
    }
}

struct Run {
    pool: Pool,
    model: Model,
    chain: BTreeMap<u8, AccountState>,
    price: u64,
    now: Duration,
    best: BestState,
    builder: Builder,
    /// Hashes that were told of as executable.
    announced: BTreeSet<TxHash>,
    inserted: usize,
    removed: usize,
}

impl Run {
    fn new(limits: Limits) -> Self {
        let conditions = Conditions { base_fee: 5, gas_limit: 30_000 };
        Self {
            pool: Pool::new(limits, conditions),
            model: Model::new(limits, conditions),
            chain: BTreeMap::new(),
            price: 0,
            now: NOW,
            best: BestState::new(5),
            builder: Builder { base_fee: 5, ..Default::default() },
            announced: BTreeSet::new(),
            inserted: 0,
            removed: 0,
        }
    }

    fn account(&self, sender: u8) -> AccountState {
        let start = AccountState { nonce: 0, balance: U256::from(10_000) };
        self.chain.get(&sender).copied().unwrap_or(start)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Insert(spec) => self.insert(spec),
            Step::Account { sender, account, is_told } => {
                self.chain.insert(sender, account);
                if is_told {
                    self.pool.set_account(address(sender), account, self.now);
                    self.model.set_account(sender, account, self.now);
                }
            }
            Step::Head { conditions, price } => self.head(conditions, price),
            Step::Expire => {
                self.pool.expire(LIFETIME, self.now);
                self.model.expire(LIFETIME, self.now);
            }
            Step::Wait(time) => self.now += time,
            Step::Build { base_fee } => {
                // Mostly for the base fee that the pool is ordered by.
                let own = self.pool.conditions.base_fee;
                let base_fee = if base_fee == u64::MAX { own } else { base_fee };
                self.best = BestState::new(base_fee);
                self.builder = Builder { base_fee, ..Default::default() };
            }
            Step::Take(count) => self.take(count),
            Step::SkipSender => {
                self.best.skip_sender();
                self.builder.skipped.extend(self.builder.last);
            }
        }
    }

    fn insert(&mut self, spec: Spec) {
        let account = self.account(spec.sender);
        let cost = spec.cost + self.price * spec.bytes as u64;
        let candidate = Candidate { cost: U256::from(cost), ..spec.candidate() };
        let outcome = self.pool.insert(candidate, account, self.now);
        let expected = self.model.insert(spec, cost, account, self.now);
        let outcome = outcome.map_err(|err| match err {
            PoolError::NonceTooLow { .. } => Refusal::NonceTooLow,
            PoolError::AlreadyKnown => Refusal::AlreadyKnown,
            PoolError::ReplacementUnderpriced { .. } => Refusal::Underpriced,
            PoolError::AccountLimit { .. } => Refusal::AccountLimit,
            PoolError::Full => Refusal::Full,
            err => panic!("{err}"),
        });
        assert_eq!(outcome, expected, "{spec:?}");
        // One that finds no room was in the pool, and left it.
        self.inserted += usize::from(matches!(outcome, Ok(()) | Err(Refusal::Full)));
    }

    fn head(&mut self, conditions: Conditions, price: u64) {
        let cost = |value: U256, bytes: usize| value + U256::from(price * bytes as u64);
        let reprice = |tx: &PoolTransaction, basis| {
            (basis, cost(alloy_consensus::Transaction::value(&*tx.transaction), tx.encoded_bytes))
        };
        let fees = (price != self.price).then_some(&reprice as &super::super::Reprice<'_>);
        self.pool.set_head(conditions, fees, self.now);
        let cost = |spec: &Spec| spec.cost + price * spec.bytes as u64;
        self.model.set_head(conditions, cost, self.now);
        self.price = price;
    }

    fn take(&mut self, count: usize) {
        for _ in 0..count {
            let given = self.best.next(&self.pool);
            let given = given.map(|transaction| (transaction.sender()[0], transaction.nonce()));
            assert_eq!(given, self.builder.next(&self.model));
        }
    }

    /// Everything that must hold between two steps.
    fn check(&mut self) {
        let effects = self.pool.take_effects();
        let removed: Vec<_> = effects.removed.iter().map(|(tx, why)| (tx.hash(), *why)).collect();
        self.removed += removed.len();
        let sorted = |mut removed: Vec<(TxHash, Removal)>| {
            removed.sort_by_key(|(hash, _)| *hash);
            removed
        };
        assert_eq!(sorted(removed), sorted(std::mem::take(&mut self.model.removed)));

        let executables = self.model.executables();
        let of_pool = self.pool.content(None);
        let keys = |part: &crate::content::TransactionsBySender| -> BTreeSet<(u8, u64)> {
            let all = part.iter().flat_map(|(sender, of)| of.keys().map(|n| (sender[0], *n)));
            all.collect()
        };
        assert_eq!(keys(&of_pool.pending), executables);
        let all: BTreeSet<_> =
            self.model.items.iter().map(|item| (item.spec.sender, item.spec.nonce)).collect();
        assert_eq!(keys(&of_pool.queued), &all - &executables);

        let mut size = PoolSize::default();
        for item in &self.model.items {
            assert!(self.pool.get(&item.spec.hash()).is_some());
            if executables.contains(&(item.spec.sender, item.spec.nonce)) {
                size.pending += 1;
                size.pending_bytes += item.spec.bytes;
            } else {
                size.queued += 1;
                size.queued_bytes += item.spec.bytes;
            }
        }
        assert_eq!(self.pool.size(), size);
        let limits = self.model.limits;
        assert!(size.pending <= limits.max_pending && size.queued <= limits.max_queued);
        assert!(size.pending_bytes <= limits.max_pending_bytes);
        assert!(size.queued_bytes <= limits.max_queued_bytes);
        assert_eq!(self.pool.transactions().count(), self.model.items.len());
        assert_eq!(self.inserted, self.removed + self.model.items.len(), "one got lost");

        for transaction in &effects.pending {
            // A transaction that comes anew is told of anew.
            self.announced.insert(transaction.hash());
        }
        for key in &executables {
            let item = self.model.item(key.0, key.1).unwrap();
            assert!(self.announced.contains(&item.spec.hash()), "nobody was told of {key:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_pool_is_what_the_model_says(
        limits in limits(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut run = Run::new(limits);
        for step in steps {
            run.step(step);
            run.check();
        }
        // And all of it comes out in order.
        run.step(Step::Build { base_fee: u64::MAX });
        let count = run.model.executables().len();
        run.take(count + 1);
    }
}
