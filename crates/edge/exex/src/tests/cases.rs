//! What is refused, what is kept, and what is written.

use super::world::World;
use crate::{
    chain::ChainBlock, config::ExExConfig, error::ExExError, notification::ExExNotification, record,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_storage::{PruneConfig, PruneMode};
use std::fs;

const NAME: &str = "indexer";
/// The storage prunes after every 16 commits, if it had no time before.
const COMMITS_TO_PRUNING: u32 = 17;

fn next(world: &World, position: BlockNumHash) -> Option<ExExNotification> {
    world.follower.next(NAME, position).unwrap()
}

/// Takes what there is until there is no more.
fn drain(world: &World, mut position: BlockNumHash) -> BlockNumHash {
    while let Some(notification) = next(world, position) {
        position = notification.tip();
    }
    position
}

fn ids(blocks: Option<&std::sync::Arc<crate::Chain>>) -> Vec<u64> {
    blocks.map_or_else(Vec::new, |chain| chain.blocks().map(|block| block.id().number).collect())
}

#[test]
fn a_new_exex_begins_at_the_head_and_stays_there_over_a_restart() {
    let mut world = World::new(ExExConfig::default());
    world.commit(3);
    assert_eq!(world.follower.resume(NAME).unwrap(), world.id(3));
    world.commit(2);
    let world = world.restarted();
    let position = world.follower.resume(NAME).unwrap();
    assert_eq!(position, world.id(3), "it has not finished what came since");
    assert_eq!(ids(next(&world, position).unwrap().committed()), [4, 5]);
}

#[test]
fn blocks_that_left_while_the_node_was_down_are_told_of_with_all_results() {
    let mut world = World::new(ExExConfig::default());
    let position = world.follower.resume(NAME).unwrap();
    world.commit(4);
    let position = drain(&world, position);
    world.follower.finish(NAME, position).unwrap();
    // The ExEx is not there while the chain changes.
    let mut world = world.restarted();
    world.change(1, 2);
    let world = world.restarted();
    let told = next(&world, world.follower.resume(NAME).unwrap()).unwrap();
    let ExExNotification::ChainReorged { old, new } = &told else { panic!("{told:?}") };
    assert_eq!((ids(Some(old)), ids(Some(new))), (vec![2, 3, 4], vec![2, 3]));
    assert_eq!(old.tip().id(), position);
    for block in old.blocks().chain(new.blocks()) {
        let results = &world.results[&block.id().hash];
        assert_eq!(block.receipts(), results.receipts);
        assert_eq!(block.state(), &results.state);
    }
    assert!(next(&world, told.tip()).is_none());
}

#[test]
fn a_chain_that_only_got_shorter_is_told_as_reverted() {
    let mut world = World::new(ExExConfig::default());
    world.commit(3);
    let position = drain(&world, world.id(0));
    world.change(1, 0);
    let told = next(&world, position).unwrap();
    assert!(matches!(told, ExExNotification::ChainReverted { .. }));
    assert_eq!((ids(told.reverted()), told.tip()), (vec![2, 3], world.id(1)));
}

#[test]
fn a_reorg_below_the_blocks_that_are_kept_is_an_error_that_names_the_remedy() {
    let config = ExExConfig { max_logged_blocks: 3, segment_bytes: 256, ..Default::default() };
    let mut world = World::new(config);
    world.commit(5);
    let begun = drain(&world, world.id(0));
    world.follower.finish(NAME, begun).unwrap();
    world.commit(20);
    // Of another ExEx that keeps up, so that the log is trimmed.
    world.follower.begin_after("other", world.id(5)).unwrap();
    let mut position = world.id(5);
    while let Some(told) = world.follower.next("other", position).unwrap() {
        position = told.tip();
    }
    world.change(2, 30);
    let world = world.restarted();
    let refused = world.follower.resume(NAME).unwrap_err();
    assert!(matches!(refused, ExExError::UnknownBlock { number: 5, .. }), "{refused}");
    let text = refused.to_string();
    let path = world.directory.path().join("exex/finished").join(NAME);
    assert!(text.contains(&path.display().to_string()), "{text}");
    // What the text says helps.
    let World { directory, follower, storage, .. } = &world;
    assert!(path.exists() && directory.path().exists() && storage.head() == world.head());
    assert!(follower.resume("new").is_ok());
    fs::remove_dir_all(&path).unwrap();
    let world = world.restarted();
    assert_eq!(world.follower.resume(NAME).unwrap(), world.head());
}

#[test]
fn state_that_was_pruned_is_an_error_that_names_the_remedy() {
    let mut world = World::new(ExExConfig { max_recent_blocks: 0, ..Default::default() });
    world.follower.resume(NAME).unwrap();
    world.commit(12);
    world.finalize(10);
    world.prune =
        PruneConfig { mode: PruneMode::Full { distance_blocks: 0 }, ..PruneConfig::default() };
    let mut world = world.restarted();
    // Of so many commits one is followed by pruning, however soon the storage is closed.
    for _ in 0..COMMITS_TO_PRUNING {
        world.commit(1);
        world.storage.flush().unwrap();
    }
    let world = world.restarted();
    let refused = world.follower.resume(NAME).unwrap_err();
    assert!(matches!(refused, ExExError::Pruned { number: 0, .. }), "{refused}");
    assert!(refused.to_string().contains("begin anew at the head"), "{refused}");
    let refused = world.follower.next(NAME, world.id(0)).unwrap_err();
    assert!(matches!(refused, ExExError::Pruned { number: 0, .. }), "{refused}");
}

#[test]
fn a_block_that_was_never_told_of_cannot_be_finished() {
    let mut world = World::new(ExExConfig::default());
    world.follower.resume(NAME).unwrap();
    world.commit(2);
    let foreign = BlockNumHash::new(2, B256::repeat_byte(7));
    let refused = world.follower.finish(NAME, foreign).unwrap_err();
    assert!(matches!(refused, ExExError::UnknownBlock { number: 2, .. }), "{refused}");
    assert!(world.follower.begin_after(NAME, foreign).is_err());
    assert_eq!(world.follower.resume(NAME).unwrap(), world.id(0), "nothing is noted");
    // A block of the chain that was not told of is one to begin after.
    world.follower.begin_after(NAME, world.id(1)).unwrap();
    assert_eq!(world.follower.resume(NAME).unwrap(), world.id(1));
}

#[test]
fn the_log_keeps_what_is_not_final_or_not_finished_and_no_more() {
    let config = ExExConfig { segment_bytes: 256, ..Default::default() };
    let mut world = World::new(config);
    let directory = world.directory.path().join("exex/blocks");
    let files = || {
        let files = fs::read_dir(&directory).unwrap().map(|file| file.unwrap().file_name());
        files.filter(|name| name.to_string_lossy().ends_with(".log")).count()
    };
    world.follower.resume(NAME).unwrap();
    world.follower.resume("behind").unwrap();
    world.commit(10);
    let position = drain(&world, world.id(0));
    assert_eq!(files(), 10, "one for each block");
    world.finalize(8);
    world.follower.finish(NAME, position).unwrap();
    assert_eq!(files(), 10, "another ExEx has finished none");
    world.follower.finish("behind", world.id(5)).unwrap();
    assert_eq!(files(), 5);
    world.follower.finish("behind", world.id(10)).unwrap();
    assert_eq!(files(), 2, "blocks 9 and 10 may leave the chain");
}

#[test]
fn what_is_final_is_told_without_being_logged() {
    let mut world = World::new(ExExConfig { segment_bytes: 256, ..Default::default() });
    world.commit(10);
    world.finalize(9);
    let told = next(&world, world.id(0)).unwrap();
    assert_eq!(ids(told.committed()), (1..=10).collect::<Vec<_>>());
    let directory = world.directory.path().join("exex/blocks");
    let files = fs::read_dir(directory).unwrap().map(|file| file.unwrap().file_name());
    let logs = files.filter(|name| name.to_string_lossy().ends_with(".log"));
    assert_eq!(logs.count(), 1, "block 10 alone");
}

#[test]
fn a_record_gives_back_the_block_and_refuses_what_is_none() {
    let mut world = World::new(ExExConfig::default());
    world.commit(2);
    let told = next(&world, world.id(0)).unwrap();
    for block in told.committed().unwrap().blocks() {
        let bytes = record::encode(block);
        let read = record::decode(&bytes).unwrap();
        assert_eq!((read.block(), read.receipts()), (block.block(), block.receipts()));
        assert_eq!(read.state(), block.state());
        assert_eq!(record::Ids::decode(&bytes).unwrap(), record::Ids::of(block));
        for length in 0..bytes.len() {
            assert!(record::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
        let other = [&[9], &bytes[1..]].concat();
        assert!(record::decode(&other).unwrap_err().to_string().contains("version 9"));
    }
    let states = told.committed().unwrap().blocks().map(ChainBlock::state);
    assert!(states.clone().any(|state| !state.codes.is_empty()), "a code is among it");
    let slots = states.flat_map(|state| state.accounts.values()).map(|diff| diff.storage.len());
    assert!(slots.sum::<usize>() > 0, "a slot is among it");
}
