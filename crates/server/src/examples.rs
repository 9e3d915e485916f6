//! Examples for the documentation. They are values of the types that answer, so that an example
//! cannot drift from them; the invoice's own is held against a real answer by a test.
//!
//! They show one country, the demonstration's, since a reader wants to see real words. It is named
//! here and nowhere else in this crate.

use serde_json::{Value, json};

use crate::api_keys::view::{ApiKeyView, NewApiKeyView};
use crate::inbox::view::{DeliveryView, DetailsView, ReceivedView, StandingView};
use crate::invoices::attempts::AttemptView;
use crate::outlets::clock::ClockView;
use crate::outlets::view::{HeadView, OutletView};
use crate::page::Page;
use crate::problem::{INVALID_DOCUMENT, KINDS, Problem, ProblemView};
use crate::published_keys::{KeySet, PublishedHolder, PublishedKey};
use crate::rules::OUTLET_MISSING;
use crate::submissions::view::SubmissionView;
use crate::tax_groups::{KeyView, RateView, TaxGroupView};

/// The currency of the examples.
pub(crate) const CURRENCY: &str = "CDF";
/// Where their outlet is.
pub(crate) const ZONE: &str = "Africa/Kinshasa";
/// An authority and a channel to it that is asked first.
pub(crate) const CHANNEL: &str = "drc/emcf";
/// One that is told later, as the example of a sealed invoice is.
const CHANNEL_TOLD_LATER: &str = "drc/cloud";
/// An edition of tax tables.
pub(crate) const REGIME: &str = "cd/2026-02";

const INVOICE: &str = "in_aeaqcaibaeaqcaibaebagbafaydqqcik";
const OUTLET: &str = "ou_aeaqcaibaeaqcaib";
const TIME: &str = "2026-11-20T09:30:00.000000Z";
const HASH: &str = "5b1c0f4a8e2d6b937c51e0a4f8d2b6937c51e0a4f8d2b6937c51e0a4f8d2b693";

/// Of no real log.
pub(crate) const CHECKPOINT: &str = "stalela/ou_aeaqcaibaeaqcaib\n2\n\
    GHTNKZxGol8psBHCaNxtTHOp1w5gHWjT4e7jWaUK5tw=\n\n— stalela/ou_aeaqcaibaeaqcaib ASNFZzBFAiEA…\n";

pub(crate) const CONSISTENCY: &str = "old 1\nAZYrFIfeRanVdiIXMNFrcanKT0FdDcCfF8gpJBadVpk=\n\n\
    stalela/ou_aeaqcaibaeaqcaib\n2\n…";

pub(crate) const PROOF: &str = "c2sp.org/tlog-proof@v1\nextra AUEAD3N0YWxlbGEvZW50cnkvMQ…\nindex 1\n\
    AZYrFIfeRanVdiIXMNFrcanKT0FdDcCfF8gpJBadVpk=\n\nstalela/ou_aeaqcaibaeaqcaib\n2\n…";

pub(crate) fn draft() -> Value {
    json!({
        "outlet": OUTLET,
        "kind": "sale",
        "prices": "tax_included",
        "operator": {"name": "Amina"},
        "customer": {"kind": "person"},
        "lines": [{
            "kind": "goods", "name": "Riz 25 kg", "quantity": "2",
            "unit_price": "5800.00", "tax_group": "B",
        }],
        "reference": "order-4711",
    })
}

pub(crate) fn sealed() -> Value {
    let sums = json!({"base": "10000.00", "tax": "1600.00", "total": "11600.00",
        "specific_tax": "0.00"});
    let with = |key: &str, value: &str| {
        let mut sums = sums.clone();
        sums[key] = json!(value);
        sums
    };
    let mut group = with("group", "B");
    group["rate"] = json!("16.00");
    json!({
        "id": INVOICE,
        "number": "KIN01-2026-000001",
        "state": "sealed",
        "kind": "sale",
        "issued_on": "2026-11-20",
        "currency": CURRENCY,
        "totals": with("discount", "0.00"),
        "tax_groups": [group],
        "invoice": {"schema": "stalela.invoice/1", "kind": "sale"},
        "seal": {
            "sequence": 1,
            "entry_hash": HASH,
            "previous": "0".repeat(64),
            "payload_hash": HASH,
            "key_id": "0123456789abcdef",
            "signature": "Vn3mQ0bZk1…",
            "authentication_code": "K5JQ-6LZ2-M4TQ-7O3A-B2CD-EF45",
            "sealed_at": TIME,
            "verify_url": "https://stalela.example/v/#AA9zdGFsZWxhL2VudHJ5LzE….Vn3mQ0bZk1…",
        },
        "authority": {
            "channel": CHANNEL_TOLD_LATER, "state": "queued", "code": null,
            "code_formatted": null, "qr": null, "details": {},
        },
        "notice": {
            "code": "pending_authority_code",
            "messages": {
                "fr": "En attente du code de l'autorité.",
                "es": "Pendiente del código de la autoridad.",
                "en": "Pending the authority's code.",
            },
        },
        "proof": PROOF,
        "links": links(),
    })
}

pub(crate) fn pending() -> Value {
    let own = format!("/v1/invoices/{INVOICE}");
    json!({"id": INVOICE, "state": "requested", "poll": own, "links": links()})
}

fn links() -> Value {
    let own = format!("/v1/invoices/{INVOICE}");
    json!({"self": own, "receipt": format!("{own}/receipt"), "attempts": format!("{own}/attempts"),
        "proof": format!("{own}/proof")})
}

pub(crate) fn invoices() -> Value {
    json!({
        "items": [{
            "id": INVOICE, "outlet": OUTLET, "number": "KIN01-2026-000001", "state": "sealed",
            "kind": "sale", "issued_on": "2026-11-20", "total": "11600.00", "currency": CURRENCY,
            "customer_name": null, "customer_tax_id": null, "recorded_at": TIME, "links": links(),
        }],
        "next_cursor": "MTc4MDAwMDAwMDAwMDAwMA",
    })
}

pub(crate) fn attempts() -> Page<AttemptView> {
    let attempt = AttemptView {
        at: TIME.to_owned(),
        asked: "confirm api/invoice/…/confirm".to_owned(),
        answer: "200 {…}".to_owned(),
        duration_us: 184_000,
        outcome: "answered".to_owned(),
    };
    Page { items: vec![attempt], next_cursor: None }
}

pub(crate) fn outlet() -> OutletView {
    OutletView {
        id: OUTLET.to_owned(),
        taxpayer: "tp_aeaqcaibaeaqcaib".to_owned(),
        code: "KIN01".to_owned(),
        name: "Marché central".to_owned(),
        address: None,
        city: None,
        phone: None,
        email: None,
        zone: ZONE.to_owned(),
        number_template: "{outlet}-{year}-{seq:6}".to_owned(),
        authority: CHANNEL.to_owned(),
        environment: "test",
        created_at: TIME.to_owned(),
        ready: Some(true),
        trouble: None,
        head: Some(HeadView { sequence: 17, hash: HASH.to_owned(), at: Some(TIME.to_owned()) }),
    }
}

pub(crate) fn outlets() -> Page<OutletView> {
    let outlet = OutletView { ready: None, head: None, ..outlet() };
    Page { items: vec![outlet], next_cursor: None }
}

pub(crate) fn new_outlet() -> Value {
    json!({
        "code": "KIN01", "name": "Marché central", "zone": ZONE, "authority": CHANNEL,
        "settings": {"authority": {"isf": "SFEABC001"}, "wire": "test-system"},
    })
}

/// As the portal of [`CHANNEL`] shows an invoice.
pub(crate) fn answer() -> Value {
    json!({"registered": {
        "code": "ABCD-EFGH-IJKL-MNOP-QRST-UVWX",
        "qr": "RDCDEF01;XX01000001-1;ABCDEFGHIJKLMNOPQRSTUVWX;A1234567B;20261120093000",
        "details": {"nim": "XX01000001-1", "counters": "1/1 FV", "time": "20/11/2026 09:30:00"},
        "total": "11600.00",
    }})
}

pub(crate) fn new_api_key() -> Value {
    json!({
        "label": "till-1", "operations": ["invoices:write", "invoices:read"],
        "outlets": [OUTLET],
    })
}

fn api_key() -> ApiKeyView {
    ApiKeyView {
        id: "ak_q0l7X2h9m1Yb3Zt4".to_owned(),
        label: "till-1".to_owned(),
        environment: "test",
        operations: vec!["invoices:write", "invoices:read"],
        outlets: Some(vec![OUTLET.to_owned()]),
        created_at: TIME.to_owned(),
        expires_at: None,
        revoked_at: None,
    }
}

pub(crate) fn made_api_key() -> NewApiKeyView {
    NewApiKeyView { api_key: "sk_test_…".to_owned(), key: api_key() }
}

pub(crate) fn revoked_api_key() -> ApiKeyView {
    ApiKeyView { revoked_at: Some(TIME.to_owned()), ..api_key() }
}

pub(crate) fn api_keys() -> Page<ApiKeyView> {
    Page { items: vec![api_key()], next_cursor: None }
}

pub(crate) fn clock() -> ClockView {
    ClockView { sequence: 18, at: TIME.to_owned(), entry_hash: HASH.to_owned() }
}

pub(crate) fn submission() -> SubmissionView {
    SubmissionView {
        invoice: INVOICE.to_owned(),
        outlet: OUTLET.to_owned(),
        state: "queued",
        state_since: TIME.to_owned(),
        seconds_in_state: 42,
        attempts: 3,
        last_answer: Some("503 …".to_owned()),
        due_at: "2026-11-20T09:31:00.000000Z".to_owned(),
        send_by: None,
        ordered: true,
    }
}

pub(crate) fn submissions() -> Page<SubmissionView> {
    Page { items: vec![submission()], next_cursor: None }
}

fn received() -> ReceivedView {
    ReceivedView {
        id: "rd_aeaqcaibaeaqcaib_1".to_owned(),
        outlet: OUTLET.to_owned(),
        issuer_tax_id: "131880681".to_owned(),
        issuer_name: "Proveedor Ejemplo SRL".to_owned(),
        number: "E310000000001".to_owned(),
        document_kind: "31".to_owned(),
        issued_on: "2026-11-20".to_owned(),
        total: "1180.00".to_owned(),
        state: "rejected",
        takes_approval: true,
        received_at: TIME.to_owned(),
        chain: "not_checked",
        authority: StandingView {
            state: "accepted",
            words: "Aceptado".to_owned(),
            asked: 1,
            at: TIME.to_owned(),
        },
        decided_at: Some(TIME.to_owned()),
        reason: Some("No pedimos esto.".to_owned()),
    }
}

pub(crate) fn inbox() -> Page<ReceivedView> {
    Page { items: vec![received()], next_cursor: None }
}

pub(crate) fn received_document() -> DetailsView {
    let delivery = |receiver| DeliveryView {
        receiver,
        state: "to_send",
        words: String::new(),
        at: TIME.to_owned(),
    };
    let xml = || "<?xml version=\"1.0\" encoding=\"utf-8\"?>…".to_owned();
    DetailsView {
        summary: received(),
        signer: "00112345678".to_owned(),
        signer_standing: "other",
        sender: None,
        document: xml(),
        receipt: xml(),
        decision: Some(xml()),
        deliveries: vec![delivery("issuer"), delivery("authority")],
    }
}

pub(crate) fn tax_groups() -> Value {
    let group = TaxGroupView {
        code: "B",
        label: "Taxable",
        tag: "B",
        treatment: "rated",
        rates: vec![RateView { since: "2026-01-01".to_owned(), percent: "16.00".to_owned() }],
        line_kinds: vec!["goods", "service"],
        exemption_required: false,
        allowed_in_export: true,
    };
    let key = |key, code, label| json!(KeyView { key, code, label });
    let mut sale = key("sale", "FV", "Facture de vente");
    sale["role"] = json!("sale");
    sale["export"] = json!(false);
    let mut person = key("person", "PP", "Personne physique");
    for name in ["name_required", "tax_id_required", "exemption_required"] {
        person[name] = json!(false);
    }
    json!({
        "regime": REGIME, "currency": CURRENCY, "foreign_currencies": ["USD"],
        "tax_groups": [group],
        "document_kinds": [sale],
        "customer_kinds": [person],
        "line_kinds": [key("goods", "BIE", "Biens")],
        "credit_natures": [key("return", "RAM", "Avoir suite reprise")],
        "payment_methods": [key("cash", "ESPECES", "Espèces")],
        "sources": ["The title of a law"],
    })
}

pub(crate) fn events() -> Value {
    json!({
        "items": [{
            "id": 42, "kind": "invoice.sealed", "outlet": OUTLET, "invoice": INVOICE,
            "at": TIME, "body": {"number": "KIN01-2026-000001"},
        }],
        "next_cursor": "NDI",
    })
}

pub(crate) fn keys() -> KeySet {
    let holder = PublishedHolder {
        seller: "oZkqxn4nJE0KBsjTq_7v35jgT9g5X-lW5wnL3-WBMZM".to_owned(),
        environment: "live",
    };
    let key = PublishedKey {
        kty: "EC",
        crv: "P-256",
        alg: "ES256".to_owned(),
        usage: "sig",
        kid: "0123456789abcdef".to_owned(),
        x: "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y".to_owned(),
        y: "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRCIpk".to_owned(),
        first_seen: TIME.to_owned(),
        outlets: vec![holder],
    };
    KeySet { keys: vec![key] }
}

/// A number of a range as an authority writes it, and the last of that range.
pub(crate) const NUMBER_OF_RANGE: &str = "E310000000001";
pub(crate) const LAST_OF_RANGE: &str = "E310000001000";

pub(crate) fn new_sequence() -> Value {
    json!({
        "outlet": OUTLET, "kind": "31", "first": NUMBER_OF_RANGE, "last": LAST_OF_RANGE,
        "expires_on": "2027-12-31", "reference": "5020003728", "lend_to": "E310000000100",
    })
}

pub(crate) fn new_share() -> Value {
    json!({"outlet": OUTLET, "first": "E310000000101", "last": "E310000000200"})
}

pub(crate) fn sequence() -> Value {
    let share = json!({
        "outlet": OUTLET, "first": NUMBER_OF_RANGE, "last": "E310000000100", "left": 57,
    });
    let annulled = json!({"first": "E310000000201", "last": "E310000000210", "state": "taken"});
    json!({
        "id": "ra_aeaqcaibaeaqcaib", "taxpayer": "tp_aeaqcaibaeaqcaib", "kind": "31",
        "first": NUMBER_OF_RANGE, "last": LAST_OF_RANGE, "expires_on": "2027-12-31",
        "reference": "5020003728", "unlent": 890, "shares": [share], "annulled": [annulled],
        "created_at": TIME,
    })
}

pub(crate) fn new_annulment() -> Value {
    json!({"outlet": OUTLET, "kind": "31", "first": "E310000000201", "last": "E310000000210"})
}

pub(crate) fn annulment() -> Value {
    json!({
        "sequence": "ra_aeaqcaibaeaqcaib", "kind": "31", "first": "E310000000201",
        "last": "E310000000210", "state": "taken", "document": "<ANECF>…</ANECF>",
        "created_at": TIME,
    })
}

pub(crate) fn annulments() -> Value {
    json!({"items": [annulment()], "next_cursor": null})
}

pub(crate) fn sequences() -> Value {
    json!({"items": [sequence()], "next_cursor": null})
}

/// A receipt on paper, and the number that it bears.
pub(crate) const PAPER: &str = "pr_aeaqcaibaeaqcaib_B0100000001";
pub(crate) const NUMBER_OF_PAPER: &str = "B0100000001";

pub(crate) fn new_paper() -> Value {
    json!({
        "outlet": OUTLET, "number": NUMBER_OF_PAPER, "issued_on": "2026-11-18", "total": "1180.00",
        "draft": sold_on_paper(),
    })
}

fn sold_on_paper() -> Value {
    json!({
        "kind": "tax_credit_invoice",
        "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": "131888888"},
        "lines": [{
            "kind": "goods", "name": "Articulo", "quantity": "1", "unit_price": "1000",
            "tax_group": "itbis_18",
        }],
    })
}

fn paper_summary() -> Value {
    json!({
        "id": PAPER, "outlet": OUTLET, "number": NUMBER_OF_PAPER,
        "document_kind": "tax_credit_invoice", "issued_on": "2026-11-18", "since": "2026-11-18",
        "paper_until": "2026-12-02", "stand_by": "2026-12-18", "total": "1180.00",
        "currency": "DOP", "customer_name": "Ferreteria Ozama SRL", "customer_tax_id": "131888888",
        "state": "standing", "invoice": INVOICE, "recorded_at": TIME,
    })
}

pub(crate) fn papers() -> Value {
    json!({"items": [paper_summary()], "next_cursor": null})
}

pub(crate) fn paper() -> Value {
    let mut paper = paper_summary();
    paper["recorded_by"] = json!("ak_aeaqcaibaeaqcaib");
    paper["draft"] = sold_on_paper();
    paper
}

/// The problem of a code; the status is told once more, so that the documentation cannot name a
/// code under a status that it does not have.
pub(crate) fn problem(code: &str, status: u16) -> ProblemView {
    let kind = KINDS.iter().find(|kind| kind.rule.code == code).expect("a code of ours");
    assert_eq!(kind.status.as_u16(), status, "{code} goes with another status");
    view(&Problem::new(kind))
}

pub(crate) fn invalid_document() -> ProblemView {
    assert_eq!(INVALID_DOCUMENT.status.as_u16(), 422, "it goes with another status");
    view(&Problem::of_faults(vec![invoice::Fault::new(OUTLET_MISSING, "/outlet")]))
}

fn view(problem: &Problem) -> ProblemView {
    let language = invoice::Language::English;
    ProblemView::new(problem, language, "rq_k5jq6lz2m4tq7o3a", "https://stalela.example")
}
