//! Surveys: what an outlet asks, and that nothing of it can harm.

use authorities::{Authority as _, Event, Listing, Matter, Outcome, Progress, Step, Survey};
use serde_json::{Value, json};

use crate::desk::{ISSUER, ecf, now};
use crate::words::{fine, replied};

/// Asks everything; `answers` are told in their order, and then nothing is.
fn surveyed(settings: &Value, answers: Vec<Event>) -> (Vec<&'static str>, Survey) {
    let authority = ecf(settings);
    let matter = Matter::Survey { tax_id: ISSUER };
    let mut progress = authority.begin(&matter);
    let mut answers = answers.into_iter();
    let mut event = Event::Started;
    let mut asked = Vec::new();
    loop {
        let stored = Progress::from_bytes(progress.as_bytes().to_vec());
        let (next, step) = authority.step(&matter, stored, event, now()).unwrap();
        progress = next;
        event = match step {
            Step::Send(request) => {
                assert!(!request.point_of_no_return && request.body.is_none());
                asked.push(request.operation);
                answers.next().unwrap_or_else(|| Event::Unanswered("timeout".to_owned()))
            }
            Step::Done(Outcome::Surveyed(survey)) => return (asked, *survey),
            other => panic!("{other:?}"),
        };
    }
}

#[test]
fn an_outlet_asks_what_its_settings_let_it() {
    let (asked, survey) = surveyed(&json!({}), Vec::new());
    assert_eq!(asked, ["consultadirectorio"]);
    assert_eq!((survey.listing, survey.notes.len()), (None, 1));
    let (asked, _) = surveyed(&json!({"service_status": true}), Vec::new());
    assert_eq!(asked, ["consultadirectorio", "obtenerestatus", "obtenerventanasmantenimiento"]);
    let (asked, _) = surveyed(&json!({"environment": "certification"}), Vec::new());
    assert!(asked.is_empty(), "nothing is there to be asked");
}

#[test]
fn what_is_answered_is_learnt() {
    let listed = json!({"rnc": ISSUER, "urlRecepcion": "https://a.example",
                        "urlAceptacion": "https://b.example"});
    let down = json!([{"servicio": "Recepción FC", "estatus": "No Disponible",
                       "ambiente": "PreCertificacion"}]);
    let rests = json!({"ventanaMantenimientos": [{"ambiente": "PreCertificacion",
        "horaInicio": "9:00 AM", "horaFin": "12:00 PM", "dias": ["21-11-2026", "22-11-2026"]}]});
    let answers = vec![fine(&listed), fine(&down), fine(&rests)];
    let (_, survey) = surveyed(&json!({"service_status": true}), answers);
    assert!(matches!(survey.listing, Some(Listing::At { .. })));
    assert_eq!(survey.services_down, ["Recepción FC: No Disponible"]);
    assert_eq!(survey.maintenance.len(), 2);
    assert_eq!(survey.notes, Vec::<String>::new());
}

#[test]
fn a_status_host_that_rests_or_errs_hides_nothing_else() {
    let listed = || fine(&json!([]));
    for other in [Event::HeldBack, replied(401, ""), replied(200, "<html></html>")] {
        let answers = vec![listed(), other];
        let (asked, survey) = surveyed(&json!({"service_status": true}), answers);
        assert_eq!(asked.len(), 3);
        assert_eq!(survey.listing, Some(Listing::Absent));
        assert_eq!(survey.notes.len(), 2);
    }
}
