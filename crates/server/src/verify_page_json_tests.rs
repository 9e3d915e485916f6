//! The page's reader of JSON beside the one that the ledger and the command line have.

use invoice::Json;
use serde_json::{Value, json};

use super::{evaluated, keys_alone};
use crate::testing::{TestApp, draft};

/// Texts that the two could take for different things.
fn texts() -> Vec<String> {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|index| format!("\"{index}\":{index}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let given = [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"b":{"a":1,"c":[{"a":null,"a":null}]}}"#,
        r#"{"":1,"":2}"#,
        r#"{"a":{"a":{"a":1}},"b":{"a":1}}"#,
        r#"{"__proto__":{"a":1},"constructor":2,"toString":"3","hasOwnProperty":true}"#,
        r#"{"__proto__":1,"__proto__":2}"#,
        "{\"\u{fb33}\":1,\"\u{1f600}\":2,\"b\":3}",
        r#"{"a\"}{,:[]":"\\\"}{,:[]\u001f\/\b\f\n\r\t\ud83d\ude00"}"#,
        " \t\r\n{ \"a\" : [ true , false , null ] } \n",
        "\u{c}{}",
        "\u{feff}{}",
        "\u{a0}{}",
        "{} {}",
        "",
        " ",
        "{",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "[1 2]",
        r#"{"a":1,}"#,
        r#"{"a" 1}"#,
        "{a:1}",
        "{1:1}",
        r#"{"a":}"#,
        r#""cut off"#,
        r#""cut off\"#,
        r#""\x""#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#"{"\udfff":1}"#,
        "\"\u{1}\"",
        "\"\n\"",
        "\"\u{7f}\u{2028}\"",
        "0",
        "-1",
        "-0",
        "1.0",
        "1e0",
        "0.5",
        "01",
        "+1",
        "1.",
        ".5",
        "1e400",
        "9007199254740991",
        "-9007199254740991",
        "9007199254740992",
        "99999999999999999999",
        "NaN",
        "Infinity",
        "undefined",
        "nul",
        "true1",
        "'a'",
        "/**/1",
    ];
    let given = given.into_iter().map(str::to_owned);
    let long = [nested(127), nested(128), nested(100_000), objects(127), objects(128)];
    given.chain(long).chain([members(64), members(65)]).collect()
}

/// What a text is hashed as, or that nothing reads it, or that no invoice can hold it.
fn ours(text: &str) -> Value {
    match Json::parse(text.as_bytes()) {
        Err(_) => json!("unread"),
        Ok(tree) if !tree.is_canonical() => json!("no invoice"),
        Ok(tree) => json!([tree.to_text()]),
    }
}

#[test]
fn the_page_reads_json_as_the_command_line_does() {
    let program = format!(
        "{}.map((text) => {{
            let tree;
            try {{ tree = readJson(text); }} catch {{ return 'unread'; }}
            try {{ return [canonical(tree)]; }} catch {{ return 'no invoice'; }}
        }})",
        json!(texts()),
    );
    let Some(told) = evaluated(&program) else { return };
    for (text, told) in texts().iter().zip(told.as_array().unwrap()) {
        assert_eq!(*told, ours(text), "{}", text.chars().take(80).collect::<String>());
    }
}

/// A line that fails between two questions would make a true file false.
#[tokio::test]
async fn the_page_asks_for_the_keys_of_a_file_once() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    let keys = keys_alone(&app).await;
    let program = format!(
        "await (async () => {{
            let asked = 0;
            const load = async () => {{ if (++asked > 1) throw new Error('no line'); return {}; }};
            return [(await judgeFile({}, load)).verdict, asked];
        }})()",
        keys,
        json!(issued.text("/proof")),
    );
    if let Some(told) = evaluated(&program) {
        assert_eq!(told, json!(["genuine", 1]));
    }
}
