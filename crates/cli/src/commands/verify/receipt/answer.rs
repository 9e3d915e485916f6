//! What an answer of the API says besides what was proven of it.
//!
//! Its invoice and the seal's address carry everything that is proven. The rest repeats some of it
//! for programs that do not read those, so it must say the same, and some of it nobody has signed.

use data_encoding::BASE64URL_NOPAD;
use invoice::{Json, Statement, authentication_code, entry_hash};

use super::paper::Paper;

/// What nobody has signed in a true answer, as JSON pointers; or what the answer says otherwise than
/// the verified statement and the invoice that was sealed.
pub(super) fn check(
    answer: &Json,
    paper: &Paper,
    statement: &Statement,
) -> Result<Vec<String>, String> {
    let mut unproven = Vec::new();
    compare("", answer, &proven(paper, statement), &mut unproven)?;
    Ok(unproven)
}

/// Whatever an answer may repeat, where it stands there.
fn proven(paper: &Paper, statement: &Statement) -> Json {
    let mut members = vec![
        ("number".to_owned(), Json::string(&*statement.number)),
        ("currency".to_owned(), Json::string(&*statement.currency)),
        ("seal".to_owned(), seal(paper, statement)),
    ];
    if let Some((Json::Object(invoice), _)) = &paper.invoice {
        members.extend(invoice.iter().cloned());
    }
    Json::Object(members)
}

fn seal(paper: &Paper, statement: &Statement) -> Json {
    let texts = [
        ("entry_hash", entry_hash(&paper.statement).to_hex()),
        ("previous", statement.previous.to_hex()),
        ("payload_hash", statement.payload_hash.to_hex()),
        ("key_id", statement.key_id.clone()),
        ("signature", BASE64URL_NOPAD.encode(&paper.signature)),
        ("authentication_code", authentication_code(&paper.signature)),
        ("sealed_at", statement.sealed_at.to_string()),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), Json::String(text)));
    // No chain is so long that a JSON number could not count it; one that were would differ.
    let sequence = i64::try_from(statement.sequence).map_or(Json::Null, Json::Integer);
    Json::Object([&[("sequence".to_owned(), sequence)][..], &texts].concat())
}

/// Walks both, as far as both have the same members.
fn compare(
    place: &str,
    said: &Json,
    proven: &Json,
    unproven: &mut Vec<String>,
) -> Result<(), String> {
    match (said, proven) {
        (Json::Object(members), Json::Object(_)) => {
            for (name, said) in members {
                let place = format!("{place}/{name}");
                match proven.member(name) {
                    _ if CARRIERS.contains(&&*place) => {}
                    Some(proven) => compare(&place, said, proven, unproven)?,
                    None if *said == Json::Null => {}
                    None => unproven.push(place),
                }
            }
            Ok(())
        }
        (Json::Array(said), Json::Array(proven)) if said.len() == proven.len() => {
            let pairs = said.iter().zip(proven).enumerate();
            pairs.into_iter().try_for_each(|(index, (said, proven))| {
                compare(&format!("{place}/{index}"), said, proven, unproven)
            })
        }
        _ if said == proven => Ok(()),
        _ => Err(format!("{place} says {}, and {} was sealed", shown(said), shown(proven))),
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("a list of {}", items.len()),
        Json::Object(_) => "an object".to_owned(),
        Json::OtherNumber => "another kind of number".to_owned(),
        _ => shortened(&value.to_text()),
    }
}

/// A text that somebody else wrote, no longer than a person reads.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// What the proven was read from, and is verified by itself.
const CARRIERS: [&str; 3] = ["/invoice", "/proof", "/seal/verify_url"];
const CHARS_MAX: usize = 200;
