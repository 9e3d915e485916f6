//! Random operations, compared with a model of a few lines, through restarts.

use std::collections::{BTreeSet, HashMap};

use invoice::SECOND;
use ledger::{
    AppendOrder, FollowUp, LedgerError, NewLease, Recorded, SealOrder, SealOutcome, Stage,
};
use proptest::prelude::*;

use crate::home::{CASES_COST, OPENING_ENDS_LEASES};
use crate::world::World;

#[derive(Clone, Debug)]
enum Operation {
    Seal,
    Request,
    /// With one of a few keys and bodies.
    Keyed(u8, u8),
    /// With a function that fails.
    Fail,
    /// Of one of the requests that were made.
    Append(usize, FollowUp),
    ClockBack(i64),
    Reopen,
}

fn operation() -> impl Strategy<Value = Operation> {
    let kind = prop_oneof![
        3 => Just(FollowUp::Sealed),
        3 => Just(FollowUp::Refused),
        1 => Just(FollowUp::Unanswered),
        1 => Just(FollowUp::Acknowledged),
    ];
    prop_oneof![
        4 => Just(Operation::Seal),
        6 => Just(Operation::Request),
        3 => (0..4_u8, 0..2_u8).prop_map(|(key, body)| Operation::Keyed(key, body)),
        1 => Just(Operation::Fail),
        8 => (any::<prop::sample::Index>(), kind)
            .prop_map(|(index, kind)| Operation::Append(index.index(64), kind)),
        1 => (1..5_i64).prop_map(Operation::ClockBack),
        1 => Just(Operation::Reopen),
    ]
}

/// What the ledger should say.
#[derive(Default)]
struct Model {
    last: u64,
    free: BTreeSet<u64>,
    entries: u64,
    keys: HashMap<u8, (u8, invoice::InvoiceId)>,
    requests: Vec<(Recorded, Stage)>,
}

impl Model {
    fn take(&mut self) -> u64 {
        self.entries += 1;
        self.free.pop_first().unwrap_or_else(|| {
            self.last += 1;
            self.last
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24 / CASES_COST))]

    #[test]
    fn the_ledger_agrees_with_the_model(operations in prop::collection::vec(operation(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(operations));
    }
}

async fn run(operations: Vec<Operation>) {
    let mut world = World::new().await;
    let mut model = Model::default();
    for operation in operations {
        step(&mut world, &mut model, operation).await;
    }
    let (entries, free) = (model.entries, model.free.len() as u64);
    let report = world.finish().await;
    let outlet = &report.outlets[0];
    assert_eq!((report.entries, outlet.free), (entries, free));
    let held = outlet.sealed + outlet.requested + outlet.unanswered;
    assert_eq!(held + outlet.free, model.last, "every number is accounted for");
}

async fn step(world: &mut World, model: &mut Model, operation: Operation) {
    match operation {
        Operation::Seal => assert_eq!(world.number().await, model.take()),
        Operation::Request => {
            let recorded = world.seal(world.request(&world.outlet)).await.unwrap();
            assert_eq!(recorded.assigned.sequence_in_series, model.take());
            model.requests.push((recorded, Stage::Requested));
        }
        Operation::Keyed(key, body) => keyed(world, model, (key, body)).await,
        Operation::Fail => {
            let fail = Box::new(|_: &ledger::Assigned| Err("no paper".into()));
            let order = SealOrder { prepare: fail, ..world.order(&world.outlet) };
            assert!(matches!(world.seal(order).await, Err(LedgerError::Prepare(_))));
        }
        Operation::Append(index, kind) => append(world, model, (index, kind)).await,
        Operation::ClockBack(seconds) => clock_back(world, model, seconds).await,
        Operation::Reopen => reopen(world, model).await,
    }
}

/// Where a store is one process's own, a start ends every lease: whoever held one is gone.
async fn reopen(world: &mut World, model: &mut Model) {
    world.reopen().await;
    if !OPENING_ENDS_LEASES {
        return;
    }
    for (recorded, _) in &mut model.requests {
        let invoice = recorded.entry.invoice.clone().unwrap();
        let now = world.now();
        let lease = NewLease { owner: "next".to_owned(), until: now.plus_micros(900 * SECOND) };
        let leased = world.ledger().lease(&world.tenant, &invoice, lease, now).await.unwrap();
        recorded.lease = Some(leased.lease);
    }
}

async fn keyed(world: &World, model: &mut Model, (key, body): (u8, u8)) {
    let answer = world.ledger().seal(world.keyed(&key.to_string(), &[body])).await;
    match (model.keys.get(&key).cloned(), answer) {
        (None, Ok(SealOutcome::Recorded(recorded))) => {
            assert_eq!(recorded.assigned.sequence_in_series, model.take());
            model.keys.insert(key, (body, recorded.entry.invoice.unwrap()));
        }
        (Some((before, made)), Ok(SealOutcome::Replayed(invoice))) => {
            assert_eq!((before, made), (body, invoice));
        }
        (Some((before, made)), Err(LedgerError::KeyReused { invoice })) => {
            assert_eq!(made, invoice);
            assert_ne!(before, body);
        }
        (before, answer) => panic!("{before:?}: {answer:?}"),
    }
}

async fn append(world: &World, model: &mut Model, (index, kind): (usize, FollowUp)) {
    let count = model.requests.len();
    if count == 0 {
        return;
    }
    let (recorded, stage) = &mut model.requests[index % count];
    let frees_number = !stage.is_sealed();
    let order = AppendOrder { frees_number, ..world.follow_up(recorded, kind) };
    let answer = world.ledger().append(order).await;
    match stage.after(kind.kind()) {
        None => assert!(matches!(answer, Err(LedgerError::IllegalTransition { .. }))),
        Some(next) => {
            model.entries += 1;
            assert_eq!(answer.unwrap().sequence, model.entries);
            if next == Stage::Refused {
                model.free.insert(recorded.assigned.sequence_in_series);
            }
            *stage = next;
        }
    }
}

/// Less than two seconds back is a slip; more stops the outlet until the clock is right.
async fn clock_back(world: &World, model: &mut Model, seconds: i64) {
    let head = world.ledger().head(&world.tenant, &world.outlet).await.unwrap().unwrap();
    let Some(last) = head.at else { return };
    let right = world.now();
    world.set_clock(last.plus_micros(-seconds * SECOND));
    let answer = world.seal(world.order(&world.outlet)).await;
    if seconds < 2 {
        assert_eq!(answer.unwrap().assigned.sequence_in_series, model.take());
    } else {
        assert!(matches!(answer, Err(LedgerError::ClockWentBack { .. })));
    }
    world.set_clock(right);
}
