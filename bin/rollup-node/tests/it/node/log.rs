//! What a node writes to standard output, while it does.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// How long a test waits for something that comes at once. Nothing is measured by it.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The lines so far.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    is_closed: bool,
}

impl Log {
    /// Takes the lines as they come.
    pub(crate) fn follow(output: impl Read + Send + 'static) -> Self {
        let log = Self(Arc::default());
        let shared = Arc::clone(&log.0);
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                shared.0.lock().unwrap().lines.push(line);
                shared.1.notify_all();
            }
            shared.0.lock().unwrap().is_closed = true;
            shared.1.notify_all();
        });
        log
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.0.lock().unwrap().lines.len()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }

    /// The first line from `start` on that fits, and its place; `None` if there is none before the
    /// time is over or the output ends.
    pub(crate) fn find(
        &self,
        start: usize,
        limit: Duration,
        fits: impl Fn(&str) -> bool,
    ) -> Option<(usize, String)> {
        let (lines, more) = &*self.0;
        let mut seen = start;
        let mut found = None;
        let is_missing = |lines: &mut Lines| {
            let rest = lines.lines.iter().enumerate().skip(seen);
            found = rest.filter(|(_, line)| fits(line)).map(|(at, line)| (at, line.clone())).next();
            seen = lines.lines.len().max(start);
            found.is_none() && !lines.is_closed
        };
        drop(more.wait_timeout_while(lines.lock().unwrap(), limit, is_missing).unwrap());
        found
    }

    /// Waits for a line from `start` on that holds the text, and gives it with its place.
    pub(crate) fn wait(&self, start: usize, text: &str) -> (usize, String) {
        let found = self.find(start, LIMIT, |line| line.contains(text));
        found.unwrap_or_else(|| panic!("no line with {text:?}:\n{}", self.lines().join("\n")))
    }

    /// Waits for the next block from `start` on, and gives it with the place of its line.
    pub(crate) fn next_block(&self, start: usize) -> (usize, BlockLine) {
        let (at, line) = self.wait(start, BlockLine::BROADCAST);
        (at, BlockLine::parse(&line).unwrap())
    }

    /// Waits until the output ends.
    pub(crate) fn wait_for_end(&self) {
        self.find(usize::MAX, LIMIT, |_| false);
        let lines = self.lines();
        assert!(self.0.0.lock().unwrap().is_closed, "it goes on:\n{}", lines.join("\n"));
    }
}

/// The value of a field in a line.
pub(crate) fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}="))?;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(' ').next(),
    }
}

/// A line about one stage of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockLine {
    pub(crate) stage: &'static str,
    pub(crate) number: u64,
    pub(crate) hash: String,
}

impl BlockLine {
    pub(crate) const BROADCAST: &str = "INFO rollup_node::sequencer: Broadcast block ";
    /// What is written of every block, in this order.
    pub(crate) const STAGES: [&str; 3] = [
        "INFO rollup_node::sequencer: Built payload ",
        "INFO rollup_node::signer: Signed block ",
        Self::BROADCAST,
    ];

    pub(crate) fn parse(line: &str) -> Option<Self> {
        let stage = Self::STAGES.into_iter().find(|stage| line.contains(stage))?;
        let number = field(line, "number").unwrap().parse().unwrap();
        Some(Self { stage, number, hash: field(line, "hash").unwrap().to_owned() })
    }

    /// Those among the lines.
    pub(crate) fn all(lines: &[String]) -> Vec<Self> {
        lines.iter().filter_map(|line| Self::parse(line)).collect()
    }
}
