//! The steps of a block that take time.

use crate::{
    announce::{Announce, AnnouncedTo},
    error::WorkError,
    l1_messages::{LostMessage, lost_message},
    metrics::SequencerMetrics,
    plan::{Notes, Plan, Planner},
    status::Stage,
};
use rollup_engine::{EngineHandle, Proposal};
use rollup_payload::{BuiltPayload, PayloadJob};
use rollup_primitives::BlockSignature;
use rollup_runtime::Clock;
use rollup_signer::SigningService;
use rollup_storage::ExecutedBlock;
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;
use tracing::info;

/// What the steps need.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) engine: EngineHandle,
    pub(crate) signer: SigningService,
    pub(crate) announce: Arc<dyn Announce>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) planner: Planner,
    pub(crate) metrics: SequencerMetrics,
}

impl Tools {
    pub(crate) fn new(
        engine: EngineHandle,
        signer: SigningService,
        announce: Arc<dyn Announce>,
        clock: Arc<dyn Clock>,
        planner: Planner,
    ) -> Self {
        let metrics = SequencerMetrics::default();
        Self { engine, signer, announce, clock, planner, metrics }
    }
}

/// How a block begins.
#[derive(Debug)]
pub(crate) enum Begun {
    /// With a job.
    Job(PayloadJob, Box<Notes>),
    /// It was promised before: it is to be signed.
    Promised(Box<Proposal>),
}

/// A block to be signed.
#[derive(Debug)]
pub(crate) enum Candidate {
    Built(Box<BuiltPayload>),
    /// It is durable already.
    Promised(Box<Proposal>),
}

impl Candidate {
    pub(crate) const fn block(&self) -> &ExecutedBlock {
        match self {
            Self::Built(payload) => &payload.block,
            Self::Promised(proposal) => proposal.block(),
        }
    }
}

/// Resumes the block that was promised before, if there is one, or starts a job.
pub(crate) async fn begin(tools: Arc<Tools>, look_for_proposal: bool) -> Result<Begun, WorkError> {
    if look_for_proposal {
        let pending = tools.engine.pending_proposal().await;
        if let Some(proposal) = pending.map_err(WorkError::engine(Stage::Propose))? {
            return Ok(Begun::Promised(Box::new(proposal)));
        }
    }
    spawn_blocking(move || start_job(&tools)).await?
}

fn start_job(tools: &Tools) -> Result<Begun, WorkError> {
    let started = tools.clock.now();
    let view = tools.engine.view().map_err(WorkError::Read)?;
    let plan = tools.planner.plan(&view, tools.clock.unix_time()).map_err(WorkError::Read)?;
    drop(view);
    let duration = tools.clock.now().saturating_sub(started);
    tools.metrics.slots.payload_attributes_building_duration.record(duration);
    let Plan { parent, attributes, notes, pending } = plan;
    tools.metrics.note_pending(pending);
    let job = tools.engine.build(parent, attributes).map_err(WorkError::engine(Stage::Build))?;
    Ok(Begun::Job(job, Box::new(notes)))
}

/// How long the steps of a block took that was sealed; `None` for those that it did not come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) proposing: Option<Duration>,
    pub(crate) signing: Option<Duration>,
    pub(crate) appending: Option<Duration>,
    pub(crate) announcing: Option<Duration>,
    pub(crate) signing_attempts: u32,
}

/// Binds the node to a block, has it signed, makes it the head and announces it.
pub(crate) async fn finish(
    tools: Arc<Tools>,
    candidate: Candidate,
    steps: &mut Steps,
) -> Result<Arc<ExecutedBlock>, WorkError> {
    let started = tools.clock.now();
    let proposal = match candidate {
        Candidate::Built(payload) => {
            let proposal = tools.engine.propose(payload.block).await;
            steps.proposing = Some(tools.clock.now().saturating_sub(started));
            proposal.map_err(WorkError::engine(Stage::Propose))?
        }
        Candidate::Promised(proposal) => *check_messages(&tools, proposal).await?,
    };
    let signature = sign(&tools, &proposal, steps).await?;
    let started = tools.clock.now();
    let block = tools.engine.append_signed(proposal, signature).await;
    steps.appending = Some(tools.clock.now().saturating_sub(started));
    let block = block.map_err(WorkError::engine(Stage::Append))?;
    let started = tools.clock.now();
    let AnnouncedTo { peers_scroll, peers_eth } = tools.announce.announce(&block);
    steps.announcing = Some(tools.clock.now().saturating_sub(started));
    let (number, hash) = (block.block.number, block.block.hash());
    info!(
        target: "rollup_node::sequencer",
        number, %hash, peers_scroll, peers_eth,
        "Broadcast block"
    );
    Ok(block)
}

/// Looks whether L1 took a message back since the block was promised. The engine looks when it is.
async fn check_messages(
    tools: &Arc<Tools>,
    proposal: Box<Proposal>,
) -> Result<Box<Proposal>, WorkError> {
    let reader = Arc::clone(tools);
    let checked = spawn_blocking(move || {
        let lost = lost_message(&reader.engine.view()?, proposal.block())?;
        Ok((lost, proposal))
    });
    let (lost, proposal) = checked.await?.map_err(WorkError::Read)?;
    match lost {
        Some(LostMessage { queue_index, is_replaced }) => {
            let number = proposal.id().number;
            Err(WorkError::MessageLost { queue_index, number, is_replaced })
        }
        None => Ok(proposal),
    }
}

async fn sign(
    tools: &Tools,
    proposal: &Proposal,
    steps: &mut Steps,
) -> Result<BlockSignature, WorkError> {
    let started = tools.clock.now();
    let signed = tools.signer.sign_counted(proposal.signing_hash()).await;
    let duration = tools.clock.now().saturating_sub(started);
    steps.signing = Some(duration);
    steps.signing_attempts = signed.as_ref().map_or_else(|err| err.attempts, |signed| signed.1);
    let signed = signed.inspect_err(|_| tools.metrics.slots.sign_failures_total.increment(1));
    let signature = BlockSignature::new(signed.map_err(WorkError::Sign)?.0);
    let id = proposal.id();
    info!(
        target: "rollup_node::signer",
        number = id.number,
        hash = %id.hash,
        signer = %tools.signer.address(),
        sign_ms = duration.as_millis(),
        "Signed block"
    );
    Ok(signature)
}
