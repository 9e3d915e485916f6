//! Standard output that nobody reads, or that has no room: `stalela … | head`.

use std::fs::{self, File};
use std::io::{PipeWriter, pipe};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::ecf::{Desk, PASSWORD};
use crate::shop::{binary, stalela};

/// A pipe whose reader is gone before the command starts.
fn unread() -> PipeWriter {
    pipe().unwrap().1
}

/// How a command ends, and what it says on standard error.
fn ended(folder: &Path, words: &[&str], to: impl Into<Stdio>) -> (ExitStatus, String) {
    let mut command = Command::new(binary());
    command.args(words).current_dir(folder).env("STALELA_P12_PASSWORD", PASSWORD);
    let output = command.stdout(to).stderr(Stdio::piped()).output().unwrap();
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn commands_end_quietly_where_nobody_reads() {
    let desk = Desk::new();
    let folder = desk.path(".");
    let document = desk.path("document.xml");
    fs::write(&document, "<ECF/>").unwrap();
    let key = format!("file:{}", desk.path("outlet.pem").display());
    assert!(stalela(&["keys", "new", &key]).status.success());
    for (words, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["serve", "--help"], 0),
        (&["keys", "show", &key], 0),
        (&["--json", "keys", "show", &key], 0),
        (&["keys", "import", "signer.p12", "--out", "imported.pem"], 0),
        (&["ecf", "sign", "expense.xml", "--p12", "signer.p12", "--unchecked"], 0),
        (&["demo", "--once", "--data", "demo", "--listen", "127.0.0.1:0"], 0),
        (&["outlet", "list", "--store", "demo/stalela.db"], 0),
        (&["verify", "--store", "demo/stalela.db"], 0),
        (&["--json", "verify", "--store", "demo/stalela.db"], 0),
        // What fails fails as ever.
        (&["--json", "verify", "--store", "none.db"], 1),
        (&["ecf", "check", "document.xml"], 1),
        (&["ecf", "verify", "document.xml"], 1),
    ] {
        let (status, said) = ended(&folder, words, unread());
        assert_eq!(status.code(), Some(code), "{words:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{words:?}: {said}");
    }
    assert!(desk.path("imported.pem").exists(), "what a command does besides is done");
}

/// `stalela … 2>&1 | head`: neither is read.
#[test]
fn nor_does_a_closed_standard_error_matter() {
    let desk = Desk::new();
    for (words, code) in [(&["verify", "--store", "none.db"][..], 1), (&["sael"], 2)] {
        let mut command = Command::new(binary());
        command.args(words).current_dir(desk.path(".")).stdout(unread()).stderr(unread());
        assert_eq!(command.status().unwrap().code(), Some(code), "{words:?}");
    }
}

/// A full disk is another matter: whoever redirected the answer must not take it for whole.
#[test]
fn what_cannot_be_written_is_a_failure() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return println!("skipped: there is no /dev/full");
    };
    let desk = Desk::new();
    let key = format!("file:{}", desk.path("outlet.pem").display());
    let (status, said) = ended(&desk.path("."), &["keys", "new", &key], full);
    assert_eq!(status.code(), Some(3), "{said}");
    assert!(said.contains("standard output cannot be written"), "{said}");
}

/// A server's first line tells its address; who has read it may go.
#[test]
fn a_server_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("stalela.db");
    let words = ["serve", "--listen", "127.0.0.1:0", "--store", store.to_str().unwrap()];
    let mut command = Command::new(binary());
    let server = command.args(words).stdout(unread()).stderr(Stdio::null()).spawn().unwrap();
    let mut server = Killed(server);
    let since = Instant::now();
    while !store.exists() {
        assert!(since.elapsed() < Duration::from_mins(1), "it never opened its store");
        std::thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..10 {
        assert_eq!(server.0.try_wait().unwrap(), None, "it ended");
        std::thread::sleep(Duration::from_millis(20));
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
