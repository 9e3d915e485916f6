//! Between taxpayers (Informe Técnico e-CF, comunicación emisor-receptor): others' clients knock at
//! the real server.

mod paper;
mod told;
mod trade;
mod words;

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use serde_json::{Value, json};
use simulators::dom_ecf::{Awkwardness, Options};

use crate::shop::{output_json, stalela};
use trade::{CUSTOMER, TAX_ID, Trade, person};

/// The DGII's counterpart.
const COUNTERPART: &str = "401506254";
/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// Enough for every shape, with a chance of one in six each.
const DOCUMENTS: usize = 24;

/// A file holds a signature that we and, where it is here, xmlsec1 confirm.
fn verified(file: &Path) -> Value {
    let name = file.to_str().unwrap();
    match Command::new("xmlsec1").args(["--verify", "--insecure", name]).output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => println!("skipped: there is no xmlsec1"),
    }
    let told = output_json(&stalela(&["--json", "ecf", "verify", name]));
    assert_eq!(told["files"][0]["holds"], true, "{told}");
    told["files"][0].clone()
}

async fn kinds_of_events(trade: &Trade) -> Vec<String> {
    let events = trade.get("/v1/events").await;
    let items = events["items"].as_array().unwrap();
    items.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dgiis_counterpart_sends_a_document_and_records_its_acknowledgement() {
    let trade = Trade::new().await;
    let sent = trade.order_document().await;
    assert_eq!(sent["estado"], "e-CF Recibido", "{sent}");

    let listed = trade.ask_json(&["inbox", "list"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    let row = &listed["items"][0];
    assert_eq!((&row["number"], &row["issuer_tax_id"]), (&sent["encf"], &json!(COUNTERPART)));
    let id = row["id"].as_str().unwrap();
    let file = |which: &str| trade.ask(&["inbox", "show", id, "--file", which]).stdout;
    let counterpart = trade.counterpart().await;
    let bytes = counterpart["sent"][0]["bytes"].as_str().unwrap();
    assert_eq!(file("document"), BASE64.decode(bytes.as_bytes()).unwrap());
    assert_eq!(counterpart["sent"][0]["standing"], 0);
    fs::write(trade.path("receipt.xml"), file("receipt")).unwrap();
    assert_eq!(verified(&trade.path("receipt.xml"))["kind"], "ARECF");
    assert_eq!(kinds_of_events(&trade).await, ["document.received"]);
}

/// The motives of the Formato Acuse de Recibo.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_not_received_for_its_motive_and_not_kept() {
    let trade = Trade::new().await;
    assert_eq!(trade.order_document().await["estado"], "e-CF Recibido");
    for (flaw, motives) in [
        ("specification", ["Motivo 1"].as_slice()),
        ("signature", &["Motivo 2"]),
        // A signature is an element that the schema wants.
        ("unsigned", &["Motivo 1", "Motivo 2"]),
        ("buyer", &["Motivo 4"]),
    ] {
        trade.manage("/flaws", &json!({ "flaw": flaw })).await;
        let sent = trade.order_document().await;
        assert_eq!(sent["estado"], "e-CF No Recibido", "{flaw}: {sent}");
        let motive = sent["mensajes"][0].as_str().unwrap();
        assert!(motives.contains(&motive), "{flaw}: {motive}");
    }
    let right = trade.order_document().await;
    trade.manage("/flaws", &json!({ "flaw": "duplicate" })).await;
    // Signed in the same second it would be the same file, and that is sent again, not a duplicate.
    trade.manage("/clock", &json!({ "advance_seconds": 1 })).await;
    let duplicate = trade.order_document().await;
    assert_eq!((&duplicate["encf"], &right["estado"]), (&right["encf"], &json!("e-CF Recibido")));
    assert_eq!(duplicate["mensajes"], json!(["Motivo 3"]), "{duplicate}");
    let listed = trade.ask_json(&["inbox", "list"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "{listed}");
}

/// Byte order marks, no declaration, indented files, raw bodies, an accented path.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_really_send_is_received() {
    let shapes = Awkwardness { sender_shapes: true, ..Awkwardness::none() };
    let trade = Trade::beside(|options| Options { awkward: shapes, ..options }).await;
    for _ in 0..DOCUMENTS {
        let sent = trade.order_document().await;
        assert_eq!(sent["estado"], "e-CF Recibido", "{sent}");
    }
    let listed = trade.ask_json(&["inbox", "list"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(DOCUMENTS), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_decides_on_what_came_at_the_command_line() {
    let trade = Trade::new().await;
    assert_eq!(output_text(&trade.ask(&["inbox", "list"])), "nothing was received\n");
    for _ in 0..2 {
        trade.order_document().await;
    }
    let page = trade.ask_json(&["inbox", "list", "--limit", "1"]);
    let newest = page["items"][0]["id"].as_str().unwrap();
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = trade.ask_json(&["inbox", "list", "--limit", "1", "--cursor", cursor]);
    let oldest = page["items"][0]["id"].as_str().unwrap();
    assert_ne!(newest, oldest);

    let undecided = trade.ask(&["inbox", "show", newest, "--file", "decision"]);
    assert_eq!(undecided.status.code(), Some(1));
    let approved = output_text(&trade.ask(&["inbox", "approve", newest]));
    assert!(approved.contains("approved") && approved.contains("issuer"), "{approved}");
    let reject = ["inbox", "reject", oldest, "--reason", "No pedimos esto."];
    assert_eq!(trade.ask_json(&reject)["state"], "rejected");
    let again = trade.ask(&[&["--json"], &reject[..]].concat());
    let problem: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((again.status.code(), &problem["code"]), (Some(1), &json!("document_decided")));
    let shown = output_text(&trade.ask(&["inbox", "show", oldest]));
    assert!(shown.contains("rejected") && shown.contains("No pedimos esto."), "{shown}");
    let decision = trade.ask(&["inbox", "show", newest, "--file", "decision"]).stdout;
    fs::write(trade.path("decision.xml"), decision).unwrap();
    assert_eq!(verified(&trade.path("decision.xml"))["kind"], "ACECF");
}

fn output_text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counterparts_word_on_what_we_issued_is_kept_and_told() {
    let trade = Trade::new().await;
    let numbers = [trade.issue(), trade.issue()].map(|invoice| invoice["number"].clone());
    assert_eq!(numbers, ["E310000000001", "E310000000002"]);
    wait_for_counterpart(&trade, numbers.len()).await;
    let door = trade.door();
    for (number, standing) in numbers.iter().zip(["1", "2"]) {
        let order = json!({
            "rnc": TAX_ID, "encf": number, "estadoAprobacion": standing,
            "urlAprobacionComercial": door, "urlAutenticacion": door,
        });
        let (status, sent) = trade.order("envioaprobacioncomercial", &order).await;
        assert_eq!(status, 200, "{sent}");
    }
    let kinds = kinds_of_events(&trade).await;
    for kind in ["invoice.buyer_approved", "invoice.buyer_rejected"] {
        assert_eq!(kinds.iter().filter(|told| *told == kind).count(), 1, "{kind}: {kinds:?}");
    }
}

/// Until the counterpart has received so many documents of ours.
async fn wait_for_counterpart(trade: &Trade, count: usize) {
    let since = Instant::now();
    while trade.counterpart().await["received"].as_array().unwrap().len() < count {
        assert!(since.elapsed() < PATIENCE, "the counterpart never got them");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Clients send a file behind its head, and keep their connections: one that is sent away for want of
/// a token asks for its seed on the same one.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_sent_away_can_go_on_on_its_connection() {
    let trade = Trade::new().await;
    let door = trade.door();
    let (host, path) = door.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut line = BufReader::new(TcpStream::connect(host).unwrap());
    for service in ["recepcion/api/ecf", "aprobacioncomercial/api/ecf"] {
        let head =
            format!("POST /{path}/fe/{service} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n");
        write!(line.get_mut(), "{head}\r\n").unwrap();
        // It is not answered while its file is on the way.
        line.get_ref().set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let early = line.fill_buf().map(<[u8]>::len).map_err(|error| error.kind());
        assert_eq!(early, Err(ErrorKind::WouldBlock), "{service}");
        line.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        write!(line.get_mut(), "file").unwrap();
        assert!(answered(&mut line).contains(" 401 "), "{service}");
        let seed = format!("GET /{path}/fe/autenticacion/api/semilla HTTP/1.1\r\nHost: x\r\n\r\n");
        line.get_mut().write_all(seed.as_bytes()).unwrap();
        assert!(answered(&mut line).contains(" 200 "), "{service}");
    }
}

/// The first line of an answer, which is read to its end.
fn answered(line: &mut BufReader<TcpStream>) -> String {
    let (mut first, mut length) = (String::new(), 0);
    line.read_line(&mut first).unwrap();
    loop {
        let mut header = String::new();
        line.read_line(&mut header).unwrap();
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.trim().is_empty() {
            break;
        }
    }
    line.read_exact(&mut vec![0; length]).unwrap();
    first
}

/// The npm package `dgii-ecf` is found through `NODE_PATH`, the folder `node_modules` of an
/// installation.
#[tokio::test(flavor = "multi_thread")]
async fn the_npm_client_sends_a_document_and_an_approval() {
    let node_path = std::env::var_os("NODE_PATH").unwrap_or_default();
    if !std::env::split_paths(&node_path).any(|folder| folder.join("dgii-ecf").is_dir()) {
        return println!("skipped: there is no npm package dgii-ecf in NODE_PATH");
    }
    let trade = Trade::new().await;
    let invoice = trade.issue();
    let issued = json!({
        "tax_id": TAX_ID, "buyer": CUSTOMER, "number": invoice["number"],
        "issued_on": invoice["issued_on"], "total": invoice["totals"]["total"],
    });
    fs::write(trade.path("issued.json"), issued.to_string()).unwrap();
    person(trade.folder.path(), "sender", "00100000002");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/knock.cjs");
    let mut client = Command::new("node");
    client.arg(driver).arg(trade.door());
    let files = ["sender.pem", "sender.crt", "issued.json", "."];
    let output = client.args(files).current_dir(&trade.folder).output().unwrap();
    let (said, complained) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}{complained}", String::from_utf8_lossy(said));

    for file in ["sent.xml", "receipt.xml", "duplicate.xml"] {
        verified(&trade.path(file));
    }
    let listed = trade.ask_json(&["inbox", "list"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    let shown = trade.ask_json(&["inbox", "show", listed["items"][0]["id"].as_str().unwrap()]);
    assert_eq!((&shown["sender"], &shown["total"]), (&json!("00100000002"), &json!("118.00")));
    for (file, member) in [("sent.xml", "document"), ("receipt.xml", "receipt")] {
        let text = fs::read_to_string(trade.path(file)).unwrap();
        assert_eq!(shown[member].as_str(), Some(&*text), "{member}");
    }
    let kinds = kinds_of_events(&trade).await;
    assert!(kinds.contains(&"invoice.buyer_approved".to_owned()), "{kinds:?}");
}
