//! Servers that are killed two hundred times under load, as fast as they start, on each store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fiscal::Chance;

use crate::fleet::Fleet;
use crate::nodes;
use crate::postgres::cluster;
use crate::shop::Shop;

const TILLS: usize = 4;
/// Kills in `make test`; `make storm` says how many it wants.
const KILLS: usize = 60;

/// As many as somebody asked for.
fn kills() -> usize {
    let asked = std::env::var("STALELA_KILLS").ok();
    asked.map_or(KILLS, |asked| asked.parse().expect("STALELA_KILLS is a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_server_over_a_file_is_killed_under_load() {
    let shop = Shop::new("drc/cloud", |options| options).await;
    let outlet = shop.outlet.clone();
    storm(Fleet::new(shop, 1), vec![outlet]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_two_servers_over_a_database_are_killed_under_load() {
    let cluster = cluster();
    let (fleet, outlets) = nodes::fleet(&cluster, 2).await;
    storm(fleet, outlets.to_vec()).await;
}

async fn storm(fleet: Fleet, outlets: Vec<String>) {
    let start = Instant::now();
    for server in 0..fleet.servers() {
        fleet.restart(server, &[]);
    }
    let (fleet, done) = (Arc::new(fleet), Arc::new(AtomicBool::new(false)));
    let sold = Arc::new(AtomicUsize::new(0));
    let tills: Vec<_> = (0..TILLS)
        .map(|till| {
            let (fleet, done, sold) = (Arc::clone(&fleet), Arc::clone(&done), Arc::clone(&sold));
            let outlet = outlets[till % outlets.len()].clone();
            tokio::spawn(async move {
                let chance = Chance::seeded(till as u64);
                let mut number = 0;
                while !done.load(Ordering::SeqCst) {
                    fleet.sell(&outlet, &format!("{till}/{number}"), &chance).await;
                    fleet.look_at_log(0, &outlet).await;
                    number += 1;
                    sold.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            })
        })
        .collect();
    let (chance, kills) = (Chance::seeded(9), kills());
    for kill in 0..kills {
        // Within what a sale takes: before it, in the midst of it, or just after it was told.
        tokio::time::sleep(Duration::from_millis(chance.below(250))).await;
        let (fleet, server) = (Arc::clone(&fleet), kill % fleet.servers());
        tokio::task::spawn_blocking(move || fleet.restart(server, &[])).await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for till in tills {
        till.await.unwrap();
    }
    let killing = start.elapsed();
    let outlets: Vec<&str> = outlets.iter().map(String::as_str).collect();
    let sealed = fleet.all_is_well(&outlets).await;
    println!(
        "{kills} kills and {sealed} invoices in {} s, and {} s until all was well",
        killing.as_secs(),
        start.elapsed().saturating_sub(killing).as_secs()
    );
    assert!(sealed >= kills / 10, "{sealed} invoices are no load");
}
