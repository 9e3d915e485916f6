//! Files of the repository that show what callers send.

use std::path::Path;

/// The drafts under `examples`.
pub(super) fn drafts() -> Vec<Vec<u8>> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut files = Vec::new();
    for folder in [examples.clone(), examples.join("do")] {
        let entries = std::fs::read_dir(&folder).expect("the examples are part of the repository");
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("an example can be read")).collect()
}
