//! When, how and in which currency the document is paid (Formato e-CF, `IdDoc`).

use invoice::{Amount, Exchange, Fault, rule};
use jiff::civil::Date;

use super::totals::Totals;
use super::{Pricing, rules};
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::{Duty, Kind, duty};
use crate::dom::regime::{payment_form, regime};
use crate::dom::section::PaymentType;

/// Digits before the point of a rate of exchange (Formato e-CF, `TipoCambio`).
const RATE_DIGITS: u32 = 3;

impl Pricing<'_> {
    /// A currency of the format's table, and a rate that the format can write.
    pub(super) fn exchange(&mut self, pointer: &str, exchange: Option<&Exchange>) {
        let Some(exchange) = exchange else { return };
        let known = regime().foreign_currencies;
        if !known.contains(&exchange.currency.as_str()) {
            let pointer = format!("{pointer}/currency");
            return self.note_unknown(pointer, &exchange.currency, &known.join(", "));
        }
        if !exchange.rate.is_positive() {
            self.note_at(rule::NOT_POSITIVE, format!("{pointer}/rate"));
        } else if exchange.rate.units() >= 10_i128.pow(RATE_DIGITS + 4) {
            let fault = Fault::new(rules::EXCHANGE_RATE_TOO_LARGE, format!("{pointer}/rate"));
            self.note(fault.with("maximum", RATE_DIGITS));
        }
    }

    pub(super) fn payment_terms(&mut self) {
        let terms = self.asked.document.payment_terms.clone().unwrap_or_default();
        match terms.kind {
            Some(PaymentType::Credit) => self.on_credit(terms.due_on),
            Some(PaymentType::Free) if self.document_type == DocumentType::FiscalCredit => {
                self.note_at(rules::FREE_NOT_FOR_TYPE, "/do/payment_terms/kind");
            }
            Some(PaymentType::Cash | PaymentType::Free) | None => {}
        }
        self.in_order("/do/payment_terms/due_on", Some(self.issued_on), terms.due_on);
        let period = self.asked.document.period.clone().unwrap_or_default();
        self.in_order("/do/period/to", period.from, period.to);
        self.methods();
    }

    /// What is on credit states its last day (code 1100). A minor expense has no place for one, so
    /// it is never on credit; of a payment abroad nobody waits for it.
    fn on_credit(&mut self, due_on: Option<Date>) {
        match duty(Kind::Ecf(self.document_type), "Encabezado/IdDoc/FechaLimitePago") {
            Duty::Forbidden => {
                let fault = Fault::new(rules::CREDIT_NOT_FOR_TYPE, "/do/payment_terms/kind");
                self.note(fault.with("kind", &self.draft.kind));
            }
            Duty::Conditional | Duty::Mandatory if due_on.is_none() => {
                self.note_at(rules::DUE_DATE_MISSING, "/do/payment_terms/due_on");
            }
            Duty::Conditional | Duty::Mandatory | Duty::Optional => {}
        }
    }

    fn in_order(&mut self, pointer: &str, earlier: Option<Date>, later: Option<Date>) {
        if let Some((earlier, later)) = earlier.zip(later)
            && later < earlier
        {
            self.note(Fault::new(rules::DATES_REVERSED, pointer).with("earlier", earlier));
        }
    }

    fn methods(&mut self) {
        let draft = self.draft;
        for (index, payment) in draft.payments.iter().enumerate() {
            let pointer = format!("/payments/{index}");
            match payment_form(&payment.method) {
                None => {
                    let known = regime().payment_methods.iter().map(|method| method.key);
                    let allowed = known.collect::<Vec<_>>().join(", ");
                    self.note_unknown(format!("{pointer}/method"), &payment.method, &allowed);
                }
                Some(GIFT_CERTIFICATE) if self.document_type != DocumentType::Consumer => {
                    let fault =
                        Fault::new(rules::PAYMENT_NOT_FOR_TYPE, format!("{pointer}/method"));
                    self.note(fault.with("method", &payment.method));
                }
                Some(_) => {}
            }
            if payment.amount < Amount::ZERO {
                self.note_at(rules::NEGATIVE, format!("{pointer}/amount"));
            }
            self.exchange(&format!("{pointer}/exchange"), payment.exchange.as_ref());
            self.worth_abroad(
                &format!("{pointer}/exchange/rate"),
                payment.exchange.as_ref(),
                payment.amount,
            );
        }
    }

    /// What is worth so much here must be an amount there too.
    pub(super) fn worth_abroad(
        &mut self,
        pointer: &str,
        exchange: Option<&Exchange>,
        amount: Amount,
    ) {
        let exchange = exchange.filter(|exchange| exchange.rate.is_positive());
        if exchange.is_some_and(|exchange| exchange.convert(amount).bounded().is_none()) {
            self.note_too_large(pointer);
        }
    }

    /// Payments are of the total, of what is left to pay, or of either less what is kept back.
    pub(super) fn paid(&mut self, totals: &Totals) {
        let payments = &self.draft.payments;
        if payments.is_empty() {
            return;
        }
        let mut amounts = payments.iter().map(|payment| payment.amount);
        let paid = amounts.try_fold(Amount::ZERO, Amount::checked_add);
        let owed = [Some(totals.total), Some(totals.payable), period(totals)];
        let less = |owed: &Option<Amount>| owed.and_then(|owed| owed.checked_sub(totals.withheld));
        let less_withheld: Vec<_> = owed.iter().map(less).collect();
        if paid.is_some() && owed.into_iter().chain(less_withheld).any(|owed| owed == paid) {
            return;
        }
        let shown = paid.map_or_else(|| "?".to_owned(), |paid| paid.to_string());
        let fault = Fault::new(rule::PAYMENTS_DIFFER, "/payments").with("paid", shown);
        self.note(fault.with("total", totals.total));
    }
}

/// `FormaPago` 5.
const GIFT_CERTIFICATE: &str = "5";

fn period(totals: &Totals) -> Option<Amount> {
    totals.total.checked_add(totals.sums.non_billable.unwrap_or_default())
}
