//! The watcher: reads L1 step by step, and gives what it finds to the sink.

mod apply;
mod audit;
mod contradiction;
mod final_blocks;
mod new_blocks;
mod start;

use crate::{
    chain::LinkedBlocks,
    config::{FIRST_PAUSE, L1WatcherConfig, LONGEST_PAUSE},
    decode::QueueTip,
    error::{L1WatcherError, StepError},
    message::Command,
    report::Reporter,
    sink::L1Sink,
    source::{RangeLogs, Source, state_answer},
    status::L1BlockRef,
};
use alloy_primitives::B256;
use contradiction::Contradiction;
use rollup_l1_client::{L1Header, L1Tag};
use rollup_runtime::Clock;
use std::{sync::Arc, time::Duration};
use tokio::{select, sync::mpsc};
use tokio_util::sync::CancellationToken;

/// The last processed block.
#[derive(Clone, Debug)]
enum Position {
    /// It is final, or nothing was processed: only its number is known.
    Number(u64),
    /// It and blocks below it, linked by their hashes.
    Linked(LinkedBlocks),
}

/// What to do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// There is more.
    Behind,
    /// Everything is processed, as far as is known.
    AtHead,
}

/// The highest final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FinalBlock {
    number: u64,
    /// `None` if it is from an earlier run.
    hash: Option<B256>,
}

/// Follows L1.
#[derive(Debug)]
pub(crate) struct Watcher {
    config: L1WatcherConfig,
    source: Arc<Source>,
    sink: Arc<dyn L1Sink>,
    clock: Arc<dyn Clock>,
    reporter: Arc<Reporter>,
    /// `None` if it is to be found from what is stored.
    position: Option<Position>,
    finalized: Option<FinalBlock>,
    /// The end of the stored queue.
    tip: QueueTip,
    next_queue_index: u64,
    /// How many final blocks are asked for at once.
    range_length: u64,
    /// Logs that were fetched while others were applied.
    prefetched: Option<RangeLogs>,
    /// What is being sorted out by reading L1 again.
    contradiction: Option<Contradiction>,
    /// Highest block of what is being applied.
    applying_to: u64,
    is_audit_due: bool,
    /// Block at which the queue was compared last.
    audited_at: Option<B256>,
    /// Block at which the signer was read last.
    signer_read_at: Option<B256>,
    failures: u32,
}

impl Watcher {
    pub(crate) fn new(
        config: L1WatcherConfig,
        source: Source,
        sink: Arc<dyn L1Sink>,
        clock: Arc<dyn Clock>,
        reporter: Arc<Reporter>,
    ) -> Self {
        let first_v2_queue_index = source.contracts.first_v2_queue_index;
        Self {
            range_length: config.query_range,
            config,
            source: Arc::new(source),
            sink,
            clock,
            reporter,
            position: None,
            finalized: None,
            tip: QueueTip { queue_hash: None, first_v2_queue_index },
            next_queue_index: 0,
            prefetched: None,
            contradiction: None,
            applying_to: 0,
            is_audit_due: true,
            audited_at: None,
            signer_read_at: None,
            failures: 0,
        }
    }

    /// Runs until it is told to end. A step is dropped then: it leaves all or nothing.
    pub(crate) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        shutdown: CancellationToken,
    ) {
        let mut pause = Duration::ZERO;
        loop {
            let wake_at = self.clock.now().saturating_add(pause);
            select! {
                biased;
                () = shutdown.cancelled() => return,
                Some(command) = commands.recv() => {
                    self.carry_out(command).await;
                    pause = Duration::ZERO;
                    continue;
                }
                () = self.clock.sleep_until(wake_at) => {}
            }
            pause = select! {
                biased;
                () = shutdown.cancelled() => return,
                pause = self.look() => pause,
            };
        }
    }

    /// One look at L1. How long to wait for the next one.
    async fn look(&mut self) -> Duration {
        let result = Box::pin(self.step()).await;
        let result = match result {
            Err(StepError::Sink(err)) => {
                // What is durable is in the storage alone.
                self.position = None;
                Box::pin(self.contradicted(err)).await.map(|()| Pace::Behind)
            }
            result => result,
        };
        match result {
            Ok(pace) => {
                self.failures = 0;
                self.reporter.step_succeeded(self.lasting_fault());
                match pace {
                    Pace::Behind => self.pause_of_contradiction(),
                    Pace::AtHead => self.config.poll_interval,
                }
            }
            Err(err) => {
                if let StepError::Fault(_) = err {
                    self.source.reader.distrust();
                }
                self.reporter.step_failed(&err);
                self.failures = self.failures.saturating_add(1);
                pause_after(self.failures)
            }
        }
    }

    async fn step(&mut self) -> Result<Pace, StepError> {
        if self.position.is_none() {
            self.find_position().await?;
        }
        let reader = Arc::clone(&self.source.reader);
        let Some(latest) = reader.tagged(L1Tag::Latest).await? else { return Ok(Pace::AtHead) };
        let finalized = reader.tagged(L1Tag::Finalized).await?;
        if let Some(safe) = reader.tagged(L1Tag::Safe).await? {
            self.reporter.safe(L1BlockRef::from(&safe));
        }
        // One that is above the latest block is of an endpoint that is ahead.
        let finalized = finalized.filter(|block| block.number <= latest.number);
        self.find_queue_start(&latest).await?;
        if let Some(finalized) = &finalized
            && self.is_far_below(finalized)
        {
            return self.follow_final(&latest, finalized).await;
        }
        self.follow_new(&latest, finalized.as_ref()).await
    }

    /// Learns where queue V2 starts, if the chain specification does not say it. Without a message
    /// of queue V2 it need not be known.
    async fn find_queue_start(&mut self, latest: &L1Header) -> Result<(), StepError> {
        if self.tip.first_v2_queue_index.is_none() {
            let first = self.source.first_v2_queue_index(latest.hash).await;
            self.tip.first_v2_queue_index = state_answer(first)?;
        }
        Ok(())
    }

    /// The signer that the system contract names, once for each block.
    async fn read_signer(&mut self, at: &L1Header) {
        if !self.config.reads_signer || self.signer_read_at == Some(at.hash) {
            return;
        }
        match self.source.signer(at.hash).await {
            Ok(signer) => {
                self.signer_read_at = Some(at.hash);
                self.reporter.signer(signer, at.into());
            }
            Err(err) => self.reporter.signer_failed(&err),
        }
    }

    /// The block up to which everything is stored.
    fn processed(&self) -> u64 {
        match &self.position {
            Some(Position::Linked(blocks)) => blocks.tail().number,
            Some(Position::Number(number)) => *number,
            None => self.floor(),
        }
    }

    /// The block before the first one that can hold events; the genesis block of L1 holds none.
    const fn floor(&self) -> u64 {
        self.config.contracts.start_block.saturating_sub(1)
    }

    async fn carry_out(&mut self, command: Command) {
        match command {
            Command::RevertTo { to, reply } => {
                let result = Box::pin(self.revert_to(to)).await;
                // Who asked may have gone.
                reply.send(result).ok();
            }
        }
    }

    async fn revert_to(&mut self, to: u64) -> Result<(), L1WatcherError> {
        let processed = self.sink.resume().await?.progress.processed;
        if processed.is_none_or(|processed| to >= processed) {
            return Err(L1WatcherError::NotProcessed { to, processed });
        }
        self.contradiction = None;
        Ok(self.rewind(to).await?)
    }
}

/// Pause after so many failures in a row.
fn pause_after(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}
