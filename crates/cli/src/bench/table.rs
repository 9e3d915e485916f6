//! The figures of a run, as a table for people and as JSON for programs.

use std::time::Duration;

use super::latency::Measured;

#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

enum Row {
    Measured { name: String, rate: u64, p50: Duration, p99: Duration },
    Rate { name: String, rate: u64 },
    Ratio { name: String, seen: Quantity },
    Judged { name: String, seen: Quantity, bar: Bar },
}

/// What is held against a bar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Quantity {
    /// In hundredths.
    Ratio(u64),
    PerSecond(u64),
    Wait(Duration),
    Count(u64),
    /// So many for each, in hundredths.
    Each(u64),
    Bytes(u64),
}

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    AtLeast(Quantity),
    AtMost(Quantity),
}

impl Bar {
    fn holds(self, seen: Quantity) -> bool {
        match self {
            Self::AtLeast(bar) => seen >= bar,
            Self::AtMost(bar) => seen <= bar,
        }
    }

    fn quantity(self) -> Quantity {
        match self {
            Self::AtLeast(bar) | Self::AtMost(bar) => bar,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::AtLeast(_) => ">=",
            Self::AtMost(_) => "<=",
        }
    }
}

impl Quantity {
    pub(crate) fn ratio(ours: u64, other: u64) -> Self {
        Self::Ratio(ours * 100 / other.max(1))
    }

    pub(crate) fn each(all: u64, of: u64) -> Self {
        Self::Each(all * 100 / of.max(1))
    }

    pub(crate) fn times(ours: Duration, other: Duration) -> Self {
        Self::ratio(micros(ours), micros(other))
    }

    fn to_text(self) -> String {
        match self {
            Self::Ratio(hundredths) => format!("{} ×", decimal(hundredths)),
            Self::PerSecond(rate) => format!("{rate} /s"),
            Self::Wait(wait) if wait >= SHOWN_IN_SECONDS => {
                format!("{}.{:02} s", wait.as_secs(), wait.subsec_millis() / 10)
            }
            Self::Wait(wait) => millis(wait),
            Self::Count(count) => count.to_string(),
            Self::Each(hundredths) => decimal(hundredths),
            Self::Bytes(bytes) => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        }
    }

    fn to_json(self) -> serde_json::Value {
        match self {
            Self::Ratio(hundredths) => serde_json::json!({ "ratio": decimal(hundredths) }),
            Self::PerSecond(rate) => serde_json::json!({ "per_second": rate }),
            Self::Wait(wait) => serde_json::json!({ "micros": micros(wait) }),
            Self::Count(count) => serde_json::json!({ "count": count }),
            Self::Each(hundredths) => serde_json::json!({ "each": decimal(hundredths) }),
            Self::Bytes(bytes) => serde_json::json!({ "bytes": bytes }),
        }
    }
}

impl Table {
    pub(crate) fn measured(&mut self, name: &str, measured: &Measured) {
        self.0.push(Row::Measured {
            name: name.to_owned(),
            rate: measured.rate(),
            p50: measured.wait(500),
            p99: measured.wait(990),
        });
    }

    pub(crate) fn rate(&mut self, name: &str, rate: u64) {
        self.0.push(Row::Rate { name: name.to_owned(), rate });
    }

    pub(crate) fn ratio(&mut self, name: &str, ours: u64, other: u64) {
        self.0.push(Row::Ratio { name: name.to_owned(), seen: Quantity::ratio(ours, other) });
    }

    pub(crate) fn told(&mut self, name: &str, seen: Quantity) {
        self.0.push(Row::Ratio { name: name.to_owned(), seen });
    }

    /// A figure with the bar that it has to reach.
    pub(crate) fn judged(&mut self, name: &str, seen: Quantity, bar: Bar) {
        self.0.push(Row::Judged { name: name.to_owned(), seen, bar });
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            println!("{:#}", serde_json::Value::Array(self.0.iter().map(Row::to_json).collect()));
            return;
        }
        println!("{:<WIDE$}{:>12}{:>11}{:>11}", "", "a second", "p50", "p99");
        for row in &self.0 {
            println!("{}", row.to_line());
        }
    }
}

impl Row {
    fn to_line(&self) -> String {
        match self {
            Self::Measured { name, rate, p50, p99 } => {
                format!("{name:<WIDE$}{rate:>12}{:>11}{:>11}", millis(*p50), millis(*p99))
            }
            Self::Rate { name, rate } => format!("{name:<WIDE$}{rate:>12}"),
            Self::Ratio { name, seen } => format!("{name:<WIDE$}{:>12}", seen.to_text()),
            Self::Judged { name, seen, bar } => {
                let wanted = format!("{} {}", bar.sign(), bar.quantity().to_text());
                let verdict = if bar.holds(*seen) { "holds" } else { "missed" };
                format!("{name:<WIDE$}{:>12}{wanted:>14}  {verdict}", seen.to_text())
            }
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Measured { name, rate, p50, p99 } => serde_json::json!({
                "name": name, "per_second": rate,
                "p50_micros": micros(*p50), "p99_micros": micros(*p99),
            }),
            Self::Rate { name, rate } => serde_json::json!({ "name": name, "per_second": rate }),
            Self::Ratio { name, seen } => named(name, seen.to_json()),
            Self::Judged { name, seen, bar } => {
                let mut row = named(name, seen.to_json());
                row["bar"] = bar.quantity().to_json();
                row["bar"]["is"] = serde_json::json!(bar.sign());
                row["holds"] = serde_json::json!(bar.holds(*seen));
                row
            }
        }
    }
}

fn named(name: &str, mut row: serde_json::Value) -> serde_json::Value {
    row["name"] = serde_json::json!(name);
    row
}

fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn millis(duration: Duration) -> String {
    let micros = micros(duration);
    format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A wait of so long is shown in seconds.
const SHOWN_IN_SECONDS: Duration = Duration::from_secs(10);
/// Characters of the longest name.
const WIDE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_told_with_its_bar_and_whether_it_holds() {
        let five = Bar::AtLeast(Quantity::Ratio(500));
        let row = |ours, other| Row::Judged {
            name: "ours".to_owned(),
            seen: Quantity::ratio(ours, other),
            bar: five,
        };
        assert!(row(50, 10).to_line().ends_with("5.00 ×     >= 5.00 ×  holds"));
        assert!(row(499, 100).to_line().ends_with("4.99 ×     >= 5.00 ×  missed"));
        assert_eq!(
            row(499, 100).to_json(),
            serde_json::json!({
                "name": "ours", "ratio": "4.99", "holds": false,
                "bar": { "ratio": "5.00", "is": ">=" },
            })
        );
        let wait = Bar::AtMost(Quantity::Wait(Duration::from_millis(50)));
        assert!(wait.holds(Quantity::Wait(Duration::from_millis(50))));
        assert!(!wait.holds(Quantity::Wait(Duration::from_micros(50_001))));
    }
}
