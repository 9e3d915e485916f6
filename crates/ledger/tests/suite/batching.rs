//! Many orders in one transaction: no gap, no neighbour's harm, few commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use invoice::Quantity;
use ledger::{
    BoxError, CreditClaim, EntrySigner, FollowUp, LedgerError, Prepared, SealOrder, SealOutcome,
};

use crate::home::COMMITS_AT_ONCE;
use crate::world::{World, crediting, elements, sealed};

/// Sends all orders before the writer can take the first, so that they share one transaction.
pub(crate) async fn at_once(
    world: &World,
    orders: Vec<SealOrder>,
) -> Vec<Result<SealOutcome, LedgerError>> {
    // A turn of the runtime allows so many steps, and what is polled beyond them is not sent: begin anew.
    tokio::task::yield_now().await;
    let (gate, opened) = std::sync::mpsc::channel::<()>();
    let opened = std::sync::Mutex::new(opened);
    let waiting = SealOrder {
        prepare: Box::new(move |assigned| {
            let _ = opened.lock().unwrap().recv();
            sealed()(assigned)
        }),
        ..world.order(&world.strange_outlet)
    };
    let (ledger, mut sent) = (world.ledger(), Vec::new());
    let mut held = Box::pin(ledger.seal(waiting));
    assert!(poll(&mut held).is_none());
    for order in orders {
        let mut answer = Box::pin(ledger.seal(order));
        assert!(poll(&mut answer).is_none(), "it waits for the writer");
        sent.push(answer);
    }
    let before = ledger.commits();
    gate.send(()).unwrap();
    held.await.unwrap();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await);
    }
    let commits = ledger.commits() - before;
    assert!(commits <= COMMITS_AT_ONCE, "what comes together shares commits: {commits}");
    answers
}

pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

fn number(answer: &Result<SealOutcome, LedgerError>) -> Option<u64> {
    match answer {
        Ok(SealOutcome::Recorded(recorded)) => Some(recorded.assigned.sequence_in_series),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_callers_share_commits_and_numbers_have_no_gap() {
    let world = Arc::new(World::new().await);
    let before = world.ledger().commits();
    let callers: Vec<_> = (0..64)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..200 {
                    numbers.push(world.number().await);
                }
                numbers
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for caller in callers {
        numbers.extend(caller.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=12_800).collect::<Vec<u64>>());
    let commits = world.ledger().commits() - before;
    assert!(commits < 12_800 / 4, "{commits} commits");
    let report = Arc::into_inner(world).unwrap().finish().await;
    assert_eq!((report.entries, report.outlets[0].sealed), (12_800, 12_800));
}

#[tokio::test]
async fn an_order_that_fails_in_the_middle_of_a_batch_leaves_no_gap() {
    let world = World::new().await;
    let ok = || world.order(&world.outlet);
    let fail = |_: &ledger::Assigned| Err::<Prepared, BoxError>("no paper".into());
    let panicking = |_: &ledger::Assigned| -> Result<Prepared, BoxError> { panic!("a bug") };
    let unsigned: ledger::Sign = Arc::new(|_: &[u8]| Err("the token is out".into()));
    let signer = EntrySigner { sign: unsigned, ..world.signer() };
    let first = ok();
    let twin = SealOrder { invoice: first.invoice.clone(), ..ok() };
    let answers = at_once(
        &world,
        vec![
            first,
            SealOrder { prepare: Box::new(fail), ..ok() },
            ok(),
            SealOrder { signer, ..ok() },
            ok(),
            twin,
            SealOrder { prepare: Box::new(panicking), ..ok() },
            ok(),
        ],
    )
    .await;
    let numbers: Vec<_> = answers.iter().map(number).collect();
    assert_eq!(numbers, [Some(1), None, Some(2), None, Some(3), None, None, Some(4)]);
    assert!(matches!(answers[1], Err(LedgerError::Prepare(_))));
    assert!(matches!(answers[3], Err(LedgerError::Sign(_))));
    assert!(matches!(answers[5], Err(LedgerError::InvoiceExists(_))), "{:?}", answers[5]);
    assert!(matches!(answers[6], Err(LedgerError::Prepare(_))));
    assert_eq!(world.number().await, 5);
    world.finish().await;
}

#[tokio::test]
async fn what_does_not_change_is_not_prepared_or_signed_twice() {
    let world = World::new().await;
    let (prepared, signed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counting = || {
        let (prepared, signed) = (Arc::clone(&prepared), Arc::clone(&signed));
        let signer = world.signer();
        let sign = Arc::clone(&signer.sign);
        let sign: ledger::Sign = Arc::new(move |message: &[u8]| {
            // An entry's message begins with a zero, and a checkpoint's with its log's name.
            signed.fetch_add(usize::from(message[0] == 0), Ordering::Relaxed);
            sign(message)
        });
        SealOrder {
            signer: EntrySigner { sign, ..signer },
            prepare: Box::new(move |assigned| {
                prepared.fetch_add(1, Ordering::Relaxed);
                sealed()(assigned)
            }),
            ..world.order(&world.outlet)
        }
    };
    let unsigned: ledger::Sign = Arc::new(|_: &[u8]| Err("the token is out".into()));
    let signer = EntrySigner { sign: unsigned, ..world.signer() };
    let failing = SealOrder { signer, ..world.order(&world.outlet) };
    let answers = at_once(&world, vec![counting(), counting(), failing, counting()]).await;
    assert_eq!(answers.iter().filter_map(number).collect::<Vec<_>>(), [1, 2, 3]);
    // The two before the failing one keep their numbers; the one after it takes its number.
    assert_eq!(prepared.load(Ordering::Relaxed), 4);
    assert_eq!(signed.load(Ordering::Relaxed), 4);
    world.finish().await;
}

#[tokio::test]
async fn two_orders_with_one_key_in_one_batch_make_one_invoice() {
    let world = World::new().await;
    let answers = at_once(
        &world,
        vec![
            world.keyed("k", b"body"),
            world.keyed("k", b"body"),
            world.keyed("k", b"other"),
            world.order(&world.outlet),
        ],
    )
    .await;
    let Ok(SealOutcome::Recorded(first)) = &answers[0] else { panic!("{answers:?}") };
    let first = first.entry.invoice.as_ref().unwrap();
    assert!(matches!(&answers[1], Ok(SealOutcome::Replayed(invoice)) if invoice == first));
    assert!(matches!(&answers[2], Err(LedgerError::KeyReused { invoice }) if invoice == first));
    assert_eq!(number(&answers[3]), Some(2));
    world.finish().await;
}

#[tokio::test]
async fn a_key_whose_first_order_fails_is_free_for_its_twin_in_the_batch() {
    let world = World::new().await;
    let fail = |_: &ledger::Assigned| Err::<Prepared, BoxError>("no paper".into());
    let failing = SealOrder { prepare: Box::new(fail), ..world.keyed("k", b"body") };
    let answers = at_once(&world, vec![failing, world.keyed("k", b"body")]).await;
    assert!(matches!(answers[0], Err(LedgerError::Prepare(_))));
    assert_eq!(number(&answers[1]), Some(1));
    world.finish().await;
}

#[tokio::test]
async fn of_two_credits_that_pass_the_limit_together_one_wins() {
    let world = World::new().await;
    let original = world.seal(world.order(&world.outlet)).await.unwrap().entry.invoice.unwrap();
    let claim = || CreditClaim {
        original: original.clone(),
        line: 0,
        quantity: Quantity::parse("3").unwrap(),
        limit: Quantity::parse("5").unwrap(),
    };
    let credit = |outlet| crediting(vec![claim()], world.order(outlet));
    let answers = at_once(&world, vec![credit(&world.outlet), credit(&world.second)]).await;
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(LedgerError::CreditExceeds { .. })));
    world.finish().await;
}

#[tokio::test]
async fn of_two_that_take_one_place_or_bear_one_code_in_a_batch_the_first_wins() {
    let world = World::new().await;
    let refused = world.seal(world.request(&world.outlet)).await.unwrap();
    world.append(&refused, FollowUp::Refused).await.unwrap();
    let refused = refused.entry.invoice.unwrap();
    let coded = || SealOrder {
        prepare: Box::new(|assigned| {
            let (elements, authority_code) = (Some(elements("DGI-1")), Some("DGI-1".to_owned()));
            Ok(Prepared { elements, authority_code, ..sealed()(assigned)? })
        }),
        ..world.order(&world.outlet)
    };
    let orders = vec![
        world.replacing(&refused),
        world.replacing(&refused),
        coded(),
        coded(),
        world.order(&world.outlet),
    ];
    let answers = at_once(&world, orders).await;
    let numbers: Vec<_> = answers.iter().map(number).collect();
    assert_eq!(numbers, [Some(1), None, Some(2), None, Some(3)]);
    assert!(matches!(answers[1], Err(LedgerError::AlreadyReplaced { .. })), "{:?}", answers[1]);
    assert!(matches!(answers[3], Err(LedgerError::CodeTaken { .. })), "{:?}", answers[3]);
    world.finish().await;
}

#[tokio::test]
async fn closing_and_dropping_write_what_waits() {
    let mut world = World::new().await;
    let mut waiting = Box::pin(world.ledger().seal(world.order(&world.outlet)));
    assert!(poll(&mut waiting).is_none());
    world.ledger().close().await;
    assert!(waiting.await.is_ok());
    let error = world.seal(world.order(&world.outlet)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Closed));
    world.reopen().await;
    assert_eq!(world.number().await, 2);

    world.finish().await;
}
