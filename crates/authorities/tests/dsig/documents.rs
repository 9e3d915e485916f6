//! Documents made up for the tests: some as a taxpayer's system would write them, some as nobody
//! should.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// A document as the DGII has them: texts in leaves only, namespaces on the root if at all, with or
/// without layout, a declaration and a byte order mark.
pub(crate) fn invoice() -> impl Strategy<Value = String> {
    let buyer = select(vec!["<Comprador/>", "<Comprador> </Comprador>", ""]);
    (select(BEGINNINGS), root(0, buyer)).prop_map(|(beginning, root)| format!("{beginning}{root}"))
}

/// The same, with the declaration that everybody writes, and without empty elements.
pub(crate) fn without_empty_elements() -> impl Strategy<Value = String> {
    root(1, Just("")).prop_map(|root| format!("{DECLARATION}{root}"))
}

fn root(
    least_lines: usize,
    buyer: impl Strategy<Value = &'static str>,
) -> impl Strategy<Value = String> {
    let line = (value(), value(), value()).prop_map(|(name, unit, amount)| {
        format!("<Item><NombreItem>{name}</NombreItem><U>{unit}</U><M>{amount}</M></Item>")
    });
    let root = select(vec!["ECF", "RFCE", "ARECF", "ACECF", "ANECF", "SemillaModel"]);
    (root, select(ROOT_NAMESPACES), value(), buyer, vec(line, least_lines..6)).prop_map(
        |(root, namespaces, issuer, buyer, lines)| {
            let layout = if lines.len() % 2 == 0 { "" } else { "\r\n  " };
            let lines = lines.join(layout);
            format!(
                "<{root}{namespaces}>{layout}<Encabezado><Version>1.0</Version>{layout}\
                 <RazonSocialEmisor>{issuer}</RazonSocialEmisor></Encabezado>\
                 <DetallesItems>{lines}</DetallesItems>{buyer}{layout}</{root}>"
            )
        },
    )
}

/// A document with all that XML allows and a signature may stand beside: mixed contents, nested
/// and overridden namespaces, attributes in any order.
pub(crate) fn wild() -> impl Strategy<Value = String> {
    let leaf = (select(NAMES), tag_contents(), mixed_text()).prop_map(wild_element);
    let element = leaf.prop_recursive(4, 24, 4, |inner| {
        (select(NAMES), tag_contents(), vec(prop_oneof![inner, mixed_text()], 0..4))
            .prop_map(|(name, tag, contents)| wild_element((name, tag, contents.concat())))
    });
    let bound = " xmlns:p='urn:p:0' xmlns:a=\"urn:a:0\" xml:space='default'";
    (select(BEGINNINGS), vec(prop_oneof![element, mixed_text()], 0..4)).prop_map(
        move |(beginning, contents)| format!("{beginning}<ECF{bound}>{}</ECF>", contents.concat()),
    )
}

fn wild_element((name, tag, contents): (&str, String, String)) -> String {
    if contents.is_empty() {
        format!("<{name}{tag}/>")
    } else {
        format!("<{name}{tag}\n>{contents}</{name} >")
    }
}

fn tag_contents() -> impl Strategy<Value = String> {
    let defaults = select(vec!["", "", "", " xmlns='urn:d'", " xmlns=\"\""]);
    let bound = select(vec!["", "", " xmlns:p='urn:p:1'", " xmlns:p='urn:p:0'"]);
    (defaults, bound, subsequence(ATTRIBUTES, 0..=ATTRIBUTES.len()).prop_shuffle())
        .prop_map(|(default, bound, attributes)| format!("{default}{}{bound}", attributes.concat()))
}

/// A value that no trimming changes and that is not all blanks.
fn value() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..6).prop_map(|pieces| format!("A{}Z", pieces.concat()))
}

fn mixed_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![select(PIECES), select(WILD_PIECES)];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
const BEGINNINGS: &[&str] = &[
    "",
    "\u{feff}",
    DECLARATION,
    "\u{feff}<?xml version='1.0' encoding='UTF-8' standalone='no'?>\r\n",
];
const ROOT_NAMESPACES: &[&str] = &[
    "",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"",
    " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
];
const PIECES: &[&str] = &[
    "CAFÉ",
    "ñ",
    "Ñ",
    "© ® €",
    "&#34;",
    "&quot;",
    "'",
    "\"",
    "&#39;",
    "&apos;",
    "&lt;",
    "&#60;",
    "&gt;",
    ">",
    "&#62;",
    "&amp;",
    "&#38;",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "&#x1F600;",
    "\u{1f600}",
    "1,180.00",
    "\u{a0}",
    "e\u{301}",
    "[]",
    "%",
    "a=b",
];
const WILD_PIECES: &[&str] = &[
    "&#13;",
    "&#xD;&#xA;",
    "&#9;",
    "<![CDATA[<&>]]>",
    "<![CDATA[]]>",
    "<![CDATA[\r\n]]>",
    "\u{7f}",
    "\u{2028}",
    "\u{85}",
];
const NAMES: &[&str] = &["Encabezado", "eNCF", "p:Monto", "a:Monto", "Ítem", "_-."];
const ATTRIBUTES: &[&str] = &[
    " b='2'",
    " a=\"'&#34;&#10;&#13;&#9;\r\n\t&lt;>&amp;ñ\"",
    " p:a='1'",
    " a:z=''",
    " xml:lang = 'es-DO'",
    " xmlns:c='urn:c' c:a='3'",
];
