//! The schedules themselves: that a seed means one schedule, that the harness notices a disk which
//! lies, and a few seeds. `tools/run-tests` runs thousands with a release build.

use simulation::{Plan, Runner};

fn plan(seed: u64) -> Plan {
    Plan { seed, keep_words: false, syncs_lie: false }
}

#[test]
fn the_same_seed_is_the_same_schedule() {
    let (one, other) = (Runner::new().unwrap(), Runner::new().unwrap());
    for seed in 1..=8 {
        let words = Plan { keep_words: true, ..plan(seed) };
        let first = one.run(words).unwrap_or_else(|failed| panic!("{failed:?}"));
        let second = other.run(words).unwrap_or_else(|failed| panic!("{failed:?}"));
        let mut lines = first.words.iter().zip(&second.words);
        let differing = lines.find(|(one, other)| one != other);
        assert_eq!(differing, None, "seed {seed}");
        assert!(first == second, "seed {seed}: one goes on longer");
        assert!(first.disk_calls > 0 && first.words.len() > 20, "it says what happened");
    }
}

#[test]
fn different_seeds_are_different_schedules() {
    let runner = Runner::new().unwrap();
    let traces: Vec<u64> = (1..=10).map(|seed| runner.run(plan(seed)).unwrap().trace).collect();
    let distinct: std::collections::BTreeSet<_> = traces.iter().collect();
    assert_eq!(distinct.len(), traces.len());
}

/// Every third seed is a schedule of the e-CF, and its customers hold receipts: of each kind of
/// document some, which the DGII accepts whole and in summary.
#[test]
fn the_ecf_is_sealed_delivered_and_checked() {
    let runner = Runner::new().unwrap();
    let seeds = (1_000_002..).step_by(3).take(8);
    let runs = seeds.map(|seed| runner.run(Plan { keep_words: true, ..plan(seed) }).unwrap());
    let (mut receipts, mut words) = (0, Vec::new());
    for passed in runs {
        receipts += passed.receipts;
        words.extend(passed.words);
    }
    assert!(receipts > 20, "{receipts}");
    for said in ["as E31", "as E32", "as E34", ": facturaselectronicas", ": recepcionfc", ": Fine"]
    {
        assert!(words.iter().any(|line| line.contains(said)), "{said}");
    }
}

/// The judge is judged: a disk that drops what it was told to sync loses receipts, and is caught.
#[test]
fn a_disk_whose_syncs_do_nothing_is_caught_within_ten_seeds() {
    let runner = Runner::new().unwrap();
    let caught =
        (1..=10).filter_map(|seed| runner.run(Plan { syncs_lie: true, ..plan(seed) }).err());
    let complaints: Vec<String> = caught.map(|failed| failed.complaint).collect();
    assert!(complaints.iter().any(|words| words.starts_with("invariant ")), "{complaints:?}");
    assert!(complaints.iter().all(|words| !words.contains("not a second time")), "{complaints:?}");
}

#[test]
fn slow_a_first_run_of_seeds_passes() {
    let runner = Runner::new().unwrap();
    for seed in 1_000_001..=1_000_050 {
        if let Err(failed) = runner.run(plan(seed)) {
            panic!("seed {seed}: {}\n{}", failed.complaint, failed.trace.join("\n"));
        }
    }
}
