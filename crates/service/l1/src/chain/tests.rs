use super::*;
use alloy_primitives::Bloom;

/// Hash of a block: a number, and the branch it is on.
fn hash(number: u64, branch: u8) -> B256 {
    let mut hash = B256::left_padding_from(&number.to_be_bytes());
    hash.0[0] = branch;
    hash
}

fn id(number: u64, branch: u8) -> BlockId {
    BlockId { number, hash: hash(number, branch) }
}

/// A header on a branch that leaves branch 0 above block `fork`.
fn header(number: u64, branch: u8, fork: u64) -> L1Header {
    let parent = number.saturating_sub(1);
    L1Header {
        number,
        hash: hash(number, branch),
        parent_hash: hash(parent, if parent <= fork { 0 } else { branch }),
        timestamp: 0,
        logs_bloom: Bloom::ZERO,
        receipts_root: B256::ZERO,
        is_verified: true,
    }
}

/// Blocks `first` to `last` of branch 0.
fn linked(first: u64, last: u64) -> LinkedBlocks {
    let mut blocks = LinkedBlocks::new(id(first, 0), 100);
    (first + 1..=last).for_each(|number| blocks.push(hash(number, 0)));
    blocks
}

/// Follows a branch down as far as it takes; how many parents that took.
fn follow(blocks: &LinkedBlocks, top: u64, branch: u8, fork: u64) -> (Judgement, usize) {
    let mut headers = vec![header(top, branch, fork)];
    loop {
        match blocks.judge(&headers) {
            Judgement::NeedParent(parent) => {
                let next = header(parent.number, branch, fork);
                assert_eq!(parent.hash, next.hash, "asks for a block off the branch");
                headers.push(next);
            }
            judgement => return (judgement, headers.len() - 1),
        }
    }
}

#[test]
fn the_next_block_extends() {
    assert_eq!(follow(&linked(10, 20), 21, 0, 0), (Judgement::Extends, 0));
    assert_eq!(follow(&linked(10, 10), 11, 0, 0), (Judgement::Extends, 0));
}

#[test]
fn a_gap_is_filled_down_to_the_tail() {
    assert_eq!(follow(&linked(10, 20), 25, 0, 0), (Judgement::Extends, 4));
}

#[test]
fn a_processed_block_is_nothing_new() {
    for lagging in [10, 15, 20] {
        assert_eq!(follow(&linked(10, 20), lagging, 0, 0), (Judgement::Known, 0), "{lagging}");
    }
    // Nothing is held of what is below, so it cannot be compared.
    assert_eq!(follow(&linked(10, 20), 9, 0, 0), (Judgement::Known, 0));
    assert_eq!(follow(&linked(10, 20), 9, 1, 5), (Judgement::Known, 0));
}

#[test]
fn reorgs_of_every_depth_go_to_the_fork() {
    for depth in 1..=10 {
        let fork = 20 - depth;
        for top in fork + 1..=25 {
            let (judgement, parents) = follow(&linked(10, 20), top, 1, fork);
            assert_eq!(judgement, Judgement::Reorg { to: id(fork, 0), depth }, "{depth} {top}");
            assert_eq!(parents as u64, top - fork - 1);
        }
    }
}

#[test]
fn a_fork_below_what_is_held_is_told() {
    for (top, fork) in [(21, 9), (20, 9), (11, 9), (10, 9), (25, 3)] {
        assert_eq!(follow(&linked(10, 20), top, 1, fork).0, Judgement::ForksBelow, "{top} {fork}");
    }
    // Block 0 has no parent.
    assert_eq!(follow(&linked(0, 3), 0, 1, 0).0, Judgement::ForksBelow);
    assert_eq!(follow(&linked(0, 3), 1, 1, 0).0, Judgement::Reorg { to: id(0, 0), depth: 3 });
}

#[test]
fn only_so_many_are_held() {
    let mut blocks = LinkedBlocks::new(id(10, 0), 4);
    (11..=20).for_each(|number| blocks.push(hash(number, 0)));
    assert_eq!((blocks.first(), blocks.len(), blocks.tail()), (17, 4, id(20, 0)));
    assert_eq!((blocks.hash_at(16), blocks.hash_at(17)), (None, Some(hash(17, 0))));
    assert_eq!(follow(&blocks, 21, 1, 17).0, Judgement::Reorg { to: id(17, 0), depth: 3 });
    assert_eq!(follow(&blocks, 21, 1, 16).0, Judgement::ForksBelow);
}

#[test]
fn blocks_are_taken_away_at_both_ends() {
    let mut blocks = linked(10, 20);
    blocks.truncate(15);
    assert_eq!((blocks.first(), blocks.tail()), (10, id(15, 0)));
    blocks.forget_below(13);
    assert_eq!((blocks.first(), blocks.tail()), (13, id(15, 0)));
    blocks.forget_below(100);
    assert_eq!((blocks.first(), blocks.tail()), (15, id(15, 0)));
    blocks.truncate(3);
    assert_eq!((blocks.first(), blocks.tail()), (15, id(15, 0)));
}

#[test]
fn final_blocks_are_tied_to_what_is_held() {
    let blocks = linked(10, 20);
    let known = Some((12, Some(hash(12, 0))));
    for (found, expected) in [
        (id(11, 0), FinalJudgement::Nothing),
        (id(12, 0), FinalJudgement::Nothing),
        (id(9, 0), FinalJudgement::Nothing),
        (id(13, 0), FinalJudgement::Held),
        (id(20, 0), FinalJudgement::Held),
        (id(21, 0), FinalJudgement::Above),
        (id(12, 1), FinalJudgement::Contradicts { expected: hash(12, 0) }),
        (id(15, 1), FinalJudgement::Contradicts { expected: hash(15, 0) }),
        (id(11, 1), FinalJudgement::Contradicts { expected: hash(11, 0) }),
    ] {
        assert_eq!(blocks.judge_final(known, found), expected, "{found:?}");
    }
    assert_eq!(blocks.judge_final(None, id(10, 0)), FinalJudgement::Held);
    assert_eq!(blocks.judge_final(Some((4, None)), id(7, 0)), FinalJudgement::Below);
    let contradicted = blocks.judge_final(Some((4, Some(hash(4, 0)))), id(4, 1));
    assert_eq!(contradicted, FinalJudgement::Contradicts { expected: hash(4, 0) });
}
