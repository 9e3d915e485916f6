//! What ARCHITECTURE.md promises and a machine can read off the source.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The edges that ARCHITECTURE.md draws: who may use whom.
const EDGES: &[(&str, &[&str])] = &[
    ("invoice", &[]),
    ("authorities", &["invoice"]),
    ("signing", &[]),
    ("proof", &[]),
    // For tests and the bench: the real database that they start.
    ("private-postgres", &[]),
    ("ledger", &["invoice", "private-postgres", "proof"]),
    ("fiscal", &["authorities", "invoice", "ledger", "signing"]),
    ("receipts", &["invoice"]),
    ("agent", &["authorities", "fiscal", "invoice", "ledger"]),
    ("server", &["authorities", "fiscal", "invoice", "ledger", "proof", "receipts", "signing"]),
    ("simulators", &[]),
    // Nothing is built of it: it drives what ships.
    (
        "simulation",
        &["authorities", "fiscal", "invoice", "ledger", "private-postgres", "proof", "signing"],
    ),
    // Nothing is built of it either: it throws bytes at what reads them.
    (
        "fuzzing",
        &[
            "agent",
            "authorities",
            "fiscal",
            "invoice",
            "ledger",
            "proof",
            "receipts",
            "server",
            "signing",
        ],
    ),
    (
        "cli",
        &[
            "agent",
            "authorities",
            "fiscal",
            "invoice",
            "ledger",
            "private-postgres",
            "proof",
            "receipts",
            "server",
            "signing",
            "simulators",
        ],
    ),
];

#[test]
fn the_crates_use_only_what_the_map_says() {
    let allowed: BTreeMap<_, _> = EDGES.iter().copied().collect();
    let ours: BTreeSet<_> = allowed.keys().copied().collect();
    for (name, dependencies) in dependencies() {
        let allowed = allowed.get(name.as_str());
        let allowed = allowed.unwrap_or_else(|| panic!("{name} is not on the map"));
        for used in dependencies.iter().filter(|used| ours.contains(used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{name} may not use {used}");
        }
    }
}

/// Invariant 7, by what the crates are built of and by what they name.
#[test]
fn what_is_pure_touches_no_clock_socket_file_key_or_database() {
    const PURE: &[&str] = &[
        // Digests and public keys only: the words below keep its key pairs out.
        "aws-lc-rs",
        "data-encoding",
        "invoice",
        "jiff",
        "quick-xml",
        // Certificates and the chains of them, read and verified at a time that is told.
        "rustls-pki-types",
        "rustls-webpki",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
        "unicode-normalization",
        "x509-cert",
    ];
    for (name, dependencies) in dependencies() {
        if name == "invoice" || name == "authorities" || name == "proof" {
            for used in &dependencies {
                assert!(PURE.contains(&used.as_str()), "{name} may not use {used}");
            }
        }
    }
    let impure = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime",
        "Instant::now",
        "KeyPair",
        "PrivateKey",
        "SystemRandom",
    ];
    for file in sources(&["invoice", "authorities", "proof"]) {
        for word in impure {
            assert!(!file.code.contains(word), "{} names {word}", file.name);
        }
    }
}

/// Invariant 8.
#[test]
fn only_fiscal_makes_a_sealed_invoice() {
    let others = [
        "agent",
        "authorities",
        "cli",
        "invoice",
        "ledger",
        "proof",
        "receipts",
        "server",
        "signing",
    ];
    for file in sources(&others) {
        let made = file.code.lines().find(|line| makes_a_sealed_invoice(line));
        assert_eq!(made, None, "{} makes a sealed invoice", file.name);
    }
    let made =
        |file: &Source| file.code.lines().filter(|line| makes_a_sealed_invoice(line)).count();
    let found: usize = sources(&["fiscal"]).iter().map(made).sum();
    assert!(found >= 2, "the rule sees where fiscal makes one: when it seals and when it reads");
}

/// A literal of the type, by whatever path and wherever it stands; not its declaration, not an
/// `impl` of it or for it, and not a function that gives one back.
fn makes_a_sealed_invoice(line: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let code = line.split("//").next().unwrap();
    code.match_indices("SealedInvoice {").any(|(place, _)| {
        let before = &code[..place];
        let word = before.trim_end_matches(|c: char| is_of_name(c) || c == ':').trim_end();
        let is_type = ["struct", "impl", "for", "->"].iter().any(|end| word.ends_with(end));
        !is_type && !before.ends_with(is_of_name)
    })
}

#[test]
fn the_rule_about_sealed_invoices_sees_what_it_should() {
    for made in [
        "SealedInvoice {",
        "    let sealed = SealedInvoice { id, invoice };",
        "    Ok(Some(SealedInvoice {",
        "    invoice::SealedInvoice {",
        "    return vec![invoice::SealedInvoice { id }];",
    ] {
        assert!(makes_a_sealed_invoice(made), "{made}");
    }
    for other in [
        "pub struct SealedInvoice {",
        "impl SealedInvoice {",
        "impl fmt::Debug for SealedInvoice {",
        "fn seal_of(id: InvoiceId) -> SealedInvoice {",
        "fn seal_of(id: InvoiceId) -> invoice::SealedInvoice {",
        "    let unsealed = UnSealedInvoice {",
        "// a SealedInvoice { … } is made elsewhere",
    ] {
        assert!(!makes_a_sealed_invoice(other), "{other}");
    }
}

/// What a reader follows leads somewhere.
#[test]
fn links_between_the_documents_lead_to_files() {
    let mut documents: Vec<PathBuf> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "examples/README.md",
        "vectors/README.md",
        "crates/simulators/README.md",
    ]
    .map(|name| root().join(name))
    .to_vec();
    markdown(&root().join("docs"), &mut documents);
    let (mut links, mut dead) = (0, Vec::new());
    for document in documents {
        let text = std::fs::read_to_string(&document)
            .unwrap_or_else(|error| panic!("{}: {error}", document.display()));
        for link in relative_links(&text) {
            links += 1;
            if !document.parent().unwrap().join(&link).exists() {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(links > 10, "the links are found");
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

fn markdown(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            markdown(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            into.push(path);
        }
    }
}

/// The targets of `[words](target)` and of `[words]: target`, outside of code, without the place
/// within the file.
fn relative_links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        if is_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let inline = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let defined = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        let targets = inline.chain(defined.map(|(_, target)| target.trim()));
        links.extend(
            targets
                .filter(|target| !target.contains("://") && !target.starts_with(['#', '/']))
                .filter(|target| !target.starts_with("mailto:"))
                .map(|target| target.split('#').next().unwrap().to_owned()),
        );
    }
    links
}

/// A table that says which test meets what is worth as much as the tests are there.
#[test]
fn the_tests_that_the_documents_name_are_there() {
    let mut sources = Vec::new();
    every_source(&root().join("crates"), &mut sources);
    let is_name = |word: &&str| {
        let is_of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        word.matches('_').count() > 2 && word.chars().all(is_of_a_name)
    };
    let mut seen = 0;
    let mut documents = Vec::new();
    markdown(&root().join("docs"), &mut documents);
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        let rows = text.lines().filter(|line| line.starts_with('|') && line.contains(".rs`"));
        for name in rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(is_name) {
            let wanted = format!("fn {name}(");
            let is_there = sources.iter().any(|source| source.contains(&wanted));
            assert!(is_there, "{} names {name}, and there is no such test", document.display());
            seen += 1;
        }
    }
    assert!(seen > 40, "the rows are found: {seen}");
}

/// Sources and their tests.
fn every_source(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_source(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Nobody writes to standard output but where a closed pipe is met.
#[test]
fn standard_output_is_written_to_in_one_place() {
    for file in sources(&["cli"]) {
        let is_the_place = file.name.ends_with("src/stdout.rs");
        assert!(is_the_place || !file.code.contains("stdout()"), "{}", file.name);
    }
}

/// Invariant 11. The demonstration, the bench and the examples of the API's documentation choose a
/// country to show; a certification is one country's walk.
#[test]
fn no_country_is_named_outside_its_places() {
    const WORDS: &[&str] = &["drc", "congo", "dgi", "emcf", "e-mcf", "cdf", "dgii", "dominican"];
    const MAY: &[&str] = &[
        "cli/src/bench/",
        "cli/src/commands/conform",
        "cli/src/commands/demo.rs",
        "receipts/src/templates",
        "server/src/examples.rs",
    ];
    let places = ["agent", "cli", "fiscal", "invoice", "ledger", "receipts", "server", "signing"];
    for file in sources(&places) {
        if MAY.iter().any(|place| file.name.contains(place)) || file.name.ends_with("simulate.rs") {
            continue;
        }
        for (number, line) in file.code.lines().enumerate() {
            // A comment may cite a source of the law; code may not know of it.
            let line = line.split("//").next().unwrap().to_lowercase();
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '-');
            let named = words.into_iter().find(|word| WORDS.contains(word));
            assert_eq!(named, None, "{}:{}", file.name, number + 1);
        }
    }
}

/// Invariant 12: no binary floating point, but where a page is painted in points.
#[test]
fn no_total_passes_through_binary_floating_point() {
    let all: Vec<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    for file in sources(&all) {
        if file.name.contains("receipts/src/pdf/") || file.name.contains("json.rs") {
            continue;
        }
        for (number, line) in file.code.lines().enumerate() {
            let line = line.split("//").next().unwrap();
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            for word in words {
                assert!(word != "f32" && word != "f64", "{}:{}", file.name, number + 1);
            }
        }
    }
}

/// A code is for ever and for one rule, whichever crate it is of.
#[test]
fn codes_of_faults_are_unique() {
    let rules = invoice::rules().chain(fiscal::RULES.iter().copied());
    let rules = rules.chain(authorities::drc::RULES.iter().copied());
    let mut seen = BTreeSet::new();
    for rule in rules {
        assert!(seen.insert(rule.code), "{} stands twice", rule.code);
    }
    assert!(seen.len() > 40);
}

#[test]
fn files_stay_readable() {
    let all: Vec<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    for file in sources(&all) {
        assert!(file.code.lines().count() <= 500, "{} has more than 500 lines", file.name);
        for word in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!file.code.contains(word), "{} holds {word})", file.name);
        }
    }
}

struct Source {
    name: String,
    code: String,
}

/// The sources of crates, up to their unit tests.
fn sources(crates: &[&str]) -> Vec<Source> {
    let mut files = Vec::new();
    for name in crates {
        collect(&root().join("crates").join(name).join("src"), &mut files);
    }
    assert!(!files.is_empty());
    files
}

fn collect(folder: &Path, files: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_test = path.file_stem().is_some_and(|stem| {
                ["tests", "testing"].iter().any(|end| stem.to_string_lossy().ends_with(end))
            });
            if is_test || path.components().any(|part| part.as_os_str() == "tests") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            files.push(Source { name: path.display().to_string(), code });
        }
    }
}

/// Each crate of the workspace with what it is built of; what only tests use does not count.
fn dependencies() -> Vec<(String, Vec<String>)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
            (text(&package["name"]), normal.map(|used| text(&used["name"])).collect())
        })
        .collect()
}

/// Figures under other options than the table names would be taken for those of the table.
#[test]
fn the_bench_runs_the_judged_lines_as_they_are_documented() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (script, page) = (read("tools/bench"), read("docs/performance.md"));
    let runs: Vec<_> = script.lines().filter_map(|line| line.trim().strip_prefix("run ")).collect();
    for command in ["report", "backlog", "verify", "ecf"] {
        let command = format!("bench {command} ");
        assert!(runs.iter().any(|run| run.starts_with(&command)), "{command}is not run");
    }
    let (_, table) = page.split_once("## The judged lines").unwrap();
    let rows = table.split("\n## ").next().unwrap().lines();
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").nth(1));
    let documented: BTreeSet<_> = cells.filter_map(|cell| cell.strip_prefix("`--")).collect();
    assert!(documented.len() > 5, "{documented:?}");
    for options in documented {
        let options = options.trim_end_matches('`').replace("pkcs11:…", "\"$key\"");
        let run = format!("bench seal --seconds \"$seconds\" --{options}");
        // One that goes over HTTP as well measures the same before.
        let is_that = |line: &&str| line.strip_suffix(" --http").unwrap_or(line) == run;
        let runs_it = runs.contains(&&*run) || runs.iter().any(is_that);
        assert!(runs_it, "{run}: not run");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}
