//! Issuing through the real app: what is answered, what is written, and that nothing is written
//! for what is refused.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use invoice::OutletId;
use ledger::Environment;
use serde_json::{Value, json};

use crate::testing::{Script, TestApp, draft};
use crate::{Operation, Rate, Reach, Settings, examples};

#[tokio::test]
async fn a_draft_becomes_a_sealed_invoice_that_verifies() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    issued.assert_status(201);
    assert_eq!(issued.text("/number"), "KIN01-2026-000001");
    assert_eq!(issued.text("/state"), "sealed");
    assert_eq!(issued.text("/totals/total"), "11600.00");
    assert_eq!(issued.text("/tax_groups/0/tax"), "1600.00");
    assert_eq!(issued.text("/invoice/schema"), "stalela.invoice/1");
    assert_eq!(issued.text("/notice/code"), "pending_authority_code");
    assert_eq!(issued.header("location"), Some(issued.text("/links/self")));
    assert_eq!(issued.header("idempotency-replayed"), None);
    let (statement, signature) =
        invoice::parse_verify_url(issued.text("/seal/verify_url")).unwrap();
    assert_eq!(invoice::entry_hash(&statement).to_hex(), issued.text("/seal/entry_hash"));
    let key = &app.ledger().keys().await.unwrap()[0];
    let key = signing::PublicKey::from_der(&key.spki).unwrap();
    let signature =
        signing::Signature::from_bytes(signing::Algorithm::EcdsaP256Sha256, &signature).unwrap();
    key.verify(&invoice::signed_message(&statement), &signature).unwrap();
}

/// The documentation's example has the members of a real answer, and no others.
#[tokio::test]
async fn the_example_has_the_shape_of_an_answer() {
    fn shape(value: &Value, path: &str, into: &mut Vec<String>) {
        into.push(path.to_owned());
        match value {
            // What the tree of the invoice holds is the domain's own schema.
            Value::Object(_) if path == "/invoice" => {}
            Value::Object(members) => {
                for (name, one) in members {
                    shape(one, &format!("{path}/{name}"), into);
                }
            }
            Value::Array(items) => {
                for one in items {
                    shape(one, &format!("{path}/*"), into);
                }
            }
            _ => {}
        }
    }
    let app = TestApp::direct().await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    shape(&examples::sealed(), "", &mut ours);
    shape(&app.issue("k1", &draft()).await.json, "", &mut theirs);
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_sealed_invoice_for_ever() {
    let app = TestApp::direct().await;
    let first = app.issue("k1", &draft()).await;
    for days in [0, 1, 400] {
        app.clock.advance(days * 24 * 60 * 60 * invoice::SECOND);
        let again = app.issue("k1", &draft()).await;
        again.assert_status(201);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.header("location"), first.header("location"));
        for member in ["/id", "/number", "/seal", "/invoice", "/totals"] {
            assert_eq!(again.at(member), first.at(member), "{member} after {days} days");
        }
    }
    assert_eq!(app.head().await, 1);
}

/// A draft that names its day breaks a rule on the next one; the invoice that it made stays.
#[tokio::test]
async fn a_replay_is_answered_although_the_draft_would_be_refused_by_now() {
    let app = TestApp::direct().await;
    let mut dated = draft();
    dated["issued_on"] = json!("2026-11-20");
    let first = app.issue("k1", &dated).await;
    first.assert_status(201);
    app.clock.advance(24 * 60 * 60 * invoice::SECOND);
    let again = app.issue("k1", &dated).await;
    again.assert_status(201);
    assert_eq!(again.at("/id"), first.at("/id"));
    app.issue("k2", &dated).await.assert_problem(422, "invalid_document");
}

#[tokio::test]
async fn a_key_with_another_request_is_refused() {
    let app = TestApp::direct().await;
    app.issue("k1", &draft()).await.assert_status(201);
    let mut other = draft();
    other["lines"][0]["quantity"] = json!("3");
    app.issue("k1", &other).await.assert_problem(409, "idempotency_key_reused");
    let second = app.add_outlet("GOM02").await;
    app.issue_at("k1", &second, &draft()).await.assert_problem(409, "idempotency_key_reused");
    other["lines"][0]["quantity"] = json!("-3");
    app.issue("k1", &other).await.assert_problem(409, "idempotency_key_reused");
    assert_eq!(app.head().await, 1);
}

/// Two keys may each imply their own outlet: the same bytes are two requests.
#[tokio::test]
async fn the_implied_outlet_belongs_to_the_request() {
    let app = TestApp::direct().await;
    let second = app.add_outlet("GOM02").await;
    let body = draft().to_string().into_bytes();
    let header = [("idempotency-key", "k1")];
    for (outlet, status) in [(&app.outlet, 201), (&second, 409)] {
        let key = app.key_for(outlet).await;
        app.post_bytes(&key, "/v1/invoices", body.clone(), &header).await.assert_status(status);
    }
}

#[tokio::test]
async fn concurrent_repeats_make_one_invoice() {
    let app = std::sync::Arc::new(TestApp::direct().await);
    let repeats: Vec<_> = (0..16)
        .map(|_| {
            let app = std::sync::Arc::clone(&app);
            tokio::spawn(async move { app.issue("k1", &draft()).await })
        })
        .collect();
    let mut ids = std::collections::HashSet::new();
    for repeat in repeats {
        let answer = repeat.await.unwrap();
        answer.assert_status(201);
        ids.insert(answer.text("/id").to_owned());
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(app.head().await, 1);
}

/// Also a key that reaches all outlets is for none of them, while there is but one.
#[tokio::test]
async fn who_names_no_outlet_is_told_to_and_not_that_there_are_several() {
    let app = TestApp::direct().await;
    let refused = app.post_with("/v1/invoices", &draft(), &[("idempotency-key", "k1")]).await;
    refused.assert_problem(422, "invalid_document");
    assert_eq!(refused.text("/faults/0/code"), "outlet_missing");
    let words = refused.text("/faults/0/message");
    assert!(!words.contains("several") && words.contains("field outlet"), "{words}");
    let sole = app.key_for(&app.outlet).await;
    let body = draft().to_string().into_bytes();
    let issued = app.post_bytes(&sole, "/v1/invoices", body, &[("idempotency-key", "k2")]).await;
    issued.assert_status(201);
}

#[tokio::test]
async fn what_the_authority_seals_comes_with_its_elements() {
    let app = TestApp::with("drc/emcf", Script::Sealing, Settings::default()).await;
    let issued = app.issue("k1", &draft()).await;
    issued.assert_status(201);
    assert_eq!(issued.text("/authority/state"), "acknowledged");
    assert_eq!(issued.text("/authority/code"), "ABCDEFGHIJKLMNOPQRSTUVWX");
    assert_eq!(issued.text("/authority/code_formatted"), "ABCD-EFGH-IJKL-MNOP-QRST-UVWX");
    assert_eq!(issued.text("/authority/qr"), "Q;1");
    assert!(issued.json.get("notice").is_none(), "nothing is pending");
    let shown = app.get(issued.text("/links/self")).await;
    for member in ["/state", "/seal", "/authority"] {
        assert_eq!(shown.at(member), issued.at(member), "{member}");
    }
}

#[tokio::test]
async fn a_refusal_bears_the_authoritys_own_words_again_and_again() {
    let app = TestApp::asking().await;
    for replayed in [None, Some("true")] {
        let refused = app.issue("k1", &draft()).await;
        refused.assert_problem(422, "authority_refused");
        assert_eq!(refused.text("/authority/code"), "5");
        assert_eq!(refused.text("/authority/words"), "IFU inconnu");
        assert!(refused.text("/messages/es").contains("IFU inconnu"));
        assert_eq!(refused.header("idempotency-replayed"), replayed);
        let shown = app.get(refused.text("/invoice/links/self")).await;
        assert_eq!(shown.text("/state"), "refused");
        assert_eq!(shown.text("/authority/refusal/words"), "IFU inconnu");
    }
}

#[tokio::test]
async fn an_authority_that_does_not_answer_in_time_makes_a_202() {
    let app = TestApp::with("drc/emcf", Script::Stuck, Settings::default()).await;
    let mut draft = draft();
    draft["outlet"] = json!(app.outlet.as_str());
    let headers = [("idempotency-key", "k1"), ("prefer", "wait=0")];
    let pending = app.post_with("/v1/invoices", &draft, &headers).await;
    pending.assert_status(202);
    assert_eq!(pending.text("/state"), "requested");
    assert_eq!(pending.header("preference-applied"), Some("wait=0"));
    let shown = app.get(pending.text("/poll")).await;
    shown.assert_status(200);
    assert_eq!(shown.at("/seal"), &Value::Null);
    let again = app.post_with("/v1/invoices", &draft, &headers).await;
    again.assert_status(202);
    assert_eq!(again.at("/id"), pending.at("/id"));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

/// The client is gone long before the authority answers; the invoice is recorded all the same.
#[tokio::test]
async fn a_client_that_hangs_up_does_not_cut_an_issue_in_two() {
    let app = TestApp::with("drc/emcf", Script::Stuck, Settings::default()).await;
    let draft = draft();
    let hung_up = tokio::time::timeout(Duration::from_millis(300), app.issue("k1", &draft));
    assert!(hung_up.await.is_err(), "the client hangs up first");
    let issues = app.app.issues();
    assert!(issues.available_permits() < crate::limits::ISSUES_MAX as usize, "it goes on");
    let listed = app.get("/v1/invoices").await;
    assert_eq!(listed.text("/items/0/state"), "requested");
}

/// Everything that a client can get wrong is a problem document, and nothing is written.
#[tokio::test]
async fn bad_documents_are_problems_and_write_nothing() {
    let app = TestApp::direct().await;
    let outlet = app.outlet.to_string();
    let with = |pointer: &str, value: Value| {
        let mut document = draft();
        document["outlet"] = json!(outlet);
        *document.pointer_mut(pointer).unwrap() = value;
        document.to_string().into_bytes()
    };
    let text = with("/kind", json!("sale"));
    let text = String::from_utf8(text).unwrap();
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let nested = text.replacen("\"sale\"", &format!("{}1{}", "[".repeat(60), "]".repeat(60)), 1);
    let mut not_utf8 = text.clone().into_bytes();
    let at = text.find("Amina").unwrap();
    not_utf8[at] = 0xFF;
    for (name, body, status, code) in [
        ("nothing", b"".to_vec(), 400, "malformed_json"),
        ("half a document", text.as_bytes()[..40].to_vec(), 400, "malformed_json"),
        ("no object", b"[]".to_vec(), 422, "invalid_document"),
        ("a key twice", br#"{"kind":"sale","kind":"sale"}"#.to_vec(), 400, "malformed_json"),
        ("too deep for any parser", deep.into_bytes(), 400, "malformed_json"),
        ("nested too deep", nested.into_bytes(), 400, "malformed_json"),
        ("no UTF-8", not_utf8, 400, "malformed_json"),
        ("more than a megabyte", vec![b' '; 1024 * 1024 + 1], 413, "body_too_large"),
        (
            "a number as a decimal",
            with("/lines/0/unit_price", json!(5800.5)),
            422,
            "invalid_document",
        ),
        ("an object as a text", with("/operator/name", json!({})), 422, "invalid_document"),
        ("a negative price", with("/lines/0/unit_price", json!("-1")), 422, "invalid_document"),
        ("a zero quantity", with("/lines/0/quantity", json!("0")), 422, "invalid_document"),
        (
            "a total beyond all",
            with("/lines/0/unit_price", json!("99999999999999.99")),
            422,
            "invalid_document",
        ),
        (
            "a digit too many",
            with("/lines/0/unit_price", json!("999999999999999")),
            422,
            "invalid_document",
        ),
        ("an unknown group", with("/lines/0/tax_group", json!("Z")), 422, "invalid_document"),
        ("no lines", with("/lines", json!([])), 422, "invalid_document"),
        ("a foreign outlet", with("/outlet", json!("ou_aaaaaaaaaaaaaaaa")), 404, "outlet_unknown"),
        ("a malformed outlet", with("/outlet", json!("KIN01")), 422, "invalid_document"),
        ("an outlet that is no text", with("/outlet", json!(1)), 422, "invalid_document"),
    ] {
        let header = [("idempotency-key", "k1")];
        let answer = app.post_bytes(&app.key, "/v1/invoices", body, &header).await;
        assert_eq!(answer.text("/code"), code, "{name}: {}", answer.json);
        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(app.head().await, 0, "{name} wrote something");
    }
    let mut unknown = draft();
    unknown["colour"] = json!("red");
    let answer = app.issue("k1", &unknown).await;
    answer.assert_problem(422, "invalid_document");
    assert_eq!(answer.text("/faults/0/pointer"), "/colour");
    app.issue("k1", &draft()).await.assert_status(201);
}

/// Quotes take two bytes in JSON, and four where the request to the authority stands in a string.
fn full_of_quotes(lines: usize) -> Value {
    let quotes = "\"".repeat(255);
    let mut draft = draft();
    let line = json!({
        "kind": "goods", "name": "Riz", "code": quotes, "unit": quotes, "quantity": "1",
        "unit_price": "1.00", "tax_group": "B",
        "discount": {"original_price": "2.00", "reason": quotes},
    });
    draft["lines"] = json!(vec![line; lines]);
    draft
}

#[tokio::test]
async fn a_draft_that_grows_beyond_what_is_kept_is_told_and_writes_nothing() {
    // By its canonical bytes; and, where the authority is asked, by the request to it.
    for (authority, lines) in [("drc/cloud", 620), ("drc/emcf", 620), ("drc/emcf", 480)] {
        let app = TestApp::with(authority, Script::Sealing, Settings::default()).await;
        let large = full_of_quotes(lines);
        assert!(large.to_string().len() < 1_048_000, "the body itself is admitted");
        for _ in 0..2 {
            let answer = app.issue("k1", &large).await;
            answer.assert_problem(413, "invoice_too_large");
            assert!(answer.text("/detail").contains("split the lines"), "{}", answer.json);
        }
        assert_eq!(app.head().await, 0, "{authority} wrote something");
        // The key is as free as before.
        app.issue("k1", &draft()).await.assert_status(201);
    }
}

#[tokio::test]
async fn all_faults_come_at_once_in_the_language_that_is_wanted() {
    let app = TestApp::direct().await;
    let bad = json!({"outlet": 5, "kind": "sale", "prices": "tax_included", "lines": []});
    for (language, tag, word) in [("fr-CD", "fr", "champ"), ("es", "es", "campo")] {
        let headers = [("idempotency-key", "k1"), ("accept-language", language)];
        let answer = app.post_with("/v1/invoices", &bad, &headers).await;
        answer.assert_problem(422, "invalid_document");
        assert_eq!(answer.header("content-language"), Some(tag));
        let faults = answer.at("/faults").as_array().unwrap();
        let pointers: Vec<_> =
            faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/outlet", "/operator", "/customer", "/lines"]);
        assert!(faults[1]["message"].as_str().unwrap().contains(word));
        assert!(faults[1]["messages"]["en"].as_str().unwrap().contains("field"));
    }
}

#[tokio::test]
async fn a_post_without_an_idempotency_key_or_without_json_is_refused() {
    let app = TestApp::direct().await;
    let answer = app.post("/v1/invoices", &draft()).await;
    answer.assert_problem(400, "idempotency_key_missing");
    let request = app.request("POST", "/v1/invoices", &app.key, &[("content-type", "text/xml")]);
    let answer = app.send(request.body(Body::from("<a/>")).unwrap()).await;
    answer.assert_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn what_the_framework_refuses_is_told_in_the_same_form() {
    let app = TestApp::direct().await;
    app.get("/v1/nothing").await.assert_problem(404, "not_found");
    app.get("/%ff").await.assert_problem(404, "not_found");
    app.get("/v1/invoices/%ff").await.assert_problem(400, "bad_request");
    let answer = app
        .send(app.request("PUT", "/v1/invoices", &app.key, &[]).body(Body::empty()).unwrap())
        .await;
    answer.assert_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST,GET,HEAD"));
    let long = format!("/v1/invoices?number={}", "x".repeat(5_000));
    app.get(&long).await.assert_problem(414, "target_too_long");
    let wide = "x".repeat(20_000);
    let request = app.request("GET", "/healthz", "", &[("x-wide", &wide)]);
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    answer.assert_problem(431, "headers_too_large");
}

#[tokio::test]
async fn only_valid_keys_with_the_right_may_issue() {
    let app = TestApp::direct().await;
    let body = || draft().to_string().into_bytes();
    let issue = async |key: &str| {
        let mut document: Value = serde_json::from_slice(&body()).unwrap();
        document["outlet"] = json!(app.outlet.as_str());
        let header = [("idempotency-key", "k1")];
        app.post_bytes(key, "/v1/invoices", document.to_string().into_bytes(), &header).await
    };
    let unknown = "sk_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for key in ["", "x", unknown] {
        let answer = issue(key).await;
        answer.assert_problem(401, "unauthenticated");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    let reader = app
        .new_key_for(&app.tenant, Environment::Test, Reach::All, &[Operation::InvoicesRead])
        .await;
    issue(&reader).await.assert_problem(403, "operation_not_permitted");
    issue(&app.live_key().await).await.assert_problem(403, "wrong_environment");
    issue(&app.stranger).await.assert_problem(404, "outlet_unknown");
    let elsewhere = app.key_for(&OutletId::from_random([9; 10])).await;
    issue(&elsewhere).await.assert_problem(404, "outlet_unknown");
    assert_eq!(app.head().await, 0);
}

#[tokio::test]
async fn a_revoked_key_lives_on_for_some_seconds_at_most() {
    let app = TestApp::direct().await;
    app.get("/v1/outlets").await.assert_status(200);
    let keys = app.ledger().api_keys(&app.tenant).await.unwrap();
    app.ledger().revoke_api_key(&app.tenant, &keys[0].id, app.clock.now()).await.unwrap();
    app.clock.advance(crate::limits::KEY_CACHE_SECONDS * invoice::SECOND);
    app.get("/v1/outlets").await.assert_problem(401, "api_key_revoked");
}

#[tokio::test]
async fn a_revocation_that_is_told_holds_at_once() {
    let app = TestApp::direct().await;
    app.get("/v1/outlets").await.assert_status(200);
    let keys = app.ledger().api_keys(&app.tenant).await.unwrap();
    app.ledger().revoke_api_key(&app.tenant, &keys[0].id, app.clock.now()).await.unwrap();
    app.app.forget_api_key(&keys[0].hash);
    app.get("/v1/outlets").await.assert_problem(401, "api_key_revoked");
}

#[tokio::test]
async fn a_key_beyond_its_rate_is_told_when_to_come_back() {
    let one = NonZeroU32::MIN;
    let rate = Rate { per_second: one, burst: one.saturating_add(1) };
    let settings = Settings { rate: Some(rate), ..Settings::default() };
    let app = TestApp::with("drc/cloud", Script::Silent, settings).await;
    for left in ["1", "0"] {
        let answer = app.get("/v1/outlets").await;
        answer.assert_status(200);
        assert_eq!(answer.header("ratelimit-limit"), Some("2"));
        assert_eq!(answer.header("ratelimit-remaining"), Some(left));
    }
    let limited = app.get("/v1/outlets").await;
    limited.assert_problem(429, "rate_limited");
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert_eq!(limited.header("ratelimit-remaining"), Some("0"));
    app.get_as(&app.stranger, "/v1/outlets").await.assert_status(200);
}

#[tokio::test]
async fn a_request_keeps_the_id_that_its_client_gave_it() {
    let app = TestApp::direct().await;
    for (given, kept) in [("till-7/4711", true), ("two words", false), (&"x".repeat(129), false)] {
        let request = app.request("GET", "/healthz", "", &[("request-id", given)]);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("request-id") == Some(given), kept, "{given}");
    }
}

#[tokio::test]
async fn the_agent_is_woken_when_there_is_something_to_deliver() {
    let app = TestApp::direct().await;
    app.issue("k1", &json!({})).await.assert_status(422);
    let woken =
        async || tokio::time::timeout(Duration::from_millis(50), app.wake.notified()).await.is_ok();
    assert!(!woken().await);
    app.issue("k1", &draft()).await.assert_status(201);
    assert!(woken().await);
}
