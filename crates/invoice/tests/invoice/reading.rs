//! Drafts of every wrong shape: each fault has its code and its pointer, and nothing panics.

use invoice::{Draft, Json, Language};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::changes::{changed, rows};
use crate::paper::{full, read, sale, shown};

pub(crate) const FAULTS: &str = r#"
    /kind -                                          | missing_field /kind
    /kind null                                       | missing_field /kind
    /kind 5                                          | wrong_type /kind
    /kind ""                                         | empty_text /kind
    /kind "  \t "                                    | empty_text /kind
    /prices -                                        | missing_field /prices
    /prices "gross"                                  | unknown_key /prices
    /prices ["tax_included"]                         | wrong_type /prices
    /operator -                                      | missing_field /operator
    /operator {}                                     | missing_field /operator/name
    /operator "Rufus"                                | wrong_type /operator
    /operator/name "a\u0007b"                        | forbidden_character /operator/name
    /operator/name "\u202Ecilbup"                    | forbidden_character /operator/name
    /operator/role "boss"                            | unknown_field /operator/role
    /operator/a~0b~1c 1                              | unknown_field /operator/a~00b~01c
    /customer -                                      | missing_field /customer
    /customer []                                     | wrong_type /customer
    /customer/kind -                                 | missing_field /customer/kind
    /customer/name true                              | wrong_type /customer/name
    /customer/tax_id 12                              | wrong_type /customer/tax_id
    /issued_on "14/07/2026"                          | malformed_date /issued_on
    /issued_on "2026-02-29"                          | malformed_date /issued_on
    /issued_on "2026-07-14T10:00:00Z"                | malformed_date /issued_on
    /issued_on 20260714                              | wrong_type /issued_on
    /lines -                                         | missing_field /lines
    /lines []                                        | no_lines /lines
    /lines {}                                        | wrong_type /lines, no_lines /lines
    /lines/0 null                                    | wrong_type /lines/0
    /lines/1 "Hat"                                   | wrong_type /lines/1
    /lines/0/name -                                  | missing_field /lines/0/name
    /lines/0/kind - ; /lines/1/name - | missing_field /lines/0/kind, missing_field /lines/1/name
    /lines/0/quantity 2                              | decimal_as_number /lines/0/quantity
    /lines/0/quantity 2.5                            | decimal_as_number /lines/0/quantity
    /lines/0/quantity true                           | wrong_type /lines/0/quantity
    /lines/0/quantity "two"                          | malformed_decimal /lines/0/quantity
    /lines/0/quantity "1e3"                          | malformed_decimal /lines/0/quantity
    /lines/0/quantity "1,5"                          | malformed_decimal /lines/0/quantity
    /lines/0/quantity " 1"                           | malformed_decimal /lines/0/quantity
    /lines/0/quantity "0.0001"                       | too_many_decimals /lines/0/quantity
    /lines/0/unit_price "0.00001"                    | too_many_decimals /lines/0/unit_price
    /lines/0/unit_price "100000000000000"            | number_too_large /lines/0/unit_price
    /lines/0/specific_tax {}                         | exactly_one_of /lines/0/specific_tax
    /lines/0/specific_tax {"amount":"1","percent":"1"} | exactly_one_of /lines/0/specific_tax
    /lines/0/specific_tax {"amount":1}               | decimal_as_number /lines/0/specific_tax/amount, exactly_one_of /lines/0/specific_tax
    /lines/0/specific_tax []                         | wrong_type /lines/0/specific_tax, exactly_one_of /lines/0/specific_tax
    /lines/0/discount {"reason":"x"}                 | missing_field /lines/0/discount/original_price
    /lines/0/discount {"original_price":"9"}         | missing_field /lines/0/discount/reason
    /payments {}                                     | wrong_type /payments
    /payments [{}]                                   | missing_field /payments/0/method, missing_field /payments/0/amount
    /payments [{"method":"cash","amount":"0.001"}]   | too_many_decimals /payments/0/amount
    /exchange {"currency":"USD"}                     | missing_field /exchange/rate
    /exchange {"rate":"1"}                           | missing_field /exchange/currency
    /exchange "USD"                                  | wrong_type /exchange
    /comments "one"                                  | wrong_type /comments
    /comments ["one",2]                              | wrong_type /comments/1
    /comments ["one",null]                           | wrong_type /comments/1
    /comments [""]                                   | empty_text /comments/0
    /credit {}                                       | missing_field /credit/nature
    /credit {"nature":"undo","original":{}}          | exactly_one_of /credit/original
    /credit {"nature":"undo","original":{"id":"a","code":"b"}} | exactly_one_of /credit/original
    /credit {"nature":"undo","original":"KIN-1"}     | wrong_type /credit/original, exactly_one_of /credit/original
    /total "3600"                                    | unknown_field /total
"#;

#[test]
fn each_fault_of_shape_has_its_code_and_pointer() {
    for (changes, faults) in rows(FAULTS).filter(|(changes, _)| !changes.is_empty()) {
        assert_eq!(shown(read(&changed(&sale(), changes))), faults, "{changes}");
    }
}

#[test]
fn a_draft_with_every_field_is_read() {
    let draft = read(&full()).unwrap();
    assert_eq!(draft.lines.len(), 2);
    assert_eq!(draft.comments, ["one", "two"]);
}

/// An explicit null is an absent field, for clients whose serializers cannot leave one out.
#[test]
fn null_is_absence_for_optional_fields() {
    let fields = [
        "issued_on",
        "currency",
        "payments",
        "exchange",
        "exemption_reference",
        "comments",
        "credit",
        "reference",
        "replaces",
    ];
    for field in fields {
        let mut with_null = sale();
        with_null[field] = Value::Null;
        assert_eq!(read(&with_null), read(&sale()), "{field}");
    }
}

#[test]
fn texts_are_trimmed_and_composed() {
    let document = changed(&sale(), r#"/operator/name "  Rene\u0301 ""#);
    assert_eq!(read(&document).unwrap().operator.name, "René");
}

#[test]
fn texts_are_bounded_in_characters_not_bytes() {
    let with_name = |length| {
        let mut document = sale();
        document["operator"]["name"] = Value::String("é".repeat(length));
        read(&document)
    };
    assert!(with_name(255).is_ok());
    assert_eq!(shown(with_name(256)), "text_too_long /operator/name");
}

#[test]
fn lists_are_bounded() {
    for (field, item, maximum) in [
        ("lines", sale()["lines"][0].clone(), 1_000),
        ("payments", json!({"method": "cash", "amount": "1"}), 20),
        ("comments", json!("word"), 20),
    ] {
        let with_items = |count| {
            let mut document = sale();
            document[field] = Value::Array(vec![item.clone(); count]);
            read(&document)
        };
        assert!(with_items(maximum).is_ok(), "{field}");
        assert_eq!(shown(with_items(maximum + 1)), format!("too_many /{field}"));
        assert_eq!(shown(with_items(100_000)), format!("too_many /{field}"));
    }
}

/// A document of nothing but faults is answered with a hundred of them, not a hundred thousand.
#[test]
fn the_faults_told_are_bounded() {
    let mut document = sale();
    document["lines"] = Value::Array(vec![json!({}); 1_000]);
    assert_eq!(read(&document).unwrap_err().len(), 100);
}

#[test]
fn a_root_that_is_no_object_has_one_fault_at_the_root() {
    for text in ["null", "[]", "\"draft\"", "1.5", "true"] {
        let json = Json::parse(text.as_bytes()).unwrap();
        let faults = Draft::read(&json).unwrap_err();
        assert_eq!(faults[0].to_string(), "wrong_type at \"\": The value must be {…}.", "{text}");
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    }
}

#[test]
fn hostile_json_is_refused_before_it_is_a_document() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let crowded: Vec<String> = (0..65).map(|n| format!("\"{n}\":0")).collect();
    for text in [
        nested(100_000),
        "{\"a\":".repeat(100_000),
        r#"{"kind":"sale","kind":"advance"}"#.to_owned(),
        r#"{"lines":[{"name":"a","name":"b"}]}"#.to_owned(),
        format!("{{{}}}", crowded.join(",")),
        r#"{"kind":"sale"}{"#.to_owned(),
        "{\"kind\":\"\u{0}\"}".to_owned(),
        r#"{"kind":"\ud800"}"#.to_owned(),
        "[1e999]".to_owned(),
        String::new(),
    ] {
        let start: String = text.chars().take(40).collect();
        assert!(Json::parse(text.as_bytes()).is_err(), "{start}");
    }
    assert!(Json::parse(b"{\"kind\":\"\xff\"}").is_err());
}

/// A number of any size is told as what it is: a decimal without its quotes.
#[test]
fn numbers_beyond_every_integer_type_are_faults_not_panics() {
    for number in
        ["99999999999999999999999999", "-9223372036854775808", "18446744073709551615", "1e300"]
    {
        let text = sale().to_string().replace("\"1800\"", number);
        let faults = Draft::read(&Json::parse(text.as_bytes()).unwrap());
        assert_eq!(shown(faults), "decimal_as_number /lines/0/unit_price", "{number}");
    }
}

#[test]
fn a_fault_is_told_in_three_languages_with_its_values() {
    let faults = read(&changed(&sale(), r#"/lines/0/quantity "0.0001""#)).unwrap_err();
    assert_eq!(faults[0].message(Language::French), "Au plus 3 décimales sont admises ici.");
    assert_eq!(faults[0].message(Language::Spanish), "Aquí se admiten como máximo 3 decimales.");
    assert_eq!(faults[0].message(Language::English), "At most 3 decimals are allowed here.");
}

/// Any value in the place of any other.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::String),
        "-?[0-9]{0,18}(\\.[0-9]{0,5})?".prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every pointer into a document, root aside.
fn pointers(document: &Value, at: &str, out: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match document {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (key, value) in members {
        let pointer = format!("{at}/{key}");
        pointers(value, &pointer, out);
        out.push(pointer);
    }
}

proptest! {
    /// Whatever stands wherever: a draft, or faults with pointers; and pricing what was read does
    /// not panic either.
    #[test]
    fn any_mutation_gives_a_draft_or_faults(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        let mut document = full();
        for (index, value) in mutations {
            let mut all = Vec::new();
            pointers(&document, "", &mut all);
            if let Some(target) = all.get(index.index(all.len().max(1))) {
                *document.pointer_mut(target).unwrap() = value;
            }
        }
        match Json::parse(document.to_string().as_bytes()).map(|json| Draft::read(&json)) {
            Ok(Ok(draft)) => {
                let (regime, facts) = (crate::freedonia::regime(), crate::freedonia::facts());
                if let Err(faults) = invoice::Invoice::price(&draft, &regime, &facts) {
                    prop_assert!(faults.iter().all(|fault| fault.pointer().starts_with('/')));
                }
            }
            Ok(Err(faults)) => prop_assert!(!faults.is_empty() && faults.len() <= 100),
            Err(_) => {}
        }
    }

    #[test]
    fn any_bytes_changed_give_a_draft_or_faults(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = full().to_string().into_bytes();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(json) = Json::parse(&bytes) {
            let _ = Draft::read(&json);
        }
    }

    /// What was normalised once stays as it is: an invoice read back hashes the same.
    #[test]
    fn normalising_twice_is_normalising_once(text in any::<String>()) {
        if let Ok(once) = invoice::normalise(&text) {
            prop_assert_eq!(invoice::normalise(&once), Ok(once));
        }
    }

    /// A QR that somebody scanned: any text is a statement with its signature, or none.
    #[test]
    fn no_address_makes_the_reader_panic(
        url in "(https://x)?(/v/)?#?[A-Za-z0-9_.=é#-]{0,120}",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Some((statement, _)) = invoice::parse_verify_url(&url) {
            let _ = invoice::Statement::parse(&statement);
        }
        let text = String::from_utf8_lossy(&bytes);
        prop_assert_eq!(invoice::parse_verify_url(&text).map(|(_, signature)| signature), None);
    }
}
