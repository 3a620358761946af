//! What became of forwarded transactions.

use crate::error::{SequencerRefusal, TryError};
use std::{sync::Arc, time::Duration};

/// What became of a forwarded transaction. So many are remembered, and none over a restart.
#[derive(Clone, Debug)]
pub struct ForwardRecord {
    /// How far it is.
    pub outcome: ForwardOutcome,
    /// Host and port of the sequencer that was asked last, if one was.
    pub host: Option<Arc<str>>,
    /// Since when it is so, since the Unix epoch.
    pub at: Duration,
    /// Requests so far.
    pub tries: u32,
}

/// How far a forwarded transaction is.
#[derive(Clone, Debug)]
pub enum ForwardOutcome {
    /// No sequencer has answered.
    Waiting {
        /// Why the last one that was asked has not.
        failure: Option<TryError>,
    },
    /// A sequencer has it.
    Taken {
        /// Whether it had it before.
        was_known: bool,
    },
    /// A sequencer does not take it.
    Refused(Arc<SequencerRefusal>),
    /// It left the pool before a sequencer answered.
    Gone,
}
