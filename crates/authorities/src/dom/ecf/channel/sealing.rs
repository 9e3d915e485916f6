//! The seal of an e-CF: composed, signed, and named by what its signature makes of it. Nothing leaves
//! us for it.

use invoice::{Invoice, SecurityElements, Timestamp};

use super::phase::Phase;
use super::sealed::SECURITY_CODE;
use super::signing::{finish, ours, sign, to_be_signed};
use crate::contract::{Numbered, Progress, Refusal, SendingMode, Signed, Step};
use crate::dom::compose::{Issue, compose};
use crate::dom::dsig::ToBeSigned;
use crate::dom::ecf::document::{DocumentType, Encf, stamp_url};
use crate::dom::regime::document_type;
use crate::dom::settings::Settings;
use crate::dom::xml::Element;

/// An invoice that is to become a document.
pub(super) struct Sealing<'a> {
    pub(super) settings: &'a Settings,
    pub(super) numbered: &'a Numbered<'a>,
}

impl Sealing<'_> {
    /// Asks for the signature.
    pub(super) fn begin(&self, now: Timestamp) -> Result<(Phase, Step, ToBeSigned), Refusal> {
        let document = to_be_signed(self.document(now)?)?;
        let step = sign(&document);
        Ok((Phase::Signing { signed_at: now.micros() }, step, document))
    }

    /// The document is composed anew where it was not remembered: the same invoice at the same time
    /// makes the same one.
    pub(super) fn seal(
        &self,
        signed_at: i64,
        remembered: Option<ToBeSigned>,
        signed: &Signed,
    ) -> Result<(Phase, Step), Refusal> {
        let signed_at = Timestamp::from_micros(signed_at);
        let document = match remembered {
            Some(document) => document,
            None => to_be_signed(self.document(signed_at)?)?,
        };
        let root = document.document().root();
        let signed = finish(&document, signed)?;
        let url = stamp_url(self.settings.environment, root, &signed.code)
            .map_err(|error| ours("no_stamp", error.to_string()))?;
        let encf = self.encf()?;
        let elements = SecurityElements {
            code: self.code(encf, signed.code.as_str()),
            qr: Some(url),
            details: self.details(encf, root, signed.code.to_string()),
            reply: String::new(),
            document: Some(signed.text),
        };
        Ok((Phase::Sealed { waits: 0 }, Step::Sealed(Some(elements))))
    }

    /// What is printed of the document besides its invoice, as the document says it: nobody behind
    /// the seal has to know the names of its elements.
    fn details(&self, encf: Encf, root: &Element, code: String) -> Vec<(String, String)> {
        let said = |name: &str| root.value_at(name).map(str::to_owned);
        // In the order in which the ledger's bytes have them.
        let details = [
            ("document_type", Some(encf.document_type().code().to_owned())),
            ("environment", Some(self.settings.environment.segment().to_owned())),
            ("number_expires", said("Encabezado/IdDoc/FechaVencimientoSecuencia")),
            ("pages", said("Encabezado/IdDoc/TotalPaginas")),
            (SECURITY_CODE, Some(code)),
            ("signed_at", said("FechaHoraFirma")),
        ];
        let details = details.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mode = self.mode().map(|mode| (mode.as_str(), "true".to_owned()));
        let details = mode.into_iter().chain(details);
        details.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn document(&self, signed_at: Timestamp) -> Result<Element, Refusal> {
        let issue = Issue {
            encf: self.encf()?,
            sequence_expires: self.numbered.number_expires,
            deferred: self.mode() == Some(SendingMode::Deferred),
            signed_at,
        };
        compose(self.numbered.invoice, &issue)
            .map_err(|error| ours("not_composed", error.to_string()))
    }

    fn mode(&self) -> Option<SendingMode> {
        sending_mode(self.settings, self.numbered.invoice, self.numbered.is_cut_off)
    }

    /// The number, which is of the invoice's own type: an outlet whose numbers come from elsewhere
    /// would send what no DGII knows.
    fn encf(&self) -> Result<Encf, Refusal> {
        let number = self.numbered.number;
        let encf = Encf::parse(number).map_err(|error| ours("no_encf", error.to_string()))?;
        let wanted = document_type(self.numbered.invoice.kind());
        if wanted != Some(encf.document_type()) {
            let kind = self.numbered.invoice.kind();
            return Err(ours("no_encf", format!("{number} is no number of a {kind}")));
        }
        Ok(encf)
    }

    /// All that the DGII knows a document by, one behind the other. The number alone may come back
    /// after a refusal, and the security code is too short to be nobody else's.
    fn code(&self, encf: Encf, security_code: &str) -> String {
        format!("{}{encf}{security_code}", self.numbered.invoice.seller().tax_id)
    }
}

/// How an invoice is issued, where it may be sent later than that. A document has one such mode: its
/// XML, its legend and its clock agree.
pub(super) fn sending_mode(
    settings: &Settings,
    invoice: &Invoice,
    is_cut_off: bool,
) -> Option<SendingMode> {
    let may_be_deferred = document_type(invoice.kind()).is_some_and(DocumentType::may_be_deferred);
    match is_cut_off {
        true => Some(SendingMode::Contingency),
        false if settings.deferred_sending && may_be_deferred => Some(SendingMode::Deferred),
        false => None,
    }
}

/// With the document remembered for the step that brings the signature.
pub(super) fn remember(progress: Progress, document: ToBeSigned) -> Progress {
    progress.remembering(document)
}
