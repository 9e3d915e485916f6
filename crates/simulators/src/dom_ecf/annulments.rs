//! Service 10: numbers that will never be used are annulled (ANECF).

use super::authority::{Authority, Call, State};
use super::limits::MOST_RANGES;
use super::number::Number;
use super::register::AnnulledRange;
use super::reply::{Reply, member, said};
use super::route::Environment;
use super::sequences::Grant;
use super::xml::Element;
use super::{moment, schema, signature, xml};
use crate::json::Json;

/// Numbers of one type, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    kind: u8,
    first: u64,
    last: u64,
}

/// `{rnc, codigo, nombre, mensajes: […]}`.
pub(super) fn receive(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let file = match call.file() {
        Ok(file) => file,
        Err(reply) => return reply,
    };
    let document = match xml::parse(file) {
        Ok(document) if document.root.local == "ANECF" => document,
        Ok(_) | Err(_) => return answer("", Err("El archivo enviado no es un XML válido.".into())),
    };
    let rnc = document.root.text_at("Encabezado/RncEmisor").unwrap_or_default();
    let judged = admitted(authority, call, &document, &rnc);
    answer(&rnc, judged)
}

/// The codes and the name are ours: the documents show the shape only.
fn answer(rnc: &str, judged: Result<String, String>) -> Reply {
    let (status, code, text) = match judged {
        Ok(text) => (200, "1", text),
        Err(text) => (400, "2", text),
    };
    let members = vec![
        said("rnc", rnc),
        said("codigo", code),
        said("nombre", if rnc.is_empty() { "" } else { "CONTRIBUYENTE SIMULADO" }),
        member("mensajes", Json::List(vec![Json::Text(text)])),
    ];
    Reply::Object(status, "RespuestaAnulacionRango", Json::Object(members))
}

fn admitted(
    authority: &Authority,
    call: &Call,
    document: &xml::Document,
    rnc: &str,
) -> Result<String, String> {
    schema::check(&document.root).map_err(|text| format!("El XML no cumple con el XSD. {text}"))?;
    let signed = signature::verify(document)
        .map_err(|broken| format!("La firma del documento no es válida: {}.", broken.0))?;
    let now = authority.clock.now();
    if !signed.certificate.is_good_at(now) {
        return Err("El certificado de la firma no está vigente.".to_owned());
    }
    let runs = runs(&document.root)?;
    let mut state = authority.state();
    if !state.delegations.acts_for(&signed.certificate.holder, rnc) {
        return Err(format!("El certificado no está delegado para el RNC {rnc}."));
    }
    state.annul(call.environment(), rnc, &runs, now)
}

/// The runs of a document, its counts checked.
fn runs(root: &Element) -> Result<Vec<Run>, String> {
    let mut all = Vec::new();
    let mut total = 0_u64;
    for (place, line) in root.every("DetalleAnulacion/Anulacion").enumerate() {
        let number = |field: &str| line.text_at(field).and_then(|text| text.parse::<u64>().ok());
        if number("NoLinea") != u64::try_from(place + 1).ok() {
            return Err("El número de línea (NoLinea) no es secuencial.".to_owned());
        }
        let found = line_runs(line, number("TipoeCF").unwrap_or_default())?;
        let count = found.iter().map(|run| run.last - run.first + 1).sum::<u64>();
        if number("CantidadeNCFAnulados") != Some(count) {
            return Err("La cantidad de e-NCF anulados de la línea no es correcta.".to_owned());
        }
        total = total.saturating_add(count);
        all.extend(found);
    }
    let claimed = root.text_at("Encabezado/CantidadeNCFAnulados");
    if claimed.and_then(|text| text.parse().ok()) != Some(total) {
        return Err("La cantidad total de e-NCF anulados no es correcta.".to_owned());
    }
    Ok(all)
}

fn line_runs(line: &Element, kind: u64) -> Result<Vec<Run>, String> {
    let ranges = line.every("TablaRangoSecuenciasAnuladaseNCF/Secuencias");
    ranges.map(|range| run(range, kind)).collect()
}

fn run(range: &Element, kind: u64) -> Result<Run, String> {
    let end = |field: &str| range.text_at(field).and_then(|text| Number::read(&text));
    let (first, last) = match (end("SecuenciaeNCFDesde"), end("SecuenciaeNCFHasta")) {
        (Some(first), Some(last)) if first.kind == last.kind => (first, last),
        _ => return Err("La secuencia indicada no es válida.".to_owned()),
    };
    if u64::from(first.kind) != kind {
        return Err("El tipo de e-CF no corresponde a las secuencias.".to_owned());
    }
    if first.sequence > last.sequence {
        return Err("La secuencia Desde es mayor que la secuencia Hasta.".to_owned());
    }
    Ok(Run { kind: first.kind, first: first.sequence, last: last.sequence })
}

impl State {
    /// Annuls what is free; numbers that are used are named and stay as they are.
    fn annul(
        &mut self,
        environment: Environment,
        rnc: &str,
        runs: &[Run],
        now: i64,
    ) -> Result<String, String> {
        let book = self.book(environment);
        let is_granted = |run: &Run| {
            [run.first, run.last].into_iter().all(|sequence| {
                let number = Number { kind: run.kind, sequence };
                book.sequences.grant(environment, rnc, number) != Grant::Unauthorised
            })
        };
        if !runs.iter().all(is_granted) {
            return Err("No se pudo anular: la secuencia no está autorizada.".to_owned());
        }
        if book.register.annulled().len() + runs.len() > MOST_RANGES {
            return Err("No se pudo anular: el simulador no admite más rangos.".to_owned());
        }
        let ranges = runs.iter().map(|run| AnnulledRange {
            rnc: rnc.to_owned(),
            kind: run.kind,
            first: run.first,
            last: run.last,
            at: moment::stamp(now),
        });
        let ranges: Vec<AnnulledRange> = ranges.collect();
        let used: Vec<Number> =
            ranges.iter().flat_map(|range| book.register.used_in(range)).collect();
        let is_free = |range: &&AnnulledRange| book.register.free_in(range) > 0;
        if !ranges.iter().any(|range| is_free(&range)) {
            return Err("Las secuencias ya han sido utilizadas.".to_owned());
        }
        for range in ranges {
            book.register.annul(range);
        }
        let mut text = "Las secuencias fueron anuladas correctamente.".to_owned();
        if !used.is_empty() {
            let named: Vec<String> = used.iter().take(MOST_NAMED).map(Number::to_string).collect();
            text.push_str(" Excepto: ");
            text.push_str(&named.join(", "));
        }
        Ok(text)
    }
}

/// Exceptions that one answer names.
const MOST_NAMED: usize = 100;
