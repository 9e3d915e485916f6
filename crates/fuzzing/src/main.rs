//! One target under libFuzzer: `tools/fuzz` builds and starts it. `TARGET` names it, and `CORPUS`
//! the folder where its seeds are put before the fuzzer looks there.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use fuzzing::change::change;
use fuzzing::dice::Dice;
use fuzzing::{Target, corpus};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static TARGET: LazyLock<(&Target, Vec<Vec<u8>>)> = LazyLock::new(|| {
    let name = std::env::var("TARGET").expect("TARGET names what is fuzzed");
    let target = Target::named(&name).expect("TARGET is one of fuzzing::TARGETS");
    (target, (target.seeds)())
});

fn prepare() {
    if let Some(folder) = std::env::var_os("CORPUS") {
        corpus::write(TARGET.0, Path::new(&folder)).expect("there is room for the seeds");
    }
}

fuzz_target!(init: prepare(), |input: &[u8]| (TARGET.0.read)(input));

// Half of the changes are libFuzzer's own, and half know the structure.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let (target, seeds) = &*TARGET;
    let changed = change(&mut Dice::new(seed.into()), &data[..size], seeds, target.words);
    let length = changed.len().min(max_size);
    data[..length].copy_from_slice(&changed[..length]);
    length
});
