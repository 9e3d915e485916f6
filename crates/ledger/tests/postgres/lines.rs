//! One line to an authority, and several processes that use it.

use ledger::{Ledger, LineTurn};

use crate::world::World;

const ADDRESS: &str = "https://authority.example:443";
/// Long beside anything that a test does.
const TURN: u64 = 100_000_000;

async fn take(ledger: &Ledger, micros: u64) -> LineTurn {
    ledger.take_turn(ADDRESS, micros).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_come_one_after_the_other_whoever_takes_them() {
    let world = World::new().await;
    let other = world.open().await.unwrap();
    assert_eq!(take(&other, TURN).await, LineTurn::In(0));
    let turns = tokio::join!(
        take(world.ledger(), TURN),
        take(&other, TURN),
        take(world.ledger(), TURN),
        take(&other, TURN),
    );
    let mut waits = [turns.0, turns.1, turns.2, turns.3].map(|turn| match turn {
        LineTurn::In(micros) => micros,
        LineTurn::Rests(_) => panic!("it does not rest"),
    });
    waits.sort_unstable();
    for (place, wait) in (1..).zip(waits) {
        assert!(wait > (place - 1) * TURN && wait <= place * TURN, "{place}: {wait}");
    }
    let elsewhere = other.take_turn("https://elsewhere.example", 1).await.unwrap();
    assert_eq!(elsewhere, Some(LineTurn::In(0)));
    other.close().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_is_everybodys_and_one_tries_when_it_is_over() {
    let world = World::new().await;
    let other = world.open().await.unwrap();
    other.rest_line(ADDRESS, TURN).await.unwrap();
    let LineTurn::Rests(left) = take(world.ledger(), 1).await else { panic!("it rests") };
    assert!(left <= TURN && left > TURN / 2, "{left}");
    world.ledger().rest_line(ADDRESS, 1).await.unwrap();
    let LineTurn::Rests(left) = take(&other, 1).await else { panic!("a rest is not cut short") };
    assert!(left > TURN / 2, "{left}");

    // It is over, and would have lasted as long again.
    world.sql(&format!("UPDATE lines SET rests_until = 1, rest = {TURN}"));
    let trials = tokio::join!(take(world.ledger(), 1), take(&other, 1));
    let is_trial = |turn: &LineTurn| matches!(turn, LineTurn::In(_));
    assert_eq!([trials.0, trials.1].iter().filter(|turn| is_trial(turn)).count(), 1, "{trials:?}");
    other.wake_line(ADDRESS).await.unwrap();
    assert!(is_trial(&take(world.ledger(), 1).await), "it serves");
    assert!(is_trial(&take(&other, 1).await));
    other.close().await;
    world.finish().await;
}
