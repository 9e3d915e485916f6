//! Independent judges: xmlsec1 for signatures, xmllint with the official schemas for structure, the
//! interoperability kit, and the list of crates for independence.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::documents::Sale;
use crate::reference::{self, Set};
use crate::taxpayer::{Receipt, Taxpayer};
use crate::wire::{Office, calm_options, codes};

/// Runs a program; nothing if it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    let done = Command::new(program).args(arguments).output();
    if done.is_err() {
        println!("skipped: there is no {program} here");
    }
    done.ok()
}

/// A folder for this test's files.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dom_ecf_{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn xmlsec1_verifies(name: &str, signed: &str) -> Option<bool> {
    let file = folder("xmlsec1").join(name);
    std::fs::write(&file, signed).unwrap();
    let done = run("xmlsec1", &["--verify", "--insecure", file.to_str().unwrap()])?;
    Some(done.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn xmlsec1_verifies_what_the_counterpart_signs() {
    let office = Office::calm().await;
    let taxpayer = Taxpayer::listening(Receipt::Signed);
    let host = "emisorreceptor";
    let seed = office.get(&format!("{host}/fe/autenticacion/api/semilla")).text;
    let path = format!("{host}/fe/autenticacion/api/validacioncertificado");
    let token = office.upload(&path, office.person.sign_seed(&seed).as_bytes()).json();
    let bearer = format!("Authorization: Bearer {}", token["token"].as_str().unwrap());
    let mut other = office;
    other.bearer = bearer;
    let signed = other.person.sign(&Sale::credit(1).xml());
    let receipt = other.upload(&format!("{host}/fe/recepcion/api/ecf"), signed.as_bytes()).text;
    let order = json!({"rnc": "131000009", "tipoEncf": "31", "urlRecepcion": taxpayer.url, "urlAutenticacion": taxpayer.url});
    let body = order.to_string();
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: application/json", length.as_str(), &other.bearer];
    let url = other.url(&format!("{host}/api/emision/emisioncomprobantes"));
    crate::wire::ask("POST", &url, &headers, body.as_bytes()).unwrap();
    let sent = other.look("/counterpart")["sent"][0]["bytes"].as_str().unwrap().to_owned();
    let sent = String::from_utf8(data_encoding::BASE64.decode(sent.as_bytes()).unwrap()).unwrap();
    for (name, signed) in [("own.xml", &signed), ("receipt.xml", &receipt), ("sent.xml", &sent)] {
        let Some(holds) = xmlsec1_verifies(name, signed) else { return };
        assert!(holds, "{name}: {signed}");
    }
    let altered = receipt.replacen("<Estado>0<", "<Estado>1<", 1);
    assert_eq!(xmlsec1_verifies("altered.xml", &altered), Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interoperability_kit_is_accepted() {
    let mut options = calm_options();
    // A day after the kit's certificate begins.
    options.clock = simulators::Clock::standing_at(crate::wire::NOON + 86_400_000_000);
    let office = Office::open(options, "testecf").await;
    for name in ["ecf31_signed_py.xml", "ecf31_signed_xmlsec1.xml"] {
        let Some(file) = reference::file(&format!("interop/{name}")) else { return };
        let result = office.result(&office.send(&std::fs::read_to_string(file).unwrap()));
        let is_first = name.contains("_py");
        assert_eq!(codes(&result), [if is_first { 0 } else { 1_209 }], "{name} {result}");
    }
}

/// Signed with the exclusive form, as one real issuer does and the DGII accepts.
#[tokio::test(flavor = "multi_thread")]
async fn an_exclusive_signature_of_xmlsec1_is_accepted() {
    let office = Office::calm().await;
    let folder = folder("exclusive");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (key, certificate) = (path("key.pem"), path("cert.pem"));
    std::fs::write(&key, office.person.key_pem()).unwrap();
    std::fs::write(&certificate, office.person.certificate_pem()).unwrap();
    let template = "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\
        <CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><SignatureMethod \
        Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><Reference URI=\"\"><Transforms>\
        <Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/></Transforms>\
        <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><DigestValue/></Reference>\
        </SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature></ECF>";
    let named = Sale::credit(1).xml().replacen(
        "<ECF>",
        "<ECF xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:a=\"urn:a\">",
        1,
    );
    std::fs::write(path("unsigned.xml"), named.replacen("</ECF>", template, 1)).unwrap();
    let keys = format!("{key},{certificate}");
    let signing =
        ["--sign", "--privkey-pem", &keys, "--output", &path("signed.xml"), &path("unsigned.xml")];
    let Some(done) = run("xmlsec1", &signing) else { return };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let signed = std::fs::read_to_string(path("signed.xml")).unwrap();
    let result = office.result(&office.send(&signed));
    assert_eq!(
        (result["estado"].as_str(), codes(&result)),
        (Some("Aceptado"), vec![0]),
        "{result}"
    );
}

/// The first row of a kind, ready to be signed.
fn sample(set: &Set, kind: &str) -> String {
    if kind == "RFCE" {
        let mut row = set.rows("RFCE")[0].clone();
        row["CodigoSeguridadeCF"] = json!("ABCDEF");
        return set.xml(kind, &row);
    }
    let row = set.rows("ECF").iter().find(|row| row["TipoeCF"] == kind).unwrap();
    let mut row: Value = row.clone();
    row["FechaHoraFirma"] = json!("20-11-2026 10:50:00");
    set.xml(kind, &row)
}

/// One change to a document, and its name: a leaf removed, doubled, given another value, or followed
/// by a stranger.
fn mutations(xml: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(start) = xml[rest..].find('<').map(|at| at + rest) {
        let end = xml[start..].find('>').unwrap() + start;
        let name = &xml[start + 1..end];
        rest = end + 1;
        let close = format!("</{name}>");
        let Some(length) = xml[rest..].find(&close) else { continue };
        let (inside, whole) = (&xml[rest..rest + length], &xml[start..rest + length + close.len()]);
        if name.starts_with('/') || inside.contains('<') {
            continue;
        }
        let mut add = |with: String| {
            found.push((format!("{name} -> {with}"), xml.replacen(whole, &with, 1)));
        };
        add(String::new());
        add(whole.repeat(2));
        for value in VALUES {
            add(format!("<{name}>{value}{close}"));
        }
        add(format!("{whole}<Nada>1</Nada>"));
    }
    found
}

/// One mutation in so many is tried: all sixteen thousand take a minute, and agreed.
const EVERY: usize = 13;

/// What leaves are given.
const VALUES: [&str; 14] = [
    "",
    "0",
    "-1",
    "1",
    "999",
    "1.123",
    "x",
    "00",
    "31-13-2020",
    "1.0",
    "1.",
    "E310000000001",
    "010100",
    "12345678901234567890123",
];

/// Which of these documents xmllint finds valid.
fn valid_by_schema(schema: &Path, documents: &[String], folder: &Path) -> Option<Vec<bool>> {
    let mut arguments =
        vec!["--noout".to_owned(), "--schema".into(), schema.to_str().unwrap().into()];
    for (place, document) in documents.iter().enumerate() {
        let file = folder.join(format!("{place}.xml"));
        std::fs::write(&file, document).unwrap();
        arguments.push(file.to_str().unwrap().into());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = String::from_utf8_lossy(&run("xmllint", &arguments)?.stderr).into_owned();
    let validates = |place| said.contains(&format!("/{place}.xml validates"));
    Some((0..documents.len()).map(validates).collect())
}

/// Which of these documents break the structure in the simulator's eyes: those with code 3.
fn valid_by_simulator(office: &Office, kind: &str, documents: &[String]) -> Vec<bool> {
    let path = match kind {
        "RFCE" => "recepcionfc/api/recepcion/ecf",
        _ => "recepcion/api/facturaselectronicas",
    };
    for document in documents {
        assert_eq!(office.upload(path, document.as_bytes()).status, 200);
    }
    let arrivals = office.look("/arrivals");
    let is_broken = |arrival: &Value| {
        let messages = arrival["verdict"]["messages"].as_array().unwrap();
        messages.iter().any(|message| message["codigo"] == 3)
    };
    arrivals.as_array().unwrap().iter().map(|arrival| !is_broken(arrival)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_structure_is_judged_as_the_official_schemas_do() {
    let Some(set) = Set::read() else { return };
    let mut report = String::new();
    let mut judged = 0;
    for kind in ["31", "32", "33", "34", "41", "43", "44", "45", "46", "47", "RFCE"] {
        let name = if kind == "RFCE" { "RFCE 32".to_owned() } else { format!("e-CF {kind}") };
        let Some(schema) = reference::file(&format!("xsd/patched/{name} v.1.0.xsd")) else {
            return;
        };
        let whole = sample(&set, kind);
        let office = Office::calm().await;
        let mutations: Vec<_> = mutations(&whole).into_iter().step_by(EVERY).collect();
        let documents: Vec<String> =
            mutations.iter().map(|(_, each)| office.person.sign(each)).collect();
        let Some(valid) = valid_by_schema(&schema, &documents, &folder(&format!("schema_{kind}")))
        else {
            return;
        };
        judged += documents.len();
        let ours = valid_by_simulator(&office, kind, &documents);
        assert_eq!(ours.len(), valid.len());
        for (((name, _), valid), ours) in mutations.iter().zip(valid).zip(ours) {
            if ours != valid {
                let _written = writeln!(report, "{kind}: xmllint {valid}, {name}");
            }
        }
    }
    assert!(judged > 1_000, "{judged}");
    assert!(report.is_empty(), "of {judged}:\n{report}");
}

/// Rule 2 of this crate: none of the product's own crates is used.
#[test]
fn none_of_the_products_crates_is_used() {
    let manifest = include_str!("../../Cargo.toml");
    for ours in
        ["agent", "authorities", "fiscal", "invoice", "ledger", "receipts", "server", "signing"]
    {
        let is_named = |line: &str| {
            line.split(['.', ' ', '=']).next() == Some(ours)
                || line.contains(&format!("crates/{ours}"))
        };
        assert!(!manifest.lines().any(is_named), "{ours}");
    }
}
