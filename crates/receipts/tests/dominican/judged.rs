//! Judges from outside: poppler reads the words and measures the symbol, zbar reads it.

use receipts::text::{Background, Columns};
use receipts::{Presentation, Receipt, escpos, html, pdf, text};

use crate::samples::{self, CODE, SIGNED_AT, drafts, fiscal_credit, printed, sealed, with_detail};
use crate::tools::{flat, pages, piped, symbols};

/// What each of them says whatever its type (Informe Técnico e-CF, representación impresa).
const ALWAYS: [&str; 9] = [
    "Comercial El Faro",
    "Colmado El Faro, SRL",
    "Sucursal Gascue",
    "130999999",
    "Calle Segunda 48, Gascue",
    "Santo Domingo de Guzmán, Distrito Nacional",
    "Total (DOP)",
    "Código de Seguridad: S/DQ+u",
    "Fecha de Firma Digital: 20-11-2026 10:30:05",
];

/// What each type says besides, by the name of its sample.
const OF_EACH: [(&str, &[&str]); 14] = [
    (
        "31",
        &[
            "Factura de Crédito Fiscal Electrónica",
            "E310000000001",
            "31-12-2028",
            "Ferretería Ozama, SRL",
            "131888888",
            "E Arroz selecto",
            "Caja",
            "Pieza",
            "14,850.00",
            "Subtotal Gravado",
            "270,106.00",
            "Subtotal Exento",
            "34,000.00",
            "Total ITBIS",
            "48,102.96",
            "352,208.96",
        ],
    ),
    ("32", &["Factura de Consumo Electrónica", "E320000000001", "Libra", "Efectivo", "1,064.00"]),
    ("32_grande", &["Ramón Peralta", "00113918205", "578,200.00"]),
    (
        "33",
        &[
            "Nota de Débito Electrónica",
            "E330000000001",
            "31-12-2028",
            "B0100000201",
            "Corrige montos del NCF modificado",
            "Precio facturado por error",
        ],
    ),
    (
        "34",
        &[
            "Nota de Crédito Electrónica",
            "E340000000001",
            "NCF Modificado",
            "E310000000201",
            "Corrige montos del NCF modificado",
        ],
    ),
    (
        "41",
        &[
            "Compras Electrónico",
            "Razón Social Proveedor",
            "Ramón Peralta",
            "ITBIS Retenido",
            "3,330.00",
            "ISR Retenido",
            "1,850.00",
        ],
    ),
    ("43", &["Gastos Menores Electrónico", "E Peaje", "Hora", "625.00"]),
    ("44", &["Regímenes Especiales Electrónico", "1,200.5", "106,544.38"]),
    ("45", &["Gubernamental Electrónico", "Ministerio de Educación", "E Libros de texto"]),
    (
        "46",
        &[
            "Comprobante de Exportaciones Electrónico",
            "Identificador Extranjero",
            "98-7654321",
            "Estados Unidos",
            "Tipo de Cambio USD",
            "70,800.00",
            "FOB",
        ],
    ),
    (
        "47",
        &[
            "Comprobante para Pagos al Exterior Electrónico",
            "Cloud Hosting GmbH",
            "ISR Retenido",
            "14,580.00",
        ],
    ),
    (
        "isc",
        &[
            "40.00",
            "PVPci",
            "ISCe",
            "8,052.48",
            "ISCav",
            "1,764.10",
            "Total ISC",
            "9,816.58",
            "Descuento",
            "900.00",
        ],
    ),
    ("telecom", &["CDT", "ISC Telecomunicaciones", "Propina Legal", "Incluye postre y café"]),
    (
        "ajustes",
        &[
            "Descuento",
            "1,740.00",
            "Recargo",
            "150.00",
            "Pronto pago",
            "-500.00",
            "Avance de Pago",
            "Valor a Pagar",
            "Crédito",
            "20-12-2026",
            "30 días",
        ],
    ),
];

fn assert_says(name: &str, said: &str, text: &str) {
    // A narrow line may be broken anywhere between two words.
    let (text, said) = (flat(text), flat(said));
    assert!(text.contains(&said), "{name}: {said} is not in\n{text}");
}

fn sample(name: &str) -> Receipt {
    samples::all().into_iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn every_mention_stands_in_both_papers_and_as_text() {
    for (name, mentions) in OF_EACH {
        let receipt = sample(name);
        let text = text::render(&receipt, Columns::FortyEight, Background::Light);
        let a4 = both_orders(&pdf::a4(&receipt).unwrap());
        let roll = both_orders(&pdf::roll(&receipt).unwrap());
        for page in [Some(text), a4, roll].into_iter().flatten() {
            for said in mentions.iter().chain(&ALWAYS) {
                assert_says(name, said, &page);
            }
        }
    }
}

/// Line by line, and block by block: a title on two lines stands beside the seller's.
fn both_orders(file: &[u8]) -> Option<String> {
    let lines = piped("pdftotext", &["-layout"], file)?;
    Some(lines + &piped("pdftotext", &["-raw"], file)?)
}

#[test]
fn consumer_invoices_and_credit_notes_bear_no_expiry() {
    for (name, bears_it) in [("31", true), ("32", false), ("34", false), ("33", true), ("43", true)]
    {
        let text = text::render(&sample(name), Columns::FortyEight, Background::Light);
        assert_eq!(text.contains("Fecha Vencimiento"), bears_it, "{name}");
    }
}

#[test]
fn contingency_and_deferral_are_said_and_nothing_else_is() {
    for (name, hours) in [("contingencia", "(72)"), ("diferido", "(24)"), ("31", "")] {
        let receipt = sample(name);
        let html = html::render(&receipt);
        let text = text::render(&receipt, Columns::FortyTwo, Background::Light);
        for other in ["(72)", "(24)"] {
            assert_eq!(html.contains(other), other == hours, "{name}");
            assert_eq!(text.contains(other), other == hours, "{name}");
        }
    }
}

/// By every engine, and of what stands no word.
#[test]
fn what_the_authority_refused_says_that_it_is_no_valid_document() {
    let sealed = sealed(&fiscal_credit());
    let refused = Presentation { refused: true, ..samples::presentation() };
    let refused =
        receipts::receipt(&sealed, &authorities::dom::regime::regime(), &refused).unwrap();
    for said in ["RECHAZADO POR LA DGII", "Este documento no es válido"] {
        assert!(html::render(&refused).contains(said));
        assert_says("texto", said, &text::render(&refused, Columns::FortyTwo, Background::Light));
        for file in [pdf::a4(&refused).unwrap(), pdf::roll(&refused).unwrap()] {
            let Some(page) = both_orders(&file) else { continue };
            assert_says("pdf", said, &page);
        }
    }
    let says_so = |receipt: &Receipt| {
        let bytes = escpos::render(receipt, Columns::FortyEight);
        String::from_utf8_lossy(&bytes).contains("RECHAZADO POR LA DGII")
    };
    assert!(says_so(&refused));
    let stands = printed(&sealed);
    assert!(!says_so(&stands) && !html::render(&stands).contains("RECHAZADO"));
}

/// On paper of both sizes, whole, and once: a legend that runs out of its place is none.
#[test]
fn the_legends_stand_whole_on_a4_and_on_a_roll() {
    for (name, legend) in [
        (
            "contingencia",
            "e-CF emitido en modalidad de Contingencia, el cual podrá ser consultado para su validez \
             fiscal, a partir de las setenta y dos (72) horas.",
        ),
        (
            "diferido",
            "e-CF emitido en modalidad Envío Diferido, podrá ser consultado para su validez fiscal, a \
             partir de las veinticuatro (24) horas.",
        ),
    ] {
        let receipt = sample(name);
        for file in [pdf::a4(&receipt).unwrap(), pdf::roll(&receipt).unwrap()] {
            let Some(text) = piped("pdftotext", &["-raw"], &file) else { return };
            let text = flat(&text);
            assert_eq!(text.matches(legend).count(), 1, "{name}: {text}");
        }
    }
}

/// A document that was issued without a line is in contingency, whatever its taxpayer may do besides.
#[test]
fn a_document_bears_one_legend() {
    let both = with_detail(with_detail(sealed(&fiscal_credit()), "contingency"), "deferred");
    let text = text::render(&printed(&both), Columns::FortyTwo, Background::Light);
    assert!(text.contains("(72)") && !text.contains("(24)"), "{text}");
}

/// What is not signed is no e-CF, and neither names a type nor shows a number or a symbol.
#[test]
fn an_unsigned_document_is_none() {
    let receipt = sample("sin_firma");
    let text = text::render(&receipt, Columns::FortyEight, Background::Light);
    assert_says("sin_firma", "Documento no válido para fines fiscales", &text);
    for absent in ["Factura de Crédito Fiscal", "E310000000001", CODE, SIGNED_AT] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn slow_the_symbol_is_the_address_byte_for_byte_on_every_page() {
    for (name, draft) in drafts() {
        let sealed = sealed(&draft);
        let url = sealed.elements.as_ref().unwrap().qr.clone().unwrap();
        assert!(url.ends_with("&codigoseguridad=S%2FDQ%2Bu"), "{url}");
        let receipt = printed(&sealed);
        for file in [pdf::a4(&receipt).unwrap(), pdf::roll(&receipt).unwrap()] {
            let Some(read) = symbols(&file) else { return };
            assert!(!read.is_empty());
            for page in read {
                assert!(page.contains(&url), "{name}: {url} is not among {page:?}");
            }
        }
    }
}

#[test]
fn the_printer_gets_the_address_as_it_is() {
    let sealed = sealed(&samples::consumer());
    let url = sealed.elements.as_ref().unwrap().qr.clone().unwrap();
    assert!(url.starts_with("https://fc.dgii.gov.do/testecf/consultatimbrefc?"), "{url}");
    let bytes = escpos::render(&printed(&sealed), Columns::FortyEight);
    assert!(bytes.windows(url.len()).any(|window| window == url.as_bytes()));
}

/// 22 mm or more, 2 cm from the edges of the sheet, and 3 mm to whatever stands next to it.
#[test]
fn the_symbol_has_its_size_its_distance_and_its_margin() {
    for (name, draft) in drafts() {
        let receipt = printed(&sealed(&draft));
        let file = pdf::a4(&receipt).unwrap();
        let count = pages(&file).map_or(0, |pages| pages.len());
        for page in 1..=count {
            let Some(stamp) = measured(&file, page) else { return };
            let at = format!("{name}, page {page}: {stamp:?}");
            assert!(stamp.right - stamp.left >= 22_000 && stamp.low - stamp.top >= 22_000, "{at}");
            assert!(stamp.left >= 19_995 && 297_000 - stamp.low >= 20_000, "{at}");
            assert!(stamp.left < 105_000 && stamp.top > 148_500, "at the lower left: {at}");
            assert_free_margin(&file, page, &stamp);
        }
    }
}

/// The roll's is as large, and nothing stands within its margin; a roll has no edge below.
#[test]
fn the_symbol_of_a_roll_has_its_size_and_its_margin() {
    for (name, draft) in drafts() {
        let file = pdf::roll(&printed(&sealed(&draft))).unwrap();
        let Some(stamp) = measured(&file, 1) else { return };
        let at = format!("{name}: {stamp:?}");
        assert!(stamp.right - stamp.left >= 22_000 && stamp.low - stamp.top >= 22_000, "{at}");
        assert!(stamp.left >= 3_000 && stamp.right <= ROLL_WIDTH - 3_000, "{at}");
        assert_free_margin(&file, 1, &stamp);
    }
}

/// In thousandths of a millimetre.
const ROLL_WIDTH: i64 = 80_000;

/// A rectangle in thousandths of a millimetre from the upper left.
#[derive(Clone, Copy, Debug)]
struct Place {
    left: i64,
    top: i64,
    right: i64,
    low: i64,
}

/// The symbol furthest to the left of a page, by the path that draws it.
fn measured(file: &[u8], page: usize) -> Option<Place> {
    let page = page.to_string();
    let drawn = piped_to_svg(file, &page)?;
    let paths = drawn.split("<path ").skip(1).filter_map(|path| {
        let (_, from) = path.split_once("d=\"")?;
        let (drawing, _) = from.split_once('"')?;
        // Hundreds of runs of modules: no letter and no rule is drawn so.
        (drawing.matches('M').count() > 200).then(|| extent(drawing))
    });
    paths.min_by_key(|place| place.left)
}

fn piped_to_svg(file: &[u8], page: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (source, target) = (folder.path().join("a.pdf"), folder.path().join("a.svg"));
    std::fs::write(&source, file).unwrap();
    let run = std::process::Command::new("pdftocairo")
        .args(["-svg", "-f", page, "-l", page])
        .args([&source, &target])
        .status();
    let Ok(status) = run else {
        crate::tools::skipped("pdftocairo", true);
        return None;
    };
    assert!(status.success());
    Some(std::fs::read_to_string(target).unwrap())
}

fn extent(drawing: &str) -> Place {
    let numbers =
        drawing.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let numbers: Vec<i64> = numbers.map(millionths).collect();
    let along = |start: usize| numbers.iter().skip(start).step_by(2).copied().map(micrometres);
    Place {
        left: along(0).min().unwrap(),
        top: along(1).min().unwrap(),
        right: along(0).max().unwrap(),
        low: along(1).max().unwrap(),
    }
}

/// A decimal of points in millionths.
fn millionths(written: &str) -> i64 {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let fraction = &format!("{fraction}000000")[..6];
    whole.parse::<i64>().unwrap() * 1_000_000 + fraction.parse::<i64>().unwrap()
}

/// A point is 25.4 / 72 mm.
fn micrometres(millionths: i64) -> i64 {
    millionths * 254 / 720 / 1_000
}

/// No word stands within 3 mm of the symbol.
fn assert_free_margin(file: &[u8], page: usize, stamp: &Place) {
    let page = page.to_string();
    let Some(boxes) = piped("pdftotext", &["-bbox", "-f", &page, "-l", &page], file) else {
        return;
    };
    let mut words = 0;
    for line in boxes.lines().filter(|line| line.contains("<word ")) {
        let at = |name: &str| {
            let start = line.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            micrometres(millionths(line[start..].split('"').next().unwrap()))
        };
        let beside = at("xMin") >= stamp.right + 3_000 || at("xMax") <= stamp.left - 3_000;
        let apart = at("yMin") >= stamp.low + 3_000 || at("yMax") <= stamp.top - 3_000;
        assert!(beside || apart, "{line} is too near to {stamp:?}");
        words += 1;
    }
    assert!(words > 20);
}

#[test]
fn every_page_is_self_contained_html() {
    for (name, receipt) in samples::all() {
        let page = html::render(&receipt);
        assert!(page.contains("<table class=\"form\">"), "{name}");
        assert!(!page.contains("<script") && !page.contains("src="), "{name}");
        assert_eq!(page.matches("class=\"stamp\"").count(), usize::from(name != "sin_firma"));
    }
}
