//! The orders of the management port: who may act, which numbers are authorised, who receives, and
//! which verdicts are given.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::authority::Authority;
use super::delegations::IssuerStanding;
use super::directory::Receiver;
use super::flaws::Flaw;
use super::limits::MOST_ORDERS;
use super::management::{Shared, done, refusal};
use super::moment;
use super::number::KINDS;
use super::orders::{Forced, ForcedOutcome};
use super::route::Environment;
use super::sequences::Range;
use super::status_host::Window;
use super::verdict::{Message, Standing};

/// The routes of the orders.
pub(super) fn router() -> Router<Arc<Authority>> {
    Router::new()
        .route("/delegations", post(delegate))
        .route("/issuers", post(set_issuer))
        .route("/receivers", post(register_receiver))
        .route("/ranges", post(authorise))
        .route("/verdicts", post(force))
        .route("/stages", post(set_stage))
        .route("/flaws", post(order_flaw))
        .route("/availability", post(set_availability))
        .route("/windows", post(announce))
}

/// Who acts for whom. The first order for a taxpayer shuts everybody else out.
#[derive(Debug, Deserialize)]
struct Delegation {
    /// The taxpayer; without one the order is about the person altogether.
    rnc: Option<String>,
    /// The `serialNumber` of the certificate without its prefix.
    person: String,
    /// `true` if absent.
    delegated: Option<bool>,
}

async fn delegate(State(authority): Shared, Json(order): Json<Delegation>) -> Response {
    let mut state = authority.state();
    if state.delegations.len() >= MOST_ORDERS {
        return refusal("there are too many delegations: restart the simulator");
    }
    match (order.rnc, order.delegated.unwrap_or(true)) {
        (Some(rnc), true) => state.delegations.delegate(&rnc, &order.person),
        (Some(rnc), false) => state.delegations.revoke(&rnc, &order.person),
        (None, delegated) => state.delegations.bar(&order.person, !delegated),
    }
    done()
}

#[derive(Debug, Deserialize)]
struct Issuer {
    rnc: String,
    standing: IssuerStanding,
}

async fn set_issuer(State(authority): Shared, Json(order): Json<Issuer>) -> Response {
    let mut state = authority.state();
    if state.delegations.len() >= MOST_ORDERS {
        return refusal("there are too many issuers: restart the simulator");
    }
    state.delegations.set_issuer(&order.rnc, order.standing);
    done()
}

/// A receiver for the directory.
#[derive(Debug, Deserialize)]
struct Registration {
    /// `testecf` if absent.
    environment: Option<Environment>,
    #[serde(flatten)]
    receiver: Receiver,
}

async fn register_receiver(State(authority): Shared, Json(order): Json<Registration>) -> Response {
    let mut state = authority.state();
    if state.directory.len() >= MOST_ORDERS {
        return refusal("there are too many receivers: restart the simulator");
    }
    state.directory.register(order.environment.unwrap_or(Environment::Test), order.receiver);
    done()
}

/// A run of numbers for a taxpayer. From then on that taxpayer has no free numbers of the type.
#[derive(Debug, Deserialize)]
struct Authorisation {
    environment: Environment,
    rnc: String,
    #[serde(rename = "type")]
    kind: u8,
    first: u64,
    last: u64,
    /// `dd-MM-yyyy`.
    expires: String,
}

async fn authorise(State(authority): Shared, Json(order): Json<Authorisation>) -> Response {
    let Authorisation { environment, rnc, kind, first, last, expires } = order;
    let Some(expires) = moment::of_date(&expires) else {
        return refusal("expires is a day, dd-MM-yyyy");
    };
    if !KINDS.contains(&kind) || first == 0 || first > last || last > LAST_SEQUENCE {
        return refusal("type is one of the ten, first and last are 1 to 9999999999 in order");
    }
    let mut state = authority.state();
    let sequences = &mut state.book(environment).sequences;
    if sequences.ranges().len() >= MOST_ORDERS {
        return refusal("there are too many ranges: restart the simulator");
    }
    sequences.authorise(Range { rnc, kind, first, last, expires });
    done()
}

/// The verdict of the next document of a number, or of one that is stuck.
#[derive(Debug, Deserialize)]
struct Judgement {
    environment: Environment,
    /// Any issuer if absent.
    rnc: Option<String>,
    encf: String,
    verdict: Ordered,
    code: Option<u32>,
    text: Option<String>,
    /// Whether a rejection leaves the number free; `false` if absent.
    reusable: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ordered {
    Accepted,
    Rejected,
    Conditional,
    /// In process until released.
    Stuck,
    /// What is stuck gets the verdict that it would have had.
    Released,
}

async fn force(State(authority): Shared, Json(order): Json<Judgement>) -> Response {
    let mut state = authority.state();
    if order.verdict == Ordered::Released {
        let rnc = order.rnc.unwrap_or_default();
        let released = state.book(order.environment).register.release(&rnc, &order.encf);
        return Json(json!({ "released": released })).into_response();
    }
    if state.forced.len() >= MOST_ORDERS {
        return refusal("there are too many verdicts: restart the simulator");
    }
    let outcome = order.outcome();
    let Judgement { environment, rnc, encf, .. } = order;
    state.forced.push(Forced { environment, rnc, encf, outcome });
    done()
}

impl Judgement {
    fn outcome(&self) -> ForcedOutcome {
        let standing = match self.verdict {
            Ordered::Accepted => Standing::Accepted,
            Ordered::Rejected => Standing::Rejected,
            Ordered::Conditional => Standing::Conditional,
            Ordered::Stuck | Ordered::Released => return ForcedOutcome::Stuck,
        };
        let text = self.text.clone().unwrap_or_else(|| "Veredicto ordenado.".to_owned());
        let message = Message { code: self.code.unwrap_or(0), text };
        let is_plain = standing == Standing::Accepted;
        ForcedOutcome::Judged {
            standing,
            messages: if is_plain { Vec::new() } else { vec![message] },
            number_used: standing != Standing::Rejected || !self.reusable.unwrap_or(false),
        }
    }
}

/// What is wrong with the next document that the counterpart sends.
#[derive(Debug, Deserialize)]
struct FlawOrder {
    flaw: Flaw,
}

async fn order_flaw(State(authority): Shared, Json(order): Json<FlawOrder>) -> Response {
    let mut state = authority.state();
    if state.flaws.len() >= MOST_ORDERS {
        return refusal("there are too many flaws: restart the simulator");
    }
    state.flaws.push_back(order.flaw);
    done()
}

/// Whether a taxpayer under certification is at the stage of its approvals.
#[derive(Debug, Deserialize)]
struct Stage {
    rnc: String,
    approvals: bool,
}

async fn set_stage(State(authority): Shared, Json(order): Json<Stage>) -> Response {
    let mut state = authority.state();
    if order.approvals {
        state.approvals.other_stage.remove(&order.rnc);
    } else if state.approvals.other_stage.len() < MOST_ORDERS {
        state.approvals.other_stage.insert(order.rnc);
    }
    done()
}

#[derive(Debug, Deserialize)]
struct Availability {
    environment: Environment,
    available: bool,
}

async fn set_availability(State(authority): Shared, Json(order): Json<Availability>) -> Response {
    authority.state().status_host.set_down(order.environment, !order.available);
    done()
}

async fn announce(State(authority): Shared, Json(windows): Json<Vec<Window>>) -> Response {
    authority.state().status_host.announce(windows);
    done()
}

/// The last number of a type: ten digits.
const LAST_SEQUENCE: u64 = 9_999_999_999;
