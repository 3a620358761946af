//! What operators and dashboards look for.

use crate::{model::Act, sim::Sim};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::set_default,
};

/// Keeps the lines of the watcher that an operator sees.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Lines with this text, and all of them are forgotten.
    fn take(&self, part: &str) -> Vec<String> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        lines.into_iter().filter(|line| line.contains(part)).collect()
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "rollup_node::l1" && *metadata.level() <= Level::INFO
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

#[test]
fn an_l1_without_new_blocks_raises_the_alarm_until_there_is_one() {
    let lines = Lines::default();
    let _guard = set_default(lines.clone());
    let mut sim = Sim::new();
    sim.mine(&[]);
    sim.settle();
    assert_eq!(lines.take("L1 is now synced").len(), 1);
    // Not more than a minute: 5 checks, and 30 looks.
    sim.run(35);
    assert_eq!(lines.take("liveness"), Vec::<String>::new());
    sim.run(10);
    let alarms = lines.take("L1 liveness check failed: no new L1 block received");
    assert!(alarms.first().unwrap().starts_with("ERROR"));
    assert!(alarms.first().unwrap().contains("latest=Some(1) age_seconds=72"), "{alarms:?}");
    sim.mine(&[]);
    sim.run(10);
    assert_eq!(lines.take("there are new L1 blocks again").len(), 1);
}

#[test]
fn an_outage_has_one_line_when_it_begins_and_one_when_it_ends() {
    let lines = Lines::default();
    let _guard = set_default(lines.clone());
    let mut sim = Sim::new();
    sim.settle();
    sim.faults(|faults| faults.is_down = true);
    sim.run(20);
    let began = lines.take("L1 cannot be followed");
    assert_eq!(began.len(), 1, "{began:?}");
    assert!(began.first().unwrap().contains("no L1 endpoint answers"), "{began:?}");
    sim.faults(|faults| faults.is_down = false);
    sim.run(20);
    assert_eq!(lines.take("L1 can be followed again").len(), 1);
}

#[test]
fn metrics_tell_what_was_found() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let rendered = metrics::with_local_recorder(&recorder, || {
        let mut sim = Sim::new();
        (0..5).for_each(|_| sim.mine(&[Act::Message, Act::Commit(2)]));
        sim.mine(&[Act::Finalize(4), Act::Revert(1)]);
        sim.settle();
        sim.reorg(2, &[]);
        sim.settle();
        metrics.render()
    });
    for line in [
        "l1_watcher_l1_messages 5",
        "l1_watcher_batch_commits 10",
        "l1_watcher_batch_finalizations 1",
        "l1_watcher_batch_reverts 1",
        "l1_watcher_reorgs 1",
        "l1_watcher_reorg_depths_sum 2",
        "l1_watcher_latest_block 7",
        "l1_watcher_processed_block 7",
        "l1_watcher_synced 1",
        "l1_watcher_stale 0",
        "l1_watcher_fault 0",
        "l1_watcher_rewinds_total 0",
        "l1_watcher_failed_steps_total 0",
        "l1_watcher_liveness_failing 0",
    ] {
        assert!(rendered.lines().any(|found| found == line), "{line} is not in\n{rendered}");
    }
    assert!(rendered.contains("l1_watcher_audits_total{outcome=\"agrees\"}"), "{rendered}");
}
