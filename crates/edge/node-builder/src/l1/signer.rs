//! Who may sign, before anything is started.

use alloy_primitives::{Address, U256};
use rollup_chainspec::L1_SYSTEM_CONFIG_SIGNER_SLOT;
use rollup_l1_client::{L1Error, L1Reader, L1Tag};
use rollup_runtime::Clock;
use std::time::Duration;

/// How long the start waits for L1.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// What L1 says of the authorized signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignerOnL1 {
    /// It is this one.
    Known(Address),
    /// L1 does not say in time.
    Unknown(Option<L1Error>),
}

/// Asks the system contract for the authorized signer, for a bounded time.
pub(super) async fn signer_on_l1(
    reader: &dyn L1Reader,
    contract: Address,
    clock: &dyn Clock,
) -> SignerOnL1 {
    let deadline = clock.sleep_until(clock.now().saturating_add(MAX_WAIT));
    tokio::select! {
        biased;
        signer = read(reader, contract) => match signer {
            Ok(Some(signer)) => SignerOnL1::Known(signer),
            Ok(None) => SignerOnL1::Unknown(None),
            Err(err) => SignerOnL1::Unknown(Some(err)),
        },
        () = deadline => SignerOnL1::Unknown(None),
    }
}

/// `None` if there is no block yet, or no contract.
async fn read(reader: &dyn L1Reader, contract: Address) -> Result<Option<Address>, L1Error> {
    let Some(latest) = reader.tagged(L1Tag::Latest).await? else { return Ok(None) };
    let slot = reader.storage_at(contract, L1_SYSTEM_CONFIG_SIGNER_SLOT, latest.hash).await?;
    Ok((slot != U256::ZERO).then(|| Address::from_word(slot.into())))
}
