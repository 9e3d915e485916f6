//! What an attacker makes of a document that somebody signed, each refused for its own reason.

use authorities::dom::dsig::{Form, Rejection, verify};
use authorities::dom::xml::Problem;

use crate::kit::{HOLDER, Holder};

/// A signed document, in three pieces.
struct Target {
    contents: String,
    signature: String,
}

impl Target {
    fn new() -> Self {
        let signed = HOLDER.sign_text(&document(CONTENTS));
        let (before, signature) = signed.split_once("<Signature").unwrap();
        let signature = signature.strip_suffix("</ECF>").unwrap();
        let (_, contents) = before.split_once("<ECF>").unwrap();
        Self { contents: contents.to_owned(), signature: format!("<Signature{signature}") }
    }

    fn whole(&self) -> String {
        document(&format!("{}{}", self.contents, self.signature))
    }
}

fn document(contents: &str) -> String {
    format!("<ECF>{contents}</ECF>")
}

fn refused(xml: &str) -> Rejection {
    match verify(xml.as_bytes()) {
        Ok(_) => panic!("it verifies: {xml}"),
        Err(rejection) => rejection,
    }
}

fn unreadable(xml: &str) -> Problem {
    match refused(xml) {
        Rejection::Xml(error) => error.problem,
        other => panic!("it is read, and refused since {other}"),
    }
}

/// What is true of the target, lest the attacks fail for another reason.
#[test]
fn the_target_verifies() {
    let target = Target::new();
    assert_eq!(target.contents, CONTENTS);
    assert_eq!(verify(target.whole().as_bytes()).unwrap().form(), Form::AsReceived);
}

#[test]
fn a_changed_digit_is_noticed() {
    let altered = Target::new().whole().replace("118.00", "119.00");
    assert_eq!(refused(&altered), Rejection::Altered);
}

#[test]
fn a_changed_name_attribute_or_namespace_is_noticed() {
    let whole = Target::new().whole();
    for (from, to) in [
        ("MontoTotal>", "MontoTota1>"),
        ("<Encabezado>", "<Encabezado a=\"1\">"),
        ("<ECF>", "<ECF xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"),
        ("<ECF>", "<ECF xml:lang=\"es\">"),
        ("<Comprador></Comprador>", ""),
        ("<Version>1.0</Version>", "<Version>1.0</Version><Version>1.0</Version>"),
    ] {
        let whole = whole.replace("<Comprador/>", "<Comprador></Comprador>");
        assert!(verify(whole.as_bytes()).is_ok(), "the two ways to write it are one");
        assert!(whole.contains(from));
        assert_eq!(refused(&whole.replace(from, to)), Rejection::Altered, "{to}");
    }
}

#[test]
fn whitespace_in_a_value_is_noticed() {
    let whole = Target::new().whole();
    for to in [" 118.00", "118.00\n", "1 18.00", "118.00\u{a0}", "118.00&#x20;"] {
        assert_eq!(refused(&whole.replace("118.00", to)), Rejection::Altered, "{to}");
    }
}

/// It verifies without its layout, but nobody reads the layout for a value.
#[test]
fn whitespace_between_elements_is_not_in_what_verified() {
    let whole = Target::new().whole().replace("<Comprador/>", "<Comprador> </Comprador>\n ");
    let verified = verify(whole.as_bytes()).unwrap();
    assert_eq!(verified.form(), Form::WithoutLayout);
    assert_eq!(verified.document().root().value_at("Encabezado/Comprador"), Some(""));
}

#[test]
fn the_signed_document_wrapped_in_another_is_noticed() {
    let target = Target::new();
    let whole = target.whole();
    assert_eq!(refused(&format!("<Sobre>{whole}</Sobre>")), Rejection::Misplaced);
    let beside = format!("{EVIL}{whole}");
    assert_eq!(refused(&document(&beside)), Rejection::Misplaced);
    let kept = format!("{EVIL}<Original>{}</Original>{}", document(CONTENTS), target.signature);
    assert_eq!(refused(&document(&kept)), Rejection::Altered);
}

#[test]
fn the_signed_document_moved_behind_an_identifier_is_noticed() {
    let target = Target::new();
    let by_identifier = target.signature.replace("URI=\"\"", "URI=\"#original\"");
    let original = format!("<ECF Id=\"original\">{CONTENTS}</ECF>");
    let refers = |uri: &str| Rejection::PartialReference { uri: uri.to_owned() };

    let beside = document(&format!("{EVIL}{original}{by_identifier}"));
    assert_eq!(refused(&beside), refers("#original"));

    let object = format!("<Object>{original}</Object></Signature>");
    let inside = document(&format!("{EVIL}{}", by_identifier.replace("</Signature>", &object)));
    assert_eq!(refused(&inside), Rejection::Object);

    let both = beside.replacen("<ECF>", "<ECF Id=\"original\">", 1);
    assert_eq!(refused(&both), Rejection::AmbiguousReference { id: "original".into() });
    let other_spelling = beside.replacen("<ECF>", "<ECF ID=\"original\">", 1);
    assert_eq!(refused(&other_spelling), Rejection::AmbiguousReference { id: "original".into() });

    let pointer = target.whole().replace("URI=\"\"", "URI=\"#xpointer(/)\"");
    assert_eq!(refused(&pointer), refers("#xpointer(/)"));
}

#[test]
fn references_outside_are_refused() {
    for uri in ["http://127.0.0.1/", "file:///etc/passwd", "otro.xml", "?", " "] {
        let elsewhere = Target::new().whole().replace("URI=\"\"", &format!("URI=\"{uri}\""));
        assert_eq!(refused(&elsewhere), Rejection::ExternalReference { uri: uri.into() });
    }
    let nowhere = Target::new().whole().replace(" URI=\"\"", "");
    let missing = Rejection::AttributeMissing { element: "Reference".into(), attribute: "URI" };
    assert_eq!(refused(&nowhere), missing);
}

#[test]
fn several_signatures_are_refused() {
    let target = Target::new();
    let twice = document(&format!("{CONTENTS}{0}{0}", target.signature));
    assert_eq!(refused(&twice), Rejection::SeveralSignatures { count: 2 });
    let again = target.whole().replace("</KeyInfo>", &format!("</KeyInfo>{}", target.signature));
    assert_eq!(refused(&again), Rejection::SeveralSignatures { count: 2 });
    let hidden = format!("<x:Signature xmlns:x=\"{NAMESPACE}\"/>");
    let hidden = target.whole().replace("<Comprador/>", &hidden);
    assert_eq!(refused(&hidden), Rejection::SeveralSignatures { count: 2 });
}

#[test]
fn a_signature_elsewhere_is_refused() {
    let Target { contents, signature } = Target::new();
    for moved in [
        format!("{signature}{contents}"),
        contents.replace("</Encabezado>", &format!("{signature}</Encabezado>")),
        format!("{contents}{signature}<Extra/>"),
        format!("{contents}{signature}texto"),
    ] {
        assert_eq!(refused(&document(&moved)), Rejection::Misplaced, "{moved}");
    }
    assert_eq!(refused(&signature), Rejection::Misplaced, "it is the root");
    let behind = format!("{}{signature}", document(&contents));
    assert_eq!(unreadable(&behind), Problem::SecondRoot);
}

#[test]
fn a_signature_that_is_none_is_no_signature() {
    let target = Target::new();
    let declared = format!(" xmlns=\"{NAMESPACE}\"");
    assert_eq!(refused(&document(CONTENTS)), Rejection::Unsigned);
    assert_eq!(refused(&target.whole().replace(&declared, "")), Rejection::Unsigned);
    let other = target.whole().replace(&declared, " xmlns=\"http://www.w3.org/2000/09/xmldsig\"");
    assert_eq!(refused(&other), Rejection::Unsigned);
    let part = target.whole().replace("<SignatureValue>", "<SignatureValue xmlns=\"\">");
    let foreign = Rejection::ForeignElement { element: "SignatureValue".into() };
    assert_eq!(refused(&part), foreign);
}

/// The digest mended, and the rest left: what nobody without the key can do.
#[test]
fn an_altered_signed_info_is_noticed() {
    let target = Target::new();
    let evil = HOLDER.sign_text(&document(EVIL));
    let digest = |xml: &str| {
        let (_, rest) = xml.split_once("<DigestValue>").unwrap();
        rest.split_once("</DigestValue>").unwrap().0.to_owned()
    };
    let signature = target.signature.replace(&digest(&target.signature), &digest(&evil));
    assert_eq!(refused(&document(&format!("{EVIL}{signature}"))), Rejection::Forged);
}

#[test]
fn somebody_elses_key_or_certificate_is_noticed() {
    let stranger = Holder::new("Otra Persona");
    let certificate = |holder: &Holder| data_encoding::BASE64.encode(&holder.certificate);
    let (ours, theirs) = (certificate(&HOLDER), certificate(&stranger));
    let whole = Target::new().whole();
    assert!(whole.contains(&ours));
    assert_eq!(refused(&whole.replace(&ours, &theirs)), Rejection::Forged);
    let signed_by_stranger = stranger.sign_text(&document(CONTENTS));
    assert_eq!(refused(&signed_by_stranger.replace(&theirs, &ours)), Rejection::Forged);
}

/// An HMAC keyed with the public key would verify for whoever takes the method from the document.
#[test]
fn other_methods_are_refused_whatever_they_would_say() {
    let whole = Target::new().whole();
    for name in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
        "",
    ] {
        let other = whole.replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", name);
        assert_eq!(refused(&other), Rejection::SignatureMethod { uri: name.into() });
    }
    let length = "<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">\
        <HMACOutputLength>0</HMACOutputLength></SignatureMethod>";
    let method =
        "<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>";
    assert!(whole.contains(method));
    let parameters = Rejection::Parameters { element: "SignatureMethod".into() };
    assert_eq!(refused(&whole.replace(method, length)), parameters);
}

#[test]
fn weak_digests_are_refused() {
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    for name in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ] {
        let other = Target::new().whole().replace(sha256, name);
        assert_eq!(refused(&other), Rejection::DigestMethod { uri: name.into() });
    }
}

#[test]
fn other_transforms_are_refused() {
    let whole = Target::new().whole();
    let refused_with = |transform: &str| {
        refused(&whole.replace("</Transforms>", &format!("{transform}</Transforms>")))
    };
    for uri in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
    ] {
        let transform = format!(
            "<Transform Algorithm=\"{uri}\"><XPath>not(ancestor-or-self::MontoTotal)</XPath>\
             </Transform>"
        );
        assert_eq!(refused_with(&transform), Rejection::Transform { uri: uri.into() });
    }
    let parameters = "<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
        <InclusiveNamespaces xmlns=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"x\"/>\
        </Transform>";
    let rejection = Rejection::Parameters { element: "Transform".into() };
    assert_eq!(refused_with(parameters), rejection);
    let canonical = "<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let third = Rejection::Transform { uri: "http://www.w3.org/2001/10/xml-exc-c14n#".into() };
    assert_eq!(refused_with(&canonical.repeat(2)), third);
    let first = whole.replace("<Transforms>", &format!("<Transforms>{canonical}"));
    assert_eq!(refused(&first), Rejection::NotEnveloped);
}

#[test]
fn comments_cannot_split_a_value() {
    let whole = Target::new().whole();
    for (from, to) in [
        ("118.00", "118<!-- -->.00"),
        ("<ECF>", "<ECF><!-- -->"),
        ("<DigestValue>", "<DigestValue><!-- -->"),
        ("</ECF>", "</ECF><!-- -->"),
    ] {
        assert_eq!(unreadable(&whole.replace(from, to)), Problem::Comment, "{to}");
    }
    assert_eq!(unreadable(&whole.replace("118.00", "118<?x?>.00")), Problem::Instruction);
}

#[test]
fn entities_cannot_expand() {
    let laughs: Vec<String> = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let whole = Target::new().whole();
    for declarations in [
        format!("<!ENTITY l0 \"ja\">{}", laughs.concat()),
        "<!ENTITY l9 SYSTEM \"file:///etc/passwd\">".to_owned(),
        "<!ATTLIST ECF Id CDATA \"x\">".to_owned(),
        String::new(),
    ] {
        let declared = format!("<!DOCTYPE ECF [{declarations}]>{whole}").replace("118.00", "&l9;");
        assert_eq!(unreadable(&declared), Problem::DocumentType);
    }
    let undeclared = whole.replace("118.00", "&l9;");
    assert_eq!(unreadable(&undeclared), Problem::Entity("l9".into()));
}

const CONTENTS: &str = "<Encabezado><Version>1.0</Version><MontoTotal>118.00</MontoTotal>\
    <Comprador/></Encabezado>";
const EVIL: &str = "<Encabezado><Version>1.0</Version><MontoTotal>118000.00</MontoTotal>\
    <Comprador/></Encabezado>";
const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
