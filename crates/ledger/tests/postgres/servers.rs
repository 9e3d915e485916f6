//! Several servers over one database, and lines that break: what is acknowledged is written, and
//! once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use invoice::{OutletId, Quantity};
use ledger::{CreditClaim, FollowUp, Ledger, LedgerError, Options, SealOrder, SealOutcome};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::home::OPTIONS;
use crate::world::{World, crediting};

const EACH: u64 = 40;

/// Seals one after the other, the outlets in turn; the numbers that it got, by outlet.
async fn seal_all(world: Arc<World>, ledger: Arc<Ledger>) -> Vec<(OutletId, u64)> {
    let mut numbers = Vec::new();
    for turn in 0..EACH {
        let outlet = if turn % 2 == 0 { &world.outlet } else { &world.second };
        match ledger.seal(world.order(outlet)).await {
            Ok(SealOutcome::Recorded(recorded)) => {
                numbers.push((outlet.clone(), recorded.assigned.sequence_in_series));
            }
            other => panic!("{other:?}"),
        }
    }
    numbers
}

/// Two servers of two lanes each.
async fn two_servers(world: &World) -> [Arc<Ledger>; 2] {
    let open = async || {
        let options = Options { writers: 2, ..OPTIONS() };
        Arc::new(Ledger::connect(&world.address(), options).await.unwrap())
    };
    [open().await, open().await]
}

/// Several callers at each server.
async fn seal_at(world: &Arc<World>, servers: [Arc<Ledger>; 2]) -> BTreeSet<(OutletId, u64)> {
    let mut callers = Vec::new();
    for server in servers {
        for _ in 0..4 {
            callers.push(tokio::spawn(seal_all(Arc::clone(world), Arc::clone(&server))));
        }
    }
    let mut numbers = BTreeSet::new();
    for caller in callers {
        for number in caller.await.unwrap() {
            assert!(numbers.insert(number), "a number was given twice");
        }
    }
    numbers
}

fn all_numbers(world: &World, rounds: u64) -> BTreeSet<(OutletId, u64)> {
    let of = |outlet: &OutletId| {
        (1..=rounds * 4 * EACH).map(|number| (outlet.clone(), number)).collect::<Vec<_>>()
    };
    [of(&world.outlet), of(&world.second)].into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_give_each_number_once() {
    let world = Arc::new(World::new().await);
    let servers = two_servers(&world).await;
    let numbers = seal_at(&world, servers).await;
    assert_eq!(numbers, all_numbers(&world, 1));
    Arc::into_inner(world).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_under_load_lose_nothing_and_write_nothing_twice() {
    let world = Arc::new(World::new().await);
    // They are open before anything is cut: a server that cannot open its database says so and ends.
    let servers = two_servers(&world).await;
    seal_while_cut(&world, servers).await;
    Arc::into_inner(world).unwrap().finish().await;
}

/// A server that is alone sends batches behind one another without asking: those are cut too.
#[tokio::test(flavor = "multi_thread")]
async fn connections_of_a_lone_server_that_are_cut_lose_nothing_and_write_nothing_twice() {
    let world = Arc::new(World::new().await);
    let options = Options { writers: 2, ..OPTIONS() };
    let server = Arc::new(Ledger::connect(&world.address(), options).await.unwrap());
    seal_while_cut(&world, [Arc::clone(&server), server]).await;
    Arc::into_inner(world).unwrap().finish().await;
}

/// Seals until some connections were cut: on a busy machine all may be sealed before the first is.
async fn seal_while_cut(world: &Arc<World>, servers: [Arc<Ledger>; 2]) {
    let cuts = Cuts::default();
    let (cutting, told) = (Arc::clone(world), cuts.clone());
    let cutter = tokio::task::spawn_blocking(move || cut_until_over(&cutting, &told));
    let mut numbers = BTreeSet::new();
    let mut rounds = 0;
    while rounds < 1 || cuts.made.load(Ordering::SeqCst) == 0 {
        assert!(rounds < 50, "some are cut");
        for number in seal_at(world, servers.clone()).await {
            assert!(numbers.insert(number), "a number was given twice");
        }
        rounds += 1;
    }
    drop(cuts);
    cutter.await.unwrap();
    let all = all_numbers(world, rounds);
    assert_eq!(numbers, all, "no gap, and no number that nobody was told of");
}

/// As long as the test has it, connections are cut: one that fails ends that too, or it would never end.
#[derive(Clone, Default)]
struct Cuts {
    made: Arc<AtomicU64>,
}

/// Ends up to twenty connections as an administrator would, whatever they are at.
fn cut_until_over(world: &World, cuts: &Cuts) {
    while Arc::strong_count(&cuts.made) > 1 && cuts.made.load(Ordering::SeqCst) < 20 {
        let ended = world.sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND state <> 'idle'",
        );
        cuts.made.fetch_add(ended.trim().parse().unwrap(), Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_orders_with_one_key_one_is_recorded() {
    let world = World::new().await;
    let other = world.open().await.unwrap();
    for turn in 0..10 {
        let key = format!("key-{turn}");
        // Of two outlets, so that no fence of theirs keeps the two apart.
        let first = world.keyed(&key, b"body");
        let second =
            SealOrder { idempotency: first.idempotency.clone(), ..world.order(&world.second) };
        let (one, two) = tokio::join!(world.ledger().seal(first), other.seal(second));
        let recorded =
            [one.unwrap(), two.unwrap()].iter().filter(|outcome| is_recorded(outcome)).count();
        assert_eq!(recorded, 1, "the other was told of it");
    }
    other.close().await;
    world.finish().await;
}

fn is_recorded(outcome: &SealOutcome) -> bool {
    matches!(outcome, SealOutcome::Recorded(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_never_credit_a_line_beyond_what_was_sold() {
    let world = World::new().await;
    let other = world.open().await.unwrap();
    for _ in 0..10 {
        let original = world.seal(world.order(&world.outlet)).await.unwrap().entry.invoice.unwrap();
        let claim = || CreditClaim {
            original: original.clone(),
            line: 0,
            quantity: Quantity::parse("3").unwrap(),
            limit: Quantity::parse("5").unwrap(),
        };
        let credit = |outlet: &OutletId| crediting(vec![claim()], world.order(outlet));
        let here = credit(&world.outlet);
        let there = credit(&world.second);
        let (one, two) = tokio::join!(world.ledger().seal(here), other.seal(there));
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        won.unwrap();
        assert!(matches!(lost, Err(LedgerError::CreditExceeds { .. })), "{lost:?}");
    }
    other.close().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_never_stand_for_one_receipt_twice() {
    let world = World::new().await;
    let other = world.open().await.unwrap();
    for turn in 0..10 {
        let number = format!("P{turn}");
        // Of two outlets, so that no fence of theirs keeps the two apart.
        let stands = |outlet| SealOrder { stands_for: Some(number.clone()), ..world.order(outlet) };
        let (here, there) = (stands(&world.outlet), stands(&world.second));
        let (one, two) = tokio::join!(world.ledger().seal(here), other.seal(there));
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        won.unwrap();
        assert!(matches!(lost, Err(LedgerError::AlreadyStoodFor { .. })), "{lost:?}");
    }
    other.close().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_request_or_answer_is_lost_is_found_out() {
    let world = World::new().await;
    let line = Line::begin(&world);
    let ledger = Ledger::connect(&line.address(&world), OPTIONS()).await.unwrap();
    let requested = ledger.seal(world.request(&world.outlet)).await.unwrap();
    let SealOutcome::Recorded(requested) = requested else { panic!() };
    for (number, fate) in [(2, LOSE_REQUEST), (3, LOSE_ANSWER), (4, LOSE_REQUEST), (5, LOSE_ANSWER)]
    {
        line.next.store(fate, Ordering::SeqCst);
        let outcome = ledger.seal(world.order(&world.outlet)).await.unwrap();
        let SealOutcome::Recorded(recorded) = outcome else { panic!() };
        assert_eq!(recorded.assigned.sequence_in_series, number);
        assert_eq!(line.next.load(Ordering::SeqCst), PASS, "it was lost");
    }
    line.next.store(LOSE_ANSWER, Ordering::SeqCst);
    ledger.append(world.follow_up(&requested, FollowUp::Sealed)).await.unwrap();
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 6);
}

/// What a server was sent by a connection that broke it may run later: no order is written twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_arrives_after_its_connection_broke_is_written_once() {
    let world = World::new().await;
    let line = Line::begin(&world);
    let ledger = Ledger::connect(&line.address(&world), OPTIONS()).await.unwrap();
    for number in 1..=6 {
        if number > 3 {
            line.next.store(COME_LATE, Ordering::SeqCst);
        }
        let outcome = ledger.seal(world.order(&world.outlet)).await.unwrap();
        let SealOutcome::Recorded(recorded) = outcome else { panic!() };
        assert_eq!(recorded.assigned.sequence_in_series, number);
    }
    assert!(line.late.lock().await.is_none(), "what was held came");
    assert!(line.came.load(Ordering::SeqCst) > 0, "something was held");
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 6);
}

/// A line to the database that loses commits, or what is said to them.
struct Line {
    folder: tempfile::TempDir,
    next: Arc<AtomicU8>,
    late: Late,
    /// How much came late.
    came: Arc<AtomicU8>,
}

/// The server's end of a connection that broke, and what it is yet to be sent.
type Late = Arc<tokio::sync::Mutex<Option<(UnixStream, Vec<u8>)>>>;

const PASS: u8 = 0;
const LOSE_REQUEST: u8 = 1;
const LOSE_ANSWER: u8 = 2;
/// A batch that is one statement is sent on when somebody has looked whether it is written.
const COME_LATE: u8 = 3;

impl Line {
    fn begin(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let next = Arc::new(AtomicU8::new(PASS));
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (late, came) = (Late::default(), Arc::default());
        let server = sockets(&world.address()).join(SOCKET);
        let shared = (Arc::clone(&next), Arc::clone(&late), Arc::clone(&came));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(carry(client, server.clone(), shared.clone()));
            }
        });
        Self { folder, next, late, came }
    }

    fn address(&self, world: &World) -> String {
        let direct = world.address();
        let (there, here) = (sockets(&direct), self.folder.path());
        direct.replace(there.to_str().unwrap(), here.to_str().unwrap())
    }
}

const SOCKET: &str = ".s.PGSQL.5432";

fn sockets(address: &str) -> PathBuf {
    let host = address.split_once("host=").unwrap().1;
    Path::new(host.split('&').next().unwrap()).to_owned()
}

/// Carries bytes both ways until a commit is to be lost: then the line breaks, before it reaches the
/// server or after the server has answered.
async fn carry(
    mut client: UnixStream,
    server: PathBuf,
    (fate, late, came): (Arc<AtomicU8>, Late, Arc<AtomicU8>),
) {
    let mut server = UnixStream::connect(server).await.unwrap();
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let has = |words: &[u8]| up[..count].windows(words.len()).any(|bytes| bytes == words);
                let is_whole = count > BATCH_BYTES_MIN && !has(COMMIT) && !has(b"BEGIN\0");
                if is_whole && fate.load(Ordering::SeqCst) == COME_LATE {
                    fate.store(PASS, Ordering::SeqCst);
                    *late.lock().await = Some((server, up[..count].to_vec()));
                    return;
                }
                if has(COMMIT) && let Some((mut held, bytes)) = late.lock().await.take() {
                    server.write_all(&up[..count]).await.unwrap();
                    came.fetch_add(1, Ordering::SeqCst);
                    // Its end may be gone: then nobody runs it.
                    if held.write_all(&bytes).await.is_ok() {
                        let _ = held.read(&mut down).await;
                    }
                    continue;
                }
                let is_commit = up[..count].windows(COMMIT.len()).any(|bytes| bytes == COMMIT);
                let is_next = is_commit && fate.load(Ordering::SeqCst) != COME_LATE;
                let lost = if is_next { fate.swap(PASS, Ordering::SeqCst) } else { PASS };
                if lost == LOSE_REQUEST {
                    return;
                }
                server.write_all(&up[..count]).await.unwrap();
                if lost == LOSE_ANSWER {
                    wait_for_commit(&mut server, &mut down).await;
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn wait_for_commit(server: &mut UnixStream, buffer: &mut [u8]) {
    loop {
        let count = server.read(buffer).await.unwrap();
        assert!(count > 0, "the server answers");
        if buffer[..count].windows(COMMIT.len()).any(|bytes| bytes == COMMIT) {
            return;
        }
    }
}

/// A batch is some kilobytes; what is asked before one is less.
const BATCH_BYTES_MIN: usize = 1_500;
/// As the client asks and as the server answers.
const COMMIT: &[u8] = b"COMMIT\0";
