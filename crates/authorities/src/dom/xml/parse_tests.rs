use proptest::prelude::*;

use super::*;
use crate::dom::xml::{Element, Node};

fn problem(text: &str) -> Problem {
    match Document::parse(text.as_bytes()) {
        Ok(document) => panic!("{text} was read as {document:?}"),
        Err(error) => error.problem,
    }
}

fn root(text: &str) -> Element {
    Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).into_root()
}

#[test]
fn a_declaration_and_a_byte_order_mark_are_welcome_and_not_wanted() {
    for before in [
        "",
        "\u{feff}",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='UTF-8'?>\r\n",
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\" ?>\n",
    ] {
        assert_eq!(root(&format!("{before}<A/>\n")), Element::new("A"));
    }
}

#[test]
fn other_declarations_are_refused() {
    let refused = |declaration: &str| problem(&format!("{declaration}<A/>"));
    assert_eq!(refused("<?xml version='1.1'?>"), Problem::Version("1.1".into()));
    let latin = "<?xml version='1.0' encoding='ISO-8859-1'?>";
    assert_eq!(refused(latin), Problem::Encoding("ISO-8859-1".into()));
    for malformed in [
        " <?xml version='1.0'?>",
        "<?xml?>",
        "<?xml encoding='utf-8'?>",
        "<?xml version='1.0' version='1.0'?>",
        "<?xml encoding='utf-8' version='1.0'?>",
        "<?xml version='1.0' standalone='maybe'?>",
        "<?xml version='1.0'?><?xml version='1.0'?>",
        "<?xml version='1.0' x='1'?>",
    ] {
        assert_eq!(refused(malformed), Problem::Declaration, "{malformed}");
    }
}

#[test]
fn what_a_value_could_hide_behind_is_refused() {
    assert_eq!(problem("<!DOCTYPE A><A/>"), Problem::DocumentType);
    assert_eq!(problem("<!doctype A [<!ENTITY e 'x'>]><A>&e;</A>"), Problem::DocumentType);
    assert_eq!(problem("<A>&e;</A>"), Problem::Entity("e".into()));
    assert_eq!(problem("<A><!-- x --></A>"), Problem::Comment);
    assert_eq!(problem("<A/><!-- x -->"), Problem::Comment);
    assert_eq!(problem("<?xml-stylesheet href='x'?><A/>"), Problem::Instruction);
}

#[test]
fn texts_are_whole_and_without_escapes() {
    let text = "<A>1&#38;2 &lt;<![CDATA[<b>&amp;]]>\r\n&#13;3\r4&#x1F600;</A>";
    assert_eq!(root(text).value(), Some("1&2 <<b>&amp;\n\r3\n4\u{1f600}"));
    assert_eq!(root("<A><![CDATA[]]></A>"), Element::new("A"));
    let root = root("<A> <B/> </A>");
    let children: Vec<_> = root.children().collect();
    assert!(matches!(children[..], [Node::Text(_), Node::Element(_), Node::Text(_)]));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (text, expected) in [
        ("", Problem::NoRoot),
        ("\n ", Problem::NoRoot),
        ("x<A/>", Problem::TextOutsideRoot),
        ("<A/>&#32;", Problem::TextOutsideRoot),
        ("\u{feff}\u{feff}<A/>", Problem::TextOutsideRoot),
        ("<A/><B/>", Problem::SecondRoot),
        ("<A><B></A>", Problem::EndTag("A".into())),
        ("</A>", Problem::EndTag("A".into())),
        ("<A></A x='1'>", Problem::EndTag("A x='1'".into())),
        ("<A><B>", Problem::Unclosed("B".into())),
        ("<A>]]></A>", Problem::SectionEnd),
        ("<A>\u{1}</A>", Problem::Character(1)),
        ("<A>&#1;</A>", Problem::CharacterReference("#1".into())),
        ("<1/>", Problem::Name("1".into())),
        ("< A/>", Problem::Name(String::new())),
        ("<A:/>", Problem::Name("A:".into())),
        ("<A 1='1'/>", Problem::Name("1".into())),
        ("<A a='1' a='2'/>", Problem::DuplicateAttribute("a".into())),
        ("<A a='1'b='2'/>", Problem::Attributes),
        ("<A a='<'/>", Problem::Attributes),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
    for cut_off in ["<A", "<A a='", "<A>&amp</A>", "<A>&", "<A><![CDATA[", "<!", "<"] {
        assert!(matches!(problem(cut_off), Problem::Markup(_)), "{cut_off}");
    }
    assert!(matches!(problem("<![CDATA[ ]]><A/>"), Problem::Markup(_)));
}

#[test]
fn namespaces_are_declared_and_are_what_they_say() {
    let bound = root("<a:A xmlns:a='urn:a' xmlns='urn:b' a:x='1' x='2' xml:lang='es'><B/></a:A>");
    assert_eq!((bound.namespaces().len(), bound.attributes().len()), (2, 3));
    for (text, expected) in [
        ("<a:A/>", Problem::UnboundPrefix("a".into())),
        ("<A a:x='1'/>", Problem::UnboundPrefix("a".into())),
        ("<A><B xmlns:a='urn:a'/><a:C/></A>", Problem::UnboundPrefix("a".into())),
        ("<xmlns:A/>", Problem::UnboundPrefix("xmlns".into())),
        ("<A xmlns:a=''/>", Problem::NamespaceDeclaration("xmlns:a".into())),
        ("<A xmlns:xml='urn:a'/>", Problem::NamespaceDeclaration("xmlns:xml".into())),
        ("<A xmlns:xmlns='urn:a'/>", Problem::NamespaceDeclaration("xmlns:xmlns".into())),
        (
            "<A xmlns='http://www.w3.org/XML/1998/namespace'/>",
            Problem::NamespaceDeclaration("xmlns".into()),
        ),
        ("<A xmlns='a'/>", Problem::RelativeNamespace("a".into())),
        ("<A xmlns:a='u:a' xmlns:a='u:b'/>", Problem::DuplicateAttribute("xmlns:a".into())),
        (
            "<A xmlns:a='u:a' xmlns:b='u:a' a:x='' b:x=''/>",
            Problem::DuplicateAttribute("b:x".into()),
        ),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn the_place_is_named_in_lines_and_characters() {
    let error = Document::parse("\u{feff}<A>\n  <Ñandú>&x;</Ñandú></A>".as_bytes()).unwrap_err();
    assert_eq!((error.line, error.column), (2, 10));
    assert_eq!(
        error.to_string(),
        "line 2, column 10: the entity &x; is none of the five of XML: write the character, or its \
         number"
    );
    let not_utf8 = Document::parse(b"<A>\n\xd1</A>").unwrap_err();
    assert_eq!((not_utf8.line, not_utf8.column, not_utf8.problem), (2, 1, Problem::NotUtf8));
}

#[test]
fn everything_is_bounded() {
    let nested = |depth: usize| "<A>".repeat(depth) + &"</A>".repeat(depth);
    root(&nested(MAX_DEPTH));
    assert_eq!(problem(&nested(MAX_DEPTH + 1)), Problem::TooDeep { limit: MAX_DEPTH });

    let many = format!("<A>{}</A>", "<B/>".repeat(MAX_NODES));
    assert_eq!(problem(&many), Problem::TooManyNodes { limit: MAX_NODES });

    let repeated = |count, make: &dyn Fn(usize) -> String| (0..count).map(make).collect::<Vec<_>>();
    let attributes = repeated(MAX_ATTRIBUTES + 1, &|n| format!(" a{n}=''")).concat();
    let expected = Problem::TooManyAttributes { limit: MAX_ATTRIBUTES };
    assert_eq!(problem(&format!("<A{attributes}/>")), expected);

    let declarations = repeated(8, &|n| format!(" xmlns:a{n}='u:{n}'")).concat();
    let nested = repeated(5, &|n| format!("<A{n}{declarations}>")).concat();
    assert_eq!(problem(&nested), Problem::TooManyNamespaces { limit: MAX_NAMESPACES });

    let long = document(b"<A></A>", 6).unwrap_err().problem;
    assert_eq!(long, Problem::TooLong { limit: 6 });
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(&bytes);
    }

    #[test]
    fn no_markup_makes_it_panic(pieces in prop::collection::vec(piece(), 0..20)) {
        let _ = Document::parse(pieces.concat().as_bytes());
    }

    #[test]
    fn what_is_written_is_read_as_the_same(texts in prop::collection::vec(any::<String>(), 1..5)) {
        let mut element = Element::new("A");
        for text in texts {
            element.push(Element::leaf("B", text.clone()).with_attribute("c", text));
        }
        let document = Document::new(element);
        if let Ok(bytes) = document.to_xml() {
            prop_assert_eq!(Document::parse(&bytes).unwrap(), document);
        }
    }
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<",
        ">",
        "/",
        "A",
        "<A>",
        "</A>",
        "<A/>",
        " ",
        "a='1'",
        "xmlns",
        ":",
        "=",
        "'",
        "\"",
        "&",
        ";",
        "#",
        "x",
        "0",
        "&#38;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml version='1.0'?>",
        "<!DOCTYPE A [",
        "\r",
        "\n",
        "\u{feff}",
        "Ñ",
        "\0",
    ])
}
