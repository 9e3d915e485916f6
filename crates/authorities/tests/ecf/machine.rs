//! A machine with its progress, driven by hand. Each step goes through the stored bytes.

use authorities::{Authority, Event, Matter, Numbered, Progress, Refusal, Signed, Standing, Step};
use invoice::{Invoice, SecurityElements, Timestamp};
use jiff::civil::date;

use crate::desk::now;
use crate::kit::HOLDER;

/// A machine somewhere on its way.
#[derive(Clone)]
pub(crate) struct Machine<'a> {
    authority: &'a dyn Authority,
    pub(crate) invoice: &'a Invoice,
    number: &'a str,
    pub(crate) elements: Option<SecurityElements>,
    pub(crate) original: Option<Standing>,
    pub(crate) progress: Vec<u8>,
    pub(crate) now: Timestamp,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(authority: &'a dyn Authority, invoice: &'a Invoice, number: &'a str) -> Self {
        let matter = Matter::Invoice(Numbered::new(invoice, number));
        let progress = authority.begin(&matter).as_bytes().to_vec();
        Self { authority, invoice, number, elements: None, original: None, progress, now: now() }
    }

    /// One that is sealed: its document is signed, and nothing has left.
    pub(crate) fn sealed(
        authority: &'a dyn Authority,
        invoice: &'a Invoice,
        number: &'a str,
    ) -> Self {
        let mut machine = Self::new(authority, invoice, number);
        let Ok(Step::Sign(bytes, _)) = machine.step(Event::Started) else {
            panic!("a signature is asked for first")
        };
        let Ok(Step::Sealed(elements)) = machine.step(signed(&bytes)) else {
            panic!("a signature seals")
        };
        machine.elements = elements;
        machine
    }

    pub(crate) fn numbered(&self) -> Numbered<'_> {
        Numbered {
            number_expires: Some(date(2028, 12, 31)),
            elements: self.elements.as_ref(),
            original: self.original,
            ..Numbered::new(self.invoice, self.number)
        }
    }

    pub(crate) fn step(&mut self, event: Event) -> Result<Step, Refusal> {
        let progress = Progress::from_bytes(self.progress.clone());
        let matter = Matter::Invoice(self.numbered());
        let (progress, step) = self.authority.step(&matter, progress, event, self.now)?;
        self.progress = progress.as_bytes().to_vec();
        Ok(step)
    }

    pub(crate) fn document(&self) -> &str {
        self.elements.as_ref().unwrap().document.as_deref().unwrap()
    }

    pub(crate) fn security_code(&self) -> &str {
        self.elements.as_ref().unwrap().detail("security_code").unwrap()
    }
}

/// The signature that the taxpayer's key makes.
pub(crate) fn signed(bytes: &[u8]) -> Event {
    let signature = HOLDER.sign_bytes(bytes);
    Event::Signed(Signed { signature, certificate: Some(HOLDER.certificate.clone()) })
}
