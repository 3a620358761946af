//! From headers and attributes to EVM environments and executors.

use crate::{
    block::{NextBlockAttributes, ScrollBlockExecutionCtx, ScrollBlockExecutorFactory},
    evm::{ScrollEvmFactory, ScrollContext},
    spec::ScrollSpecId,
};
use alloy_evm::{
    EvmEnv, EvmFactory,
    block::{BlockExecutorFactory, BlockExecutorFor, StateDB},
};
use alloy_primitives::{Address, U256};
use revm::{
    Inspector,
    context::{BlockEnv, CfgEnv},
};
use rollup_chainspec::ScrollChainSpec;
use rollup_primitives::{ScrollHeader, SealedHeader};
use std::sync::Arc;

/// Everything needed to execute blocks of one chain.
#[derive(Clone, Debug)]
pub struct ScrollEvmConfig {
    executor_factory: ScrollBlockExecutorFactory,
}

impl ScrollEvmConfig {
    /// Configuration for a chain.
    pub fn new(chain_spec: Arc<ScrollChainSpec>) -> Self {
        let evm_factory = ScrollEvmFactory::default();
        Self { executor_factory: ScrollBlockExecutorFactory::new(chain_spec, evm_factory) }
    }

    /// The chain.
    pub const fn chain_spec(&self) -> &Arc<ScrollChainSpec> {
        self.executor_factory.chain_spec()
    }

    /// The rules at a block number and timestamp (seconds).
    pub fn spec_id(&self, number: u64, timestamp: u64) -> ScrollSpecId {
        self.chain_spec().active_fork(number, timestamp).into()
    }

    /// Environment of an existing block.
    pub fn evm_env(&self, header: &ScrollHeader) -> EvmEnv<ScrollSpecId> {
        self.env(BlockEnv {
            number: U256::from(header.number),
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee_per_gas.unwrap_or_default(),
            difficulty: header.difficulty,
            beneficiary: self.beneficiary(header.beneficiary),
            ..Default::default()
        })
    }

    /// Environment of a block that is yet to be built on `parent`.
    pub fn next_evm_env(
        &self,
        parent: &ScrollHeader,
        attributes: &NextBlockAttributes,
    ) -> EvmEnv<ScrollSpecId> {
        self.env(BlockEnv {
            number: U256::from(parent.number.saturating_add(1)),
            timestamp: U256::from(attributes.timestamp),
            gas_limit: attributes.gas_limit,
            basefee: attributes.base_fee_per_gas.unwrap_or_default(),
            beneficiary: self.beneficiary(Address::ZERO),
            ..Default::default()
        })
    }

    /// An executor that carries on from `db`, the parent's post-state, with the block of `header`.
    /// `parent_timestamp` is in seconds.
    pub fn executor_for_block<'a, DB: StateDB>(
        &'a self,
        db: DB,
        header: &ScrollHeader,
        parent_timestamp: u64,
    ) -> BlockExecutorFor<'a, ScrollBlockExecutorFactory, DB> {
        let evm = ScrollEvmFactory::default().create_evm(db, self.evm_env(header));
        let ctx = ScrollBlockExecutionCtx { parent_hash: header.parent_hash, parent_timestamp };
        self.executor_factory.create_executor(evm, ctx)
    }

    /// As [`Self::executor_for_block`], with an inspector that sees every step.
    pub fn executor_with_inspector<'a, DB, I>(
        &'a self,
        db: DB,
        header: &ScrollHeader,
        parent_timestamp: u64,
        inspector: I,
    ) -> BlockExecutorFor<'a, ScrollBlockExecutorFactory, DB, I>
    where
        DB: StateDB,
        I: Inspector<ScrollContext<DB>>,
    {
        let env = self.evm_env(header);
        let evm = ScrollEvmFactory::default().create_evm_with_inspector(db, env, inspector);
        let ctx = ScrollBlockExecutionCtx { parent_hash: header.parent_hash, parent_timestamp };
        self.executor_factory.create_executor(evm, ctx)
    }

    /// An executor for a block that is yet to be built on `parent`.
    pub fn executor_for_next_block<'a, DB: StateDB>(
        &'a self,
        db: DB,
        parent: &SealedHeader,
        attributes: &NextBlockAttributes,
    ) -> BlockExecutorFor<'a, ScrollBlockExecutorFactory, DB> {
        let env = self.next_evm_env(parent, attributes);
        let evm = ScrollEvmFactory::default().create_evm(db, env);
        let ctx = ScrollBlockExecutionCtx {
            parent_hash: parent.hash(),
            parent_timestamp: parent.timestamp,
        };
        self.executor_factory.create_executor(evm, ctx)
    }

    fn env(&self, block_env: BlockEnv) -> EvmEnv<ScrollSpecId> {
        let spec = self.spec_id(
            block_env.number.saturating_to(),
            block_env.timestamp.saturating_to(),
        );
        let cfg_env = CfgEnv::new_with_spec(spec).with_chain_id(self.chain_spec().chain_id());
        EvmEnv { cfg_env, block_env }
    }

    /// COINBASE is the fee vault, where the chain has one.
    fn beneficiary(&self, header_beneficiary: Address) -> Address {
        self.chain_spec().config().fee_vault_address.unwrap_or(header_beneficiary)
    }
}
