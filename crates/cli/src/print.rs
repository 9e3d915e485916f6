//! How answers are shown to a person.

use serde_json::Value;

/// Prints JSON, indented, on standard output.
pub(crate) fn json(value: &Value) {
    println!("{value:#}");
}

/// A sealed invoice in a few lines.
pub(crate) fn invoice(invoice: &Value) {
    let text = |pointer: &str| invoice.pointer(pointer).and_then(Value::as_str).unwrap_or("—");
    println!("{}  {}", text("/number"), text("/state"));
    println!("  id      {}", text("/id"));
    println!("  total   {} {}", text("/totals/total"), text("/currency"));
    if let Some(code) = invoice.pointer("/authority/code_formatted").and_then(Value::as_str) {
        println!("  code    {code}");
    }
    if let Some(code) = invoice.pointer("/seal/authentication_code").and_then(Value::as_str) {
        println!("  seal    {code}");
    }
    if let Some(notice) = invoice["notice"].as_str() {
        println!("  note    {notice}");
    }
}
