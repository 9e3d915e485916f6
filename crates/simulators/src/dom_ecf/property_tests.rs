//! Hostile bytes at every parser: none panics, and what is read twice is read alike.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::certificate::Certificate;
use super::facts::Facts;
use super::number::Number;
use super::query::Query;
use super::xml::{self, Method};
use super::{moment, schema, signature, upload};

/// Text that looks like XML now and then.
fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<a>"),
        Just("</a>"),
        Just("<b x=\"1\" y='&#10;'>"),
        Just("</b>"),
        Just("<c xmlns=\"u\" xmlns:p=\"v\" p:q=\"\"/>"),
        Just("<!-- c -->"),
        Just("<![CDATA[<&]]>"),
        Just("<?p i?>"),
        Just("&amp;&#13;&lt;"),
        Just(" \r\n\t"),
        Just("ñ©😀"),
        Just("<!DOCTYPE a>"),
        Just("&"),
        Just("]]>"),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// A document that is well formed: texts and attributes with every character that matters.
fn document() -> impl Strategy<Value = String> {
    let text = "[ \r\n\t<>&\"'a-cñ]{0,8}";
    let leaf = (text, text).prop_map(|(text, value)| {
        format!("<e k=\"{}\" xmlns:z=\"u\">{}</e>", xml::escaped(&value), xml::escaped(&text))
    });
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        proptest::collection::vec(inner, 0..4)
            .prop_map(|inner| format!("<z:n xmlns:z=\"v\" xmlns=\"d\">{}</z:n>", inner.concat()))
    });
    tree.prop_map(|tree| format!("<?xml version=\"1.0\"?>{tree}"))
}

proptest! {
    #[test]
    fn no_bytes_panic_the_reader_of_xml(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read_or_not = xml::parse(&bytes);
    }

    #[test]
    fn no_markup_panics_anything_behind_the_reader(text in markup()) {
        if let Ok(document) = xml::parse(format!("<r>{text}</r>").as_bytes()) {
            let _broken = signature::verify(&document);
            let _wrong = schema::check(&document.root);
            let _none = Facts::read(&document.root);
            let _stripped = document.root.without_blank_texts();
        }
    }

    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(text in document()) {
        for method in [Method::Inclusive, Method::Exclusive(Vec::new())] {
            let once = xml::canonical_document(&xml::parse(text.as_bytes()).unwrap(), &method);
            let again = xml::canonical_document(&xml::parse(&once).unwrap(), &method);
            prop_assert_eq!(&once, &again, "{}", String::from_utf8_lossy(&once));
        }
    }

    #[test]
    fn an_upload_is_read_without_a_panic(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        media_type in "(multipart/form-data; boundary=[ab-]{0,4}|[ -~]{0,30})",
    ) {
        let _read = upload::read(Some(&media_type), true, &body);
        let framed = [b"--a\r\n".as_slice(), &body, b"\r\n--a--"].concat();
        let _read = upload::read(Some("multipart/form-data; boundary=a"), true, &framed);
    }

    #[test]
    fn what_a_form_holds_comes_out(content in proptest::collection::vec(any::<u8>(), 1..200)) {
        let head = b"--q7\r\nContent-Disposition: form-data; name=\"xml\"; filename=\"f\"\r\n\r\n";
        let body = [head.as_slice(), &content, b"\r\n--q7--\r\n"].concat();
        prop_assume!(!content.windows(6).any(|window| window == b"\r\n--q7"));
        let read = upload::read(Some("multipart/form-data; boundary=q7"), true, &body);
        prop_assert_eq!(read, upload::Upload::File(&content));
    }

    #[test]
    fn certificates_queries_numbers_and_times_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..120),
        text in "\\PC{0,40}",
    ) {
        let _certificate = Certificate::read(&bytes);
        let _query = Query::of(&text).value("a").map(str::len);
        let _number = Number::read(&text);
        let _times = (moment::of_date(&text), moment::of_stamp(&text), moment::of_x509(&text));
    }

    /// Every amount that the structure admits can be computed with.
    #[test]
    fn an_amount_that_is_admitted_is_a_decimal(value in "[+-]?[0-9]{0,20}(\\.[0-9]{0,5})?") {
        let approval = format!(
            "<ACECF><DetalleAprobacionComercial><Version>1.0</Version><RNCEmisor>101000000</RNCEmisor>\
             <eNCF>E310000000001</eNCF><FechaEmision>01-04-2020</FechaEmision><MontoTotal>{value}\
             </MontoTotal><RNCComprador>102000000</RNCComprador><Estado>1</Estado>\
             <FechaHoraAprobacionComercial>01-04-2020 10:00:00</FechaHoraAprobacionComercial>\
             </DetalleAprobacionComercial></ACECF>"
        );
        if schema::check(&xml::parse(approval.as_bytes()).unwrap().root).is_ok() {
            prop_assert!(Decimal::from_str_exact(&value).is_ok(), "{}", value);
        }
    }
}
