//! A receipt as a sequence of strips: the one order that the narrow formats share.
//!
//! 80 mm PDF, thermal paper and terminal all walk this list, so a mention that one of them
//! prints is printed by all. The order is that of the DGI's model (MCF-SFE protocol, chapter 2).

use crate::model::{Attestation, Item, Receipt, Row, Section, Tone, Weight};
use crate::{Form, NumberStyle, Qr};

/// One strip of paper, as wide as the paper is.
#[derive(Clone, Debug)]
pub(crate) enum Strip<'a> {
    /// Words in the middle.
    Centered { text: String, weight: Weight },
    /// Words from the left, over as many lines as they need.
    Paragraph { text: String },
    /// A label on the left, a value on the right.
    Pair { label: String, value: String, weight: Weight },
    /// A line of the invoice: what, how much times how dear, amount.
    Entry { left: String, middle: String, right: String },
    /// A line below an entry that belongs to it.
    Below { left: String, right: String },
    /// A statement that must not be overlooked.
    Mention { text: String, detail: Option<String>, tone: Tone },
    /// A code that a reader types.
    Code { text: String },
    /// A symbol that a phone reads.
    Symbol { qr: &'a Qr },
    /// The authority's symbol, of a size that the law sets.
    Stamp { qr: &'a Qr },
    /// A line across.
    Rule,
    /// A breath.
    Gap,
}

impl Strip<'_> {
    /// The same strip with every text passed through `encode`.
    pub(crate) fn map_text(self, encode: impl Fn(&str) -> String) -> Self {
        let e = |text: String| encode(&text);
        match self {
            Self::Centered { text, weight } => Self::Centered { text: e(text), weight },
            Self::Paragraph { text } => Self::Paragraph { text: e(text) },
            Self::Pair { label, value, weight } => {
                Self::Pair { label: e(label), value: e(value), weight }
            }
            Self::Entry { left, middle, right } => {
                Self::Entry { left: e(left), middle: e(middle), right: e(right) }
            }
            Self::Below { left, right } => Self::Below { left: e(left), right: e(right) },
            Self::Mention { text, detail, tone } => {
                Self::Mention { text: e(text), detail: detail.map(e), tone }
            }
            Self::Code { text } => Self::Code { text: e(text) },
            Self::Symbol { .. } | Self::Stamp { .. } | Self::Rule | Self::Gap => self,
        }
    }
}

/// Cuts a receipt into strips.
pub(crate) fn strips(receipt: &Receipt) -> Vec<Strip<'_>> {
    let mut cutter = Cutter { numbers: receipt.settled_numbers(), strips: Vec::new() };
    cutter.seller(receipt);
    cutter.heading(receipt);
    cutter.items(receipt);
    cutter.totals(receipt);
    cutter.settlement(receipt);
    if let Some(form) = &receipt.form {
        cutter.form(form);
    }
    for attestation in receipt.security.iter().chain(&receipt.seal) {
        cutter.attestation(attestation);
    }
    cutter.footer(receipt);
    cutter.strips
}

struct Cutter<'a> {
    numbers: NumberStyle,
    strips: Vec<Strip<'a>>,
}

impl<'a> Cutter<'a> {
    fn seller(&mut self, receipt: &Receipt) {
        let seller = &receipt.seller;
        let (name, legal) = seller.names();
        self.centered(name.as_str(), Weight::Large);
        if let Some(legal) = legal {
            self.centered(legal.as_str(), Weight::Normal);
        }
        self.gap();
        self.rows(&seller.ids, Weight::Strong);
        self.gap();
        if let Some(shop) = &seller.shop {
            self.centered(shop.as_str(), Weight::Strong);
        }
        for line in seller.address.iter().chain(&seller.contacts).chain(&seller.regime) {
            self.centered(line.as_str(), Weight::Normal);
        }
        self.gap();
    }

    fn heading(&mut self, receipt: &Receipt) {
        self.centered(receipt.title.as_str(), Weight::Strong);
        let number = receipt.number.value.written(self.numbers);
        self.centered(&format!("{} : {number}", receipt.number.label), Weight::Strong);
        if let Some(form) = &receipt.form {
            self.rows(&form.document, Weight::Normal);
        }
        for mention in &receipt.mentions {
            self.strips.push(Strip::Mention {
                text: mention.text.as_str().to_owned(),
                detail: mention.detail.as_ref().map(|detail| detail.as_str().to_owned()),
                tone: mention.tone,
            });
        }
        self.gap();
        self.rows(&receipt.header, Weight::Normal);
        if let Some(Section { rows, .. }) = &receipt.client {
            self.rows(rows, Weight::Normal);
        }
    }

    fn items(&mut self, receipt: &Receipt) {
        let labels = &receipt.labels;
        self.strips.push(Strip::Rule);
        self.strips.push(Strip::Entry {
            left: format!("{} {}", labels.index, labels.designation).trim().to_owned(),
            middle: format!("{} x {}", labels.quantity, labels.unit_price),
            right: labels.amount.as_str().to_owned(),
        });
        for item in &receipt.items {
            self.item(item, receipt.form.as_ref());
        }
        self.strips.push(Strip::Rule);
    }

    fn item(&mut self, item: &Item, form: Option<&Form>) {
        let code = item.code.iter().map(|code| format!("{code} "));
        let code: String = code.collect();
        let tags = item.bracketed_tags();
        let measured = item.measured(self.numbers);
        self.strips.push(Strip::Entry {
            left: format!("{}{code}{} {tags}", item.headed(form.is_some()), item.designation)
                .trim()
                .to_owned(),
            middle: format!("{measured} x {}", self.numbers.amount(item.unit_price)),
            right: self.numbers.amount(item.amount),
        });
        if let Some(change) = &item.price_change {
            let left = change.written(self.numbers);
            self.strips.push(Strip::Below { left, right: String::new() });
        }
        if let Some(tax) = &item.specific_tax {
            let left = tax.label.as_str().to_owned();
            self.strips.push(Strip::Below { left, right: self.numbers.amount(tax.amount) });
        }
        if let Some(note) = &item.note {
            self.strips.push(Strip::Below { left: note.to_string(), right: String::new() });
        }
        for (column, cell) in form.into_iter().flat_map(|form| form.columns.iter().zip(&item.cells))
        {
            if let Some(cell) = cell {
                let left = column.label.to_string();
                self.strips.push(Strip::Below { left, right: self.numbers.amount(*cell) });
            }
        }
    }

    fn totals(&mut self, receipt: &Receipt) {
        for group in &receipt.groups {
            self.pair(group.base_label.as_str(), self.numbers.amount(group.base), Weight::Normal);
            if let Some((label, amount)) = &group.tax {
                self.pair(label.as_str(), self.numbers.amount(*amount), Weight::Normal);
            }
        }
        self.gap();
        for total in &receipt.totals {
            self.pair(total.label.as_str(), self.numbers.amount(total.amount), total.weight);
        }
        self.plain_rows(&receipt.foreign);
        if let Some(row) = &receipt.words {
            self.gap();
            self.paragraph(row);
        }
        self.gap();
    }

    fn settlement(&mut self, receipt: &Receipt) {
        self.rows(&receipt.payments, Weight::Normal);
        self.rows(std::slice::from_ref(&receipt.item_count), Weight::Normal);
        if !receipt.comments.is_empty() {
            self.gap();
        }
        for row in &receipt.comments {
            self.paragraph(row);
        }
    }

    fn form(&mut self, form: &'a Form) {
        if let Some(stamp) = &form.stamp {
            self.gap();
            self.strips.push(Strip::Stamp { qr: &stamp.qr });
            for line in &stamp.lines {
                self.centered(line.as_str(), Weight::Strong);
            }
        }
        for legend in &form.legends {
            self.gap();
            self.centered(legend.as_str(), Weight::Strong);
        }
    }

    fn attestation(&mut self, attestation: &'a Attestation) {
        self.gap();
        self.centered(attestation.title.as_str(), Weight::Normal);
        self.strips.push(Strip::Code { text: attestation.code.grouped() });
        self.rows(&attestation.rows, Weight::Normal);
        if let Some(captioned) = &attestation.qr {
            self.strips.push(Strip::Symbol { qr: &captioned.qr });
            self.centered(captioned.caption.as_str(), Weight::Normal);
        }
    }

    fn footer(&mut self, receipt: &Receipt) {
        if !receipt.footer.is_empty() {
            self.gap();
        }
        for line in &receipt.footer {
            self.centered(line.as_str(), Weight::Normal);
        }
    }

    fn rows(&mut self, rows: &[Row], weight: Weight) {
        for row in rows {
            self.pair(&format!("{}:", row.label), row.value.written(self.numbers), weight);
        }
    }

    fn plain_rows(&mut self, rows: &[Row]) {
        for row in rows {
            self.pair(row.label.as_str(), row.value.written(self.numbers), Weight::Normal);
        }
    }

    fn paragraph(&mut self, Row { label, value }: &Row) {
        let value = value.written(self.numbers);
        let colon = if label.as_str().ends_with(':') { "" } else { " :" };
        let text = if label.is_empty() { value } else { format!("{label}{colon} {value}") };
        self.strips.push(Strip::Paragraph { text });
    }

    fn pair(&mut self, label: &str, value: String, weight: Weight) {
        self.strips.push(Strip::Pair { label: label.to_owned(), value, weight });
    }

    fn centered(&mut self, text: &str, weight: Weight) {
        if !text.is_empty() {
            self.strips.push(Strip::Centered { text: text.to_owned(), weight });
        }
    }

    fn gap(&mut self) {
        self.strips.push(Strip::Gap);
    }
}
