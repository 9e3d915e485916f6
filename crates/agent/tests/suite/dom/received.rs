//! Documents that the DGII's counterpart issues to us: what the DGII says of them, and our word on
//! them, by the agent that runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::{Agent, Settings};
use authorities::Decision;
use data_encoding::BASE64;
use fiscal::Reception;
use invoice::SECOND;
use ledger::{AuthorityState, DecisionReceiver, DeliveryState, InboxDocument, InboxId};
use serde_json::{Value, json};
use simulators::dom_ecf;
use tokio::sync::{Notify, watch};

use DecisionReceiver::{Authority, Issuer};

use super::kit::HOLDER;
use super::world::{ISSUER, Shop};

/// The DGII's counterpart.
const COUNTERPART: &str = "401506254";
/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_mins(1);
/// A port on which nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

impl Shop {
    /// Has the counterpart issue a document of a type to us, and receives it as our services do.
    async fn receive(&self, kind: &str) -> InboxId {
        let bytes = self.issued_to_us(&self.simulator, kind).await;
        let (ledger, outlet) = (&self.desk.ledger, self.desk.outlet.clone());
        let reception = Reception::of_outlet(ledger, outlet).await.unwrap();
        let receipt = fiscal::receive(&reception, bytes, None, self.clock.now()).await.unwrap();
        assert_eq!(receipt.motive, None);
        let filter =
            ledger::InboxFilter { outlets: vec![self.desk.outlet.id.clone()], before: None };
        let listed = ledger.inbox(&self.desk.outlet.tenant, filter, 1).await.unwrap();
        listed[0].id.clone()
    }

    /// It is never delivered: nobody listens where it is sent. The DGII knows it all the same.
    async fn issued_to_us(&self, simulator: &dom_ecf::Running, kind: &str) -> Vec<u8> {
        let host = format!("{}/testecf/emisorreceptor", simulator.url);
        let http = reqwest::Client::new();
        let seed = http.get(format!("{host}/fe/autenticacion/api/semilla")).send().await.unwrap();
        let signed = HOLDER.sign_text(&seed.text().await.unwrap());
        let validate = http.post(format!("{host}/fe/autenticacion/api/validacioncertificado"));
        let validate = validate.header("Content-Type", "application/xml").body(signed);
        let told: Value = read(validate).await;
        let order = json!({
            "rnc": ISSUER, "tipoEncf": kind, "urlRecepcion": NOBODY, "urlAutenticacion": "",
        });
        let issue = http.post(format!("{host}/api/emision/emisioncomprobantes"));
        let issue = issue.bearer_auth(told["token"].as_str().unwrap()).body(order.to_string());
        let issued: Value = read(issue.header("Content-Type", "application/json")).await;
        let all: Value = read(http.get(format!("{}/counterpart", simulator.management_url))).await;
        let sent = all["sent"].as_array().unwrap().last().unwrap();
        assert_eq!(sent["encf"], issued["encf"], "{issued}");
        BASE64.decode(sent["bytes"].as_str().unwrap().as_bytes()).unwrap()
    }

    async fn decide(&self, id: &InboxId, decision: Decision) {
        let given = (id, decision);
        let by = ("key".to_owned(), self.clock.now());
        let outlet = self.desk.outlet.clone();
        fiscal::decide(&self.desk.ledger, outlet, given, by).await.unwrap();
    }

    async fn inbox(&self, id: &InboxId) -> InboxDocument {
        let found = self.ledger().inbox_document(&self.desk.outlet.tenant, id).await;
        found.unwrap().unwrap()
    }

    /// Runs the agent until something holds of a document.
    async fn run_until(
        &self,
        id: &InboxId,
        holds: impl Fn(&InboxDocument) -> bool,
    ) -> InboxDocument {
        let settings = Settings { poll: Duration::from_millis(5), ..Settings::default() };
        let agent = Agent::new(self.shared_desks(), settings, Arc::new(Notify::new()));
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(agent.run(stopped));
        let since = Instant::now();
        let found = loop {
            let found = self.inbox(id).await;
            if holds(&found) {
                break found;
            }
            assert!(since.elapsed() < PATIENCE, "{:?} {:?}", found.summary, found.deliveries);
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        stop.send(true).unwrap();
        running.await.unwrap();
        found
    }

    async fn run_until_told(&self, id: &InboxId) -> InboxDocument {
        let is_told = |found: &InboxDocument| {
            found.deliveries.iter().all(|one| one.state != DeliveryState::ToSend)
        };
        self.run_until(id, is_told).await
    }

    /// Tells the directory where the counterpart takes approvals.
    async fn list_counterpart(&self, host: &str, authentication: &str) {
        let entry = json!({
            "rnc": COUNTERPART, "nombre": "DGII", "urlRecepcion": host, "urlAceptacion": host,
            "urlOpcional": authentication,
        });
        self.order("receivers", &entry).await;
    }

    async fn told_to_counterpart(&self) -> Vec<Value> {
        let url = format!("{}/counterpart", self.simulator.management_url);
        let all: Value = read(reqwest::Client::new().get(url)).await;
        all["approvals"].as_array().unwrap().clone()
    }
}

async fn read(request: reqwest::RequestBuilder) -> Value {
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

fn state(found: &InboxDocument, receiver: DecisionReceiver) -> (DeliveryState, String) {
    let found = found.deliveries.iter().find(|one| one.receiver == receiver).unwrap();
    (found.state, found.words.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_on_a_received_document_reaches_the_dgii_and_its_issuer() {
    let shop = Shop::new().await;
    for (index, (kind, decision)) in [
        ("31", Decision::Approved),
        ("31", Decision::Rejected("No pedimos esto.".to_owned())),
        ("44", Decision::Approved),
        ("33", Decision::Approved),
    ]
    .into_iter()
    .enumerate()
    {
        let id = shop.receive(kind).await;
        let accepted = decision == Decision::Approved;
        shop.decide(&id, decision).await;
        let found = shop.run_until_told(&id).await;
        let (authority, words) = state(&found, Authority);
        assert_eq!(authority, DeliveryState::Sent, "{kind}: {words}");
        assert!(words.contains("recibida"), "{words}");
        assert_eq!(state(&found, Issuer), (DeliveryState::Sent, String::new()), "{kind}");

        let registered = shop.list("approvals").await;
        assert_eq!(registered.len(), index + 1);
        let last = &registered[index];
        assert_eq!((&last["count"], &last["accepted"]), (&json!(1), &json!(accepted)));
        assert_eq!(last["encf"], found.summary.number.as_str());
        let bytes = BASE64.decode(last["bytes"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(Some(bytes), found.decision, "byte for byte");
        let told = shop.told_to_counterpart().await;
        assert_eq!((told.len(), &told[index]["accepted"]), (index + 1, &json!(accepted)));
    }
    shop.verify().await;
}

/// The word may have arrived: what leaves again are the same bytes, and one word stays one.
#[tokio::test(flavor = "multi_thread")]
async fn a_word_whose_answer_was_lost_leaves_again_byte_for_byte() {
    for (operation, receiver) in [("approval", Authority), ("counterpart_approval", Issuer)] {
        let shop = Shop::new().await;
        let id = shop.receive("31").await;
        shop.arm(operation, "lost_reply", 1).await;
        shop.decide(&id, Decision::Approved).await;
        let waits = |found: &InboxDocument| {
            let (state, words) = state(found, receiver);
            state == DeliveryState::ToSend && !words.is_empty() && words != "under way"
        };
        shop.run_until(&id, waits).await;
        shop.clock.advance(3_600 * SECOND);
        let found = shop.run_until_told(&id).await;
        for receiver in DecisionReceiver::ALL {
            assert_eq!(state(&found, receiver).0, DeliveryState::Sent, "{operation}");
        }
        let registered = shop.list("approvals").await;
        // A slow machine may lose an answer more; once over, it is not sent again.
        let least = if receiver == Authority { 2 } else { 1 };
        let times = registered[0]["count"].as_u64().unwrap();
        assert!(registered.len() == 1 && times >= least, "{operation}: {registered:?}");
        let bytes = BASE64.decode(registered[0]["bytes"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(Some(bytes), found.decision);
        assert_eq!(u64::try_from(shop.asked("approval").await).unwrap(), times, "{operation}");
        let told = shop.told_to_counterpart().await;
        assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dgiis_no_to_a_word_is_kept_in_its_words() {
    let shop = Shop::new().await;
    let id = shop.receive("31").await;
    // Somebody else acts for us, and our signer does no more.
    shop.order("delegations", &json!({"rnc": ISSUER, "person": "00100000027"})).await;
    shop.decide(&id, Decision::Approved).await;
    let found = shop.run_until_told(&id).await;
    let (authority, words) = state(&found, Authority);
    assert_eq!(authority, DeliveryState::Refused);
    assert!(words.contains("delegado"), "{words}");
    let (issuer, words) = state(&found, Issuer);
    assert_eq!((issuer, words.as_str()), (DeliveryState::Refused, "the authority refused it"));
    assert!(shop.told_to_counterpart().await.is_empty());
    assert_eq!(shop.asked("approval").await, 1, "a no is not asked for twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuers_no_and_its_silence_undo_nothing_at_the_dgii() {
    // Another system takes the approvals, and has sent us nothing.
    let shop = Shop::new().await;
    let source = shop.clock.clone();
    let clock = simulators::Clock::of(move || source.now().micros());
    let other = dom_ecf::start(dom_ecf::Options::new(clock, 9).calm()).await.unwrap();
    let host = format!("{}/testecf/emisorreceptor", other.url);
    shop.list_counterpart(&host, &host).await;
    let refused = shop.receive("31").await;
    shop.decide(&refused, Decision::Approved).await;
    let found = shop.run_until_told(&refused).await;
    assert_eq!(state(&found, Authority).0, DeliveryState::Sent);
    let (issuer, words) = state(&found, Issuer);
    assert_eq!(issuer, DeliveryState::Refused);
    assert!(words.contains("no existe"), "its own words: {words}");

    // One that never answers is given up after some days.
    shop.list_counterpart(NOBODY, "").await;
    let silent = shop.receive("31").await;
    shop.decide(&silent, Decision::Approved).await;
    let waits = |found: &InboxDocument| {
        let (state, words) = state(found, Issuer);
        state == DeliveryState::ToSend && !words.is_empty()
    };
    let found = shop.run_until(&silent, waits).await;
    assert_eq!(state(&found, Authority).0, DeliveryState::Sent);
    shop.clock.advance(4 * 24 * 3_600 * SECOND);
    let found = shop.run_until_told(&silent).await;
    assert_eq!(state(&found, Issuer).0, DeliveryState::Refused);
    assert_eq!(state(&found, Authority).0, DeliveryState::Sent);
    assert_eq!(shop.list("approvals").await.len(), 2, "the DGII has both, once");
    assert_eq!(shop.asked("approval").await, 2);
}

fn is_final(found: &InboxDocument) -> bool {
    found.summary.authority.state.is_final()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_dgii_says_of_a_received_document_is_asked_and_kept() {
    let shop = Shop::new().await;
    let id = shop.receive("31").await;
    let fresh = shop.inbox(&id).await.summary.authority;
    assert_eq!((fresh.state, fresh.asked), (AuthorityState::Unasked, 0));
    shop.arm("inquiry", "lost_reply", 1).await;
    let found = shop.run_until(&id, |found| found.summary.authority.asked == 1).await;
    assert_eq!(found.summary.authority.state, AuthorityState::Unasked, "it was not told");
    assert!(!found.summary.authority.words.is_empty());
    shop.clock.advance(60 * SECOND);
    let found = shop.run_until(&id, is_final).await;
    assert_eq!(found.summary.authority.state, AuthorityState::Accepted);
    assert_eq!(found.summary.authority.words, "Aceptado");
    // The last word is the last question.
    shop.clock.advance(40 * 24 * 3_600 * SECOND);
    let later = shop.ledger().inquiries_due(shop.clock.now(), 10).await.unwrap();
    assert!(later.is_empty(), "{later:?}");
    let told = shop.told("document.authority_accepted").await;
    assert_eq!((told.len(), &told[0]["document"]), (1, &json!(id.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_the_dgii_judges_late_or_rejects_is_known_as_such() {
    let shop = Shop::new().await;
    for (number, verdict) in [("E310000000001", "stuck"), ("E310000000002", "rejected")] {
        let verdict = json!({
            "environment": "testecf", "rnc": COUNTERPART, "encf": number, "verdict": verdict,
        });
        shop.order("verdicts", &verdict).await;
    }
    let late = shop.receive("31").await;
    let found = shop.run_until(&late, |found| found.summary.authority.asked > 0).await;
    assert_eq!(found.summary.authority.state, AuthorityState::NotFound);
    let release = json!({
        "environment": "testecf", "rnc": COUNTERPART, "encf": "E310000000001",
        "verdict": "released",
    });
    shop.order("verdicts", &release).await;
    shop.clock.advance(60 * SECOND);
    let found = shop.run_until(&late, is_final).await;
    assert_eq!(found.summary.authority.state, AuthorityState::Accepted);

    let rejected = shop.receive("31").await;
    // Its verdict is out after a moment.
    shop.clock.advance(60 * SECOND);
    let found = shop.run_until(&rejected, is_final).await;
    assert_eq!(found.summary.authority.state, AuthorityState::Rejected);
    assert_eq!(shop.told("document.authority_rejected").await.len(), 1);
}

/// Anybody may send anything: what the DGII never hears of is asked about ever more seldom, and in
/// the end no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_the_dgii_never_hears_of_is_forgotten_in_the_end() {
    let shop = Shop::new().await;
    let source = shop.clock.clone();
    let clock = simulators::Clock::of(move || source.now().micros());
    let other = dom_ecf::start(dom_ecf::Options::new(clock, 9).calm()).await.unwrap();
    let bytes = shop.issued_to_us(&other, "31").await;
    let (ledger, outlet) = (&shop.desk.ledger, shop.desk.outlet.clone());
    let reception = Reception::of_outlet(ledger, outlet.clone()).await.unwrap();
    fiscal::receive(&reception, bytes, None, shop.clock.now()).await.unwrap();
    let id = InboxId { outlet: outlet.id, sequence: 1 };
    for _ in 0..80 {
        let due = ledger.inquiries_due(shop.clock.now(), 10).await.unwrap();
        if due.is_empty() {
            shop.clock.advance(3_600 * SECOND);
        }
        for (_, id) in due {
            fiscal::ask_standing(&shop.desk, &id).await.unwrap();
        }
    }
    let first = shop.inbox(&id).await.summary.authority;
    assert_eq!(first.state, AuthorityState::NotFound);
    assert!((5..20).contains(&first.asked), "{first:?}");
    shop.clock.advance(31 * 24 * 3_600 * SECOND);
    fiscal::ask_standing(&shop.desk, &id).await.unwrap();
    shop.clock.advance(365 * 24 * 3_600 * SECOND);
    let due = ledger.inquiries_due(shop.clock.now(), 10).await.unwrap();
    assert!(due.is_empty(), "{due:?}");
}
