//! Kinds of document, of line and of payment, and what a note does with the document that it names.

use invoice::{Coded, CreditNature, DocumentKind, DocumentRole};

use crate::dom::ecf::document::DocumentType;

const fn coded(key: &'static str, code: &'static str, label: &'static str) -> Coded {
    Coded { key, code, label }
}

const fn document(
    key: &'static str,
    document_type: DocumentType,
    role: DocumentRole,
) -> DocumentKind {
    let export = matches!(document_type, DocumentType::Export);
    DocumentKind { coded: coded(key, document_type.code(), document_type.label()), role, export }
}

/// In the order of their codes, which is [`DocumentType::ALL`]'s.
#[rustfmt::skip]
pub(super) const DOCUMENTS: &[DocumentKind] = &[
    document("tax_credit_invoice", DocumentType::FiscalCredit, DocumentRole::Sale),
    document("consumer_invoice", DocumentType::Consumer, DocumentRole::Sale),
    document("debit_note", DocumentType::DebitNote, DocumentRole::DebitNote),
    document("credit_note", DocumentType::CreditNote, DocumentRole::CreditNote),
    document("purchase", DocumentType::Purchase, DocumentRole::Purchase),
    document("minor_expense", DocumentType::PettyExpense, DocumentRole::Purchase),
    document("special_regime_invoice", DocumentType::SpecialRegime, DocumentRole::Sale),
    document("government_invoice", DocumentType::Government, DocumentRole::Sale),
    document("export_invoice", DocumentType::Export, DocumentRole::Sale),
    document("foreign_payment", DocumentType::ForeignPayment, DocumentRole::Purchase),
];

/// The type of e-CF of a draft's or an invoice's kind.
pub fn document_type(kind: &str) -> Option<DocumentType> {
    let kind = DOCUMENTS.iter().find(|known| known.coded.key == kind)?;
    DocumentType::parse(kind.coded.code)
}

/// What drafts call a type of e-CF.
pub fn document_kind(document_type: DocumentType) -> &'static str {
    let code = document_type.code();
    let kind = DOCUMENTS.iter().find(|known| known.coded.code == code);
    kind.expect("each type is of a kind").coded.key
}

pub(super) const LINES: &[Coded] =
    &[coded("goods", "1", "Bien"), coded("service", "2", "Servicio")];

/// `FormaPago`. The first is not what a draft without payments means: it says nothing of them.
#[rustfmt::skip]
pub(super) const PAYMENTS: &[Coded] = &[
    coded("cash", "1", "Efectivo"),
    coded("transfer", "2", "Cheque, transferencia o depósito"),
    coded("card", "3", "Tarjeta de débito o crédito"),
    coded("credit", "4", "Venta a crédito"),
    coded("gift_certificate", "5", "Bonos o certificados de regalo"),
    coded("barter", "6", "Permuta"),
    coded("credit_note", "7", "Nota de crédito"),
    coded("other", "8", "Otras formas de pago"),
];

/// The code of a payment method.
pub fn payment_form(method: &str) -> Option<&'static str> {
    PAYMENTS.iter().find(|known| known.key == method).map(|known| known.code)
}

const fn nature(key: &'static str, code: &'static str, label: &'static str) -> CreditNature {
    CreditNature { coded: coded(key, code, label), names_original: true }
}

/// `CodigoModificacion`.
#[rustfmt::skip]
pub(super) const MODIFICATIONS: &[CreditNature] = &[
    nature("cancellation", "1", "Anula el NCF modificado"),
    nature("text_correction", "2", "Corrige texto del comprobante fiscal modificado"),
    nature("amount_correction", "3", "Corrige montos del NCF modificado"),
    nature("contingency_replacement", "4", "Reemplazo de NCF emitido en contingencia"),
    nature("consumer_invoice_reference", "5", "Referencia a factura de consumo electrónica"),
];

/// The code of a credit's nature.
pub fn modification(nature: &str) -> Option<&'static str> {
    MODIFICATIONS.iter().find(|known| known.coded.key == nature).map(|known| known.coded.code)
}

/// Formato e-CF, table of currencies, as the DGII spells them: `CHY` and `SCP` are its own.
pub(super) const CURRENCIES: &[&str] = &[
    "BRL", "CAD", "CHF", "CHY", "XDR", "DKK", "EUR", "GBP", "JPY", "NOK", "SCP", "SEK", "USD",
    "VEF", "HTG", "MXN", "COP",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dom::ecf::codes;

    #[test]
    fn each_type_of_ecf_is_of_one_kind() {
        for (kind, expected) in DOCUMENTS.iter().zip(DocumentType::ALL) {
            assert_eq!(document_type(kind.coded.key), Some(expected));
            assert_eq!(document_kind(expected), kind.coded.key);
        }
        assert_eq!(document_type("sale"), None);
    }

    #[test]
    fn the_codes_are_those_of_the_formats_tables() {
        let codes_of = |table: &[codes::Code]| table.iter().map(|row| row.code).collect::<Vec<_>>();
        let ours: Vec<_> = PAYMENTS.iter().map(|method| method.code).collect();
        assert_eq!(ours, codes_of(codes::PAYMENT_FORMS));
        let ours: Vec<_> = MODIFICATIONS.iter().map(|nature| nature.coded.code).collect();
        assert_eq!(ours, codes_of(codes::MODIFICATIONS));
        let ours: Vec<_> = LINES.iter().map(|kind| kind.code).collect();
        assert_eq!(ours, codes_of(codes::GOODS_OR_SERVICE));
        assert_eq!(CURRENCIES, codes_of(codes::CURRENCIES));
    }
}
