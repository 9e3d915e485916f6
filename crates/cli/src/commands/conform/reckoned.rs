//! Whether the sums that a set states are those that our pricing comes to from its lines. The authority
//! may have written others on purpose; who sends them should know it first.

mod draft;

use std::collections::BTreeMap;

use authorities::dom::compose::{Issue, compose};
use authorities::dom::ecf::document::{DocumentType, Encf, read_date};
use authorities::dom::ecf::schema::Kind;
use authorities::dom::price::{Terms, price};
use authorities::dom::xml::Element;
use invoice::{Amount, Draft, Json, Language, PricingFacts, Seller};
use serde_json::{Value, json};

use super::desk::{ANY_TIME, written};
use super::set::{Set, Task, Way};

/// Something that a row says, and that we would not.
pub(super) struct Doubt {
    /// In the sheet of the e-CFs, from 1.
    row: usize,
    number: String,
    /// Its element, as the document has it; of a row that cannot be reckoned, none.
    element: Option<String>,
    stated: Option<String>,
    ours: Option<String>,
    /// Why a row cannot be reckoned.
    why: Option<String>,
}

impl Doubt {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "row": self.row, "number": self.number, "element": self.element,
            "stated": self.stated, "ours": self.ours, "why": self.why,
        })
    }

    /// For a person, in one line.
    pub(super) fn told(&self) -> String {
        let Self { row, number, element, stated, ours, why } = self;
        let nothing = "nothing";
        let said = match (element, why) {
            (Some(element), _) => format!(
                "{element} is {}, and from the lines it would be {}",
                stated.as_deref().unwrap_or(nothing),
                ours.as_deref().unwrap_or(nothing),
            ),
            (None, why) => format!("not reckoned: {}", why.as_deref().unwrap_or(nothing)),
        };
        format!("row {row}, {number}: {said}")
    }
}

/// What the documents of a set state otherwise than we would.
pub(super) fn doubts(set: &Set) -> Vec<Doubt> {
    let invoices = set.tasks.iter().filter(|task| matches!(task.way, Way::Whole | Way::Support));
    let mut doubts: Vec<Doubt> = invoices.flat_map(of_task).collect();
    doubts.sort_by_key(|doubt| doubt.row);
    doubts
}

fn of_task(task: &Task) -> Vec<Doubt> {
    let Kind::Ecf(document_type) = task.kind else { return Vec::new() };
    let theirs = written(task, ANY_TIME);
    let doubt = |element: Option<String>, stated, ours, why| {
        let (row, number) = (task.row, task.number.clone());
        Doubt { row, number, element, stated, ours, why }
    };
    let ours = match reckoned(document_type, &theirs) {
        Ok(ours) => sums(&ours),
        Err(why) => return vec![doubt(None, None, None, Some(why))],
    };
    let theirs = sums(&theirs);
    let lines = theirs.keys().filter(|place| place.ends_with("/MontoItem")).count();
    let mut places: Vec<&String> = theirs.keys().chain(ours.keys()).collect();
    places.sort();
    places.dedup();
    let differing = places.into_iter().filter_map(|place| {
        let (stated, ours) = (theirs.get(place), ours.get(place));
        let differ = !agree(place, (stated, ours), lines);
        differ.then(|| doubt(Some(place.clone()), stated.cloned(), ours.cloned(), None))
    });
    differing.collect()
}

/// The same document as our own pricing makes it of what stands in its lines.
fn reckoned(document_type: DocumentType, theirs: &Element) -> Result<Element, String> {
    let unreadable = || "it states no date or number that can be read".to_owned();
    let said = |path: &str| theirs.value_at(path);
    let today = said("Encabezado/Emisor/FechaEmision").and_then(read_date);
    let encf = said("Encabezado/IdDoc/eNCF").and_then(|number| Encf::parse(number).ok());
    let (today, encf) = (today.ok_or_else(unreadable)?, encf.ok_or_else(unreadable)?);
    let seller = Seller {
        name: said("Encabezado/Emisor/RazonSocialEmisor").unwrap_or_default().to_owned(),
        tax_id: said("Encabezado/Emisor/RNCEmisor").unwrap_or_default().to_owned(),
        address: said("Encabezado/Emisor/DireccionEmisor").unwrap_or_default().to_owned(),
        ..Seller::default()
    };
    let (original, replaces, reference_rates) = (None, None, Vec::new());
    let facts = PricingFacts { seller, today, original, replaces, reference_rates };
    let draft = draft::of(document_type, theirs).to_string();
    let draft = Json::parse(draft.as_bytes()).map_err(|error| error.to_string())?;
    let faults = |faults: Vec<invoice::Fault>| {
        let told = |fault: &invoice::Fault| {
            format!("{} ({})", fault.message(Language::English), fault.code())
        };
        faults.first().map_or_else(unreadable, told)
    };
    let draft = Draft::read(&draft).map_err(faults)?;
    // A till's roll: pages are no sums of the document.
    let terms = Terms { lines_per_page: Some(PAGE_LINES), ..Terms::default() };
    let invoice = price(&draft, &facts, &terms).map_err(faults)?;
    let signed_at = invoice::Timestamp::from_micros(0);
    let issue = Issue { encf, sequence_expires: None, deferred: false, signed_at };
    compose(&invoice, &issue).map_err(|_| "its regime is not this country's".to_owned())
}

/// The sums of a document by their places: its totals, and the amount of each line.
fn sums(document: &Element) -> BTreeMap<String, String> {
    let mut sums = BTreeMap::new();
    if let Some(totals) = document.at("Encabezado/Totales") {
        collect(totals, "Totales", &mut sums);
    }
    let items = document.child("DetallesItems").into_iter();
    let items = items.flat_map(|items| items.children_named("Item"));
    for (place, item) in items.enumerate() {
        for name in LINE_SUMS {
            if let Some(value) = item.value_of(name) {
                sums.insert(format!("Item[{}]/{name}", place + 1), value.to_owned());
            }
        }
    }
    sums
}

fn collect(area: &Element, at: &str, into: &mut BTreeMap<String, String>) {
    for (place, child) in area.elements().enumerate() {
        let name = child.name().local();
        match child.value().filter(|value| !value.is_empty()) {
            Some(value) => drop(into.insert(format!("{at}/{name}"), value.to_owned())),
            None if name == "ImpuestosAdicionales" => collect(child, name, into),
            // A tax is known by its code, wherever it stands among the others.
            None => {
                let code = child.value_of("TipoImpuesto").map(str::to_owned);
                let code = code.unwrap_or_else(|| (place + 1).to_string());
                collect(child, &format!("{at}[{code}]"), into);
            }
        }
    }
}

/// Amounts by their value; an element of nothing is as good as none.
fn agree(place: &str, (stated, ours): (Option<&String>, Option<&String>), lines: usize) -> bool {
    let units = |text: Option<&String>| match text {
        None => Some(0),
        Some(text) => Amount::parse(text.trim()).ok().map(Amount::units),
    };
    let (Some(theirs), Some(units)) = (units(stated), units(ours)) else { return stated == ours };
    // What is kept back is summed before it is rounded, and a row has each line's rounded already.
    let is_kept_back = KEPT_BACK.iter().any(|name| place.ends_with(name));
    let slack = if is_kept_back { i128::try_from(lines).unwrap_or(0) } else { 0 };
    (theirs - units).abs() <= slack
}

/// What settings allow: no document has pages.
const PAGE_LINES: u16 = 10_000;
const LINE_SUMS: [&str; 3] = ["MontoItem", "DescuentoMonto", "RecargoMonto"];
const KEPT_BACK: [&str; 2] = ["/TotalITBISRetenido", "/TotalISRRetencion"];

#[cfg(test)]
mod tests {
    use super::{DocumentType, Element, reckoned};

    #[test]
    fn an_element_of_nothing_is_none_and_kept_back_sums_may_differ_by_a_cent_a_line() {
        let agree = |place: &str, stated: &str, ours: &str, lines| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            super::agree(place, (text(stated).as_ref(), text(ours).as_ref()), lines)
        };
        assert!(agree("Totales/MontoExento", "350", "350.00", 1));
        assert!(agree("Totales/MontoExento", "", "0.00", 1));
        assert!(!agree("Totales/MontoExento", "350.01", "350.00", 9));
        assert!(!agree("Totales/MontoExento", "", "350.00", 1));
        assert!(!agree("Totales/MontoExento", "ninguno", "350.00", 1));
        assert!(agree("Totales/TotalITBISRetenido", "10.03", "10.00", 3));
        assert!(!agree("Totales/TotalITBISRetenido", "10.04", "10.00", 3));
    }
    #[test]
    fn what_cannot_be_reckoned_is_told_with_the_reason() {
        let told = |document: &Element| reckoned(DocumentType::PettyExpense, document).unwrap_err();
        let seller = Element::new("Emisor").with(Element::leaf("FechaEmision", "20-11-2026"));
        let id = Element::new("IdDoc").with(Element::leaf("eNCF", "E430000000001"));
        let document = Element::new("ECF");
        assert!(told(&document).contains("no date or number"));
        let header = Element::new("Encabezado").with(id).with(seller);
        let why = told(&document.with(header));
        assert!(why.ends_with(')') && !why.contains("no date"), "it has no lines: {why}");
    }
}
