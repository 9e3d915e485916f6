//! Writing a file's bytes over themselves, so that the disk has what is read.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Reads a file, writes each piece back where it was, and syncs it; a file that is not there, or empty,
/// is left alone.
///
/// After a sync that failed Linux reads as whole what is not on the disk, and believes that nothing is
/// left to write; another sync tells nothing and brings nothing down. What is written is written anew,
/// whether its bytes are the same or not. A loss of power on the way leaves each sector with what was
/// there, or with what was read.
///
/// # Errors
///
/// When the file cannot be opened, read, written or synced.
pub fn rewrite_file(path: &Path) -> Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut piece = vec![0; PIECE_BYTES];
    let mut at = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&piece[..read])?;
        at += read as u64;
    }
    if at == 0 { Ok(()) } else { file.sync_all() }
}

/// Few calls, and no memory to speak of: the log is 64 MiB at most, mostly a few.
const PIECE_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_bytes_and_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 4_097] {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            std::fs::write(&path, &bytes).unwrap();
            rewrite_file(&path).unwrap();
            assert!(std::fs::read(&path).unwrap() == bytes, "{length}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_made_and_what_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        rewrite_file(&path).unwrap();
        assert!(!path.exists());
        assert!(rewrite_file(folder.path()).is_err());
    }
}
