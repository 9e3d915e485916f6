//! PostgreSQL's messages, as far as a relay has to know them (its manual, "Frontend/Backend Protocol").

use std::collections::BTreeMap;

/// What a client sends before it waits for an answer: all up to a `Sync`, or one simple query. The
/// server ends its answer to each with `ReadyForQuery`.
pub(crate) struct Request {
    pub bytes: Vec<u8>,
    /// The statement's first words, the same on each run.
    pub label: String,
    pub is: Is,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Is {
    Commit,
    /// It compiles a statement and runs none.
    Prepare,
    /// It tidies up, and nobody waits for it.
    Tidying,
    /// The client says goodbye; no answer comes.
    Farewell,
    Other,
}

/// Puts the messages of one client together.
#[derive(Default)]
pub(crate) struct Requests {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that are whole messages of a request that goes on.
    whole: usize,
    /// The kinds of these messages.
    kinds: Vec<u8>,
    label: Option<String>,
    /// What a statement says, by its name: a name counts up through the life of a program.
    names: BTreeMap<Vec<u8>, String>,
}

impl Requests {
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// The next request that is whole.
    pub(crate) fn next(&mut self) -> Option<Request> {
        while let Some(end) = message_end(&self.buffer, self.whole) {
            let (kind, body) = (self.buffer[self.whole], self.whole + HEAD..end);
            self.learn(kind, body);
            self.kinds.push(kind);
            self.whole = end;
            if matches!(kind, b'S' | b'Q' | b'X') {
                let bytes: Vec<u8> = self.buffer.drain(..end).collect();
                self.whole = 0;
                let kinds = std::mem::take(&mut self.kinds);
                let label = self.label.take().unwrap_or_default();
                let is = sort(&kinds, &label);
                return Some(Request { bytes, label, is });
            }
        }
        None
    }

    fn learn(&mut self, kind: u8, body: std::ops::Range<usize>) {
        let body = &self.buffer[body];
        match kind {
            b'Q' => self.label = Some(words(body)),
            b'P' => {
                let (name, rest) = text(body);
                let label = words(rest);
                self.names.insert(name.to_vec(), label.clone());
                self.label = Some(label);
            }
            b'B' => {
                let (_, rest) = text(body);
                let (name, _) = text(rest);
                self.label = self.names.get(name).cloned();
            }
            _ => {}
        }
    }
}

fn sort(kinds: &[u8], label: &str) -> Is {
    match kinds {
        [b'X'] => Is::Farewell,
        [b'C', b'S'] => Is::Tidying,
        _ if label == "ROLLBACK" => Is::Tidying,
        // A batch that is one statement commits by itself.
        _ if label == "COMMIT" || label.starts_with("-- lane: a whole batch") => Is::Commit,
        [b'P', ..] if !kinds.contains(&b'E') => Is::Prepare,
        _ => Is::Other,
    }
}

/// What the server sends.
#[derive(Default)]
pub(crate) struct Answers {
    buffer: Vec<u8>,
}

/// One message of the server's.
pub(crate) struct Answer {
    pub bytes: Vec<u8>,
    /// It ends the answer to a request.
    pub is_last: bool,
    /// The process that serves this connection, where it says so.
    pub pid: Option<i32>,
}

impl Answers {
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    pub(crate) fn next(&mut self) -> Option<Answer> {
        let end = message_end(&self.buffer, 0)?;
        let bytes: Vec<u8> = self.buffer.drain(..end).collect();
        let pid = bytes.get(HEAD..HEAD + 4).filter(|_| bytes[0] == b'K');
        let pid = pid.and_then(|pid| Some(i32::from_be_bytes(pid.try_into().ok()?)));
        Some(Answer { is_last: bytes[0] == b'Z', bytes, pid })
    }
}

/// Where the message that begins at `from` ends, once all of it is there.
fn message_end(buffer: &[u8], from: usize) -> Option<usize> {
    let length = buffer.get(from + 1..from + HEAD)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let end = from + 1 + usize::try_from(length).ok()?;
    (buffer.len() >= end).then_some(end)
}

/// The length of a connection's first message, which has no kind, once its head is there.
pub(crate) fn startup_length(buffer: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(buffer.get(..4)?.try_into().ok()?);
    usize::try_from(length).ok()
}

/// A text that ends with a zero, and what comes behind it.
fn text(body: &[u8]) -> (&[u8], &[u8]) {
    let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
    (&body[..end], body.get(end + 1..).unwrap_or_default())
}

/// The words of a statement, of a long one the first.
fn words(body: &[u8]) -> String {
    let sql = String::from_utf8_lossy(text(body).0).into_owned();
    let words: Vec<&str> = sql.split_whitespace().collect();
    words.join(" ").chars().take(LABEL_MAX).collect()
}

/// A simple query that is refused for this reason in the place of another, and takes its transaction
/// with it. A commit that is refused ends the transaction; another statement leaves it to be ended.
pub(crate) fn raise(code: &str, is: Is) -> Vec<u8> {
    let ends = if is == Is::Commit { "ROLLBACK; " } else { "" };
    let sql = format!(
        "{ends}DO $$ BEGIN RAISE EXCEPTION 'as the schedule says' USING ERRCODE = '{code}'; END $$"
    );
    message(b'Q', format!("{sql}\0").as_bytes())
}

/// A statement without words, for the server to read at once, and to answer that it has.
pub(crate) fn parse_nothing() -> Vec<u8> {
    let (no_name, no_words, no_parameters) = ([0], [0], [0, 0]);
    let mut bytes = message(b'P', &[&no_name[..], &no_words, &no_parameters].concat());
    bytes.extend(message(b'H', &[]));
    bytes
}

/// What a server says before it hangs up.
pub(crate) fn fatal(code: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0Mas the schedule says\0\0");
    message(b'E', fields.as_bytes())
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short message");
    let mut bytes = vec![kind];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// A message's kind, and its length with itself.
const HEAD: usize = 5;
const LABEL_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(requests: &mut Requests) -> Vec<(String, Is, usize)> {
        std::iter::from_fn(|| requests.next())
            .map(|request| (request.label, request.is, request.bytes.len()))
            .collect()
    }

    #[test]
    fn requests_are_put_together_from_any_pieces() {
        let mut bytes = message(b'Q', b"BEGIN\0");
        bytes.extend(message(b'P', b"s1\0SELECT\n  1\0\0\0"));
        bytes.extend(message(b'D', b"Ss1\0"));
        bytes.extend(message(b'S', b""));
        bytes.extend(message(b'B', b"\0s1\0\0\0\0\0\0\0"));
        bytes.extend(message(b'E', b"\0\0\0\0\0"));
        bytes.extend(message(b'S', b""));
        bytes.extend(message(b'Q', b"COMMIT\0"));
        bytes.extend(message(b'C', b"Ss1\0"));
        bytes.extend(message(b'S', b""));
        bytes.extend(message(b'X', b""));
        for piece in [1, 2, 7, bytes.len()] {
            let mut requests = Requests::default();
            let mut found = Vec::new();
            for some in bytes.chunks(piece) {
                requests.buffer().extend_from_slice(some);
                found.extend(all(&mut requests));
            }
            let total: usize = found.iter().map(|(_, _, length)| length).sum();
            assert_eq!(total, bytes.len(), "nothing is lost");
            let found: Vec<_> = found.iter().map(|(label, is, _)| (label.as_str(), *is)).collect();
            let expected = [
                ("BEGIN", Is::Other),
                ("SELECT 1", Is::Prepare),
                ("SELECT 1", Is::Other),
                ("COMMIT", Is::Commit),
                ("", Is::Tidying),
                ("", Is::Farewell),
            ];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_answer_ends_when_the_server_is_ready() {
        let mut answers = Answers::default();
        answers.buffer().extend(message(b'K', &[0, 0, 1, 2, 9, 9, 9, 9]));
        answers.buffer().extend(message(b'Z', b"I"));
        answers.buffer().extend(&fatal("57P01")[..9]);
        assert_eq!(answers.next().unwrap().pid, Some(258));
        assert!(answers.next().unwrap().is_last);
        assert!(answers.next().is_none(), "half a message is none");
        answers.buffer().extend(&fatal("57P01")[9..]);
        assert!(!answers.next().unwrap().is_last);
    }
}
