//! What is well-formed, as libxml2 has it, of documents that were changed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, at the line that says why")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use authorities::dom::xml::{Document, Problem};
use fuzzing::Target;
use fuzzing::change::change;
use fuzzing::dice::Dice;

#[test]
fn xmllint_agrees_on_what_is_well_formed() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: no xmllint");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut read, mut refused) = (0, 0);
    let inputs = inputs();
    let complaints = complaints(folder.path(), &inputs);
    for (place, input) in inputs.iter().enumerate() {
        let shown = String::from_utf8_lossy(input);
        match Document::parse(input) {
            Ok(_) => {
                assert!(!complaints.contains(&place), "only xmllint refuses\n{shown}");
                read += 1;
            }
            Err(error) if is_of_xml(&error.problem) => {
                assert!(complaints.contains(&place), "only we refuse ({error})\n{shown}");
                refused += 1;
            }
            // We refuse more than XML does.
            Err(_) => {}
        }
    }
    assert!(read > 50 && refused > 50, "{read} were read and {refused} refused");
}

fn inputs() -> Vec<Vec<u8>> {
    let target = Target::named("documents").unwrap();
    let seeds = (target.seeds)();
    let mut dice = Dice::new(7);
    let mut one = || change(&mut dice, &seeds[seeds.len() - 2], &seeds, target.words);
    (0..INPUTS).map(|_| one()).collect()
}

/// The places of the inputs that `xmllint` complains of.
fn complaints(folder: &Path, inputs: &[Vec<u8>]) -> BTreeSet<usize> {
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet"]).current_dir(folder);
    for (place, input) in inputs.iter().enumerate() {
        let name = place.to_string();
        std::fs::write(folder.join(&name), input).unwrap();
        xmllint.arg(name);
    }
    let output = xmllint.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaint = |line: &str| {
        let (place, rest) = line.split_once(':')?;
        (rest.contains("error : ")).then(|| place.parse().ok()).flatten()
    };
    errors.lines().filter_map(complaint).collect()
}

/// What XML 1.0 and its namespaces do not allow; the rest is our own strictness.
fn is_of_xml(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::CharacterReference(_)
            | Problem::Attributes
            | Problem::DuplicateAttribute(_)
            | Problem::UnboundPrefix(_)
            | Problem::TextOutsideRoot
            | Problem::SecondRoot
            | Problem::NoRoot
            | Problem::Unclosed(_)
            | Problem::EndTag(_)
            | Problem::SectionEnd
    )
}

const INPUTS: usize = 1_500;
