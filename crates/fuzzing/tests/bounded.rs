//! Each target, with a bounded number of inputs that are the same each time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;

use fuzzing::bounds::{peaks, timed};
use fuzzing::change::change;
use fuzzing::dice::Dice;
use fuzzing::{TARGETS, Target};

/// Seeds as they are, seeds that were changed, what was found before, and what grew.
fn bounded(name: &str) {
    let target = Target::named(name).unwrap();
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty());
    for seed in &seeds {
        hold(target, seed, LONGEST);
    }
    for found in found(name) {
        hold(target, &found, LONGEST);
    }
    let held = peaks();
    let mut dice = Dice::new(target.rounds.into());
    for _ in 0..rounds(target) {
        let seed = &seeds[dice.below(seeds.len())];
        let mut input = change(&mut dice, seed, &seeds, target.words);
        input.truncate(target.limit + 1);
        hold(target, &input, LONGEST);
    }
    for input in grown(target, &seeds) {
        hold(target, &input, LONGEST_GROWN);
    }
    let (Some(before), Some(after)) = (held, peaks()) else { return };
    assert!(after.0 - before.0 < HELD_KIB_MAX, "it held {} KiB more", after.0 - before.0);
    assert!(after.1 - before.1 < ASKED_KIB_MAX, "it asked for {} KiB more", after.1 - before.1);
}

fn rounds(target: &Target) -> u32 {
    let times = std::env::var("STALELA_FUZZ_ROUNDS").ok().and_then(|times| times.parse().ok());
    target.rounds * times.unwrap_or(1)
}

/// Tells the input that does not hold, as `tools/fuzz NAME` takes it.
fn hold(target: &'static Target, input: &[u8], longest: Duration) {
    if catch_unwind(|| timed(target, input, longest)).is_err() {
        let file = std::env::temp_dir().join(format!("stalela-fuzz-{}", target.name));
        std::fs::write(&file, input).unwrap();
        let shown = String::from_utf8_lossy(&input[..input.len().min(2_000)]);
        panic!("{}: this input (whole in {}) fails:\n{shown}", target.name, file.display());
    }
}

/// Inputs that failed once: `crates/fuzzing/found/NAME`.
fn found(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(name);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// A seed's beginning with one word over and over, beyond the limit: where that takes longer than
/// its length, it is seen here.
fn grown(target: &Target, seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let length = target.limit.min(GROWN_MAX) + 1;
    let word = |(place, word): (usize, &&str)| {
        let seed = &seeds[place % seeds.len()];
        let start = &seed[..seed.len() / (place % 3 + 1)];
        let mut input = start.to_vec();
        input.extend(word.bytes().cycle().take(length));
        input.truncate(length);
        input
    };
    target.words.iter().enumerate().map(word).collect()
}

/// Of one input, when nothing else disturbs, in a build that is not optimised.
const LONGEST: Duration = Duration::from_secs(2);
const LONGEST_GROWN: Duration = Duration::from_secs(6);
/// As long as grown inputs are: what takes its square of a quarter MiB takes minutes.
const GROWN_MAX: usize = 256 * 1024;
/// More memory than any limit of a reader lets it fill, in KiB.
const HELD_KIB_MAX: u64 = 512 * 1024;
/// More addresses than that, in KiB: threads and their heaps ask for many.
const ASKED_KIB_MAX: u64 = 2 * 1024 * 1024;

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            bounded(stringify!($name));
        })*

        #[test]
        fn every_target_is_run() {
            let run = [$(stringify!($name)),*];
            let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, run);
        }
    };
}

targets!(
    certificates,
    documents,
    drafts,
    names,
    notes,
    pkcs12,
    receipts,
    received,
    replies,
    requests,
    settings,
    signatures,
    stored
);
