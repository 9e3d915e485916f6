//! The DGII: its services as its technical description has them, with the answers that are not in it.
//!
//! It is written from the documents and shares nothing with the code that talks to it. It keeps what it
//! holds for the other half of invariant 5.

use authorities::{Answer, Request, Response};
use invoice::SecurityElements;
use serde_json::{Value, json};

use super::books::{Books, Delivery, Verdict};
use super::door::Door;
use super::doubts::Doubts;
use super::read::{Document, element, member, text};
use crate::dice::Dice;
use crate::ends::Sent;
use crate::module::{Annulled, Mood, Registered};

pub(crate) struct Dgii {
    dice: Dice,
    door: Door,
    books: Books,
    habits: Habits,
    /// Who asks before sending again.
    pub(crate) doubts: Doubts,
}

/// What its documents leave open.
struct Habits {
    /// What became of a rejected document is told to nobody who asks by its code.
    hides_rejected: bool,
    /// A number that is used is turned away at the door, and not rejected later.
    turns_used_away: bool,
}

impl Dgii {
    pub(crate) fn new(mut dice: Dice) -> Self {
        let habits = Habits { hides_rejected: dice.percent(50), turns_used_away: dice.percent(30) };
        let (door, books, doubts) = (Door::default(), Books::default(), Doubts::default());
        Self { dice, door, books, habits, doubts }
    }

    /// Answers one request that arrived, at the true time.
    pub(crate) fn serve(&mut self, sent: &Sent, mood: Mood, now: i64) -> Response {
        let request = &sent.request;
        match (request.operation, mood) {
            ("semilla" | "validarsemilla", Mood::Busy) => page(503),
            ("semilla", _) => self.door.seed(now),
            ("validarsemilla", Mood::Refuses) => {
                words(400, "El RNC del certificado no está delegado para realizar transaciones.")
            }
            ("validarsemilla", Mood::Fair) => self.door.token(request, now),
            _ if !self.door.admits(sent.session.as_ref(), now) => words(401, ""),
            (_, Mood::Busy) => self.busy(),
            ("facturaselectronicas" | "recepcionfc", _) => self.receive(request, (mood, now)),
            ("consultaresultado", _) => self.result(&request.path, now),
            ("consultatrackids", _) => self.track_ids(&request.path, now),
            ("consultaestado", _) => {
                self.state(&request.path, ("ncfelectronico", "codigoseguridad"), now)
            }
            ("consultarfce", _) => self.state(&request.path, ("encf", "cod_seguridad_ecf"), now),
            ("anularrango", mood) => self.annul(request, mood),
            ("obtenerdirectorioporrnc" | "consultadirectorio", _) => json(200, &json!([])),
            _ => words(404, ""),
        }
    }

    /// Nothing was taken: too much at once, a server that errs, sessions that are over.
    fn busy(&mut self) -> Response {
        match self.dice.below(3) {
            0 => words(429, ""),
            1 => page(503),
            _ => {
                self.door.close_all();
                words(401, "")
            }
        }
    }

    fn receive(&mut self, request: &Request, at: (Mood, i64)) -> Response {
        let Some(document) = Document::of(request) else {
            return words(400, "El archivo enviado no es un XML válido.");
        };
        let Delivery { track_id, verdict, .. } = self.books.take(&document, at, &mut self.dice);
        let (track_id, verdict) = (track_id.clone(), *verdict);
        match verdict {
            Verdict::TurnedAway => {
                let said = "El XML no cumple con el XSD.";
                json(400, &json!({ "trackId": null, "error": said, "mensaje": said }))
            }
            _ if document.is_summary => json(200, &told(verdict, &document)),
            Verdict::NumberUsed { .. } if self.habits.turns_used_away => {
                // What is turned away is no delivery, and in no list of them.
                self.books.deliveries.pop();
                json(400, &told(verdict, &document))
            }
            _ => json(200, &json!({ "trackId": track_id, "error": null, "mensaje": null })),
        }
    }

    fn result(&self, path: &str, now: i64) -> Response {
        let track_id = member(path, "trackid").unwrap_or_default();
        let found = self.books.deliveries.iter().find(|known| known.track_id == track_id);
        let found = found.filter(|known| known.verdict != Verdict::TurnedAway);
        json(
            200,
            &match found {
                None => json!({ "trackId": track_id, "codigo": "0", "estado": "No encontrado" }),
                Some(known) if !known.is_ready(now) => {
                    json!({ "trackId": track_id, "codigo": "3", "estado": "En Proceso" })
                }
                Some(known) => told(known.verdict, &known.document),
            },
        )
    }

    fn track_ids(&self, path: &str, now: i64) -> Response {
        let number = member(path, "encf").unwrap_or_default();
        let is_listed = |known: &&Delivery| {
            let is_whole = !known.document.is_summary && known.verdict != Verdict::TurnedAway;
            known.document.number == number && is_whole && known.is_shown(now)
        };
        let state = |known: &Delivery| match known.verdict {
            _ if !known.is_ready(now) => "En Proceso",
            Verdict::Accepted => "Aceptado",
            Verdict::Conditional => "Aceptado Condicional",
            _ => "Rechazado",
        };
        let listed = self.books.deliveries.iter().filter(is_listed);
        let listed =
            listed.map(|known| json!({ "trackId": known.track_id, "estado": state(known) }));
        json(200, &Value::Array(listed.collect()))
    }

    fn state(&self, path: &str, (number, code): (&str, &str), now: i64) -> Response {
        let asked = |name| member(path, name).unwrap_or_default();
        let found = self.books.known_by((&asked(number), &asked(code)), now);
        let found =
            found.filter(|known| known.verdict.is_accepted() || !self.habits.hides_rejected);
        json(
            200,
            &match found {
                None => json!({ "codigo": 0, "estado": "No encontrado" }),
                Some(known) => told(known.verdict, &known.document),
            },
        )
    }

    /// Takes a run, and none that holds a number which is used or annulled.
    fn annul(&mut self, request: &Request, mood: Mood) -> Response {
        let text = text(request);
        let run = element(&text, "SecuenciaeNCFDesde").zip(element(&text, "SecuenciaeNCFHasta"));
        let Some((first, last)) = run else {
            return words(400, "El archivo enviado no es un XML válido.");
        };
        let run = Annulled { first, last };
        let (status, said) = if mood == Mood::Refuses {
            (400, "No se pudo anular: el certificado no está delegado.")
        } else if self.books.is_used(&run) || self.books.annulled.contains(&run) {
            (400, "Las secuencias ya han sido utilizadas.")
        } else {
            self.books.annulled.push(run);
            (200, "Las secuencias fueron anuladas correctamente.")
        };
        json(status, &json!({ "codigo": "1", "mensajes": [said] }))
    }

    /// What a person reads on the portal of a number.
    pub(crate) fn portal(&mut self, number: &str) -> Answer {
        self.doubts.is_asked(number);
        let Some(known) = self.books.accepted().find(|known| known.document.number == number)
        else {
            return Answer::NotRegistered;
        };
        let elements = SecurityElements {
            code: code(&known.document),
            qr: None,
            details: Vec::new(),
            reply: String::new(),
            document: None,
        };
        Answer::Registered { elements, total: Some(known.document.total.clone()) }
    }

    pub(crate) fn registered(&self) -> Vec<Registered> {
        let registered = self.books.accepted().map(|known| Registered {
            uid: known.track_id.clone(),
            code: code(&known.document),
            document: crate::module::Document {
                number: known.document.number.clone(),
                mark: known.document.mark.clone(),
                total: 0,
                tax: 0,
            },
        });
        registered.collect()
    }

    pub(crate) fn annulled(&self) -> &[Annulled] {
        &self.books.annulled
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        let all = self.books.complaints.iter().chain(&self.doubts.complaints);
        all.cloned().collect()
    }

    /// Numbers that a rejection used up, each with the code of its document.
    pub(crate) fn burnt(&self) -> Vec<(String, String)> {
        let burnt = self
            .books
            .deliveries
            .iter()
            .filter(|known| known.verdict.uses_number() && !known.verdict.is_accepted());
        burnt.map(|known| (known.document.number.clone(), code(&known.document))).collect()
    }
}

/// All that the DGII knows a document by.
fn code(Document { issuer, number, code, .. }: &Document) -> String {
    format!("{issuer}{number}{code}")
}

/// What it says of a document, in the members that its services have in common.
fn told(verdict: Verdict, Document { number, code, .. }: &Document) -> Value {
    let (state, used, message, words) = match verdict {
        Verdict::Accepted => ("1", true, 0, String::new()),
        Verdict::Conditional => ("4", true, 1934, "El monto no cuadra.".to_owned()),
        Verdict::Rejected { used } => ("2", used, 613, "El campo no es válido.".to_owned()),
        Verdict::NumberUsed { is_same: true } => (
            "2",
            false,
            0,
            format!(
                "La combinación e-NCF y código de seguridad {number} {code} ya han sido utilizados \
                 previamente"
            ),
        ),
        Verdict::NumberUsed { is_same: false } => {
            ("2", false, 1209, "Número de secuencia ya utilizado".to_owned())
        }
        Verdict::Annulled => ("2", true, 0, "El número de secuencia ha sido anulado.".to_owned()),
        Verdict::NothingToCorrect => ("2", true, 614, "El e-NCF modificado no existe.".to_owned()),
        Verdict::TurnedAway => ("2", false, 0, "El XML no cumple con el XSD.".to_owned()),
    };
    json!({
        "codigo": state, "encf": number, "secuenciaUtilizada": used,
        "mensajes": [{ "valor": words, "codigo": message }],
    })
}

fn json(status: u16, body: &Value) -> Response {
    Response { status, body: body.to_string().into_bytes() }
}

fn words(status: u16, words: &str) -> Response {
    Response { status, body: words.as_bytes().to_vec() }
}

/// A server in front of the service.
fn page(status: u16) -> Response {
    words(status, "<html><title>503</title></html>")
}
