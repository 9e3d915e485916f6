//! In a page: one element of data, which a browser neither runs nor draws.

use invoice::Json;

use super::{Carried, CarriedError, PART_BYTES_MAX};

/// The element. Within a string JSON may write any sign by its number, so that nothing in it can end
/// the element or begin another.
pub(crate) fn element(carried: &Carried) -> String {
    let members = [("invoice", carried.invoice.clone()), ("proof", Json::string(&*carried.proof))];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    let json = Json::Object(members.to_vec()).to_text();
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    format!("<script type=\"application/json\" {MARK}>{json}</script>\n")
}

pub(super) fn find(page: &[u8]) -> Result<Option<Carried>, CarriedError> {
    let mut found = None;
    let mut rest = page;
    while let Some(start) = position(rest, b"<script") {
        let tag = &rest[start..];
        let Some(end) = tag.iter().position(|byte| *byte == b'>') else { break };
        let (tag, content) = tag.split_at(end + 1);
        rest = content;
        if position(tag, MARK.as_bytes()).is_none() {
            continue;
        }
        let end = position(content, b"</script").ok_or(CarriedError::Malformed)?;
        let carried = read(&content[..end])?;
        rest = &content[end..];
        if found.replace(carried).is_some() {
            return Err(CarriedError::Several);
        }
    }
    Ok(found)
}

fn read(content: &[u8]) -> Result<Carried, CarriedError> {
    if content.len() > CONTENT_BYTES_MAX {
        return Err(CarriedError::TooLong);
    }
    let tree = Json::parse(content).map_err(|_| CarriedError::Malformed)?;
    let (Some(invoice), Some(proof)) =
        (tree.member("invoice"), tree.member("proof").and_then(Json::as_str))
    else {
        return Err(CarriedError::Malformed);
    };
    Carried { proof: proof.to_owned(), invoice: invoice.clone() }.checked()
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|some| some == wanted)
}

const MARK: &str = "id=\"stalela-receipt\"";
/// Both parts, and what the escapes of signs add.
const CONTENT_BYTES_MAX: usize = 3 * PART_BYTES_MAX;
