//! Area `IdDoc`: what document this is, and how it is paid.

use invoice::PriceMode;

use super::{Composer, WithGroup as _};
use crate::dom::ecf::document::{DocumentType, write_date};
use crate::dom::regime::{Billing, payment_form};
use crate::dom::section::{AccountType, IncomeType, PaymentType};
use crate::dom::xml::Element;

impl Composer<'_> {
    pub(super) fn id(&self) -> Element {
        let document = &self.written.document;
        let period = document.period.clone().unwrap_or_default();
        let mut id = Element::new("IdDoc");
        id.push_leaf("TipoeCF", self.document_type.code());
        id.push_leaf("eNCF", self.issue.encf.to_string());
        if self.bears_expiry() {
            id.push_optional(
                "FechaVencimientoSecuencia",
                self.issue.sequence_expires.map(write_date),
            );
        }
        if self.document_type == DocumentType::CreditNote {
            id.push_leaf("IndicadorNotaCredito", if self.written.priced.late { "1" } else { "0" });
        }
        id.push_optional("IndicadorEnvioDiferido", self.is_deferred().then_some("1"));
        id.push_optional("IndicadorMontoGravado", self.prices());
        id.push_optional("IndicadorServicioTodoIncluido", document.all_inclusive.then_some("1"));
        id.push_optional("TipoIngresos", self.income().map(IncomeType::code));
        id.push_optional("TipoPago", self.payment_type().map(PaymentType::code));
        self.terms(&mut id);
        id.push_optional("FechaDesde", period.from.map(write_date));
        id.push_optional("FechaHasta", period.to.map(write_date));
        let pages = self.written.priced.pages.len();
        id.push_optional("TotalPaginas", (pages > 1).then(|| pages.to_string()));
        id
    }

    fn terms(&self, id: &mut Element) {
        let terms = self.written.document.payment_terms.clone().unwrap_or_default();
        let account = terms.account.unwrap_or_default();
        id.push_optional("FechaLimitePago", terms.due_on.map(write_date));
        id.push_optional("TerminoPago", terms.term);
        id.push_group(self.payments());
        id.push_optional("TipoCuentaPago", account.kind.map(AccountType::code));
        id.push_optional("NumeroCuentaPago", account.number);
        id.push_optional("BancoPago", account.bank);
    }

    fn payments(&self) -> Element {
        let mut table = Element::new("TablaFormasPago");
        for payment in self.invoice.payments() {
            let form = payment_form(&payment.method);
            let mut row = Element::new("FormaDePago");
            row.push_optional("FormaPago", form);
            row.push_leaf("MontoPago", payment.amount.to_text());
            table.push(row);
        }
        table
    }

    fn bears_expiry(&self) -> bool {
        !matches!(self.document_type, DocumentType::Consumer | DocumentType::CreditNote)
    }

    fn is_deferred(&self) -> bool {
        self.issue.deferred && self.document_type.may_be_deferred()
    }

    /// Whether prices include ITBIS: stated where a line is taxed, of the types that say it.
    fn prices(&self) -> Option<&'static str> {
        let says_it = match self.document_type {
            DocumentType::FiscalCredit
            | DocumentType::Consumer
            | DocumentType::DebitNote
            | DocumentType::CreditNote
            | DocumentType::Purchase
            | DocumentType::Government => true,
            DocumentType::PettyExpense
            | DocumentType::SpecialRegime
            | DocumentType::Export
            | DocumentType::ForeignPayment => false,
        };
        let mut groups = self.invoice.lines().iter().map(|line| Billing::parse(&line.tax_group));
        let is_taxed = groups.any(|billing| billing.is_some_and(Billing::is_taxed));
        (says_it && is_taxed).then_some(match self.invoice.price_mode() {
            PriceMode::TaxExcluded => "0",
            PriceMode::TaxIncluded => "1",
        })
    }

    fn income(&self) -> Option<IncomeType> {
        let is_income = !matches!(
            self.document_type,
            DocumentType::Purchase | DocumentType::PettyExpense | DocumentType::ForeignPayment
        );
        let default = is_income.then_some(IncomeType::Operations);
        self.written.document.income_type.or(default)
    }

    /// Of two types one need not say it.
    fn payment_type(&self) -> Option<PaymentType> {
        let need_not =
            matches!(self.document_type, DocumentType::PettyExpense | DocumentType::ForeignPayment);
        let terms = self.written.document.payment_terms.as_ref();
        let default = (!need_not).then_some(PaymentType::Cash);
        terms.and_then(|terms| terms.kind).or(default)
    }
}
