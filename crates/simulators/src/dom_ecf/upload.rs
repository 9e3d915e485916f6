//! Uploads: `multipart/form-data` with one file, field `xml`.

/// What a request brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Upload<'a> {
    File(&'a [u8]),
    /// Not `multipart/form-data`: a raw body, as some issuers send it to each other.
    Raw,
    /// A form without a file called `xml`.
    Missing,
    /// A file without a byte, or a body of unknown length.
    Empty,
}

/// Takes a body apart. `length` tells whether the request had a Content-Length.
pub(super) fn read<'a>(media_type: Option<&str>, has_length: bool, body: &'a [u8]) -> Upload<'a> {
    let Some(boundary) = media_type.and_then(boundary) else { return Upload::Raw };
    if !has_length || body.is_empty() {
        return Upload::Empty;
    }
    let found = parts(body, &boundary).into_iter().find(Part::is_file);
    match found.map(|part| part.content) {
        None => Upload::Missing,
        Some([]) => Upload::Empty,
        Some(content) => Upload::File(content),
    }
}

struct Part<'a> {
    /// The value of `Content-Disposition`.
    disposition: String,
    content: &'a [u8],
}

impl Part<'_> {
    /// Without a file name a part is a plain field, which binds to nothing here.
    fn is_file(&self) -> bool {
        let parameter = |name| parameter(&self.disposition, name);
        let is_named = parameter("name").is_some_and(|name| name.eq_ignore_ascii_case("xml"));
        is_named && parameter("filename").is_some_and(|name| !name.is_empty())
    }
}

fn boundary(media_type: &str) -> Option<String> {
    let (essence, _) = media_type.split_once(';')?;
    let is_form = essence.trim().eq_ignore_ascii_case("multipart/form-data");
    let boundary = parameter(media_type, "boundary").filter(|_| is_form)?;
    (1..=LONGEST_BOUNDARY).contains(&boundary.len()).then_some(boundary)
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let delimiter = format!("--{boundary}").into_bytes();
    let mut found = Vec::new();
    let Some(first) = position(body, &delimiter) else { return found };
    let mut rest = &body[first + delimiter.len()..];
    let inner = [b"\r\n", delimiter.as_slice()].concat();
    while found.len() < MOST_PARTS && !rest.starts_with(b"--") {
        let Some(end) = position(rest, &inner) else { return found };
        found.extend(part(&rest[..end]));
        rest = &rest[end + inner.len()..];
    }
    found
}

/// What lies between two delimiters: headers, an empty line, content.
fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let blank = position(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..blank]);
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim().to_owned())
    })?;
    Some(Part { disposition, content: &bytes[blank + 4..] })
}

/// A parameter of a header's value, with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let is_it = key.trim().eq_ignore_ascii_case(name);
        is_it.then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn position(within: &[u8], sought: &[u8]) -> Option<usize> {
    within.windows(sought.len()).position(|window| window == sought)
}

/// RFC 2046, 5.1.1.
const LONGEST_BOUNDARY: usize = 70;

/// Parts that are looked at; there should be one.
const MOST_PARTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"b-1\"";

    fn form(disposition: &str, content: &str) -> String {
        format!(
            "--b-1\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: text/xml\r\n\r\n\
             {content}\r\n--b-1--\r\n"
        )
    }

    fn of(body: &str) -> Upload<'_> {
        read(Some(TYPE), true, body.as_bytes())
    }

    #[test]
    fn one_file_called_xml() {
        let body = form("name=\"xml\"; filename=\"signed.xml\"", "<a>\r\n--b-</a>");
        assert_eq!(of(&body), Upload::File(b"<a>\r\n--b-</a>"));
        let unquoted = form("name=xml; filename=a.xml", "<a/>");
        assert_eq!(of(&unquoted), Upload::File(b"<a/>"));
        let two =
            format!("{}{}", &form("name=\"x\"", "1")[..form("name=\"x\"", "1").len() - 9], &body);
        assert_eq!(of(&two), Upload::File(b"<a>\r\n--b-</a>"));
    }

    #[test]
    fn every_other_body_has_its_name() {
        assert_eq!(of(&form("name=\"file\"; filename=\"a.xml\"", "<a/>")), Upload::Missing);
        assert_eq!(of(&form("name=\"xml\"", "<a/>")), Upload::Missing);
        assert_eq!(of(&form("name=\"xml\"; filename=\"a.xml\"", "")), Upload::Empty);
        assert_eq!(of("--b-1--\r\n"), Upload::Missing);
        assert_eq!(of("nonsense"), Upload::Missing);
        assert_eq!(of(""), Upload::Empty);
        let whole = form("name=\"xml\"; filename=\"a.xml\"", "<a/>");
        assert_eq!(read(Some(TYPE), false, whole.as_bytes()), Upload::Empty);
        assert_eq!(read(Some("application/xml"), true, b"<a/>"), Upload::Raw);
        assert_eq!(read(Some("multipart/form-data"), true, b"<a/>"), Upload::Raw);
        assert_eq!(read(None, true, b"<a/>"), Upload::Raw);
        for end in 0..whole.len() {
            assert_ne!(of(&whole[..end]), Upload::Raw);
        }
    }
}
