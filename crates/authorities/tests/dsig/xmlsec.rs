//! xmlsec1 as the judge of ours, and as the signer of what we judge.

use std::path::PathBuf;
use std::process::Output;

use authorities::dom::dsig::{Form, Rejection, verify};
use authorities::dom::xml::Document;
use authorities::dom::xml::c14n::Method;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use crate::documents::{invoice, wild};
use crate::kit::HOLDER;
use crate::tools::run;

/// A folder with the holder's key and certificate, for a tool that reads files.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Option<Self> {
        run("xmlsec1", &["--version"])?;
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.write("key.pem", &HOLDER.key_pem());
        bench.write("certificate.pem", &HOLDER.certificate_pem());
        Some(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn is_verified(&self, signed: &str) -> bool {
        let document = self.write("signed.xml", signed);
        // Self-made certificates have no chain that it could follow.
        let arguments = ["--verify", "--insecure", "--id-attr:Id", "ECF", &document];
        run("xmlsec1", &arguments).unwrap().status.success()
    }

    fn sign(&self, template: &str) -> String {
        let template = self.write("template.xml", template);
        let key = format!("{},{}", self.name("key.pem"), self.name("certificate.pem"));
        let arguments = ["--sign", "--privkey-pem", &key, "--id-attr:Id", "ECF", &template];
        let Output { status, stdout, stderr } = run("xmlsec1", &arguments).unwrap();
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

#[test]
fn it_verifies_all_of_ours() {
    let Some(bench) = Bench::new() else { return };
    let documents = vec(invoice(), DOCUMENTS).new_tree(&mut TestRunner::default());
    let mut files = Vec::new();
    for (number, xml) in documents.unwrap().current().iter().enumerate() {
        let signed = HOLDER.sign_text(xml);
        let verified = verify(signed.as_bytes()).unwrap();
        assert_eq!(verified.form(), Form::AsReceived);
        files.push(bench.write(&format!("{number}.xml"), &signed));
    }
    let arguments = [vec!["--verify".to_owned(), "--insecure".to_owned()], files].concat();
    let Output { status, stdout, stderr } = run("xmlsec1", &arguments).unwrap();
    let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    assert!(status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| *line == "OK").count(), DOCUMENTS, "{said}");
}

#[test]
fn it_refuses_ours_when_altered() {
    let Some(bench) = Bench::new() else { return };
    let signed = HOLDER.sign_text("<ECF><Version>1.0</Version></ECF>");
    assert!(bench.is_verified(&signed));
    assert!(
        !bench.is_verified(&signed.replace("<Version>1.0", "<Version>1.1")),
        "or it judges nothing"
    );
}

#[test]
fn we_verify_what_it_signs() {
    let Some(bench) = Bench::new() else { return };
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let documents = prop_oneof![wild(), invoice()];
    let outcome = runner.run(&(documents, template()), |(xml, template)| {
        let Some(unsigned) = template.put_into(&xml) else { return Ok(()) };
        let signed = bench.sign(&unsigned);
        let verified = verify(signed.as_bytes());
        let verified = verified.unwrap_or_else(|rejection| panic!("{rejection}: {signed}"));
        prop_assert_eq!(verified.form(), Form::AsReceived);
        prop_assert_eq!(verified.canonicalization(), template.canonicalization());
        prop_assert_eq!(verified.document(), &Document::parse(xml.as_bytes()).unwrap());
        prop_assert_eq!(verified.certificate().der(), &HOLDER.certificate);

        let altered = signed.replacen("</", "x</", 1);
        let rejection = verify(altered.as_bytes()).unwrap_err();
        let is_noticed = matches!(rejection, Rejection::Altered | Rejection::StrayText { .. });
        prop_assert!(is_noticed, "{rejection}");
        Ok(())
    });
    outcome.unwrap();
}

/// How another issuer's library might write a signature.
#[derive(Debug, Clone)]
struct Template {
    prefix: &'static str,
    layout: &'static str,
    canonicalization: &'static str,
    second_transform: Option<&'static str>,
    has_id: bool,
}

fn template() -> impl Strategy<Value = Template> {
    let second = select(vec![None, Some(INCLUSIVE), Some(EXCLUSIVE)]);
    let parts =
        (select(vec!["", "ds"]), select(vec!["", "\n  "]), select(vec![INCLUSIVE, EXCLUSIVE]));
    (parts, second, any::<bool>()).prop_map(
        |((prefix, layout, canonicalization), second, has_id)| Template {
            prefix,
            layout,
            canonicalization,
            second_transform: second,
            has_id,
        },
    )
}

impl Template {
    /// The document with the template as the last child of its root, unless it has no contents.
    fn put_into(&self, xml: &str) -> Option<String> {
        let (before, end) = xml.rsplit_once("</")?;
        Some(format!("{before}{}</{end}", self.signature()))
    }

    fn canonicalization(&self) -> Method {
        if self.canonicalization == INCLUSIVE { Method::Inclusive } else { Method::Exclusive }
    }

    fn signature(&self) -> String {
        let Self { layout, canonicalization, .. } = self;
        let algorithm = |uri: &str| format!(" Algorithm='{uri}'");
        let transform = |uri: &str| self.element("Transform", &algorithm(uri), "");
        let second = self.second_transform.map(transform).unwrap_or_default();
        let reference = [
            self.element("Transforms", "", &(transform(ENVELOPED) + &second)),
            self.element("DigestMethod", &algorithm(SHA256), ""),
            self.element("DigestValue", "", ""),
        ];
        let signed_info = [
            self.element("CanonicalizationMethod", &algorithm(canonicalization), ""),
            self.element("SignatureMethod", &algorithm(RSA_SHA256), ""),
            self.element("Reference", " URI=''", &reference.join(layout)),
        ];
        let id = if self.has_id { " Id='S1'" } else { "" };
        let contents = [
            self.element("SignedInfo", "", &signed_info.join(layout)),
            self.element("SignatureValue", "", ""),
            self.element("KeyInfo", "", &self.element("X509Data", "", "")),
        ];
        let colon = if self.prefix.is_empty() { "" } else { ":" };
        let declaration = format!(" xmlns{colon}{}='{NAMESPACE}'{id}", self.prefix);
        self.element("Signature", &declaration, &contents.join(layout))
    }

    fn element(&self, name: &str, attributes: &str, contents: &str) -> String {
        let colon = if self.prefix.is_empty() { "" } else { ":" };
        let Self { prefix, layout, .. } = self;
        format!(
            "<{prefix}{colon}{name}{attributes}>{layout}{contents}{layout}</{prefix}{colon}{name}>"
        )
    }
}

#[test]
fn a_reference_to_the_identifier_of_the_root_is_to_the_whole() {
    let Some(bench) = Bench::new() else { return };
    let unsigned = EVERYTHING.put_into("<ECF Id=\"root\"><Version>1.0</Version></ECF>").unwrap();
    let signed = bench.sign(&unsigned.replace("URI=''", "URI='#root'"));
    assert_eq!(verify(signed.as_bytes()).unwrap().form(), Form::AsReceived);
}

#[test]
fn the_prefix_of_the_signature_may_be_declared_by_the_root() {
    let Some(bench) = Bench::new() else { return };
    let declaration = format!(" xmlns:ds='{NAMESPACE}'");
    let unsigned = EVERYTHING.put_into("<ECF><Version>1.0</Version></ECF>").unwrap();
    let unsigned = unsigned.replace(&declaration, "");
    let signed = bench.sign(&unsigned.replace("<ECF>", &format!("<ECF{declaration}>")));
    assert_eq!(verify(signed.as_bytes()).unwrap().form(), Form::AsReceived);
}

const EVERYTHING: Template = Template {
    prefix: "ds",
    layout: "\n",
    canonicalization: EXCLUSIVE,
    second_transform: Some(EXCLUSIVE),
    has_id: false,
};
const DOCUMENTS: usize = 400;
/// Fewer, since each is a process of its own.
const CASES: u32 = 120;
const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
