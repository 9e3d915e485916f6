//! The client, the operator, and the comment that some clients and groups need.

use crate::drc_emcf::articles::Article;
use crate::drc_emcf::codes::{CLIENT_FIELDS, CLIENT_TYPE, COMMENT_A, OPERATOR, Refusal};
use crate::drc_emcf::rates::Group;
use crate::drc_emcf::request::{Client, InvoiceRequest};

/// The client's type and mandatory fields, and the operator's name.
pub(super) fn check(request: &InvoiceRequest, strict: bool) -> Result<(), Refusal> {
    let named = request.operator.as_ref().is_some_and(|operator| !operator.name.is_empty());
    if !named {
        return Err(OPERATOR.because("operator.name"));
    }
    match &request.client {
        Some(client) => check_client(client, &request.cmta, strict),
        None if strict => Err(CLIENT_TYPE.because("client est absent")),
        None => Ok(()),
    }
}

/// Group D asks for the derogation document's reference in comment A (FACNO, Groupes de taxation
/// v1.2).
pub(super) fn check_comment_for_groups(
    request: &InvoiceRequest,
    articles: &[Article],
) -> Result<(), Refusal> {
    let derogation = articles.iter().any(|article| article.line.group == Group::D);
    if derogation && request.cmta.is_empty() {
        Err(COMMENT_A.because("groupe D sans cmta"))
    } else {
        Ok(())
    }
}

/// SFE annexe, clients: PP nothing, PM, PC and PL a name and a NIF, AO a name and the exemption's
/// reference.
fn check_client(client: &Client, comment_a: &str, strict: bool) -> Result<(), Refusal> {
    let missing = |field: &str| CLIENT_FIELDS.because(format!("client {}, {field}", client.kind));
    match client.kind.as_str() {
        "" if strict => Err(CLIENT_TYPE.because("client.type est vide")),
        "PM" | "PC" | "PL" | "AO" if client.name.is_empty() => Err(missing("name")),
        "PM" | "PC" | "PL" if client.nif.is_empty() => Err(missing("nif")),
        "AO" if comment_a.is_empty() => Err(COMMENT_A.because("client AO sans cmta")),
        "" | "PP" | "PM" | "PC" | "PL" | "AO" => Ok(()),
        other => Err(CLIENT_TYPE.because(format!("client.type {other:?}"))),
    }
}
