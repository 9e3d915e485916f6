//! The parts of a page that a country's own form adds: its table, its symbol, its legends.

use super::{Page, escaped};
use crate::model::{Item, Receipt};
use crate::{Form, Side, Text};

impl Page {
    /// The table in the form's columns.
    pub(super) fn items_of(&mut self, receipt: &Receipt, form: &Form) {
        let labels = &receipt.labels;
        let own = |side: Side| {
            let columns = form.columns.iter().filter(move |column| column.side == side);
            columns.map(|column| column.label.as_str())
        };
        self.raw("<section class=\"scroll\">\n<table class=\"form\">\n<thead><tr>");
        self.heading(labels.quantity.as_str(), "figure");
        self.heading(labels.designation.as_str(), "");
        self.heading(labels.unit.as_str(), "");
        for label in own(Side::BeforePrice) {
            self.heading(label, "figure");
        }
        self.heading(labels.unit_price.as_str(), "figure");
        for label in own(Side::AfterPrice).chain([labels.amount.as_str()]) {
            self.heading(label, "figure");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for item in &receipt.items {
            self.item_of(item, form);
        }
        self.raw("</tbody>\n</table>\n</section>\n");
    }

    fn item_of(&mut self, item: &Item, form: &Form) {
        self.raw("<tr>");
        let quantity = self.numbers.plain(item.quantity);
        self.cell("figure", &quantity);
        self.raw("<td role=\"cell\">");
        if let Some(mark) = &item.mark {
            self.element("strong", "mark", mark.as_str());
        }
        self.element("span", "", item.designation.as_str());
        for text in item.code.iter().chain(&item.note) {
            self.element("span", "quiet", text.as_str());
        }
        self.raw("</td>");
        self.cell("", item.unit.as_ref().map_or("", Text::as_str));
        self.cells(item, form, Side::BeforePrice);
        let price = self.numbers.amount(item.unit_price);
        self.cell("figure", &price);
        self.cells(item, form, Side::AfterPrice);
        let amount = self.numbers.amount(item.amount);
        self.cell("figure", &amount);
        self.raw("</tr>\n");
    }

    fn cells(&mut self, item: &Item, form: &Form, side: Side) {
        for (place, column) in form.columns.iter().enumerate() {
            if column.side == side {
                let cell = item.cells.get(place).copied().flatten();
                let text = cell.map_or_else(|| "–".to_owned(), |cell| self.numbers.amount(cell));
                self.cell("figure", &text);
            }
        }
    }

    /// The authority's symbol with its lines below it, then what the document is subject to.
    pub(super) fn stamp(&mut self, form: &Form) {
        if form.stamp.is_none() && form.legends.is_empty() {
            return;
        }
        self.raw("<section class=\"stamp\">\n");
        if let Some(stamp) = &form.stamp {
            self.raw("<figure>");
            self.symbol(&stamp.qr, stamp.caption.as_str());
            self.raw("<figcaption>");
            for line in &stamp.lines {
                let line = escaped(line.as_str());
                self.raw(&format!("<span><bdi>{line}</bdi></span>"));
            }
            self.raw("</figcaption></figure>\n");
        }
        for legend in &form.legends {
            self.element("p", "legend", legend.as_str());
        }
        self.raw("</section>\n");
    }
}

/// Follows the style of all receipts.
pub(super) const STYLE: &str = include_str!("form.css");
