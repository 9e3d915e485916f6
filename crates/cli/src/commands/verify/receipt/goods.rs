//! What was sold, as the sealed invoice says it: for comparing it with a paper.

use std::fmt;

use invoice::Json;
use receipts::Text;

/// Each line's quantity, name and amount.
pub(super) fn write(out: &mut fmt::Formatter<'_>, invoice: &Json) -> fmt::Result {
    let Some(Json::Array(lines)) = invoice.member("lines") else { return Ok(()) };
    for line in lines.iter().take(LINES_MAX) {
        let [quantity, unit, name, amount] = ["quantity", "unit", "name", "amount"].map(|member| {
            Text::new(line.member(member).and_then(Json::as_str).unwrap_or_default())
        });
        let measured =
            if unit.is_empty() { quantity.to_string() } else { format!("{quantity} {unit}") };
        writeln!(out, "    {measured}  {name}  {amount}")?;
    }
    match lines.len().checked_sub(LINES_MAX) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "    and {more} lines more: --json has them all"),
    }
}

/// The invoice as it is told to programs.
pub(super) fn tree(invoice: &Json) -> serde_json::Value {
    serde_json::from_str(&invoice.to_text()).expect("canonical JSON is JSON")
}

/// More than a person compares.
const LINES_MAX: usize = 100;
