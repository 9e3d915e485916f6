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
        ("done", replaced_by(invoice)),
        ("term", term(invoice)),
        ("said", said(invoice)),
        ("do", to_do(&id, &state, invoice).or_else(|| once_it_gets_through(invoice))),
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
    text(invoice, "/submission/last_answer").filter(|_| is_under_way(invoice))
}

/// Which invoice takes the place of a refused one.
fn replaced_by(invoice: &Value) -> Option<String> {
    let (number, id) = (text(invoice, "/replaced_by/number")?, text(invoice, "/replaced_by/id")?);
    Some(format!("replaced by {number} ({id})"))
}

/// By when the authority must have it, where the law sets a time, while it has not.
fn term(invoice: &Value) -> Option<String> {
    if !is_under_way(invoice) {
        return None;
    }
    let by = text(invoice, "/submission/send_by")?;
    let is_cut_off = text(invoice, "/authority/details/contingency").as_deref() == Some("true");
    let why =
        if is_cut_off { "issued while the authority could not be reached" } else { "sent later" };
    Some(format!("{why}: it waits to be sent, by {by} at the latest"))
}

fn is_under_way(invoice: &Value) -> bool {
    let state = text(invoice, "/submission/state");
    matches!(state.as_deref(), Some("queued" | "submitted" | "unanswered"))
}

/// What to do while nothing gets through: as a rule nothing.
fn once_it_gets_through(invoice: &Value) -> Option<String> {
    let said = said(invoice)?;
    let held_back = said.strip_prefix("nothing was sent: ")?;
    let words = match held_back.strip_prefix("no session: ") {
        Some(why) if why.starts_with('4') => {
            "it is tried again by itself; where this stays so, see that the outlet's certificate is \
             one that the authority knows (settings.taxpayer_key)"
        }
        _ => "nothing: it is sent by itself once the authority can be reached again",
    };
    Some(words.to_owned())
}

/// What a person has to do, if anything.
fn to_do(id: &str, state: &str, invoice: &Value) -> Option<String> {
    let is_set_aside = is_set_aside(invoice);
    let words = match state {
        "refused" | "sealed_refused" if replaced_by(invoice).is_some() => return None,
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
    fn one_that_was_replaced_names_the_other_and_asks_for_nothing() {
        for state in ["refused", "sealed_refused"] {
            let told = shown(state, &json!({"replaced_by": {"id": "in_b", "number": "N-2"}}));
            assert!(told.ends_with("\n  done    replaced by N-2 (in_b)"), "{told}");
            assert!(!told.contains("correct it"), "{told}");
        }
    }

    #[test]
    fn what_waits_for_a_line_tells_what_to_do_and_by_when() {
        let waiting = |said: &str, more: &Value| {
            let submission = json!({
                "state": "submitted", "last_answer": said, "send_by": more["send_by"],
            });
            let authority = json!({"details": more["details"]});
            shown("sealed", &json!({"submission": submission, "authority": authority}))
        };
        let rests = "nothing was sent: the line rests after repeated failures";
        for said in [rests, "nothing was sent: no session: 503 down"] {
            let told = waiting(said, &json!({}));
            assert!(told.contains("\n  do      nothing: it is sent by itself once"), "{told}");
            assert!(!told.contains("  term"), "{told}");
        }
        let told = waiting("nothing was sent: no session: 400 firma inválida", &json!({}));
        assert!(told.contains("\n  do      it is tried again by itself"), "{told}");
        let cut_off =
            json!({"send_by": "2026-11-23T09:30:00Z", "details": {"contingency": "true"}});
        let told = waiting(rests, &cut_off);
        let term = "  term    issued while the authority could not be reached: it waits to be sent, \
                    by 2026-11-23T09:30:00Z at the latest\n";
        assert!(told.contains(term), "{told}");
        let told = waiting("503 no", &json!({"send_by": "2026-11-23T09:30:00Z"}));
        assert!(told.contains("  term    sent later: ") && !told.contains("  do "), "{told}");
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
