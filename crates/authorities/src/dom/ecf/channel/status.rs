//! What the DGII says of a document: five states and messages (Descripción Técnica, Consulta de
//! resultado e-CF; Recepción de resumen).

use serde_json::Value;

use super::body::{Body, member, text};
use crate::contract::Response;

/// The state of a document at the DGII.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// 0.
    NotFound,
    /// 1.
    Accepted,
    /// 2.
    Rejected,
    /// 3.
    InProcess,
    /// 4: it counts, and something about it should be done better.
    AcceptedConditionally,
}

impl State {
    /// By the code, which comes as a number and as a string, with and without a zero before it;
    /// else by its name.
    pub(super) fn read(object: &Value) -> Option<Self> {
        let of = |name: &str| member(object, name).and_then(text);
        let by_code = of("codigo").and_then(|code| match code.parse::<u8>() {
            Ok(0) => Some(Self::NotFound),
            Ok(1) => Some(Self::Accepted),
            Ok(2) => Some(Self::Rejected),
            Ok(3) => Some(Self::InProcess),
            Ok(4) => Some(Self::AcceptedConditionally),
            Ok(_) | Err(_) => None,
        });
        by_code.or_else(|| of("estado").and_then(|name| Self::named(&name)))
    }

    fn named(name: &str) -> Option<Self> {
        let name: String = name.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        match name.as_str() {
            "noencontrado" => Some(Self::NotFound),
            "aceptado" => Some(Self::Accepted),
            "rechazado" => Some(Self::Rejected),
            "enproceso" => Some(Self::InProcess),
            "aceptadocondicional" => Some(Self::AcceptedConditionally),
            _ => None,
        }
    }

    /// In a word, as the ledger keeps it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::InProcess => "in_process",
            Self::AcceptedConditionally => "accepted_conditionally",
        }
    }
}

/// What the DGII says of one document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Status {
    pub(super) state: State,
    pub(super) messages: Vec<Message>,
    /// Whether the number counts as used (`secuenciaUtilizada`); unsaid in some answers.
    pub(super) number_used: Option<bool>,
    /// When it came in, as it is written there: in the US order, and local time.
    pub(super) received_at: Option<String>,
}

/// A code of the DGII, and its words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Message {
    pub(super) code: String,
    pub(super) words: String,
}

impl Status {
    /// Nothing where the answer tells no state.
    pub(super) fn read(body: &Body) -> Option<Self> {
        let Body::Tree(tree) = body else { return None };
        Some(Self {
            state: State::read(tree)?,
            messages: messages(body),
            number_used: number_used(body),
            received_at: body.text("fechaRecepcion"),
        })
    }

    /// "Not found" under the status 404: where the body says it in the service's own way, the service
    /// is there and the document is not.
    pub(super) fn not_found(response: &Response) -> Option<Self> {
        Self::read(&Body::read(&response.body)).filter(|status| status.state == State::NotFound)
    }

    /// The code and the words of a refusal: the first code, and all that was said.
    pub(super) fn said(&self) -> (String, String) {
        said(&self.messages)
    }

    /// Whether it was rejected because its number is there already.
    pub(super) fn is_duplicate(&self) -> bool {
        is_duplicate(&self.messages)
    }

    /// Whether it was rejected because this very document is there already: a summary is known by
    /// its number and its security code.
    pub(super) fn is_same_document(&self) -> bool {
        is_same_document(&self.messages)
    }
}

/// Whether an answer says that the number counts as used; nothing where it does not say.
pub(super) fn number_used(body: &Body) -> Option<bool> {
    match body.text("secuenciaUtilizada")?.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether messages say that the number is there already.
pub(super) fn is_duplicate(messages: &[Message]) -> bool {
    messages.iter().any(Message::is_duplicate)
}

/// Whether messages say that this very document is there already.
pub(super) fn is_same_document(messages: &[Message]) -> bool {
    messages.iter().any(|message| {
        let words = message.words.to_lowercase();
        words.contains("combinaci") && words.contains("previamente")
    })
}

/// Whether messages speak of a use of the number at all, in whichever words: such a number is not
/// believed to be free.
pub(super) fn speaks_of_use(messages: &[Message]) -> bool {
    messages.iter().any(|message| {
        let words = message.words.to_lowercase();
        USE.iter().any(|word| words.contains(word))
    })
}

/// What an answer can hardly do without that speaks of a number which is gone: used, duplicate,
/// there already, annulled.
const USE: [&str; 4] = ["utilizad", "duplicad", "ya exist", "anulad"];

impl Message {
    /// "Número de secuencia ya utilizado", and the same of a number with its security code: seen
    /// under 1209 and without a code. "No ha sido utilizado" is its opposite.
    fn is_duplicate(&self) -> bool {
        let words = format!(" {}", self.words.to_lowercase());
        let is_before =
            [" ya ", "previamente", "anteriormente"].iter().any(|before| words.contains(before));
        self.code.trim_start_matches('0') == "1209" || (is_before && says_used(&words))
    }
}

/// Whether words say that something was used, and not that it was not.
pub(super) fn says_used(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("utilizad") && !NOT_USED.iter().any(|no| words.contains(no))
}

/// How a use is denied. "No se pudo anular" before "ya han sido utilizadas" is no denial of it.
const NOT_USED: [&str; 6] =
    ["no ha", "no fue", "no est", "no utilizad", "ni utilizad", "sin utiliz"];

/// All that an answer says to people, in whichever of its members: `mensajes` and `mensaje` as
/// objects or texts, `error`, `errors` by field, `detail` and `title` of a problem document.
pub(super) fn messages(body: &Body) -> Vec<Message> {
    let mut found = Vec::new();
    match body {
        Body::Empty => {}
        Body::Text(words) => push(&mut found, "", words),
        Body::Page(title) => push(&mut found, "", title),
        Body::Tree(tree) => {
            for name in SAID_AS {
                collect(&mut found, member(tree, name));
            }
            // A problem's title says less than its errors, and is all there is in some.
            if found.is_empty() {
                collect(&mut found, member(tree, "title"));
            }
            if found.is_empty() {
                collect(&mut found, Some(tree).filter(|tree| tree.is_array()));
            }
        }
    }
    found
}

/// What a service objects to in a success of its own: some say so under the status 200. Only what
/// it says as such counts; a list or an object of something else is no objection.
pub(super) fn objection(body: &Body) -> Option<(String, String)> {
    let is_said = match body {
        Body::Text(_) => true,
        Body::Tree(tree) => SAID_AS.iter().any(|name| member(tree, name).is_some()),
        Body::Empty | Body::Page(_) => false,
    };
    let told = messages(body);
    (is_said && !told.is_empty()).then(|| said(&told))
}

/// Members in which answers say something to people.
const SAID_AS: [&str; 5] = ["mensajes", "mensaje", "error", "errors", "detail"];

/// The first code that says something, and the words of all.
pub(super) fn said(messages: &[Message]) -> (String, String) {
    let code = messages.iter().map(|message| message.code.as_str()).find(|code| !code.is_empty());
    let told: Vec<String> = messages.iter().map(Message::to_text).collect();
    let words: String = told.join("; ").chars().take(WORDS_MAX).collect();
    (code.unwrap_or_default().to_owned(), words)
}

impl Message {
    /// As one text.
    pub(super) fn to_text(&self) -> String {
        format!("{} {}", self.code, self.words).trim().to_owned()
    }
}

fn collect(found: &mut Vec<Message>, value: Option<&Value>) {
    match value {
        None => {}
        Some(Value::Array(items)) => {
            items.iter().take(MESSAGES_MAX).for_each(|item| collect(found, Some(item)));
        }
        Some(object @ Value::Object(members)) => {
            let of = |name: &str| member(object, name).and_then(text);
            let words = of("valor").or_else(|| of("mensaje")).or_else(|| of("descripcion"));
            match (of("codigo"), words) {
                (None, None) => {
                    members.values().take(MESSAGES_MAX).for_each(|item| collect(found, Some(item)));
                }
                (code, words) => {
                    push(found, &code.unwrap_or_default(), &words.unwrap_or_default());
                }
            }
        }
        Some(leaf) => push(found, "", &text(leaf).unwrap_or_default()),
    }
}

/// An accepted document has a message with code 0 and no words: that says nothing.
fn push(found: &mut Vec<Message>, code: &str, words: &str) {
    let code = if matches!(code, "0" | "00") { "" } else { code };
    if found.len() < MESSAGES_MAX && !(code.is_empty() && words.is_empty()) {
        let cut = |text: &str| text.chars().take(WORDS_MAX).collect();
        let message = Message { code: cut(code), words: cut(words) };
        if !found.contains(&message) {
            found.push(message);
        }
    }
}

/// Messages that are kept: a document has been seen with a dozen.
const MESSAGES_MAX: usize = 50;
/// Characters of what the DGII says that are kept in logs and answers.
const WORDS_MAX: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn status(json: &str) -> Status {
        Status::read(&Body::read(json.as_bytes())).unwrap()
    }

    fn words(json: &str) -> Vec<String> {
        messages(&Body::read(json.as_bytes())).iter().map(Message::to_text).collect()
    }

    #[test]
    fn codes_come_as_numbers_as_strings_and_with_a_zero() {
        for (json, state) in [
            (r#"{"codigo":"1"}"#, State::Accepted),
            (r#"{"codigo":1}"#, State::Accepted),
            (r#"{"codigo":"01"}"#, State::Accepted),
            (r#"{"Codigo":"02","estado":"x"}"#, State::Rejected),
            (r#"{"codigo":3}"#, State::InProcess),
            (r#"{"codigo":"4","estado":"Aceptado Condicional"}"#, State::AcceptedConditionally),
            (r#"{"codigo":0}"#, State::NotFound),
            (r#"{"estado":"ACEPTADO CONDICIONAL"}"#, State::AcceptedConditionally),
            (r#"{"codigo":"","estado":"En Proceso"}"#, State::InProcess),
            ("<R><codigo>1</codigo><estado>Aceptado</estado></R>", State::Accepted),
        ] {
            assert_eq!(status(json).state, state, "{json}");
        }
        for none in ["{}", r#"{"codigo":"9"}"#, "[]", "Aceptado", r#"{"mensaje":"x"}"#] {
            assert_eq!(Status::read(&Body::read(none.as_bytes())), None, "{none}");
        }
    }

    #[test]
    fn what_a_real_accepted_answer_looks_like() {
        let told = status(
            r#"{"trackId":"d2b6e27c-908c-46f3-afaa-2198b9667b4c","codigo":"1","estado":"Aceptado",
                "rnc":"131880681","encf":"E310000000001","secuenciaUtilizada":true,
                "fechaRecepcion":"10/8/2026 11:22:49 AM","mensajes":[{"valor":"","codigo":0}]}"#,
        );
        assert_eq!(told.number_used, Some(true));
        assert_eq!(told.received_at.as_deref(), Some("10/8/2026 11:22:49 AM"));
        assert!(told.messages.is_empty());
    }

    #[test]
    fn every_shape_of_an_error_is_read() {
        for (json, expected) in [
            (r#"{"mensaje":"uno"}"#, vec!["uno"]),
            (r#"{"mensajes":["uno","dos"]}"#, vec!["uno", "dos"]),
            (r#"{"mensajes":[{"codigo":"145","valor":"uno"}]}"#, vec!["145 uno"]),
            (
                r#"{"mensajes":[{"valor":"uno","codigo":145},{"valor":"","codigo":0}]}"#,
                vec!["145 uno"],
            ),
            (r#"{"mensajes":{"codigo":1,"valor":"uno"}}"#, vec!["1 uno"]),
            (r#"{"mensajes":"uno"}"#, vec!["uno"]),
            (r#"{"trackId":null,"error":"uno","mensaje":"dos"}"#, vec!["dos", "uno"]),
            (
                r#"{"type":"t","title":"One or more","status":400,"errors":{"xml":["uno"]}}"#,
                vec!["uno"],
            ),
            (r#"{"title":"Bad Request","status":400}"#, vec!["Bad Request"]),
            (r#"["uno","dos"]"#, vec!["uno", "dos"]),
            ("\"uno\"", vec!["uno"]),
            ("uno", vec!["uno"]),
            ("<R><mensajes><codigo>2</codigo><valor>uno</valor></mensajes></R>", vec!["2 uno"]),
            ("<html><title>502</title></html>", vec!["502"]),
            ("", vec![]),
            ("{}", vec![]),
        ] {
            assert_eq!(words(json), expected, "{json}");
        }
    }

    #[test]
    fn a_number_that_is_there_already_is_recognised() {
        let rejected = |message: &str| {
            status(&format!(
                r#"{{"codigo":"2","secuenciaUtilizada":false,"mensajes":[{message}]}}"#
            ))
        };
        for (message, duplicate, same) in [
            (r#"{"codigo":1209,"valor":"x"}"#, true, false),
            (r#"{"codigo":0,"valor":"Número de secuencia ya utilizado"}"#, true, false),
            (
                r#"{"codigo":0,"valor":"La combinación e-NCF y código de seguridad E32 A ya han sido utilizados previamente"}"#,
                true,
                true,
            ),
            (r#"{"codigo":"01209","valor":""}"#, true, false),
            (r#"{"codigo":0,"valor":"Ya utilizado"}"#, true, false),
            (r#"{"codigo":0,"valor":"El número de secuencia ya ha sido utilizado."}"#, true, false),
            (r#"{"codigo":135,"valor":"Numero de secuencia no autorizada"}"#, false, false),
            (r#"{"codigo":0,"valor":"La secuencia utilizada no es válida"}"#, false, false),
            (r#"{"codigo":0,"valor":"Ya no: no ha sido utilizada"}"#, false, false),
        ] {
            let told = rejected(message);
            assert_eq!(
                (told.is_duplicate(), told.is_same_document()),
                (duplicate, same),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: Vec<String> = (0..200)
            .map(|n| format!(r#"{{"codigo":{n},"valor":"{}"}}"#, "x".repeat(900)))
            .collect();
        let told = status(&format!(r#"{{"codigo":2,"mensajes":[{}]}}"#, many[..60].join(",")));
        assert_eq!(told.messages.len(), MESSAGES_MAX);
        let (code, words) = told.said();
        assert_eq!((code.as_str(), words.chars().count()), ("1", WORDS_MAX));
    }
}
