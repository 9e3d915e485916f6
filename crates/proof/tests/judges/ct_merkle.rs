//! Judge: the crate `ct-merkle`, whose tree and proofs are its own.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proof::{Growth, Node, leaf_hash};
use sha2::Sha256;

use crate::log::Log;

const SIZE: u64 = 700;

#[test]
fn has_our_roots_and_our_proofs() {
    let log = Log::new(SIZE);
    let mut judge = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=SIZE {
        judge.push(log.entry(size - 1).to_vec());
        if !size.is_multiple_of(37) && !size.is_power_of_two() {
            continue;
        }
        let base = size * 2 / 3;
        let grown = log.grown(base, size);
        assert_eq!(judge.root().as_bytes()[..], grown.root(), "{size}");
        for index in base..size {
            let theirs = judge.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(theirs.as_bytes(), grown.prove(index).unwrap().concat(), "{index}");
        }
        let added = usize::try_from(size - base).unwrap();
        if added < usize::try_from(size).unwrap() {
            let theirs = judge.prove_consistency(added);
            assert_eq!(theirs.as_bytes(), log.request(base, size).consistency.concat(), "{size}");
        }
    }
}

#[test]
fn has_our_root_of_a_hundred_thousand() {
    let mut judge = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut growth = Growth::new(&proof::Frontier::EMPTY);
    for entry in 0..100_000_u32 {
        let entry = entry.to_be_bytes().to_vec();
        let leaf: Node = leaf_hash(&entry);
        growth.push(leaf);
        judge.push(entry);
    }
    assert_eq!(judge.root().as_bytes()[..], growth.finish().root());
}
