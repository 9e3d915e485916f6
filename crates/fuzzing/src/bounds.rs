//! How long an input may take, and how much memory.

use std::time::{Duration, Instant};

use crate::Target;

/// Reads an input, and panics where that takes longer than it may. On a busy machine anything may
/// take long once; what is slow is slow each time.
pub fn timed(target: &Target, input: &[u8], longest: Duration) {
    let mut quickest = Duration::MAX;
    for _ in 0..TRIES {
        let begun = Instant::now();
        (target.read)(input);
        quickest = quickest.min(begun.elapsed());
        if quickest < longest {
            return;
        }
    }
    panic!("{}: {} bytes take {quickest:?}", target.name, input.len());
}

/// The most that this process ever held, in KiB: memory with contents, and addresses. Nothing where
/// the system does not tell.
pub fn peaks() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    };
    Some((of("VmHWM:")?, of("VmPeak:")?))
}

const TRIES: u32 = 3;
