//! Requests to the engine's thread.

use crate::{
    error::EngineError, forkchoice::ForkchoiceUpdate, imported::Imported, l1::L1Reorg,
    proposal::Proposal,
};
use rollup_primitives::{BlockSignature, SealedBlock};
use rollup_storage::{ExecutedBlock, ForkchoiceState};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Where a request is answered.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, EngineError>>;

/// A request.
#[derive(Debug)]
pub(crate) enum Message {
    Import {
        block: Box<SealedBlock>,
        signature: Option<BlockSignature>,
        reply: Reply<Imported>,
    },
    UpdateForkchoice {
        update: ForkchoiceUpdate,
        reply: Reply<ForkchoiceState>,
    },
    Propose {
        block: Box<ExecutedBlock>,
        reply: Reply<Proposal>,
    },
    PendingProposal {
        reply: Reply<Option<Proposal>>,
    },
    AppendSigned {
        proposal: Box<Proposal>,
        signature: BlockSignature,
        reply: Reply<Arc<ExecutedBlock>>,
    },
    PublishForkchoice {
        reply: Reply<()>,
    },
    ReorgL1 {
        to: u64,
        reply: Reply<L1Reorg>,
    },
    Ping {
        reply: Reply<()>,
    },
    Stop {
        reply: Reply<()>,
    },
}
