//! The figures of a run, as a table for people and as JSON for programs.

use std::time::Duration;

use super::latency::Measured;

#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

enum Row {
    Measured {
        name: String,
        rate: u64,
        p50: Duration,
        p99: Duration,
    },
    Rate {
        name: String,
        rate: u64,
    },
    /// In hundredths.
    Ratio {
        name: String,
        hundredths: u64,
    },
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
        let hundredths = ours * 100 / other.max(1);
        self.0.push(Row::Ratio { name: name.to_owned(), hundredths });
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            println!("{:#}", serde_json::Value::Array(self.0.iter().map(Row::to_json).collect()));
            return;
        }
        println!("{:<56}{:>12}{:>11}{:>11}", "", "a second", "p50", "p99");
        for row in &self.0 {
            println!("{}", row.to_line());
        }
    }
}

impl Row {
    fn to_line(&self) -> String {
        match self {
            Self::Measured { name, rate, p50, p99 } => {
                format!("{name:<56}{rate:>12}{:>11}{:>11}", millis(*p50), millis(*p99))
            }
            Self::Rate { name, rate } => format!("{name:<56}{rate:>12}"),
            Self::Ratio { name, hundredths } => {
                let ratio = format!("{}.{:02} ×", hundredths / 100, hundredths % 100);
                format!("{name:<56}{ratio:>12}")
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
            Self::Ratio { name, hundredths } => serde_json::json!({
                "name": name, "ratio": format!("{}.{:02}", hundredths / 100, hundredths % 100),
            }),
        }
    }
}

fn millis(duration: Duration) -> String {
    let micros = micros(duration);
    format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
