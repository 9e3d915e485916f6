use super::*;

const NOW: i64 = 1_790_000_000_000_000;

fn identity() -> Identity {
    Identity::fresh("PRUEBA", "IDCDO-00100000001", NOW).unwrap()
}

fn signed(unsigned: &str) -> String {
    sign(unsigned, &identity()).unwrap()
}

fn judged(text: &str) -> Result<Signed, Broken> {
    verify(&xml::parse(text.as_bytes()).unwrap())
}

const NOTE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><N xmlns:xsi=\"http://x/i\" xmlns:xsd=\"http://x/d\"><A>1 &#38; 2</A><B>ñ</B></N>";

#[test]
fn what_is_signed_holds_and_says_who() {
    let held = judged(&signed(NOTE)).unwrap();
    assert_eq!(held.certificate.holder, "00100000001");
    assert_eq!(held.security_code().len(), 6);
    assert!(held.value.starts_with(&held.security_code()));
}

#[test]
fn indented_after_signing_it_still_holds_but_nothing_else_does() {
    let signed = signed(NOTE);
    let indented = signed.replace("<A>", "\r\n  <A>").replace("<B>", "\n\t<B>");
    assert!(judged(&indented).is_ok());
    for (from, to) in [
        ("1 &#38; 2", "1 &#38; 3"),
        ("<B>ñ", "<B>ñ "),
        ("</B>", "</B><C/>"),
        ("xmlns:xsd=\"http://x/d\"", "xmlns:xsd=\"http://x/e\""),
        ("rsa-sha256", "rsa-sha1"),
        ("xmlenc#sha256", "xmlenc#sha512"),
        ("URI=\"\"", "URI=\"#A\""),
        ("enveloped-signature", "base64"),
        ("REC-xml-c14n-20010315\"", "REC-xml-c14n-20010315#WithComments\""),
    ] {
        let altered = signed.replacen(from, to, 1);
        assert_ne!(altered, signed, "{from} is there");
        assert!(judged(&altered).is_err(), "{from} -> {to}");
    }
}

#[test]
fn wrapped_doubled_or_moved_it_does_not_hold() {
    let signed = signed(NOTE);
    let start = signed.find("<Signature ").unwrap();
    let end = signed.find("</Signature>").unwrap() + "</Signature>".len();
    let signature = &signed[start..end];
    for altered in [
        signed.replace(signature, &signature.repeat(2)),
        signed.replace(signature, ""),
        signed.replace(signature, "").replace("<A>", &format!("{signature}<A>")),
        signed.replace(signature, "").replace("<B>", &format!("<B>{signature}")),
        signed.replace("<N xmlns", "<W><N xmlns").replace("</N>", "</N></W>"),
        signed.replace("<KeyInfo>", "<Object/><KeyInfo>"),
    ] {
        assert!(judged(&altered).is_err());
    }
}

#[test]
fn a_carriage_return_is_lost_on_the_way() {
    let with = |end: &str| signed(&NOTE.replace("<B>ñ", &format!("<B>ñ{end}x")));
    assert!(judged(&with("\n")).is_ok() && judged(&with("&#10;")).is_ok());
    assert_eq!(judged(&with("&#13;")), Err(Broken("el documento contiene retornos de carro")));
}

#[test]
fn another_key_is_a_stranger() {
    let (one, other) = (signed(NOTE), signed(NOTE));
    let certificate = |text: &str| {
        let (_, rest) = text.split_once("<X509Certificate>").unwrap();
        rest.split_once("</X509Certificate>").unwrap().0.to_owned()
    };
    let swapped = one.replace(&certificate(&one), &certificate(&other));
    assert_eq!(judged(&swapped), Err(Broken("el valor de la firma no corresponde al certificado")));
}
