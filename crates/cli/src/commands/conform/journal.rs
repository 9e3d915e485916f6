//! What a walk has sent and what it was told, on disk before and after each request: a walk that was
//! interrupted is gone on with, and nothing that was answered is sent again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use super::authority::{Answer, SIMULATOR, State};
use crate::failure::Failure;

/// Of one walk: one set, before one authority.
pub(super) struct Journal {
    file: File,
    known: HashMap<String, Known>,
}

/// What is known of a document, by the name of its file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    /// It left, or was about to, and nobody knows what became of it.
    Sent,
    /// It was received, under this trackId, and has no result yet.
    Tracked(String),
    Answered(Answer),
}

/// What a folder's documents belong to.
pub(super) struct Title<'a> {
    pub(super) authority: &'a str,
    /// SHA-256 of the set, in hexadecimal.
    pub(super) set: &'a str,
}

const NAME: &str = "walk.jsonl";

impl Journal {
    /// Opens the folder's, or begins one in a folder that is new or empty. Documents of another walk
    /// would mix what was sent with what was not.
    pub(super) fn open(folder: &Path, title: &Title<'_>) -> Result<Self, Failure> {
        let shown = folder.display();
        let failed = |error: std::io::Error| Failure::unusable(format!("{shown}: {error}"));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let path = folder.join(NAME);
        let is_empty = std::fs::read_dir(folder).map_err(failed)?.next().is_none();
        if !is_empty && !path.is_file() {
            let text = format!("{shown} is not empty: give each walk a folder of its own");
            return Err(Failure::refused(text));
        }
        let mut options = File::options();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        if file.try_lock().is_err() {
            return Err(Failure::unusable(format!("another walk is under way in {shown}")));
        }
        let lines = whole_lines(&mut file).map_err(failed)?;
        let mut journal = Self { file, known: HashMap::new() };
        match lines.split_first() {
            None => journal.write(&title.to_json())?,
            Some((first, rest)) => {
                title.check(first, folder)?;
                journal.known = rest.iter().filter_map(read).collect();
            }
        }
        Ok(journal)
    }

    pub(super) fn known(&self, file_name: &str) -> Option<&Known> {
        self.known.get(file_name)
    }

    /// Writes down what is known now; it is on the disk when this returns.
    pub(super) fn note(&mut self, file_name: &str, known: Known) -> Result<(), Failure> {
        self.write(&line(file_name, &known))?;
        self.known.insert(file_name.to_owned(), known);
        Ok(())
    }

    fn write(&mut self, line: &Value) -> Result<(), Failure> {
        self.file.write_all(format!("{line}\n").as_bytes())?;
        Ok(self.file.sync_data()?)
    }
}

/// The lines that were written whole; what stands behind the last was torn, and is cut off.
fn whole_lines(file: &mut File) -> std::io::Result<Vec<Value>> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    file.set_len(end as u64)?;
    file.seek(SeekFrom::End(0))?;
    let lines = text[..end].split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

impl Title<'_> {
    fn to_json(&self) -> Value {
        json!({ "authority": self.authority, "set": self.set })
    }

    fn check(&self, first: &Value, folder: &Path) -> Result<(), Failure> {
        let folder = folder.display();
        if first["authority"] == SIMULATOR {
            let text = format!(
                "{folder} holds what was sent to a simulator that is gone: give each walk a folder \
                 of its own"
            );
            return Err(Failure::refused(text));
        }
        if *first == self.to_json() {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "{folder} holds a walk of another set, or before another authority: give each walk a \
             folder of its own"
        )))
    }
}

fn line(file_name: &str, known: &Known) -> Value {
    match known {
        Known::Sent => json!({ "file": file_name, "state": SENT }),
        Known::Tracked(id) => json!({ "file": file_name, "state": TRACKED, "track_id": id }),
        Known::Answered(answer) => json!({
            "file": file_name, "state": answer.state.word(), "track_id": answer.track_id,
            "messages": answer.messages,
        }),
    }
}

fn read(line: &Value) -> Option<(String, Known)> {
    let file_name = line["file"].as_str()?.to_owned();
    let word = line["state"].as_str()?;
    let track_id = line["track_id"].as_str().map(str::to_owned);
    let known = match word {
        SENT => Known::Sent,
        TRACKED => Known::Tracked(track_id?),
        word => {
            let state = State::ALL.into_iter().find(|state| state.word() == word)?;
            let messages = line["messages"].as_array()?.iter();
            let messages = messages.filter_map(Value::as_str).map(str::to_owned).collect();
            Known::Answered(Answer { state, messages, track_id })
        }
    };
    Some((file_name, known))
}

const SENT: &str = "sent";
const TRACKED: &str = "tracked";

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: Title<'static> = Title { authority: "https://ecf.example", set: "00" };

    fn answered(state: State) -> Known {
        let messages = vec!["1934: no cuadra".to_owned()];
        Known::Answered(Answer { state, messages, track_id: Some("a".to_owned()) })
    }

    #[test]
    fn what_was_noted_is_known_again_and_a_torn_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Journal::open(folder.path(), &TITLE).unwrap();
        let mut journal = open();
        let notes = [
            ("a.xml", Known::Sent),
            ("a.xml", answered(State::Conditional)),
            ("b.xml", Known::Tracked("t".to_owned())),
            ("c.xml", Known::Sent),
        ];
        for (name, known) in &notes {
            journal.note(name, known.clone()).unwrap();
        }
        drop(journal);
        let path = folder.path().join(NAME);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str(r#"{"file":"d.xml","sta"#);
        std::fs::write(&path, text).unwrap();
        let mut journal = open();
        assert_eq!(journal.known("a.xml"), Some(&answered(State::Conditional)));
        assert_eq!(journal.known("b.xml"), Some(&notes[2].1));
        assert_eq!(journal.known("c.xml"), Some(&Known::Sent));
        assert_eq!(journal.known("d.xml"), None);
        journal.note("d.xml", Known::Sent).unwrap();
        drop(journal);
        assert_eq!(open().known("d.xml"), Some(&Known::Sent), "the torn line is gone");
    }

    #[test]
    fn a_folder_belongs_to_one_walk() {
        let folder = tempfile::tempdir().unwrap();
        let open = |title: &Title<'_>| Journal::open(folder.path(), title);
        let under_way = open(&TITLE).unwrap();
        assert_eq!(open(&TITLE).err().unwrap().exit_code(), 3, "two at once");
        drop(under_way);
        for other in
            [Title { set: "01", ..TITLE }, Title { authority: "https://other.example", ..TITLE }]
        {
            assert_eq!(open(&other).err().unwrap().exit_code(), 1);
        }
        let used = tempfile::tempdir().unwrap();
        std::fs::write(used.path().join("other.xml"), "").unwrap();
        assert_eq!(Journal::open(used.path(), &TITLE).err().unwrap().exit_code(), 1);
    }
}
