//! From a draft's text to a signed e-CF, as an outlet does it.

use authorities::dom::compose::{Issue, compose};
use authorities::dom::dsig::{self, Signed, ToBeSigned};
use authorities::dom::ecf::document::{DocumentType, Encf, read_date};
use authorities::dom::price::{Terms, price};
use authorities::dom::xml::Document;
use invoice::{Draft, Json, PricingFacts, Seller, Timestamp};
use jiff::civil::Date;

use super::signer::TestSigner;
use crate::failure::Failure;

/// What a shop sells to a company: five lines, two rates of ITBIS, one exempt.
const DRAFT: &str = r#"{
  "kind": "tax_credit_invoice", "prices": "tax_excluded",
  "operator": { "id": "7", "name": "YESENIA" },
  "customer": { "kind": "company", "name": "FERRETERIA OZAMA SRL", "tax_id": "131888888" },
  "lines": [
    { "code": "001", "kind": "goods", "name": "AGUA 1.5 L", "quantity": "5", "unit_price": "45.00", "tax_group": "itbis_18" },
    { "code": "002", "kind": "goods", "name": "CAFE MOLIDO 1 LB", "quantity": "2", "unit_price": "310.00", "tax_group": "itbis_16" },
    { "code": "003", "kind": "goods", "name": "ARROZ 10 LB", "quantity": "1", "unit_price": "395.00", "tax_group": "exempt" },
    { "code": "004", "kind": "goods", "name": "CEMENTO GRIS 42.5 KG", "quantity": "12", "unit_price": "520.00", "tax_group": "itbis_18" },
    { "code": "005", "kind": "service", "name": "TRANSPORTE", "quantity": "1", "unit_price": "1500.00", "tax_group": "itbis_18" }
  ],
  "payments": [ { "method": "cash", "amount": "10512.90" } ]
}"#;

/// The day on which all is issued.
const TODAY: &str = "20-11-2026";

pub(super) struct Maker<'a> {
    signer: &'a TestSigner,
    facts: PricingFacts,
    terms: Terms,
    /// What a ledger and a clock hand over as they are.
    sequence_expires: Option<Date>,
    signed_at: Timestamp,
}

impl<'a> Maker<'a> {
    pub(super) fn new(signer: &'a TestSigner) -> Self {
        Self {
            signer,
            facts: facts(),
            terms: Terms::default(),
            sequence_expires: read_date("31-12-2028"),
            signed_at: Timestamp::parse("2026-11-20T14:30:05Z").expect("an instant"),
        }
    }

    /// The signed document with the number of that sequence.
    pub(super) fn make(&self, sequence: u64) -> Result<Signed, Failure> {
        let ready = self.prepare(sequence)?;
        let signature = self.signer.sign(ready.bytes())?;
        ready.finish(&signature, self.signer.certificate()).map_err(Failure::unusable)
    }

    /// Everything but the signature. Pricing holds the document that comes of it against the format
    /// already, so that nothing is numbered in vain; so it is composed twice and checked once, as it
    /// is wherever an e-CF is sealed.
    pub(super) fn prepare(&self, sequence: u64) -> Result<ToBeSigned, Failure> {
        let tree = Json::parse(DRAFT.as_bytes()).map_err(Failure::unusable)?;
        let draft = Draft::read(&tree).map_err(faulty)?;
        let invoice = price(&draft, &self.facts, &self.terms).map_err(faulty)?;
        let document = compose(&invoice, &self.issue(sequence)?).map_err(Failure::unusable)?;
        dsig::prepare(Document::new(document)).map_err(Failure::unusable)
    }

    fn issue(&self, sequence: u64) -> Result<Issue, Failure> {
        let encf = Encf::new(DocumentType::FiscalCredit, sequence);
        Ok(Issue {
            encf: encf.ok_or_else(|| Failure::unusable("the numbers are used up"))?,
            sequence_expires: self.sequence_expires,
            deferred: false,
            signed_at: self.signed_at,
        })
    }

    /// That what is measured is the real thing.
    pub(super) fn verify(&self, bytes: &[u8]) -> Result<(), Failure> {
        let verified = dsig::verify(bytes).map_err(Failure::unusable)?;
        if verified.certificate().der() != self.signer.certificate() {
            return Err(Failure::unusable("another certificate verified"));
        }
        Ok(())
    }
}

fn faulty(faults: impl std::fmt::Debug) -> Failure {
    Failure::unusable(format!("the draft is a constant, and yet: {faults:?}"))
}

fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Colmado El Faro SRL".to_owned(),
            tax_id: "130999999".to_owned(),
            outlet_code: "01".to_owned(),
            outlet_name: "Centro".to_owned(),
            address: "Calle del Conde 12, Zona Colonial".to_owned(),
            phone: Some("+1 809 555 0101".to_owned()),
            email: Some("caja@elfaro.example".to_owned()),
            ..Seller::default()
        },
        today: read_date(TODAY).expect("a day"),
        original: None,
        replaces: None,
        reference_rates: Vec::new(),
    }
}
