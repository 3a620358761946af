//! What the handle tells the actor.

use crate::error::SequencerError;
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use tokio::sync::oneshot;

/// Where the answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, SequencerError>>;

/// A command.
#[derive(Debug)]
pub(crate) enum Command {
    Enable { reply: Reply<bool> },
    Disable { reply: Reply<bool> },
    Start { expected_head: B256, reply: Reply<()> },
    Stop { reply: Reply<BlockNumHash> },
    BuildBlock { reply: Reply<()> },
}
