//! How the management port shows what the authority remembers.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::approvals::Approved;
use super::counterpart::Ledger;
use super::moment;
use super::register::{Arrival, Outcome, Registration};
use super::sequences::Range;

/// A registered number, with the bytes that came (base64).
pub(super) fn registration(each: &Registration) -> Value {
    let facts = &each.facts;
    json!({
        "rnc": facts.rnc,
        "encf": facts.number.to_string(),
        "type": facts.number.kind,
        "channel": each.channel,
        "standing": each.verdict.standing,
        "messages": each.verdict.messages,
        "trackId": each.track_id,
        "at": moment::dotnet(each.at),
        "security_code": each.security_code,
        "issued": facts.issued,
        "signed": facts.signed,
        "buyer_rnc": facts.buyer_rnc,
        "total": facts.total,
        "itbis": facts.itbis,
        "modified": facts.modified,
        "modification": facts.modification,
        "approved": each.approved,
        "bytes": BASE64.encode(&each.bytes),
        "support": each.support.as_ref().map(|bytes| BASE64.encode(bytes)),
    })
}

/// A document that came.
pub(super) fn arrival(each: &Arrival) -> Value {
    let (Outcome::Judged(verdict) | Outcome::Stuck(verdict)) = &each.outcome;
    json!({
        "trackId": each.track_id,
        "rnc": each.rnc,
        "encf": each.encf,
        "channel": each.channel,
        "at": moment::dotnet(each.at),
        "stuck": matches!(each.outcome, Outcome::Stuck(_)),
        "verdict": verdict,
        "bytes": BASE64.encode(&each.bytes),
    })
}

pub(super) fn approval(each: &Approved) -> Value {
    json!({
        "rnc": each.approval.rnc,
        "encf": each.approval.encf,
        "buyer_rnc": each.approval.buyer_rnc,
        "accepted": each.approval.is_accepted,
        "count": each.count,
        "bytes": BASE64.encode(&each.bytes),
    })
}

pub(super) fn range(range: &Range) -> Value {
    json!({
        "rnc": range.rnc,
        "type": range.kind,
        "first": range.first,
        "last": range.last,
        "expires": range.expires.strftime("%d-%m-%Y").to_string(),
    })
}

/// What the counterpart received and sent.
pub(super) fn counterpart(ledger: &Ledger) -> Value {
    let received = ledger.received.iter().map(|each| {
        json!({
            "rnc": each.facts.rnc,
            "encf": each.facts.number.to_string(),
            "buyer_rnc": each.facts.buyer_rnc,
            "total": each.facts.total,
            "bytes": BASE64.encode(&each.bytes),
        })
    });
    let sent = ledger.sent.iter().map(|each| {
        json!({
            "rnc": each.rnc,
            "encf": each.encf,
            "standing": each.standing,
            "messages": each.messages,
            "bytes": BASE64.encode(&each.bytes),
        })
    });
    let approvals = ledger.approvals.iter().map(|each| {
        json!({ "rnc": each.rnc, "encf": each.encf, "buyer_rnc": each.buyer_rnc, "accepted": each.is_accepted })
    });
    json!({
        "received": received.collect::<Vec<_>>(),
        "sent": sent.collect::<Vec<_>>(),
        "approvals": approvals.collect::<Vec<_>>(),
    })
}
