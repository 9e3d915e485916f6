//! The directory of electronic taxpayers (Descripción Técnica, Consulta directorio de servicios).

use super::body::{Body, member, text};
use super::services::{Peer, Services};
use crate::dom::ecf::document::Environment;

/// A taxpayer's services, as the directory gives them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    /// Where it receives documents.
    pub(super) reception: Option<String>,
    /// Where it receives approvals.
    pub(super) approval: Option<String>,
    /// Where it gives tokens; none where it wants none.
    authentication: Option<String>,
}

impl Entry {
    /// Where documents are handed to it.
    pub(super) fn receiver(&self) -> Option<Peer> {
        let base = self.reception.clone()?;
        Some(Peer { base, authentication: self.authentication.clone() })
    }

    /// Where approvals are told to it.
    pub(super) fn approver(&self) -> Option<Peer> {
        let base = self.approval.clone()?;
        Some(Peer { base, authentication: self.authentication.clone() })
    }
}

/// The entry of a taxpayer: one object or an array, as it comes. The test environment answers with
/// the DGII's own system, whatever number is asked for.
pub(super) fn entry(body: &Body, tax_id: &str, services: Services) -> Option<Entry> {
    let listed = body.objects("urlRecepcion");
    let digits = |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_asked_for = |one: &&&serde_json::Value| {
        member(one, "rnc").and_then(text).map(digits).as_deref() == Some(tax_id)
    };
    let found = listed.iter().find(is_asked_for).or_else(|| match (services.0, &listed[..]) {
        (Environment::Test, [only]) => Some(only),
        _ => None,
    })?;
    let of = |name: &str| member(found, name).and_then(text).filter(|url| is_short(url));
    Some(Entry {
        reception: of("urlRecepcion"),
        approval: of("urlAceptacion"),
        authentication: of("urlOpcional"),
    })
}

/// No address of the directory is longer; what is goes into no log and no progress.
fn is_short(url: &str) -> bool {
    url.len() <= URL_BYTES_MAX
}

const URL_BYTES_MAX: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn find(json: &str, environment: Environment) -> Option<Entry> {
        entry(&Body::read(json.as_bytes()), "101000000", Services(environment))
    }

    #[test]
    fn one_object_and_an_array_are_the_same() {
        let one = r#"{"nombre":"X","rnc":"101000000","urlRecepcion":"https://a.example","urlAceptacion":"https://b.example","urlOpcional":""}"#;
        for json in [one.to_owned(), format!("[{one}]"), format!(r#"{{"contribuyentes":[{one}]}}"#)]
        {
            let found = find(&json, Environment::Production).unwrap();
            assert_eq!(found.receiver().unwrap().base, "https://a.example");
            assert_eq!(found.approver().unwrap().base, "https://b.example");
            assert_eq!(found.receiver().unwrap().authentication, None);
        }
    }

    #[test]
    fn anothers_entry_is_no_answer_but_in_test() {
        let other = r#"[{"rnc":"1-31-88068-1","urlRecepcion":"https://a.example"}]"#;
        assert_eq!(find(other, Environment::Production), None);
        assert!(find(other, Environment::Test).is_some());
        for none in ["[]", "{}", "", "No encontrado", r#"{"rnc":"101000000"}"#] {
            assert_eq!(find(none, Environment::Production), None, "{none}");
        }
    }
}
