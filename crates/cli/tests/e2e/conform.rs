//! The certification of a taxpayer, walked before the simulator of the authority.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};
use simulators::dom_ecf::{self, Options};

use crate::ecf::{Desk, reference};
use crate::shop::output_json;

/// A set of our own: a minor expense, a small consumer invoice with its summary, an approval.
fn set() -> Value {
    let line = json!({
        "Version": "1.0", "RNCEmisor": "101000000", "RazonSocialEmisor": "Café & Pan",
        "DireccionEmisor": "Calle 1", "FechaEmision": "20-11-2026",
        "NumeroLinea[1]": "1", "IndicadorFacturacion[1]": "4", "NombreItem[1]": "Taxi",
        "IndicadorBienoServicio[1]": "2", "CantidadItem[1]": "1.00",
        "PrecioUnitarioItem[1]": "350.00", "MontoItem[1]": "350.00",
        "MontoExento": "350.00", "MontoTotal": "350.00", "DescripcionItem[1]": "#e",
    });
    let with = |more: Value| {
        let mut row = line.clone();
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let summary = json!({
        "Version": "1.0", "TipoeCF": "32", "ENCF": "E320000000007", "TipoIngresos": "01",
        "TipoPago": "1", "RNCEmisor": "101000000", "RazonSocialEmisor": "Café & Pan",
        "FechaEmision": "20-11-2026", "MontoExento": "350.00", "MontoTotal": "350.00",
    });
    let approval = json!({
        "Version": "1.0", "RNCEmisor": "101000001", "eNCF": "E310000000001",
        "FechaEmision": "20-11-2026", "MontoTotal": 350, "RNCComprador": "101000000",
        "Estado": 1, "FechaHoraAprobacionComercial": "20-11-2026 10:00:00",
    });
    json!({
        "ECF": [
            with(json!({
                "TipoeCF": "32", "ENCF": "E320000000007", "TipoIngresos": "01", "TipoPago": "1",
            })),
            with(json!({
                "TipoeCF": "43", "ENCF": "E430000000001",
                "FechaVencimientoSecuencia": "31-12-2028",
            })),
        ],
        "RFCE": [summary],
        "ACECF": [approval],
    })
}

fn desk(set: &Value) -> Desk {
    let desk = Desk::new();
    desk.write("set.json", &set.to_string());
    desk
}

fn walk(desk: &Desk, more: &[&str]) -> Output {
    let words = ["--json", "conform", "do", "--set", "set.json", "--p12", "signer.p12"];
    desk.run(&[&words[..], more].concat())
}

/// Document, number and state of every line.
fn lines(report: &Value) -> Vec<[&str; 3]> {
    let documents = report["documents"].as_array().unwrap().iter();
    let line = |line| ["document", "number", "state"].map(|key| text(line, key));
    documents.map(line).collect()
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap()
}

#[test]
fn a_set_is_walked_in_its_order_and_reported() {
    let desk = desk(&set());
    let report = output_json(&walk(&desk, &["--out", "signed", "--report", "report.json"]));
    assert_eq!(
        lines(&report),
        [
            ["43", "E430000000001", "accepted"],
            ["RFCE", "E320000000007", "accepted"],
            ["32", "E320000000007", "accepted"],
            ["ACECF", "E310000000001", "accepted"],
        ]
    );
    assert_eq!((&report["passed"], &report["simulated"]), (&true.into(), &true.into()));
    let documents = report["documents"].as_array().unwrap();
    assert_eq!(documents.iter().map(|line| line["step"].as_u64().unwrap()).sum::<u64>(), 9);
    assert_eq!(documents[1]["security_code"], documents[2]["security_code"]);
    assert!(report["remaining"].as_array().unwrap().len() > 5);
    let kept: Value = serde_json::from_slice(&fs::read(desk.path("report.json")).unwrap()).unwrap();
    assert_eq!(kept, report);

    let names = [
        "signed/101000000E430000000001.xml",
        "signed/101000000E320000000007.xml",
        "signed/RFCE-101000000E320000000007.xml",
        "signed/ACECF-101000000E310000000001.xml",
    ];
    assert!(desk.run(&[&["ecf", "verify"], &names[..]].concat()).status.success());
    let again = walk(&desk, &["--out", "signed"]);
    assert_eq!(again.status.code(), Some(1), "what was sent is not mixed with other documents");
}

#[test]
fn a_set_with_a_fault_is_not_sent() {
    for (pointer, value, told) in [
        ("/ECF/1/MontoTotal", "350.000", "/ECF/Encabezado/Totales/MontoTotal"),
        ("/RFCE/0/MontoExento", "349.00", "the summary is not that of its invoice"),
        ("/RFCE/0/ENCF", "E320000000008", "and not the invoice"),
        ("/ACECF/0/eNCF", "../E31", "no e-NCF"),
        ("/ECF/0/TipoeCF", "99", "type 99"),
    ] {
        let mut set = set();
        *set.pointer_mut(pointer).unwrap() = value.into();
        let desk = desk(&set);
        let output = walk(&desk, &["--out", "signed"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(told), "{told}: {output:?}");
        let kept = fs::read_dir(desk.path("signed")).map_or(0, Iterator::count);
        assert_eq!(kept, 0, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_ends_the_walk() {
    let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
    let simulator = dom_ecf::start(Options::new(clock, 5).calm()).await.unwrap();
    let desk = desk(&set());
    let url = simulator.url.clone();
    let there = ["--url", &*url, "--out"];
    let first = output_json(&walk(&desk, &[&there[..], &["first"]].concat()));
    assert_eq!(first["passed"], true);
    // The numbers are spent.
    let second = walk(&desk, &[&there[..], &["second"]].concat());
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let report: Value = serde_json::from_slice(&second.stdout).unwrap();
    let states: Vec<_> = lines(&report).iter().map(|line| line[2]).collect();
    assert_eq!(states, ["rejected", "not_sent", "not_sent", "not_sent"], "{report}");
    assert!(!report["documents"][0]["messages"].as_array().unwrap().is_empty());
    let approvals = [&there[..], &["third", "--step", "3"]].concat();
    assert_eq!(lines(&output_json(&walk(&desk, &approvals))).len(), 1);
    simulator.stop().await;
    let unreachable = walk(&desk, &[&there[..], &["fourth"]].concat());
    assert_eq!(unreachable.status.code(), Some(3), "{unreachable:?}");
}

/// Whoever sends again may spend a number twice: that is for a person to find out.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_answered_is_not_sent_again() {
    let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
    let simulator = dom_ecf::start(Options::new(clock, 6).calm()).await.unwrap();
    let desk = desk(&set());
    for (place, kind) in ["lost_request", "lost_reply", "server_error"].iter().enumerate() {
        let fault = json!({ "operation": "reception", "kind": kind, "count": 1 }).to_string();
        let arm = reqwest::Client::builder().no_proxy().build().unwrap();
        let arm = arm.post(format!("{}/faults", simulator.management_url));
        let arm = arm.header("Content-Type", "application/json").body(fault);
        assert!(arm.send().await.unwrap().status().is_success());
        let folder = format!("walk-{place}");
        let output = walk(&desk, &["--url", &simulator.url, "--out", &folder]);
        assert_eq!(output.status.code(), Some(1), "{kind}: {output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let states: Vec<_> = lines(&report).iter().map(|line| line[2]).collect();
        assert_eq!(states, ["unanswered", "not_sent", "not_sent", "not_sent"], "{kind}: {report}");
        assert_eq!(fs::read_dir(desk.path(&folder)).unwrap().count(), 1, "it is kept: {kind}");
    }
}

#[test]
fn the_certification_set_is_accepted() {
    let Some(set) = reference("certification_set.json") else {
        return println!("skipped: there is no reference folder");
    };
    let desk = Desk::new();
    fs::copy(set, desk.path("set.json")).unwrap();
    let report = output_json(&walk(&desk, &[]));
    let lines = lines(&report);
    let count = |kind: &str| lines.iter().filter(|line| line[0] == kind).count();
    assert_eq!([lines.len(), count("RFCE"), count("ACECF")], [25 + 4 + 11, 4, 11]);
    assert!(lines.iter().all(|line| line[2] == "accepted"), "{report:#}");
    let mut order: Vec<_> = lines.iter().map(|line| line[0]).collect();
    order.dedup();
    let wanted =
        ["31", "32", "41", "43", "44", "45", "46", "47", "33", "34", "RFCE", "32", "ACECF"];
    assert_eq!(order, wanted);
}
