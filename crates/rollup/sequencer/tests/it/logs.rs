//! What operators and dashboards look for.

use crate::{
    l1::{enqueue, message},
    world::{World, config, ms},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use rollup_sequencer::{L1InclusionMode, SequencerConfig, SequencerEvent, SequencerState};
use rollup_storage::RollupChange;
use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::set_default,
};

/// Keeps the lines of the sequencer and the signer.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn with(&self, part: &str) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().filter(|line| line.contains(part)).cloned().collect()
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("rollup_node::")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
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

#[tokio::test]
async fn each_stage_of_a_block_has_one_line() {
    let lines = Lines::default();
    let _guard = set_default(lines.clone());
    let mut world = World::new(config());
    world.pool.add(1).await;
    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    let id = world.block().await.id();

    let (number, hash) = ("number=1", format!("hash={}", id.hash));
    for (target, message, fields) in [
        (
            "INFO rollup_node::sequencer",
            "Built payload",
            vec!["id=0x", "txs=1", "l1_msgs=0", "gas=21000", "size=", "build_ms="],
        ),
        ("INFO rollup_node::signer", "Signed block", vec!["signer=0x", "sign_ms="]),
        ("INFO rollup_node::sequencer", "Broadcast block", vec!["peers_scroll=3", "peers_eth=2"]),
    ] {
        let found = lines.with(message);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(target), "{found:?}");
        for field in fields.into_iter().chain([number, &hash]) {
            assert!(found[0].contains(field), "no {field} in {found:?}");
        }
    }

    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(1600)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockBuildingSkipped { .. }));
    let found = lines.with("Slot skipped");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("DEBUG rollup_node::sequencer"), "{found:?}");
    assert!(found[0].contains("reason=empty"), "{found:?}");
}

#[tokio::test]
async fn what_happens_is_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let exported = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mut world = World::new(SequencerConfig {
        payload_building_duration: ms(1500),
        allow_empty_blocks: true,
        ..config()
    });
    world.handle.enable().await.unwrap();
    world.go_to(ms(1000)).await;
    world.skipped().await;
    world.go_to(ms(1500)).await;
    world.block().await;
    world.handle.disable().await.unwrap();

    let text = exported.render();
    for line in [
        "sequencer_skipped_slots_total{reason=\"overrun\"} 1",
        "sequencer_skipped_slots_total{reason=\"failed\"} 0",
        "sequencer_overruns_total 1",
        "sequencer_blocks_total 1",
        "sequencer_empty_blocks_total 0",
        "sequencer_sign_failures_total 0",
        "sequencer_enabled 0",
        "sequencer_authorized 1",
        "sequencer_payload_attributes_building_duration_count 1",
        "chain_orchestrator_all_block_building_duration_count 1",
        "chain_orchestrator_block_building_duration_count 1",
    ] {
        assert!(text.lines().any(|found| found == line), "no line {line} in:\n{text}");
    }
}

#[tokio::test]
async fn pending_l1_messages_are_counted_with_the_age_of_the_oldest() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let exported = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let l1_inclusion_mode = L1InclusionMode::Depth(2);
    let mut world = World::new(SequencerConfig { l1_inclusion_mode, ..config() });
    let enqueued = |number, queue_index| enqueue(number, &[message(queue_index, 21_000)]);
    let latest = RollupChange::L1Latest { number: 12 };
    let changes = vec![enqueued(9, 0), enqueued(10, 1), enqueued(12, 2), latest];
    world.storage.apply_rollup(changes).unwrap();
    let mut told = Vec::new();
    for at in [800, 1600] {
        world.pool.add(at).await;
        world.handle.build_block().await.unwrap();
        world.job_is_full().await;
        world.go_to(ms(at)).await;
        world.block().await;
        world.state(SequencerState::Disabled).await;
        let text = exported.render();
        told.extend(["pending", "oldest_pending_blocks"].map(|name| {
            let name = format!("sequencer_l1_messages_{name} ");
            text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().to_owned()
        }));
    }
    assert_eq!(told, ["3", "3", "1", "0"]);
}
