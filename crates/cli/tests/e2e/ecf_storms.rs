//! A thousand e-CFs while one request in ten meets a fault; and some while the server is killed.
//! Each e-NCF is registered once, with the bytes that were signed, and nothing is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use fiscal::Chance;
use serde_json::{Value, json};
use simulators::Faults;
use simulators::dom_ecf::{self, Options, Running};

use crate::shop::{Shop, output_json, stalela, store};
use crate::storms::{PATIENCE, all_invoices, issue_draft, open_submissions};

/// Ten tills issue a hundred each.
const TILLS: usize = 10;
/// Each till sends one request in so many twice.
const REPEAT_EACH: usize = 7;
const TAX_ID: &str = "101000015";
/// The types that are issued: tax credit and consumer invoices, debit and credit notes.
const TYPES: [&str; 4] = ["31", "32", "33", "34"];
/// Until then all numbers are good while one tries (Informe Técnico e-CF, 2026).
const EXPIRY: [&str; 2] = ["--expires-on", "2028-12-31"];

#[tokio::test(flavor = "multi_thread")]
async fn e_cfs_of_each_type_are_registered_once_on_a_calm_day() {
    let shop = shop(Options::calm).await;
    shop.start();
    for till in tills(&shop, 2, 10, &Arc::default()) {
        till.await.unwrap();
    }
    all_is_well(&shop, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_thousand_e_cfs_with_faults_at_every_tenth_request() {
    let shop = shop(stormy).await;
    shop.start();
    for till in tills(&shop, TILLS, 100, &Arc::default()) {
        till.await.unwrap();
    }
    all_is_well(&shop, 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_e_cfs_while_the_server_is_killed_ten_times() {
    const KILLS: usize = 10;
    let shop = shop(stormy).await;
    shop.start();
    let issued = Arc::new(AtomicUsize::new(0));
    let tills = tills(&shop, TILLS, 20, &issued);
    let chance = Chance::seeded(7);
    for kill in 1..=KILLS {
        // So that some invoices meet each.
        while issued.load(Ordering::SeqCst) < kill * TILLS * 20 / (KILLS + 2) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
        shop.kill();
        shop.start();
    }
    for till in tills {
        till.await.unwrap();
    }
    all_is_well(&shop, TILLS * 20).await;
}

fn stormy(mut options: Options) -> Options {
    options.faults = Faults::at(100);
    options
}

pub(crate) async fn shop(change: impl FnOnce(Options) -> Options) -> Arc<Shop<Running>> {
    let folder = tempfile::tempdir().unwrap();
    let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
    let simulator = dom_ecf::start(change(Options::new(clock, 31))).await.unwrap();
    let (tenant, outlet) = set_up(folder.path(), &simulator);
    Arc::new(Shop::open(folder, simulator, (&tenant, outlet)))
}

/// The outlet, with a certificate that nobody gave, and numbers of each type.
fn set_up(folder: &Path, simulator: &Running) -> (String, String) {
    make_taxpayer_key(folder);
    let key = format!("file:{}", folder.join("keys/outlet.pem").display());
    assert!(stalela(&["keys", "new", &key]).status.success());
    let path = |name: &str| folder.join(name).display().to_string();
    let outlet = json!({
        "tenant": "Tienda Central",
        "taxpayer": { "tax_id": TAX_ID, "name": "TIENDA CENTRAL SRL", "address": "Av. Principal 1" },
        "code": "SD01", "name": "Santo Domingo", "address": "Av. Principal 1",
        "city": "Santo Domingo", "zone": "America/Santo_Domingo",
        "authority": "dom/ecf", "environment": "test", "key_uri": key,
        "settings": {
            "taxpayer_key": format!("file:{}", path("taxpayer.pem")),
            "taxpayer_certificate": path("taxpayer.crt.pem"),
            "wire": { "base_url": simulator.url },
        },
    });
    fs::write(path("outlet.json"), outlet.to_string()).unwrap();
    let store = store(folder);
    let create = ["--json", "outlet", "create", &path("outlet.json"), "--store", &store];
    let made = output_json(&stalela(&create));
    let text = |key: &str| made[0][key].as_str().unwrap().to_owned();
    for kind in TYPES {
        let (first, last) = (format!("E{kind}0000000001"), format!("E{kind}0000002000"));
        let numbers = ["--kind", kind, "--first", &first, "--last", &last];
        let add = ["sequence", "add", &text("id"), "--store", &store];
        // Those of consumer invoices and of credit notes do not expire (Formato e-CF).
        let expiry = if matches!(kind, "32" | "34") { &[][..] } else { &EXPIRY };
        let added = stalela(&[&add[..], &numbers, expiry].concat());
        assert!(added.status.success(), "{added:?}");
    }
    (text("tenant"), text("id"))
}

fn make_taxpayer_key(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"])
        .args(["-keyout", "taxpayer.pem", "-out", "taxpayer.crt.pem"])
        .args(["-subj", "/C=DO/CN=PERSONA DE PRUEBA/serialNumber=IDCDO-00100000019"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::set_permissions(folder.join("taxpayer.pem"), Permissions::from_mode(0o600)).unwrap();
}

fn tills(
    shop: &Arc<Shop<Running>>,
    tills: usize,
    each: usize,
    issued: &Arc<AtomicUsize>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let till = |till| {
        let (shop, issued) = (Arc::clone(shop), Arc::clone(issued));
        tokio::spawn(async move {
            let mut original = None;
            for number in 0..each {
                let key = format!("ecf-{till}-{number}");
                let draft = draft(number, original.as_deref()).to_string();
                let id = issue_draft(&shop, &key, &draft).await;
                if number.is_multiple_of(REPEAT_EACH) {
                    let again = issue_draft(&shop, &key, &draft).await;
                    assert_eq!(again, id, "one key, one invoice");
                }
                if draft.contains("tax_credit_invoice") {
                    original = Some(id);
                }
                issued.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    (0..tills).map(till).collect()
}

/// Of ten, four are for companies, four small ones for consumers, and two correct the last of the
/// former.
pub(crate) fn draft(number: usize, original: Option<&str>) -> Value {
    let (kind, quantity) = match number % 10 {
        3 | 5 | 7 | 9 => ("consumer_invoice", "3"),
        4 => ("credit_note", "2"),
        8 => ("debit_note", "1"),
        _ => ("tax_credit_invoice", "120"),
    };
    let company = json!({
        "kind": "company", "name": "Ferretería Ozama SRL", "tax_id": "131888888",
        "address": "Av. España 55, Santo Domingo Este",
    });
    let is_consumers = kind == "consumer_invoice";
    let mut draft = json!({
        "kind": kind, "prices": "tax_excluded", "operator": { "id": "4", "name": "Yesenia R." },
        "customer": if is_consumers { json!({ "kind": "consumer" }) } else { company },
        "lines": [{
            "code": "CEM-94", "kind": "goods", "name": "Cemento gris 94 lb", "unit": "Saco",
            "quantity": quantity, "unit_price": "515", "tax_group": "itbis_18",
        }],
    });
    if kind.ends_with("_note") {
        let original = json!({ "id": original.unwrap() });
        draft["credit"] = json!({ "nature": "amount_correction", "original": original });
        draft["do"] = json!({ "reference": { "reason": "Sacos mal contados" } });
    }
    draft
}

async fn all_is_well(shop: &Shop<Running>, issued: usize) {
    wait_until_nothing_is_open(shop).await;
    let numbers = numbers(shop).await;
    assert_eq!(numbers.len(), issued, "each draft made one invoice");
    for kind in TYPES {
        let of_kind: Vec<&String> =
            numbers.iter().filter(|number| number[1..].starts_with(kind)).collect();
        let expected: Vec<String> =
            (1..=of_kind.len()).map(|number| format!("E{kind}{number:010}")).collect();
        assert!(!of_kind.is_empty() && of_kind.into_iter().eq(&expected), "1 to n, each once");
    }
    let report = shop.verify();
    assert_eq!(report["outlets"][0]["sealed"], issued);
    assert_eq!(report["outlets"][0]["unanswered"], 0);
    shop.kill();
    registered_as_stored(shop, &numbers).await;
}

async fn wait_until_nothing_is_open(shop: &Shop<Running>) {
    let start = Instant::now();
    loop {
        let open = open_submissions(shop).await;
        if open.is_empty() {
            return;
        }
        // Neither mends by itself.
        let lost = |row: &&String| row.starts_with("refused") || row.starts_with("unanswered");
        assert_eq!(open.iter().find(lost), None);
        assert!(start.elapsed() < PATIENCE, "left: {open:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn numbers(shop: &Shop<Running>) -> BTreeSet<String> {
    let invoices = all_invoices(shop).await;
    let odd = invoices.iter().find(|invoice| invoice["state"] != "acknowledged");
    assert_eq!(odd, None);
    let numbers = invoices.iter().map(|invoice| invoice["number"].as_str().unwrap().to_owned());
    let once: BTreeSet<String> = numbers.collect();
    assert_eq!(once.len(), invoices.len(), "no number twice");
    once
}

/// The authority has each number once, and of it what we signed, byte for byte. A document may come
/// twice, but never two documents of one number.
async fn registered_as_stored(shop: &Shop<Running>, numbers: &BTreeSet<String>) {
    let stored = stored(shop.folder.path());
    let management = &shop.simulator.management_url;
    let registered = shop.listed(format!("{management}/registered")).await;
    assert_eq!(registered.len(), numbers.len(), "each registered once");
    let encf = |row: &Value| row["encf"].as_str().unwrap().to_owned();
    assert_eq!(&registered.iter().map(encf).collect::<BTreeSet<_>>(), numbers);
    let arrivals = shop.listed(format!("{management}/arrivals")).await;
    for row in registered.iter().chain(&arrivals) {
        let came = BASE64.decode(row["bytes"].as_str().unwrap().as_bytes()).unwrap();
        let is_summary = row["channel"] == "summary";
        assert_eq!(is_summary, encf(row).starts_with("E32"));
        let root = if is_summary { "RFCE" } else { "ECF" };
        assert_eq!(stored[&(encf(row), root)].as_bytes(), came, "{}", encf(row));
    }
    println!("{} registered, {} arrived", registered.len(), arrivals.len());
}

/// The documents that the store keeps, by number and root element.
fn stored(folder: &Path) -> BTreeMap<(String, &'static str), String> {
    let only_read = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let store = rusqlite::Connection::open_with_flags(store(folder), only_read).unwrap();
    let query = "SELECT invoices.number, entries.elements FROM entries
                 JOIN invoices USING (outlet, invoice) WHERE entries.elements IS NOT NULL";
    let mut statement = store.prepare(query).unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut stored = BTreeMap::new();
    for row in rows {
        let (number, elements): (String, Vec<u8>) = row.unwrap();
        let elements: Value = serde_json::from_slice(&elements).unwrap();
        let Some(document) = elements["document"].as_str() else { continue };
        let roots = ["ECF", "RFCE"].into_iter();
        for root in roots.filter(|root| document.contains(&format!("<{root}>"))) {
            let before = stored.insert((number.clone(), root), document.to_owned());
            assert_eq!(before, None, "one document of {number}");
        }
    }
    stored
}
