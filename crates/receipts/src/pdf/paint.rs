//! Sheets written by krilla: as a PDF/A-2u file, or, where it carries files, as PDF/A-3u, which alone
//! takes such that are no PDF/A themselves.

use jiff::tz::TimeZone;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::Length;
use super::fonts::Run;
use super::sheet::{Mark, Sheet};
use super::theme::Ink;
use crate::qr::QUIET_ZONE;
use crate::{Carried, Error, Qr, Receipt};

/// Writes the sheets, one a page.
pub(super) fn write(sheets: &[Sheet<'_>], receipt: &Receipt) -> Result<Vec<u8>, Error> {
    let archival = if receipt.carried.is_some() { Archival::A3_U } else { Archival::A2_U };
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(archival)
        .finish()
        .map_err(|cause| Error::Pdf(format!("{cause:?}")))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(metadata(receipt));
    for file in receipt.carried.iter().flat_map(|carried| attached(carried, receipt)) {
        document.embed_file(file).ok_or_else(|| Error::Pdf("two files of one name".to_owned()))?;
    }
    for sheet in sheets {
        let size = PageSettings::from_wh(points(sheet.width), points(sheet.height))
            .ok_or_else(|| Error::Pdf("a page has no size".to_owned()))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for mark in &sheet.marks {
            paint(&mut surface, mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|cause| Error::Pdf(cause.to_string()))
}

/// The invoice is what the sheets were drawn from; the proof is for whoever checks them.
fn attached(carried: &Carried, receipt: &Receipt) -> [EmbeddedFile; 2] {
    let file = |path: &str, kind: &str, description: &str, association_kind, content: Vec<u8>| {
        EmbeddedFile {
            path: path.to_owned(),
            mime_type: MimeType::new(kind),
            description: Some(description.to_owned()),
            association_kind,
            data: content.into(),
            modification_date: Some(date(receipt)),
            compress: Some(true),
            location: None,
        }
    };
    let invoice = carried.invoice.to_canonical_bytes();
    let proof = carried.proof.clone().into_bytes();
    let (data, supplement) = (AssociationKind::Data, AssociationKind::Supplement);
    [
        file("invoice.json", "application/json", "stalela.invoice/1", data, invoice),
        file("invoice.tlog-proof", "text/plain", "c2sp.org/tlog-proof@v1", supplement, proof),
    ]
}

fn metadata(receipt: &Receipt) -> Metadata {
    let number = receipt.number.value.written(receipt.numbers);
    let seller = receipt.seller.legal_name.as_str();
    let title = format!("{} {number} – {seller}", receipt.title);
    Metadata::new()
        .document_id(format!("{title} {}", receipt.sealed_at))
        .title(title)
        .language(receipt.language.as_str().to_owned())
        .authors(vec![seller.to_owned()])
        .creator("Stalela".to_owned())
        .creation_date(date(receipt))
}

fn date(receipt: &Receipt) -> DateTime {
    let sealed = receipt.sealed_at.to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).expect("parts of a date are positive");
    DateTime::new(u16::try_from(sealed.year()).unwrap_or_default())
        .month(small(sealed.month()))
        .day(small(sealed.day()))
        .hour(small(sealed.hour()))
        .minute(small(sealed.minute()))
        .second(small(sealed.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn paint(surface: &mut Surface<'_>, mark: &Mark<'_>) {
    match mark {
        Mark::Text { x, y, run } => paint_run(surface, *x, *y, run),
        Mark::Fill { x, y, width, height, ink } => {
            let corners = (points(*x), points(*y), points(*width), points(*height));
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(corners.0, corners.1, corners.2, corners.3) {
                path.push_rect(rect);
            }
            draw(surface, path, *ink);
        }
        Mark::Symbol { x, y, side, qr } => paint_symbol(surface, (*x, *y), *side, qr),
    }
}

fn paint_run(surface: &mut Surface<'_>, x: Length, y: Length, run: &Run) {
    let em = run.units_per_em();
    let glyphs: Vec<KrillaGlyph> = run
        .glyphs
        .iter()
        .map(|glyph| {
            let (advance, x_offset) = (ratio(glyph.advance, em), ratio(glyph.x_offset, em));
            let (id, range) = (GlyphId::new(glyph.id), glyph.range.clone());
            KrillaGlyph::new(id, advance, x_offset, ratio(glyph.y_offset, em), 0.0, range, None)
        })
        .collect();
    surface.set_fill(Some(fill(run.style.ink)));
    let start = Point::from_xy(points(x), points(y));
    let size = points(run.style.size);
    surface.draw_glyphs(start, &glyphs, run.style.face.font(), &run.text, size, false);
}

/// One path for the whole symbol, on paper of its own: no viewer shows seams between modules
/// of a row, and the quiet zone stays light on any ground.
fn paint_symbol(surface: &mut Surface<'_>, at: (Length, Length), side: Length, qr: &Qr) {
    let count = index(qr.side() + 2 * QUIET_ZONE);
    let edge = |module: usize, from: Length| points(from + side * index(module) / count);
    let mut path = PathBuilder::new();
    for (row, column, length) in qr.runs() {
        let (row, column) = (row + QUIET_ZONE, column + QUIET_ZONE);
        let (left, right) = (edge(column, at.0), edge(column + length, at.0));
        if let Some(rect) = Rect::from_ltrb(left, edge(row, at.1), right, edge(row + 1, at.1)) {
            path.push_rect(rect);
        }
    }
    draw(surface, path, Ink::Text);
}

fn draw(surface: &mut Surface<'_>, path: PathBuilder, ink: Ink) {
    if let Some(path) = path.finish() {
        let path: Path = path;
        surface.set_fill(Some(fill(ink)));
        surface.draw_path(&path);
    }
}

fn fill(ink: Ink) -> Fill {
    let (red, green, blue) = ink.rgb();
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

fn index(count: usize) -> i32 {
    i32::try_from(count).expect("a symbol has at most 185 modules a side")
}

fn points(length: Length) -> f32 {
    ratio(length, 1_000)
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "krilla draws in floats; places on paper are no money, and 24 bits hold a page"
)]
fn ratio(part: i32, whole: i32) -> f32 {
    part as f32 / whole as f32
}
