//! Every fault over a real socket: what the client saw, and what the authority did.

use std::time::{Duration, Instant};

use simulators::Clock;
use simulators::drc_emcf::Options;

use crate::wire::{NOON, Shop, confirmation, milk};

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_request_changed_nothing() {
    let shop = Shop::calm().await;
    shop.arm("invoice", "lost_request");
    assert!(shop.try_ask("POST", "/api/invoice", &milk("F1").to_string()).is_none());
    assert_eq!(shop.count("/pending"), 0);
    let totals = shop.post(&milk("F1"));
    shop.arm("confirm", "lost_request");
    let path = format!("/api/invoice/{}/confirm", totals["uid"].as_str().unwrap());
    assert!(shop.try_ask("PUT", &path, &confirmation(&totals)).is_none());
    assert_eq!((shop.count("/registered"), shop.count("/pending")), (0, 1));
    assert!(shop.confirm(&totals)["qrCode"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_has_committed() {
    let shop = Shop::calm().await;
    shop.arm("invoice", "lost_reply");
    assert!(shop.try_ask("POST", "/api/invoice", &milk("F0").to_string()).is_none());
    assert_eq!(shop.count("/pending"), 1);
    let totals = shop.post(&milk("F1"));
    shop.arm("confirm", "lost_reply");
    let path = format!("/api/invoice/{}/confirm", totals["uid"].as_str().unwrap());
    assert!(shop.try_ask("PUT", &path, &confirmation(&totals)).is_none());
    assert_eq!(shop.look("/registered")[0]["rn"], "F1");
    assert_eq!(shop.confirm(&totals)["errorCode"], "20", "the API has no way to ask again");
    let portal = shop.look("/portal/factures?nif=A1234567B&rn=F1");
    assert_eq!(portal[0]["total"], "464.00");
    assert_eq!(portal[0]["counters"], "1/1 FV");
    let requests = shop.look("/requests");
    let lost = requests.as_array().unwrap().iter().filter(|each| each["status"].is_null());
    assert_eq!(lost.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_comes_before_any_processing() {
    let shop = Shop::calm().await;
    shop.arm("invoice", "server_error");
    let reply = shop.ask("POST", "/api/invoice", &milk("F1").to_string());
    assert!((500..=503).contains(&reply.status), "{}", reply.status);
    assert!(reply.text.contains("<html>"));
    assert_eq!(shop.count("/pending"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reply_comes_all_the_same() {
    let shop = Shop::calm().await;
    shop.arm("status", "slow");
    let start = Instant::now();
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_processed_twice() {
    let shop = Shop::calm().await;
    shop.arm("invoice", "duplicate");
    let totals = shop.post(&milk("F1"));
    assert_eq!(shop.count("/pending"), 2, "both arrived");
    shop.arm("confirm", "duplicate");
    assert_eq!(shop.confirm(&totals)["errorCode"], "20", "the second reply is the one sent");
    let registered = shop.look("/registered");
    assert_eq!(registered.as_array().unwrap().len(), 1);
    assert_eq!(registered[0]["confirmed_count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processing_error_is_code_99() {
    let shop = Shop::calm().await;
    shop.arm("invoice", "processing_error");
    let refused = shop.post(&milk("F1"));
    assert_eq!(refused["errorCode"], "99");
    assert_eq!(refused["errorDesc"], "Erreur lors du traitement de la demande");
    let totals = shop.post(&milk("F1"));
    shop.arm("confirm", "processing_error");
    assert_eq!(shop.confirm(&totals)["errorCode"], "99");
    assert_eq!(shop.count("/registered"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_armed_fault_waits_for_its_operation_and_calm_disarms() {
    let shop = Shop::calm().await;
    shop.arm("cancel", "lost_request");
    let totals = shop.post(&milk("F1"));
    assert!(shop.confirm(&totals)["qrCode"].is_string());
    shop.manage("/faults/calm", &serde_json::json!({}));
    let totals = shop.post(&milk("F2"));
    let path = format!("/api/invoice/{}/cancel", totals["uid"].as_str().unwrap());
    assert_eq!(shop.ask("PUT", &path, "").status, 200);
}

/// What every fiftieth-or-so request met, for one seed.
async fn faults_of(seed: u64) -> Vec<String> {
    let shop = Shop::open(Options::new(Clock::standing_at(NOON), seed)).await;
    for _ in 0..120 {
        let _any = shop.try_ask("GET", "/api/info/taxGroups", "");
    }
    let requests = shop.look("/requests");
    requests.as_array().unwrap().iter().map(|each| each["fault"].to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_is_hostile_and_the_seed_decides() {
    let (first, again, other) = (faults_of(7).await, faults_of(7).await, faults_of(8).await);
    let struck = first.iter().filter(|fault| *fault != "null").count();
    assert!((1..=20).contains(&struck), "{struck} of 120");
    assert_eq!(first, again);
    assert_ne!(first, other);
}
