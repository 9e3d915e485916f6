//! The invoice as the document that is signed: the format's elements in the schema's order.
//!
//! Nothing is reckoned here but the counter-values in another currency: what pricing wrote into the
//! invoice is put into words. Decimals are written with all their places, dates as `dd-MM-yyyy`, and
//! what is absent is left out, since the DGII refuses an element that holds nothing.

mod closing;
mod figures;
mod header;
mod line;
mod lines;
mod parties;
mod summary;
mod totals;
mod travel;

use invoice::{Invoice, Timestamp};
use jiff::civil::Date;

pub use summary::summary;

use crate::dom::ecf::document::{DocumentType, Encf, write_moment};
use crate::dom::regime::document_type;
use crate::dom::section::{NotOfThisCountry, Written};
use crate::dom::xml::Element;

/// What a document bears besides its invoice.
#[derive(Clone, Copy, Debug)]
pub struct Issue {
    pub encf: Encf,
    /// The last day of the authorised range, which consumer invoices and credit notes do not bear.
    pub sequence_expires: Option<Date>,
    /// The taxpayer may send later, and does (Formato e-CF, `IndicadorEnvioDiferido`).
    pub deferred: bool,
    pub signed_at: Timestamp,
}

/// The document without its signature, which becomes the root's last child.
pub fn compose(invoice: &Invoice, issue: &Issue) -> Result<Element, NotOfThisCountry> {
    compose_written(invoice, &Written::of(invoice)?, issue)
}

/// The same where the invoice's sections are at hand, as they are while it is priced.
pub(in crate::dom) fn compose_written(
    invoice: &Invoice,
    written: &Written,
    issue: &Issue,
) -> Result<Element, NotOfThisCountry> {
    let document_type = document_type(invoice.kind()).ok_or(NotOfThisCountry)?;
    Ok(Composer { invoice, written, issue, document_type }.document())
}

/// Everything that the parts of the document are made of.
struct Composer<'a> {
    invoice: &'a Invoice,
    written: &'a Written,
    issue: &'a Issue,
    document_type: DocumentType,
}

impl Composer<'_> {
    fn document(&self) -> Element {
        let header = Element::new("Encabezado")
            .with(Element::leaf("Version", "1.0"))
            .with(self.id())
            .with(self.seller())
            .with_group(self.buyer())
            .with_group(self.shipment())
            .with_group(self.transport())
            .with(self.totals())
            .with_group(self.other_currency());
        Element::new("ECF")
            .with(header)
            .with(self.lines())
            .with_group(self.subtotals())
            .with_group(self.adjustments())
            .with_group(self.pages())
            .with_group(self.reference())
            .with(Element::leaf("FechaHoraFirma", write_moment(self.issue.signed_at)))
    }
}

/// Groups that are left out where they hold nothing.
trait WithGroup {
    fn with_group(self, group: Element) -> Self;
    fn push_group(&mut self, group: Element);
}

impl WithGroup for Element {
    fn with_group(mut self, group: Element) -> Self {
        self.push_group(group);
        self
    }

    fn push_group(&mut self, group: Element) {
        if !group.is_empty() {
            self.push(group);
        }
    }
}

#[cfg(test)]
mod certification_tests;
#[cfg(test)]
pub(crate) mod testing;
