//! A log as those see it who watch it.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use axum::body::Body;
use proof::{
    Checkpoint, Cosignature, KeyName, Note, WitnessKey, WitnessRequest, fixed_of, leaf_hash,
    verify_consistency,
};
use serde_json::json;

use crate::Settings;
use crate::testing::{Answer, Script, TestApp, draft};

/// An app whose outlet has sealed so many, one by one.
async fn app(settings: Settings, count: usize) -> TestApp {
    let app = TestApp::with("drc/cloud", Script::Silent, settings).await;
    for place in 0..count {
        app.issue(&format!("k{place}"), &draft()).await.assert_status(201);
    }
    app
}

async fn get(app: &TestApp, path: &str) -> Answer {
    app.get_as("", &format!("/v1/outlets/{}/log/{path}", app.outlet)).await
}

async fn checkpoint(app: &TestApp) -> (Note, Checkpoint) {
    let answer = get(app, "checkpoint").await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let note = Note::parse(&answer.body).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    (note, checkpoint)
}

#[tokio::test]
async fn anybody_gets_the_last_checkpoint_and_it_is_signed_by_a_published_key() {
    let app = app(Settings::default(), 2).await;
    let (note, last) = checkpoint(&app).await;
    assert_eq!((last.origin, last.size), (format!("stalela/{}", app.outlet), 2));
    let [line] = note.signatures() else { panic!("one signature") };
    let keys = app.ledger().keys().await.unwrap();
    let [key] = &*keys else { panic!("one key") };
    let name = ledger::log_key(ledger::log_name(&app.outlet, 1), &key.key_id).unwrap();
    let public = signing::PublicKey::from_der(&key.spki).unwrap();
    let is_good = |message: &[u8], der: &[u8]| {
        let fixed = fixed_of(der).unwrap();
        let algorithm = signing::Algorithm::EcdsaP256Sha256;
        let signature = signing::Signature::from_bytes(algorithm, &fixed).unwrap();
        public.verify(message, &signature).is_ok()
    };
    assert_eq!(line.name, name.name);
    assert_eq!(note.is_signed_by((&name.name, name.id), is_good), Ok(true));
}

#[tokio::test]
async fn an_outlet_that_sealed_nothing_is_unknown() {
    let app = app(Settings::default(), 0).await;
    get(&app, "checkpoint").await.assert_problem(404, "outlet_unknown");
    get(&app, "consistency?old=0").await.assert_problem(404, "outlet_unknown");
    get(&app, "tile/0/000.p/1").await.assert_problem(404, "not_found");
    app.get_as("", "/v1/outlets/x/log/checkpoint").await.assert_problem(404, "outlet_unknown");
}

#[tokio::test]
async fn tiles_are_for_anybody_and_entries_for_the_tenant() {
    let app = app(Settings::default(), 3).await;
    let tile = get(&app, "tile/0/000.p/3").await;
    tile.assert_status(200);
    assert_eq!(tile.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let path = format!("/v1/outlets/{}/log/tile/entries/000.p/3", app.outlet);
    app.get_as("", &path).await.assert_problem(401, "unauthenticated");
    app.get_as(&app.stranger, &path).await.assert_problem(404, "outlet_unknown");
    let bundle = app.get(&path).await;
    bundle.assert_status(200);
    assert!(bundle.header("cache-control").unwrap().starts_with("private"));
    let mut rest = &bundle.body[..];
    for leaf in tile.body.chunks(32) {
        let (length, after) = rest.split_first_chunk().unwrap();
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        assert_eq!(leaf_hash(entry), *leaf);
        rest = after;
    }
    assert!(rest.is_empty());
    for absent in ["tile/0/000", "tile/0/000.p/4", "tile/1/000.p/1", "tile/0/0", "tile/x/000"] {
        get(&app, absent).await.assert_problem(404, "not_found");
    }
    app.get(&path.replace("p/3", "p/4")).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_log_shows_that_it_only_grew() {
    let app = app(Settings::default(), 2).await;
    let (_, old) = checkpoint(&app).await;
    for place in 2..5 {
        app.issue(&format!("k{place}"), &draft()).await.assert_status(201);
    }
    let answer = get(&app, "consistency?old=2").await;
    answer.assert_status(200);
    let request = WitnessRequest::parse(&answer.body).unwrap();
    let new = Checkpoint::parse(request.checkpoint.text()).unwrap();
    verify_consistency((2, old.root), (new.size, new.root), &request.consistency).unwrap();
    assert_eq!(new.size, 5);
    let older = get(&app, "consistency?old=1&size=3").await;
    older.assert_status(200);
    for query in ["old=6", "old=3&size=2", "old=0&size=9", "old=x", "", "old=1&new=2"] {
        get(&app, &format!("consistency?{query}")).await.assert_problem(400, "bad_query");
    }
}

#[tokio::test]
async fn a_configured_witness_cosigns_and_nobody_else() {
    let (key, stranger) =
        (Ed25519KeyPair::generate().unwrap(), Ed25519KeyPair::generate().unwrap());
    let name = KeyName::parse("witness.example/w1").unwrap();
    let named = |pair: &Ed25519KeyPair| {
        WitnessKey::new(name.clone(), pair.public_key().as_ref().try_into().unwrap())
    };
    let witness = named(&key);
    let settings = Settings { witnesses: vec![witness.clone()], ..Settings::default() };
    let app = app(settings, 2).await;
    let (note, _) = checkpoint(&app).await;
    let line = |pair: &Ed25519KeyPair, text: &str| {
        let message = Cosignature::message(1_780_000_000, text);
        let signature = pair.sign(message.as_bytes()).as_ref().try_into().unwrap();
        named(pair).line(&Cosignature { timestamp: 1_780_000_000, signature }).to_string()
    };
    let post = async |query: &str, body: String| {
        let path = format!("/v1/outlets/{}/log/cosignatures{query}", app.outlet);
        app.send(app.request("POST", &path, "", &[]).body(Body::from(body)).unwrap()).await
    };
    let true_one = line(&key, note.text());
    for false_one in [
        String::new(),
        "no line".to_owned(),
        line(&stranger, note.text()),
        line(&key, "something else\n"),
        note.signatures()[0].to_string(),
    ] {
        post("?size=2", false_one).await.assert_problem(422, "cosignature_refused");
    }
    post("?size=9", true_one.clone()).await.assert_problem(400, "bad_query");
    post("", true_one.clone()).await.assert_problem(400, "bad_query");
    let answer = post("?size=2", format!("{}{true_one}", line(&stranger, note.text()))).await;
    answer.assert_status(200);
    assert_eq!(post("?size=2", true_one).await.body, answer.body, "once is enough");
    let (cosigned, _) = checkpoint(&app).await;
    assert_eq!(cosigned.to_string().as_bytes(), answer.body);
    assert_eq!(cosigned.signatures().len(), 2);
    let found = witness.find(cosigned.text(), cosigned.signatures(), signing::is_ed25519_signature);
    assert_eq!(found.unwrap().timestamp, 1_780_000_000);
    app.issue("k9", &draft()).await.assert_status(201);
    let first = app.get("/v1/invoices").await;
    let id = first.at("/items").as_array().unwrap().last().unwrap()["id"].as_str().unwrap();
    let proof = app.get(&format!("/v1/invoices/{id}/proof")).await;
    let file = proof::ProofFile::parse(&proof.body).unwrap();
    assert_eq!(file.checkpoint, cosigned, "what a witness has seen says more than what came later");
    assert_eq!(json!(file.index), json!(0));
}
