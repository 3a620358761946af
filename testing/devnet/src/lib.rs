#![doc = include_str!("../README.md")]

mod announced;
mod chain;
pub mod contracts;
mod crash;
mod l1;
mod limit;
mod node;
mod rpc;
mod setup;
mod signers;
mod slots;
mod source;
mod wallet;
mod ws;

pub use announced::Announced;
pub use chain::{StoredBlock, check};
pub use crash::{Child, KillPoint, follow_kill_point, is_child, say};
pub use l1::L1;
pub use limit::{LIMIT, soon};
pub use node::{HaltedNode, TestNode};
pub use rpc::RpcClient;
pub use setup::{Extension, Setup, SourceMaker, UNIX_TIME};
pub use signers::{ScriptedSigner, Step, WritingSigner};
pub use slots::Slot;
pub use wallet::{Call, Form, Wallet};
pub use ws::WsClient;
