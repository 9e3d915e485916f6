//! Documents changed by tables in text, so that a row shows what it tries and what comes of it.

use serde_json::Value;

/// The document with changes: `pointer json`, or `pointer -` to take a member away; `;` between.
pub(crate) fn changed(document: &Value, changes: &str) -> Value {
    let mut document = document.clone();
    for change in changes.split(" ; ").filter(|change| *change != ".") {
        let (pointer, value) = change.trim().split_once(' ').expect("pointer, then a value");
        let value = (value.trim() != "-")
            .then(|| serde_json::from_str(value).unwrap_or_else(|_| panic!("{value} is JSON")));
        set(&mut document, pointer, value);
    }
    document
}

fn set(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}: no parent"));
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(key.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(key)),
        (Value::Array(items), Some(value)) if key == "-" => items.push(value),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().expect("index")] = value,
        (parent, _) => panic!("{pointer}: {parent} has no members"),
    }
}

/// The rows of a table: changes, then what they lead to, with a bar between.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().map(str::trim).filter(|row| !row.is_empty()).map(|row| {
        let (changes, outcome) = row.rsplit_once(" | ").expect("two columns");
        (changes.trim(), outcome.trim())
    })
}
