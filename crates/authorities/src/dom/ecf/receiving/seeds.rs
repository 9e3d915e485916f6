//! Seeds and tokens: how another taxpayer's system shows who it is (Descripción Técnica,
//! Autenticación).

use invoice::Timestamp;
use serde_json::json;

use super::{not_read, signer, told};
use crate::contract::{AnswerForm, IssuedToken, NotRead, SignedSeed};
use crate::dom::dsig::verify;
use crate::dom::ecf::document::Seed;
use crate::dom::xml::{Document, Element};
use crate::trust::Roots;

/// A signed seed has a value, a time and a signature; beyond this nothing is read.
const SEED_BYTES_MAX: usize = 64 * 1024;

pub(super) fn write(value: &str, now: Timestamp) -> Vec<u8> {
    written(Seed { value: value.to_owned(), at: now }.to_element())
}

pub(super) fn read(
    bytes: &[u8],
    roots: Option<&Roots>,
    now: Timestamp,
) -> Result<SignedSeed, NotRead> {
    if bytes.len() > SEED_BYTES_MAX {
        return Err(not_read("it is longer than any signed seed"));
    }
    let verified = verify(bytes).map_err(|rejection| NotRead(rejection.to_string()))?;
    let seed = Seed::read(verified.document().root()).map_err(|faults| NotRead(told(&faults)))?;
    // A token is for what comes next, so it is the present that counts. It is nobody's in particular:
    // whoever delivers need not be the issuer.
    let signer = signer(&verified, roots, (None, now))?;
    Ok(SignedSeed { value: seed.value, signer: signer.name })
}

pub(super) fn token_answer(token: &IssuedToken<'_>, form: AnswerForm) -> Vec<u8> {
    let members = [
        ("token", token.token.to_owned()),
        ("expira", instant(token.expires_at)),
        ("expedido", instant(token.issued_at)),
    ];
    match form {
        AnswerForm::Json => {
            let members = members.map(|(name, value)| (name.to_owned(), json!(value)));
            let object = serde_json::Value::Object(members.into_iter().collect());
            object.to_string().into_bytes()
        }
        AnswerForm::Xml => {
            let mut root = Element::new("RespuestaAutenticacion");
            for (name, value) in members {
                root.push_leaf(name, value);
            }
            written(root)
        }
    }
}

/// `yyyy-MM-ddTHH:mm:ssZ`.
fn instant(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.micros());
    let at = at.expect("an instant of ours is within the calendar");
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn written(root: Element) -> Vec<u8> {
    Document::new(root).to_xml().expect("seeds and tokens are of plain characters")
}
