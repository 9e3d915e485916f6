//! Service 9: commercial approvals (ACECF), which a buyer sends to the issuer and to the DGII.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::authority::{Authority, Call, State, kept};
use super::limits::MOST_DOCUMENTS;
use super::number::Number;
use super::reply::{Reply, member, said};
use super::route::Environment;
use super::xml::Element;
use super::{moment, schema, signature, xml};
use crate::json::Json;

/// An approval as it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approval {
    pub(super) rnc: String,
    pub(super) encf: String,
    pub(super) buyer_rnc: String,
    issued: String,
    total: Option<Decimal>,
    pub(super) is_accepted: bool,
}

/// An approval that was registered.
#[derive(Clone, Debug)]
pub(super) struct Approved {
    pub(super) environment: Environment,
    pub(super) approval: Approval,
    pub(super) bytes: Arc<[u8]>,
    /// How often it came.
    pub(super) count: u64,
}

/// The approvals of all environments, and which taxpayers are at another stage of certification.
#[derive(Debug, Default)]
pub(super) struct Approvals {
    pub(super) registered: Vec<Approved>,
    pub(super) other_stage: BTreeSet<String>,
}

impl Approval {
    pub(super) fn read(root: &Element) -> Self {
        let detail = |field: &str| {
            root.text_at(&format!("DetalleAprobacionComercial/{field}")).unwrap_or_default()
        };
        Self {
            rnc: detail("RNCEmisor"),
            encf: detail("eNCF"),
            buyer_rnc: detail("RNCComprador"),
            issued: detail("FechaEmision"),
            total: Decimal::from_str_exact(&detail("MontoTotal")).ok(),
            is_accepted: detail("Estado") == "1",
        }
    }
}

/// `{mensaje: […], estado, codigo}`.
pub(super) fn receive(authority: &Authority, call: &Call) -> Reply {
    if let Err(reply) = authority.caller(call) {
        return reply;
    }
    let judged = call.file().map(|file| admitted(authority, call, file));
    let mut state = authority.state();
    match judged {
        Err(reply) => reply,
        Ok(Ok(())) => answer(&mut state, true, "Aprobación comercial recibida correctamente."),
        Ok(Err(text)) => answer(&mut state, false, &text),
    }
}

/// The code is `1` or `2` in the documents, `01` or `02` in reality.
fn answer(state: &mut State, is_accepted: bool, text: &str) -> Reply {
    let mut voice = state.voice();
    let is_short = voice.flip(voice.awkward.code_forms);
    let (status, standing, code) = match (is_accepted, is_short) {
        (true, true) => (200, "Aprobacion Comercial Aceptada", "1"),
        (true, false) => (200, "Aprobacion Comercial Aceptada", "01"),
        (false, true) => (400, "Aprobacion Comercial Rechazada", "2"),
        (false, false) => (400, "Aprobacion Comercial Rechazada", "02"),
    };
    let members = vec![
        member("mensaje", Json::List(vec![Json::text(text)])),
        said("estado", standing),
        said("codigo", code),
    ];
    Reply::Object(status, "RespuestaAprobacionComercial", Json::Object(members))
}

fn admitted(authority: &Authority, call: &Call, file: &[u8]) -> Result<(), String> {
    let document = xml::parse(file).map_err(|_| "El archivo enviado no es un XML.".to_owned())?;
    if document.root.local != "ACECF" {
        return Err("El archivo enviado no es válido.".to_owned());
    }
    schema::check(&document.root).map_err(|text| format!("El XML no cumple con el XSD. {text}"))?;
    let signed = signature::verify(&document)
        .map_err(|broken| format!("La firma del XML no es válida: {}.", broken.0))?;
    let now = authority.clock.now();
    if !signed.certificate.is_good_at(now) {
        return Err("El certificado de la firma no está vigente.".to_owned());
    }
    let approval = Approval::read(&document.root);
    let mut state = authority.state();
    let holder = &signed.certificate.holder;
    if !state.delegations.acts_for(holder, &approval.buyer_rnc) {
        return Err(format!("El certificado no está delegado para el RNC {}.", approval.buyer_rnc));
    }
    state.permit(call.environment(), &approval)?;
    state.approve(call.environment(), approval, file)
}

impl State {
    /// Whether the document may be approved at all.
    fn permit(&mut self, environment: Environment, approval: &Approval) -> Result<(), String> {
        let number = Number::read(&approval.encf)
            .ok_or_else(|| "No existe un e-CF válido para los datos enviados.".to_owned())?;
        if NOT_APPROVED.contains(&number.kind) {
            return Err("La aprobación comercial no es requerida para este tipo de e-CF.".into());
        }
        if environment == Environment::Certification {
            // The certification set approves documents of an issuer whom nobody has registered.
            let is_elsewhere = self.approvals.other_stage.contains(&approval.buyer_rnc);
            let text = format!(
                "El RNC {} no se encuentra en la etapa de pruebas de aprobación comercial.",
                approval.buyer_rnc
            );
            return if is_elsewhere { Err(text) } else { Ok(()) };
        }
        self.agrees(environment, approval, number)
    }

    fn agrees(
        &mut self,
        environment: Environment,
        approval: &Approval,
        number: Number,
    ) -> Result<(), String> {
        let register = &self.book(environment).register;
        let found = register.find(&approval.rnc, number);
        let found = found.filter(|each| each.verdict.is_accepted());
        let each = found.ok_or_else(|| {
            "No fue encontrado el e-CF correspondiente a la aprobación comercial.".to_owned()
        })?;
        let modified = each.facts.modified.as_deref().and_then(Number::read);
        if modified.is_some_and(|original| NOT_APPROVED.contains(&original.kind)) {
            let text = "La aprobación comercial no es requerida para el tipo de e-CF referenciado.";
            return Err(text.to_owned());
        }
        let is_same = each.facts.buyer_rnc.as_deref() == Some(approval.buyer_rnc.as_str())
            && Some(each.facts.total_amount) == approval.total
            && Some(each.facts.issued_on) == moment::of_date(&approval.issued);
        is_same
            .then_some(())
            .ok_or_else(|| "No existe un e-CF válido para los datos enviados.".to_owned())
    }

    /// Writes it down. The same again is the same; the contrary is refused (our own rule: what the
    /// DGII does is not known).
    fn approve(
        &mut self,
        environment: Environment,
        approval: Approval,
        file: &[u8],
    ) -> Result<(), String> {
        let is_it = |each: &&mut Approved| {
            let (one, other) = (&each.approval, &approval);
            each.environment == environment
                && (&one.rnc, &one.encf, &one.buyer_rnc)
                    == (&other.rnc, &other.encf, &other.buyer_rnc)
        };
        if let Some(earlier) = self.approvals.registered.iter_mut().find(is_it) {
            if earlier.approval.is_accepted != approval.is_accepted {
                return Err("No se pudo procesar la aprobación comercial.".to_owned());
            }
            earlier.count += 1;
            return Ok(());
        }
        if self.approvals.registered.len() >= MOST_DOCUMENTS {
            return Err("El simulador no admite más aprobaciones.".to_owned());
        }
        if let Some(number) = Number::read(&approval.encf) {
            let register = &mut self.book(environment).register;
            if let Some(each) = register.find_mut(&approval.rnc, number) {
                each.approved = Some(approval.is_accepted);
            }
        }
        let bytes = kept(file);
        self.approvals.registered.push(Approved { environment, approval, bytes, count: 1 });
        Ok(())
    }
}

/// Types that nobody approves (Descripción Técnica e-CF, aprobación comercial).
pub(super) const NOT_APPROVED: [u8; 5] = [32, 41, 43, 46, 47];
