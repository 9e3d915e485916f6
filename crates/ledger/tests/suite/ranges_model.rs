//! Random operations on ranges, compared with a model of a few lines.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{FollowUp, LedgerError, Recorded};
use proptest::prelude::*;

use crate::home::CASES_COST;
use crate::ranges::TODAY;
use crate::world::World;

#[derive(Clone, Debug)]
enum Operation {
    /// Of the first outlet or the second, so many at once.
    Take(bool, usize),
    /// One of the documents that stand is refused; the authority holds the number, or not.
    Refuse(prop::sample::Index, bool),
    Annul(u64, u64),
    /// To the first outlet or the second.
    Share(bool, u64, u64),
    Reopen,
}

const LAST: u64 = 40;

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (any::<bool>(), 1..6_usize).prop_map(|(second, count)| Operation::Take(second, count)),
        4 => (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(index, frees)| Operation::Refuse(index, frees)),
        2 => (1..=LAST, 0..4_u64).prop_map(|(first, more)| Operation::Annul(first, first + more)),
        3 => (any::<bool>(), 1..=LAST, 0..9_u64)
            .prop_map(|(second, first, more)| Operation::Share(second, first, first + more)),
        1 => Just(Operation::Reopen),
    ]
}

/// What becomes of each number.
#[derive(Default)]
struct Model {
    /// Whose each lent number is.
    lent: BTreeMap<u64, bool>,
    shares: Vec<(bool, u64, u64)>,
    used: BTreeSet<u64>,
    annulled: BTreeSet<u64>,
    freed: BTreeSet<u64>,
    standing: Vec<(u64, Recorded)>,
}

impl Model {
    fn take(&mut self, second: bool) -> Option<u64> {
        let free = |number: &&u64| self.lent[*number] == second;
        let mut shares: Vec<_> = self.shares.iter().filter(|share| share.0 == second).collect();
        shares.sort_unstable();
        let next = shares.iter().find_map(|(_, first, last)| {
            let taken = self.used.range(*first..=*last).max().map_or(*first, |last| last + 1);
            (taken..=*last).find(|number| !self.annulled.contains(number))
        });
        let number = self.freed.iter().find(free).copied().or(next)?;
        self.freed.remove(&number);
        self.used.insert(number);
        Some(number)
    }

    fn may_share(&self, first: u64, last: u64) -> bool {
        last <= LAST
            && (first..=last)
                .all(|number| !self.lent.contains_key(&number) && !self.annulled.contains(&number))
    }

    fn may_annul(&self, first: u64, last: u64) -> bool {
        last <= LAST
            && (first..=last).all(|number| {
                let is_unused = !self.used.contains(&number) || self.freed.contains(&number);
                is_unused && !self.annulled.contains(&number)
            })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48 / CASES_COST))]

    #[test]
    fn numbers_of_a_range_agree_with_the_model(
        operations in prop::collection::vec(operation(), 1..50)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(operations));
    }
}

async fn run(operations: Vec<Operation>) {
    let mut world = World::new().await;
    world.ledger().authorise_range(world.range(1, 1, LAST), vec![]).await.unwrap();
    let mut model = Model::default();
    for operation in operations {
        step(&mut world, &mut model, operation).await;
    }
    let (lent, free) = (model.lent.len() as u64, model.freed.len() as u64);
    let report = world.finish().await;
    let all = report
        .outlets
        .iter()
        .fold([0; 2], |[unused, free], outlet| [unused + outlet.unused, free + outlet.free]);
    let annulled = model.annulled.iter().filter(|number| model.lent.contains_key(number));
    let annulled: BTreeSet<_> = annulled.copied().collect();
    let held = model.used.difference(&annulled).count() as u64;
    assert_eq!(all, [lent - held - annulled.len() as u64, free], "each number is accounted for");
}

async fn step(world: &mut World, model: &mut Model, operation: Operation) {
    let outlet = |second| if second { world.second.clone() } else { world.outlet.clone() };
    match operation {
        Operation::Take(second, count) => {
            let outlet = outlet(second);
            let orders = (0..count).map(|_| world.seal(world.of_kind(&outlet, "31", TODAY)));
            for answer in futures_in_order(orders).await {
                match (model.take(second), answer) {
                    (Some(number), Ok(recorded)) => {
                        assert_eq!(recorded.assigned.number, format!("E31{number:010}"));
                        model.standing.push((number, recorded));
                    }
                    (None, Err(LedgerError::NoNumbers { .. })) => {}
                    (wanted, found) => panic!("{wanted:?}: {found:?}"),
                }
            }
        }
        Operation::Refuse(index, frees) => refuse(world, model, (index, frees)).await,
        Operation::Annul(first, last) => {
            let may = model.may_annul(first, last);
            assert_eq!(world.ledger().annul(world.annulment(1, first, last)).await.is_ok(), may);
            if may {
                model.annulled.extend(first..=last);
                model.freed.retain(|number| !(first..=last).contains(number));
            }
        }
        Operation::Share(second, first, last) => {
            let may = model.may_share(first, last);
            let share = world.share(1, &outlet(second), first, last);
            assert_eq!(world.ledger().share_range(share).await.is_ok(), may);
            if may {
                model.shares.push((second, first, last));
                model.lent.extend((first..=last).map(|number| (number, second)));
            }
        }
        Operation::Reopen => {
            world.reopen().await;
            // A start ends every lease; what was under way is nobody's here from now on.
            model.standing.clear();
        }
    }
}

/// One after the other: each seal is durable before the next begins.
async fn futures_in_order<T>(orders: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut answers = Vec::new();
    for order in orders {
        answers.push(order.await);
    }
    answers
}

async fn refuse(world: &World, model: &mut Model, (index, frees): (prop::sample::Index, bool)) {
    if model.standing.is_empty() {
        return;
    }
    let (number, recorded) = model.standing.swap_remove(index.index(model.standing.len()));
    let mut order = world.follow_up(&recorded, FollowUp::Refused);
    order.frees_number = frees;
    let fate: &[u8] = if frees { br#"{"number":"unused"}"# } else { br#"{"number":"used"}"# };
    order.elements = Some(fate.to_vec());
    world.ledger().append(order).await.unwrap();
    if frees {
        model.freed.insert(number);
    }
}
