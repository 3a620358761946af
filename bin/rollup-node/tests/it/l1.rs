//! An L1 for nodes in processes of their own.

use alloy_primitives::{Address, B256, U256, address};
use rollup_l1_devnet::{Anvil, CONTRACTS, L1Chain, L1Options, L1Rpc};
use serde_json::{Value, json};
use std::{future::Future, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// The system contract of mainnet.
const MAINNET_SYSTEM_CONFIG: Address = address!("8432728A257646449245558B8b7Dbe51A16c7a4D");
/// The first L1 block that mainnet looks at.
const MAINNET_START: u64 = 18_306_000;
/// Storage slot of the system contract with the authorized signer.
const SIGNER_SLOT: u64 = 0x67;
/// Storage slot of a proxy with the address of its code, as ERC-1967 has it.
const IMPLEMENTATION_SLOT: &str =
    "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

/// An L1, and what runs calls to it.
#[derive(Debug)]
pub(crate) struct TestL1 {
    runtime: Runtime,
    chain: L1Chain,
}

impl TestL1 {
    pub(crate) fn start(options: L1Options) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let chain = runtime.block_on(L1Chain::start(options)).unwrap();
        Self { runtime, chain }
    }

    pub(crate) fn url(&self) -> &str {
        self.chain.url()
    }

    pub(crate) const fn chain(&self) -> &L1Chain {
        &self.chain
    }

    /// Waits for what was begun with [`Self::chain`].
    pub(crate) fn run<T>(&self, work: impl Future<Output = eyre::Result<T>>) -> T {
        self.runtime.block_on(work).unwrap()
    }
}

/// An L1 that makes blocks by itself, for a node whose command a document shows.
#[derive(Debug)]
pub(crate) enum DocumentedL1 {
    /// With the contracts of the development chain.
    Dev(Box<TestL1>),
    /// With the real code of the system contract where mainnet has it, and no other contract.
    Mainnet(Anvil),
}

impl DocumentedL1 {
    /// One whose system contract names this signer.
    pub(crate) fn start(chain: &str, signer: Address) -> Self {
        let block_time = Duration::from_secs(1);
        if chain != "scroll-mainnet" {
            let block_time = Some(block_time);
            let options = L1Options { block_time, signer: Some(signer), ..L1Options::default() };
            return Self::Dev(Box::new(TestL1::start(options)));
        }
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self::Mainnet(runtime.block_on(mainnet(block_time, signer)).unwrap())
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Dev(l1) => l1.url().to_owned(),
            Self::Mainnet(anvil) => anvil.url(),
        }
    }
}

async fn mainnet(block_time: Duration, signer: Address) -> eyre::Result<Anvil> {
    let deployed = L1Chain::start(L1Options::default()).await?;
    let proxy = CONTRACTS.system_config;
    let slot = json!([proxy, IMPLEMENTATION_SLOT, "latest"]);
    let implementation: B256 =
        serde_json::from_value(deployed.rpc().call("eth_getStorageAt", slot).await?)?;
    let implementation = Address::from_word(implementation);
    let code: Value = deployed.rpc().call("eth_getCode", json!([implementation, "latest"])).await?;
    // The watcher ties its first block to the one before.
    let number = (MAINNET_START - 1).to_string();
    let block_time = block_time.as_secs().to_string();
    let arguments = ["--chain-id", "1", "--number", &number, "--block-time", &block_time];
    let anvil = Anvil::start(arguments.into_iter().chain(["--slots-in-an-epoch", "1"]))?;
    let rpc = L1Rpc::new(anvil.url())?;
    rpc.call("anvil_setCode", json!([MAINNET_SYSTEM_CONFIG, code])).await?;
    let (slot, value) = (B256::from(U256::from(SIGNER_SLOT)), signer.into_word());
    rpc.call("anvil_setStorageAt", json!([MAINNET_SYSTEM_CONFIG, slot, value])).await?;
    // So that there is a final block.
    rpc.call("anvil_mine", json!(["0x4"])).await?;
    Ok(anvil)
}
