//! Slots whose blocks are signed in AWS KMS.

use crate::{
    args::Args,
    chain::Chain,
    node::{KmsProgram, Program, RunningNode},
    prometheus::{counter, quantile},
    report::{Table, tell},
};
use eyre::Result;
use rollup_kms_devnet::{Answer, KeyKind, KmsFront, Moto};
use std::time::Duration;
use tokio::time::sleep;

const SLOT: Duration = Duration::from_millis(250);
const BUILDING: Duration = Duration::from_millis(100);
/// How long the service takes longer than the one on this machine does.
const DELAYS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(80)];
/// For how long slots are counted.
const COUNTED: Duration = Duration::from_secs(60);

/// Measures the node alone, by its own metrics.
pub(crate) async fn kms(args: &Args, chain: &Chain, table: &mut Table) -> Result<()> {
    let moto = Moto::start()?;
    let key = moto.create_key(KeyKind::Secp256k1).await?;
    for delay in DELAYS {
        let front = KmsFront::start(&moto)?;
        front.on_sign(Answer::Late(delay));
        let (path, url) = (args.node.clone(), front.url());
        let program = KmsProgram { path, key: key.clone(), url, building: BUILDING };
        let title = format!("slots of 250 ms, AWS KMS after {} ms", delay.as_millis());
        tell(&title);
        let node = RunningNode::start(&Program::KmsNode(program), chain, SLOT).await?;
        let before = node.client.head().await?;
        sleep(COUNTED).await;
        let blocks = node.client.head().await? - before;
        let metrics = node.metrics().await?;
        let slots = COUNTED.as_secs_f64() / SLOT.as_secs_f64();
        table.add(
            &format!("{title}: blocks per slot"),
            3,
            f64::from(u32::try_from(blocks)?) / slots,
        );
        let overruns = counter(&metrics, "sequencer_skipped_slots_total{reason=\"overrun\"}")?;
        table.add(&format!("{title}: slots lost"), 0, overruns);
        for (name, hundredths) in [("p50", "0.5"), ("p99", "0.99"), ("longest", "1")] {
            let seconds = quantile(&metrics, "signer_signing_duration", hundredths)?;
            table.add(&format!("{title}: signing, {name}, ms"), 1, seconds * 1e3);
        }
        node.stop().await?;
    }
    Ok(())
}
