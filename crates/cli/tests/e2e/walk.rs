//! The walk that the documents offer to a newcomer, as a newcomer would type it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::shop::binary;

/// How long something may take that happens by itself, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

/// Of what is fenced in the page: what is typed, with what the page says comes of it.
struct Block {
    /// Goes on in a terminal of its own, and is told where to listen.
    is_service: bool,
    typed: String,
    comes: Vec<String>,
}

/// Whoever types it: a folder, terminals in which something goes on, and what was printed so far.
struct Newcomer {
    folder: tempfile::TempDir,
    services: Vec<Service>,
    /// What the page writes as `ou_…`, by what stands before the dots.
    names: BTreeMap<String, String>,
    /// Addresses of the page, and those that were free.
    addresses: Vec<(String, String)>,
}

struct Service {
    child: Child,
    /// Held, so that it may go on to print.
    _output: BufReader<ChildStdout>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn slow_a_newcomer_walks_the_page_command_by_command() {
    for tool in ["bash", "curl", "openssl"] {
        if !is_here(tool) {
            return println!("skipped: there is no {tool}");
        }
    }
    let page = fs::read_to_string(workspace().join("docs/authorities/do-walk.md")).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() > 15, "the commands are found: {}", blocks.len());
    Newcomer::new().follow(&blocks);
}

/// The commands of the README that are to be typed one after the other.
#[test]
fn a_newcomer_types_the_readme_from_top_to_bottom() {
    if !is_here("bash") {
        return println!("skipped: there is no bash");
    }
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## An outlet of your own\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let blocks = blocks(section);
    assert!(blocks.len() > 4, "the commands are found: {}", blocks.len());
    Newcomer::new().follow(&blocks);
}

/// What the page shows of files is what they hold.
#[test]
fn the_settings_in_the_walk_are_those_of_its_file() {
    let page = fs::read_to_string(workspace().join("docs/authorities/do-walk.md")).unwrap();
    for name in ["outlet.json", "correction.json"] {
        let file = fs::read_to_string(workspace().join("examples/do/walk").join(name)).unwrap();
        let squeezed: String = file.split_whitespace().collect();
        let is_of_it = |fence: &(String, String)| {
            let shown: String = fence.1.split_whitespace().collect();
            fence.0 == "json" && squeezed.contains(&shown)
        };
        assert!(fences(&page).iter().any(is_of_it), "{name}");
    }
    assert_eq!(fences(&page).iter().filter(|fence| fence.0 == "json").count(), 2);
}

#[test]
fn a_line_with_dots_stands_for_what_was_printed() {
    for (shown, printed) in [
        ("ou_…  SD01", "ou_aeaqcaibaeaqcaib  SD01"),
        ("…as it was written", "7 entries, as it was written"),
        ("by …)", "by 2026-12-20)"),
        ("all of it", "all of it"),
    ] {
        assert!(is_like(printed, shown), "{shown}");
    }
    for (shown, printed) in [
        ("ou_…  SD01", "ou_aeaqcaibaeaqcaib  SD02"),
        ("…taken", "taken or refused"),
        ("a…a", "a"),
        ("all", "all of it"),
    ] {
        assert!(!is_like(printed, shown), "{shown}");
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(missing("one\ntwo\nthree", &lines("one\nthree")), None);
    assert_eq!(missing("one\ntwo\nthree", &lines("two\none")), Some("one".to_owned()));
}

impl Newcomer {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (services, names, addresses) = (Vec::new(), BTreeMap::new(), Vec::new());
        let newcomer = Self { folder, services, names, addresses };
        newcomer.lay_out();
        newcomer
    }

    fn follow(&mut self, blocks: &[Block]) {
        for block in blocks {
            if block.is_service {
                self.start(block);
            } else {
                self.walk(block);
            }
        }
    }

    /// The examples, with the addresses that are there.
    fn lay_out(&self) {
        for folder in ["examples", "examples/walk", "examples/do", "examples/do/walk"] {
            fs::create_dir_all(self.folder.path().join(folder)).unwrap();
            for entry in fs::read_dir(workspace().join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let text = self.moved(&fs::read_to_string(&path).unwrap());
                    let copy = self.folder.path().join(folder).join(path.file_name().unwrap());
                    fs::write(copy, text).unwrap();
                }
            }
        }
    }

    fn moved(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (there, here) in &self.addresses {
            text = text.replace(there, here);
        }
        text
    }

    /// Starts what goes on, on free ports, and learns where it listens from what it prints.
    fn start(&mut self, block: &Block) {
        let listen = if block.typed.contains("simulate") {
            " --listen 127.0.0.1:0 --management 127.0.0.1:0"
        } else {
            " --listen 127.0.0.1:0"
        };
        let typed = self.moved(&format!("exec {}{listen}", block.typed.trim()));
        let mut child = self.bash(&typed).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        for shown in &block.comes {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            let (there, here) = (address(shown), address(line.trim_end()));
            let (there, here) = there.zip(here).unwrap_or_else(|| panic!("{shown}: {line:?}"));
            assert_eq!(line.trim_end().replace(&here, &there), *shown);
            self.addresses.push((there, here));
        }
        self.services.push(Service { child, _output: output });
        self.lay_out();
    }

    /// Types a block, and looks whether what is printed is what the page says. What only looks is
    /// typed again until it is.
    fn walk(&mut self, block: &Block) {
        let typed = self.named(&self.moved(&block.typed));
        let since = Instant::now();
        loop {
            let printed = self.typed(&typed);
            let missing = missing(&printed, &block.comes);
            if missing.is_none() {
                return self.remember(&printed);
            }
            let is_over = !only_looks(&typed) || since.elapsed() > PATIENCE;
            assert!(!is_over, "{typed}\nprinted\n{printed}\nand nothing like {missing:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// All that is printed. What was exported stays so, as in a terminal.
    fn typed(&self, typed: &str) -> String {
        let kept = self.folder.path().join("exported");
        fs::OpenOptions::new().create(true).append(true).open(&kept).unwrap();
        let kept = kept.display();
        // Where the server is that is looked for at the usual address.
        let url = self.moved("http://127.0.0.1:8080");
        let script =
            format!("set -e\n. {kept}\nexport STALELA_URL={url}\n{typed}\nexport -p > {kept}");
        let output = self.bash(&script).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let printed = text(&output.stdout) + "\n" + &text(&output.stderr);
        assert!(output.status.success(), "{typed}\n{printed}");
        printed
    }

    fn bash(&self, typed: &str) -> Command {
        let mut bash = Command::new("bash");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("STALELA_")) {
            bash.env_remove(name);
        }
        let folder = binary().parent().unwrap().display().to_string();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
        bash.args(["-c", typed]).current_dir(&self.folder).env("PATH", path);
        // Nothing leaves this machine.
        bash.env("no_proxy", "127.0.0.1").env("NO_PROXY", "127.0.0.1");
        bash
    }

    /// With what was printed in the place of the dots.
    fn named(&self, typed: &str) -> String {
        let mut typed = typed.to_owned();
        for (before, name) in &self.names {
            typed = typed.replace(&format!("{before}…"), name);
        }
        assert!(!typed.contains('…'), "nothing was printed for it: {typed}");
        typed
    }

    /// The last of each kind.
    fn remember(&mut self, printed: &str) {
        for word in printed.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let kind = KINDS.iter().find(|kind| word.starts_with(**kind));
            if let Some(kind) = kind {
                let rest = word[kind.len()..].split('_').next().unwrap();
                if rest.len() >= NAME_MIN {
                    self.names.insert((*kind).to_owned(), format!("{kind}{rest}"));
                }
            }
        }
    }
}

/// What our names begin with.
const KINDS: [&str; 6] = ["in_", "ou_", "pr_", "rd_", "sk_test_", "tn_"];

/// Shorter things behind those letters are words of ours.
const NAME_MIN: usize = 16;

/// The blocks of the page that are typed, with the excerpts that follow them.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (kind, text) in fences(page) {
        match &*kind {
            "sh" | "sh service" => {
                let is_service = kind != "sh";
                blocks.push(Block {
                    is_service,
                    typed: without_what_is_missing(&text),
                    comes: vec![],
                });
            }
            "text" => {
                let last = blocks.last_mut().unwrap();
                last.comes = text.lines().map(str::to_owned).collect();
            }
            "json" => {}
            other => panic!("the walk knows no fence {other}"),
        }
    }
    blocks
}

/// What is fenced: the words behind the fence, and the text.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut parts = page.split("\n```").skip(1);
    let mut fences = Vec::new();
    while let Some(fence) = parts.next() {
        let (kind, text) = fence.split_once('\n').unwrap();
        fences.push((kind.to_owned(), text.to_owned()));
        parts.next().expect("a fence is closed");
    }
    fences
}

/// The second judge of signatures is not everywhere.
fn without_what_is_missing(typed: &str) -> String {
    let is_judged = is_here("xmlsec1");
    let lines = typed.lines().filter(|line| is_judged || !line.starts_with("xmlsec1"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn is_here(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok()
}

/// One command that changes nothing.
fn only_looks(typed: &str) -> bool {
    const LOOKS: [&str; 4] =
        ["stalela show ", "stalela inbox list", "stalela inbox show ", "stalela paper show "];
    typed.trim().lines().count() == 1 && LOOKS.iter().any(|look| typed.starts_with(look))
}

/// The first line of an excerpt that was not printed, in their order.
fn missing(printed: &str, excerpt: &[String]) -> Option<String> {
    let mut lines = printed.lines();
    excerpt.iter().find(|shown| !lines.any(|line| is_like(line, shown))).cloned()
}

/// Dots stand for anything.
fn is_like(printed: &str, shown: &str) -> bool {
    let (printed, shown) = (printed.trim_end(), shown.trim_end());
    let Some((first, rest)) = shown.split_once('…') else {
        return printed == shown;
    };
    let Some(mut left) = printed.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = rest.split('…').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = left.split_once(part) else { return false };
        left = behind;
    }
    left.ends_with(last)
}

/// The address in a line.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("127.0.0.1:{port}"))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}
