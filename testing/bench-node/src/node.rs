//! The programs that are measured.

use crate::{
    chain::{CHAIN_ID, Chain, GAS_LIMIT},
    client::Client,
    process::Usage,
};
use eyre::{Result, WrapErr as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::sleep;

/// How long a program may take to answer its first request.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How long a program may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks at a program that starts or ends.
const LOOK: Duration = Duration::from_millis(1);
/// For how long a program must do almost nothing to have settled.
const SETTLED_LOOK: Duration = Duration::from_secs(2);
/// How long a program may take to settle.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);
/// What the block of a file is counted in.
const DISK_BLOCK_BYTES: u64 = 512;

/// A program that is measured.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    /// This project's node.
    Node(PathBuf),
    /// The same, with its key in AWS KMS.
    KmsNode(KmsProgram),
    /// Anvil.
    Anvil(PathBuf),
}

/// This project's node, and its key.
#[derive(Clone, Debug)]
pub(crate) struct KmsProgram {
    pub(crate) path: PathBuf,
    /// ARN of the key.
    pub(crate) key: String,
    /// Where AWS KMS is.
    pub(crate) url: String,
    /// How long a block is built.
    pub(crate) building: Duration,
}

impl Program {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Node(_) | Self::KmsNode(_) => "rollup-node",
            Self::Anvil(_) => "anvil",
        }
    }

    fn command(&self, directory: &Path, ports: Ports, slot: Duration) -> Command {
        let genesis = directory.join("genesis.json");
        match self {
            Self::Node(path) => {
                let mut command = Command::new(path);
                command
                    .args(["node", "--test", "--sequencer.enabled", "--sequencer.auto-start"])
                    .args(["--sequencer.allow-empty-blocks", "--http"])
                    .args(["--admin.addr", "none", "--health.addr", "none"])
                    .args(["--txpool.pending-max-count", "1000000"])
                    .args(["--txpool.pending-max-size", "2048"])
                    .arg(format!("--sequencer.block-time={}", slot.as_millis()))
                    .arg(format!("--builder.gaslimit={GAS_LIMIT}"))
                    .arg(format!("--http.port={}", ports.http))
                    .arg(format!("--metrics=127.0.0.1:{}", ports.metrics))
                    .args(["--chain".as_ref(), genesis.as_os_str()])
                    .args(["--datadir".as_ref(), directory.join("data").as_os_str()]);
                command
            }
            Self::KmsNode(KmsProgram { path, key, url, building }) => {
                let mut command = Self::Node(path.clone()).command(directory, ports, slot);
                command
                    .args(["--signer.aws-kms-key-id", key])
                    .arg(format!("--sequencer.payload-building-duration={}", building.as_millis()))
                    .env("AWS_ENDPOINT_URL_KMS", url)
                    .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
                command
            }
            Self::Anvil(path) => {
                let mut command = Command::new(path);
                command
                    .args(["--quiet", "--no-request-size-limit", "--accounts", "1"])
                    .arg(format!("--chain-id={CHAIN_ID}"))
                    .arg(format!("--block-time={}", slot.as_secs_f64()))
                    .arg(format!("--gas-limit={GAS_LIMIT}"))
                    .arg(format!("--port={}", ports.http))
                    .args(["--init".as_ref(), genesis.as_os_str()])
                    // It keeps old states in files there.
                    .env("HOME", directory.join("data"));
                command
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    http: u16,
    metrics: u16,
}

impl Ports {
    /// Two that were free a moment ago.
    fn free() -> Result<Self> {
        let listeners = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let [http, metrics] = listeners.map(|listener| listener.local_addr());
        Ok(Self { http: http?.port(), metrics: metrics?.port() })
    }
}

/// A program that runs.
#[derive(Debug)]
pub(crate) struct RunningNode {
    pub(crate) client: Client,
    /// From the start of the program to its first answer.
    pub(crate) first_answer: Duration,
    /// From the start of the program to its first block.
    pub(crate) first_block: Duration,
    child: Child,
    ports: Ports,
    directory: TempDir,
}

impl RunningNode {
    /// Starts a program on the genesis, in a directory of its own, and waits for its first block.
    pub(crate) async fn start(program: &Program, chain: &Chain, slot: Duration) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join("genesis.json"), &chain.genesis)?;
        fs::create_dir(directory.path().join("data"))?;
        let ports = Ports::free()?;
        let log = File::create(directory.path().join("log"))?;
        let client = Client::new(ports.http)?;
        let started = Instant::now();
        let child = program
            .command(directory.path(), ports, slot)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .wrap_err_with(|| format!("{program:?} cannot be started"))?;
        let (first_answer, first_block) = (Duration::ZERO, Duration::ZERO);
        let mut node = Self { client, first_answer, first_block, child, ports, directory };
        node.first_answer = node.wait(started, 0).await?;
        node.first_block = node.wait(started, 1).await?;
        Ok(node)
    }

    /// Waits for a block. Returns the time since `started`.
    async fn wait(&mut self, started: Instant, number: u64) -> Result<Duration> {
        while self.client.head().await.ok().is_none_or(|head| head < number) {
            let is_late = started.elapsed() > START_LIMIT;
            if is_late || self.child.try_wait()?.is_some() {
                bail!("no block {number}:\n{}", self.log()?);
            }
            sleep(LOOK).await;
        }
        Ok(started.elapsed())
    }

    /// What the program wrote.
    fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.directory.path().join("log"))?)
    }

    /// Where it serves JSON-RPC over HTTP.
    pub(crate) const fn port(&self) -> u16 {
        self.ports.http
    }

    /// Waits until the program has done what it puts off until later.
    pub(crate) async fn settle(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            let before = self.usage()?.cpu;
            sleep(SETTLED_LOOK).await;
            let used = self.usage()?.cpu.saturating_sub(before);
            if used < SETTLED_LOOK / 10 || started.elapsed() > SETTLE_LIMIT {
                return Ok(());
            }
        }
    }

    /// What the program has used until now.
    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id())
    }

    /// Bytes on disk.
    pub(crate) fn disk_bytes(&self) -> Result<u64> {
        disk_bytes(&self.directory.path().join("data"))
    }

    /// What the program tells Prometheus.
    pub(crate) async fn metrics(&self) -> Result<String> {
        let url = format!("http://127.0.0.1:{}/metrics", self.ports.metrics);
        Ok(reqwest::get(url).await?.error_for_status()?.text().await?)
    }

    /// Ends the program in an orderly way.
    pub(crate) async fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > STOP_LIMIT {
                bail!("it does not end:\n{}", self.log()?);
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

impl Drop for RunningNode {
    fn drop(&mut self) {
        // It may have ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Bytes that the files of a directory take, holes not counted.
fn disk_bytes(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            disk_bytes(&entry.path())?
        } else {
            metadata.blocks() * DISK_BLOCK_BYTES
        };
    }
    Ok(bytes)
}
