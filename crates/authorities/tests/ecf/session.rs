//! Sessions: with the DGII, and with other taxpayers.

use authorities::dom::dsig::verify;
use authorities::{
    Audience, Authority as _, Event, Matter, Outcome, Progress, Refusal, Request, Session, Step,
    Target,
};
use invoice::SECOND;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::{ISSUER, ecf, now, priced, tax_credit_invoice};
use crate::machine::{Machine, signed};
use crate::words::{fine, replied};

/// As the DGII writes one: indented, with a byte order mark, and namespaces that nobody uses.
const SEED: &str = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
    <SemillaModel xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\r\n  <valor>0XgGeOL2rFxxmt22g4==</valor>\r\n  \
    <fecha>2026-11-20T10:30:01.3551245-04:00</fecha>\r\n</SemillaModel>";

struct Login {
    authority: authorities::dom::ecf::Ecf,
    audience: Audience,
    progress: Vec<u8>,
}

impl Login {
    fn new(audience: Audience) -> Self {
        let authority = ecf(&json!({}));
        let matter = Matter::Session { audience: &audience, tax_id: ISSUER };
        let progress = authority.begin(&matter).as_bytes().to_vec();
        Self { authority, audience, progress }
    }

    fn step(&mut self, event: Event) -> Result<Step, Refusal> {
        let matter = Matter::Session { audience: &self.audience, tax_id: ISSUER };
        let progress = Progress::from_bytes(self.progress.clone());
        let (progress, step) = self.authority.step(&matter, progress, event, now())?;
        self.progress = progress.as_bytes().to_vec();
        Ok(step)
    }

    fn sends(&mut self, event: Event) -> Request {
        let step = self.step(event).unwrap();
        let Step::Send(request) = step else { panic!("{step:?}") };
        request
    }

    /// As far as the signed seed on its way.
    fn presents(&mut self) -> Request {
        self.sends(Event::Started);
        let step = self.step(replied(200, SEED)).unwrap();
        let Step::Sign(bytes, _) = step else { panic!("{step:?}") };
        self.sends(signed(&bytes))
    }

    fn opened(&mut self, reply: &Value) -> Session {
        self.presents();
        let step = self.step(fine(reply)).unwrap();
        let Step::Done(Outcome::SessionOpened(session)) = step else { panic!("{step:?}") };
        session
    }
}

fn dgii() -> Login {
    Login::new(Audience::Authority("testecf"))
}

#[test]
fn a_seed_is_signed_and_exchanged_for_a_token() {
    for (audience, fetch, present) in [
        (
            Audience::Authority("testecf"),
            "testecf/autenticacion/api/autenticacion/semilla",
            "testecf/autenticacion/api/autenticacion/validarsemilla",
        ),
        (
            Audience::Peer("https://ozama.example/x/".to_owned()),
            "fe/autenticacion/api/semilla",
            "fe/autenticacion/api/validacioncertificado",
        ),
    ] {
        let target = match &audience {
            Audience::Authority(_) => Target::Authority(""),
            Audience::Peer(_) => Target::Peer("https://ozama.example/x".to_owned()),
        };
        let mut login = Login::new(audience);
        let request = login.sends(Event::Started);
        assert_eq!((request.path.as_str(), &request.target), (fetch, &target));
        assert_eq!(request.session, None, "a login wants no login");
        let request = login.presents();
        assert_eq!((request.path.as_str(), &request.target), (present, &target));
        let body = String::from_utf8(request.body.unwrap()).unwrap();
        let (_, rest) = body.split_once("\r\n\r\n").unwrap();
        let signed = rest.split_once("\r\n--").unwrap().0;
        verify(signed.as_bytes()).unwrap();
        assert!(signed.contains("<valor>0XgGeOL2rFxxmt22g4==</valor>"));
    }
}

#[test]
fn a_token_lives_as_long_as_its_two_times_say_whatever_clock_they_are_of() {
    for (reply, seconds) in [
        (
            json!({"token": "t", "expedido": "2020-01-01T10:00:00Z", "expira": "2020-01-01T11:00:00Z"}),
            3_600,
        ),
        (json!({"Token": "t", "expira": "2026-11-20T14:40:05Z"}), 600),
        (json!({"token": "t"}), 300),
        (json!({"token": "t", "expira": "mañana"}), 300),
        (
            json!({"token": "t", "expedido": "2026-11-20T11:00:00Z", "expira": "2026-11-20T10:00:00Z"}),
            0,
        ),
        (
            json!({"token": "t", "expedido": "2020-01-01T10:00:00Z", "expira": "2999-01-01T10:00:00Z"}),
            86_400,
        ),
    ] {
        let session = dgii().opened(&reply);
        assert_eq!(session.token.expose(), "t");
        assert_eq!(session.valid_until.micros_since(now()) / SECOND, seconds, "{reply}");
    }
    let mut login = dgii();
    login.presents();
    let xml = "<RespuestaAutenticacion><token>t</token><expira>2026-11-20T15:30:05Z</expira>\
               <expedido>2026-11-20T14:30:05Z</expedido></RespuestaAutenticacion>";
    let step = login.step(replied(200, xml)).unwrap();
    assert!(matches!(step, Step::Done(Outcome::SessionOpened(_))), "{step:?}");
}

/// Whoever gives a seed out chooses its bytes, and our key must not sign an invoice for him.
#[test]
fn what_is_no_seed_is_not_signed() {
    let authority = ecf(&json!({}));
    let invoice = priced(&tax_credit_invoice());
    let sealed = Machine::sealed(&authority, &invoice, "E310000000001");
    let ecf = sealed.document().split_once("<Signature").unwrap().0.to_owned() + "</ECF>";
    let bare = SEED.trim_start_matches('\u{FEFF}');
    for hostile in [
        ecf,
        bare.replace("</valor>", "</valor><ECF/>"),
        bare.replace("<valor>0XgGeOL2rFxxmt22g4==</valor>", "<valor><eNCF>E31</eNCF></valor>"),
        bare.replace("SemillaModel", "ANECF"),
        bare.replace("<valor>", "<valor a=\"b\">"),
        bare.replace("?>", "?><!DOCTYPE SemillaModel [<!ENTITY x \"y\">]>"),
        bare.replace("0XgGeOL2rFxxmt22g4==", &"x".repeat(9_000)),
        bare.replace("0XgGeOL2rFxxmt22g4==", ""),
        "{}".to_owned(),
        String::new(),
    ] {
        let mut login = dgii();
        login.sends(Event::Started);
        match login.step(replied(200, hostile.clone())) {
            Err(refusal) => assert_eq!(refusal.code, "no_seed", "{hostile}"),
            // What is no XML to us is some server's page.
            Ok(step) => {
                assert!(matches!(step, Step::Wait { .. }), "{hostile}: {step:?}");
                assert!(hostile.contains("DOCTYPE"));
            }
        }
    }
}

#[test]
fn who_may_not_log_in_is_told_why() {
    let mut login = dgii();
    login.presents();
    let words = "El RNC 130999999 del certificado no está delegado para realizar transaciones.";
    let refusal = login.step(replied(400, words)).unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.words.as_str()), ("400", words));
}

#[test]
fn a_login_that_is_interrupted_begins_with_a_new_seed() {
    let lost = || Event::Unanswered("timeout".to_owned());
    for event in [lost(), Event::HeldBack, replied(503, ""), fine(&json!({}))] {
        let mut login = dgii();
        login.presents();
        let step = login.step(event).unwrap();
        assert!(matches!(step, Step::Wait { .. }), "{step:?}");
        assert_eq!(login.sends(Event::Due).operation, "semilla");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_sign(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut login = dgii();
        login.sends(Event::Started);
        let step = login.step(replied(200, bytes));
        prop_assert!(!matches!(step, Ok(Step::Sign(..))));
    }
}
