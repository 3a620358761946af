//! From headers and attributes to EVM environments and executors.

use crate::{
    block::{NextBlockAttributes, ScrollBlockExecutionCtx, ScrollBlockExecutorFactory},
    evm::{ScrollContext, ScrollEvmFactory},
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
        let spec =
            self.spec_id(block_env.number.saturating_to(), block_env.timestamp.saturating_to());
        let cfg_env = CfgEnv::new_with_spec(spec).with_chain_id(self.chain_spec().chain_id());
        EvmEnv { cfg_env, block_env }
    }

    /// COINBASE is the fee vault, where the chain has one.
    fn beneficiary(&self, header_beneficiary: Address) -> Address {
        self.chain_spec().config().fee_vault_address.unwrap_or(header_beneficiary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;
    use rollup_chainspec::{
        FEE_VAULT, ForkSchedule, Genesis, ScrollConfig, scroll_mainnet, scroll_sepolia,
    };
    use rstest::rstest;

    #[rstest]
    #[case::genesis(0, 0, ScrollSpecId::Archimedes)]
    #[case::before_bernoulli(5_220_339, 0, ScrollSpecId::Archimedes)]
    #[case::bernoulli(5_220_340, 0, ScrollSpecId::Bernoulli)]
    #[case::before_curie(7_096_835, 0, ScrollSpecId::Bernoulli)]
    #[case::curie(7_096_836, 1_724_227_199, ScrollSpecId::Curie)]
    #[case::darwin(8_000_000, 1_724_227_200, ScrollSpecId::Darwin)]
    #[case::before_euclid(8_000_000, 1_744_815_599, ScrollSpecId::Darwin)]
    #[case::euclid(8_000_000, 1_744_815_600, ScrollSpecId::Euclid)]
    #[case::euclid_v2(8_000_000, 1_745_305_200, ScrollSpecId::EuclidV2)]
    #[case::feynman(8_000_000, 1_755_576_000, ScrollSpecId::Feynman)]
    #[case::before_galileo(8_000_000, 1_765_868_399, ScrollSpecId::Feynman)]
    #[case::galileo(8_000_000, 1_765_868_400, ScrollSpecId::Galileo)]
    #[case::galileo_v2(8_000_000, 1_766_041_200, ScrollSpecId::Galileo)]
    fn rules_of_mainnet(#[case] number: u64, #[case] timestamp: u64, #[case] spec: ScrollSpecId) {
        let header = ScrollHeader { number, timestamp, ..Default::default() };
        let env = ScrollEvmConfig::new(scroll_mainnet()).evm_env(&header);
        assert_eq!(env.cfg_env.spec, spec);
        assert_eq!(env.cfg_env.chain_id, 534_352);
    }

    #[test]
    fn environment_takes_the_fields_of_the_header() {
        let header = ScrollHeader {
            number: 9,
            timestamp: 8,
            gas_limit: 7,
            base_fee_per_gas: Some(6),
            difficulty: U256::from(2),
            beneficiary: Address::repeat_byte(1),
            mix_hash: B256::repeat_byte(1),
            ..Default::default()
        };
        let config = ScrollEvmConfig::new(scroll_sepolia());
        let block = config.evm_env(&header).block_env;
        assert_eq!((block.number, block.timestamp), (U256::from(9), U256::from(8)));
        assert_eq!((block.gas_limit, block.basefee), (7, 6));
        assert_eq!(block.beneficiary, FEE_VAULT);

        let attributes =
            NextBlockAttributes { timestamp: 20, gas_limit: 30, base_fee_per_gas: Some(40) };
        let block = config.next_evm_env(&header, &attributes).block_env;
        assert_eq!((block.number, block.timestamp), (U256::from(10), U256::from(20)));
        assert_eq!((block.gas_limit, block.basefee), (30, 40));
        assert_eq!(block.beneficiary, FEE_VAULT);
    }

    #[test]
    fn without_a_vault_fees_go_to_the_beneficiary() {
        let config = ScrollConfig { fee_vault_address: None, ..Default::default() };
        let spec = ScrollChainSpec::new(1, Genesis::default(), ForkSchedule::NEVER, config);
        let beneficiary = Address::repeat_byte(1);
        let header = ScrollHeader { beneficiary, ..Default::default() };
        let env = ScrollEvmConfig::new(Arc::new(spec)).evm_env(&header);
        assert_eq!(env.block_env.beneficiary, beneficiary);
    }
}
