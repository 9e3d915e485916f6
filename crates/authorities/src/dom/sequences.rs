//! The e-NCF sequences that the DGII authorises, one for each type of e-CF.

use invoice::Invoice;

use super::ecf::document::DocumentType;
use super::regime::document_type;
use crate::contract::{RangeKind, SeriesRule};

/// From which sequence an invoice takes its e-NCF.
pub fn series(invoice: &Invoice) -> SeriesRule {
    // What this country priced is of one of its kinds; anything else finds no numbers.
    let document_type = document_type(invoice.kind()).unwrap_or(DocumentType::FiscalCredit);
    SeriesRule::Authorised(&RANGE_KINDS[document_type.column()])
}

/// In the order of [`DocumentType::ALL`].
pub const RANGE_KINDS: &[RangeKind] = &[
    sequence(DocumentType::FiscalCredit, "E31"),
    sequence(DocumentType::Consumer, "E32"),
    sequence(DocumentType::DebitNote, "E33"),
    sequence(DocumentType::CreditNote, "E34"),
    sequence(DocumentType::Purchase, "E41"),
    sequence(DocumentType::PettyExpense, "E43"),
    sequence(DocumentType::SpecialRegime, "E44"),
    sequence(DocumentType::Government, "E45"),
    sequence(DocumentType::Export, "E46"),
    sequence(DocumentType::ForeignPayment, "E47"),
];

const fn sequence(document_type: DocumentType, prefix: &'static str) -> RangeKind {
    RangeKind {
        code: document_type.code(),
        label: document_type.label(),
        prefix,
        // Formato e-CF, `eNCF`: the E, the type, and ten digits.
        width: 10,
        // Formato e-CF, `FechaVencimientoSecuencia`: consumer invoices and credit notes have none.
        expires: !matches!(document_type, DocumentType::Consumer | DocumentType::CreditNote),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dom::ecf::document::Encf;

    #[test]
    fn a_sequence_writes_the_numbers_of_its_type() {
        assert_eq!(RANGE_KINDS.len(), DocumentType::ALL.len());
        for (kind, document_type) in RANGE_KINDS.iter().zip(DocumentType::ALL) {
            let width = usize::from(kind.width);
            let number = format!("{}{:0width$}", kind.prefix, 7);
            let encf = Encf::parse(&number).unwrap();
            assert_eq!((encf.document_type(), encf.sequence()), (document_type, 7));
            assert_eq!((kind.code, kind.label), (document_type.code(), document_type.label()));
        }
        let lasting = RANGE_KINDS.iter().filter(|kind| !kind.expires).map(|kind| kind.code);
        assert_eq!(lasting.collect::<Vec<_>>(), ["32", "34"]);
    }
}
