//! A signer on another machine, and the slots.

use crate::{
    scripted::Step,
    world::{World, config, ms},
};
use rollup_sequencer::{SequencerConfig, SequencerEvent, SkipReason};

const SLOT_MS: u64 = 250;
const BUILDING_MS: u64 = 150;

/// Slots of which a block is made, whether there is something to include or not.
async fn world() -> World {
    let world = World::new(SequencerConfig {
        allow_empty_blocks: true,
        block_time: ms(SLOT_MS),
        payload_building_duration: ms(BUILDING_MS),
        ..config()
    });
    world.handle.enable().await.unwrap();
    world
}

/// Begins with the block of a slot that begins there, and has it signed after this time.
async fn sign_after(world: &mut World, start: u64, latency: u64) {
    world.signer.follow(&[Step::Wait]);
    world.go_to(ms(start + BUILDING_MS)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(_)));
    world.clock.advance(ms(latency));
    world.signer.release();
}

#[tokio::test]
async fn a_signer_that_answers_within_the_slot_costs_none() {
    let mut world = world().await;
    for number in 1..=20 {
        let start = (number - 1) * SLOT_MS;
        sign_after(&mut world, start, 80).await;
        // The next event, so no slot was skipped before it.
        assert_eq!(world.signed().await.block.number, number);
        world.go_to(ms(start + SLOT_MS)).await;
    }
    assert_eq!(world.announced().len(), 20);
}

#[tokio::test]
async fn a_signer_that_answers_after_the_slot_costs_the_next_one() {
    let mut world = world().await;
    for number in 1..=5 {
        let start = (number - 1) * 2 * SLOT_MS;
        sign_after(&mut world, start, 120).await;
        let mut skipped = 0;
        let block = loop {
            match world.event().await {
                SequencerEvent::SlotSkipped { reason: SkipReason::Overrun, slots } => {
                    skipped += slots;
                }
                SequencerEvent::SignedBlock(block) => break block,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((block.block.number, skipped), (number, 1));
        world.go_to(ms(start + 2 * SLOT_MS)).await;
    }
}
