//! What stands outside the repository: judges, and the reference folder with its examples.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "../../../../tools/skipped.rs"]
mod skipped;

use skipped::skipped;

/// A file of the reference folder's examples; says so where the folder is absent.
pub(crate) fn interop(name: &str) -> Option<String> {
    let folder = env::var_os("STALELA_REFERENCE").map_or_else(beside_the_workspace, PathBuf::from);
    let read = std::fs::read_to_string(folder.join("dgii/interop").join(name));
    if read.is_err() {
        skipped(&format!("reference folder with {name}"), false);
    }
    read.ok()
}

fn beside_the_workspace() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = crate_folder.ancestors().nth(2).expect("crates/authorities has a workspace");
    workspace.join("../shared/reference")
}

/// Runs a judge. Where it is not installed a developer's run goes on without it; continuous
/// integration, which installs it, fails.
pub(crate) fn run<S: AsRef<OsStr>>(program: &str, arguments: &[S]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            skipped(&format!("{program} ({error})"), true);
            None
        }
    }
}
