//! `make simulate N=100000 SEED=1`: runs schedules on all cores, prints how fast, and stops at the
//! first that fails, with its trace. `STORE=postgres` runs them over a PostgreSQL.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mimalloc::MiMalloc;
use simulation::{Failed, Passed, Plan, Postgres, Runner};

/// A schedule passes small pieces of memory from thread to thread, as the server does.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What is asked for on the command line.
struct Wanted {
    count: u64,
    first: u64,
    /// The words of the trace, though nothing fails.
    shows_trace: bool,
    syncs_lie: bool,
    store: Store,
    /// No schedule is begun after so long, however few there were.
    within: Option<Duration>,
}

/// What the ledger lies in.
enum Store {
    Sqlite,
    Postgres(Option<Arc<Postgres>>),
}

const USAGE: &str = "usage: simulation COUNT [FIRST_SEED] [--store sqlite|postgres] [--minutes MINUTES] \
    [--trace] [--lying-syncs]";

fn main() -> ExitCode {
    let Some(mut wanted) = Wanted::read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if let Store::Postgres(postgres) = &mut wanted.store {
        if let Some(missing) = Postgres::missing() {
            eprintln!("skipped: {missing}");
            return ExitCode::from(NO_POSTGRES);
        }
        *postgres = Some(Arc::new(Postgres::start()));
    }
    let started = Instant::now();
    let tally = Tally::default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = cores * WORKERS_OF_A_CORE;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&wanted, &tally, started));
        }
        if wanted.count >= REPORTED_COUNT {
            scope.spawn(|| report(&wanted, &tally, started));
        }
    });
    conclude(&wanted.store, &tally, started)
}

impl Wanted {
    fn read(words: impl Iterator<Item = String>) -> Option<Self> {
        let store = Store::Sqlite;
        let (shows_trace, syncs_lie, within) = (false, false, None);
        let mut wanted = Self { count: 0, first: 1, shows_trace, syncs_lie, store, within };
        let mut numbers = Vec::new();
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--store" => {
                    wanted.store = match words.next()?.as_str() {
                        "sqlite" => Store::Sqlite,
                        "postgres" => Store::Postgres(None),
                        _ => return None,
                    }
                }
                "--minutes" => {
                    let minutes: u32 = words.next()?.parse().ok()?;
                    wanted.within = Some(Duration::from_mins(minutes.into()));
                }
                "--trace" => wanted.shows_trace = true,
                "--lying-syncs" => wanted.syncs_lie = true,
                number => numbers.push(number.parse().ok()?),
            }
        }
        match numbers.as_slice() {
            [count] => Some(Self { count: *count, ..wanted }),
            [count, first] => Some(Self { count: *count, first: *first, ..wanted }),
            _ => None,
        }
    }
}

/// What the workers tell one another.
#[derive(Default)]
struct Tally {
    taken: AtomicU64,
    passed: AtomicU64,
    operations: AtomicU64,
    disk_calls: AtomicU64,
    crashes: AtomicU64,
    receipts: AtomicU64,
    is_over: AtomicBool,
    failed: Mutex<Option<Box<Failed>>>,
}

impl Tally {
    fn add(&self, passed: &Passed) {
        self.passed.fetch_add(1, Ordering::Relaxed);
        self.operations.fetch_add(passed.operations, Ordering::Relaxed);
        self.disk_calls.fetch_add(passed.disk_calls, Ordering::Relaxed);
        self.crashes.fetch_add(passed.crashes, Ordering::Relaxed);
        self.receipts.fetch_add(passed.receipts, Ordering::Relaxed);
    }
}

fn work(wanted: &Wanted, tally: &Tally, started: Instant) {
    let runner = match &wanted.store {
        Store::Postgres(Some(postgres)) => Runner::over(postgres),
        Store::Postgres(None) | Store::Sqlite => Runner::new(),
    };
    let runner = runner.expect("a temporary folder can be made");
    let has_time = || wanted.within.is_none_or(|within| started.elapsed() < within);
    while has_time() && !tally.is_over.load(Ordering::Relaxed) {
        let taken = tally.taken.fetch_add(1, Ordering::Relaxed);
        if taken >= wanted.count {
            break;
        }
        let seed = wanted.first.wrapping_add(taken);
        let keep_words = wanted.shows_trace;
        match runner.run(Plan { seed, keep_words, syncs_lie: wanted.syncs_lie }) {
            Ok(passed) => {
                for line in &passed.words {
                    println!("{line}");
                }
                tally.add(&passed);
            }
            Err(failed) => {
                tally.is_over.store(true, Ordering::Relaxed);
                let mut first = tally.failed.lock().expect("no worker panics with it");
                if first.as_ref().is_none_or(|first| failed.seed < first.seed) {
                    *first = Some(failed);
                }
            }
        }
    }
    if !has_time() || tally.taken.load(Ordering::Relaxed) >= wanted.count {
        tally.is_over.store(true, Ordering::Relaxed);
    }
}

fn report(wanted: &Wanted, tally: &Tally, started: Instant) {
    let mut last = Instant::now();
    while !tally.is_over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(200));
        if last.elapsed() >= REPORT_EACH {
            last = Instant::now();
            let passed = tally.passed.load(Ordering::Relaxed);
            println!("{passed} of {} schedules, {}", wanted.count, rate(passed, started));
        }
    }
}

fn conclude(store: &Store, tally: &Tally, started: Instant) -> ExitCode {
    let (store, calls) = match store {
        Store::Sqlite => ("", "disk calls"),
        Store::Postgres(_) => (" STORE=postgres", "requests to the database"),
    };
    let passed = tally.passed.load(Ordering::Relaxed);
    let sum = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{passed} schedules passed, {}: {} operations, {} crashes, {} receipts, {} {calls}",
        rate(passed, started),
        sum(&tally.operations),
        sum(&tally.crashes),
        sum(&tally.receipts),
        sum(&tally.disk_calls),
    );
    let failed = tally.failed.lock().expect("no worker panics with it").take();
    let Some(failed) = failed else { return ExitCode::SUCCESS };
    for line in &failed.trace {
        println!("{line}");
    }
    println!("seed {} fails: {}", failed.seed, failed.complaint);
    println!("again, alone: make simulate{store} N=1 SEED={}", failed.seed);
    ExitCode::FAILURE
}

fn rate(passed: u64, started: Instant) -> String {
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    let tenths = passed.saturating_mul(10_000) / millis;
    format!("{}.{} a second", tenths / 10, tenths % 10)
}

/// A schedule passes from thread to thread, and its core waits meanwhile: another one's work fills that.
const WORKERS_OF_A_CORE: usize = 2;
/// What the program ends with where the store that was asked for cannot be had: `tools/run-tests` tells
/// it from schedules that fail.
const NO_POSTGRES: u8 = 3;
/// A run of so many tells how far it is.
const REPORTED_COUNT: u64 = 1_000;
const REPORT_EACH: Duration = Duration::from_secs(10);
