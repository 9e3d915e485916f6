//! A summary out of a tree: of the summary itself, or of the invoice that it is made of.

use invoice::Amount;

use super::{
    ITBIS, Rfce, SummaryBuyer, SummaryPayment, SummaryTax, SummaryTotals, TAX_AMOUNTS, TAXED,
};
use crate::dom::dsig::SecurityCode;
use crate::dom::ecf::document::reading::{Reading, amount, date, encf, rnc};
use crate::dom::ecf::document::{DocumentType, Rnc};
use crate::dom::ecf::schema::{Breach, Kind, SchemaFault};
use crate::dom::xml::Element;

impl Rfce {
    /// Reads one that is valid by its schema, signed or not.
    pub fn read(root: &Element) -> Result<Self, Vec<SchemaFault>> {
        let mut reading = Reading::strictly(Kind::Rfce, root)?;
        let code = reading
            .required("Encabezado/CodigoSeguridadeCF", |text| text.parse::<SecurityCode>().ok());
        let read = code.and_then(|code| fields(&mut reading, code));
        reading.finish(read)
    }

    /// The summary of a consumer invoice that was signed, by the code of its signature.
    pub fn summarise(ecf: &Element, code: SecurityCode) -> Result<Self, Vec<SchemaFault>> {
        let mut reading = Reading::loosely(Kind::Ecf(DocumentType::Consumer), ecf);
        let read = fields(&mut reading, code);
        reading.finish(read)
    }
}

/// What the invoice and its summary have in common stands at the same places in both.
fn fields(reading: &mut Reading<'_>, security_code: SecurityCode) -> Option<Rfce> {
    let encf = reading.required("Encabezado/IdDoc/eNCF", encf);
    if encf.is_some_and(|encf| encf.document_type() != DocumentType::Consumer) {
        reading.report_mismatch("Encabezado/IdDoc/eNCF", DocumentType::Consumer.code());
    }
    let income = reading.required_text("Encabezado/IdDoc/TipoIngresos");
    let payment_terms = reading.required_text("Encabezado/IdDoc/TipoPago");
    let payments = payments(reading);
    let issuer = reading.required("Encabezado/Emisor/RNCEmisor", rnc);
    let issuer_name = reading.required_text("Encabezado/Emisor/RazonSocialEmisor");
    let issued_on = reading.required("Encabezado/Emisor/FechaEmision", date);
    let buyer = buyer(reading);
    let totals = totals(reading);
    Some(Rfce {
        encf: encf?,
        income: income?,
        payment_terms: payment_terms?,
        payments,
        issuer: issuer?,
        issuer_name: issuer_name?,
        issued_on: issued_on?,
        buyer,
        totals: totals?,
        security_code,
    })
}

fn payments(reading: &mut Reading<'_>) -> Vec<SummaryPayment> {
    let path = "Encabezado/IdDoc/TablaFormasPago";
    let Some(table) = reading.root().at(path) else { return Vec::new() };
    let mut payments = Vec::new();
    for form in table.children_named("FormaDePago") {
        let paid = form.value_at("MontoPago").map(str::trim).and_then(amount);
        match (form.value_at("FormaPago"), paid) {
            (Some(form), Some(amount)) => {
                payments.push(SummaryPayment { form: form.trim().to_owned(), amount });
            }
            _ => reading.report(&format!("{path}/FormaDePago"), Breach::Number, ""),
        }
    }
    payments
}

fn buyer(reading: &mut Reading<'_>) -> SummaryBuyer {
    let rnc: Option<Rnc> = reading.optional("Encabezado/Comprador/RNCComprador", rnc);
    let foreign_id = reading.optional_text("Encabezado/Comprador/IdentificadorExtranjero");
    let name = reading.optional_text("Encabezado/Comprador/RazonSocialComprador");
    SummaryBuyer { rnc, foreign_id, name }
}

fn totals(reading: &mut Reading<'_>) -> Option<SummaryTotals> {
    let total = reading.required("Encabezado/Totales/MontoTotal", amount);
    let additional_taxes = additional_taxes(reading);
    Some(SummaryTotals {
        taxed: of_totals(reading, "MontoGravadoTotal"),
        taxed_at: TAXED.map(|name| of_totals(reading, name)),
        exempt: of_totals(reading, "MontoExento"),
        itbis: of_totals(reading, "TotalITBIS"),
        itbis_at: ITBIS.map(|name| of_totals(reading, name)),
        additional_tax: of_totals(reading, "MontoImpuestoAdicional"),
        additional_taxes,
        total: total?,
        non_billable: of_totals(reading, "MontoNoFacturable"),
        period: of_totals(reading, "MontoPeriodo"),
    })
}

fn of_totals(reading: &mut Reading<'_>, name: &str) -> Option<Amount> {
    reading.optional(&format!("Encabezado/Totales/{name}"), amount)
}

fn additional_taxes(reading: &mut Reading<'_>) -> Vec<SummaryTax> {
    let path = "Encabezado/Totales/ImpuestosAdicionales";
    let Some(table) = reading.root().at(path) else { return Vec::new() };
    let mut taxes = Vec::new();
    for entry in table.children_named("ImpuestoAdicional") {
        let code = entry.value_at("TipoImpuesto").unwrap_or_default().to_owned();
        let amounts = TAX_AMOUNTS.map(|name| {
            let text = entry.value_at(name)?;
            let read = amount(text.trim());
            if read.is_none() {
                reading.report(&format!("{path}/ImpuestoAdicional/{name}"), Breach::Number, text);
            }
            read
        });
        let [specific, ad_valorem, other] = amounts;
        taxes.push(SummaryTax { code, specific, ad_valorem, other });
    }
    taxes
}
