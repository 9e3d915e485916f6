//! The table: which columns a document needs, and its lines in them.

use ::invoice::{Invoice, Line};

use super::{Member, figure, units};
use crate::{Column, Decimal, Error, Item, Side};

/// A column of the models, and the key of its figure in a line's section.
struct Known {
    label: &'static str,
    side: Side,
    path: &'static [&'static str],
}

const fn known(label: &'static str, side: Side, path: &'static [&'static str]) -> Known {
    Known { label, side, path }
}

/// In the order of the models. `PVPci` is the retail price with ITBIS; `ISCe` and `ISCav` are the
/// specific and the ad valorem selective tax.
const KNOWN: [Known; 7] = [
    known("Grados Alcohol en %", Side::BeforePrice, &["alcohol_degrees"]),
    known("PVPci", Side::BeforePrice, &["reference_price"]),
    known("ISCe", Side::AfterPrice, &["priced", "specific_tax"]),
    known("ISCav", Side::AfterPrice, &["priced", "ad_valorem_tax"]),
    known("ITBIS", Side::AfterPrice, &["priced", "itbis"]),
    known("Descuento", Side::AfterPrice, &["priced", "discount"]),
    known("Recargo", Side::AfterPrice, &["priced", "surcharge"]),
];

/// A column stands where a line has something in it.
pub(super) fn table(invoice: &Invoice) -> Result<(Vec<Column>, Vec<Item>), Error> {
    let mut used = [false; KNOWN.len()];
    let mut items = Vec::with_capacity(invoice.lines().len());
    for (index, line) in (1..).zip(invoice.lines()) {
        let item = item(index, line)?;
        for (used, cell) in used.iter_mut().zip(&item.cells) {
            *used |= cell.is_some();
        }
        items.push(item);
    }
    for item in &mut items {
        let cells = used.iter().zip(&item.cells).filter(|(used, _)| **used);
        item.cells = cells.map(|(_, cell)| *cell).collect();
    }
    let columns = KNOWN.iter().zip(used).filter(|(_, used)| *used);
    let columns = columns.map(|(known, _)| Column { label: known.label.into(), side: known.side });
    Ok((columns.collect(), items))
}

fn item(index: u32, line: &Line) -> Result<Item, Error> {
    let section = Member::of(line.section.as_ref());
    let at = |path: &[&str]| path.iter().fold(section, |member, key| member.at(key)).figure();
    let cells = KNOWN.iter().map(|known| at(known.path));
    // What a unit is said to cost is the price before it was lowered; the discount stands beside.
    let before = line.discount.as_ref().map(|discount| discount.original_price);
    Ok(Item {
        index,
        code: line.code.as_deref().map(Into::into),
        designation: line.name.as_str().into(),
        tags: Vec::new(),
        quantity: figure(line.quantity)?,
        unit: line.unit.as_deref().map(|unit| units::name(unit).into()),
        unit_price: figure(before.unwrap_or(line.unit_price))?,
        amount: figure(line.amount)?,
        price_change: None,
        specific_tax: None,
        mark: (line.tax_group == EXEMPT).then(|| EXEMPT_MARK.into()),
        note: section.at("description").text().map(Into::into),
        cells: cells.collect::<Result<Vec<Option<Decimal>>, Error>>()?,
    })
}

/// The group of lines that owe no ITBIS, which the law marks.
pub(super) const EXEMPT: &str = "exempt";
const EXEMPT_MARK: &str = "E";
