//! The engine's thread.

use crate::{core::Core, message::Message};
use tokio::sync::mpsc::Receiver;

/// Carries out requests one after the other, until it is told to stop or nobody can ask any more.
///
/// However it ends, the storage is let go of before the mailbox: who sees that closed may open the
/// directory again.
pub(crate) fn run(mut requests: Receiver<Message>, mut core: Core) {
    while let Some(message) = requests.blocking_recv() {
        // Who does not wait for the answer any more does not want to know it.
        match message {
            Message::Import { block, signature, reply } => {
                reply.send(core.import(*block, signature)).ok();
            }
            Message::UpdateForkchoice { update, reply } => {
                reply.send(core.update_forkchoice(update)).ok();
            }
            Message::Propose { block, reply } => {
                reply.send(core.propose(*block)).ok();
            }
            Message::PendingProposal { reply } => {
                reply.send(core.pending_proposal()).ok();
            }
            Message::AppendSigned { proposal, signature, reply } => {
                reply.send(core.append_signed(*proposal, signature)).ok();
            }
            Message::PublishForkchoice { reply } => {
                reply.send(core.publish_forkchoice()).ok();
            }
            Message::ReorgL1 { to, reply } => {
                reply.send(core.reorg_l1(to)).ok();
            }
            Message::Ping { reply } => {
                reply.send(Ok(())).ok();
            }
            Message::Stop { reply } => {
                drop(core);
                drop(requests);
                reply.send(Ok(())).ok();
                return;
            }
        }
    }
}
