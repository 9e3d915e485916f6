//! Three servers and two agents over one database, killed and paused while they work: what was
//! promised holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fiscal::Chance;
use private_postgres::Cluster;
use simulators::Faults;

use crate::fleet::{Fleet, Node};
use crate::postgres::{cluster, migrated};
use crate::shop::{Shop, create_outlet, output_json, stalela};

const SERVERS: usize = 3;
const TILLS: usize = 6;
/// What the plan of the servers does, one after the other.
const ACTS: u64 = 24;
/// Longer than a database lets a transaction be idle.
const LONG_PAUSE: Duration = Duration::from_secs(12);
/// Longer than a lease lasts that nobody renews.
const BEYOND_LEASE: Duration = Duration::from_secs(33);
/// Where servers and agents are apart, as where there are many of each.
const SERVE: &[&str] = &["--no-agent"];

#[tokio::test(flavor = "multi_thread")]
async fn slow_three_servers_and_two_agents_are_killed_and_paused_under_load() {
    let cluster = cluster();
    let (fleet, outlets) = fleet(&cluster, SERVERS).await;
    for server in 0..SERVERS {
        fleet.restart(server, SERVE);
    }
    let (fleet, done) = (Arc::new(fleet), Arc::new(AtomicBool::new(false)));
    let sold = Arc::new(AtomicUsize::new(0));
    let tills: Vec<_> = (0..TILLS)
        .map(|till| {
            let (fleet, done, sold) = (Arc::clone(&fleet), Arc::clone(&done), Arc::clone(&sold));
            let outlet = outlets[till % 2].clone();
            tokio::spawn(async move { sell(&fleet, (till, &outlet), &done, &sold).await })
        })
        .collect();
    let agents = tokio::spawn(agents(fleet.store(), Arc::clone(&done)));
    let (kills, pauses) = servers(&fleet, &sold).await;
    done.store(true, Ordering::SeqCst);
    for till in tills {
        till.await.unwrap();
    }
    let (agent_kills, agents) = agents.await.unwrap();
    let sealed = fleet.all_is_well(&[&outlets[0], &outlets[1]]).await;
    println!(
        "{sealed} invoices; servers: {kills} kills, {pauses} pauses; agents: {agent_kills} kills, 1 pause"
    );
    assert!(kills >= 5 && pauses >= 5 && sealed > TILLS, "the plan is no plan");
    drop(agents);
}

/// A shop with two outlets, one whose authority is told later and one whose authority is asked first.
pub(super) async fn fleet(cluster: &Cluster, servers: usize) -> (Fleet, [String; 2]) {
    let address = migrated(cluster);
    let mut shop = Shop::over_with(&address, "drc/cloud", |mut options| {
        options.faults = Faults::hostile();
        options
    })
    .await;
    let key = format!("file:{}", shop.folder.path().join("keys/outlet.pem").display());
    let asked_first =
        create_outlet(shop.folder.path(), &shop.simulator, ("drc/emcf", &key), "KIN02", 1);
    let made = output_json(&asked_first);
    let text = |key: &str| made[0][key].as_str().unwrap().to_owned();
    let (tenant, second) = (text("tenant"), text("id"));
    let new = ["--json", "api-key", "new", "--tenant", &tenant, "--store", &address];
    output_json(&stalela(&new))["api_key"].as_str().unwrap().clone_into(&mut shop.api_key);
    let outlets = [shop.outlet.clone(), second];
    (Fleet::new(shop, servers), outlets)
}

/// Sells until the plan is over; each tenth sale is sent again.
async fn sell(fleet: &Fleet, (till, outlet): (usize, &str), done: &AtomicBool, sold: &AtomicUsize) {
    let chance = Chance::seeded(100 + till as u64);
    let mut number = 0;
    while !done.load(Ordering::SeqCst) {
        let key = format!("till-{till}/{number}");
        fleet.sell(outlet, &key, &chance).await;
        if number % 10 == 0 {
            fleet.sell(outlet, &key, &chance).await;
        }
        let server = usize::try_from(chance.below(SERVERS as u64)).unwrap();
        fleet.look_at_log(server, outlet).await;
        number += 1;
        sold.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(100 + chance.below(500))).await;
    }
}

/// Kills and pauses servers, one act after the other, each under load: something was sold since the
/// one before.
async fn servers(fleet: &Fleet, sold: &AtomicUsize) -> (u64, u64) {
    let chance = Chance::seeded(7);
    let (mut kills, mut pauses) = (0, 0);
    for act in 0..ACTS {
        let before = sold.load(Ordering::SeqCst);
        while sold.load(Ordering::SeqCst) < before + 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(300))).await;
        let server = usize::try_from(chance.below(SERVERS as u64)).unwrap();
        if act == ACTS / 2 || chance.below(2) == 0 {
            pauses += 1;
            fleet.with(server, Node::pause);
            let short = Duration::from_millis(200 + chance.below(2_000));
            tokio::time::sleep(if act == ACTS / 2 { LONG_PAUSE } else { short }).await;
            fleet.with(server, Node::resume);
        } else {
            kills += 1;
            fleet.kill(server);
            tokio::time::sleep(Duration::from_millis(chance.below(500))).await;
            fleet.restart(server, SERVE);
        }
    }
    (kills, pauses)
}

/// One agent is paused for longer than its leases last, and wakes to find its work done by others; the
/// other is killed meanwhile, and started again.
async fn agents(store: String, done: Arc<AtomicBool>) -> (u64, [Node; 2]) {
    let chance = Chance::seeded(8);
    let paused = Node::agent(&store, "one");
    let mut killed = Node::agent(&store, "two");
    let mut kills = 0;
    tokio::time::sleep(Duration::from_secs(2)).await;
    paused.pause();
    let paused_at = tokio::time::Instant::now();
    let mut is_paused = true;
    while is_paused || !done.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(1_000 + chance.below(3_000))).await;
        drop(killed);
        kills += 1;
        killed = Node::agent(&store, "two");
        if is_paused && paused_at.elapsed() >= BEYOND_LEASE {
            paused.resume();
            is_paused = false;
        }
    }
    (kills, [paused, killed])
}

/// What watches an agent sees that it works, and that it drains when it is told to stop.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_tells_whether_it_lives_and_works() {
    let cluster = cluster();
    let (fleet, _) = fleet(&cluster, 1).await;
    let agent = Node::agent(&fleet.store(), "watched");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let status = async |path: &str| {
        let reply = http.get(format!("{}{path}", agent.url())).send().await;
        reply.map(|reply| reply.status().as_u16()).ok()
    };
    let wait = async |path: &str, wanted: Option<u16>| {
        let end = tokio::time::Instant::now() + Duration::from_mins(1);
        while status(path).await != wanted {
            assert!(tokio::time::Instant::now() < end, "{path} is not {wanted:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    wait("/readyz", Some(200)).await;
    assert_eq!(status("/healthz").await, Some(200));
    assert_eq!(status("/v1/invoices").await, Some(404), "it serves nothing else");
    cluster.kill();
    wait("/readyz", Some(503)).await;
    assert_eq!(status("/healthz").await, Some(200), "a restart would not mend it");
    cluster.restart();
    wait("/readyz", Some(200)).await;
    agent.terminate();
    wait("/healthz", None).await;
}

/// A process sees what another changed of an outlet, without a restart.
#[tokio::test(flavor = "multi_thread")]
async fn an_outlets_settings_are_seen_by_every_process() {
    let cluster = cluster();
    let (fleet, [outlet, _]) = fleet(&cluster, 2).await;
    for server in 0..2 {
        fleet.restart(server, SERVE);
        assert!(fleet.ask(server, &outlet, &format!("before/{server}")).await.unwrap().is_sealed);
    }
    // Nobody can sell at an outlet whose key is not there.
    let change = |uri: &str| {
        let sql = format!("UPDATE stalela.outlets SET key_uri = '{uri}' WHERE id = '{outlet}'");
        cluster.sql("stalela", &sql);
    };
    let key = format!("file:{}", fleet.shop.folder.path().join("keys/outlet.pem").display());
    let sells = async |server: usize, key: String| fleet.ask(server, &outlet, &key).await.is_some();
    for (uri, wanted) in [("file:/nowhere/key.pem", false), (key.as_str(), true)] {
        change(uri);
        let end = tokio::time::Instant::now() + Duration::from_mins(1);
        for server in 0..2 {
            let mut number = 0;
            while sells(server, format!("{wanted}/{server}/{number}")).await != wanted {
                assert!(tokio::time::Instant::now() < end, "server {server} does not see {uri}");
                number += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
