//! How answers are shown to a person.

use serde_json::Value;

/// Prints JSON, indented, on standard output.
pub(crate) fn json(value: &Value) {
    println!("{value:#}");
}

/// An invoice in a few lines, sealed or under way: what it is, what the authority said of it, and
/// what is to be done.
pub(crate) fn invoice(invoice: &Value) {
    lines(&lines_of(invoice));
}

/// Prints lines on standard output.
pub(crate) fn lines(lines: &[String]) {
    for line in lines {
        println!("{line}");
    }
}

/// What a member says. Others wrote some of it, and none of it moves the cursor of a terminal.
pub(crate) fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    Some(text.chars().map(|each| if each.is_control() { '\u{FFFD}' } else { each }).collect())
}

fn lines_of(invoice: &Value) -> Vec<String> {
    let text = |pointer: &str| text(invoice, pointer);
    let sure = |pointer: &str| text(pointer).unwrap_or_else(|| "—".to_owned());
    let (id, state) = (sure("/id"), sure("/state"));
    if invoice["number"].is_null() {
        return vec![
            format!("{state}: nothing may be handed over yet"),
            format!("  id      {id}"),
            format!("  said    {}", sure("/last_answer")),
            format!("  ask     stalela show {id}"),
        ];
    }
    let mut lines = vec![
        format!("{}  {state}", sure("/number")),
        format!("  id      {id}"),
        format!("  total   {} {}", sure("/totals/total"), sure("/currency")),
    ];
    for (label, said) in [
        ("code", text("/authority/code_formatted")),
        ("seal", text("/seal/authentication_code")),
        ("note", text("/notice/messages/en")),
        ("refused", refusal(invoice)),
        ("aside", set_aside(invoice)),
        ("said", said(invoice)),
        ("do", to_do(&id, &state, is_set_aside(invoice))),
    ] {
        lines.extend(said.map(|said| format!("  {label:8}{said}")));
    }
    lines
}

/// The authority's no, in its own code and words.
fn refusal(invoice: &Value) -> Option<String> {
    let code = text(invoice, "/authority/refusal/code")?;
    let words = text(invoice, "/authority/refusal/words").unwrap_or_default();
    Some(authorities::coded(&code, &words))
}

fn is_set_aside(invoice: &Value) -> bool {
    invoice.pointer("/authority/state").and_then(Value::as_str) == Some("set_aside")
}

fn set_aside(invoice: &Value) -> Option<String> {
    if !is_set_aside(invoice) {
        return None;
    }
    let why = text(invoice, "/submission/last_answer");
    let why = why.unwrap_or_else(|| "nobody told why".to_owned());
    Some(format!("set aside, nothing more is sent of it: {why}"))
}

/// What holds it up, while it is under way.
fn said(invoice: &Value) -> Option<String> {
    match text(invoice, "/submission/state")?.as_str() {
        "queued" | "submitted" | "unanswered" => text(invoice, "/submission/last_answer"),
        _ => None,
    }
}

/// What a person has to do, if anything.
fn to_do(id: &str, state: &str, is_set_aside: bool) -> Option<String> {
    let words = match state {
        "requested" if !is_set_aside => {
            format!("nothing may be handed over yet: ask again with stalela show {id}")
        }
        "refused" | "sealed_refused" => {
            format!("correct it: issue a new draft with \"replaces\": \"{id}\"")
        }
        "unanswered" | "sealed_unanswered" => {
            "see on the authority's portal whether it is there, and tell it with stalela reconcile"
                .to_owned()
        }
        _ if is_set_aside => {
            format!("once that is put right, POST /v1/submissions/{id}/retry takes it up again")
        }
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(state: &str, more: &Value) -> String {
        let mut invoice = json!({
            "id": "in_a", "number": "N-1", "state": state, "currency": "XTS",
            "totals": {"total": "11.60"},
        });
        let more = more.as_object().unwrap().clone();
        invoice.as_object_mut().unwrap().extend(more);
        lines_of(&invoice).join("\n")
    }

    #[test]
    fn what_is_well_is_told_without_more() {
        let authority = json!({
            "state": "acknowledged", "code_formatted": "AB", "refusal": null,
        });
        let told = shown("sealed", &json!({"authority": authority, "submission": null}));
        assert_eq!(told, "N-1  sealed\n  id      in_a\n  total   11.60 XTS\n  code    AB");
        let notice = json!({"code": "x", "messages": {"en": "Pending."}});
        assert!(shown("sealed", &json!({"notice": notice})).ends_with("\n  note    Pending."));
    }

    #[test]
    fn a_refusal_is_told_in_the_authoritys_words_and_what_to_do() {
        let of = |code: &str, words: &str| json!({"refusal": {"code": code, "words": words}});
        for (state, code, words, told) in [
            ("sealed_refused", "145", "145 El número no vale", "145 El número no vale"),
            ("refused", "20", "Non\u{1b}[2J", "20 Non\u{FFFD}[2J"),
        ] {
            let shown = shown(state, &json!({"authority": of(code, words)}));
            assert!(shown.contains(&format!("\n  refused {told}\n")), "{shown}");
            let correct = "  do      correct it: issue a new draft with \"replaces\": \"in_a\"";
            assert!(shown.ends_with(correct), "{shown}");
        }
    }

    #[test]
    fn what_was_set_aside_is_told_as_such_with_its_reason() {
        let told = shown(
            "sealed",
            &json!({
                "authority": {"state": "set_aside"},
                "submission": {"state": "set_aside", "last_answer": "its original was refused"},
            }),
        );
        let aside = "  aside   set aside, nothing more is sent of it: its original was refused\n";
        assert!(told.contains(aside) && told.contains("/v1/submissions/in_a/retry"), "{told}");
        let told = shown("sealed", &json!({"authority": {"state": "set_aside"}}));
        assert!(told.contains("nobody told why"), "{told}");
    }

    #[test]
    fn what_holds_it_up_and_whom_it_waits_for_is_told() {
        let waiting = json!({"submission": {"state": "submitted", "last_answer": "503 no"}});
        assert!(shown("sealed", &waiting).ends_with("\n  said    503 no"));
        assert!(shown("requested", &waiting).contains("nothing may be handed over yet"));
        for state in ["unanswered", "sealed_unanswered"] {
            assert!(shown(state, &json!({})).contains("stalela reconcile"));
        }
        let pending = json!({"id": "in_a", "state": "requested", "last_answer": "503 no"});
        let told = lines_of(&pending).join("\n");
        assert!(told.starts_with("requested: nothing may be") && told.contains("503 no"), "{told}");
    }
}
