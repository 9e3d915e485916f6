//! The document's totals, and the sums of its pages and subtotals (Formato e-CF, `Totales`,
//! `Subtotales`, `Paginacion`).

use std::collections::BTreeMap;

use invoice::{Amount, Fault, rule};

use super::adjust::Adjusted;
use super::entry::Entry;
use super::exact::Exact;
use super::run::{Rounded, Run};
use super::withhold::Withheld;
use super::{Pricing, rules};
use crate::dom::section::{self, PricedDocument, Sums, WithholdingKind};

/// What pricing made of the whole.
#[derive(Clone, Debug)]
pub(super) struct Totals {
    pub sums: Sums,
    pub total: Amount,
    /// What lines and adjustments took off.
    pub discount: Amount,
    /// What is kept back by the one who pays.
    pub withheld: Amount,
    pub payable: Amount,
    pub priced: PricedDocument,
}

/// Pages of a document (Formato e-CF, `PaginaNo`).
const PAGES_MAX: usize = section::LIST_MAX;

/// What our own A4 holds, in tenths of a line whose name takes one row: with its head, its stamp, and
/// the sums of the page or, of a document of one page, the totals.
const PAGE: usize = 17 * ROW;

/// The same with the sums of the page and the totals, as the last of several pages bears them.
const LAST_PAGE: usize = 15 * ROW;

/// The first row of a line, with the white above and below it.
const ROW: usize = 10;

/// Each further one: of the name, the code or the description.
const FURTHER_ROW: usize = 6;

/// Characters of a name, and of a description, which is set smaller, on one row of our own A4. Where a
/// table has so many columns that fewer have room, it is set closer.
const NAME_ROW: usize = 36;
const DESCRIPTION_ROW: usize = 40;

/// How much of a page each line takes.
fn height(name: &str, has_code: bool, description: Option<&str>) -> usize {
    let rows = |text: &str, of_row| text.chars().count().div_ceil(of_row);
    let below = usize::from(has_code) + description.map_or(0, |text| rows(text, DESCRIPTION_ROW));
    ROW + (rows(name, NAME_ROW).saturating_sub(1) + below) * FURTHER_ROW
}

/// The most lines a page with which each page finds room on one sheet, and the totals on the last
/// one: so the pages that a document states are the sheets that are printed.
fn fitting(heights: &[usize]) -> usize {
    let whole: usize = heights.iter().sum();
    if whole <= PAGE {
        return heights.len().max(1);
    }
    let fits = |each: &usize| {
        let mut pages = heights.chunks(*each).map(|page| page.iter().sum::<usize>()).rev();
        pages.next().is_none_or(|last| last <= LAST_PAGE) && pages.all(|page| page <= PAGE)
    };
    (1..=PAGE / ROW).rev().find(fits).unwrap_or(1)
}

impl Pricing<'_> {
    pub(super) fn totals(&mut self, entries: &[Entry]) -> Option<Totals> {
        self.one_rate_a_tax(entries);
        let adjusted = self.adjusted(entries)?;
        let ranges = self.ranges(entries);
        let summed = summed((&adjusted, !self.is_late()), entries, &ranges);
        if summed.is_none() {
            self.note_too_large("/lines");
        }
        let Summed { whole, subtotals, pages } = summed?;
        let totals = self.balance(entries, &adjusted, whole);
        if totals.is_none() {
            self.note_too_large("/do/balance");
        }
        let mut totals = totals?;
        totals.priced.subtotals = subtotals;
        totals.priced.pages = pages;
        Some(totals)
    }

    /// The header bears each tax once, with one rate.
    fn one_rate_a_tax(&mut self, entries: &[Entry]) {
        let mut rates = BTreeMap::new();
        for entry in entries {
            for (index, tax) in entry.taxes.iter().enumerate() {
                let rate = *rates.entry(tax.tax.code).or_insert(tax.rate);
                if rate != tax.rate {
                    let pointer = format!("/lines/{}/do/taxes/{index}/rate", entry.place);
                    let fault = Fault::new(rules::TAX_RATES_DIFFER, pointer);
                    let fault = fault.with("code", tax.tax.code).with("rate", rate);
                    self.note(fault.with("other", tax.rate));
                }
            }
        }
    }

    fn ranges(&mut self, entries: &[Entry]) -> Ranges {
        Ranges { subtotals: self.subtotals(entries), pages: self.pages(entries) }
    }

    /// The document's lines of each subtotal, which the draft gives by its own.
    fn subtotals(&mut self, entries: &[Entry]) -> Vec<(usize, usize)> {
        let lines = self.draft.lines.len();
        let asked = std::mem::take(&mut self.asked.document.subtotals);
        let mut ranges = Vec::with_capacity(asked.len());
        for (index, subtotal) in asked.iter().enumerate() {
            let first = subtotal.first_line.map(usize::from);
            let last = subtotal.last_line.map(usize::from);
            match first.zip(last) {
                Some((first, last)) if first <= last && last <= lines => {
                    let from = entries.partition_point(|entry| entry.place + 1 < first);
                    let to = entries.partition_point(|entry| entry.place < last);
                    ranges.push((from, to));
                }
                _ => {
                    let pointer = format!("/do/subtotals/{index}");
                    let fault = Fault::new(rules::LINES_OUT_OF_RANGE, pointer);
                    self.note(fault.with("lines", lines));
                }
            }
        }
        self.asked.document.subtotals = asked;
        ranges
    }

    /// The lines of each page, where there are several: a document of one page has none, and says
    /// nothing of how many lines it could hold.
    fn pages(&mut self, entries: &[Entry]) -> Vec<(usize, usize)> {
        let (lines, each) = (entries.len(), self.lines_per_page(entries));
        if lines <= each {
            self.asked.document.lines_per_page = None;
            return Vec::new();
        }
        self.asked.document.lines_per_page = u16::try_from(each).ok();
        if lines.div_ceil(each) > PAGES_MAX {
            let fault = Fault::new(rule::TOO_MANY, "/do/lines_per_page");
            self.note(fault.with("maximum", PAGES_MAX));
            return Vec::new();
        }
        (0..lines).step_by(each).map(|from| (from, lines.min(from + each))).collect()
    }

    /// As the draft says, else as the settings do, else as our own A4 does. But for the draft no
    /// document has too many lines: its pages go on over several sheets then.
    fn lines_per_page(&self, entries: &[Entry]) -> usize {
        let of_outlet = self.terms.lines_per_page.map(usize::from);
        let of_sheet =
            || fitting(&entries.iter().map(|entry| self.height(entry)).collect::<Vec<_>>());
        let of_outlet =
            || of_outlet.unwrap_or_else(of_sheet).max(entries.len().div_ceil(PAGES_MAX));
        self.asked.document.lines_per_page.map_or_else(of_outlet, usize::from)
    }

    fn height(&self, entry: &Entry) -> usize {
        let line = self.draft.lines.get(entry.place);
        let name = line.map_or("", |line| line.name.as_str());
        let has_code = line.is_some_and(|line| line.code.is_some());
        height(name, has_code, entry.asked.description.as_deref())
    }

    /// What is owed with what stands outside the total, what was paid ahead and what is kept back.
    fn balance(&self, entries: &[Entry], adjusted: &Adjusted, sums: Sums) -> Option<Totals> {
        let total = sums.total?;
        let balance = self.asked.document.balance.clone().unwrap_or_default();
        let period = total.checked_add(sums.non_billable.unwrap_or_default())?;
        let payable = total
            .checked_sub(adjusted.norm_10_07)?
            .checked_sub(balance.advance.unwrap_or_default())?
            .checked_add(balance.previous.unwrap_or_default())?;
        let is_changed = balance.advance.is_some()
            || balance.previous.is_some()
            || adjusted.norm_10_07.is_positive();
        let mut priced = PricedDocument {
            period: balance.show_period.then_some(period),
            payable: (balance.show_payable || is_changed).then_some(payable),
            adjustments: adjusted.amounts.iter().map(|amount| as_adjusted(*amount)).collect(),
            sums: Some(sums.clone()),
            late: self.is_late(),
            ..PricedDocument::default()
        };
        kept_back(&mut priced, entries)?;
        let withheld = [priced.withheld_itbis, priced.withheld_income_tax];
        let mut withheld = withheld.into_iter().flatten();
        let mut of_lines = entries.iter().map(|entry| entry.discount);
        Some(Totals {
            total,
            discount: of_lines.try_fold(adjusted.discount, Amount::checked_add)?,
            withheld: withheld.try_fold(Amount::ZERO, Amount::checked_add)?,
            payable,
            sums,
            priced,
        })
    }
}

pub(super) fn as_adjusted(amount: Amount) -> section::Adjusted {
    section::Adjusted { amount: Some(amount) }
}

/// The sums of what lines keep back or charge ahead; nothing where no line says anything of it.
fn kept_back(priced: &mut PricedDocument, entries: &[Entry]) -> Option<()> {
    use WithholdingKind::{Perception, Withholding};
    let sum = |kind, part: fn(&Withheld) -> Option<Exact>| {
        let withheld = entries.iter().filter_map(|entry| entry.withheld.as_ref());
        let parts = withheld.filter(|withheld| withheld.kind == kind).filter_map(part);
        let sum = parts.map(Some).reduce(|sum, one| sum?.plus(one?));
        match sum {
            None => Some(None),
            Some(sum) => sum.and_then(Exact::amount).map(Some),
        }
    };
    priced.withheld_itbis = sum(Withholding, |withheld| withheld.itbis)?;
    priced.withheld_income_tax = sum(Withholding, |withheld| withheld.income_tax)?;
    priced.perceived_itbis = sum(Perception, |withheld| withheld.itbis)?;
    priced.perceived_income_tax = sum(Perception, |withheld| withheld.income_tax)?;
    Some(())
}

/// Which of the document's lines are summed: from the first to before the last.
struct Ranges {
    subtotals: Vec<(usize, usize)>,
    pages: Vec<(usize, usize)>,
}

struct Summed {
    whole: Sums,
    subtotals: Vec<Sums>,
    pages: Vec<Sums>,
}

fn summed(
    (adjusted, returns_itbis): (&Adjusted, bool),
    entries: &[Entry],
    ranges: &Ranges,
) -> Option<Summed> {
    let all = (0, entries.len());
    let mut points: BTreeMap<usize, Rounded> = BTreeMap::new();
    for (from, to) in ranges.subtotals.iter().chain(&ranges.pages).chain([&all]) {
        points.entry(*from).or_default();
        points.entry(*to).or_default();
    }
    let mut run = Run::new(adjusted, entries, returns_itbis);
    // Before the first line all sums are nothing, as they are by default.
    for (place, entry) in entries.iter().enumerate() {
        run.add(entry)?;
        if let Some(point) = points.get_mut(&(place + 1)) {
            *point = run.rounded()?;
        }
    }
    let sums = |range: &(usize, usize)| {
        let (from, to) = *range;
        run.sums(points.get(&from)?, points.get(&to)?, entries.get(from..to)?)
    };
    Some(Summed {
        whole: sums(&all)?,
        subtotals: ranges.subtotals.iter().map(sums).collect::<Option<_>>()?,
        pages: ranges.pages.iter().map(sums).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_room_for_the_totals() {
        let plain = |lines: usize| fitting(&vec![ROW; lines]);
        for (lines, each) in [(1, 1), (17, 17), (18, 17), (32, 17), (33, 16), (34, 16), (50, 16)] {
            assert_eq!(plain(lines), each, "{lines}");
        }
        for lines in PAGE / ROW + 1..2_000 {
            let each = plain(lines);
            let last = lines - (lines.div_ceil(each) - 1) * each;
            assert!((1..=LAST_PAGE / ROW).contains(&last) && each <= PAGE / ROW, "{lines}: {each}");
        }
    }

    #[test]
    fn codes_descriptions_and_long_names_take_rows() {
        assert_eq!(height("Arroz", false, None), ROW);
        assert_eq!(height("Arroz", true, None), ROW + FURTHER_ROW);
        assert_eq!(height(&"x".repeat(37), true, Some(&"y".repeat(41))), ROW + 4 * FURTHER_ROW);
        let with_codes = |lines: usize| fitting(&vec![ROW + FURTHER_ROW; lines]);
        assert_eq!([with_codes(10), with_codes(17), with_codes(34)], [10, 10, 10]);
        // One that no page can hold stands alone.
        assert_eq!(fitting(&[ROW, 2 * PAGE, ROW]), 1);
    }
}
