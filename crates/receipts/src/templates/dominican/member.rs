//! Members of the country's sections, by their keys. What is absent is nothing, at any depth.

use ::invoice::{Amount, Json, Section};
use jiff::civil::Date;

use super::{figure, written_date};
use crate::{Decimal, Error};

/// A member of a section, there or not.
#[derive(Clone, Copy)]
pub(super) struct Member<'a>(Option<&'a Json>);

impl<'a> Member<'a> {
    /// The section itself; nothing of another country's.
    pub(super) fn of(section: Option<&'a Section>) -> Self {
        Self(section.filter(|section| section.country() == COUNTRY).map(Section::content))
    }

    pub(super) fn at(self, key: &str) -> Self {
        Self(self.0.and_then(|json| json.member(key)))
    }

    pub(super) fn text(self) -> Option<&'a str> {
        self.0.and_then(Json::as_str)
    }

    pub(super) fn items(self) -> Vec<Self> {
        match self.0 {
            Some(Json::Array(items)) => items.iter().map(|item| Self(Some(item))).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn count(self) -> Option<usize> {
        match self.0 {
            Some(Json::Integer(count)) => usize::try_from(*count).ok(),
            _ => self.text()?.parse().ok(),
        }
    }

    pub(super) fn amount(self) -> Result<Option<Amount>, Error> {
        let refuse = |text: &str| Error::NotADecimal(text.chars().take(40).collect());
        self.text().map(|text| Amount::parse(text).map_err(|_| refuse(text))).transpose()
    }

    /// The amount for the paper.
    pub(super) fn figure(self) -> Result<Option<Decimal>, Error> {
        self.amount()?.map(figure).transpose()
    }

    /// The same, and nothing where it is nought: what is not there is not printed.
    pub(super) fn positive(self) -> Result<Option<Decimal>, Error> {
        Ok(self.figure()?.filter(|figure| !figure.is_zero()))
    }

    /// A date, as the format writes it.
    pub(super) fn date(self) -> Option<String> {
        self.text()?.parse::<Date>().ok().map(written_date)
    }
}

/// Under which name invoices bear the sections of this country.
const COUNTRY: &str = "do";
