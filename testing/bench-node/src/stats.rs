//! Sums and percentiles.

use crate::observer::SeenBlock;
use std::time::Duration;

/// The smallest of `times` that so many hundredths of them do not exceed; zero if there is none.
pub(crate) fn percentile(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * hundredths).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or_default()
}

/// Transactions per second of the blocks that had a whole slot: without the first and the last that
/// have transactions. `None` if there are too few blocks.
pub(crate) fn sustained_rate(blocks: &[SeenBlock]) -> Option<f64> {
    let first = blocks.iter().position(|block| block.transactions > 0)?;
    let last = blocks.iter().rposition(|block| block.transactions > 0)?;
    let whole = blocks.get(first..last)?;
    let [start, counted @ ..] = whole else { return None };
    let time = counted.last()?.seen_at.duration_since(start.seen_at);
    let transactions: u64 = counted.iter().map(|block| block.transactions).sum();
    Some(transactions as f64 / time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn percentiles_are_of_the_times_themselves() {
        let mut times: Vec<_> = (1..=200).rev().map(|at| SECOND * at).collect();
        assert_eq!(percentile(&mut times, 50), SECOND * 100);
        assert_eq!(percentile(&mut times, 99), SECOND * 198);
        assert_eq!(percentile(&mut times, 100), SECOND * 200);
        assert_eq!(percentile(&mut [SECOND], 1), SECOND);
        assert_eq!(percentile(&mut [], 50), Duration::ZERO);
    }

    #[test]
    fn the_rate_leaves_out_what_had_no_whole_slot() {
        let start = Instant::now();
        let blocks: Vec<_> = (1..)
            .zip([0, 70, 100, 300, 200, 5, 0, 0])
            .map(|(at, transactions)| SeenBlock {
                number: u64::from(at),
                seen_at: start + SECOND * at,
                transactions,
            })
            .collect();
        assert_eq!(sustained_rate(&blocks), Some(200.0));
        assert_eq!(sustained_rate(&blocks[..2]), None);
        assert_eq!(sustained_rate(&blocks[6..]), None);
    }
}
