//! Orders that are planned and signed while the transaction before them is written.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use invoice::Quantity;
use ledger::{
    CreditClaim, EntrySigner, Ledger, LedgerError, Options, SealOrder, SealOutcome, Sign,
};

use crate::anchors::{Shelf, anchoring};
use crate::batching::poll;
use crate::ranges::TODAY;
use crate::world::{World, sealed};

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
    let credit = || SealOrder {
        credits: vec![CreditClaim {
            original: original.entry.invoice.clone().unwrap(),
            line: 1,
            quantity: Quantity::parse("2").unwrap(),
            limit: Quantity::parse("3").unwrap(),
        }],
        ..world.keyed("a key", b"a body")
    };
    let first = credit();
    let name = first.invoice.clone();
    let again = SealOrder { credits: Vec::new(), ..world.keyed("a key", b"a body") };
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
