//! Asking.

use super::connection::Connection;
use crate::{node::RunningNode, stats::percentile};
use eyre::{Result, WrapErr as _};
use futures::future::try_join_all;
use hyper::body::Bytes;
use std::time::{Duration, Instant};

/// What a load gave.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) requests_per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Processor time of the program, all threads, over requests.
    pub(crate) cpu_per_request: Duration,
    pub(crate) bytes_per_request: f64,
}

/// Asks over so many connections for so long, on each one request after the other.
pub(crate) async fn drive(
    node: &RunningNode,
    bodies: &[Bytes],
    connections: usize,
    duration: Duration,
) -> Result<Figures> {
    let open = (0..connections).map(|_| Connection::open(node.port()));
    let open = try_join_all(open).await?;
    // Each begins elsewhere.
    let begin = |at: usize| at * bodies.len() / connections;
    let before = node.usage()?;
    let started = Instant::now();
    let asking = open
        .into_iter()
        .enumerate()
        .map(|(at, connection)| ask(connection, bodies, begin(at), started + duration));
    let asked = try_join_all(asking).await.wrap_err("a read failed")?;
    let elapsed = started.elapsed();
    let cpu = node.usage()?.cpu.saturating_sub(before.cpu);

    let bytes: usize = asked.iter().map(|asked| asked.bytes).sum();
    let mut times: Vec<_> = asked.into_iter().flat_map(|asked| asked.times).collect();
    let requests = times.len().max(1);
    Ok(Figures {
        requests_per_second: requests as f64 / elapsed.as_secs_f64(),
        p50: percentile(&mut times, 50),
        p99: percentile(&mut times, 99),
        cpu_per_request: cpu.div_f64(requests as f64),
        bytes_per_request: bytes as f64 / requests as f64,
    })
}

struct Asked {
    times: Vec<Duration>,
    bytes: usize,
}

async fn ask(
    mut connection: Connection,
    bodies: &[Bytes],
    begin: usize,
    ends_at: Instant,
) -> Result<Asked> {
    let mut asked = Asked { times: Vec::new(), bytes: 0 };
    let from_begin = bodies.iter().cycle().skip(begin);
    for body in from_begin {
        let sent_at = Instant::now();
        if sent_at >= ends_at {
            break;
        }
        asked.bytes += connection.ask(body.clone()).await?;
        asked.times.push(sent_at.elapsed());
    }
    Ok(asked)
}
