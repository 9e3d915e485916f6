//! The patterns of the formats, by hand: each a function that reads a text once.

use super::calendar;
use super::letter::{is_digit, is_space, is_spanish_letter, is_word};

/// A pattern and how it is told to whoever broke it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) matches: fn(&str) -> bool,
    pub(super) told: &'static str,
    /// Characters at most, where the schema says so beside the pattern.
    pub(super) longest: usize,
    /// Whether the text names a day that exists, in the one way that the format writes it. The
    /// patterns let the thirty-first of any month pass, and days and months of one digit.
    pub(super) is_in_calendar: Option<fn(&str) -> bool>,
}

const UNBOUNDED: usize = usize::MAX;

const fn shape(matches: fn(&str) -> bool, told: &'static str, longest: usize) -> Shape {
    Shape { matches, told, longest, is_in_calendar: None }
}

const fn date(matches: fn(&str) -> bool) -> Shape {
    Shape { is_in_calendar: Some(calendar::is_date), ..shape(matches, "dd-MM-yyyy", UNBOUNDED) }
}

const fn moment(matches: fn(&str) -> bool, longest: usize) -> Shape {
    let shape = shape(matches, "dd-MM-yyyy HH:mm:ss", longest);
    Shape { is_in_calendar: Some(calendar::is_moment), ..shape }
}

pub(super) const DATE: Shape = date(is_date);
pub(super) const APPROVAL_DATE: Shape = date(is_date_of_this_century);
pub(super) const SUMMARY_DATE: Shape = date(is_summary_date);
pub(super) const MOMENT: Shape = moment(is_moment_of_an_era, 19);
pub(super) const SIDE_MOMENT: Shape = moment(is_moment, UNBOUNDED);
pub(super) const TAX_ID: Shape = shape(is_tax_id, "000000000 | 00000000000", UNBOUNDED);
pub(super) const ENCF: Shape = shape(is_encf, "[A-Za-z0-9]{13}", 13);
pub(super) const RECEIPT_ENCF: Shape = shape(is_encf_or_older, "[A-Za-z0-9]{9|11|13}", 13);
pub(super) const PHONE: Shape = shape(is_phone, "000-000-0000", 12);
pub(super) const EMAIL: Shape = shape(is_email, "x@x.x", 80);
pub(super) const TERM: Shape = shape(is_term, "[A-Za-z0-9 ]{1,15}", UNBOUNDED);
pub(super) const SECURITY_CODE: Shape = shape(is_security_code, ".{6}", UNBOUNDED);

/// Letters, commas and spaces: `ResponsablePago`, and the country of destination in an e-CF 47.
pub(super) const fn letters(longest: usize) -> Shape {
    shape(are_letters, "[A-Za-zÑñ, ]", longest)
}

/// The same, in the schemas of the notes (33, 34), whose pattern is written between `^` and `$`.
/// XML Schema takes these two for characters of the value; the reader that DGII uses does not. A
/// value is right by either.
pub(super) const fn anchored_letters(longest: usize) -> Shape {
    shape(are_anchored_letters, "[A-Za-zÑñ, ]", longest)
}

/// A name without digits that ends in a letter: countries, customs regime, terms of delivery.
pub(super) const fn name(longest: usize) -> Shape {
    shape(is_name, "[^0-9]{2,}[A-Za-zÑñ]", longest)
}

/// `(3[01]|[12][0-9]|0?[1-9])\-(1[012]|0?[1-9])\-((19|20)\d{2})`.
fn is_date(text: &str) -> bool {
    date_parts(text)
        .is_some_and(|(day, month, year)| is_day(day) && is_month(month) && is_era(year))
}

fn is_date_of_this_century(text: &str) -> bool {
    is_date(text) && date_parts(text).is_some_and(|(_, _, year)| year.starts_with("20"))
}

/// In the RFCE a date may stand between blanks, and `$` may stand for its second digit.
fn is_summary_date(text: &str) -> bool {
    date_parts(text.trim_matches(is_space)).is_some_and(|(day, month, year)| {
        (is_day(day) || matches!(day, "1$" | "2$")) && is_month(month) && is_era(year)
    })
}

fn date_parts(text: &str) -> Option<(&str, &str, &str)> {
    let (day, rest) = text.split_once('-')?;
    let (month, year) = rest.split_once('-')?;
    Some((day, month, year))
}

fn is_day(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [b'1'..=b'9'] | [b'0', b'1'..=b'9'] | [b'1' | b'2', b'0'..=b'9'] | [b'3', b'0' | b'1']
    )
}

fn is_month(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'9'] | [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2'])
}

fn is_era(text: &str) -> bool {
    let rest = text.strip_prefix("19").or_else(|| text.strip_prefix("20"));
    rest.is_some_and(|rest| rest.chars().count() == 2 && rest.chars().all(is_digit))
}

/// `(3[01]|[12][0-9]|0[1-9])-(1[0-2]|0[1-9])-… (2[0-3]|[01]?[0-9]):([0-5]?[0-9]):([0-5]?[0-9])`.
fn is_moment_of_an_era(text: &str) -> bool {
    is_moment_with(text, is_era)
}

/// The same with any four digits for the year.
fn is_moment(text: &str) -> bool {
    is_moment_with(text, |year| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_moment_with(text: &str, is_year: fn(&str) -> bool) -> bool {
    let Some((date, time)) = text.split_once(' ') else { return false };
    let date = date_parts(date).is_some_and(|(day, month, year)| {
        day.len() == 2 && is_day(day) && month.len() == 2 && is_month(month) && is_year(year)
    });
    let mut parts = time.split(':');
    date && parts.next().is_some_and(is_hour)
        && parts.next().is_some_and(is_sixtieth)
        && parts.next().is_some_and(is_sixtieth)
        && parts.next().is_none()
}

fn is_hour(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9'] | [b'0' | b'1', b'0'..=b'9'] | [b'2', b'0'..=b'3'])
}

fn is_sixtieth(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
}

/// `[0-9]{11}|[0-9]{9}`.
fn is_tax_id(text: &str) -> bool {
    matches!(text.len(), 9 | 11) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_encf(text: &str) -> bool {
    text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_encf_or_older(text: &str) -> bool {
    matches!(text.len(), 9 | 11 | 13) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `\d{3}-\d{3}-\d{4}`.
fn is_phone(text: &str) -> bool {
    let mut characters = text.chars();
    "ddd-ddd-dddd".chars().all(|wanted| {
        let found = characters.next();
        found.is_some_and(|found| if wanted == '-' { found == '-' } else { is_digit(found) })
    }) && characters.next().is_none()
}

/// `\w+([-+.]\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*`, where `\w` holds the plus sign already.
fn is_email(text: &str) -> bool {
    let Some((mailbox, domain)) = text.split_once('@') else { return false };
    is_dotted(mailbox) && is_dotted(domain) && domain.contains('.')
}

/// Words between single points or hyphens.
fn is_dotted(text: &str) -> bool {
    text.split(['-', '.']).all(|word| !word.is_empty() && word.chars().all(is_word))
}

/// `[\s\d\w]{1,15}`.
fn is_term(text: &str) -> bool {
    (1..=15).contains(&text.chars().count())
        && text.chars().all(|character| is_space(character) || is_word(character))
}

fn are_letters(text: &str) -> bool {
    text.chars()
        .all(|character| is_spanish_letter(character) || is_space(character) || character == ',')
}

fn are_anchored_letters(text: &str) -> bool {
    let inner = text.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    are_letters(inner.unwrap_or(text))
}

/// `\D[^0-9]+[a-zA-ZñÑáéíóúÁÉÍÓÚ]`.
fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|first| !is_digit(first));
    let last = characters.next_back().is_some_and(is_spanish_letter);
    let between = characters.as_str();
    first && last && !between.is_empty() && !between.bytes().any(|byte| byte.is_ascii_digit())
}

/// `.{6}`: six characters of one line.
fn is_security_code(text: &str) -> bool {
    text.chars().count() == 6 && !text.contains(['\n', '\r'])
}
