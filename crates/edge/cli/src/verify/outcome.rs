//! What became of one file.

use super::files;
use crate::exit::Exit;
use eyre::Report;
use rollup_chainspec::ScrollHardfork;
use rollup_stateless::{
    BlockWitness, Difference, VerifiedBlock, VerifyError, WitnessError, verify,
};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A file and its verdict.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) file: PathBuf,
    pub(super) verdict: Verdict,
}

#[derive(Debug)]
pub(super) enum Verdict {
    /// Everything agrees. The time is that of execution and comparison, without reading the file.
    Verified { block: VerifiedBlock, elapsed: Duration },
    /// Not a block that can be executed here; its header hash agrees.
    NotExecuted(WitnessError),
    /// Something does not agree.
    Differs(Box<Difference>),
    /// Nothing was found out.
    Unreadable(Report),
    /// The program failed.
    Internal(Report),
}

impl Verdict {
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Verified { .. } | Self::NotExecuted(_) => Exit::Success,
            Self::Differs(_) => Exit::No,
            Self::Unreadable(_) => Exit::Unusable,
            Self::Internal(_) => Exit::Internal,
        }
    }
}

/// Reads and verifies one file.
pub(super) fn verify_file(file: &Path, force_fork: Option<ScrollHardfork>) -> Outcome {
    let verdict = read_witness(file)
        .map_or_else(Verdict::Unreadable, |witness| verify_witness(&witness, force_fork));
    Outcome { file: file.to_owned(), verdict }
}

fn read_witness(file: &Path) -> eyre::Result<BlockWitness> {
    Ok(BlockWitness::from_json(&files::read(file)?)?)
}

fn verify_witness(witness: &BlockWitness, force_fork: Option<ScrollHardfork>) -> Verdict {
    let started = Instant::now();
    // The named fork matters only where it is used: an Ethereum block names none of ours.
    let fork = match force_fork.map_or_else(|| witness.hardfork(), Ok) {
        Ok(fork) => fork,
        Err(_) if witness.is_ethereum() => ScrollHardfork::Archimedes,
        Err(err) => return Verdict::Unreadable(err.into()),
    };
    match verify(witness, fork) {
        Ok(block) => Verdict::Verified { block, elapsed: started.elapsed() },
        Err(VerifyError::Difference(difference)) => Verdict::Differs(difference),
        Err(VerifyError::Witness(err @ (WitnessError::Ethereum | WitnessError::Zktrie))) => {
            Verdict::NotExecuted(err)
        }
        Err(VerifyError::Witness(err)) => Verdict::Unreadable(err.into()),
        Err(err @ VerifyError::Internal(_)) => Verdict::Internal(err.into()),
    }
}
