//! Blocks of a node whose time stands still.

use crate::{limit::soon, node::TestNode};
use eyre::{OptionExt, Result, bail};
use rollup_runtime::{Clock, SimulatedClock};
use rollup_sequencer::{SequencerConfig, SequencerEvent, SequencerState, SkipReason};
use rollup_storage::ExecutedBlock;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;

/// What became of a slot.
#[derive(Clone, Debug)]
pub enum Slot {
    /// A block, which is signed, durable and the head.
    Block(Arc<ExecutedBlock>),
    /// There was nothing to put into a block.
    Empty,
    /// There is no block.
    Skipped(SkipReason),
}

impl TestNode {
    /// The time.
    ///
    /// # Errors
    /// If it is that of the machine.
    pub fn clock(&self) -> Result<&SimulatedClock> {
        self.setup.clock.as_ref().ok_or_eyre("the node has the clock of the machine")
    }

    /// Makes a block of what is in the pool and in the L1 queue, whether there are slots or not.
    ///
    /// # Errors
    /// If there is nothing to put into it, or it is not made.
    pub async fn block(&mut self) -> Result<Arc<ExecutedBlock>> {
        match self.build().await? {
            Slot::Block(block) => Ok(block),
            other => bail!("there is no block: {other:?}"),
        }
    }

    /// As [`Self::block`], whatever becomes of it.
    ///
    /// # Errors
    /// If the sequencer does not answer.
    pub async fn build(&mut self) -> Result<Slot> {
        self.begin().await?;
        self.seal().await
    }

    /// Makes a block by order, by whatever clock, and gives what becomes of it. Of what is in the pool
    /// it takes as much as it comes to.
    ///
    /// # Errors
    /// If the sequencer does not take the order, or nothing becomes of it.
    pub async fn build_by_clock(&mut self) -> Result<Slot> {
        self.pool_follows().await?;
        // What became of earlier ones is past.
        self.events = self.events.resubscribe();
        soon("the sequencer", self.sequencer()?.build_block()).await??;
        let slot = self.outcome().await?;
        self.at_rest().await?;
        Ok(slot)
    }

    /// Begins with a block by order, and waits until it has all that is in the pool. What comes into
    /// the pool from now on may be in it or not.
    ///
    /// # Errors
    /// If the sequencer does not take the order.
    pub async fn begin(&mut self) -> Result<()> {
        self.pool_follows().await?;
        self.job = self.jobs.borrow().begun;
        let heard = self.events.resubscribe();
        soon("the sequencer", self.sequencer()?.build_block()).await??;
        self.filled(heard).await
    }

    /// Begins with a block by order, and waits until its job takes transactions from the pool, with
    /// whatever it is about to execute still before it.
    ///
    /// # Errors
    /// If the sequencer does not take the order, or no job begins.
    pub async fn begin_job(&mut self) -> Result<()> {
        self.pool_follows().await?;
        let last = self.jobs.borrow().begun;
        soon("the sequencer", self.sequencer()?.build_block()).await??;
        soon("a job", self.jobs.wait_for(|jobs| jobs.begun > last)).await??;
        Ok(())
    }

    /// Moves the time to when the block that was begun is sealed, and gives what becomes of it.
    ///
    /// # Errors
    /// If nothing becomes of it.
    pub async fn seal(&mut self) -> Result<Slot> {
        self.clock()?.advance(self.sequencer_config()?.payload_building_duration);
        let slot = self.outcome().await?;
        self.at_rest().await?;
        Ok(slot)
    }

    /// Begins with slots. The first one begins at once.
    ///
    /// # Errors
    /// If the sequencer does not take the order.
    pub async fn enable(&mut self) -> Result<()> {
        self.pool_follows().await?;
        self.job = self.jobs.borrow().begun;
        let now = self.clock()?.now();
        self.slot_at.get_or_insert(now);
        soon("the sequencer", self.sequencer()?.enable()).await??;
        Ok(())
    }

    /// Ends slots.
    ///
    /// # Errors
    /// If the sequencer does not take the order.
    pub async fn disable(&mut self) -> Result<()> {
        self.slot_at = None;
        soon("the sequencer", self.sequencer()?.disable()).await??;
        Ok(())
    }

    /// Notes that slots begin now, by another order than [`Self::enable`].
    ///
    /// # Errors
    /// If the node has the clock of the machine.
    pub fn slots_begin_now(&mut self) -> Result<()> {
        self.job = self.jobs.borrow().begun.saturating_sub(1);
        self.slot_at = Some(self.clock()?.now());
        Ok(())
    }

    /// Passes over slots, as a node does whose block takes longer than one.
    ///
    /// # Errors
    /// If the node has no sequencer.
    pub fn skip_slots(&mut self, slots: u32) -> Result<()> {
        let time = self.sequencer_config()?.block_time * slots;
        self.slot_at = self.slot_at.map(|slot_at| slot_at + time);
        Ok(())
    }

    /// Moves the time to the next slot and waits until its block has all that is in the pool.
    ///
    /// # Errors
    /// If there are no slots, or no job begins.
    pub async fn begin_slot(&mut self) -> Result<()> {
        self.pool_follows().await?;
        let slot_at = self.slot_at.ok_or_eyre("there are no slots")?;
        let heard = self.events.resubscribe();
        let clock = self.clock()?;
        clock.advance(slot_at.saturating_sub(clock.now()));
        self.slot_at = Some(slot_at + self.sequencer_config()?.block_time);
        self.filled(heard).await
    }

    /// Moves the time to the next slot and through it until it is sealed, and gives what becomes of
    /// it. What is to be in its block must be there before; for the first slot, before
    /// [`Self::enable`].
    ///
    /// # Errors
    /// If there are no slots, or nothing becomes of it.
    pub async fn slot(&mut self) -> Result<Slot> {
        self.begin_slot().await?;
        self.seal().await
    }

    /// The next block that is signed, by whatever clock.
    ///
    /// # Errors
    /// If there is none within the limit.
    pub async fn signed(&mut self) -> Result<Arc<ExecutedBlock>> {
        loop {
            if let SequencerEvent::SignedBlock(block) = self.event().await? {
                return Ok(block);
            }
        }
    }

    /// Waits until the sequencer has this state.
    ///
    /// # Errors
    /// If it has not within the limit.
    pub async fn state(&self, is: impl Fn(SequencerState) -> bool) -> Result<()> {
        let mut status = self.sequencer()?.watch();
        soon("a state of the sequencer", status.wait_for(|status| is(status.state))).await??;
        Ok(())
    }

    /// Waits until a job has all that there is, or ends without.
    async fn filled(&mut self, mut heard: Receiver<SequencerEvent>) -> Result<()> {
        let last = self.job;
        let filled = async {
            tokio::select! {
                drained = self.jobs.wait_for(|jobs| jobs.drained > last) => {
                    Ok(drained.map(|jobs| jobs.drained)?)
                }
                // It is full, or failed, or there was something to sign before.
                event = heard.recv() => event.map(|_| last).map_err(eyre::Report::from),
            }
        };
        self.job = soon("a job that has taken everything", filled).await??;
        Ok(())
    }

    async fn outcome(&mut self) -> Result<Slot> {
        loop {
            match self.event().await? {
                SequencerEvent::BlockSequenced(_) => {}
                SequencerEvent::SignedBlock(block) => return Ok(Slot::Block(block)),
                SequencerEvent::BlockBuildingSkipped { .. } => return Ok(Slot::Empty),
                SequencerEvent::SlotSkipped { reason, .. } => return Ok(Slot::Skipped(reason)),
            }
        }
    }

    /// The event comes a moment before the work has ended.
    async fn at_rest(&self) -> Result<()> {
        self.state(|state| !is_busy(state)).await
    }

    fn sequencer_config(&self) -> Result<&SequencerConfig> {
        self.setup.config.sequencer.as_ref().ok_or_eyre("the node has no sequencer")
    }
}

const fn is_busy(state: SequencerState) -> bool {
    matches!(state, SequencerState::Building | SequencerState::Signing)
}
