//! JSON-RPC over a Unix socket.

use super::{Context, parse};
use clap::Args;
use rollup_rpc::IpcConfig;
use std::path::{Path, PathBuf};

const IPC_PATH: &str = "ipcpath";
/// The file in the data directory, unless another is named.
const DEFAULT_FILE: &str = "rollup-node.ipc";

/// Flags of the IPC server.
#[derive(Debug, Args)]
#[command(next_help_heading = "RPC")]
pub(super) struct IpcArgs {
    /// Serve nothing over IPC
    #[arg(long = "ipcdisable")]
    ipc_disable: bool,

    /// Socket on which all modules are served, those for operators too. By default rollup-node.ipc in
    /// the data directory; if that cannot be made, the node runs without
    #[arg(long = IPC_PATH, value_name = "FILE")]
    ipc_path: Option<PathBuf>,

    /// Permissions of the socket: who may write to it may call
    #[arg(
        long = "ipc.permissions",
        value_name = "OCTAL",
        default_value_t = parse::Permissions(IpcConfig::DEFAULT_PERMISSIONS),
        value_parser = parse::permissions
    )]
    ipc_permissions: parse::Permissions,
}

impl IpcArgs {
    pub(super) fn into_settings(self, data_dir: &Path, context: &Context<'_>) -> Option<IpcConfig> {
        let Self { ipc_disable, ipc_path, ipc_permissions: parse::Permissions(permissions) } = self;
        let path = ipc_path.unwrap_or_else(|| data_dir.join(DEFAULT_FILE));
        let is_required = context.origins.is_given(IPC_PATH);
        (!ipc_disable).then_some(IpcConfig { path, permissions, is_required })
    }
}
