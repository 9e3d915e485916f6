//! Judge: the Go project's libraries of its checksum database, through `tools/check-log`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use data_encoding::BASE64;

use crate::log::Log;

/// The program, built once; nothing where Go or its library is not installed.
fn judge() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let library = Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog");
        if Command::new("go").arg("version").output().is_err() || !library.exists() {
            println!("skipped: golang-go or golang-golang-x-mod-dev is not installed");
            return None;
        }
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/check-log/main.go");
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-log");
        let new = program.with_extension(std::process::id().to_string());
        let built = Command::new("go")
            .args(["build", "-o"])
            .arg(&new)
            .arg(source)
            .env("GO111MODULE", "off")
            .env("GOPATH", "/usr/share/gocode")
            .env("GOFLAGS", "")
            .output()
            .unwrap();
        assert!(built.status.success(), "{built:?}");
        // Several tests build it at once; whoever comes last replaces the same program.
        fs::rename(&new, &program).unwrap();
        Some(program)
    });
    built.as_deref()
}

fn run(judge: &Path, command: &str, rest: &[&dyn AsRef<OsStr>]) -> Output {
    Command::new(judge).arg(command).args(rest.iter().map(AsRef::as_ref)).output().unwrap()
}

#[track_caller]
fn assert_says(output: &Output, words: &str) {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert_eq!(said.trim_end(), words);
}

#[test]
fn verifies_our_proofs() {
    let Some(judge) = judge() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("entry.tlog-proof");
    let log = Log::new(300);
    for (index, base, size) in [(0, 0, 1), (0, 0, 2), (6, 5, 7), (256, 255, 257), (299, 290, 300)] {
        fs::write(&file, log.proof(index, base, size).to_string()).unwrap();
        let words = format!("entry {} of {size} of stalela/ou_test", index + 1);
        assert_says(&run(judge, "proof", &[&log.vkey(), &file]), &words);
    }
    let mut forged = log.proof(299, 290, 300);
    forged.path[3][0] ^= 1;
    fs::write(&file, forged.to_string()).unwrap();
    assert_says(
        &run(judge, "proof", &[&log.vkey(), &file]),
        "check-log: invalid transparency proof",
    );
    let stranger = Log::new(1);
    let output = run(judge, "proof", &[&stranger.vkey(), &file]);
    assert_says(&output, "check-log: note has no verifiable signatures");
}

#[test]
fn verifies_that_our_log_only_grows() {
    let Some(judge) = judge() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request");
    let log = Log::new(300);
    let root = |size| BASE64.encode(&log.grown(0, size).root());
    for (old, size) in [(1, 1), (1, 300), (4, 7), (255, 256), (256, 257), (299, 300)] {
        fs::write(&file, log.request(old, size).to_string()).unwrap();
        let words = format!("{size} entries of stalela/ou_test continue {old}");
        assert_says(&run(judge, "consistency", &[&log.vkey(), &root(old), &file]), &words);
        let output = run(judge, "consistency", &[&log.vkey(), &root(300 - old + 1), &file]);
        assert_eq!(output.status.success(), old == 300 - old + 1);
    }
}

#[test]
fn reads_our_tiles_and_bundles() {
    let Some(judge) = judge() else { return };
    let log = Log::new(66_000);
    for size in [1, 255, 256, 257, 66_000] {
        let folder = tempfile::tempdir().unwrap();
        log.write(folder.path(), size);
        let words = format!("{size} leaves and {size} entries of stalela/ou_test");
        assert_says(&run(judge, "tiles", &[&log.vkey(), &folder.path()]), &words);
        let first = fs::read_dir(folder.path().join("tile/0")).unwrap().next().unwrap().unwrap();
        let mut file = first.path();
        while file.is_dir() {
            file = fs::read_dir(&file).unwrap().next().unwrap().unwrap().path();
        }
        let mut bytes = fs::read(&file).unwrap();
        bytes[0] ^= 1;
        fs::write(&file, bytes).unwrap();
        let output = run(judge, "tiles", &[&log.vkey(), &folder.path()]);
        assert!(!output.status.success(), "{output:?}");
    }
}
