//! The summary of a small consumer invoice (RFCE): all that the DGII gets of it (Formato Resumen de
//! Factura de Consumo Electrónica).

mod read;

use invoice::Amount;
use jiff::civil::Date;

use super::{Encf, Rnc, write_date};
use crate::dom::dsig::SecurityCode;
use crate::dom::xml::Element;

/// What the DGII is told of a consumer invoice that stays with its issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rfce {
    pub encf: Encf,
    /// `TipoIngresos`: two digits.
    pub income: String,
    /// `TipoPago`: one digit.
    pub payment_terms: String,
    pub payments: Vec<SummaryPayment>,
    pub issuer: Rnc,
    pub issuer_name: String,
    pub issued_on: Date,
    pub buyer: SummaryBuyer,
    pub totals: SummaryTotals,
    /// Of the whole invoice, which was signed before.
    pub security_code: SecurityCode,
}

/// What was paid, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SummaryPayment {
    /// `FormaPago`: one digit.
    pub form: String,
    pub amount: Amount,
}

/// Who bought, as far as it is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SummaryBuyer {
    pub rnc: Option<Rnc>,
    pub foreign_id: Option<String>,
    pub name: Option<String>,
}

/// What is owed. An amount that the invoice does not bear is absent, which is not the same as zero.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SummaryTotals {
    pub taxed: Option<Amount>,
    /// At 18 %, at 16 % and at 0 %.
    pub taxed_at: [Option<Amount>; 3],
    pub exempt: Option<Amount>,
    pub itbis: Option<Amount>,
    /// At 18 %, at 16 % and at 0 %.
    pub itbis_at: [Option<Amount>; 3],
    pub additional_tax: Option<Amount>,
    pub additional_taxes: Vec<SummaryTax>,
    pub total: Amount,
    pub non_billable: Option<Amount>,
    pub period: Option<Amount>,
}

/// One additional tax.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SummaryTax {
    /// `TipoImpuesto`: three digits.
    pub code: String,
    pub specific: Option<Amount>,
    pub ad_valorem: Option<Amount>,
    pub other: Option<Amount>,
}

impl Rfce {
    /// The document, without its signature.
    pub fn to_element(&self) -> Element {
        let mut header = Element::new("Encabezado");
        header.push_leaf("Version", "1.0");
        header.push(self.identity());
        header.push(self.seller());
        header.push(self.buyer.to_element());
        header.push(self.totals.to_element());
        header.push_leaf("CodigoSeguridadeCF", self.security_code.to_string());
        Element::new("RFCE").with(header)
    }

    fn identity(&self) -> Element {
        let mut identity = Element::new("IdDoc");
        identity.push_leaf("TipoeCF", self.encf.document_type().code());
        identity.push_leaf("eNCF", self.encf.to_string());
        identity.push_leaf("TipoIngresos", self.income.clone());
        identity.push_leaf("TipoPago", self.payment_terms.clone());
        if !self.payments.is_empty() {
            let mut table = Element::new("TablaFormasPago");
            for payment in &self.payments {
                let mut form = Element::new("FormaDePago");
                form.push_leaf("FormaPago", payment.form.clone());
                form.push_leaf("MontoPago", payment.amount.to_string());
                table.push(form);
            }
            identity.push(table);
        }
        identity
    }

    fn seller(&self) -> Element {
        let mut seller = Element::new("Emisor");
        seller.push_leaf("RNCEmisor", self.issuer.to_string());
        seller.push_leaf("RazonSocialEmisor", self.issuer_name.clone());
        seller.push_leaf("FechaEmision", write_date(self.issued_on));
        seller
    }
}

impl SummaryBuyer {
    /// The schema wants the element even where nothing is known of the buyer.
    fn to_element(&self) -> Element {
        let mut buyer = Element::new("Comprador");
        buyer.push_optional("RNCComprador", self.rnc.as_ref().map(Rnc::to_string));
        buyer.push_optional("IdentificadorExtranjero", self.foreign_id.clone());
        buyer.push_optional("RazonSocialComprador", self.name.clone());
        buyer
    }
}

impl SummaryTotals {
    fn to_element(&self) -> Element {
        let mut totals = Element::new("Totales");
        push(&mut totals, "MontoGravadoTotal", self.taxed);
        for (name, amount) in TAXED.into_iter().zip(self.taxed_at) {
            push(&mut totals, name, amount);
        }
        push(&mut totals, "MontoExento", self.exempt);
        push(&mut totals, "TotalITBIS", self.itbis);
        for (name, amount) in ITBIS.into_iter().zip(self.itbis_at) {
            push(&mut totals, name, amount);
        }
        push(&mut totals, "MontoImpuestoAdicional", self.additional_tax);
        self.push_taxes(&mut totals);
        push(&mut totals, "MontoTotal", Some(self.total));
        push(&mut totals, "MontoNoFacturable", self.non_billable);
        push(&mut totals, "MontoPeriodo", self.period);
        totals
    }

    fn push_taxes(&self, totals: &mut Element) {
        if self.additional_taxes.is_empty() {
            return;
        }
        let mut table = Element::new("ImpuestosAdicionales");
        for tax in &self.additional_taxes {
            let mut entry = Element::new("ImpuestoAdicional");
            entry.push_leaf("TipoImpuesto", tax.code.clone());
            for (name, amount) in TAX_AMOUNTS.into_iter().zip(tax.amounts()) {
                push(&mut entry, name, amount);
            }
            table.push(entry);
        }
        totals.push(table);
    }
}

impl SummaryTax {
    fn amounts(&self) -> [Option<Amount>; 3] {
        [self.specific, self.ad_valorem, self.other]
    }
}

fn push(into: &mut Element, name: &'static str, amount: Option<Amount>) {
    into.push_optional(name, amount.map(|amount| amount.to_string()));
}

const TAXED: [&str; 3] = ["MontoGravadoI1", "MontoGravadoI2", "MontoGravadoI3"];
const ITBIS: [&str; 3] = ["TotalITBIS1", "TotalITBIS2", "TotalITBIS3"];
const TAX_AMOUNTS: [&str; 3] = [
    "MontoImpuestoSelectivoConsumoEspecifico",
    "MontoImpuestoSelectivoConsumoAdvalorem",
    "OtrosImpuestosAdicionales",
];
