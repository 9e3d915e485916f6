//! A database with a synchronous standby, whose primary is killed under load: what was acknowledged
//! is in the standby, and servers find it there by their address.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fiscal::Chance;
use private_postgres::Cluster;

use crate::fleet::Fleet;
use crate::postgres::migrated;
use crate::shop::Shop;

const TILLS: usize = 6;
/// Sales before the primary dies, and after its standby was promoted.
const SALES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn slow_nothing_acknowledged_is_lost_with_the_primary() {
    let primary = Cluster::start(&["fsync = on", "wal_level = replica", "max_wal_senders = 4"]);
    primary.sql("postgres", "CREATE ROLE app LOGIN");
    primary.sql("postgres", "CREATE DATABASE stalela");
    migrated(&primary);
    let standby = primary.standby();
    let shop = Shop::over(&primary.address_of_both(&standby, "stalela", "app"), "drc/cloud").await;
    let outlet = shop.outlet.clone();
    let fleet = Fleet::new(shop, 2);
    for server in 0..2 {
        fleet.restart(server, &[]);
    }
    let (fleet, done) = (Arc::new(fleet), Arc::new(AtomicBool::new(false)));
    let tills: Vec<_> = (0..TILLS)
        .map(|till| {
            let (fleet, done, outlet) = (Arc::clone(&fleet), Arc::clone(&done), outlet.clone());
            tokio::spawn(async move {
                let chance = Chance::seeded(till as u64);
                let mut number = 0;
                while !done.load(Ordering::SeqCst) {
                    fleet.sell(&outlet, &format!("{till}/{number}"), &chance).await;
                    number += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
        })
        .collect();
    sold(&fleet, SALES).await;
    let before = fleet.told();
    primary.kill_postmaster();
    let killed = Instant::now();
    standby.promote();
    let promoted = killed.elapsed();
    // Also what was told between the look and the kill.
    let count = fleet.told().len();
    sold(&fleet, count + 1).await;
    let first = killed.elapsed();
    sold(&fleet, count + SALES).await;
    done.store(true, Ordering::SeqCst);
    for till in tills {
        till.await.unwrap();
    }
    for key in before.keys() {
        assert_eq!(fleet.told()[key].id, before[key].id);
    }
    let sealed = fleet.all_is_well(&[&outlet]).await;
    println!(
        "{sealed} invoices, {} of them before; promoted after {} ms, sold again after {} ms",
        count,
        promoted.as_millis(),
        first.as_millis()
    );
    let there = standby.sql("stalela", "SELECT count(*) FROM stalela.invoices");
    assert_eq!(there.trim(), sealed.to_string());
}

/// Waits until so many are told of.
async fn sold(fleet: &Fleet, wanted: usize) {
    let end = Instant::now() + Duration::from_mins(3);
    while fleet.told().len() < wanted {
        assert!(Instant::now() < end, "sales have stopped at {}", fleet.told().len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
