//! A file as the DGII's services take one: `multipart/form-data` with one part, named `xml`.

/// A body, and what it calls itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Upload {
    pub content_type: String,
    pub body: Vec<u8>,
}

/// A signed document as the one part of a form, under its file name (Descripción Técnica, Formato
/// de nombre de los archivos XML).
pub fn upload(file_name: &str, document: &[u8]) -> Upload {
    let boundary = boundary(document);
    // What is no plain character could end the header it stands in.
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let file_name: String = file_name.chars().filter(is_plain).collect();
    let head = format!(
        "--{boundary}\r\n\
         Content-Disposition: form-data; name=\"xml\"; filename=\"{file_name}\"\r\n\
         Content-Type: text/xml\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), document, tail.as_bytes()].concat();
    Upload { content_type: format!("multipart/form-data; boundary={boundary}"), body }
}

/// A line that stands nowhere in the document: a text of it might say what a boundary says.
fn boundary(document: &[u8]) -> String {
    let mut boundary = "StalelaFormBoundary7".to_owned();
    while contains(document, boundary.as_bytes()) {
        boundary.push('7');
    }
    boundary
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stands_in_the_form_byte_for_byte() {
        let sent = upload("101000000E310000000001.xml", b"<ECF>\xC3\xB1</ECF>");
        let text = String::from_utf8(sent.body).unwrap();
        assert_eq!(sent.content_type, "multipart/form-data; boundary=StalelaFormBoundary7");
        assert_eq!(
            text,
            "--StalelaFormBoundary7\r\n\
             Content-Disposition: form-data; name=\"xml\"; filename=\"101000000E310000000001.xml\"\r\n\
             Content-Type: text/xml\r\n\r\n\
             <ECF>ñ</ECF>\r\n\
             --StalelaFormBoundary7--\r\n"
        );
    }

    #[test]
    fn no_document_ends_the_form_before_its_end_and_no_name_its_header() {
        let hostile = b"<a>\r\n--StalelaFormBoundary7--\r\nStalelaFormBoundary77</a>";
        let sent = upload("x\"\r\nA: b.xml", hostile);
        assert!(sent.content_type.ends_with("StalelaFormBoundary777"));
        let text = String::from_utf8(sent.body).unwrap();
        assert_eq!(text.matches("StalelaFormBoundary777").count(), 2);
        assert!(text.contains("filename=\"xAb.xml\""));
    }
}
