//! What a country's own form adds: columns of the table, the symbol on every page, the pages' sums.

use crate::{Decimal, Error, Qr, Row, Text};

/// A form whose table, pages and symbol the authority sets out.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What stands below the document's number: when it expires, what it modifies.
    pub document: Vec<Row>,
    /// Further columns of the table; each item has one cell for each.
    pub columns: Vec<Column>,
    /// The authority's symbol, on every page. Absent until it has been given.
    pub stamp: Option<Stamp>,
    /// What a document of several pages says at the foot of each.
    pub paging: Paging,
    /// What the whole document is subject to, e.g. that it was issued in contingency.
    pub legends: Vec<Text>,
}

/// A further column of figures.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its heading, and the label of its figures where the format has no columns.
    pub label: Text,
    /// Where it stands.
    pub side: Side,
}

/// On which side of the unit price a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Between the unit of measure and the price.
    BeforePrice,
    /// Between the price and the line's amount.
    AfterPrice,
}

/// A symbol, and the lines that must stand below it.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The symbol.
    pub qr: Qr,
    /// What it is, for a reader who cannot see it.
    pub caption: Text,
    /// The lines, in order.
    pub lines: Vec<Text>,
}

/// How lines are cut into pages, and what is said of each page.
#[derive(Clone, Debug)]
pub enum Paging {
    /// The document itself says which lines stand on which page.
    Stated(Vec<StatedPage>),
    /// As many lines as fit, each page with its part of these sums.
    Fitted(Vec<PageSum>),
}

impl Default for Paging {
    fn default() -> Self {
        Self::Fitted(Vec::new())
    }
}

/// A page as the document states it.
#[derive(Clone, Debug)]
pub struct StatedPage {
    /// How many lines stand on it.
    pub lines: usize,
    /// Its sums.
    pub sums: Vec<Row>,
}

/// A sum of the document, of which each page shows what its own lines add to it.
#[derive(Clone, Debug)]
pub struct PageSum {
    /// E.g. `Subtotal Gravado Página`.
    pub label: Text,
    /// What each line adds, one for each item.
    pub of_lines: Vec<Decimal>,
    /// The document's own sum. The last page shows what the others leave of it, so that the pages
    /// add up to the total wherever roundings fell.
    pub whole: Decimal,
}

impl PageSum {
    /// The parts of consecutive pages that end behind the lines `ends`.
    pub(crate) fn parts(&self, ends: &[usize]) -> Result<Vec<Decimal>, Error> {
        let mut rest = self.whole;
        let mut parts = Vec::with_capacity(ends.len());
        let mut start = 0;
        for end in ends.iter().take(ends.len().saturating_sub(1)) {
            let lines = self.of_lines.iter().take(*end).skip(start);
            let part = lines.copied().try_fold(Decimal::zero(), Decimal::plus)?;
            rest = rest.plus(part.negated())?;
            parts.push(part);
            start = *end;
        }
        parts.push(rest);
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_pages_are_the_whole() {
        let figure = |written: &str| written.parse::<Decimal>().expect("a figure");
        let sum = PageSum {
            label: "Subtotal".into(),
            of_lines: ["0.33", "0.33", "0.33", "1"].map(figure).to_vec(),
            whole: figure("2.00"),
        };
        let parts = |ends: &[usize]| sum.parts(ends).expect("small sums");
        assert_eq!(parts(&[4]), [figure("2.00")]);
        assert_eq!(parts(&[2, 4]), [figure("0.66"), figure("1.34")]);
        assert_eq!(parts(&[1, 3, 4]), [figure("0.33"), figure("0.66"), figure("1.01")]);
    }
}
