//! What the simulation found over PostgreSQL, each as a story of its own.

use std::sync::Arc;

use super::Postgres;
use crate::check::Moment;
use crate::schedule::runtime_with_sockets;
use crate::shop::Shop;
use crate::world::{Bench, World};

#[path = "../../../../tools/skipped.rs"]
mod skipped;

/// Runs a story in a few worlds, where there is a PostgreSQL.
fn in_worlds(story: &impl AsyncFn(&mut World)) {
    if let Some(missing) = Postgres::missing() {
        println!("{missing}");
        return skipped::skipped("PostgreSQL", true);
    }
    let postgres = Arc::new(Postgres::start());
    runtime_with_sockets().block_on(async {
        let mut bench = Bench::new().unwrap();
        bench.database = Some((Arc::clone(&postgres), postgres.admin().await));
        for seed in 0..3 {
            let mut world = World::of(Shop::of_modules(), seed, &bench, false).await;
            story(&mut world).await;
            world.end().await;
        }
    });
}

/// One till asked two servers in the same microsecond with one key. The first was paused within its
/// transaction until the server ended that, and the second sealed. When the first woke up it looked for
/// what it had written by its hash, which does not hold the invoice's id, found what the other had
/// written, and told the till of an invoice that there is not.
#[test]
fn what_another_server_wrote_in_the_same_microsecond_is_not_ones_own() {
    in_worlds(&async |world| {
        let outlet = world.shop.scene.seals_first;
        let (one, other) = world.two_servers().await.unwrap();
        let (first, second) = (world.keyed(outlet, "key", 0), world.keyed(outlet, "key", 0));
        world.stall_over((one, first), (other, second)).await.unwrap();
        world.check(Moment::Underway).await.unwrap();
        world.verify().await.unwrap();
    });
}
