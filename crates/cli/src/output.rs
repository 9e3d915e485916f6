//! Files that a command writes.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Writes a secret for its owner alone, in the place of what the file held, and makes its folder.
pub(crate) fn secret(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // A new file takes the place of the old one: whoever could read that one has it open for nothing.
    let draft = path.with_added_extension("new");
    let mut options = OpenOptions::new();
    let _ = std::fs::remove_file(&draft);
    let mut file = options.create_new(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_is_its_owners_and_takes_the_place_of_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data/token");
        secret(&file, "the first").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        secret(&file, "another").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "another");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path().join("data")).unwrap().count(), 1);
    }
}
