//! The EVM: revm's parts put together with Scroll's rules.

use crate::{
    handler::{ScrollEvmError, ScrollHandler},
    instructions::instructions,
    precompiles::precompiles,
    spec::ScrollSpecId,
    tx::ScrollTxEnv,
};
use alloy_evm::{Database, Evm, EvmEnv, EvmFactory, precompiles::PrecompilesMap};
use alloy_primitives::{Address, Bytes, U256};
use revm::{
    Context, Inspector, Journal, MainContext,
    context::{
        BlockEnv, CfgEnv, ContextError, ContextSetters, ContextTr, DBErrorMarker, Evm as RevmEvm,
        FrameStack, JournalTr,
    },
    context_interface::result::{HaltReason, ResultAndState},
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, FrameResult, Handler, ItemOrResult, PrecompileProvider,
        SystemCallTx, instructions::EthInstructions,
    },
    inspector::{InspectorEvmTr, InspectorHandler, NoOpInspector},
    interpreter::{InterpreterResult, interpreter::EthInterpreter, interpreter_action::FrameInit},
};

/// L1 data fee in wei that the last transaction paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1DataFee(pub U256);

/// Everything an instruction or an inspector can see.
pub type ScrollContext<DB> =
    Context<BlockEnv, ScrollTxEnv, CfgEnv<ScrollSpecId>, DB, Journal<DB>, L1DataFee>;

type Instructions<DB> = EthInstructions<EthInterpreter, ScrollContext<DB>>;
type Frame = EthFrame<EthInterpreter>;
type DbError<DB> = <DB as revm::Database>::Error;

/// An EVM with a database, a block environment and an inspector.
#[derive(derive_more::Debug)]
#[debug("ScrollEvm {{ inspect: {inspect}, .. }}")]
pub struct ScrollEvm<DB: revm::Database, I, P = PrecompilesMap> {
    inner: RevmEvm<ScrollContext<DB>, I, Instructions<DB>, P, Frame>,
    inspect: bool,
}

impl<DB: Database, I, P> ScrollEvm<DB, I, P> {
    /// L1 data fee that the last transaction paid; zero for an L1 message, for a simulation
    /// without fees and before the first transaction.
    pub const fn l1_data_fee(&self) -> U256 {
        self.inner.ctx.chain.0
    }
}

impl<DB, I, P> Evm for ScrollEvm<DB, I, P>
where
    DB: Database,
    I: Inspector<ScrollContext<DB>>,
    P: PrecompileProvider<ScrollContext<DB>, Output = InterpreterResult>,
{
    type DB = DB;
    type Tx = ScrollTxEnv;
    type Error = ScrollEvmError<DB::Error>;
    type HaltReason = HaltReason;
    type Spec = ScrollSpecId;
    type BlockEnv = BlockEnv;
    type Precompiles = P;
    type Inspector = I;

    fn block(&self) -> &BlockEnv {
        &self.inner.ctx.block
    }

    fn cfg_env(&self) -> &CfgEnv<ScrollSpecId> {
        &self.inner.ctx.cfg
    }

    fn chain_id(&self) -> u64 {
        self.inner.ctx.cfg.chain_id
    }

    fn transact_raw(&mut self, tx: ScrollTxEnv) -> Result<ResultAndState, Self::Error> {
        self.inner.ctx.set_tx(tx);
        let mut handler = ScrollHandler::new();
        let result = if self.inspect { handler.inspect_run(self) } else { handler.run(self) }?;
        Ok(ResultAndState::new(result, self.inner.ctx.journal_mut().finalize()))
    }

    fn transact_system_call(
        &mut self,
        caller: Address,
        contract: Address,
        data: Bytes,
    ) -> Result<ResultAndState, Self::Error> {
        self.inner.ctx.set_tx(ScrollTxEnv::new_system_tx_with_caller(caller, contract, data));
        let mut handler = ScrollHandler::new();
        let result = if self.inspect {
            handler.inspect_run_system_call(self)
        } else {
            handler.run_system_call(self)
        }?;
        Ok(ResultAndState::new(result, self.inner.ctx.journal_mut().finalize()))
    }

    fn finish(self) -> (DB, EvmEnv<ScrollSpecId>) {
        let Context { block: block_env, cfg: cfg_env, journaled_state, .. } = self.inner.ctx;
        (journaled_state.database, EvmEnv { cfg_env, block_env })
    }

    fn set_inspector_enabled(&mut self, enabled: bool) {
        self.inspect = enabled;
    }

    fn components(&self) -> (&DB, &I, &P) {
        let evm = &self.inner;
        (&evm.ctx.journaled_state.database, &evm.inspector, &evm.precompiles)
    }

    fn components_mut(&mut self) -> (&mut DB, &mut I, &mut P) {
        let evm = &mut self.inner;
        (&mut evm.ctx.journaled_state.database, &mut evm.inspector, &mut evm.precompiles)
    }
}

impl<DB, I, P> EvmTr for ScrollEvm<DB, I, P>
where
    DB: Database,
    P: PrecompileProvider<ScrollContext<DB>, Output = InterpreterResult>,
{
    type Context = ScrollContext<DB>;
    type Instructions = Instructions<DB>;
    type Precompiles = P;
    type Frame = Frame;

    fn all(&self) -> (&Self::Context, &Self::Instructions, &P, &FrameStack<Frame>) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (&mut Self::Context, &mut Self::Instructions, &mut P, &mut FrameStack<Frame>) {
        self.inner.all_mut()
    }

    fn frame_init(
        &mut self,
        frame_init: FrameInit,
    ) -> Result<ItemOrResult<&mut Frame, FrameResult>, ContextError<DbError<DB>>> {
        self.inner.frame_init(frame_init)
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Frame>, ContextError<DbError<DB>>> {
        self.inner.frame_run()
    }

    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextError<DbError<DB>>> {
        self.inner.frame_return_result(result)
    }
}

impl<DB, I, P> InspectorEvmTr for ScrollEvm<DB, I, P>
where
    DB: Database,
    I: Inspector<ScrollContext<DB>>,
    P: PrecompileProvider<ScrollContext<DB>, Output = InterpreterResult>,
{
    type Inspector = I;

    fn all_inspector(&self) -> (&Self::Context, &Self::Instructions, &P, &FrameStack<Frame>, &I) {
        self.inner.all_inspector()
    }

    fn all_mut_inspector(
        &mut self,
    ) -> (&mut Self::Context, &mut Self::Instructions, &mut P, &mut FrameStack<Frame>, &mut I) {
        self.inner.all_mut_inspector()
    }
}

/// Makes [`ScrollEvm`]s.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ScrollEvmFactory;

impl ScrollEvmFactory {
    fn create<DB: Database, I>(
        db: DB,
        env: EvmEnv<ScrollSpecId>,
        inspector: I,
        inspect: bool,
    ) -> ScrollEvm<DB, I> {
        let EvmEnv { mut cfg_env, block_env } = env;
        let spec = cfg_env.spec;
        cfg_env.set_gas_params(spec.gas_params());
        let ctx = Context::mainnet()
            .with_db(db)
            .with_tx(ScrollTxEnv::default())
            .with_chain(L1DataFee::default())
            .with_block(block_env)
            .with_cfg(cfg_env);
        let precompiles = PrecompilesMap::from_static(precompiles(spec));
        let inner = RevmEvm::new_with_inspector(ctx, inspector, instructions(spec), precompiles);
        ScrollEvm { inner, inspect }
    }
}

impl EvmFactory for ScrollEvmFactory {
    type Evm<DB: Database, I: Inspector<ScrollContext<DB>>> = ScrollEvm<DB, I>;
    type Context<DB: Database> = ScrollContext<DB>;
    type Tx = ScrollTxEnv;
    type Error<E: DBErrorMarker> = ScrollEvmError<E>;
    type HaltReason = HaltReason;
    type Spec = ScrollSpecId;
    type BlockEnv = BlockEnv;
    type Precompiles = PrecompilesMap;

    fn create_evm<DB: Database>(
        &self,
        db: DB,
        env: EvmEnv<ScrollSpecId>,
    ) -> ScrollEvm<DB, NoOpInspector> {
        Self::create(db, env, NoOpInspector {}, false)
    }

    fn create_evm_with_inspector<DB: Database, I: Inspector<ScrollContext<DB>>>(
        &self,
        db: DB,
        env: EvmEnv<ScrollSpecId>,
        inspector: I,
    ) -> ScrollEvm<DB, I> {
        Self::create(db, env, inspector, true)
    }
}
