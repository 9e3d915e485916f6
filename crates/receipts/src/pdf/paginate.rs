//! Which lines of an invoice stand on which page.

use std::ops::Range;

use super::Length;

/// The room that a page has for lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// On the first page, below its head.
    pub(super) first: Length,
    /// On every other page.
    pub(super) next: Length,
    /// Of one row that carries a subtotal, at the foot of a page or at the head of the next.
    pub(super) carry: Length,
    /// Of the totals, which stand below the last line.
    pub(super) closing: Length,
}

/// Cuts lines into pages, in order. The totals stand on the last page, and never without a line
/// above them unless the first page holds a single line and cannot hold them too.
pub(super) fn paginate(heights: &[Length], room: Room) -> Vec<Range<usize>> {
    let mut pages: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut left = room.first - room.carry;
    for (index, height) in heights.iter().enumerate() {
        if index > start && *height > left {
            pages.push(start..index);
            start = index;
            left = room.next - 2 * room.carry;
        }
        left -= height;
    }
    // The last page carries nothing forward.
    let left = left + room.carry;
    if left >= room.closing || start == heights.len() {
        pages.push(start..heights.len());
        return pages;
    }
    let kept = heights.len() - moved(&heights[start..], room);
    pages.push(start..kept);
    pages.push(kept..heights.len());
    pages
}

/// How many of a page's lines go over with the totals.
fn moved(heights: &[Length], room: Room) -> usize {
    // A third at most: the page that they leave must not look like the end.
    let most = WITH_TOTALS.min(heights.len() / 3).max(1).min(heights.len() - 1);
    let fits = |count: &usize| {
        let lines: Length = heights[heights.len() - count..].iter().sum();
        room.carry + lines + room.closing <= room.next
    };
    (1..=most).rev().find(fits).unwrap_or_else(|| usize::from(heights.len() > 1))
}

/// Lines that accompany totals to a new page: one could be overlooked as a leftover.
const WITH_TOTALS: usize = 3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOM: Room = Room { first: 100, next: 150, carry: 10, closing: 40 };

    #[test]
    fn a_short_invoice_is_one_page() {
        assert_eq!(paginate(&[10; 6], ROOM), vec![Range { start: 0, end: 6 }]);
        assert_eq!(paginate(&[], ROOM), vec![Range { start: 0, end: 0 }]);
    }

    #[test]
    fn totals_take_lines_with_them() {
        assert_eq!(paginate(&[10; 7], ROOM), [0..5, 5..7]);
        assert_eq!(paginate(&[10; 20], ROOM), [0..9, 9..17, 17..20]);
        assert_eq!(paginate(&[10; 19], ROOM), [0..9, 9..19]);
        assert_eq!(paginate(&[80], ROOM), [0..1, 1..1]);
    }

    proptest! {
        #[test]
        fn every_line_stands_on_one_page_and_every_page_holds_its_lines(
            heights in prop::collection::vec(1..60, 0..80)
        ) {
            let pages = paginate(&heights, ROOM);
            prop_assert_eq!(pages.first().map(|page| page.start), Some(0));
            prop_assert_eq!(pages.last().map(|page| page.end), Some(heights.len()));
            prop_assert!(pages.windows(2).all(|pair| pair[0].end == pair[1].start));
            for (number, page) in pages.iter().enumerate() {
                let last = number + 1 == pages.len();
                let lines: Length = heights[page.clone()].iter().sum();
                let above = if number > 0 { ROOM.carry } else { 0 };
                let below = if last { ROOM.closing } else { ROOM.carry };
                let room = if number > 0 { ROOM.next } else { ROOM.first };
                prop_assert!(above + lines + below <= room);
                prop_assert!(last || !page.is_empty());
            }
            let end = pages.last().expect("one page at least");
            prop_assert!(heights.len() < 2 || !end.is_empty());
        }
    }
}
