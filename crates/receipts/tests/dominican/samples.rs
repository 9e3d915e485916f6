//! One sealed document of each type and of each shape that paper takes.

use authorities::dom::compose::{Issue, compose};
use authorities::dom::ecf::document::{Encf, Environment, stamp_url, write_moment};
use authorities::dom::price::{Terms, price};
use authorities::dom::regime::{document_type, regime};
use authorities::dom::xml::Document;
use invoice::{
    Draft, EntryKind, Hash, Invoice, InvoiceId, Json, OutletId, PricingFacts, SealedInvoice,
    SecurityElements, Seller, Statement, Timestamp, Zone,
};
use receipts::{Presentation, Receipt};
use serde_json::{Value, json};

/// A security code with the two characters that a URL must escape.
pub(crate) const CODE: &str = "S/DQ+u";
pub(crate) const SIGNED_AT: &str = "20-11-2026 10:30:05";

/// Every sample with its name.
pub(crate) fn all() -> Vec<(&'static str, Receipt)> {
    let drafts = drafts().into_iter().map(|(name, draft)| (name, printed(&sealed(&draft))));
    let mut all: Vec<_> = drafts.collect();
    all.push(("contingencia", printed(&with_detail(sealed(&fiscal_credit()), "contingency"))));
    all.push(("diferido", printed(&with_detail(sealed(&fiscal_credit()), "deferred"))));
    all.push(("sin_firma", printed(&unsigned())));
    all
}

pub(crate) fn drafts() -> Vec<(&'static str, Value)> {
    vec![
        ("31", fiscal_credit()),
        ("32", consumer()),
        ("32_grande", large_consumer()),
        ("33", note("debit_note", "amount_correction", "B0100000201")),
        ("34", note("credit_note", "amount_correction", "E310000000201")),
        ("41", purchase()),
        ("43", minor_expense()),
        ("44", special_regime()),
        ("45", government()),
        ("46", export()),
        ("47", foreign_payment()),
        ("isc", excise()),
        ("telecom", telecom()),
        ("ajustes", adjusted()),
        ("paginas", paged(60, None)),
        ("largo", paged(61, None)),
    ]
}

pub(crate) fn fiscal_credit() -> Value {
    draft(
        "tax_credit_invoice",
        &company(),
        &[
            line("Zapatos", "CAJ", "150", "550.00", "itbis_18"),
            line("Vestidos", "PZA", "200", "800.00", "itbis_18"),
            line(
                "Azúcar crema en saco de 125 libras, refinada",
                "SAC",
                "12",
                "2150.50",
                "itbis_16",
            ),
            line("Arroz selecto, saco de 120 libras", "SAC", "10", "3400.00", "exempt"),
            line("Ganchos para pelo", "43", "60", "30.00", "itbis_18"),
        ],
    )
}

pub(crate) fn consumer() -> Value {
    let mut draft = draft(
        "consumer_invoice",
        &json!({"kind": "consumer"}),
        &[
            line("Café molido 1 lb", "LB", "2", "354.00", "itbis_16"),
            line("Pan de agua", "UND", "10", "12.00", "exempt"),
            line("Detergente en polvo", "PAQ", "1", "236.00", "itbis_18"),
        ],
    );
    draft["prices"] = json!("tax_included");
    draft["payments"] =
        json!([{"method": "cash", "amount": "500.00"}, {"method": "card", "amount": "564.00"}]);
    draft
}

fn large_consumer() -> Value {
    let customer = json!({"kind": "person", "name": "Ramón Peralta", "tax_id": "00113918205"});
    draft("consumer_invoice", &customer, &[line("Neveras", "UND", "7", "70000.00", "itbis_18")])
}

fn note(kind: &str, nature: &str, number: &str) -> Value {
    let mut draft = draft(kind, &company(), &[line("Zapatos", "CAJ", "50", "550.00", "itbis_18")]);
    draft["credit"] = json!({"nature": nature});
    draft["do"]["reference"] = json!({
        "number": number, "issued_on": "2026-11-03", "reason": "Precio facturado por error",
    });
    draft
}

fn purchase() -> Value {
    let mut line = line("Reparación de techo", "UND", "1", "18500.00", "itbis_18");
    line["kind"] = json!("service");
    line["do"] = json!({"withholding": {"itbis_percent": "100", "income_tax_percent": "10"}});
    let customer = json!({"kind": "person", "name": "Ramón Peralta", "tax_id": "00113918205"});
    draft("purchase", &customer, &[line])
}

fn minor_expense() -> Value {
    draft(
        "minor_expense",
        &json!({"kind": "consumer"}),
        &[
            line("Peaje autopista Duarte", "UND", "4", "100.00", "exempt"),
            line("Estacionamiento", "HOR", "3", "75.00", "exempt"),
        ],
    )
}

fn special_regime() -> Value {
    draft(
        "special_regime_invoice",
        &company(),
        &[line("Resina plástica", "KG", "1200.5", "88.75", "exempt")],
    )
}

fn government() -> Value {
    let customer =
        json!({"kind": "government", "name": "Ministerio de Educación", "tax_id": "401007479"});
    draft(
        "government_invoice",
        &customer,
        &[
            line("Pupitres", "UND", "120", "3250.00", "itbis_18"),
            line("Libros de texto", "UND", "900", "410.00", "exempt"),
        ],
    )
}

fn export() -> Value {
    let customer = json!({
        "kind": "foreigner", "name": "Caribbean Cocoa Traders Inc.", "tax_id": "98-7654321",
        "address": "1200 Brickell Ave, Miami, FL", "do": {"country": "Estados Unidos"},
    });
    let mut draft = draft(
        "export_invoice",
        &customer,
        &[line("Cacao orgánico en grano, saco de 70 kg", "SAC", "300", "14160.00", "itbis_0")],
    );
    draft["exchange"] = json!({"currency": "USD", "rate": "60.0000"});
    draft["do"]["shipment"] = json!({
        "container": "MSKU 123456-7", "delivery_terms": "FOB", "total_fob": "4248000.00",
        "port_of_loading": "Caucedo", "port_of_discharge": "Port Everglades",
    });
    draft
}

fn foreign_payment() -> Value {
    let customer = json!({"kind": "foreigner", "name": "Cloud Hosting GmbH"});
    let mut line = line("Alojamiento de servidores, octubre", "UND", "1", "54000.00", "exempt");
    line["kind"] = json!("service");
    draft("foreign_payment", &customer, &[line])
}

fn excise() -> Value {
    let mut rum = line("Ron añejo 12/0.75 L", "CAJ", "3", "6000.00", "itbis_18");
    rum["do"] = json!({
        "reference_quantity": "12", "reference_unit": "botella",
        "subquantities": [{"quantity": "0.75", "unit": "litro"}],
        "alcohol_degrees": "40", "reference_price": "900",
        "taxes": [{"code": "014"}, {"code": "031"}],
        "discounts": [{"percent": "5"}],
    });
    let mut draft = draft(
        "tax_credit_invoice",
        &company(),
        &[rum, line("Agua de mesa 5 gl", "GL", "20", "60.00", "exempt")],
    );
    draft["issued_on"] = json!("2025-10-05");
    draft
}

fn telecom() -> Value {
    let mut plan = line("Plan de datos empresarial", "UND", "4", "2500.00", "itbis_18");
    plan["kind"] = json!("service");
    plan["do"] = json!({"taxes": [{"code": "002"}, {"code": "004"}]});
    let mut dinner = line("Cena ejecutiva", "RAC", "6", "950.00", "itbis_18");
    dinner["do"] = json!({"taxes": [{"code": "001"}], "description": "Incluye postre y café"});
    draft("tax_credit_invoice", &company(), &[plan, dinner])
}

fn adjusted() -> Value {
    let mut shoes = line("Zapatos", "PAR", "12", "1450.00", "itbis_18");
    shoes["do"] = json!({"discounts": [{"percent": "10"}], "surcharges": [{"amount": "150.00"}]});
    let mut draft = draft("tax_credit_invoice", &company(), &[shoes]);
    draft["do"]["adjustments"] = json!([
        {"kind": "discount", "group": "itbis_18", "amount": "500.00", "description": "Pronto pago"},
    ]);
    draft["do"]["payment_terms"] =
        json!({"kind": "credit", "due_on": "2026-12-20", "term": "30 días"});
    draft["do"]["balance"] = json!({"advance": "1000.00"});
    draft
}

/// A document of many lines, which states its pages or leaves them to the printer.
pub(crate) fn paged(lines: usize, each: Option<u32>) -> Value {
    let lines: Vec<Value> = (1..=lines)
        .map(|index| {
            let group = ["itbis_18", "exempt", "itbis_16"][index % 3];
            let name = ["Camisas estampadas", "Habichuelas rojas", "Chocolate de mesa"][index % 3];
            line(name, "PZA", "7", &format!("{}.37", 90 + index), group)
        })
        .collect();
    let mut draft = draft("tax_credit_invoice", &company(), &lines);
    if let Some(each) = each {
        draft["do"]["lines_per_page"] = json!(each);
    }
    draft
}

pub(crate) fn draft(kind: &str, customer: &Value, lines: &[Value]) -> Value {
    json!({
        "kind": kind, "issued_on": "2026-11-20", "prices": "tax_excluded",
        "operator": {"name": "Yesenia"}, "customer": customer, "lines": lines,
        "do": {"seller": {
            "trade_name": "Comercial El Faro", "branch": "Gascue",
            "municipality": "010100", "province": "010000",
        }},
    })
}

fn company() -> Value {
    json!({"kind": "company", "name": "Ferretería Ozama, SRL", "tax_id": "131888888"})
}

pub(crate) fn line(name: &str, unit: &str, quantity: &str, price: &str, group: &str) -> Value {
    json!({
        "kind": "goods", "name": name, "unit": unit, "quantity": quantity, "unit_price": price,
        "tax_group": group,
    })
}

fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Colmado El Faro, SRL".to_owned(),
            tax_id: "130999999".to_owned(),
            outlet_code: "01".to_owned(),
            outlet_name: "Gascue".to_owned(),
            address: "Calle Segunda 48, Gascue".to_owned(),
            phone: Some("809-555-0101".to_owned()),
            email: Some("caja@elfaro.example".to_owned()),
            ..Seller::default()
        },
        today: "2026-11-20".parse().unwrap(),
        original: None,
        replaces: None,
        reference_rates: Vec::new(),
    }
}

pub(crate) fn priced(draft: &Value) -> Invoice {
    let json = Json::parse(draft.to_string().as_bytes()).unwrap();
    let draft = Draft::read(&json).unwrap();
    price(&draft, &facts(), &Terms::default()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Sealed as the channel seals: with the stamp of the composed document, and its text.
pub(crate) fn sealed(draft: &Value) -> SealedInvoice {
    let invoice = priced(draft);
    let signed_at = Timestamp::parse("2026-11-20T14:30:05Z").unwrap();
    let encf = Encf::new(document_type(invoice.kind()).unwrap(), 1).unwrap();
    let issue = Issue {
        encf,
        sequence_expires: Some("2028-12-31".parse().unwrap()),
        deferred: false,
        signed_at,
    };
    let root = compose(&invoice, &issue).unwrap();
    let url = stamp_url(Environment::Test, &root, &CODE.parse().unwrap()).unwrap();
    assert_eq!(write_moment(signed_at), SIGNED_AT);
    let mut details =
        vec![("security_code", CODE), ("signed_at", SIGNED_AT), ("environment", "testecf")];
    let expires = root.value_at("Encabezado/IdDoc/FechaVencimientoSecuencia");
    details.extend(expires.map(|expires| ("number_expires", expires)));
    let details = details.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let details = details.collect();
    let document = String::from_utf8(Document::new(root).to_xml().unwrap()).unwrap();
    let elements = SecurityElements {
        code: format!("130999999{encf}{CODE}"),
        qr: Some(url),
        details,
        reply: String::new(),
        document: Some(document),
    };
    with_elements(invoice, &encf.to_string(), elements)
}

fn with_elements(invoice: Invoice, number: &str, elements: SecurityElements) -> SealedInvoice {
    let outlet = OutletId::from_random([1; 10]);
    let statement = Statement {
        taxpayer: "130999999".to_owned(),
        outlet: outlet.clone(),
        sequence: 42,
        kind: EntryKind::Sealed,
        number: number.to_owned(),
        total: Some(invoice.totals().total),
        currency: "DOP".to_owned(),
        sealed_at: Timestamp::parse("2026-11-20T14:30:06Z").unwrap(),
        regime: regime().version.to_owned(),
        payload_hash: Hash::of_invoice(&invoice.canonical_bytes()),
        previous: Hash::ZERO,
        key_id: "1d7c1b641ac19360".to_owned(),
        elements_hash: Some(Hash::of_elements(&elements.to_bytes())),
    };
    SealedInvoice {
        id: InvoiceId::of(&outlet, [2; 15]),
        invoice,
        statement,
        signature: [0x5A; 64],
        elements: Some(elements),
    }
}

pub(crate) fn with_detail(mut sealed: SealedInvoice, name: &str) -> SealedInvoice {
    let elements = sealed.elements.as_mut().unwrap();
    elements.details.push((name.to_owned(), "true".to_owned()));
    sealed
}

pub(crate) fn unsigned() -> SealedInvoice {
    SealedInvoice { elements: None, ..sealed(&fiscal_credit()) }
}

pub(crate) fn presentation() -> Presentation {
    Presentation {
        duplicate: false,
        test: false,
        refused: false,
        verify_base: "https://verify.example.do".to_owned(),
        zone: Zone::parse("America/Santo_Domingo").unwrap(),
        proof: None,
    }
}

pub(crate) fn printed(sealed: &SealedInvoice) -> Receipt {
    receipts::receipt(sealed, &regime(), &presentation()).unwrap()
}
