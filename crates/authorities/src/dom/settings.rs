//! What an outlet says of itself to the DGII's channel, each point with its default and its source.

use invoice::{Json, Reader};

use super::ecf::document::Environment;
use super::price::Terms;
use crate::contract;

/// Settings of an outlet for the DGII.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `environment`: `test`, `certification` or `live`. A live outlet is in production, and a test
    /// outlet in pre-certification unless it says `certification` (Descripción Técnica, Descripción
    /// de ambientes).
    pub environment: Environment,
    /// `model`: whom a document is handed to besides the DGII.
    pub model: Model,
    /// `deferred_sending`, false by default: the DGII has authorised this taxpayer to send later than
    /// it issues (Informe Técnico e-CF, contingencia; `IndicadorEnvioDiferido`).
    pub deferred_sending: bool,
    /// `summary_inquiry`, true by default: what became of a summary can be asked for. The 2026
    /// edition of the technical description has that service everywhere, that of 2023 in production
    /// only; where it is not there, the summary is sent again, byte for byte.
    pub summary_inquiry: bool,
    /// `service_status`, false by default: ask the status host how the services are. It wants an
    /// API key, which the outlet's wire names under `bases.status`; the 2026 edition no longer
    /// mentions it.
    pub service_status: bool,
    /// `seller`, `excise_rates`, `check_digits`, `lines_per_page`: an outlet's own share in pricing.
    pub terms: Terms,
}

/// The models of operation (Informe Técnico e-CF, Modelo de operación). The third, by which the
/// DGII gets the summary of a small consumer invoice, is the law's and no choice.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Model {
    /// `by_directory`, the default: model I to buyers that the DGII's directory lists, whose own
    /// system gets the document and acknowledges it; model II to the others.
    #[default]
    ByDirectory,
    /// `printed`, model II: every buyer gets the printed representation.
    Printed,
}

impl Settings {
    /// Reads the `settings` object of an outlet; the error names the member.
    pub fn parse(settings: &Json, of_outlet: contract::Environment) -> Result<Self, String> {
        if !settings.is_canonical() {
            return Err("a number with a fraction, or too large: no setting takes one".into());
        }
        let mut faults = Vec::new();
        let mut reader = Reader::new(settings, "", &mut faults);
        reader.allow(MEMBERS);
        let flag = |reader: &mut Reader<'_>, key, default| reader.flag(key).unwrap_or(default);
        let deferred_sending = flag(&mut reader, "deferred_sending", false);
        let summary_inquiry = flag(&mut reader, "summary_inquiry", true);
        let service_status = flag(&mut reader, "service_status", false);
        let environment = reader.optional_text("environment");
        let model = reader.optional_text("model");
        if let Some(fault) = faults.first() {
            return Err(fault.to_string());
        }
        Ok(Self {
            environment: read_environment(environment.as_deref(), of_outlet)?,
            model: read_model(model.as_deref())?,
            deferred_sending,
            summary_inquiry,
            service_status,
            terms: Terms::parse(settings)?,
        })
    }
}

const MEMBERS: &[&str] = &[
    "environment",
    "model",
    "deferred_sending",
    "summary_inquiry",
    "service_status",
    "seller",
    "excise_rates",
    "check_digits",
    "lines_per_page",
];

/// What an outlet issues to try things must not count, and what counts must not go to a system that
/// forgets it.
fn read_environment(
    named: Option<&str>,
    of_outlet: contract::Environment,
) -> Result<Environment, String> {
    use contract::Environment::{Live, Test};
    match (named, of_outlet) {
        (None | Some("live"), Live) => Ok(Environment::Production),
        (None | Some("test"), Test) => Ok(Environment::Test),
        (Some("certification"), Test) => Ok(Environment::Certification),
        (Some("live"), Test) => Err("environment: a test outlet is in none that counts".into()),
        (Some("test" | "certification"), Live) => {
            Err("environment: what a live outlet issues counts; make a test outlet".into())
        }
        (Some(other), _) => {
            Err(format!("environment: {other:?} is not test, certification or live"))
        }
    }
}

fn read_model(named: Option<&str>) -> Result<Model, String> {
    match named {
        None | Some("by_directory") => Ok(Model::ByDirectory),
        Some("printed") => Ok(Model::Printed),
        Some(other) => Err(format!("model: {other:?} is not by_directory or printed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(settings: &str, of_outlet: contract::Environment) -> Result<Settings, String> {
        Settings::parse(&Json::parse(settings.as_bytes()).unwrap(), of_outlet)
    }

    #[test]
    fn everything_has_a_default() {
        let settings = parse("{}", contract::Environment::Test).unwrap();
        assert_eq!(settings.environment, Environment::Test);
        assert_eq!(settings.model, Model::ByDirectory);
        assert!(!settings.deferred_sending && !settings.service_status);
        assert!(settings.summary_inquiry && !settings.terms.check_digits);
    }

    #[test]
    fn the_environment_is_the_outlets() {
        use contract::Environment::{Live, Test};
        for (settings, of_outlet, environment) in [
            ("{}", Live, Some(Environment::Production)),
            (r#"{"environment":"live"}"#, Live, Some(Environment::Production)),
            (r#"{"environment":"test"}"#, Test, Some(Environment::Test)),
            (r#"{"environment":"certification"}"#, Test, Some(Environment::Certification)),
            (r#"{"environment":"live"}"#, Test, None),
            (r#"{"environment":"test"}"#, Live, None),
            (r#"{"environment":"certification"}"#, Live, None),
            (r#"{"environment":"ecf"}"#, Live, None),
        ] {
            let found = parse(settings, of_outlet).ok().map(|settings| settings.environment);
            assert_eq!(found, environment, "{settings} {of_outlet:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (settings, words) in [
            (r#"{"enviroment":"test"}"#, "enviroment"),
            (r#"{"model":"one"}"#, "model"),
            (r#"{"deferred_sending":"yes"}"#, "deferred_sending"),
            (r#"{"excise_rates":[{}]}"#, "excise_rates"),
            (r#"{"x":1.5}"#, "fraction"),
        ] {
            let error = parse(settings, contract::Environment::Test).unwrap_err();
            assert!(error.contains(words), "{settings}: {error}");
        }
    }
}
