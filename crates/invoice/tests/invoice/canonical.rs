//! Canonical bytes: an invoice has one spelling, it is read back whole, and no other is accepted.

use invoice::{Hash, Invoice, InvoiceId, Original, OriginalInvoice, OutletId, PricingFacts};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::changes::changed;
use crate::freedonia::{facts, regime};
use crate::paper::{full, price, sale};

fn invoices() -> Vec<Invoice> {
    let priced = |document: &Value, facts: &PricingFacts| {
        price(document, &regime(), facts).expect("the document is right")
    };
    let sold = priced(&sale(), &facts());
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: "1".to_owned(),
        entry_hash: Hash::of_note(b"any"),
        code: None,
    };
    let original = Some(OriginalInvoice { names, invoice: sold.clone() });
    let credit = r#"/kind "credit_note" ; /credit {"nature":"undo","original":{"number":"1"}}"#;
    let taxes = r#"/lines/0/specific_tax {"amount":"3"} ; /lines/1/specific_tax {"per_unit":"2"}"#;
    vec![
        sold,
        priced(&full(), &facts()),
        priced(&changed(&sale(), credit), &PricingFacts { original, ..facts() }),
        priced(&changed(&sale(), taxes), &facts()),
        priced(
            &changed(&sale(), r#"/operator/name "\"Ré\\né\" / 漢字 😀""#),
            &PricingFacts {
                replaces: Some(InvoiceId::of(&OutletId::from_random([1; 10]), [3; 15])),
                ..facts()
            },
        ),
    ]
}

#[test]
fn an_invoice_is_read_back_from_its_bytes() {
    for invoice in invoices() {
        let bytes = invoice.canonical_bytes();
        assert_eq!(Invoice::from_canonical(&bytes), Ok(invoice));
    }
}

/// Fixed scales, no null, no number, keys in order: what each language has to write.
#[test]
fn the_bytes_hold_strings_lists_and_objects_only() {
    fn assert_strings(value: &Value) {
        match value {
            Value::String(_) => {}
            Value::Array(items) => {
                assert!(!items.is_empty(), "an empty list is left out");
                items.iter().for_each(assert_strings);
            }
            Value::Object(members) => members.values().for_each(assert_strings),
            Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{value} is no string"),
        }
    }
    for invoice in invoices() {
        let bytes = invoice.canonical_bytes();
        let tree: Value = serde_json::from_slice(&bytes).unwrap();
        assert_strings(&tree);
        assert_eq!(serde_json_canonicalizer::to_vec(&tree).unwrap(), bytes);
    }
}

/// Another spelling, a field more, a field less, another type: none of it is the invoice.
#[test]
fn altered_trees_are_refused() {
    let invoice = &invoices()[1];
    let tree: Value = serde_json::from_slice(&invoice.canonical_bytes()).unwrap();
    let members = tree.as_object().unwrap();
    for key in members.keys() {
        for value in [json!(1), json!(null), json!([]), json!({}), json!(true)] {
            let mut other = members.clone();
            other.insert(key.clone(), value.clone());
            let bytes = serde_json_canonicalizer::to_vec(&other).unwrap();
            assert!(Invoice::from_canonical(&bytes).is_err(), "{key} {value}");
        }
    }
    for (pointer, value) in [
        ("/totals/total", json!("52.9600")),
        ("/totals/total", json!("052.96")),
        ("/lines/0/quantity", json!("2.5")),
        ("/issued_on", json!("20260714")),
        ("/prices", json!("net")),
        ("/schema", json!("stalela.invoice/2")),
        ("/exchange/rate", json!("0.0000")),
        ("/lines/0/specific_tax/per_unit", json!("1.0000")),
        ("/lines/0/colour", json!("red")),
        ("/totals/vat", json!("1.00")),
        ("/note", json!("x")),
        ("/replaces", json!("in_x")),
    ] {
        let mut other = tree.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        other.pointer_mut(parent).unwrap()[key] = value;
        let bytes = serde_json_canonicalizer::to_vec(&other).unwrap();
        assert!(Invoice::from_canonical(&bytes).is_err(), "{pointer}");
    }
}

#[test]
fn other_spellings_of_the_same_tree_are_refused() {
    let bytes = invoices()[0].canonical_bytes();
    let text = String::from_utf8(bytes).unwrap();
    for other in [
        format!(" {text}"),
        format!("{text}\n"),
        text.replacen(':', ": ", 1),
        text.replacen("Hat", "\\u0048at", 1),
        text.replacen("\"kind\":\"sale\",", "", 1).replacen('{', "{\"kind\":\"sale\",", 1),
        text.replacen("\"kind\"", "\"kind\":\"sale\",\"kind\"", 1),
    ] {
        assert_ne!(other, text);
        assert!(Invoice::from_canonical(other.as_bytes()).is_err(), "{other}");
    }
}

proptest! {
    /// A byte changed anywhere: refused, or another invoice with another hash.
    #[test]
    fn a_changed_byte_never_passes_for_the_same_invoice(
        which in 0_usize..5,
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let invoice = &invoices()[which];
        let mut bytes = invoice.canonical_bytes();
        let hash = Hash::of_invoice(&bytes);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(other) = Invoice::from_canonical(&bytes) {
            prop_assert_ne!(&other, invoice);
            prop_assert_ne!(Hash::of_invoice(&other.canonical_bytes()), hash);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Invoice::from_canonical(&bytes).is_err());
    }

    /// Priced, written, read: the same invoice, whatever the quantities, prices and words.
    #[test]
    fn what_was_priced_is_read_back(
        lines in prop::collection::vec(
            ("[a-zA-Zéèß漢😀\"\\\\/ ]{1,20}", 1_u64..99_999_999_999, 1_u64..99_999, 0_usize..3),
            1..8,
        ),
        rate in 1_u64..9_999_999_999,
        comment in any::<String>(),
    ) {
        let mut document = sale();
        document["lines"] = lines
            .into_iter()
            .map(|(name, cents, hundredths, group)| json!({
                "kind": "thing",
                "name": name,
                "quantity": format!("{}.{:02}", hundredths / 100, hundredths % 100),
                "unit_price": format!("{}.{:02}", cents / 100, cents % 100),
                "tax_group": (["A", "B", "H"][group]),
            }))
            .collect();
        let rate = format!("{}.{:04}", rate / 10_000, rate % 10_000);
        document["exchange"] = json!({"currency": "EUR", "rate": rate});
        document["comments"] = json!([comment]);
        let Ok(invoice) = price(&document, &regime(), &facts()) else { return Ok(()) };
        let bytes = invoice.canonical_bytes();
        prop_assert_eq!(Invoice::from_canonical(&bytes), Ok(invoice));
    }

    /// The same with payments in a foreign currency, whose counter-value must be written too.
    #[test]
    fn a_foreign_payment_is_read_back(cents in 1_u64..9_999_999_999_999_999, rate in 1_u64..50_000_000) {
        let mut document = sale();
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        document["lines"] = json!([{"kind": "thing", "name": "Hat", "quantity": "1",
                                    "unit_price": amount, "tax_group": "A"}]);
        let rate = format!("{}.{:04}", rate / 10_000, rate % 10_000);
        document["payments"] =
            json!([{"method": "card", "amount": amount, "exchange": {"currency": "EUR", "rate": rate}}]);
        let Ok(invoice) = price(&document, &regime(), &facts()) else { return Ok(()) };
        let bytes = invoice.canonical_bytes();
        prop_assert_eq!(Invoice::from_canonical(&bytes), Ok(invoice));
    }
}
