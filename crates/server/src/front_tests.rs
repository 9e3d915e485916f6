//! Two stores behind one address, each with its own app.

use std::sync::atomic::AtomicUsize;

use invoice::SECOND;
use serde_json::json;

use super::*;
use crate::p2p::tests::kit::{self, World};
use crate::testing::{TestApp, draft};

/// Neither knows of the other.
async fn two() -> (Front, TestApp, TestApp) {
    let (mut east, mut west) = (TestApp::direct().await, TestApp::other(8).await);
    let stores = vec![
        ("east".to_owned(), Some(east.app.clone())),
        ("west".to_owned(), Some(west.app.clone())),
    ];
    let front = Front::over(stores, 0).unwrap();
    east.ask_at(front.router());
    west.ask_at(front.router());
    (front, east, west)
}

fn path_of_log(test: &TestApp, what: &str) -> String {
    format!("/v1/outlets/{}/log/{what}", test.outlet)
}

#[tokio::test]
async fn an_api_key_leads_to_its_store() {
    let (_, east, west) = two().await;
    for (test, other) in [(&east, &west), (&west, &east)] {
        let issued = test.issue("k1", &draft()).await;
        issued.assert_status(201);
        let listed = test.get("/v1/invoices").await;
        let items = listed.at("/items").as_array().unwrap();
        assert_eq!((items.len(), &items[0]["id"]), (1, issued.at("/id")));
        let path = format!("/v1/invoices/{}", issued.text("/id"));
        test.get(&path).await.assert_status(200);
        test.get(&format!("/v1/outlets/{}", test.outlet)).await.assert_status(200);
        other.get(&path).await.assert_problem(404, "invoice_unknown");
        test.issue_at("k2", &other.outlet, &draft()).await.assert_problem(404, "outlet_unknown");
    }
}

#[tokio::test]
async fn what_belongs_to_no_store_is_answered_all_the_same() {
    let (_, east, _) = two().await;
    for path in ["/healthz", "/docs", "/v1/openapi.json", "/v/"] {
        east.get_as("", path).await.assert_status(200);
    }
    for key in ["", "sk_test_", "nonsense"] {
        east.get_as(key, "/v1/invoices").await.assert_problem(401, "unauthenticated");
    }
    east.get_as("", "/nowhere").await.assert_problem(404, "not_found");
    east.post_empty_as("", "/readyz").await.assert_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn the_log_of_an_outlet_is_found_whatever_key_is_shown() {
    let (_, east, west) = two().await;
    for (test, other) in [(&east, &west), (&west, &east)] {
        let unsealed = other.get_as("", &path_of_log(test, "checkpoint")).await;
        unsealed.assert_problem(404, "outlet_unknown");
        test.issue("k1", &draft()).await.assert_status(201);
        for key in ["", &other.key, &test.key] {
            for what in ["checkpoint", "consistency?old=0", "tile/0/000.p/1"] {
                other.get_as(key, &path_of_log(test, what)).await.assert_status(200);
            }
        }
        let entries = path_of_log(test, "tile/entries/000.p/1");
        test.get(&entries).await.assert_status(200);
        other.get(&entries).await.assert_problem(404, "outlet_unknown");
        other.get_as("", &entries).await.assert_problem(401, "unauthenticated");
        let encoded = path_of_log(test, "checkpoint").replace("ou_", "%6Fu_");
        other.get_as("", &encoded).await.assert_status(200);
    }
    for id in ["ou_aaaaaaaaaaaaaaaa", "nothing", "%FF"] {
        let told = east.get_as("", &format!("/v1/outlets/{id}/log/checkpoint")).await;
        assert!(matches!(told.status.as_u16(), 400 | 404), "{id}: {}", told.status);
    }
}

#[tokio::test]
async fn the_keys_of_all_stores_are_published_also_while_one_is_lost() {
    let (_, east, west) = two().await;
    let mut kids = Vec::new();
    for test in [&east, &west] {
        let issued = test.issue("k1", &draft()).await;
        kids.push(issued.text("/seal/key_id").to_owned());
    }
    let published = async || {
        let answer = east.get_as("", "/.well-known/stalela-keys.json").await;
        answer.assert_status(200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let keys = answer.at("/keys").as_array().unwrap().clone();
        for key in &keys {
            assert_eq!(key["outlets"].as_array().unwrap().len(), 1, "each with its outlet: {key}");
        }
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    kids.sort();
    assert_eq!(published().await, kids);
    west.ledger().close().await;
    assert_eq!(published().await, kids, "its receipts verify on");
}

#[tokio::test]
async fn a_store_that_was_never_seen_leaves_no_list_of_keys_and_a_late_one_joins() {
    let (mut east, mut west) = (TestApp::direct().await, TestApp::other(8).await);
    let stores = vec![("east".to_owned(), None), ("west".to_owned(), Some(west.app.clone()))];
    let front = Front::over(stores, 0).unwrap();
    east.ask_at(front.router());
    west.ask_at(front.router());
    let keys = "/.well-known/stalela-keys.json";
    west.get_as("", keys).await.assert_problem(503, "ledger_unavailable");
    west.issue("k1", &draft()).await.assert_status(201);
    east.issue("k1", &draft()).await.assert_problem(503, "ledger_unavailable");
    assert_eq!(west.get_as("", "/readyz").await.body, b"ready\nstore_unavailable east");
    west.get_as("", "/docs").await.assert_status(200);
    front.open(0, east.app.clone());
    east.issue("k1", &draft()).await.assert_status(201);
    west.get_as("", keys).await.assert_status(200);
    assert_eq!(west.get_as("", "/readyz").await.body, b"ready");
    assert_eq!(front.apps().len(), 2);
    let none = vec![("east".to_owned(), None), ("west".to_owned(), None)];
    assert!(Front::over(none, 0).is_none());
}

#[tokio::test]
async fn a_lost_store_takes_its_own_tenants_with_it_and_no_others() {
    let (_, east, west) = two().await;
    east.issue("k1", &draft()).await.assert_status(201);
    west.issue("k1", &draft()).await.assert_status(201);
    let new = west.key_for(&west.outlet).await;
    let served = east.key_for(&east.outlet).await;
    west.ledger().close().await;
    let refused = west.issue("k2", &draft()).await;
    refused.assert_problem(503, "ledger_unavailable");
    // Nobody knows whose these are: the lost store may.
    for key in [&*new, "sk_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let told = west.get_as(key, "/v1/invoices").await;
        told.assert_problem(503, "ledger_unavailable");
        assert_eq!(told.header("retry-after"), Some("1"));
    }
    for path in ["/healthz", "/docs", "/v1/openapi.json", "/nowhere"] {
        let status = west.get_as(&new, path).await.status.as_u16();
        assert_eq!(status, if path == "/nowhere" { 404 } else { 200 }, "no key is looked at");
    }
    let path = path_of_log(&west, "checkpoint");
    east.get_as("", &path).await.assert_problem(503, "ledger_unavailable");
    east.issue("k2", &draft()).await.assert_status(201);
    east.get_as("", &path_of_log(&east, "checkpoint")).await.assert_status(200);
    east.get_as(&served, "/v1/invoices").await.assert_status(200);
    let ready = east.get_as("", "/readyz").await;
    ready.assert_status(200);
    assert_eq!(ready.body, b"ready\nstore_unavailable west");
    east.ledger().close().await;
    east.get_as("", "/readyz").await.assert_problem(503, "ledger_unavailable");
    east.get_as("", "/healthz").await.assert_status(200);
}

#[test]
fn a_silent_store_is_asked_once_in_a_while_and_again_by_all_when_it_answers() {
    let start = Instant::now();
    let at = |millis| start + Duration::from_millis(millis);
    let silence = Silence::default();
    assert_eq!(silence.question(at(0)), Question::Put);
    assert_eq!(silence.question(at(0)), Question::Put, "nothing is known against it");
    silence.heard(false, at(2_000));
    let (over, trial) = (2_000 + millis(SILENCE), 2_000 + millis(SILENCE + ASKING_TIME));
    assert_eq!(silence.question(at(over - 1)), Question::Spared);
    assert_eq!(silence.question(at(over)), Question::Trial);
    for later in [over, trial - 1] {
        assert_eq!(silence.question(at(later)), Question::Spared, "one asks, and the others not");
    }
    assert_eq!(silence.question(at(trial)), Question::Trial, "nobody knows what came of the last");
    silence.heard(false, at(trial));
    assert_eq!(silence.question(at(trial)), Question::Spared);
    silence.heard(true, at(trial));
    assert_eq!(silence.question(at(trial)), Question::Put);
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

/// The one store hangs; how often it was asked is counted.
#[tokio::test]
async fn a_store_that_hangs_is_not_asked_for_everybody() {
    let (front, _east, west) = two().await;
    let Kind::Several(several) = &front.0 else { panic!("there are two") };
    let (hangs, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let ask = {
        let (hangs, asked, west) = (hangs.clone(), asked.clone(), west.ledger().clone());
        move |app: App| {
            let is_west = Arc::ptr_eq(app.ledger(), &west);
            let (hangs, asked) = (hangs.clone(), asked.clone());
            async move {
                if is_west {
                    asked.fetch_add(1, Ordering::Relaxed);
                    while hangs.load(Ordering::Relaxed) {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
                Some(is_west)
            }
        }
    };
    let (told, silent) = ([Some(false), Some(true)], [Some(false), None]);
    assert_eq!(several.each(&ask).await, silent);
    let mut questions = JoinSet::new();
    for _ in 0..100 {
        let (several, ask) = (Arc::clone(several), ask.clone());
        questions.spawn(async move { several.each(&ask).await });
    }
    while let Some(answers) = questions.join_next().await {
        assert_eq!(answers.unwrap(), silent);
    }
    // However slow this machine is, they were all asked at one moment: one at most was the trial.
    let asked = asked.load(Ordering::Relaxed);
    assert!((1..=2).contains(&asked), "{asked}");

    // Who waits for nobody else's answer ends no trial that he began.
    hangs.store(false, Ordering::Relaxed);
    let patience = Instant::now() + Duration::from_mins(1);
    while several.each(&ask).await != told {
        assert!(Instant::now() < patience, "it is not asked again");
        drop(several.asked(&ask));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_wrong_key_costs_a_lookup_in_each_store_and_no_more_for_a_while() {
    let (_, east, west) = two().await;
    let wrong = "sk_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    east.get_as(wrong, "/v1/invoices").await.assert_problem(401, "unauthenticated");
    east.ledger().close().await;
    west.ledger().close().await;
    east.get_as(wrong, "/v1/invoices").await.assert_problem(401, "unauthenticated");
    for test in [&east, &west] {
        test.clock.advance(10 * SECOND);
    }
    east.get_as(wrong, "/v1/invoices").await.assert_problem(503, "ledger_unavailable");
}

#[tokio::test]
async fn there_is_an_end_to_how_many_are_looked_for_and_the_known_go_on() {
    let (front, east, west) = two().await;
    east.get("/v1/invoices").await.assert_status(200);
    let Kind::Several(several) = &front.0 else { panic!("there are two") };
    let all = u32::try_from(REQUESTS_MAX).unwrap();
    let permits = several.lookups.acquire_many(all).await.unwrap();
    west.get("/v1/invoices").await.assert_problem(503, "overloaded");
    east.clock.advance(60 * SECOND);
    east.get("/v1/invoices").await.assert_status(200);
    drop(permits);
    west.get("/v1/invoices").await.assert_status(200);
}

#[tokio::test]
async fn a_taxpayer_leads_to_the_store_of_the_outlet_that_receives() {
    let mut east = TestApp::other(8).await;
    let west = World::new("optional").await;
    let stores = |second: &TestApp| {
        vec![
            ("east".to_owned(), Some(east.app.clone())),
            ("west".to_owned(), Some(second.app.clone())),
        ]
    };
    let front = Front::over(stores(&west.app), 0).unwrap();
    let door = |tax_id: &str| format!("/receive/test/{tax_id}{}", kit::SEED);
    east.ask_at(front.router());
    east.get_as("", &door(kit::BUYER)).await.assert_status(200);
    east.get_as("", &door(kit::ISSUER)).await.assert_problem(404, "not_found");
    west.app.ledger().close().await;
    east.get_as("", &door(kit::BUYER)).await.assert_status(200);
    east.get_as("", &door("131000009")).await.assert_problem(503, "ledger_unavailable");
}

#[tokio::test]
async fn where_two_stores_want_to_receive_for_one_taxpayer_nobody_does() {
    let (east, west) = (World::new("optional").await, World::new("optional").await);
    let stores = vec![
        ("east".to_owned(), Some(east.app.app.clone())),
        ("west".to_owned(), Some(west.app.app.clone())),
    ];
    let mut asking = TestApp::other(8).await;
    asking.ask_at(Front::over(stores, 0).unwrap().router());
    let door = format!("/receive/test/{}{}", kit::BUYER, kit::SEED);
    asking.get_as("", &door).await.assert_problem(503, "reception_unavailable");
}

#[tokio::test]
async fn it_says_that_it_stops_and_serves_all_the_same() {
    let (front, east, west) = two().await;
    front.begin_draining();
    east.get_as("", "/readyz").await.assert_problem(503, "draining");
    for test in [&east, &west] {
        test.issue("k1", &draft()).await.assert_status(201);
    }
}

#[tokio::test]
async fn an_outlet_that_is_created_stands_in_the_store_of_its_tenant() {
    let (_, east, west) = two().await;
    let before = (east.get("/v1/outlets").await, west.get("/v1/outlets").await);
    let count = |answer: &crate::testing::Answer| answer.at("/items").as_array().unwrap().len();
    let new = json!({
        "code": "GOM02", "name": "Goma", "zone": "Africa/Lubumbashi", "authority": "drc/cloud",
        "settings": {"authority": {"isf": "TEST01"}, "wire": "test-system"},
    });
    let created = west.post("/v1/outlets", &new).await;
    created.assert_status(201);
    let after = (east.get("/v1/outlets").await, west.get("/v1/outlets").await);
    assert_eq!((count(&after.0), count(&after.1)), (count(&before.0), count(&before.1) + 1));
}

#[tokio::test]
async fn requests_at_work_are_counted_over_all_stores() {
    let (front, east, west) = two().await;
    let count = front.requests_at_work();
    assert_eq!(count(), 0);
    let _in_the_east = east.app.requests().acquire_many(2).await.unwrap();
    let in_the_west = west.app.requests().acquire().await.unwrap();
    assert_eq!((count(), Front::from(east.app.clone()).requests_at_work()()), (3, 2));
    drop(in_the_west);
    assert_eq!(count(), 2);
}
