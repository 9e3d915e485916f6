//! Which of our three languages a client wants (RFC 9110, 12.5.4).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use invoice::Language;

use crate::limits::LANGUAGE_RANGES_MAX;

/// What a client that does not say is told in: what most API clients send nothing for.
pub(crate) const DEFAULT: Language = Language::English;

/// The language that the client likes best of ours; the first of equals.
pub(crate) fn wanted(headers: &HeaderMap) -> Language {
    let ranges = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut best = (0, DEFAULT);
    for range in ranges.split(',').take(LANGUAGE_RANGES_MAX) {
        if let Some((quality, language)) = read(range)
            && quality > best.0
        {
            best = (quality, language);
        }
    }
    best.1
}

pub(crate) const fn tag(language: Language) -> &'static str {
    match language {
        Language::French => "fr",
        Language::Spanish => "es",
        Language::English => "en",
    }
}

/// A range with its weight in thousandths; nothing for a language that is not ours.
fn read(range: &str) -> Option<(u16, Language)> {
    let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
    let language = match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
        "fr" => Language::French,
        "es" => Language::Spanish,
        "en" => Language::English,
        _ => return None,
    };
    let quality = match weight.trim().strip_prefix("q=") {
        None => 1_000,
        Some(quality) => thousandths(quality)?,
    };
    Some((quality, language))
}

/// `0.8` is 800: a weight has at most three decimals (RFC 9110, 12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_best_of_ours_and_english_otherwise() {
        for (header, language) in [
            ("", Language::English),
            ("fr", Language::French),
            ("fr-CD,fr;q=0.9,en;q=0.8", Language::French),
            ("de, es;q=0.5, en;q=0.4", Language::Spanish),
            ("en;q=0.1, fr;q=0.9", Language::French),
            ("fr;q=0, de", Language::English),
            ("fr;q=2", Language::English),
            ("*", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(wanted(&headers), language, "{header}");
        }
    }
}
