//! How things stand at the DGII: whether the directory lists the taxpayer, how the services are, and
//! when they are to rest.

use invoice::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::body::{Body, member, text};
use super::directory;
use super::reply::Reply;
use super::services::{Services, maintenance, services_state};
use crate::contract::{Listing, Maintenance, Request, Response, Survey};
use crate::dom::ecf::document::{Environment, read_date};
use crate::dom::settings::Settings;

/// The questions of a survey.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Question {
    Directory,
    ServicesState,
    Maintenance,
}

/// Those that an outlet asks, in their order.
pub(super) fn questions(settings: &Settings) -> Vec<Question> {
    let services = Services(settings.environment);
    let directory = services.has_inquiries().then_some(Question::Directory);
    let status = [Question::ServicesState, Question::Maintenance];
    let status = status.into_iter().filter(|_| settings.service_status);
    directory.into_iter().chain(status).collect()
}

impl Question {
    pub(super) fn request(self, services: Services, tax_id: &str) -> Request {
        match self {
            Self::Directory => services.directory(tax_id),
            Self::ServicesState => services_state(),
            Self::Maintenance => maintenance(),
        }
    }

    /// Adds what the answer says. What cannot be read becomes a note: a survey informs, it stops
    /// nothing.
    pub(super) fn learn(
        self,
        survey: &mut Survey,
        response: &Response,
        (services, tax_id): (Services, &str),
    ) {
        let body = match Reply::read(response) {
            Reply::Fine(body) => body,
            // Nobody is listed under a number that the directory does not know.
            Reply::Missing(_) if self == Self::Directory => Body::Empty,
            Reply::SessionRefused(trouble) if self == Self::Directory => {
                survey.token_refused = Some(trouble.words);
                return;
            }
            Reply::Refused(trouble)
            | Reply::SessionRefused(trouble)
            | Reply::NotNow(trouble)
            | Reply::Missing(trouble)
            | Reply::Unclear(trouble) => {
                survey.notes.push(format!("{self:?}: {} {}", trouble.code, trouble.words));
                return;
            }
        };
        match self {
            Self::Directory => survey.listing = Some(listing(&body, tax_id, services)),
            Self::ServicesState => survey.services_down = services_down(&body, services.0),
            Self::Maintenance => survey.maintenance = windows(&body, services.0),
        }
    }
}

fn listing(body: &Body, tax_id: &str, services: Services) -> Listing {
    match directory::entry(body, tax_id, services) {
        None => Listing::Absent,
        Some(entry) => Listing::At {
            documents: entry.reception.unwrap_or_default(),
            approvals: entry.approval.unwrap_or_default(),
        },
    }
}

/// The services of our environment that are not available, with what is said of them.
fn services_down(body: &Body, environment: Environment) -> Vec<String> {
    let of = |one: &Value, name: &str| member(one, name).and_then(text).unwrap_or_default();
    let listed = body.objects("servicio").into_iter();
    listed
        .filter(|one| is_of(&of(one, "ambiente"), environment))
        .filter(|one| !of(one, "estatus").eq_ignore_ascii_case("Disponible"))
        .map(|one| format!("{}: {}", of(one, "servicio"), of(one, "estatus")))
        .take(LISTED_MAX)
        .collect()
}

/// `{ventanaMantenimientos: [{ambiente, horaInicio, horaFin, dias}]}`; some have called the list
/// otherwise.
fn windows(body: &Body, environment: Environment) -> Vec<Maintenance> {
    let mut found = Vec::new();
    for one in body.objects("horaInicio") {
        let of = |name: &str| member(one, name).and_then(text).unwrap_or_default();
        if !is_of(&of("ambiente"), environment) {
            continue;
        }
        let hours = read_hour(&of("horaInicio")).zip(read_hour(&of("horaFin")));
        let days = member(one, "dias").and_then(Value::as_array).into_iter().flatten();
        let days = days.filter_map(text).filter_map(|day| read_date(&day));
        let Some((from, until)) = hours else { continue };
        found.extend(days.filter_map(|day| window(day, from, until)).take(LISTED_MAX));
    }
    found
}

/// A window may end on the day after.
fn window(day: Date, from: Time, until: Time) -> Option<Maintenance> {
    let last = if until <= from { day.tomorrow().ok()? } else { day };
    Some(Maintenance { from: instant(day, from)?, until: instant(last, until)? })
}

/// Dominican time (Descripción Técnica: GMT-4).
fn instant(day: Date, time: Time) -> Option<Timestamp> {
    let zone = TimeZone::fixed(jiff::tz::offset(-4));
    let instant = day.to_datetime(time).to_zoned(zone).ok()?.timestamp();
    Some(Timestamp::from_micros(instant.as_microsecond()))
}

/// `9:00 AM`, and the same on a clock of twenty-four hours.
fn read_hour(hour: &str) -> Option<Time> {
    let upper = hour.trim().to_ascii_uppercase().replace('.', "");
    let (clock, half) = match upper.split_once(' ') {
        Some((clock, half)) => (clock.to_owned(), Some(half.replace(' ', ""))),
        None => (upper, None),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes): (i8, i8) = (hours.parse().ok()?, minutes.get(..2)?.parse().ok()?);
    let hours = match half.as_deref() {
        None => hours,
        Some("AM") if hours <= 12 => hours % 12,
        Some("PM") if hours <= 12 => hours % 12 + 12,
        Some(_) => return None,
    };
    Time::new(hours, minutes, 0, 0).ok()
}

/// `PreCertificacion`, `Certificacion`, `Produccion`, with and without accents.
fn is_of(name: &str, environment: Environment) -> bool {
    let name = name.to_lowercase();
    match environment {
        Environment::Test => name.starts_with("pre"),
        Environment::Certification => name.starts_with("cert"),
        Environment::Production => name.starts_with("prod"),
    }
}

/// Services and windows that are kept: there are nine services, and some windows a month.
const LISTED_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(question: Question, status: u16, body: &str) -> Survey {
        let mut survey = Survey::default();
        let response = Response { status, body: body.as_bytes().to_vec() };
        let whose = (Services(Environment::Production), "101000000");
        question.learn(&mut survey, &response, whose);
        survey
    }

    #[test]
    fn the_directory_lists_or_does_not() {
        let listed = r#"{"rnc":"101000000","urlRecepcion":"https://a.example","urlAceptacion":"https://b.example"}"#;
        let at = Listing::At {
            documents: "https://a.example".to_owned(),
            approvals: "https://b.example".to_owned(),
        };
        for (status, body, listing) in [
            (200, listed, Some(at)),
            (200, "[]", Some(Listing::Absent)),
            (404, "", Some(Listing::Absent)),
            (500, "", None),
        ] {
            let survey = learnt(Question::Directory, status, body);
            assert_eq!(survey.listing, listing, "{body}");
            assert_eq!(survey.notes.is_empty(), status < 500);
        }
        let refused = learnt(Question::Directory, 401, "no");
        assert_eq!(refused.token_refused.as_deref(), Some("no"));
    }

    #[test]
    fn services_of_other_environments_are_others() {
        let body = r#"[{"servicio":"Recepción","estatus":"No Disponible","ambiente":"Produccion"},
            {"servicio":"Consulta","estatus":"Disponible","ambiente":"Producción"},
            {"servicio":"Recepción","estatus":"No Disponible","ambiente":"PreCertificacion"}]"#;
        let survey = learnt(Question::ServicesState, 200, body);
        assert_eq!(survey.services_down, ["Recepción: No Disponible"]);
    }

    #[test]
    fn windows_are_read_on_either_clock() {
        let body = r#"{"ventanaMantenimientos":[
            {"ambiente":"Produccion","horaInicio":"1:00 PM","horaFin":"4:00 PM","dias":["06-08-2026"]},
            {"ambiente":"Produccion","horaInicio":"22:00","horaFin":"02:00","dias":["07-08-2026","x"]},
            {"ambiente":"Certificacion","horaInicio":"9:00 AM","horaFin":"12:00 PM","dias":["06-08-2026"]},
            {"ambiente":"Produccion","horaInicio":"25:00","horaFin":"26:00","dias":["06-08-2026"]}]}"#;
        let survey = learnt(Question::Maintenance, 200, body);
        let shown: Vec<String> = survey
            .maintenance
            .iter()
            .map(|window| format!("{} {}", window.from, window.until))
            .collect();
        assert_eq!(
            shown,
            [
                "2026-08-06T17:00:00.000000Z 2026-08-06T20:00:00.000000Z",
                "2026-08-08T02:00:00.000000Z 2026-08-08T06:00:00.000000Z",
            ]
        );
    }

    #[test]
    fn hours_of_twelve() {
        for (text, hour) in [("12:00 AM", 0), ("12:30 p.m.", 12), ("9:05 AM", 9), ("11:00 PM", 23)]
        {
            assert_eq!(read_hour(text).unwrap().hour(), hour, "{text}");
        }
        for wrong in ["", "9", "13:00 PM", "9:0", "a:00", "9:00 XM"] {
            assert_eq!(read_hour(wrong), None, "{wrong}");
        }
    }
}
