//! What is to be printed, in words and figures, before any engine decides how.

use jiff::Timestamp;

use crate::{Carried, Decimal, Error, Form, NumberStyle, Qr, Text};

/// A receipt: everything that must be read on it, in the language of its reader.
///
/// The order of the fields is the order in which they are printed. Nothing here is computed but
/// the running subtotals of a long invoice: the figures are those that were sealed.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// BCP 47 tag of the language of all texts, e.g. `fr`.
    pub language: Text,
    /// When the invoice was sealed; the date that the file carries in its own metadata.
    pub sealed_at: Timestamp,
    /// How figures are written.
    pub numbers: NumberStyle,
    /// The headings that belong to the layout rather than to the invoice.
    pub labels: Labels,
    /// Who sells.
    pub seller: Seller,
    /// What the document is, e.g. `FACTURE DE VENTE`.
    pub title: Text,
    /// Its number with its label.
    pub number: Row,
    /// What must be said loudly: duplicate, credit note, export, deposit, pending, test.
    pub mentions: Vec<Mention>,
    /// Seller's side of the facts: operator, ISF, price mode, date.
    pub header: Vec<Row>,
    /// Who buys, when the buyer wants to be named.
    pub client: Option<Section>,
    /// The lines.
    pub items: Vec<Item>,
    /// Totals per tax group; the caller leaves out the groups that are nought.
    pub groups: Vec<GroupTotal>,
    /// The totals of the whole, in order.
    pub totals: Vec<Total>,
    /// The total in words, with its lead-in as the label.
    pub words: Option<Row>,
    /// The total in a foreign currency and the rate.
    pub foreign: Vec<Row>,
    /// What was paid, by means.
    pub payments: Vec<Row>,
    /// How many articles, with its label.
    pub item_count: Row,
    /// Comment lines, label and content.
    pub comments: Vec<Row>,
    /// The authority's security elements; absent until it has given them.
    pub security: Option<Attestation>,
    /// Our own seal.
    pub seal: Option<Attestation>,
    /// Closing lines.
    pub footer: Vec<Text>,
    /// What the country's own form adds, where it has one.
    pub form: Option<Form>,
    /// What the file carries, and nobody sees: for PDF and HTML.
    pub carried: Option<Carried>,
}

impl Receipt {
    /// The number style with [`crate::Cents::Together`] settled for this receipt's amounts.
    pub(crate) fn settled_numbers(&self) -> NumberStyle {
        self.numbers.settled(self.amounts())
    }

    /// The sum of the lines of each prefix of the items: what a page carries forward.
    pub(crate) fn running_totals(&self) -> Result<Vec<Decimal>, Error> {
        let mut sum = Decimal::zero();
        let mut totals = vec![sum];
        for item in &self.items {
            sum = sum.plus(item.amount)?;
            totals.push(sum);
        }
        Ok(totals)
    }

    /// All money of the receipt's own currency. Foreign rows stand apart: a rate of 2 300,50
    /// is no reason to write the hundredths of every franc.
    fn amounts(&self) -> impl Iterator<Item = Decimal> + '_ {
        let items = self.items.iter().flat_map(Item::amounts);
        let groups = self.groups.iter().flat_map(GroupTotal::amounts);
        let totals = self.totals.iter().map(|total| total.amount);
        let payments = self.payments.iter().filter_map(|row| row.value.as_amount());
        items.chain(groups).chain(totals).chain(payments)
    }
}

/// The party that sells, as the law wants it named (SFE 1.2.1 a-d, j).
#[derive(Clone, Debug, Default)]
pub struct Seller {
    /// The name over the door, where it is another than the registered one.
    pub trade_name: Option<Text>,
    /// Registered name.
    pub legal_name: Text,
    /// Tax and trade register numbers.
    pub ids: Vec<Row>,
    /// The place of sale, when it has a name of its own.
    pub shop: Option<Text>,
    /// Its address, line by line.
    pub address: Vec<Text>,
    /// Telephone, mail.
    pub contacts: Vec<Text>,
    /// The label of the tax regime.
    pub regime: Option<Text>,
}

impl Seller {
    /// What stands at the head, and the registered name below it where that is another.
    pub(crate) fn names(&self) -> (&Text, Option<&Text>) {
        match &self.trade_name {
            Some(trade) => (trade, Some(&self.legal_name)),
            None => (&self.legal_name, None),
        }
    }
}

/// A titled list of rows.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its heading.
    pub title: Text,
    /// Its content.
    pub rows: Vec<Row>,
}

/// A label and what it says.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the value is, without a colon.
    pub label: Text,
    /// The value.
    pub value: Value,
}

impl Row {
    /// A row of text.
    pub fn text(label: impl Into<Text>, value: impl Into<Text>) -> Self {
        Self { label: label.into(), value: Value::Text(value.into()) }
    }

    /// A row of money.
    pub fn amount(label: impl Into<Text>, amount: Decimal) -> Self {
        Self { label: label.into(), value: Value::Amount(amount) }
    }

    /// A row with a count or an exchange rate.
    pub fn quantity(label: impl Into<Text>, quantity: Decimal) -> Self {
        Self { label: label.into(), value: Value::Quantity(quantity) }
    }
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(Text),
    /// Money: hundredths as the number style says.
    Amount(Decimal),
    /// A count or a rate of exchange: significant digits only.
    Quantity(Decimal),
}

impl Value {
    pub(crate) fn written(&self, numbers: NumberStyle) -> String {
        match self {
            Self::Text(text) => text.as_str().to_owned(),
            Self::Amount(amount) => numbers.amount(*amount),
            Self::Quantity(quantity) => numbers.plain(*quantity),
        }
    }

    fn as_amount(&self) -> Option<Decimal> {
        match self {
            Self::Amount(amount) => Some(*amount),
            Self::Text(_) | Self::Quantity(_) => None,
        }
    }
}

/// A statement that changes what the document is.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The words of the law, e.g. `DUPLICATA`.
    pub text: Text,
    /// What goes with them, e.g. the nature of a credit note and its original.
    pub detail: Option<Text>,
    /// How it is meant.
    pub tone: Tone,
}

/// How a mention is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It qualifies a valid document: duplicate, credit note, export, deposit.
    Notice,
    /// The document is not, or not yet, what it looks like: test, pending code.
    Warning,
}

/// A line of the invoice (SFE 1.2.1 l, t).
#[derive(Clone, Debug)]
pub struct Item {
    /// Position, from 1.
    pub index: u32,
    /// The seller's code of the article.
    pub code: Option<Text>,
    /// What was sold.
    pub designation: Text,
    /// Tax group and kind, printed in brackets one after the other: `A-EX`, `BIE`.
    pub tags: Vec<Text>,
    /// How much of it.
    pub quantity: Decimal,
    /// Unit of measure.
    pub unit: Option<Text>,
    /// Price of one.
    pub unit_price: Decimal,
    /// The line's amount.
    pub amount: Decimal,
    /// A discount or any other change of the price.
    pub price_change: Option<PriceChange>,
    /// A tax of its own on this article.
    pub specific_tax: Option<SpecificTax>,
    /// What must stand at the left of the designation, e.g. `E` for exempt.
    pub mark: Option<Text>,
    /// More about the article, in words.
    pub note: Option<Text>,
    /// Its figures in the columns of the [`Form`], one for each; none where a cell stays empty.
    pub cells: Vec<Option<Decimal>>,
}

impl Item {
    /// The designation behind the position or, in a country's form, behind its mark.
    pub(crate) fn headed(&self, in_form: bool) -> String {
        match (in_form, &self.mark) {
            (false, _) => format!("{} ", self.index),
            (true, Some(mark)) => format!("{mark} "),
            (true, None) => String::new(),
        }
    }

    /// `(A-EX)(BIE)`.
    pub(crate) fn bracketed_tags(&self) -> String {
        let tags: Vec<&str> = self.tags.iter().map(Text::as_str).collect();
        if tags.is_empty() { String::new() } else { format!("({})", tags.join(")(")) }
    }

    /// `5 kg`, `5`.
    pub(crate) fn measured(&self, numbers: NumberStyle) -> String {
        let quantity = numbers.plain(self.quantity);
        self.unit.as_ref().map_or(quantity.clone(), |unit| format!("{quantity} {unit}"))
    }

    fn amounts(&self) -> impl Iterator<Item = Decimal> {
        let original = self.price_change.as_ref().map(|change| change.original);
        let specific = self.specific_tax.as_ref().map(|tax| tax.amount);
        let cells = self.cells.iter().copied().flatten();
        [self.unit_price, self.amount].into_iter().chain(original).chain(specific).chain(cells)
    }
}

/// What the price was, and why it is not.
#[derive(Clone, Debug)]
pub struct PriceChange {
    /// E.g. `Prix initial`.
    pub label: Text,
    /// The unit price before.
    pub original: Decimal,
    /// E.g. `Remise 50%`.
    pub reason: Text,
}

impl PriceChange {
    pub(crate) fn written(&self, numbers: NumberStyle) -> String {
        let Self { label, original, reason } = self;
        let original = numbers.amount(*original);
        if reason.is_empty() {
            format!("{label} {original}")
        } else {
            format!("{label} {original} – {reason}")
        }
    }
}

/// The line under an article that bears a tax of its own.
#[derive(Clone, Debug)]
pub struct SpecificTax {
    /// E.g. `T.S. 10%`.
    pub label: Text,
    /// The tax on the whole line.
    pub amount: Decimal,
}

/// The totals of one tax group (SFE 1.2.1 m-o).
#[derive(Clone, Debug)]
pub struct GroupTotal {
    /// The group's letter.
    pub tag: Text,
    /// The group's name, e.g. `Taxable`.
    pub label: Text,
    /// Its rate in per cent; none where the group has no rate.
    pub rate: Option<Decimal>,
    /// The label of the base in narrow formats, e.g. `Total H.T. [B] 16%`.
    pub base_label: Text,
    /// Amount before tax.
    pub base: Decimal,
    /// The tax with its label in narrow formats, where the group bears one.
    pub tax: Option<(Text, Decimal)>,
    /// Base and tax.
    pub total: Decimal,
}

impl GroupTotal {
    fn amounts(&self) -> impl Iterator<Item = Decimal> {
        let tax = self.tax.as_ref().map(|(_, amount)| *amount);
        [self.base, self.total].into_iter().chain(tax)
    }
}

/// A total of the whole invoice.
#[derive(Clone, Debug)]
pub struct Total {
    /// E.g. `TOTAL TTC`.
    pub label: Text,
    /// The amount.
    pub amount: Decimal,
    /// How loud.
    pub weight: Weight,
}

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As the rest.
    Normal,
    /// Bold.
    Strong,
    /// Bold and large: the name of the seller, the amount to pay.
    Large,
}

/// Proof of one party: a code, the facts it covers, and a QR symbol (SFE 1.2.1 x).
#[derive(Clone, Debug)]
pub struct Attestation {
    /// E.g. `CODE DEF/DGI`.
    pub title: Text,
    /// The code that a reader can type.
    pub code: Code,
    /// Device, counters, time; or key, entry, time.
    pub rows: Vec<Row>,
    /// The symbol that a phone can read.
    pub qr: Option<CaptionedQr>,
}

/// A QR symbol and the words beside it.
#[derive(Clone, Debug)]
pub struct CaptionedQr {
    /// The symbol.
    pub qr: Qr,
    /// What it is for.
    pub caption: Text,
}

/// A code of letters and digits, shown in groups of four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Reads a code with or without dashes between its groups.
    pub fn new(written: &str) -> Result<Self, Error> {
        let bare: String = written.chars().filter(|c| *c != '-').take(MAX_CODE + 1).collect();
        let alphanumeric = bare.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if bare.is_empty() || bare.len() > MAX_CODE || !alphanumeric {
            return Err(Error::NotACode(Text::new(written).as_str().chars().take(80).collect()));
        }
        Ok(Self(bare))
    }

    /// `TEST-FACT-HQBA-X2F3-K22N-MDYR`.
    pub fn grouped(&self) -> String {
        let groups = self.0.as_bytes().chunks(4).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join("-")
    }
}

/// The longest code that any authority prints has 24 characters.
const MAX_CODE: usize = 64;

/// The headings of the tables, and the words of the layout itself.
#[derive(Clone, Debug)]
pub struct Labels {
    /// Heading of the position.
    pub index: Text,
    /// Heading of what was sold.
    pub designation: Text,
    /// Heading of the quantity.
    pub quantity: Text,
    /// Heading of the unit price.
    pub unit_price: Text,
    /// Heading of the line's amount: with or without tax, as the price mode says.
    pub amount: Text,
    /// Heading of the tax group.
    pub group: Text,
    /// Heading of the rate.
    pub rate: Text,
    /// Heading of the amount before tax.
    pub base: Text,
    /// Heading of the tax.
    pub tax: Text,
    /// Heading of the amount with tax.
    pub total: Text,
    /// Heading of the payments.
    pub payments: Text,
    /// Heading of the comments.
    pub comments: Text,
    /// Before a subtotal at the foot of a page.
    pub carried_forward: Text,
    /// Before the same subtotal at the head of the next.
    pub brought_forward: Text,
    /// Before the number of a page.
    pub page: Text,
    /// Between the number of a page and how many there are.
    pub page_of: Text,
    /// Heading of the unit of measure, where it has a column.
    pub unit: Text,
}

impl Labels {
    /// The French headings; `amount` names what a line's amount holds, `T.T.C.` or `H.T.`.
    pub fn french(amount: &str) -> Self {
        Self {
            index: "#".into(),
            designation: "Désignation".into(),
            quantity: "Qté".into(),
            unit_price: "P.U.".into(),
            amount: amount.into(),
            group: "Groupe".into(),
            rate: "Taux".into(),
            base: "Base H.T.".into(),
            tax: "TVA".into(),
            total: "T.T.C.".into(),
            payments: "Règlement".into(),
            comments: "Observations".into(),
            carried_forward: "À reporter".into(),
            brought_forward: "Report".into(),
            page: "Page".into(),
            page_of: "/".into(),
            unit: "Unité".into(),
        }
    }

    /// The Spanish headings, as the models of the DGII of the Dominican Republic have them.
    pub fn spanish() -> Self {
        Self {
            index: Text::default(),
            designation: "Descripción".into(),
            quantity: "Cantidad".into(),
            unit_price: "Precio".into(),
            amount: "Valor".into(),
            group: "Impuesto".into(),
            rate: "Tasa".into(),
            base: "Base".into(),
            tax: "ITBIS".into(),
            total: "Total".into(),
            payments: "Pago".into(),
            comments: "Observaciones".into(),
            carried_forward: "Pasa".into(),
            brought_forward: "Viene".into(),
            page: "Página No.".into(),
            page_of: "de".into(),
            unit: "Unidad de Medida".into(),
        }
    }
}
