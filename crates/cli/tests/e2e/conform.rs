//! The certification of a taxpayer, walked before the simulator of the authority.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use simulators::dom_ecf::{self, Options, Running};

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

/// The steps of the set.
fn walk(desk: &Desk, more: &[&str]) -> Output {
    walk_all(desk, &[&["--step", "2,3"][..], more].concat())
}

fn walk_all(desk: &Desk, more: &[&str]) -> Output {
    let words = ["--json", "conform", "do", "--set", "set.json", "--p12", "signer.p12"];
    desk.run(&[&words[..], more].concat())
}

async fn simulator(seed: u64) -> Running {
    let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
    dom_ecf::start(Options::new(clock, seed).calm()).await.unwrap()
}

async fn arm(simulator: &Running, operation: &str, kind: &str) {
    let fault = json!({ "operation": operation, "kind": kind, "count": 1 }).to_string();
    let arm = reqwest::Client::builder().no_proxy().build().unwrap();
    let arm = arm.post(format!("{}/faults", simulator.management_url));
    let arm = arm.header("Content-Type", "application/json").body(fault);
    assert!(arm.send().await.unwrap().status().is_success());
}

/// How often each number came to the simulator, whatever became of it.
async fn arrivals(simulator: &Running, number: &str) -> usize {
    let url = format!("{}/arrivals?environment=certecf&encf={number}", simulator.management_url);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = client.get(url).send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice::<Value>(&body).unwrap().as_array().unwrap().len()
}

fn states(output: &Output) -> Vec<String> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    lines(&report).iter().map(|line| line[2].to_owned()).collect()
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
    let report = output_json(&walk(&desk, &["--out", "signed", "--report", "report.md"]));
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
    assert_eq!(report["doubts"], json!([]));
    let documents = report["documents"].as_array().unwrap();
    assert_eq!(documents.iter().map(|line| line["step"].as_u64().unwrap()).sum::<u64>(), 9);
    assert_eq!(documents[1]["security_code"], documents[2]["security_code"]);
    assert!(report["remaining"].as_array().unwrap().len() > 5);
    let kept: Value = serde_json::from_slice(&fs::read(desk.path("report.json")).unwrap()).unwrap();
    assert_eq!(kept, report);
    let markdown = fs::read_to_string(desk.path("report.md")).unwrap();
    for row in [
        "# Certification of Café & Pan",
        "| 2    | Data test                             | passed, 3 of 3 ",
        "| 3    | Commercial approvals                  | passed, 1 of 1 ",
        "| 4    | Simulation with own data              | not walked: other steps were asked for |",
        "| 6    | Review of the printed representations | by hand ",
        "| pass | 43       | E430000000001 | `",
    ] {
        assert!(markdown.contains(row), "{row}\n{markdown}");
    }

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

/// The authority may want a wrong sum sent; whoever sends it knows.
#[test]
fn sums_that_are_not_those_of_the_lines_are_told_and_sent_as_they_stand() {
    let mut set = set();
    set["ECF"][1]["MontoTotal"] = "351.00".into();
    let desk = desk(&set);
    let output = walk(&desk, &["--out", "signed", "--report", "report.md"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let doubt = json!({"row": 2, "number": "E430000000001", "element": "Totales/MontoTotal",
        "stated": "351.00", "ours": "350.00", "why": null});
    assert_eq!(report["doubts"], json!([doubt]));
    let told =
        "row 2, E430000000001: Totales/MontoTotal is 351.00, and from the lines it would be 350.00";
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("warning: {told}")));
    let markdown = fs::read_to_string(desk.path("report.md")).unwrap();
    assert!(markdown.contains(&format!("- {told}.")), "{markdown}");
    let sent = fs::read_to_string(desk.path("signed/101000000E430000000001.xml")).unwrap();
    assert!(sent.contains("<MontoTotal>351.00</MontoTotal>"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_ends_the_walk() {
    let simulator = simulator(5).await;
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
    let approvals = [&["--step", "3"][..], &there, &["third"]].concat();
    assert_eq!(lines(&output_json(&walk_all(&desk, &approvals))).len(), 1);
    simulator.stop().await;
    let unreachable = walk(&desk, &[&there[..], &["fourth"]].concat());
    assert_eq!(unreachable.status.code(), Some(3), "{unreachable:?}");
}

/// Whoever sends again may spend a number twice: within a walk that is for a person to find out. The
/// next walk goes on where this one stopped, and sends the same bytes only of what was not answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_goes_on_where_it_stopped() {
    let simulator = simulator(6).await;
    for (place, kind) in ["lost_request", "server_error"].iter().enumerate() {
        let desk = desk(&numbered(place + 1));
        arm(&simulator, "summary", kind).await;
        let words = ["--url", &simulator.url, "--out", "walk"];
        let stopped = walk(&desk, &words);
        assert_eq!(stopped.status.code(), Some(1), "{kind}: {stopped:?}");
        let after = ["accepted", "unanswered", "not_sent", "not_sent"];
        assert_eq!(states(&stopped), after, "{kind}");
        let signed = signed_files(&desk.path("walk"));
        let again = walk(&desk, &words);
        assert_eq!(states(&again), ["accepted"; 4], "{kind}: {again:?}");
        for (name, bytes) in signed {
            assert_eq!(fs::read(desk.path("walk").join(&name)).unwrap(), bytes, "{name}");
        }
        let expense = format!("E43{:010}", place + 1);
        assert_eq!(arrivals(&simulator, &expense).await, 1, "what was accepted is not sent again");
        assert_eq!(states(&walk(&desk, &words)), ["accepted"; 4], "and a third time nothing is");
        assert_eq!(arrivals(&simulator, &expense).await, 1);
    }
}

/// Certification lists no trackIds: only the portal knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_for_a_person_to_look_up() {
    let simulator = simulator(7).await;
    let desk = desk(&numbered(3));
    let words = ["--url", &simulator.url, "--out", "walk"];
    arm(&simulator, "reception", "lost_reply").await;
    let after = ["unanswered", "not_sent", "not_sent", "not_sent"];
    assert_eq!(states(&walk(&desk, &words)), after);
    let again = walk(&desk, &words);
    assert_eq!(states(&again), ["rejected", "not_sent", "not_sent", "not_sent"]);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(said.contains("--accepted E430000000003"), "{said}");
    let told = walk(&desk, &[&words[..], &["--accepted", "E430000000003"]].concat());
    assert_eq!(states(&told), ["accepted"; 4], "{told:?}");
    let other = walk(&desk, &[&words[..], &["--accepted", "E430000000099"]].concat());
    assert_eq!(other.status.code(), Some(1));
}

/// A success that says nothing, a page, a redirection: the document may have been taken, so that it
/// is never said that it was not, and a duplicate that comes of it is for a person to look up.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_says_nothing_is_no_refusal() {
    let simulator = simulator(10).await;
    let target = simulator.url.strip_prefix("http://").unwrap().to_owned();
    for (place, nothing) in [
        "200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
        "302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        let desk = desk(&numbered(place + 1));
        let front = front(target.clone(), "/recepcion/api/", nothing);
        let words = ["--url", &front, "--out", "walk"];
        let first = walk(&desk, &words);
        let after = ["unanswered", "not_sent", "not_sent", "not_sent"];
        assert_eq!(states(&first), after, "{nothing}");
        let noted = fs::read_to_string(desk.path("walk/walk.jsonl")).unwrap();
        let last: Value = serde_json::from_str(noted.lines().last().unwrap()).unwrap();
        assert_eq!(last["state"], "sent", "{nothing}: {noted}");
        let again = walk(&desk, &words);
        let said = String::from_utf8_lossy(&again.stdout).into_owned();
        assert!(said.contains(&format!("--accepted E43{:010}", place + 1)), "{nothing}: {said}");
    }
}

/// A server in front of another: it passes every request on, and answers the first one of a path
/// itself. It ends with the test's process.
fn front(target: String, path: &'static str, instead: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut is_done = false;
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let request = whole_request(&mut client);
            let line = String::from_utf8_lossy(&request);
            let is_it = line.lines().next().is_some_and(|line| line.contains(path));
            let mut server = TcpStream::connect(&target).unwrap();
            server.write_all(&request).unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            if is_it && !is_done {
                is_done = true;
                answer = format!("HTTP/1.1 {}", instead.replacen("\r\n", CLOSE, 1)).into_bytes();
            }
            client.write_all(&answer).unwrap();
        }
    });
    format!("http://{address}")
}

const CLOSE: &str = "\r\nConnection: close\r\n";

/// With its body, and the wish that the connection be closed behind the answer.
fn whole_request(client: &mut TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(client);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let head = format!("{}{CLOSE}\r\n", request.trim_end());
    [head.into_bytes(), body].concat()
}

/// The summary service can be asked, in certification too.
#[tokio::test(flavor = "multi_thread")]
async fn a_summary_whose_reply_was_lost_is_asked_for() {
    let simulator = simulator(8).await;
    let desk = desk(&numbered(4));
    let words = ["--url", &simulator.url, "--out", "walk"];
    arm(&simulator, "summary", "lost_reply").await;
    assert_eq!(states(&walk(&desk, &words))[1], "unanswered");
    assert_eq!(states(&walk(&desk, &words)), ["accepted"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_on_the_way_is_renewed() {
    let simulator = simulator(9).await;
    for (place, operation) in ["reception", "result", "summary", "approval"].iter().enumerate() {
        let desk = desk(&numbered(place + 1));
        arm(&simulator, operation, "unauthorised").await;
        let walked = walk(&desk, &["--url", &simulator.url, "--out", "walk"]);
        assert_eq!(states(&walked), ["accepted"; 4], "{operation}: {walked:?}");
        assert_eq!(arrivals(&simulator, &format!("E43{:010}", place + 1)).await, 1, "{operation}");
    }
}

/// The set with other numbers.
fn numbered(number: usize) -> Value {
    let mut set = set().to_string();
    for (from, to) in [("E320000000007", "E32"), ("E430000000001", "E43")] {
        set = set.replace(from, &format!("{to}{number:010}"));
    }
    serde_json::from_str(&set).unwrap()
}

fn signed_files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "xml"));
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
    };
    files.map(read).collect()
}

/// All that can be walked: the set, documents of one's own, what is printed of them, and both ways
/// between taxpayers. A second walk issues nothing anew.
#[tokio::test(flavor = "multi_thread")]
async fn slow_every_step_that_can_be_walked_passes() {
    let simulator = simulator(10).await;
    let desk = desk(&set());
    let words = ["--url", &simulator.url, "--out", "walk", "--report", "report.md"];
    let report = output_json(&walk_all(&desk, &words));
    let steps = report["steps"].as_array().unwrap();
    let walked = steps.iter().filter(|step| step["state"] == "passed");
    let walked: Vec<_> = walked.map(|step| step["step"].as_u64().unwrap()).collect();
    assert_eq!(walked, [2, 3, 4, 5, 8, 9, 10, 11], "{report:#}");
    let of_step = |number: u64| {
        let documents = report["documents"].as_array().unwrap().iter();
        documents.filter(|line| line["step"] == number).cloned().collect::<Vec<_>>()
    };
    let kinds: Vec<Value> = of_step(4).iter().map(|line| line["document"].clone()).collect();
    let count = |kind: &str| kinds.iter().filter(|known| **known == kind).count();
    let counts = ["31", "32", "33", "34", "41", "43", "44", "45", "46", "47"].map(count);
    assert_eq!(counts, [4, 6, 1, 2, 2, 2, 2, 2, 2, 2]);
    for line in of_step(5) {
        let file = fs::read(desk.path(line["messages"][0].as_str().unwrap())).unwrap();
        assert!(file.starts_with(b"%PDF"), "{line}");
    }
    assert_eq!(of_step(5).len(), 11);

    let first = of_step(4)[0]["number"].as_str().unwrap().to_owned();
    assert_eq!(arrivals(&simulator, &first).await, 1);
    let again = output_json(&walk_all(&desk, &[&words[..], &["--step", "2,3,4"]].concat()));
    let numbers = |report: &Value, step: u64| {
        let documents = report["documents"].as_array().unwrap().iter();
        let of_step = documents.filter(|line| line["step"] == step);
        of_step.map(|line| line["number"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&again, 4), numbers(&report, 4));
    assert_eq!(arrivals(&simulator, &first).await, 1, "nothing was issued anew");
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
    assert_eq!(report["doubts"], json!([]), "its sums are those of its lines");
    let mut order: Vec<_> = lines.iter().map(|line| line[0]).collect();
    order.dedup();
    let wanted =
        ["31", "32", "41", "43", "44", "45", "46", "47", "33", "34", "RFCE", "32", "ACECF"];
    assert_eq!(order, wanted);
}
