//! Names that try to break out: of the printer's text, of the page, of the terminal, of the sheet.

use proptest::prelude::*;
use receipts::text::{Background, Columns};
use receipts::{Item, PriceChange, Receipt, Row, SpecificTax, Text, escpos, html, pdf, text};

use crate::samples::{self, figure};
use crate::{judged, printer};

/// What people have tried.
const TRICKS: [&str; 16] = [
    "\u{1b}@\u{1d}V\u{42}\u{3}\u{1b}p\u{0}\u{19}\u{fa}",
    "\u{10}\u{14}\u{1}\u{0}\u{5}",
    "\u{9b}2J\u{1b}]0;titre\u{7}\u{1b}[31m",
    "</title></style><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)' style='x",
    "&lt;&#x3c;script&gt;<!-- <![CDATA[ ]]>",
    "\u{202e}00.0001\u{2066}\u{200f}",
    "عبد الله שלום 金沙江商店 🧾👩‍👩‍👧‍👦🇨🇩",
    "Z\u{30d}\u{30d}\u{30d}\u{30d}\u{30d}\u{30d}\u{30d}\u{30d}\u{30d}algo",
    "\r\nTOTAL TTC 0\n",
    "\u{feff}\u{fffe}\u{e000}\u{f8ff}\u{10ffff}\u{1fffe}",
    "ﷺ ﷽ ﬃ ǆ 𝒳 ½ Ⅷ ㎏",
    "नमस्ते กำ ကျွန်ုပ် ᠮᠣᠩᠭᠣᠯ 각",
    "\u{301}\u{302}",
    "()<>[]{}\\%/ \u{0}endstream endobj",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];

/// Marks that turn the order of what a reader sees.
const STEERING: [char; 3] = ['\u{202e}', '\u{2066}', '\u{200f}'];

fn nasty() -> impl Strategy<Value = String> {
    let trick = prop::sample::select(&TRICKS[..]).prop_map(str::to_owned);
    let long = prop::sample::select(&TRICKS[..]).prop_map(|trick| trick.repeat(200));
    let any = prop::collection::vec(any::<char>(), 0..60).prop_map(|chars| chars.iter().collect());
    prop_oneof![4 => trick, 3 => any, 1 => long]
}

/// A receipt whose every free text is one of ours.
fn poisoned() -> impl Strategy<Value = Receipt> {
    (prop::collection::vec(nasty(), 12), 0_usize..8)
        .prop_map(|(words, lines)| poison(&words, lines))
}

fn poison(words: &[String], lines: usize) -> Receipt {
    let word = |index: usize| Text::from(words[index % words.len()].as_str());
    let mut receipt = samples::awkward();
    receipt.seller.legal_name = word(0);
    receipt.seller.shop = Some(word(1));
    receipt.seller.address = vec![word(2), word(3)];
    receipt.seller.ids[0] = Row::text(word(4), word(5));
    receipt.title = word(6);
    receipt.number = Row::text("No", word(7));
    receipt.mentions[0].text = word(8);
    receipt.mentions[1].detail = Some(word(9));
    receipt.header = vec![Row::text(word(10), word(11))];
    receipt.comments = (0..8).map(|index| Row::text(word(index), word(index + 1))).collect();
    receipt.payments.push(Row::amount(word(3), figure("1")));
    receipt.footer = vec![word(5)];
    receipt.groups[0].label = word(6);
    receipt.items = (0..lines).map(|index| poisoned_item(index, &word)).collect();
    receipt
}

fn poisoned_item(index: usize, word: &impl Fn(usize) -> Text) -> Item {
    let position = u32::try_from(index).unwrap() + 1;
    let huge = "9999999999999999999999999.99";
    Item {
        designation: word(index),
        code: Some(word(index + 1)),
        tags: vec![word(index + 2)],
        unit: Some(word(index + 3)),
        price_change: Some(PriceChange {
            label: word(index + 4),
            original: figure(huge),
            reason: word(index + 5),
        }),
        specific_tax: Some(SpecificTax { label: word(index + 6), amount: figure(huge) }),
        ..samples::item(position, "", "B", (huge, huge, huge))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An item's name reaches the paper as text: the printer sees our commands and no other.
    #[test]
    fn no_name_commands_the_printer(receipt in poisoned()) {
        let paper = printer::print(&escpos::render(&receipt, Columns::FortyEight));
        let paper = paper.map_err(TestCaseError::fail)?;
        prop_assert_eq!((paper.initialised, paper.cuts, paper.symbols.len()), (1, 1, 2));
    }

    #[test]
    fn no_name_commands_the_terminal(receipt in poisoned()) {
        let out = text::render(&receipt, Columns::FortyTwo, Background::Dark);
        prop_assert!(out.chars().all(|c| c == '\n' || !c.is_control()));
        let steers = out.contains(STEERING);
        prop_assert!(!steers);
    }

    #[test]
    fn no_name_becomes_markup(receipt in poisoned()) {
        let page = html::render(&receipt);
        well_formed(&page).map_err(TestCaseError::fail)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The PDF writer's own validator passes every one of them as PDF/A-2u.
    #[test]
    fn no_name_breaks_the_pdf(receipt in poisoned()) {
        pdf::a4(&receipt).map_err(|error| TestCaseError::fail(error.to_string()))?;
        pdf::roll(&receipt).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

/// Each trick at its worst, in every field, measured by a foreign reader of the file.
#[test]
fn no_name_leaves_the_sheet() {
    for trick in TRICKS {
        let receipt = poison(&[trick.repeat(8)], 2);
        judged::within_the_sheet(&pdf::a4(&receipt).unwrap());
        judged::within_the_sheet(&pdf::roll(&receipt).unwrap());
    }
}

/// Reads tags for itself: known names, closed in order, attributes quoted, no stray `<`.
fn well_formed(page: &str) -> Result<(), String> {
    let body = page.split_once("</style>").ok_or("no style")?.1;
    let mut open = vec!["html".to_owned(), "head".to_owned()];
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').ok_or_else(|| format!("unclosed <{piece}"))?;
        if text.contains(['>', '"', '\'']) || text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(format!("text breaks out: {text}"));
        }
        let name = tag.trim_matches('/').split_whitespace().next().unwrap_or_default();
        if !KNOWN.contains(&name) || tag.matches('"').count() % 2 != 0 || tag.contains('\'') {
            return Err(format!("<{tag}>"));
        }
        if tag.starts_with('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("{last:?} closed by {name}"));
            }
        } else if !tag.ends_with('/') && name != "wbr" {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

const KNOWN: [&str; 31] = [
    "html",
    "head",
    "body",
    "main",
    "header",
    "div",
    "p",
    "bdi",
    "h1",
    "h2",
    "dl",
    "dt",
    "dd",
    "strong",
    "section",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "span",
    "code",
    "wbr",
    "figure",
    "figcaption",
    "svg",
    "path",
    "footer",
    "title",
    "style",
];
