//! Section `DetallesItems`.

use super::Composer;
use super::line::ItemComposer;
use crate::dom::xml::Element;

impl Composer<'_> {
    pub(super) fn lines(&self) -> Element {
        let mut section = Element::new("DetallesItems");
        let lines = self.invoice.lines().iter().zip(&self.written.lines);
        for (place, (line, written)) in lines.enumerate() {
            let exchange = self.invoice.exchange();
            section.push(ItemComposer { number: place + 1, line, written, exchange }.item());
        }
        section
    }
}
