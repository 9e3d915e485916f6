//! The ten electronic fiscal receipts.

/// A type of e-CF, by the number that its e-NCF bears (Formato e-CF, `TipoeCF`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum DocumentType {
    /// 31: to a taxpayer who deducts the tax.
    FiscalCredit,
    /// 32: to a consumer.
    Consumer,
    /// 33: adds to what an earlier one says.
    DebitNote,
    /// 34: takes from it, or voids it.
    CreditNote,
    /// 41: issued by the buyer, who buys of somebody without receipts.
    Purchase,
    /// 43: what an employee spends on the way.
    PettyExpense,
    /// 44: to the beneficiary of a regime without tax.
    SpecialRegime,
    /// 45: to the State.
    Government,
    /// 46: abroad.
    Export,
    /// 47: paid to somebody abroad.
    ForeignPayment,
}

impl DocumentType {
    pub const ALL: [Self; 10] = [
        Self::FiscalCredit,
        Self::Consumer,
        Self::DebitNote,
        Self::CreditNote,
        Self::Purchase,
        Self::PettyExpense,
        Self::SpecialRegime,
        Self::Government,
        Self::Export,
        Self::ForeignPayment,
    ];

    /// From the two digits.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document_type| document_type.code() == code)
    }

    /// The two digits, as the XML has them.
    pub const fn code(self) -> &'static str {
        match self {
            Self::FiscalCredit => "31",
            Self::Consumer => "32",
            Self::DebitNote => "33",
            Self::CreditNote => "34",
            Self::Purchase => "41",
            Self::PettyExpense => "43",
            Self::SpecialRegime => "44",
            Self::Government => "45",
            Self::Export => "46",
            Self::ForeignPayment => "47",
        }
    }

    /// The name that a printed representation bears (Formato e-CF, `TipoeCF`).
    pub const fn label(self) -> &'static str {
        match self {
            Self::FiscalCredit => "Factura de Crédito Fiscal Electrónica",
            Self::Consumer => "Factura de Consumo Electrónica",
            Self::DebitNote => "Nota de Débito Electrónica",
            Self::CreditNote => "Nota de Crédito Electrónica",
            Self::Purchase => "Compras Electrónico",
            Self::PettyExpense => "Gastos Menores Electrónico",
            Self::SpecialRegime => "Regímenes Especiales Electrónico",
            Self::Government => "Gubernamental Electrónico",
            Self::Export => "Comprobante de Exportaciones Electrónico",
            Self::ForeignPayment => "Comprobante para Pagos al Exterior Electrónico",
        }
    }

    /// Whether it corrects another document, which it then names (Formato e-CF,
    /// `InformacionReferencia`).
    pub const fn is_note(self) -> bool {
        matches!(self, Self::DebitNote | Self::CreditNote)
    }

    /// Lines at most: the notes got more room in April 2026 (Formato e-CF, `DetallesItems`; the
    /// text gives it to small consumer invoices too, whose schema does not).
    pub const fn lines_max(self) -> usize {
        if self.is_note() { 10_000 } else { 1_000 }
    }

    /// Whether it is handed to an electronic receiver too; of the others no receiver exists, or
    /// none that would take it (Informe Técnico e-CF, models of exchange).
    pub const fn is_sent_to_receiver(self) -> bool {
        match self {
            Self::FiscalCredit | Self::DebitNote | Self::CreditNote | Self::SpecialRegime => true,
            Self::Consumer
            | Self::Purchase
            | Self::PettyExpense
            | Self::Government
            | Self::Export
            | Self::ForeignPayment => false,
        }
    }

    /// Whether a taxpayer whom the DGII allows it may send it later, which it then says (Formato
    /// e-CF, `IndicadorEnvioDiferido`).
    pub const fn may_be_deferred(self) -> bool {
        !matches!(self, Self::Purchase | Self::PettyExpense | Self::ForeignPayment)
    }

    /// Whether its receiver approves or rejects it commercially (Informe Técnico e-CF, aprobación
    /// comercial).
    pub const fn takes_approval(self) -> bool {
        match self {
            Self::FiscalCredit
            | Self::DebitNote
            | Self::CreditNote
            | Self::SpecialRegime
            | Self::Government => true,
            Self::Consumer
            | Self::Purchase
            | Self::PettyExpense
            | Self::Export
            | Self::ForeignPayment => false,
        }
    }

    /// Its column in the tables of the format.
    pub(crate) const fn column(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_found_by_its_digits_and_stands_in_its_column() {
        for (column, document_type) in DocumentType::ALL.into_iter().enumerate() {
            assert_eq!(DocumentType::parse(document_type.code()), Some(document_type));
            assert_eq!(document_type.column(), column);
        }
        for other in ["", "3", "30", "42", "031", "31 "] {
            assert_eq!(DocumentType::parse(other), None, "{other}");
        }
    }
}
