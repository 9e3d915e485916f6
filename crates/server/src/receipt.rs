//! A receipt in one of its formats: which one is wanted, and its bytes.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use invoice::{Regime, SealedInvoice};
use receipts::{Presentation, Receipt, escpos, html, pdf, text};

use crate::problem::{NOT_ACCEPTABLE, Problem, RECEIPT_UNPRINTABLE};

/// A form in which a receipt can be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// PDF/A on A4.
    Pdf,
    /// PDF on a roll of 80 mm.
    Pdf80,
    Html,
    Text,
    /// Commands for a thermal printer of 80 mm.
    Escpos,
}

impl Format {
    pub(crate) const ALL: [Self; 5] =
        [Self::Pdf, Self::Html, Self::Text, Self::Escpos, Self::Pdf80];

    /// The word in `?format=`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Pdf80 => "pdf80",
            Self::Html => "html",
            Self::Text => "text",
            Self::Escpos => "escpos",
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf | Self::Pdf80 => "application/pdf",
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Escpos => "application/vnd.stalela.escpos",
        }
    }

    /// What a file of it is called by its end.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Pdf | Self::Pdf80 => "pdf",
            Self::Html => "html",
            Self::Text => "txt",
            Self::Escpos => "bin",
        }
    }

    /// Whether there is a place in the file for what no paper holds.
    pub(crate) const fn carries_proof(self) -> bool {
        match self {
            Self::Pdf | Self::Pdf80 | Self::Html => true,
            Self::Text | Self::Escpos => false,
        }
    }

    /// By `?format=`, or else by the first range of `Accept` that one of ours fits.
    pub(crate) fn wanted(named: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
        let found = match named {
            Some(word) => Self::ALL.into_iter().find(|format| format.as_str() == word),
            None => accept.split(',').take(ACCEPT_RANGES_MAX).find_map(Self::fitting),
        };
        found.ok_or_else(|| {
            let formats = Self::ALL.map(Self::as_str).join(", ");
            Problem::new(NOT_ACCEPTABLE).with("formats", formats)
        })
    }

    fn fitting(range: &str) -> Option<Self> {
        let range = range.split(';').next()?.trim().to_ascii_lowercase();
        let fits = |format: &Self| {
            let essence = format.media_type().split(';').next().unwrap_or("");
            let family = range.strip_suffix("/*");
            range == "*/*"
                || range == essence
                || family.is_some_and(|family| essence.split('/').next() == Some(family))
        };
        Self::ALL.into_iter().find(fits)
    }
}

/// Ranges of an `Accept` that are looked at: a browser sends eight.
const ACCEPT_RANGES_MAX: usize = 20;

/// Lays a sealed invoice out and renders it. This takes milliseconds of computing.
pub(crate) fn render(
    sealed: &SealedInvoice,
    regime: &Regime,
    presentation: &Presentation,
    format: Format,
) -> Result<Vec<u8>, Problem> {
    let receipt = receipts::receipt(sealed, regime, presentation);
    receipt.and_then(|receipt| bytes(&receipt, format)).map_err(|error| {
        tracing::error!(invoice.id = %sealed.id, "the receipt cannot be laid out: {error}");
        Problem::new(RECEIPT_UNPRINTABLE).with("reason", error)
    })
}

fn bytes(receipt: &Receipt, format: Format) -> Result<Vec<u8>, receipts::Error> {
    Ok(match format {
        Format::Pdf => pdf::a4(receipt)?,
        Format::Pdf80 => pdf::roll(receipt)?,
        Format::Html => html::render(receipt).into_bytes(),
        Format::Text => {
            text::render(receipt, text::Columns::FortyEight, text::Background::Light).into_bytes()
        }
        Format::Escpos => escpos::render(receipt, text::Columns::FortyEight),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_accept(accept: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        Format::wanted(None, &headers).ok()
    }

    #[test]
    fn the_format_is_what_is_named_and_else_what_is_accepted() {
        assert_eq!(Format::wanted(Some("escpos"), &HeaderMap::new()).unwrap(), Format::Escpos);
        assert!(Format::wanted(Some("docx"), &HeaderMap::new()).is_err());
        assert_eq!(Format::wanted(None, &HeaderMap::new()).unwrap(), Format::Pdf);
        for (accept, format) in [
            ("*/*", Some(Format::Pdf)),
            ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", Some(Format::Html)),
            ("text/plain", Some(Format::Text)),
            ("text/*", Some(Format::Html)),
            ("image/png", None),
        ] {
            assert_eq!(by_accept(accept), format, "{accept}");
        }
    }
}
