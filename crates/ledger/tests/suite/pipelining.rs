//! Orders that are planned and signed while the transaction before them is written.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use invoice::Quantity;
use ledger::{
    CreditClaim, EntrySigner, FollowUp, Ledger, LedgerError, Options, SealOrder, SealOutcome, Sign,
};

use crate::anchors::{Shelf, anchoring};
use crate::batching::poll;
use crate::ranges::TODAY;
use crate::world::{World, crediting, sealed};

/// A transaction takes one order, and whatever waits is planned meanwhile. Those who sign may wait for
/// one another, so there are some.
fn options() -> Options {
    Options { pipelined_from: 1, workers: 4, ..Options::default() }
}

/// A world whose ledger is reopened so.
async fn reopened(world: &mut World, options: Options) -> Ledger {
    world.close().await;
    Ledger::open(&world.path(), options).unwrap()
}

/// An order that the writer has in hand until its gate is dropped, and the two.
fn held(order: SealOrder) -> (SealOrder, Held) {
    let ((tell, entered), (gate, opened)) = (channel(), channel::<()>());
    let inner = Mutex::new((tell, opened));
    let prepare = Box::new(move |assigned: &ledger::Assigned| {
        let inner = inner.lock().unwrap();
        let _ = inner.0.send(());
        let _ = inner.1.recv();
        sealed()(assigned)
    });
    (SealOrder { prepare, ..order }, Held { entered, _gate: gate })
}

struct Held {
    entered: Receiver<()>,
    _gate: Sender<()>,
}

impl Held {
    /// Sends the order, and waits until the writer has it, and nothing else.
    fn send<F: Future + Unpin>(&self, answer: &mut F) {
        assert!(poll(answer).is_none(), "it waits for the gate");
        self.entered.recv_timeout(SOON_ENOUGH).unwrap();
    }
}

/// An order that says when it is signed.
fn telling(order: SealOrder) -> (SealOrder, Receiver<()>) {
    let (tell, told) = channel();
    let (tell, inner) = (Mutex::new(tell), Arc::clone(&order.signer.sign));
    let sign: Sign = Arc::new(move |message| {
        let _ = tell.lock().unwrap().send(());
        inner(message)
    });
    let signer = EntrySigner { sign, ..order.signer.clone() };
    (SealOrder { signer, ..order }, told)
}

/// An order that is signed when that other is, or that `then` says what becomes of.
fn after(order: SealOrder, other: Receiver<()>, then: Option<Sign>) -> SealOrder {
    let (other, inner) = (Mutex::new(Some(other)), then.unwrap_or(order.signer.sign.clone()));
    let sign: Sign = Arc::new(move |message| {
        // The same key signs the checkpoint later.
        if let Some(other) = other.lock().unwrap().take() {
            other.recv_timeout(SOON_ENOUGH).expect("the other is signed meanwhile");
        }
        inner(message)
    });
    let signer = EntrySigner { sign, ..order.signer.clone() };
    SealOrder { signer, ..order }
}

/// A busy machine has done it by then.
const SOON_ENOUGH: Duration = Duration::from_mins(1);

/// Asks for all while the first is held, and then lets it go.
async fn behind(
    ledger: &Ledger,
    first: SealOrder,
    orders: Vec<SealOrder>,
) -> Vec<Result<SealOutcome, LedgerError>> {
    let (first, held) = held(first);
    let mut sent = vec![Box::pin(ledger.seal(first))];
    held.send(&mut sent[0]);
    for order in orders {
        let mut answer = Box::pin(ledger.seal(order));
        assert!(poll(&mut answer).is_none(), "it waits for the writer");
        sent.push(answer);
    }
    drop(held);
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await);
    }
    answers
}

fn number(answer: &Result<SealOutcome, LedgerError>) -> Option<u64> {
    match answer {
        Ok(SealOutcome::Recorded(recorded)) => Some(recorded.assigned.sequence_in_series),
        _ => None,
    }
}

#[tokio::test]
async fn what_waits_is_signed_before_the_transaction_ahead_of_it_is() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let (second, is_signed) = telling(world.order(&world.outlet));
    let first = after(world.order(&world.outlet), is_signed, None);
    let third = world.order(&world.outlet);
    let before = ledger.commits();
    let answers = behind(&ledger, first, vec![second, third]).await;
    assert_eq!(answers.iter().map(number).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    assert_eq!(ledger.commits() - before, 2);
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 3);
}

#[tokio::test]
async fn what_was_planned_upon_an_order_that_fails_is_planned_anew() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let (second, is_signed) = telling(world.order(&world.outlet));
    let unsigned: Sign = Arc::new(|_: &[u8]| Err("the token is out".into()));
    let first = after(world.order(&world.outlet), is_signed, Some(unsigned));
    let third = world.order(&world.outlet);
    let answers = behind(&ledger, first, vec![second, third]).await;
    assert!(matches!(answers[0], Err(LedgerError::Sign(_))), "{:?}", answers[0]);
    assert_eq!(answers.iter().map(number).collect::<Vec<_>>(), [None, Some(1), Some(2)]);
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 2);
}

#[tokio::test]
async fn a_plan_knows_what_the_transaction_before_it_writes() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let original = ledger.seal(world.order(&world.outlet)).await.unwrap();
    let SealOutcome::Recorded(original) = original else { panic!("{original:?}") };
    let claim = || CreditClaim {
        original: original.entry.invoice.clone().unwrap(),
        line: 1,
        quantity: Quantity::parse("2").unwrap(),
        limit: Quantity::parse("3").unwrap(),
    };
    let credit = || crediting(vec![claim()], world.keyed("a key", b"a body"));
    let first = credit();
    let name = first.invoice.clone();
    let again = world.keyed("a key", b"a body");
    let other = world.keyed("a key", b"another body");
    let too_much = SealOrder { idempotency: None, ..credit() };
    let answers = behind(&ledger, first, vec![again, other, too_much]).await;
    assert_eq!(number(&answers[0]), Some(2));
    assert!(matches!(&answers[1], Ok(SealOutcome::Replayed(invoice)) if *invoice == name));
    assert!(matches!(answers[2], Err(LedgerError::KeyReused { .. })), "{:?}", answers[2]);
    assert!(matches!(answers[3], Err(LedgerError::CreditExceeds { .. })), "{:?}", answers[3]);
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 2);
}

#[tokio::test]
async fn nothing_is_planned_ahead_of_what_a_task_is_about_to_write() {
    let mut world = World::new().await;
    world.authorise(world.range(1, 101, 103)).await;
    let ledger = reopened(&mut world, Options { batch_max: 2, ..options() }).await;
    let (first, held) = held(world.order(&world.outlet));
    let mut first = Box::pin(ledger.seal(first));
    held.send(&mut first);
    let mut annulled = Box::pin(ledger.annul(world.annulment(1, 101, 102)));
    let mut beside = Box::pin(ledger.seal(world.order(&world.outlet)));
    let mut last = Box::pin(ledger.seal(world.of_kind(&world.outlet, "31", TODAY)));
    assert!(poll(&mut annulled).is_none() && poll(&mut beside).is_none());
    assert!(poll(&mut last).is_none());
    drop(held);
    first.await.unwrap();
    annulled.await.unwrap();
    beside.await.unwrap();
    let SealOutcome::Recorded(last) = last.await.unwrap() else { panic!("it is new") };
    assert_eq!(last.assigned.number, "E310000000103");
    ledger.close().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_seal_without_a_gap_however_few_share_a_transaction() {
    let mut world = World::new().await;
    let anchoring = anchoring(&world, &Arc::new(Shelf::default()));
    world.close().await;
    let ledger = Ledger::open_anchored(&world.path(), options(), &anchoring).unwrap();
    let (ledger, shared) = (Arc::new(ledger), Arc::new(world));
    let callers = (0..CALLERS).map(|caller| {
        let (ledger, world) = (Arc::clone(&ledger), Arc::clone(&shared));
        tokio::spawn(async move {
            for each in 0..EACH {
                let outlet = [&world.outlet, &world.second][(caller + each) % 2];
                ledger.seal(world.order(outlet)).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    ledger.close().await;
    let report = Arc::into_inner(shared).unwrap().finish().await;
    assert_eq!(report.entries, (CALLERS * EACH) as u64);
}

const CALLERS: usize = 24;
const EACH: usize = 40;

/// Runs on the writer's thread when the answer to an order is given: between two transactions.
struct Between(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl std::task::Wake for Between {
    fn wake(self: Arc<Self>) {
        if let Some(work) = self.0.lock().unwrap().take() {
            work();
        }
    }
}

#[tokio::test]
async fn what_was_planned_before_another_connection_wrote_is_planned_anew() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let other = rusqlite::Connection::open(world.path()).unwrap();
    let write = "INSERT INTO tenants (id, name, created_at) VALUES ('tn_another', 'A', 1)";
    let (second, signed) = telling(world.order(&world.outlet));
    let signed = Arc::new(Mutex::new(signed));
    let of_the_plan = Arc::clone(&signed);
    let work = Box::new(move || {
        of_the_plan.lock().unwrap().recv_timeout(SOON_ENOUGH).unwrap();
        assert_eq!(other.execute(write, []).unwrap(), 1);
    });
    let waker = Arc::new(Between(Mutex::new(Some(work)))).into();

    let (first, held) = held(world.order(&world.outlet));
    let mut first = Box::pin(ledger.seal(first));
    assert!(first.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    held.entered.recv_timeout(SOON_ENOUGH).unwrap();
    let mut second = Box::pin(ledger.seal(second));
    assert!(poll(&mut second).is_none());
    drop(held);
    second.await.unwrap();
    first.await.unwrap();
    // Its entry once more, since the first signature was of a plan that did not hold, and its checkpoint.
    assert_eq!(signed.lock().unwrap().try_iter().count(), 2);
    ledger.close().await;
    world.reopen().await;
    assert_eq!(world.verify().await.unwrap().entries, 2);
}

#[tokio::test]
async fn an_order_that_the_schema_refuses_drops_out_of_a_plan() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let first = world.order(&world.outlet);
    let twin = SealOrder { invoice: first.invoice.clone(), ..world.order(&world.outlet) };
    let answers = behind(&ledger, first, vec![twin, world.order(&world.outlet)]).await;
    assert!(matches!(answers[1], Err(LedgerError::InvoiceExists(_))), "{:?}", answers[1]);
    assert_eq!(answers.iter().map(number).collect::<Vec<_>>(), [Some(1), None, Some(2)]);
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 2);
}

/// A checkpoint that stands there already fails the whole transaction, and not one order.
#[tokio::test]
async fn what_was_planned_upon_a_transaction_that_failed_is_planned_anew() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let checkpoint = "INSERT INTO checkpoints (outlet, size, tenant, root, key_id, signature)
         SELECT id, 1, tenant, zeroblob(32), '', zeroblob(64) FROM outlets WHERE id = ?1";
    let other = rusqlite::Connection::open(world.path()).unwrap();
    other.pragma_update(None, "foreign_keys", false).unwrap();
    assert_eq!(other.execute(checkpoint, [world.outlet.as_str()]).unwrap(), 1);

    let first = world.keyed("a key", b"a body");
    let again = SealOrder { idempotency: first.idempotency.clone(), ..world.order(&world.second) };
    let answers = behind(&ledger, first, vec![again]).await;
    assert!(matches!(answers[0], Err(LedgerError::BatchFailed(_))), "{:?}", answers[0]);
    assert_eq!(number(&answers[1]), Some(1), "nothing has that key: {:?}", answers[1]);
    ledger.close().await;
}

#[tokio::test]
async fn an_outlet_that_cannot_be_read_fails_alone() {
    let mut world = World::new().await;
    world.seal(world.order(&world.second)).await.unwrap();
    let ledger = reopened(&mut world, Options { batch_max: 1, ..options() }).await;
    let other = rusqlite::Connection::open(world.path()).unwrap();
    other.pragma_update(None, "ignore_check_constraints", true).unwrap();
    let unreadable = "UPDATE heads SET hash = x'00' WHERE outlet = ?1";
    assert_eq!(other.execute(unreadable, [world.second.as_str()]).unwrap(), 1);

    let orders = vec![world.order(&world.second), world.order(&world.outlet)];
    let answers = behind(&ledger, world.order(&world.outlet), orders).await;
    assert!(matches!(answers[1], Err(LedgerError::BatchFailed(_))), "{:?}", answers[1]);
    assert_eq!(answers.iter().map(number).collect::<Vec<_>>(), [Some(1), None, Some(2)]);
    ledger.close().await;
}

#[tokio::test]
async fn a_plan_knows_the_code_that_the_entry_before_it_bears() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, Options { batch_max: 1, ..options() }).await;
    let asked = ledger.seal(world.request(&world.outlet)).await.unwrap();
    let SealOutcome::Recorded(asked) = asked else { panic!("{asked:?}") };
    let (first, held) = held(world.order(&world.outlet));
    let mut first = Box::pin(ledger.seal(first));
    held.send(&mut first);
    let mut sealed = Box::pin(ledger.append(world.coded(&asked, FollowUp::Sealed, "X-1")));
    let mut told = Box::pin(ledger.append(world.coded(&asked, FollowUp::Acknowledged, "X-1")));
    assert!(poll(&mut sealed).is_none() && poll(&mut told).is_none());
    drop(held);
    first.await.unwrap();
    sealed.await.unwrap();
    told.await.unwrap();
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 4);
}

/// The names of the threads that did something.
type Threads = Arc<Mutex<Vec<String>>>;

fn note(threads: &Threads) {
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    threads.lock().unwrap().push(name);
}

/// The writer's own is called `ledger`, those beside it `ledger-0` and so on.
fn beside(threads: &Threads) -> usize {
    threads.lock().unwrap().iter().filter(|name| name.starts_with("ledger-")).count()
}

#[tokio::test]
async fn the_writer_does_not_stand_in_the_queue_of_a_device() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let threads = Threads::default();
    let by_device = || {
        let (threads, order) = (Arc::clone(&threads), world.order(&world.outlet));
        let inner = Arc::clone(&order.signer.sign);
        let sign: Sign = Arc::new(move |message| {
            // A checkpoint's message begins with its log's name.
            if message[0] == 0 {
                note(&threads);
                std::thread::sleep(Duration::from_millis(2));
            }
            inner(message)
        });
        SealOrder { signer: EntrySigner { sign, is_device: true, ..order.signer.clone() }, ..order }
    };
    let orders = (0..16).map(|_| by_device()).collect();
    let answers = behind(&ledger, by_device(), orders).await;
    assert_eq!(answers.iter().filter_map(number).count(), 17);
    assert_eq!(beside(&threads), 17);
    assert_eq!(threads.lock().unwrap().len(), 17);
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 17);
}

#[tokio::test]
async fn what_is_long_to_prepare_is_prepared_by_all_threads() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let threads = Threads::default();
    let slow = || {
        let threads = Arc::clone(&threads);
        let prepare = Box::new(move |assigned: &ledger::Assigned| {
            note(&threads);
            std::thread::sleep(Duration::from_millis(5));
            sealed()(assigned)
        });
        SealOrder { prepare, ..world.order(&world.outlet) }
    };
    let orders = (0..32).map(|_| slow()).collect();
    let answers = behind(&ledger, world.order(&world.outlet), orders).await;
    assert_eq!(answers.iter().filter_map(number).count(), 33);
    assert_eq!(threads.lock().unwrap().len(), 32, "what is prepared stays so");
    assert!(beside(&threads) >= 8, "{threads:?}");
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 33);
}

#[tokio::test]
async fn a_plan_that_was_given_up_is_not_signed_to_its_end() {
    let mut world = World::new().await;
    let ledger = reopened(&mut world, options()).await;
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let slow = |order: SealOrder| {
        let (count, inner) = (Arc::clone(&count), Arc::clone(&order.signer.sign));
        let sign: Sign = Arc::new(move |message| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(20));
            inner(message)
        });
        SealOrder { signer: EntrySigner { sign, ..order.signer.clone() }, ..order }
    };
    let (second, is_signed) = telling(world.order(&world.outlet));
    let unsigned: Sign = Arc::new(|_: &[u8]| Err("the token is out".into()));
    let first = after(world.order(&world.outlet), is_signed, Some(unsigned));
    let mut orders = vec![second];
    orders.extend((0..64).map(|_| slow(world.order(&world.outlet))));
    let answers = behind(&ledger, first, orders).await;
    assert_eq!(answers.iter().filter_map(number).count(), 65);
    // Each once, the checkpoint, and what was begun when the plan was given up.
    let signed = count.load(std::sync::atomic::Ordering::Relaxed);
    assert!(signed <= 64 + 1 + 16, "{signed} signatures");
    ledger.close().await;
    assert_eq!(world.finish().await.entries, 65);
}
