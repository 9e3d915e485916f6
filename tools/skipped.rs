// What a test says where something is missing that it wants. Test crates take this file in with
// `#[path]`: it belongs to none of them.

use std::io::Write as _;

/// Says that a test is skipped, and why: aloud, and in the file that `tools/run-tests` shows at the
/// end. Where `judge` is missing continuous integration, which installs every judge
/// (`tools/install-test-tools`), fails instead: a judge that is never there judges nothing.
pub(crate) fn skipped(missing: &str, judge: bool) {
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!(judge && is_ci), "there is no {missing}: tools/install-test-tools installs it");
    println!("skipped: there is no {missing}");
    let Some(list) = std::env::var_os("STALELA_SKIPPED") else { return };
    // One short write: tests of several processes do it at once.
    let line = format!("there is no {missing}\n");
    let list = std::fs::File::options().create(true).append(true).open(list);
    list.and_then(|mut list| list.write_all(line.as_bytes())).expect("the list can be written");
}
