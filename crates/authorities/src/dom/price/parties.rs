//! Who stands on the other side, type by type (Formato e-CF, `Comprador`).

use invoice::{Fault, rule};

use super::totals::Totals;
use super::{CONSUMER_THRESHOLD, Pricing, rules};
use crate::dom::ecf::document::{DocumentType, Rnc};
use crate::dom::regime::{has_right_check_digit, is_foreigner, regime};

/// What a type asks of the customer's number.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Number {
    /// There is no customer at all.
    Nobody,
    Free,
    Rnc,
    RncOrForeign,
    /// Somebody abroad, with or without a number.
    Abroad,
}

impl Pricing<'_> {
    pub(super) fn customer(&mut self) {
        let draft = self.draft;
        let customer = &draft.customer;
        let regime = regime();
        let Some(kind) = regime.customer_kind(&customer.kind) else {
            let known = regime.customer_kinds.iter().map(|kind| kind.coded.key);
            let allowed = known.collect::<Vec<_>>().join(", ");
            return self.note_unknown("/customer/kind", &customer.kind, &allowed);
        };
        let missing = |rule, pointer: &str| Fault::new(rule, pointer).with("kind", kind.coded.key);
        if kind.name_required && customer.name.is_none() {
            self.note(missing(rule::CUSTOMER_NAME_MISSING, "/customer/name"));
        }
        if kind.tax_id_required && customer.tax_id.is_none() {
            self.note(missing(rule::CUSTOMER_TAX_ID_MISSING, "/customer/tax_id"));
        }
        self.number_shape();
        let (number, name_required) = wanted(self.document_type);
        self.number(number, kind.tax_id_required);
        if name_required && customer.name.is_none() && !kind.name_required {
            self.note_at(rules::CUSTOMER_NAME_REQUIRED, "/customer/name");
        }
        self.country();
    }

    /// The DGII wants the country of an export's buyer, which the schema leaves optional. Its own
    /// test set has exports to an RNC that name none, so of those it is not asked.
    fn country(&mut self) {
        let customer = &self.draft.customer;
        let has_rnc = customer.tax_id.is_some() && !is_foreigner(&customer.kind);
        let is_told = self.asked.customer.country.is_some();
        if self.document_type == DocumentType::Export && !has_rnc && !is_told {
            self.note_at(rules::CUSTOMER_COUNTRY_REQUIRED, "/customer/do/country");
        }
    }

    fn number_shape(&mut self) {
        let customer = &self.draft.customer;
        let number = customer.tax_id.as_deref().filter(|_| !is_foreigner(&customer.kind));
        let Some(number) = number else { return };
        if Rnc::parse(number).is_err() {
            self.note_at(rules::RNC_SHAPE, "/customer/tax_id");
        } else if self.terms.check_digits && !has_right_check_digit(number) {
            let fault = Fault::new(rules::CHECK_DIGIT, "/customer/tax_id");
            self.note(fault.with("number", number));
        }
    }

    fn number(&mut self, wanted: Number, is_told_already: bool) {
        let customer = &self.draft.customer;
        let is_foreign = is_foreigner(&customer.kind);
        let has_number = customer.tax_id.is_some();
        match wanted {
            Number::Nobody if customer.kind != "consumer" || self.is_somebody() => {
                self.note_at(rules::CUSTOMER_UNEXPECTED, "/customer");
            }
            Number::Rnc if is_foreign => {
                self.note_at(rules::CUSTOMER_RNC_REQUIRED, "/customer/kind");
            }
            Number::Rnc if !has_number && !is_told_already => {
                self.note_at(rules::CUSTOMER_RNC_REQUIRED, "/customer/tax_id");
            }
            Number::RncOrForeign if !has_number && !is_told_already => {
                self.note_at(rules::CUSTOMER_NUMBER_REQUIRED, "/customer/tax_id");
            }
            Number::Abroad if !is_foreign && has_number => {
                self.note_at(rules::CUSTOMER_ABROAD, "/customer/kind");
            }
            Number::Nobody | Number::Free | Number::Rnc | Number::RncOrForeign | Number::Abroad => {
            }
        }
    }

    fn is_somebody(&self) -> bool {
        let customer = &self.draft.customer;
        let told = [
            &customer.name,
            &customer.tax_id,
            &customer.register,
            &customer.phone,
            &customer.email,
            &customer.address,
        ];
        told.into_iter().any(Option::is_some) || customer.section.is_some()
    }

    /// A consumer who pays so much is known by number and name.
    pub(super) fn consumer(&mut self, totals: &Totals) {
        let is_large = match self.document_type {
            DocumentType::Consumer => totals.total >= CONSUMER_THRESHOLD,
            DocumentType::DebitNote | DocumentType::CreditNote => self.is_on_large_consumer(),
            _ => false,
        };
        if !is_large {
            return;
        }
        let customer = &self.draft.customer;
        if customer.tax_id.is_none() {
            self.note_at(rules::CUSTOMER_NUMBER_REQUIRED, "/customer/tax_id");
        }
        if customer.name.is_none() {
            self.note_at(rules::CUSTOMER_NAME_REQUIRED, "/customer/name");
        }
    }
}

/// The number that a type asks for, and whether it asks for a name. What depends on amounts or on
/// another document is asked elsewhere.
const fn wanted(document_type: DocumentType) -> (Number, bool) {
    match document_type {
        DocumentType::FiscalCredit | DocumentType::Purchase | DocumentType::Government => {
            (Number::Rnc, true)
        }
        DocumentType::Consumer | DocumentType::DebitNote | DocumentType::CreditNote => {
            (Number::Free, false)
        }
        DocumentType::PettyExpense => (Number::Nobody, false),
        DocumentType::SpecialRegime => (Number::RncOrForeign, true),
        DocumentType::Export => (Number::Free, true),
        DocumentType::ForeignPayment => (Number::Abroad, false),
    }
}
