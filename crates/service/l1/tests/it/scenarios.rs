//! One situation each.

use crate::{model::Act, sim::Sim, store::Undo};
use rollup_l1::L1Notification;

#[test]
fn follows_a_chain_from_its_first_block() {
    let mut sim = Sim::new();
    for _ in 0..4 {
        sim.mine(&[Act::Message, Act::Commit(2)]);
        sim.mine(&[]);
    }
    let seen = sim.settle();
    assert!(seen.contains(&L1Notification::Synced));
    let messages =
        seen.iter().filter(|seen| matches!(seen, L1Notification::MessageEnqueued { .. }));
    assert_eq!(messages.count(), 4);
    sim.assert_like_replay();
    assert_eq!(sim.undone(), []);
}

#[test]
fn a_reorg_takes_back_what_it_must() {
    let mut sim = Sim::new();
    (0..6).for_each(|_| sim.mine(&[Act::Message]));
    sim.settle();
    sim.reorg(3, &[Act::Message, Act::Message]);
    let seen = sim.settle();
    assert!(seen.contains(&L1Notification::Reorg { to: 3, depth: 3 }));
    assert_eq!(sim.undone(), [Undo::Reorg(3)]);
    sim.assert_like_replay();
}
