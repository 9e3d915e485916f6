//! Documents of several pages: the head and the symbol on each, its number, its sums.

use authorities::dom::xml::Document;
use receipts::pdf;
use serde_json::{Value, json};

use crate::samples::{draft, line, paged, printed, sealed};
use crate::tools::pages;

/// The figure behind a label, in hundredths.
fn cents(page: &str, label: &str) -> Option<i64> {
    let line = page.lines().find(|line| line.contains(label))?;
    let figure = line.split_whitespace().last()?;
    let digits: String = figure.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    digits.parse().ok()
}

const SUMS: [(&str, &str); 4] = [
    ("Subtotal Gravado Página", "Subtotal Gravado "),
    ("Subtotal Exento Página", "Subtotal Exento "),
    ("Subtotal ITBIS Página", "Total ITBIS"),
    ("Monto Total Página", "Total (DOP)"),
];

fn assert_pages(name: &str, pages: &[String]) {
    for (index, page) in pages.iter().enumerate() {
        for said in [
            "Comercial El Faro",
            "Factura de Crédito Fiscal Electrónica",
            "E310000000001",
            "31-12-2028",
            "Ferretería Ozama, SRL",
            "Código de Seguridad: S/DQ+u",
            &format!("Página No. {} de {}", index + 1, pages.len()),
        ] {
            assert!(page.contains(said), "{name}, page {}: {said}\n{page}", index + 1);
        }
    }
    let last = pages.last().unwrap();
    for (of_page, of_whole) in SUMS {
        let parts = pages.iter().filter_map(|page| cents(page, of_page));
        let whole = last.lines().filter(|line| !line.contains("Página"));
        let whole = cents(&whole.collect::<Vec<_>>().join("\n"), of_whole);
        assert!(whole.is_some_and(|whole| whole > 0), "{name}: {of_whole}\n{last}");
        assert_eq!(Some(parts.sum::<i64>()), whole, "{name}: {of_page}");
    }
}

#[test]
fn stated_pages_are_printed_as_stated() {
    let receipt = printed(&sealed(&paged(40, Some(17))));
    let Some(pages) = pages(&pdf::a4(&receipt).unwrap()) else { return };
    assert_eq!(pages.len(), 3);
    let lines = |page: &String| page.lines().filter(|line| line.contains("Pieza")).count();
    assert_eq!(pages.iter().map(lines).collect::<Vec<_>>(), [17, 17, 6]);
    assert_pages("stated", &pages);
}

/// More lines than a sheet holds: what the XML says of its pages is what is printed of them.
#[test]
fn a_long_document_states_its_pages_by_itself() {
    for (lines, sheets) in [(18, 2), (33, 3), (40, 3), (60, 4)] {
        by_itself(&paged(lines, None), sheets);
    }
}

/// A code stands on a row of its own below the name, and a description on as many as it needs.
#[test]
fn what_stands_below_a_name_takes_room_on_the_page() {
    for (lines, sheets) in [(17, 2), (34, 4)] {
        by_itself(&with_each(lines, |line| line["code"] = json!("7460001234567")), sheets);
    }
    let described = |words: usize| {
        move |line: &mut Value| {
            line["do"] = json!({"description": "palabra ".repeat(words).trim()});
        }
    };
    for (lines, words, sheets) in [(12, 8, 2), (12, 20, 3), (3, 120, 3), (15, 60, 8)] {
        by_itself(&with_each(lines, described(words)), sheets);
    }
    for prices in ["tax_excluded", "tax_included"] {
        let mut draft = with_each(12, described(8));
        draft["prices"] = json!(prices);
        draft["do"]["adjustments"] = json!([
            {"kind": "discount", "group": "itbis_18", "amount": "125.55", "description": "Bono"},
        ]);
        by_itself(&draft, 2);
    }
}

fn with_each(lines: usize, change: impl Fn(&mut Value)) -> Value {
    let mut draft = paged(lines, None);
    draft["lines"].as_array_mut().unwrap().iter_mut().for_each(change);
    draft
}

/// What stands on each page, and not only that it adds up: seven pieces a line, of 91.37 and on, in
/// turn exempt, at 16 % and at 18 %.
#[test]
fn each_page_says_what_stands_on_it() {
    let Some(pages) = pages(&pdf::a4(&printed(&sealed(&paged(18, None)))).unwrap()) else { return };
    let said = |page: &str| SUMS.map(|(label, _)| cents(page, label));
    assert_eq!(pages.len(), 2);
    assert_eq!(said(&pages[0]), FIRST_PAGE.map(Some));
    assert_eq!(said(&pages[1]), SECOND_PAGE.map(|cents| (cents > 0).then_some(cents)));
}

/// Lines 1 to 17: Gravado, Exento, ITBIS, total, in hundredths.
const FIRST_PAGE: [i64; 4] = [767_249, 415_254, 129_716, 1_312_219];
/// Line 18, at 18 %: what the document says less what stands before, each sum rounded on its own.
const SECOND_PAGE: [i64; 4] = [75_859, 0, 13_654, 89_513];

/// A document whose settings say that it is one page is one sheet, set closer, while that can be read.
#[test]
fn one_page_is_one_sheet_while_it_can_be_read() {
    for (lines, sheets) in [(17, 1), (22, 1), (26, 1), (300, 12)] {
        let sealed = sealed(&paged(lines, Some(10_000)));
        assert!(!sealed.elements.as_ref().unwrap().document.as_ref().unwrap().contains("Pagina"));
        let Some(pages) = pages(&pdf::a4(&printed(&sealed)).unwrap()) else { return };
        assert!(if sheets == 1 { pages.len() == 1 } else { pages.len() > 2 }, "{}", pages.len());
        assert!(pages.iter().all(|page| !page.contains("Monto Total Página")), "none were sent");
    }
}

#[test]
fn what_a_sheet_holds_states_no_pages() {
    let sealed = sealed(&paged(17, None));
    assert!(!sealed.elements.as_ref().unwrap().document.as_ref().unwrap().contains("Pagina"));
    let Some(pages) = pages(&pdf::a4(&printed(&sealed)).unwrap()) else { return };
    assert_eq!(pages.len(), 1);
}

fn by_itself(draft: &Value, sheets: usize) {
    let sealed = sealed(draft);
    let text = sealed.elements.as_ref().unwrap().document.as_ref().unwrap();
    let document = Document::parse(text.as_bytes()).unwrap();
    let root = document.root();
    assert_eq!(root.value_at("Encabezado/IdDoc/TotalPaginas"), Some(&*sheets.to_string()));
    let stated = root.elements().find(|section| section.name().local() == "Paginacion").unwrap();
    let stated: Vec<_> = stated.elements().collect();
    assert_eq!(stated.len(), sheets);
    let Some(pages) = pages(&pdf::a4(&printed(&sealed)).unwrap()) else { return };
    assert_eq!(pages.len(), sheets, "a page is a sheet, the last one with the totals");
    assert_pages("by itself", &pages);
    for (page, stated) in pages.iter().zip(stated) {
        for (label, element) in [
            ("Subtotal Gravado Página", "SubtotalMontoGravadoPagina"),
            ("Subtotal Exento Página", "SubtotalExentoPagina"),
            ("Subtotal ITBIS Página", "SubtotalItbisPagina"),
            ("Monto Total Página", "MontoSubtotalPagina"),
        ] {
            // What no line of the page has is said nowhere.
            let written = stated.value_at(element).map(|sum| sum.replace('.', ""));
            let written = written.map(|sum| sum.parse().unwrap());
            assert_eq!(cents(page, label), written, "{element}\n{page}");
        }
    }
}

/// More lines than a sheet holds: the sheets of a page bear its number, and its sums stand once.
#[test]
fn a_stated_page_longer_than_a_sheet_goes_on() {
    let receipt = printed(&sealed(&paged(90, Some(45))));
    let Some(sheets) = pages(&pdf::a4(&receipt).unwrap()) else { return };
    assert!(sheets.len() > 2);
    let count = |said: &str| sheets.iter().filter(|sheet| sheet.contains(said)).count();
    assert!(count("Página No. 1 de 2") >= 2 && count("Página No. 2 de 2") >= 2);
    assert_eq!(count("Página No. 1 de 2") + count("Página No. 2 de 2"), sheets.len());
    assert_eq!(count("Monto Total Página"), 2);
}

/// The longest names that a document may bear, and all of them at once.
#[test]
fn nothing_leaves_the_sheet() {
    let customer = json!({"kind": "company", "name": "Ñ".repeat(150), "tax_id": "131888888"});
    let mut long = line(&"W".repeat(80), "29", "999999.99", "99999.9999", "itbis_18");
    long["do"] = json!({"description": "palabra ".repeat(120).trim()});
    let receipt = printed(&sealed(&draft("tax_credit_invoice", &customer, &vec![long; 12])));
    for file in [pdf::a4(&receipt).unwrap(), pdf::roll(&receipt).unwrap()] {
        let boxes = crate::tools::piped("pdftotext", &["-bbox"], &file);
        for word in boxes.iter().flat_map(|boxes| boxes.lines()) {
            assert!(!word.contains("xMin=\"-") && !word.contains("yMin=\"-"), "{word}");
        }
        let widest = boxes.iter().flat_map(|boxes| boxes.split("xMax=\"").skip(1));
        let widest = widest.map(|from| from.split('.').next().unwrap().parse::<i64>().unwrap());
        assert!(widest.max().is_none_or(|right| right <= 596));
    }
}
