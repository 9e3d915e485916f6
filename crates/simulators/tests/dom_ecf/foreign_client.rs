//! The npm package `dgii-ecf`, which is not ours, drives the simulator. See `tests/foreign/README.md`.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use simulators::Clock;
use simulators::dom_ecf::{self, Options};

#[tokio::test(flavor = "multi_thread")]
async fn slow_the_npm_client_does_its_whole_round() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dom_ecf_foreign");
    if !installed(&folder) || !certified(&folder) {
        return;
    }
    // The client takes its dates from the machine, and its certificate begins now.
    let running = dom_ecf::start(Options::new(Clock::of(now), 1).calm()).await.unwrap();
    let client = Command::new("node")
        .current_dir(&folder)
        .args(["drive.cjs", &running.url, "key.pem", "cert.pem"])
        .output();
    let client = client.unwrap();
    let said = String::from_utf8_lossy(&client.stdout);
    let complained = String::from_utf8_lossy(&client.stderr);
    assert!(client.status.success(), "{said}\n{complained}");
    assert!(said.trim_end().ends_with("OK"), "{said}");
}

/// Copies the driver and installs the client; not where there is no npm or no registry.
fn installed(folder: &Path) -> bool {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    std::fs::create_dir_all(folder.join("empty-fs")).unwrap();
    for file in ["package.json", "drive.cjs", "empty-fs/package.json", "empty-fs/index.js"] {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    if folder.join("node_modules/dgii-ecf").exists() {
        return true;
    }
    let arguments =
        ["install", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=10000"];
    ran("npm", Command::new("npm").current_dir(folder).args(arguments).output())
}

fn certified(folder: &Path) -> bool {
    let subject = "/C=DO/CN=PERSONA DE PRUEBA/serialNumber=IDCDO-00100000001";
    let arguments = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", "key.pem",
        "-out", "cert.pem", "-subj", subject,
    ];
    ran("openssl", Command::new("openssl").current_dir(folder).args(arguments).output())
}

fn ran(program: &str, done: std::io::Result<Output>) -> bool {
    let is_done = done.is_ok_and(|output| output.status.success());
    if !is_done {
        println!("skipped: {program} is not here, or reached nothing");
    }
    is_done
}

#[expect(clippy::disallowed_methods, reason = "the client beside it reads the same clock")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
