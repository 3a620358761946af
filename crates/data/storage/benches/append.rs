//! What the block log costs above the bare write that it is made of.
//!
//! Appends of one size are timed in turn with a bare `write` and `fdatasync` of the same size to a
//! file beside the log, so that both meet the same disk.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod support;

use rollup_storage::{BlockLog, LogConfig, SignedHeight};
use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};
use support::{percentiles, timed};

const COMMAND: &str = "cargo bench -p rollup-storage --bench append";
const ROUNDS: u64 = 1000;
const SIZES: [usize; 3] = [4 * 1024, 64 * 1024, 256 * 1024];

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("{ROUNDS} appends of each size, {COMMAND}");
    println!("{:>8} {:>22} {:>22} {:>14}", "payload", "log p50 / p99", "bare p50 / p99", "ratio");
    for size in SIZES {
        compare(dir.path(), size);
    }
    signed_height(dir.path());
    replay(dir.path());
}

fn compare(dir: &Path, size: usize) {
    let (mut log, _) =
        BlockLog::open(dir.join(format!("log-{size}")), LogConfig::default()).unwrap();
    let mut bare = File::create(dir.join("bare")).unwrap();
    let payload = bytes(size);
    let mut logged = Vec::new();
    let mut written = Vec::new();
    for number in 1..=ROUNDS {
        logged.push(timed(|| {
            log.append(number, &payload).unwrap();
        }));
        written.push(timed(|| {
            bare.write_all(&payload).unwrap();
            bare.sync_data().unwrap();
        }));
    }
    let (log_50, log_99) = percentiles(logged);
    let (bare_50, bare_99) = percentiles(written);
    println!(
        "{:>5} KB {:>22} {:>22} {:>14}",
        size / 1024,
        format!("{} / {} us", log_50.as_micros(), log_99.as_micros()),
        format!("{} / {} us", bare_50.as_micros(), bare_99.as_micros()),
        format!("{:.2} / {:.2}", ratio(log_50, bare_50), ratio(log_99, bare_99)),
    );
}

fn signed_height(dir: &Path) {
    let (log, _) = BlockLog::open(dir.join("height"), LogConfig::default()).unwrap();
    let mut height = SignedHeight::open(&log).unwrap();
    let times =
        (1..=ROUNDS).map(|number| timed(|| height.advance(number, [1; 32].into()).unwrap()));
    let (p50, p99) = percentiles(times.collect());
    println!("signed height: {} / {} us", p50.as_micros(), p99.as_micros());
}

fn replay(dir: &Path) {
    let size = SIZES[SIZES.len() - 1];
    let start = Instant::now();
    let (log, recovered) =
        BlockLog::open(dir.join(format!("log-{size}")), LogConfig::default()).unwrap();
    let mebibytes = log.size_bytes() / (1024 * 1024);
    println!(
        "open: {} records, {mebibytes} MiB in {} ms",
        recovered.records,
        start.elapsed().as_millis()
    );
}

/// Bytes that no file system compresses.
fn bytes(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

fn ratio(time: Duration, base: Duration) -> f64 {
    time.as_secs_f64() / base.as_secs_f64()
}
