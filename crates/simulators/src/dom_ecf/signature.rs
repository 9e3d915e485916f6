//! XML signatures in the DGII's profile ("Firmado de e-CF"): verified, and made.
//!
//! The verifier honours what the DGII is seen to honour: both canonical forms, and indented files
//! whose signer had dropped the white space. It accepts nothing weaker than SHA-256, no reference
//! but the whole document, and one signature.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, UnparsedPublicKey,
};
use data_encoding::BASE64;

use super::certificate::{Certificate, Identity};
use super::xml::{self, Document, Element, Method, Node};
use crate::SimulatorError;

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) certificate: Certificate,
    /// The base64 of the signature's value: its first six characters are the security code.
    pub(super) value: String,
}

impl Signed {
    /// The security code of an e-CF (Informe Técnico e-CF: the first six characters of the
    /// signature's value).
    pub(super) fn security_code(&self) -> String {
        self.value.chars().take(6).collect()
    }
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

/// Verifies the signature of a document over all of it.
pub(super) fn verify(document: &Document) -> Result<Signed, Broken> {
    let parts = Parts::of(&document.root)?;
    let certificate = parts.certificate()?;
    parts.hold(document, &certificate)?;
    Ok(Signed { certificate, value: parts.value })
}

/// Signs a document without white space between its elements: `unsigned` is its whole text, and
/// the signature goes before the root's end tag.
pub(super) fn sign(unsigned: &str, identity: &Identity) -> Result<String, SimulatorError> {
    let document = xml::parse(unsigned.as_bytes()).expect("the simulator writes good XML");
    let covered = xml::canonical_document(&document, &Method::Inclusive);
    let digest = BASE64.encode(digest::digest(&digest::SHA256, &covered).as_ref());
    let information = SIGNED_INFORMATION.replace("{digest}", &digest);
    let signature = identity.sign(information_in(&document.root, &information).as_bytes())?;
    let element = format!(
        "<Signature xmlns=\"{NAMESPACE}\">{information}<SignatureValue>{}</SignatureValue><KeyInfo>\
         <X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></Signature>",
        BASE64.encode(&signature),
        BASE64.encode(&identity.certificate),
    );
    let end = unsigned.rfind("</").expect("the root has an end tag");
    Ok(format!("{}{element}{}", &unsigned[..end], &unsigned[end..]))
}

/// The signed information in canonical form, as it stands inside `root`.
fn information_in(root: &Element, information: &str) -> String {
    let signature = format!("<Signature xmlns=\"{NAMESPACE}\">{information}</Signature>");
    let signature = xml::parse(signature.as_bytes()).expect("it is written just above").root;
    let information = signature.child("SignedInfo").expect("it is written just above");
    xml::canonical_element(information, &[root, &signature], &Method::Inclusive)
}

/// A signature taken apart.
struct Parts<'a> {
    root: &'a Element,
    signature: &'a Element,
    information: &'a Element,
    /// The base64 of the signature's value, without white space.
    value: String,
}

impl<'a> Parts<'a> {
    fn of(root: &'a Element) -> Result<Self, Broken> {
        if count_signatures(root) != 1 {
            return Err(Broken("el documento debe tener una sola firma"));
        }
        let signature = root.elements().next_back().filter(|last| is_signature(last));
        let signature = signature.ok_or(Broken("la firma no es el último elemento de la raíz"))?;
        let names: Vec<&str> = signature.elements().map(|each| each.local.as_str()).collect();
        if names != ["SignedInfo", "SignatureValue", "KeyInfo"] {
            return Err(Broken("la firma no tiene la estructura esperada"));
        }
        let value = text_of(signature, "SignatureValue")?;
        let information = child(signature, "SignedInfo")?;
        Ok(Self { root, signature, information, value })
    }

    fn certificate(&self) -> Result<Certificate, Broken> {
        let info = child(self.signature, "KeyInfo")?;
        let base64 = text_of(child(info, "X509Data")?, "X509Certificate")?;
        let der = BASE64.decode(base64.as_bytes()).ok();
        let read = der.and_then(|der| Certificate::read(&der));
        read.ok_or(Broken("el certificado de la firma no se puede leer"))
    }

    /// The signature over its information, and the information's digest over the document.
    fn hold(&self, document: &Document, certificate: &Certificate) -> Result<(), Broken> {
        let algorithm = algorithm_of(self.information, "SignatureMethod")?;
        let parameters = rsa(algorithm).ok_or(Broken("el algoritmo de la firma no es admitido"))?;
        let method = self.method()?;
        let ancestors = [self.root, self.signature];
        let information = xml::canonical_element(self.information, &ancestors, &method);
        let value = BASE64.decode(self.value.as_bytes());
        let value = value.map_err(|_| Broken("el valor de la firma no es base64"))?;
        let key = UnparsedPublicKey::new(parameters, &certificate.public_key);
        key.verify(information.as_bytes(), &value)
            .map_err(|_| Broken("el valor de la firma no corresponde al certificado"))?;
        self.covers(document)
    }

    /// How the signed information was canonicalised.
    fn method(&self) -> Result<Method, Broken> {
        let method = child(self.information, "CanonicalizationMethod")?;
        canonicalization(method).ok_or(Broken("la canonicalización no es admitida"))
    }

    fn covers(&self, document: &Document) -> Result<(), Broken> {
        let mut references =
            self.information.elements().filter(|element| element.local == "Reference");
        let (Some(reference), None) = (references.next(), references.next()) else {
            return Err(Broken("la firma debe tener una sola referencia"));
        };
        if reference.attribute("URI") != Some("") {
            return Err(Broken("la referencia no es el documento completo"));
        }
        let algorithm = algorithm_of(reference, "DigestMethod")?;
        let algorithm = sha2(algorithm).ok_or(Broken("el algoritmo del resumen no es admitido"))?;
        let claimed = text_of(reference, "DigestValue")?;
        let method = transforms(reference)?;
        let bare = without_signature(document);
        // Integrators report that a carriage return written as `&#13;` is lost on the way: what is
        // digested there is another text.
        if bare.root.text().contains('\r') {
            return Err(Broken("el documento contiene retornos de carro"));
        }
        let stripped = Document { root: bare.root.without_blank_texts(), ..bare.clone() };
        let matches = |document: &Document| {
            let covered = xml::canonical_document(document, &method);
            BASE64.encode(digest::digest(algorithm, &covered).as_ref()) == claimed
        };
        if matches(&bare) || matches(&stripped) {
            return Ok(());
        }
        Err(Broken("el resumen no corresponde al documento"))
    }
}

/// The enveloped transform, and at most one canonicalisation after it. Without one the form is
/// inclusive (XML Signature, 4.4.3.2).
fn transforms(reference: &Element) -> Result<Method, Broken> {
    let refused = Broken("las transformaciones de la referencia no son admitidas");
    let all: Vec<&Element> = child(reference, "Transforms")?.elements().collect();
    let is_enveloped = |each: &Element| each.attribute("Algorithm") == Some(ENVELOPED);
    match all[..] {
        [first] if is_enveloped(first) => Ok(Method::Inclusive),
        [first, second] if is_enveloped(first) => canonicalization(second).ok_or(refused),
        _ => Err(refused),
    }
}

fn canonicalization(element: &Element) -> Option<Method> {
    match element.attribute("Algorithm")? {
        INCLUSIVE => Some(Method::Inclusive),
        EXCLUSIVE => {
            let listed = element.child("InclusiveNamespaces");
            let listed = listed.and_then(|element| element.attribute("PrefixList")).unwrap_or("");
            let prefix = |each: &str| if each == "#default" { "" } else { each }.to_owned();
            Some(Method::Exclusive(listed.split_ascii_whitespace().map(prefix).collect()))
        }
        _ => None,
    }
}

/// What the enveloped transform leaves: the document without the root's signature.
fn without_signature(document: &Document) -> Document {
    let mut bare = document.clone();
    bare.root.children.retain(|child| match child {
        Node::Element(element) => !is_signature(element),
        Node::Text(_) | Node::Comment | Node::Instruction(_) => true,
    });
    bare
}

fn count_signatures(element: &Element) -> usize {
    let inside: usize = element.elements().map(count_signatures).sum();
    inside + usize::from(is_signature(element))
}

fn is_signature(element: &Element) -> bool {
    element.local == "Signature" && element.namespace == NAMESPACE
}

fn child<'a>(element: &'a Element, local: &str) -> Result<&'a Element, Broken> {
    let mut found = element.elements().filter(|child| child.local == local);
    match (found.next(), found.next()) {
        (Some(child), None) if child.namespace == NAMESPACE => Ok(child),
        _ => Err(Broken("la firma no tiene la estructura esperada")),
    }
}

fn text_of(element: &Element, local: &str) -> Result<String, Broken> {
    let text = child(element, local)?.text();
    Ok(text.chars().filter(|c| !xml::is_space(*c)).collect())
}

fn algorithm_of<'a>(element: &'a Element, local: &str) -> Result<&'a str, Broken> {
    let algorithm = child(element, local)?.attribute("Algorithm");
    algorithm.ok_or(Broken("la firma no tiene la estructura esperada"))
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    match algorithm.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#rsa-")? {
        "sha256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "sha384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "sha512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

fn sha2(algorithm: &str) -> Option<&'static digest::Algorithm> {
    match algorithm {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(&digest::SHA256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(&digest::SHA384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(&digest::SHA512),
        _ => None,
    }
}

/// The namespace of XML signatures.
pub(super) const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The signed information of the profile, but for its digest.
const SIGNED_INFORMATION: &str = concat!(
    "<SignedInfo><CanonicalizationMethod Algorithm=\"",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/><SignatureMethod Algorithm=\"",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><Reference URI=\"\"><Transforms>",
    "<Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/></Transforms>",
    "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>",
    "<DigestValue>{digest}</DigestValue></Reference></SignedInfo>",
);

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
