//! The file in a request, however it was put there: as the part of a form, or as the body itself.
//!
//! Others' clients are older than any server that could teach them: what can be understood is.

/// The file of a body, byte for byte; none where there is none.
pub(super) fn file<'a>(content_type: Option<&str>, body: &'a [u8]) -> Option<&'a [u8]> {
    let boundary = content_type.and_then(boundary_of).or_else(|| boundary_in(body));
    let file = match boundary {
        Some(boundary) => wanted(&parts(body, &boundary)),
        None => Some(body),
    };
    file.filter(|file| !file.trim_ascii().is_empty())
}

/// A part of a form.
struct Part<'a> {
    name: Option<String>,
    content: &'a [u8],
}

/// Parts of a form that are looked at: one is meant.
const PARTS_MAX: usize = 16;
/// Characters of a boundary (RFC 2046, 5.1.1), and some more.
const BOUNDARY_MAX: usize = 128;
/// The name under which a document is sent.
const NAME: &str = "xml";

/// The parameter `boundary` of a form's content type.
fn boundary_of(content_type: &str) -> Option<String> {
    let (essence, parameters) = content_type.split_once(';')?;
    let is_form = essence.trim().to_ascii_lowercase().starts_with("multipart/");
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    let fits = (1..=BOUNDARY_MAX).contains(&boundary.len());
    (is_form && fits).then(|| boundary.to_owned())
}

/// Some send a form and call it something else: it begins with its boundary, and no document does.
fn boundary_in(body: &[u8]) -> Option<String> {
    let line = body.strip_prefix(b"--")?.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    let fits = (1..=BOUNDARY_MAX).contains(&line.len());
    std::str::from_utf8(line).ok().filter(|_| fits).map(str::to_owned)
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut rest = after(body, &delimiter);
    let mut parts = Vec::new();
    while let Some(inside) = rest.filter(|inside| !inside.starts_with(b"--")) {
        let Some(end) = find(inside, &delimiter).filter(|_| parts.len() < PARTS_MAX) else { break };
        parts.extend(part(&inside[..end]));
        rest = Some(&inside[end + delimiter.len()..]);
    }
    parts
}

/// From behind a boundary to before the next one.
fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let bytes = without_line_end_before(bytes);
    let (head, content) = [&b"\r\n\r\n"[..], b"\n\n"]
        .into_iter()
        .filter_map(|blank| Some((find(bytes, blank)?, blank.len())))
        .min()
        .map(|(at, length)| (&bytes[..at], &bytes[at + length..]))?;
    Some(Part { name: name(head), content: without_line_end_behind(content) })
}

fn name(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let disposition = head
        .lines()
        .find(|line| line.trim_start().to_ascii_lowercase().starts_with("content-disposition:"))?;
    disposition.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_name = name.trim().eq_ignore_ascii_case("name");
        is_name.then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The one of the right name, or else the first that looks like a document.
fn wanted<'a>(parts: &[Part<'a>]) -> Option<&'a [u8]> {
    let is_named =
        |part: &&Part<'_>| part.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    let looks_right = |part: &&Part<'_>| {
        let content = part.content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(part.content);
        content.trim_ascii_start().starts_with(b"<")
    };
    let found = parts.iter().find(is_named).or_else(|| parts.iter().find(looks_right));
    found.map(|part| part.content)
}

fn without_line_end_before(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\r\n").or_else(|| bytes.strip_prefix(b"\n")).unwrap_or(bytes)
}

fn without_line_end_behind(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes)
}

fn after<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    find(bytes, needle).map(|at| &bytes[at + needle.len()..])
}

/// Where a needle of a hundred bytes at most begins.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "multipart/form-data; boundary=X7";

    #[test]
    fn a_file_is_found_however_it_was_sent() {
        let named = "--X7\r\nContent-Disposition: form-data; name=\"xml\"; filename=\"a.xml\"\r\n\
                     Content-Type: text/xml\r\n\r\n<a>\r\n</a>\r\n--X7--\r\n";
        let others = "--X7\nContent-Disposition: form-data; name=note\n\nhello\n--X7\n\
                      content-disposition: form-data; NAME=XML\n\n<a>\r\n</a>\n--X7--";
        let unnamed = "--X7\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\
                       <a>\r\n</a>\r\n--X7--";
        for (content_type, body) in [
            (Some(FORM), named),
            (Some("Multipart/Form-Data; charset=utf-8; Boundary=\"X7\""), named),
            (Some("application/xml"), named),
            (None, named),
            (Some(FORM), others),
            (Some(FORM), unnamed),
            (Some("text/xml"), "<a>\r\n</a>"),
            (None, "<a>\r\n</a>"),
        ] {
            let found = file(content_type, body.as_bytes()).map(String::from_utf8_lossy);
            assert_eq!(found.as_deref(), Some("<a>\r\n</a>"), "{content_type:?} {body}");
        }
    }

    #[test]
    fn where_there_is_none_none_is_found() {
        for body in ["", " \r\n", "--X7--", "--X7\r\nA: b\r\n\r\n\r\n--X7--", "--X7\r\n\r\nx"] {
            assert_eq!(file(Some(FORM), body.as_bytes()), None, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_form_makes_it_panic(body in "(--X7|--|\r\n|\n|name=\"?xml\"?;?|Content-Disposition: |<a>|.){0,24}") {
            for content_type in [Some(FORM), None] {
                if let Some(found) = file(content_type, body.as_bytes()) {
                    prop_assert!(!found.is_empty());
                }
            }
        }

        #[test]
        fn what_is_put_in_comes_out(content in prop::collection::vec(any::<u8>(), 1..200)) {
            prop_assume!(!content.trim_ascii().is_empty() && find(&content, b"--X7").is_none());
            let head = &b"--X7\r\nContent-Disposition: form-data; name=\"xml\"\r\n\r\n"[..];
            let body = [head, &content, b"\r\n--X7--\r\n"].concat();
            prop_assert_eq!(file(Some(FORM), &body), Some(&content[..]));
        }
    }
}
