//! The canonical forms, judged by libxml2 and by the recommendations' examples.

use std::process::Output;

use authorities::dom::xml::Document;
use authorities::dom::xml::c14n::{self, Method};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::documents::{invoice, wild};
use crate::tools::run;

fn canonical(xml: &str, method: Method) -> String {
    let document = Document::parse(xml.as_bytes()).unwrap_or_else(|e| panic!("{xml}: {e}"));
    let mut canonical = Vec::new();
    c14n::document(document.root(), method, &mut canonical);
    String::from_utf8(canonical).unwrap()
}

#[test]
fn libxml2_makes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.xml");
    let path = path.to_str().unwrap();
    if run("xmllint", &["--version"]).is_none() {
        return;
    }
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let documents = prop_oneof![wild(), invoice()];
    let outcome = runner.run(&documents, |xml| {
        std::fs::write(path, &xml).unwrap();
        for (flag, method) in [("--c14n", Method::Inclusive), ("--exc-c14n", Method::Exclusive)] {
            let Output { status, stdout, stderr } = run("xmllint", &[flag, path]).unwrap();
            prop_assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
            prop_assert_eq!(
                String::from_utf8(stdout).unwrap(),
                canonical(&xml, method),
                "{}",
                flag
            );
        }
        Ok(())
    });
    outcome.unwrap();
}

/// What is canonical stays as it is.
#[test]
fn canonicalizing_twice_changes_nothing() {
    proptest!(|(xml in wild())| {
        for method in [Method::Inclusive, Method::Exclusive] {
            let once = canonical(&xml, method);
            prop_assert_eq!(canonical(&once, method), once);
        }
    });
}

/// Canonical XML 1.0, 3.3 and 3.4, as far as they need no document type.
#[test]
fn tags_and_characters_are_as_in_the_recommendation() {
    let tags = "<doc>\n   <e1   />\n   <e2   ></e2>\n   \
        <e3   name = \"elem3\"   id=\"elem3\"   />\n   \
        <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      \
        xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      \
        xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n       \
        <e7 xmlns=\"http://www.ietf.org\">\n           <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n\
        <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/></e8></e7></e6>\n</doc>";
    let expected = "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   \
        <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" \
        xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" \
        a:attr=\"out\"></e5>\n   <e6 xmlns:a=\"http://www.w3.org\">\n       \
        <e7 xmlns=\"http://www.ietf.org\">\n           <e8 xmlns=\"\">\n\
        <e9 xmlns:a=\"http://www.ietf.org\"></e9></e8></e7></e6>\n</doc>";
    assert_eq!(canonical(tags, Method::Inclusive), expected);

    let characters = "<doc>\r\n<text>First line&#x0d;&#10;Second line</text>\n\
        <value>&#x32;</value>\n<compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]>\
        </compute>\n<norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>";
    let expected = "<doc>\n<text>First line&#xD;\nSecond line</text>\n<value>2</value>\n\
        <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n\
        <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n</doc>";
    assert_eq!(canonical(characters, Method::Inclusive), expected);
}

/// An element inherits, in the inclusive form, the namespaces and `xml:` attributes around it, and
/// in the exclusive one the namespaces that it uses.
#[test]
fn an_element_takes_along_what_it_inherits() {
    let document = Document::parse(
        b"<a xmlns='urn:d' xmlns:z='urn:z' xmlns:b='urn:b' xml:lang='es' xml:space='preserve' x='1'>\
          <b xmlns='' xmlns:b='urn:c' xml:lang='fr'><b:c y='2'><d/></b:c></b></a>",
    )
    .unwrap();
    let root = document.root();
    let parent = root.elements().next().unwrap();
    let apex = parent.elements().next().unwrap();
    let made = |method| {
        let mut canonical = Vec::new();
        c14n::subtree(apex, &[root, parent], method, &mut canonical);
        String::from_utf8(canonical).unwrap()
    };
    assert_eq!(
        made(Method::Inclusive),
        "<b:c xmlns:b=\"urn:c\" xmlns:z=\"urn:z\" y=\"2\" xml:lang=\"fr\" xml:space=\"preserve\">\
         <d></d></b:c>"
    );
    assert_eq!(made(Method::Exclusive), "<b:c xmlns:b=\"urn:c\" y=\"2\"><d></d></b:c>");
}

const CASES: u32 = 200;
