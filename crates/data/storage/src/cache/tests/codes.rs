//! Codes.

use super::{FIRST, cache};
use crate::cache::{CacheConfig, HitCount, StateCache};
use alloy_primitives::{Bytes, bytes, hex, keccak256};
use std::{cell::Cell, convert::Infallible};

#[test]
fn a_code_is_read_once_and_one_that_is_not_there_again() {
    let cache = cache();
    let code = bytes!("6001600255");
    let hash = keccak256(&code);
    let reads = Cell::new(0);
    let read = |found: Option<&Bytes>| {
        let code = cache.code(hash, || {
            reads.set(reads.get() + 1);
            Ok::<_, Infallible>(found.cloned())
        });
        code.unwrap().map(|code| code.original_bytes())
    };
    assert_eq!(read(None), None);
    assert_eq!(read(Some(&code)), Some(code.clone()));
    assert_eq!(read(None), Some(code));
    assert_eq!(reads.get(), 2);
    assert_eq!(cache.stats().codes, HitCount { hits: 1, misses: 2 });
}

#[test]
fn codes_survive_clearing() {
    let cache = cache();
    let code = bytes!("00");
    let read = || Ok::<_, Infallible>(Some(code.clone()));
    cache.code(keccak256(&code), read).unwrap();
    cache.clear(FIRST + 1);
    let found = cache.code(keccak256(&code), || Ok::<_, Infallible>(None)).unwrap();
    assert_eq!(found.unwrap().original_bytes(), code);
}

// The unchecked constructor panics on these.
#[test]
fn malformed_delegations_are_ordinary_code() {
    let cache = cache();
    let delegation = Bytes::from(hex!("ef01001111111111111111111111111111111111111111").to_vec());
    let malformed = [
        bytes!("ef0100"),
        bytes!("ef010011"),
        delegation.slice(..22),
        [delegation.as_ref(), &[0]].concat().into(),
        bytes!("ef01ff1111111111111111111111111111111111111111"),
    ];
    let read = |code: &Bytes| {
        let found = cache.code(keccak256(code), || Ok::<_, Infallible>(Some(code.clone())));
        found.unwrap().unwrap()
    };
    for code in &malformed {
        assert!(!read(code).is_eip7702(), "{code}");
        assert_eq!(read(code).original_bytes(), *code);
    }
    assert!(read(&delegation).is_eip7702());
}

#[test]
fn codes_are_bounded_by_their_bytes() {
    let code_bytes = 1 << 20;
    let cache = StateCache::new(CacheConfig { code_bytes, ..Default::default() }, FIRST);
    let codes: Vec<Bytes> = (0..1_000_u32)
        .map(|number| [&number.to_be_bytes()[..], &[0; 4_000]].concat().into())
        .collect();
    for code in &codes {
        cache.code(keccak256(code), || Ok::<_, Infallible>(Some(code.clone()))).unwrap();
    }
    let is_kept = |code: &&Bytes| {
        cache.code(keccak256(code), || Ok::<_, Infallible>(None)).unwrap().is_some()
    };
    let kept_bytes: usize = codes.iter().filter(is_kept).map(|code| code.len()).sum();
    assert!(kept_bytes as u64 <= code_bytes, "{kept_bytes}");
    assert!(kept_bytes as u64 > code_bytes / 4, "{kept_bytes}");
}
