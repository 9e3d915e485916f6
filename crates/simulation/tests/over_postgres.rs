//! The schedules over a PostgreSQL: that a seed means one schedule, and a few seeds. `tools/run-tests`
//! runs more of them with a release build.

#[path = "../../../tools/skipped.rs"]
mod skipped;

use std::sync::Arc;

use simulation::{Plan, Postgres, Runner};

fn plan(seed: u64) -> Plan {
    Plan { seed, keep_words: false, syncs_lie: false }
}

/// A server, where its programs are installed.
fn postgres() -> Option<Arc<Postgres>> {
    if let Some(missing) = Postgres::missing() {
        println!("{missing}");
        skipped::skipped("PostgreSQL", true);
        return None;
    }
    Some(Arc::new(Postgres::start()))
}

/// But for what each connection sent when: that is told once more at the end, by connection.
fn told(words: &[String]) -> Vec<&String> {
    words.iter().filter(|line| !line.starts_with("      Process")).collect()
}

#[test]
fn slow_the_same_seed_is_the_same_schedule_over_postgres() {
    let Some(postgres) = postgres() else { return };
    let (one, other) = (Runner::over(&postgres).unwrap(), Runner::over(&postgres).unwrap());
    for seed in 1..=SAME {
        let words = Plan { keep_words: true, ..plan(seed) };
        let first = one.run(words).unwrap_or_else(|failed| panic!("{failed:?}"));
        let second = other.run(words).unwrap_or_else(|failed| panic!("{failed:?}"));
        let (one, other) = (told(&first.words), told(&second.words));
        let differing = one.iter().zip(&other).find(|(one, other)| one != other);
        assert_eq!(differing, None, "seed {seed}");
        assert_eq!(one.len(), other.len(), "seed {seed}: one goes on longer");
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert!(first.disk_calls > 0 && first.words.len() > 20, "it says what happened");
    }
}

#[test]
fn slow_a_first_run_of_seeds_passes_over_postgres() {
    let Some(postgres) = postgres() else { return };
    let runner = Runner::over(&postgres).unwrap();
    for seed in 1_000_001..=1_000_000 + FIRST {
        if let Err(failed) = runner.run(plan(seed)) {
            panic!("seed {seed}: {}\n{}", failed.complaint, failed.trace.join("\n"));
        }
    }
}

/// Enough that some of them restore a backup, and some meet every kind of fault.
const SAME: u64 = 8;
const FIRST: u64 = 12;
