//! The run loop: what happened goes to the machine, and what it decides is carried out.

mod wait;

use crate::{
    builder::SequencerParts,
    config::{SHUTDOWN_TIMEOUT, SequencerConfig},
    error::{SequencerError, WorkError},
    gate::L1Gate,
    machine::{Action, Input, Machine, Rules},
    message::{Command, Reply},
    plan::{Notes, Planner},
    report::Reporter,
    status::SyncState,
    work::{Begun, Candidate, Steps, Tools, begin, finish},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::Address;
use rollup_payload::{BuiltPayload, PayloadError, PayloadJob};
use rollup_storage::{CanonicalChange, ExecutedBlock, ForkchoiceState, L1Progress};
use std::{sync::Arc, time::Duration};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wait::{Happened, Outcome, Work};

/// The sequencer.
pub(crate) struct Actor {
    machine: Machine,
    allow_empty_first_block: bool,
    tools: Arc<Tools>,
    reporter: Reporter,
    commands: mpsc::Receiver<Command>,
    sync: watch::Receiver<SyncState>,
    authorized_signer: watch::Receiver<Option<Address>>,
    l1_progress: watch::Receiver<L1Progress>,
    l1_gate: watch::Receiver<L1Gate>,
    forkchoice: watch::Receiver<ForkchoiceState>,
    changes: broadcast::Receiver<Arc<CanonicalChange>>,
    shutdown: CancellationToken,
    /// Once it is told to end: until when it waits for the block in hand.
    ends_at: Option<Duration>,
    /// The step in hand.
    work: Option<Work>,
    /// The job in hand, and what it was made from.
    job: Option<(PayloadJob, Notes)>,
    /// The block to be signed.
    candidate: Option<Candidate>,
    /// The block that was promised and is neither signed nor given up.
    promised: Option<BlockNumHash>,
    /// Who waits until nothing is in hand.
    stops: Vec<Reply<BlockNumHash>>,
}

impl Actor {
    pub(crate) fn new(
        config: &SequencerConfig,
        parts: SequencerParts,
        commands: mpsc::Receiver<Command>,
        reporter: Reporter,
    ) -> Self {
        let SequencerParts { engine, signer, announce, chain_spec, clock, .. } = parts;
        let rules = Rules {
            block_time: config.block_time,
            building: config.payload_building_duration,
            allow_empty: config.allow_empty_blocks,
            max_failures: config.max_consecutive_failures,
        };
        if config.payload_building_duration >= config.block_time {
            warn!(
                target: "rollup_node::sequencer",
                block_time = ?config.block_time,
                payload_building_duration = ?config.payload_building_duration,
                "Blocks are built for longer than a slot: slots will be skipped"
            );
        }
        let sync = *parts.sync.borrow();
        let is_authorized = parts
            .authorized_signer
            .borrow()
            .is_none_or(|authorized| authorized == signer.address());
        let (changes, forkchoice) = (engine.subscribe(), engine.watch_forkchoice());
        let machine = Machine::new(rules, sync, is_authorized, engine.head());
        let planner = Planner::new(config, &chain_spec);
        Self {
            machine,
            allow_empty_first_block: config.allow_empty_first_block,
            tools: Arc::new(Tools::new(engine, signer, announce, clock, planner)),
            reporter,
            commands,
            sync: parts.sync,
            authorized_signer: parts.authorized_signer,
            l1_progress: parts.l1_progress,
            l1_gate: parts.l1_gate,
            forkchoice,
            changes,
            shutdown: parts.shutdown,
            ends_at: None,
            work: None,
            job: None,
            candidate: None,
            promised: None,
            stops: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self, auto_start: bool) {
        self.follow_authorized_signer();
        self.follow_l1();
        self.follow_safe();
        self.follow_gate();
        if auto_start {
            self.tell(Input::Enable);
        }
        self.settle();
        while !self.is_over() {
            let happened = self.next().await;
            self.handle(happened);
            self.settle();
        }
    }

    fn handle(&mut self, happened: Happened) {
        match happened {
            Happened::Shutdown => {
                let now = self.tools.clock.now();
                self.ends_at = Some(now.saturating_add(SHUTDOWN_TIMEOUT));
                self.tell(Input::Shutdown);
            }
            Happened::Done(Outcome::Begun(result)) => self.take_begun(result),
            Happened::Done(Outcome::Finished(id, steps, result)) => {
                self.take_finished(id, steps, result);
            }
            Happened::Built(result) => self.take_built(*result),
            Happened::Command(command) => self.obey(command),
            Happened::Sync => {
                let sync = *self.sync.borrow_and_update();
                self.tell(Input::Sync(sync));
            }
            Happened::AuthorizedSigner => self.follow_authorized_signer(),
            Happened::L1 => self.follow_l1(),
            Happened::Gate => self.follow_gate(),
            Happened::Forkchoice => self.follow_safe(),
            Happened::Head => self.follow_head(),
            Happened::Wake => self.tell(Input::Tick),
        }
    }

    fn obey(&mut self, command: Command) {
        // Whoever does not wait for the answer does not want to know it.
        match command {
            Command::Enable { reply } => {
                self.tell(Input::Enable);
                self.settle();
                reply.send(Ok(true)).ok();
            }
            Command::Disable { reply } => {
                self.tell(Input::Disable);
                self.settle();
                reply.send(Ok(true)).ok();
            }
            Command::Start { expected_head: expected, reply } => {
                let found = self.tools.engine.head().hash;
                if found == expected {
                    self.tell(Input::Enable);
                    self.settle();
                    reply.send(Ok(())).ok();
                } else {
                    reply.send(Err(SequencerError::HeadMismatch { expected, found })).ok();
                }
            }
            Command::Stop { reply } => {
                self.tell(Input::Disable);
                self.stops.push(reply);
            }
            Command::BuildBlock { reply } => {
                if self.machine.is_busy() {
                    reply.send(Err(SequencerError::AlreadyBuilding)).ok();
                } else {
                    self.tell(Input::BuildNow);
                    self.settle();
                    reply.send(Ok(())).ok();
                }
            }
        }
    }

    fn follow_authorized_signer(&mut self) {
        let signer = self.tools.signer.address();
        let authorized = *self.authorized_signer.borrow_and_update();
        let is_authorized = authorized.is_none_or(|authorized| authorized == signer);
        self.reporter.follow_authorized_signer(&self.tools.metrics, signer, authorized);
        self.tell(Input::Authorized(is_authorized));
    }

    fn follow_l1(&mut self) {
        let latest = self.l1_progress.borrow_and_update().latest;
        self.tell(Input::L1Latest(latest));
    }

    fn follow_gate(&mut self) {
        let gate = *self.l1_gate.borrow_and_update();
        self.tell(Input::Gate(gate));
    }

    fn follow_safe(&mut self) {
        let safe = self.forkchoice.borrow_and_update().safe.number;
        self.tell(Input::Safe(safe));
    }

    fn follow_head(&mut self) {
        let head = self.tools.engine.head();
        self.tell(Input::Head(head));
    }

    fn take_begun(&mut self, result: Result<Begun, WorkError>) {
        match result {
            Ok(Begun::Job(job, notes)) => {
                if let Some(id) = self.promised.take() {
                    self.reporter.gave_up(id, self.tools.engine.head());
                }
                self.reporter.check_clock(&notes);
                self.reporter.started(job.parent(), &notes);
                // The machine may have older news of the head than the job.
                self.follow_head();
                let (parent, l1_origin) = (job.parent(), notes.l1_origin);
                self.job = Some((job, *notes));
                self.tell(Input::Started { parent, l1_origin });
            }
            Ok(Begun::Promised(proposal)) => {
                self.reporter.resumed(proposal.block());
                self.candidate = Some(Candidate::Promised(proposal));
                self.tell(Input::Resumed);
            }
            Err(err) => self.fail(&err),
        }
    }

    fn take_built(&mut self, result: Result<BuiltPayload, PayloadError>) {
        self.follow_head();
        // Not if that dropped it.
        let Some((_, notes)) = self.job.take() else { return };
        match result {
            Ok(payload) => {
                let now = self.tools.clock.now();
                self.reporter.built(&self.tools.metrics, now, &payload, &notes);
                let may_be_empty = self.allow_empty_first_block && payload.block.block.number == 1;
                let is_empty = payload.transactions == 0 && !may_be_empty;
                self.candidate = Some(Candidate::Built(Box::new(payload)));
                self.tell(Input::Built { is_empty });
            }
            Err(err) => self.fail(&WorkError::Payload(err)),
        }
    }

    fn take_finished(
        &mut self,
        id: BlockNumHash,
        steps: Steps,
        result: Result<Arc<ExecutedBlock>, WorkError>,
    ) {
        self.reporter.took(steps);
        match result {
            Ok(block) => {
                self.promised = None;
                self.reporter.finished(&self.tools, block);
                self.follow_head();
                self.tell(Input::Finished);
            }
            Err(err) => {
                if err.leaves_a_promise() {
                    self.promised = Some(id);
                }
                self.fail(&err);
            }
        }
    }

    fn fail(&mut self, err: &WorkError) {
        let failure = err.failure();
        self.reporter.failed(err, failure);
        self.tell(Input::Failed(failure));
    }

    /// Tells the machine, and does what it says.
    fn tell(&mut self, input: Input) {
        let now = self.tools.clock.now();
        for action in self.machine.on(now, input) {
            self.act(now, action);
        }
    }

    fn act(&mut self, now: Duration, action: Action) {
        match action {
            Action::Begin { look_for_proposal } => {
                self.reporter.begun(now);
                let tools = Arc::clone(&self.tools);
                let work = async move { Outcome::Begun(begin(tools, look_for_proposal).await) };
                self.work = Some(Box::pin(work));
            }
            Action::Seal => {
                if let Some((job, _)) = &self.job {
                    job.seal();
                }
            }
            Action::Finish => {
                let Some(candidate) = self.candidate.take() else { return };
                self.reporter.signing(&self.tools.metrics, now, &candidate);
                let (tools, id) = (Arc::clone(&self.tools), candidate.block().id());
                let work = async move {
                    let mut steps = Steps::default();
                    let result = finish(tools, candidate, &mut steps).await;
                    Outcome::Finished(id, steps, result)
                };
                self.work = Some(Box::pin(work));
            }
            Action::Drop => {
                (self.work, self.job, self.candidate) = (None, None, None);
            }
            Action::Skip { reason, slots } => {
                let head = self.tools.engine.head();
                self.reporter.skipped(&self.tools.metrics, reason, slots, head);
            }
            Action::Stop(reason) => self.reporter.stopped(reason),
        }
    }

    /// Shows what became of it, and answers who waited for that.
    fn settle(&mut self) {
        self.reporter.publish(&self.tools.metrics, &self.machine);
        if !self.machine.is_busy() {
            let head = self.tools.engine.head();
            for reply in self.stops.drain(..) {
                // Whoever does not wait any more does not want to know it.
                reply.send(Ok(head)).ok();
            }
        }
    }

    /// Whether it was told to end, and did or cannot.
    fn is_over(&self) -> bool {
        let Some(ends_at) = self.ends_at else { return false };
        if !self.machine.is_busy() {
            return true;
        }
        let is_late = self.tools.clock.now() >= ends_at;
        if is_late {
            warn!(
                target: "rollup_node::sequencer",
                "The block that is being signed is not finished in time; it is after the restart"
            );
        }
        is_late
    }
}
