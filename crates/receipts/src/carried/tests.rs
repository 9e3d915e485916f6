use std::io::Write as _;

use super::*;

const PROOF: &str = "c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\na.example/log\n1\n…";
const INVOICE: &str = r#"{"lines":[{"name":"</script> endstream & endobj"}],"schema":"x"}"#;

fn carried() -> Carried {
    Carried { proof: PROOF.to_owned(), invoice: Json::parse(INVOICE.as_bytes()).unwrap() }
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

/// An object of a PDF as some program writes it.
fn object(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = dictionary.replace("LENGTH", &content.len().to_string());
    [format!("7 0 obj\n{head}\nstream\n").as_bytes(), content, b"\nendstream\nendobj\n"].concat()
}

fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    [b"%PDF-1.7\n".to_vec(), objects.concat(), b"trailer\n%%EOF\n".to_vec()].concat()
}

const PLAIN: &str = "<</Type /EmbeddedFile/Length LENGTH>>";
const PACKED: &str = "<< /Length LENGTH /Type /EmbeddedFile /Subtype /text#2Fplain /Params << /Size 9 \
                      /ModDate (D:20261120\\)()) >> /Filter /FlateDecode >>";

fn pair(dictionary: &str, write: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Vec<u8>> {
    [INVOICE, PROOF].map(|part| object(dictionary, &write(part.as_bytes()))).to_vec()
}

#[test]
fn both_parts_are_found_however_a_program_writes_their_streams() {
    for dictionary in [
        PACKED,
        "<</Filter[/FlateDecode]/Type/EmbeddedFile/Length LENGTH>>",
        "<< /Type /EmbeddedFile /Filter /FlateDecode /Length 12 0 R >>",
        "<< /Length 1 /Filter /FlateDecode /CheckSum <00ff> /Type /EmbeddedFile >>",
    ] {
        let found = Carried::find(&file(&pair(dictionary, packed)));
        assert_eq!(found, Ok(Some(carried())), "{dictionary}");
    }
    let found = Carried::find(&file(&pair(PLAIN, <[u8]>::to_vec)));
    assert_eq!(found, Ok(Some(carried())), "by its length, although it says endstream");
}

#[test]
fn what_is_repeated_is_one_and_what_differs_is_none() {
    let mut objects = pair(PACKED, packed);
    objects.extend(pair(PLAIN, <[u8]>::to_vec));
    assert_eq!(Carried::find(&file(&objects)), Ok(Some(carried())));
    objects.push(object(PLAIN, PROOF.replace("index 0", "index 1").as_bytes()));
    assert_eq!(Carried::find(&file(&objects)), Err(CarriedError::Several));
    let other = object(PLAIN, br#"{"total":"1.00"}"#);
    let objects = [pair(PLAIN, <[u8]>::to_vec), vec![other]].concat();
    assert_eq!(Carried::find(&file(&objects)), Err(CarriedError::Several));
}

#[test]
fn a_file_without_a_proof_carries_none_and_half_a_pair_is_not_whole() {
    let [invoice, proof] = [INVOICE, PROOF].map(|part| object(PLAIN, part.as_bytes()));
    assert_eq!(Carried::find(&file(&[])), Ok(None));
    assert_eq!(Carried::find(&file(std::slice::from_ref(&invoice))), Ok(None));
    assert_eq!(Carried::find(&file(&[proof])), Err(CarriedError::Malformed));
    let names = "<< /EmbeddedFiles << /Names [ ] >> /Length LENGTH >>";
    assert_eq!(Carried::find(&file(&[object(names, PROOF.as_bytes())])), Ok(None));
    assert_eq!(Carried::find(b"<!doctype html><p>no"), Ok(None));
    assert_eq!(Carried::find(b"PK\x03\x04"), Err(CarriedError::NoReceipt));
    // A figure that has no canonical form has no hash.
    let fraction = object(PLAIN, br#"{"total":1.5}"#);
    let half = object(PLAIN, PROOF.as_bytes());
    assert_eq!(Carried::find(&file(&[fraction, half])), Err(CarriedError::Malformed));
}

#[test]
fn no_more_is_unpacked_than_a_part_may_have() {
    let bomb = packed(&[b'{'].repeat(64 * PART_BYTES_MAX));
    assert!(bomb.len() < PART_BYTES_MAX);
    let proof = object(PLAIN, PROOF.as_bytes());
    let found = Carried::find(&file(&[object(PACKED, &bomb), proof]));
    assert_eq!(found, Err(CarriedError::Malformed), "the long one is as good as not there");
    let long = vec![b' '; FILE_BYTES_MAX + 1];
    assert_eq!(Carried::find(&long), Err(CarriedError::TooLong));
}

#[test]
fn a_page_carries_what_was_put_into_it_and_nothing_ends_its_element() {
    let element = element(&carried());
    assert_eq!(element.matches('<').count(), 2, "{element}");
    let page = format!("<!doctype html>\n<body><script>1</script>{element}</body>");
    assert_eq!(Carried::find(page.as_bytes()), Ok(Some(carried())));
    let twice = page.replace("</body>", &element);
    assert_eq!(Carried::find(twice.as_bytes()), Err(CarriedError::Several));
    for (from, to) in [
        ("</script>\n", ""),
        ("\"proof\"", "\"prof\""),
        ("{\"invoice\"", "{invoice"),
        ("\"x\"", "0.1"),
    ] {
        let altered = page.replace(from, to);
        assert_ne!(altered, page);
        assert_eq!(Carried::find(altered.as_bytes()), Err(CarriedError::Malformed), "{from}");
    }
    let stranger = page.replace("stalela-receipt", "another");
    assert_eq!(Carried::find(stranger.as_bytes()), Ok(None));
}
