//! What is wrong with a new outlet, in sentences of their own.

use authorities::UnknownAuthority;
use fiscal::DeskError;
use invoice::{Fault, Rule};

use crate::problem::Problem;
use crate::rules::{FIELD_MISSING, FIELD_UNKNOWN, VALUE_UNUSABLE};

/// Where wires lead and keys lie is the operator's to know, not the caller's.
pub(super) fn problem(error: DeskError, code: &str) -> Problem {
    let fault = match &error {
        DeskError::UnknownOutlet(_) | DeskError::Ledger(_) => return error.into(),
        DeskError::Settings { reason, .. } => {
            Fault::new(SETTINGS_UNUSABLE, "/settings").with("reason", reason)
        }
        DeskError::Authority { source, .. } => authority(source),
        DeskError::Zone { .. } => Fault::new(ZONE_UNKNOWN, "/zone"),
        DeskError::ForeignZone { known, .. } => {
            Fault::new(ZONE_FOREIGN, "/zone").with("known", known.join(", "))
        }
        DeskError::Wire { .. } => Fault::new(WIRE_UNUSABLE, "/settings/wire"),
        DeskError::Key { .. } => Fault::new(KEY_UNUSABLE, ""),
    };
    tracing::error!("outlet {code} was not created: {}", error.in_full());
    Problem::of_faults(vec![fault])
}

/// No authority, or settings that it does not take, at their own place.
pub(super) fn authority(error: &UnknownAuthority) -> Fault {
    match error {
        UnknownAuthority::Name { name } => Fault::new(AUTHORITY_UNKNOWN, "/authority")
            .with("name", name)
            .with("known", authorities::names().join(", ")),
        UnknownAuthority::Settings { reason, .. } => of_member(reason)
            .unwrap_or_else(|| Fault::new(SETTINGS_UNUSABLE, SETTINGS).with("reason", reason)),
    }
}

/// A member that serde misses or does not know has a rule here already, in every language.
fn of_member(reason: &str) -> Option<Fault> {
    let mut names = quoted(reason);
    let field = names.next()?;
    let at = |rule| Fault::new(rule, format!("{SETTINGS}/{field}")).with("field", field);
    if reason.starts_with("missing field ") {
        return Some(at(FIELD_MISSING));
    }
    let allowed: Vec<&str> = names.collect();
    let is_unknown = reason.starts_with("unknown field ") && !allowed.is_empty();
    is_unknown.then(|| at(FIELD_UNKNOWN).with("allowed", allowed.join(", ")))
}

/// What stands between backticks.
fn quoted(words: &str) -> impl Iterator<Item = &str> {
    words.split('`').skip(1).step_by(2)
}

const SETTINGS: &str = "/settings/authority";

/// All of these are one rule to a program; what a person has to do differs.
const CODE: &str = VALUE_UNUSABLE.code;

pub(super) const CODE_MALFORMED: &Rule = &Rule {
    code: CODE,
    fr: "Un code compte 1 à 16 lettres et chiffres, sans accents.",
    es: "Un código tiene de 1 a 16 letras y dígitos, sin acentos.",
    en: "A code has 1 to 16 letters and digits, without accents.",
};
pub(super) const ZONE_UNKNOWN: &Rule = &Rule {
    code: CODE,
    fr: "Il n'y a pas de tel fuseau horaire : donnez un nom de l'IANA, comme Africa/Lagos.",
    es: "No hay tal huso horario: indique un nombre de la IANA, como Africa/Lagos.",
    en: "There is no such time zone: give a name of the IANA, as Africa/Lagos.",
};
const ZONE_FOREIGN: &Rule = &Rule {
    code: CODE,
    fr: "L'autorité n'a pas de points de vente dans ce fuseau horaire ; elle en a dans : {known}.",
    es: "La autoridad no tiene puntos de venta en este huso horario; los tiene en: {known}.",
    en: "The authority has no outlets in this time zone; it has in: {known}.",
};
const AUTHORITY_UNKNOWN: &Rule = &Rule {
    code: CODE,
    fr: "Il n'y a pas d'autorité {name} ; il y a : {known}.",
    es: "No hay ninguna autoridad {name}; hay: {known}.",
    en: "There is no authority {name}; there are: {known}.",
};
const SETTINGS_UNUSABLE: &Rule = &Rule {
    code: CODE,
    fr: "Ces réglages ne conviennent pas. Le programme en dit, en anglais : « {reason} ».",
    es: "Estos ajustes no sirven. El programa dice, en inglés: «{reason}».",
    en: "These settings do not serve: {reason}.",
};
pub(super) const WIRE_UNKNOWN: &Rule = &Rule {
    code: CODE,
    fr: "Ce n'est pas le nom d'une liaison que l'exploitant de ce serveur a configurée.",
    es: "No es el nombre de una conexión que haya configurado el operador de este servidor.",
    en: "It is not the name of a wire that the operator of this server configured.",
};
const WIRE_UNUSABLE: &Rule = &Rule {
    code: CODE,
    fr: "Cette liaison ne fonctionne pas ; le journal de l'exploitant dit pourquoi.",
    es: "Esta conexión no funciona; el registro del operador dice por qué.",
    en: "This wire does not work; the operator's log says why.",
};
const KEY_UNUSABLE: &Rule = &Rule {
    code: CODE,
    fr: "La clé de ce serveur pour les nouveaux points de vente ne fonctionne pas ; le journal de \
         l'exploitant dit pourquoi.",
    es: "La clave de este servidor para puntos de venta nuevos no funciona; el registro del operador \
         dice por qué.",
    en: "This server's key for new outlets does not work; the operator's log says why.",
};

#[cfg(test)]
mod tests {
    use invoice::Language::{English, French, Spanish};
    use serde_json::json;

    use crate::testing::TestApp;

    #[tokio::test]
    async fn settings_of_an_authority_are_at_fault_at_their_own_place_and_in_each_language() {
        let app = TestApp::direct().await;
        for (settings, code, pointer, fr, es) in [
            (json!({}), "field_missing", "/settings/authority/isf", "obligatoire", "obligatorio"),
            (
                json!({"isf": "A", "isff": "B"}),
                "field_unknown",
                "/settings/authority/isff",
                "Champs admis : isf, ",
                "Campos admitidos: isf, ",
            ),
            (json!({"isf": " "}), "value_unusable", "/settings/authority", "anglais", "inglés"),
        ] {
            let outlet = json!({
                "code": "GOM02", "name": "Goma", "zone": "Africa/Lubumbashi",
                "authority": "drc/cloud",
                "settings": {"authority": settings, "wire": "test-system"},
            });
            let answer = app.post("/v1/outlets", &outlet).await;
            answer.assert_problem(422, "invalid_document");
            assert_eq!(answer.text("/faults/0/code"), code);
            assert_eq!(answer.text("/faults/0/pointer"), pointer);
            assert!(answer.text("/faults/0/messages/fr").contains(fr), "{}", answer.json);
            assert!(answer.text("/faults/0/messages/es").contains(es), "{}", answer.json);
        }
    }

    #[test]
    fn no_sentence_that_is_not_english_holds_english_but_says_so() {
        let name = authorities::UnknownAuthority::Name { name: "x/y".to_owned() };
        let fault = super::authority(&name);
        assert_eq!(fault.pointer(), "/authority");
        assert!(fault.message(French).starts_with("Il n'y a pas d'autorité x/y ; il y a : "));
        assert!(fault.message(Spanish).starts_with("No hay ninguna autoridad x/y; hay: "));
        assert!(fault.message(English).starts_with("There is no authority x/y; there are: "));
    }
}
