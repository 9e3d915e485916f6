//! A thousand invoices while one request in ten meets a fault; and the same while the server is
//! killed fifty times. Each sealed once, registered once, numbers 1 to n, nothing left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fiscal::Chance;
use serde_json::Value;
use simulators::Faults;

use crate::shop::{SALE, Shop};

const INVOICES: usize = 1_000;
const TILLS: usize = 16;
const KILLS: usize = 50;
/// Each till sends one request in so many twice.
const REPEAT_EACH: usize = 10;
/// After this the storm is over, or something is stuck.
pub(super) const PATIENCE: Duration = Duration::from_mins(20);

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_thousand_invoices_with_faults_at_every_tenth_request() {
    let shop = Arc::new(shop_in_a_storm("drc/emcf").await);
    shop.start();
    let tills = tills(&shop);
    for till in tills {
        till.await.unwrap();
    }
    all_is_well(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_thousand_invoices_while_the_server_is_killed_fifty_times() {
    let shop = Arc::new(shop_in_a_storm("drc/emcf").await);
    shop.start();
    let issued = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let tills = tills_counting(&shop, &issued);
    let killer =
        tokio::spawn(kill_now_and_then(Arc::clone(&shop), Arc::clone(&issued), Arc::clone(&done)));
    for till in tills {
        till.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let kills = killer.await.unwrap();
    assert_eq!(kills, KILLS);
    all_is_well(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_thousand_invoices_sealed_first_and_delivered_through_faults() {
    let shop = Arc::new(shop_in_a_storm("drc/cloud").await);
    shop.start();
    for till in tills(&shop) {
        till.await.unwrap();
    }
    all_is_well(&shop).await;
}

async fn shop_in_a_storm(authority: &str) -> Shop {
    Shop::new(authority, drc_faults).await
}

fn drc_faults(mut options: simulators::drc_emcf::Options) -> simulators::drc_emcf::Options {
    options.faults = Faults::at(100);
    options
}

fn tills(shop: &Arc<Shop>) -> Vec<tokio::task::JoinHandle<()>> {
    tills_counting(shop, &Arc::new(AtomicUsize::new(0)))
}

fn tills_counting(shop: &Arc<Shop>, issued: &Arc<AtomicUsize>) -> Vec<tokio::task::JoinHandle<()>> {
    (0..TILLS)
        .map(|till| {
            let (shop, issued) = (Arc::clone(shop), Arc::clone(issued));
            tokio::spawn(async move {
                for number in (till..INVOICES).step_by(TILLS) {
                    let key = format!("storm-{number}");
                    let id = issue(&shop, &key).await;
                    if (number / TILLS).is_multiple_of(REPEAT_EACH) {
                        assert_eq!(issue(&shop, &key).await, id, "one key, one invoice");
                    }
                    issued.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect()
}

async fn issue(shop: &Shop, key: &str) -> String {
    issue_draft(shop, key, SALE).await
}

/// What a till does: it sends again, with the same key, until somebody answers. Gives the id of the
/// invoice that the key made, sealed or still asked for.
pub(super) async fn issue_draft<S>(shop: &Shop<S>, key: &str, draft: &str) -> String {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match shop.try_issue(key, draft).await {
            Some((201 | 202, invoice)) => {
                let id = invoice["id"].as_str();
                return id.unwrap_or_else(|| panic!("{invoice}")).to_owned();
            }
            Some((status, problem)) if status < 500 && status != 429 => {
                panic!("{status} {problem}");
            }
            Some(_) | None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("{key} was never answered");
}

/// Kills the server at random moments, spread over the whole storm.
async fn kill_now_and_then(
    shop: Arc<Shop>,
    issued: Arc<AtomicUsize>,
    done: Arc<AtomicBool>,
) -> usize {
    let chance = Chance::seeded(50);
    let mut kills = 0;
    while kills < KILLS {
        // No more kills than the invoices that are through allow, so that some meet each.
        let through = issued.load(Ordering::SeqCst) * KILLS / INVOICES;
        if kills > through && !done.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
        shop.kill();
        kills += 1;
        shop.start();
    }
    kills
}

async fn all_is_well(shop: &Shop) {
    let start = Instant::now();
    loop {
        let states = open_submissions(shop).await;
        if states.is_empty() {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "left: {states:?}");
        // Exit code 1: it is too early to believe that an invoice is not registered.
        let told = shop.reconcile().await;
        let errors = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(matches!(told.status.code(), Some(0 | 1)), "{errors}");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let invoices = all_invoices(shop).await;
    assert_eq!(invoices.len(), INVOICES, "each draft made one invoice");
    assert!(
        invoices.iter().all(|invoice| {
            matches!(invoice["state"].as_str(), Some("sealed" | "acknowledged"))
        })
    );
    let numbers: BTreeSet<String> = texts(&invoices, "number");
    let expected = (1..=INVOICES).map(|number| format!("{number:06}"));
    let sequences: BTreeSet<String> =
        numbers.iter().map(|number| number.rsplit('-').next().unwrap().to_owned()).collect();
    assert_eq!(sequences, expected.collect(), "numbers 1 to n, each once");
    let registered = all_registered(shop).await;
    assert_eq!(registered.len(), INVOICES, "each registered once");
    assert_eq!(texts(&registered, "rn"), numbers);
    let report = shop.verify();
    assert_eq!(report["outlets"][0]["sealed"], INVOICES);
    assert_eq!(report["outlets"][0]["requested"], 0);
    assert_eq!(report["outlets"][0]["unanswered"], 0);
}

pub(super) async fn open_submissions<S>(shop: &Shop<S>) -> Vec<String> {
    let mut open = Vec::new();
    for state in ["queued", "submitted", "unanswered", "set_aside", "refused"] {
        let page = shop.get(&format!("/v1/submissions?state={state}&limit=100")).await.unwrap();
        let rows = page["items"].as_array().unwrap_or_else(|| panic!("{page}")).clone();
        open.extend(rows.iter().map(|row| format!("{state}: {}", row["last_answer"])));
    }
    open
}

pub(super) async fn all_invoices<S>(shop: &Shop<S>) -> Vec<Value> {
    let mut invoices = Vec::new();
    let mut path = "/v1/invoices?limit=100".to_owned();
    loop {
        let page = shop.get(&path).await.unwrap();
        invoices.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/invoices?limit=100&cursor={cursor}"),
            None => return invoices,
        }
    }
}

pub(super) async fn all_registered(shop: &Shop) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let page = shop.managed(&format!("/registered?from={}&limit=100", rows.len())).await;
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

pub(super) fn texts(rows: &[Value], key: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}
