//! From an element of the document back to the place of the draft that it was made from.

mod tables;

use invoice::Draft;

use self::tables::{
    ADJUSTMENT, BUYER, CHANGE, CODE, ID, LINE, MINING, PAYMENT, REFERENCE, SELLER, SHIPMENT,
    SUBQUANTITY, SUBTOTAL, TOTALS, TRANSPORT, Table, WITHHOLDING,
};
use super::entry::Entry;

/// A draft, and which of its lines each line of the document comes of.
pub(super) struct Places<'a> {
    pub draft: &'a Draft,
    pub entries: &'a [Entry],
}

impl Places<'_> {
    /// A JSON pointer into the draft. `path` is that of the element, or of the group in which it is
    /// missing. What comes of no field, such as the seller's own address, is the whole's.
    pub(super) fn pointer(&self, path: &str, element: &str) -> String {
        let steps: Vec<Step<'_>> = path.split('/').skip(2).map(Step::read).collect();
        let mut names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        if names.last() != Some(&element) {
            names.push(element);
        }
        let counts: Vec<usize> = steps.iter().filter_map(|step| step.count).collect();
        match names.as_slice() {
            ["DetallesItems", "Item", rest @ ..] => self.of_line(&counts, rest),
            ["Encabezado", "IdDoc", rest @ ..] => of_id(&counts, rest),
            ["Encabezado", "Emisor", name, ..] => of_table(SELLER, name, "/do/seller"),
            ["Encabezado", "Comprador", name, ..] => of_table(BUYER, name, "/customer"),
            ["Encabezado", "InformacionesAdicionales", name, ..] => {
                of_table(SHIPMENT, name, "/do/shipment")
            }
            ["Encabezado", "Transporte", name, ..] => of_table(TRANSPORT, name, "/do/transport"),
            ["Encabezado", "OtraMoneda", "TipoMoneda", ..] => "/exchange/currency".to_owned(),
            ["Encabezado", "OtraMoneda", ..] => "/exchange/rate".to_owned(),
            ["Encabezado", "Totales", name, ..] => of_table(TOTALS, name, "/lines"),
            ["Subtotales", "Subtotal", name, ..] => {
                listed("/do/subtotals", &counts, found(SUBTOTAL, name, ""))
            }
            ["DescuentosORecargos", "DescuentoORecargo", name, ..] => {
                listed("/do/adjustments", &counts, found(ADJUSTMENT, name, ""))
            }
            ["Subtotales", ..] => "/do/subtotals".to_owned(),
            ["DescuentosORecargos", ..] => "/do/adjustments".to_owned(),
            ["Paginacion", ..] => "/do/lines_per_page".to_owned(),
            ["InformacionReferencia", name, ..] => of_table(REFERENCE, name, "/do/reference"),
            ["InformacionReferencia"] => "/credit".to_owned(),
            ["Encabezado", "Comprador"] => "/customer".to_owned(),
            ["DetallesItems", ..] => "/lines".to_owned(),
            _ => String::new(),
        }
    }

    fn of_line(&self, counts: &[usize], names: &[&str]) -> String {
        let number = counts.first().copied().unwrap_or(1);
        let Some(entry) = self.entries.get(number - 1) else { return "/lines".to_owned() };
        let line = format!("/lines/{}", entry.place);
        let inner = counts.get(1).copied().unwrap_or(1);
        let draft = &self.draft.lines[entry.place];
        let below = match names {
            [] => String::new(),
            ["TablaCodigosItem", "CodigosItem", rest @ ..] => {
                own_first(draft.code.is_some(), "/code", "/do/codes", inner, last(rest, CODE))
            }
            ["TablaSubDescuento", "SubDescuento", rest @ ..] => {
                let lowered = draft.discount.is_some();
                let at = "/discount/original_price";
                own_first(lowered, at, "/do/discounts", inner, last(rest, CHANGE))
            }
            ["TablaSubRecargo", "SubRecargo", rest @ ..] => {
                listed("/do/surcharges", &[inner], last(rest, CHANGE))
            }
            ["TablaSubcantidad", "SubcantidadItem", rest @ ..] => {
                listed("/do/subquantities", &[inner], last(rest, SUBQUANTITY))
            }
            ["TablaImpuestoAdicional", "ImpuestoAdicional", ..] => {
                listed("/do/taxes", &[inner], "/code")
            }
            ["DescuentoMonto" | "TablaSubDescuento", ..] if draft.discount.is_some() => {
                "/discount".to_owned()
            }
            ["Retencion", name, ..] => of_table(WITHHOLDING, name, "/do/withholding"),
            ["Mineria", name, ..] => of_table(MINING, name, "/do/mining"),
            [name, ..] => of_table(LINE, name, ""),
        };
        line + &below
    }
}

/// A step of a path: a name, and which of several it is, from one.
struct Step<'a> {
    name: &'a str,
    count: Option<usize>,
}

impl<'a> Step<'a> {
    fn read(step: &'a str) -> Self {
        match step.split_once('[') {
            None => Self { name: step, count: None },
            Some((name, count)) => Self { name, count: count.trim_end_matches(']').parse().ok() },
        }
    }
}

fn of_id(counts: &[usize], names: &[&str]) -> String {
    match names {
        ["TablaFormasPago", "FormaDePago", rest @ ..] => {
            listed("/payments", counts, last(rest, PAYMENT))
        }
        ["TablaFormasPago", ..] => "/payments".to_owned(),
        [name, ..] => of_table(ID, name, ""),
        [] => String::new(),
    }
}

/// A member of a list whose first row may come of a field of its own.
fn own_first(is_own: bool, own: &str, list: &str, count: usize, member: &str) -> String {
    match (is_own, count) {
        (true, 1) => own.to_owned(),
        (true, count) => listed(list, &[count - 1], member),
        (false, count) => listed(list, &[count], member),
    }
}

/// `list/place/member`, the place counted from nought.
fn listed(list: &str, counts: &[usize], member: &str) -> String {
    match counts.last() {
        Some(count) => format!("{list}/{}{member}", count.saturating_sub(1)),
        None => list.to_owned(),
    }
}

fn last(names: &[&str], table: Table) -> &'static str {
    names.last().map_or("", |name| found(table, name, ""))
}

/// The place that a table gives an element, and its area's where it gives none.
fn of_table(table: Table, element: &str, area: &'static str) -> String {
    found(table, element, area).to_owned()
}

fn found(table: Table, element: &str, area: &'static str) -> &'static str {
    let found = table.iter().find(|(name, _)| *name == element);
    found.map_or(area, |(_, pointer)| pointer)
}
