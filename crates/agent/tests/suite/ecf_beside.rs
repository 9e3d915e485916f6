//! A Dominican taxpayer's numbers that are annulled, and two processes over one database that may both
//! tell the DGII of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agent::{HttpWire, Lines};
use authorities::{Request, SessionToken, Target};
use fiscal::{
    Admitting, AnnulmentTold, Chance, Clock, Desk, Desks, Exchanging, Leave, NewRange,
    NumbersOfRange, Wire,
};
use invoice::{RangeId, SECOND, Timestamp};
use ledger::{Annulment, AnnulmentState, Ledger, Options};
use private_postgres::Database;
use serde_json::Value;
use simulators::dom_ecf::{self, Running};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::ecf::set_up;

/// The line of one process, which can be held where a request is about to leave.
struct Gate {
    line: HttpWire,
    hold: Arc<Hold>,
}

struct Hold {
    is_closed: AtomicBool,
    arrived: Semaphore,
    leaves: Semaphore,
}

impl Wire for Gate {
    fn admit<'a>(&'a self, target: &'a Target, now: Timestamp) -> Admitting<'a> {
        self.line.admit(target, now)
    }

    fn exchange<'a>(
        &'a self,
        request: &'a Request,
        session: Option<&'a SessionToken>,
        leave: &'a Leave,
    ) -> Exchanging<'a> {
        Box::pin(async move {
            if request.operation == "anularrango" && self.hold.is_closed.load(Ordering::SeqCst) {
                self.hold.arrived.add_permits(1);
                self.hold.leaves.acquire().await.unwrap().forget();
            }
            self.line.exchange(request, session, leave).await
        })
    }
}

struct Process {
    desk: Arc<Desk>,
    hold: Arc<Hold>,
}

struct Pair {
    simulator: Running,
    clock: Clock,
    processes: [Process; 2],
    range: RangeId,
    _folder: TempDir,
    _database: Database,
}

impl Pair {
    async fn new() -> Self {
        // The certificate is made in a moment, and is good from then on.
        let clock = Clock::manual(Clock::System.now().plus_micros(3_600 * SECOND));
        let theirs = clock.clone();
        let theirs = simulators::Clock::of(move || theirs.now().micros());
        let calm = dom_ecf::Options::calm(dom_ecf::Options::new(theirs, 7));
        let simulator = dom_ecf::start(calm).await.unwrap();
        let database = tokio::task::spawn_blocking(|| Database::like(migrate)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ledgers = [connect(&database).await, connect(&database).await];
        let outlet = set_up(folder.path(), &ledgers[0], &simulator.url).await;
        let mut processes = Vec::new();
        for ledger in ledgers {
            let hold = Arc::new(Hold {
                is_closed: AtomicBool::new(false),
                arrived: Semaphore::new(0),
                leaves: Semaphore::new(0),
            });
            let desks = desks(ledger, &clock, &hold);
            let desk = desks.desk(&outlet.tenant, &outlet.id).await.unwrap();
            processes.push(Process { desk, hold });
        }
        let processes: [Process; 2] = processes.try_into().ok().unwrap();
        let new = NewRange {
            kind: "31".to_owned(),
            first: "E310000000001".to_owned(),
            last: "E310000000100".to_owned(),
            expires_on: Some(jiff::civil::date(2027, 12, 31)),
            reference: None,
            lend_to: None,
        };
        let range = fiscal::authorise_range(&processes[0].desk, new).await.unwrap().0;
        Self { simulator, clock, processes, range, _folder: folder, _database: database }
    }

    async fn annul(&self, number: u64) {
        let printed = format!("E31{number:010}");
        let range = self.range.clone();
        let numbers = NumbersOfRange { range, first: printed.clone(), last: printed };
        fiscal::annul_numbers(&self.processes[0].desk, numbers).await.unwrap();
    }

    async fn standing(&self, number: u64) -> Annulment {
        let desk = &self.processes[1].desk;
        let standing = desk.ledger.range(&desk.outlet.tenant, &self.range).await.unwrap();
        let mut annulled = standing.unwrap().annulled.into_iter();
        annulled.find(|annulment| annulment.first == number).unwrap()
    }

    /// How many annulments came to the DGII.
    async fn sent(&self) -> usize {
        let url = format!("{}/requests", self.simulator.management_url);
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        all.iter().filter(|request| request["operation"] == "annulment").count()
    }

    /// The first process tells of it, and stands where the request is about to leave.
    async fn begin(&self, number: u64) -> tokio::task::JoinHandle<AnnulmentTold> {
        let [first, _] = &self.processes;
        first.hold.is_closed.store(true, Ordering::SeqCst);
        let (desk, range) = (Arc::clone(&first.desk), self.range.clone());
        let mut telling = tokio::spawn(async move {
            let numbers = (&range, number);
            fiscal::tell_annulment(&desk, numbers).await.unwrap()
        });
        tokio::select! {
            arrived = first.hold.arrived.acquire() => arrived.unwrap().forget(),
            told = &mut telling => panic!("it does not come to leave: {told:?}"),
        }
        first.hold.is_closed.store(false, Ordering::SeqCst);
        telling
    }

    fn go_on(&self) {
        self.processes[0].hold.leaves.add_permits(1);
    }

    async fn second_tells(&self, number: u64) -> AnnulmentTold {
        let second = &self.processes[1].desk;
        fiscal::tell_annulment(second, (&self.range, number)).await.unwrap()
    }
}

/// On a thread of its own, since a runtime is at work on this one.
fn migrate(address: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Ledger::migrate(address, None)).unwrap_or_else(|error| panic!("{error}"));
}

async fn connect(database: &Database) -> Ledger {
    let options = Options { accepts_fsync_off: true, ..Options::default() };
    Ledger::connect(&database.address(), options).await.unwrap()
}

fn desks(ledger: Ledger, clock: &Clock, hold: &Arc<Hold>) -> Desks {
    let (lines, hold) = (Lines::new(clock.clone()), Arc::clone(hold));
    let open_wire: fiscal::OpenWire = Arc::new(move |outlet, settings| {
        let line = lines.open(outlet.environment, settings).map_err(|error| error.to_string())?;
        Ok(Arc::new(Gate { line, hold: Arc::clone(&hold) }))
    });
    Desks::new(Arc::new(ledger), clock.clone(), Chance::System, open_wire)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_tell_of_an_annulment_one_sends_it() {
    let pair = Pair::new().await;
    pair.annul(41).await;
    let telling = pair.begin(41).await;
    let AnnulmentTold::Waits(why) = pair.second_tells(41).await else { panic!("it is in hand") };
    assert!(why.to_string().contains("another process"), "{why}");
    // As an agent does, which looks at all of them.
    pair.clock.advance(60 * SECOND);
    fiscal::tell_annulments(&pair.processes[1].desk).await.unwrap();
    assert_eq!(pair.sent().await, 0);
    pair.go_on();
    assert_eq!(telling.await.unwrap(), AnnulmentTold::Answered);
    assert_eq!(pair.second_tells(41).await, AnnulmentTold::Answered);
    fiscal::tell_annulments(&pair.processes[1].desk).await.unwrap();
    assert_eq!(pair.standing(41).await.state, AnnulmentState::Taken);
    assert_eq!(pair.sent().await, 1);
}

/// The process sleeps where it is about to write to the socket, for longer than its lease.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_held_for_too_long_is_told_by_another_and_not_by_both() {
    let pair = Pair::new().await;
    pair.annul(51).await;
    let telling = pair.begin(51).await;
    let signed = pair.standing(51).await.document;
    assert!(signed.is_some(), "kept before it leaves");
    pair.clock.advance(2 * 60 * SECOND);
    assert_eq!(pair.second_tells(51).await, AnnulmentTold::Answered);
    let taken = pair.standing(51).await;
    assert_eq!((taken.state, &taken.document), (AnnulmentState::Taken, &signed), "the same one");
    pair.go_on();
    let AnnulmentTold::Waits(why) = telling.await.unwrap() else { panic!("it is another's") };
    assert!(why.to_string().contains("nothing was sent"), "{why}");
    assert_eq!(pair.sent().await, 1, "nothing left when it woke");
    assert_eq!(pair.standing(51).await, taken);
}
