//! Every fault over a real socket: what the client saw, and what the authority did.

use std::time::{Duration, Instant};

use simulators::dom_ecf::Options;
use simulators::{Clock, Faults};

use crate::documents::Sale;
use crate::wire::{NOON, Office};

const RECEPTION: &str = "recepcion/api/facturaselectronicas";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_request_changed_nothing() {
    let office = Office::calm().await;
    office.arm("reception", "lost_request");
    let signed = office.person.sign(&Sale::credit(1).xml());
    assert!(office.try_upload(RECEPTION, signed.as_bytes()).is_none());
    assert_eq!(office.count("/arrivals"), 0);
    assert_eq!(office.result(&office.send(&signed))["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_has_committed_and_the_track_id_can_be_asked_for() {
    let office = Office::calm().await;
    office.arm("reception", "lost_reply");
    let signed = office.person.sign(&Sale::credit(1).xml());
    assert!(office.try_upload(RECEPTION, signed.as_bytes()).is_none());
    let path = "consultatrackids/api/trackids/consulta?rncemisor=101000000&encf=E310000000001";
    let list = office.get(path).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(office.result(list[0]["trackId"].as_str().unwrap())["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_of_a_summary_is_found_by_its_code() {
    let office = Office::calm().await;
    office.arm("summary", "lost_reply");
    let signed = office.person.sign(&Sale::consumer(1, 1).summary("ABCDEF"));
    assert!(office.try_upload("recepcionfc/api/recepcion/ecf", signed.as_bytes()).is_none());
    let path = "consultarfce/api/consultas/consulta?rnc_emisor=101000000&encf=E320000000001\
                &cod_seguridad_ecf=ABCDEF";
    assert_eq!(office.get(path).json()["estado"], "Aceptado");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_answers_for_the_second() {
    let office = Office::calm().await;
    office.arm("reception", "duplicate");
    let track_id = office.send(&office.person.sign(&Sale::credit(1).xml()));
    let result = office.result(&track_id);
    assert_eq!(result["mensajes"][0]["codigo"], 1_209, "the trackId is that of the duplicate");
    assert_eq!(office.count("/registered"), 1);
    assert_eq!(office.count("/arrivals"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_come_before_any_processing() {
    let office = Office::calm().await;
    let signed = office.person.sign(&Sale::credit(1).xml());
    office.arm("reception", "server_error");
    let reply = office.upload(RECEPTION, signed.as_bytes());
    assert!((500..=503).contains(&reply.status) && reply.text.contains("<html>"));
    office.arm("reception", "unauthorised");
    assert_eq!(office.upload(RECEPTION, signed.as_bytes()).status, 401);
    office.arm("reception", "processing_error");
    let reply = office.upload(RECEPTION, signed.as_bytes());
    assert_eq!(reply.status, 500);
    assert!(reply.json()["mensaje"].is_string(), "{}", reply.text);
    assert_eq!(office.count("/arrivals"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reply_comes_all_the_same() {
    let office = Office::calm().await;
    office.arm("directory", "slow");
    let start = Instant::now();
    assert_eq!(office.get("consultadirectorio/api/consultas/listado").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_armed_fault_waits_for_its_operation_and_calm_disarms() {
    let office = Office::calm().await;
    office.arm("annulment", "lost_request");
    assert_eq!(office.judge(&Sale::credit(1).xml())["codigo"], "1");
    office.manage("/faults/calm", &serde_json::json!({}));
    let reply = office.upload("anulacionrangos/api/operaciones/anularrango", b"<x/>");
    assert_eq!(reply.status, 400);
}

/// What every fiftieth-or-so request met, for one seed.
async fn faults_of(seed: u64) -> Vec<String> {
    let office = Office::open(Options::new(Clock::standing_at(NOON), seed), "testecf").await;
    for _ in 0..120 {
        let _any = office.try_get("consultadirectorio/api/consultas/listado");
    }
    let requests = office.look("/requests");
    let lists = requests.as_array().unwrap().iter().filter(|each| each["operation"] == "directory");
    lists.map(|each| each["fault"].to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_is_hostile_and_the_seed_decides() {
    let (first, again, other) = (faults_of(7).await, faults_of(7).await, faults_of(8).await);
    let struck = first.iter().filter(|fault| *fault != "null").count();
    assert!((1..=20).contains(&struck), "{struck} of 120");
    assert_eq!(first, again);
    assert_ne!(first, other);
}

/// Asks until an answer comes that is not a fault's.
fn persist<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    (0..200).find_map(|_| attempt()).expect("not every attempt fails")
}

/// Sends a document the way a careful client does: before any second attempt it asks for the
/// trackIds.
fn issue(office: &Office, sale: &Sale) {
    let signed = office.person.sign(&sale.xml());
    let known =
        format!("consultatrackids/api/trackids/consulta?rncemisor=101000000&encf={}", sale.encf());
    let list = |office: &Office| {
        let reply = persist(|| office.try_get(&known).filter(|reply| reply.status == 200));
        reply.json().as_array().unwrap().clone()
    };
    while list(office).is_empty() {
        let _maybe_lost = office.try_upload(RECEPTION, signed.as_bytes());
    }
    persist(|| {
        list(office).into_iter().find(|each| each["estado"] == "Aceptado").or_else(|| {
            office.pass(1);
            None
        })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_sixty_invoices_with_faults_at_every_step_are_registered_once_each() {
    let mut options = Options::new(Clock::standing_at(NOON), 3);
    options.faults = Faults { slow: 0, ..Faults::at(400) };
    let office = Office::open(options, "testecf").await;
    for sequence in 1..=60 {
        issue(&office, &Sale::credit(sequence));
    }
    let registered = office.look("/registered");
    let numbers = registered.as_array().unwrap().iter();
    let numbers: Vec<&str> = numbers.map(|each| each["encf"].as_str().unwrap()).collect();
    let expected: Vec<String> = (1..=60).map(|sequence| Sale::credit(sequence).encf()).collect();
    assert_eq!(numbers, expected);
}
