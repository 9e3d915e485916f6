//! Exact figures, and the way a country writes them.

use std::fmt::Write as _;
use std::str::FromStr;

use crate::Error;

/// A decimal figure held as an integer and a scale: what was sealed is what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: i128,
    scale: u32,
}

impl Decimal {
    /// The figure `units` / 10^`scale`, e.g. `(406_400, 2)` for 4064.00.
    pub fn new(units: i128, scale: u32) -> Result<Self, Error> {
        if scale > MAX_SCALE || units.unsigned_abs() > MAX_UNITS {
            return Err(Error::NotADecimal(format!("{units}e-{scale}")));
        }
        Ok(Self { units, scale })
    }

    /// Nought, in hundredths.
    pub fn zero() -> Self {
        Self { units: 0, scale: 2 }
    }

    /// Whether the figure is nought.
    pub fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The exact sum of two figures, at the finer of their scales.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        let scale = self.scale.max(other.scale);
        let sum = self.at(scale).and_then(|a| a.checked_add(other.at(scale)?));
        sum.and_then(|units| Self::new(units, scale).ok()).ok_or(Error::SumTooLarge)
    }

    /// The same figure with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { units: -self.units, ..self }
    }

    /// Whether something stands after the decimal sign.
    pub(crate) fn has_fraction(self) -> bool {
        self.units % 10_i128.pow(self.scale) != 0
    }

    fn at(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.pow(scale - self.scale))
    }
}

impl FromStr for Decimal {
    type Err = Error;

    /// Reads digits with at most one point and an optional leading minus: `4064.00`, `-3`, `0.5`.
    fn from_str(written: &str) -> Result<Self, Error> {
        let refuse = || Error::NotADecimal(written.chars().take(40).collect());
        let digits = written.strip_prefix('-').unwrap_or(written);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || digits.len() > 40 {
            return Err(refuse());
        }
        let fraction = if digits.contains('.') { fraction } else { "" };
        let units: i128 = format!("{whole}{fraction}").parse().map_err(|_| refuse())?;
        let scale = u32::try_from(fraction.len()).map_err(|_| refuse())?;
        Self::new(if written.starts_with('-') { -units } else { units }, scale)
            .map_err(|_| refuse())
    }
}

/// How figures are written: signs, and when hundredths are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberStyle {
    /// Between groups of three digits; `None` writes them unbroken.
    pub thousands: Option<char>,
    /// Before the fraction.
    pub decimal: char,
    /// When an amount shows its hundredths.
    pub cents: Cents,
}

/// When an amount shows its hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cents {
    /// On every amount.
    Always,
    /// On the amounts that have some: `3.600` beside `464,50`.
    WhenNotZero,
    /// On every amount of a receipt that has any, so that columns stay aligned; on none otherwise.
    Together,
}

impl NumberStyle {
    /// `3.600` and `3.600,50`: the hand of the DGI's model of the invoice (MCF-SFE protocol,
    /// chapter 2), with hundredths shown together so that the columns of a page align.
    pub fn dotted() -> Self {
        Self { thousands: Some('.'), decimal: ',', cents: Cents::Together }
    }

    /// `3,600.00`: the hand of the Dominican Republic, every amount with its hundredths.
    pub fn pointed() -> Self {
        Self { thousands: Some(','), decimal: '.', cents: Cents::Always }
    }

    /// Settles [`Cents::Together`] for the amounts of one receipt.
    pub(crate) fn settled(self, amounts: impl IntoIterator<Item = Decimal>) -> Self {
        let any = || amounts.into_iter().any(Decimal::has_fraction);
        let cents = match self.cents {
            Cents::Together if any() => Cents::Always,
            Cents::Together | Cents::WhenNotZero => Cents::WhenNotZero,
            Cents::Always => Cents::Always,
        };
        Self { cents, ..self }
    }

    /// An amount of money, with its hundredths as the style says.
    pub(crate) fn amount(self, figure: Decimal) -> String {
        let least = match self.cents {
            Cents::Always => 2,
            Cents::WhenNotZero | Cents::Together if figure.has_fraction() => 2,
            Cents::WhenNotZero | Cents::Together => 0,
        };
        self.write(figure, least)
    }

    /// A quantity or a rate: no digit that says nothing.
    pub(crate) fn plain(self, figure: Decimal) -> String {
        self.write(figure, 0)
    }

    /// A rate in per cent: `16%`, `1,5%`.
    pub(crate) fn rate(self, figure: Decimal) -> String {
        format!("{}%", self.plain(figure))
    }

    /// Writes all significant digits, and at least `least` after the decimal sign.
    fn write(self, figure: Decimal, least: usize) -> String {
        let divisor = 10_u128.pow(figure.scale);
        let magnitude = figure.units.unsigned_abs();
        let mut out = String::from(if figure.units < 0 { "-" } else { "" });
        self.push_grouped(&mut out, &(magnitude / divisor).to_string());
        let width = usize::try_from(figure.scale).expect("a scale is at most 9");
        let mut fraction = String::new();
        if width > 0 {
            write!(fraction, "{:0width$}", magnitude % divisor).expect("a string takes all");
        }
        while fraction.len() > least && fraction.ends_with('0') {
            fraction.pop();
        }
        while fraction.len() < least {
            fraction.push('0');
        }
        if !fraction.is_empty() {
            out.push(self.decimal);
            out.push_str(&fraction);
        }
        out
    }

    fn push_grouped(self, out: &mut String, whole: &str) {
        for (position, digit) in whole.chars().enumerate() {
            if position > 0 && (whole.len() - position).is_multiple_of(3) {
                out.extend(self.thousands);
            }
            out.push(digit);
        }
    }
}

/// Quantities have three decimals at most and exchange rates six; nine leaves room.
const MAX_SCALE: u32 = 9;

/// 28 digits: more than any money, and sums of millions of lines stay far from overflow.
const MAX_UNITS: u128 = 10_u128.pow(28) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(written: &str) -> Decimal {
        written.parse().expect(written)
    }

    #[test]
    fn amounts_as_in_the_official_model() {
        let style = NumberStyle::dotted().settled([]);
        let cases = [
            ("3600.00", "3.600"),
            ("464", "464"),
            ("3600.50", "3.600,50"),
            ("0.05", "0,05"),
            ("1234567890.10", "1.234.567.890,10"),
            ("-1000.00", "-1.000"),
            ("12.345", "12,345"),
            ("0", "0"),
        ];
        for (written, printed) in cases {
            assert_eq!(style.amount(figure(written)), printed);
        }
    }

    #[test]
    fn hundredths_show_together() {
        let style = NumberStyle::dotted().settled([figure("1.00"), figure("2.50")]);
        assert_eq!(style.amount(figure("3600")), "3.600,00");
        assert_eq!(style.plain(figure("1.500")), "1,5");
        assert_eq!(style.rate(figure("16.00")), "16%");
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for wrong in ["", "-", ".5", "5.", "1,5", "1e3", "+1", "--1", "1.2.3", " 1", "NaN", "٣"] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
        assert!("1.0000000001".parse::<Decimal>().is_err());
        assert!("99999999999999999999999999999".parse::<Decimal>().is_err());
    }

    #[test]
    fn sums_are_exact_across_scales() {
        let sum = figure("0.1").plus(figure("0.25")).unwrap().plus(figure("3")).unwrap();
        assert_eq!(sum, figure("3.35"));
        let most = Decimal::new(10_i128.pow(28) - 1, 0).unwrap();
        assert!(matches!(most.plus(most), Err(Error::SumTooLarge)));
    }
}
