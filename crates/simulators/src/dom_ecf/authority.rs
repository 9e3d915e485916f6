//! The authority itself: its keys, its time, what it remembers, and who may ask it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use aws_lc_rs::{hmac, rand};

use super::approvals::Approvals;
use super::certificate::Identity;
use super::counterpart::Ledger;
use super::delegations::Delegations;
use super::directory::{COUNTERPART_RNC, Directory};
use super::flaws::Flaw;
use super::options::{Awkwardness, Options};
use super::orders::{Asked, Forced};
use super::query::Query;
use super::register::Register;
use super::reply::{Reply, Voice};
use super::route::{Environment, Operation};
use super::seeds::Seeds;
use super::sequences::Sequences;
use super::status_host::StatusHost;
use super::tokens::{Audience, TokenKeys};
use super::upload::{self, Upload};
use super::{
    annulments, approvals, authentication, counterpart, reception, results, stamps, summaries,
};
use crate::armed::Armed;
use crate::chance::Chance;
use crate::ring::Ring;
use crate::{Clock, FaultKind, Faults, SimulatorError};

/// The authority.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) clock: Clock,
    /// The base URL of its own port, without a slash at its end.
    pub(super) url: String,
    pub(super) tokens: TokenKeys,
    /// The counterpart's key and certificate, made when they are first needed: it takes a while.
    identity: OnceLock<Identity>,
    state: Mutex<State>,
}

/// What the authority remembers.
#[derive(Debug)]
pub(super) struct State {
    books: [Book; 3],
    pub(super) seeds: Seeds,
    pub(super) delegations: Delegations,
    pub(super) directory: Directory,
    pub(super) approvals: Approvals,
    pub(super) counterpart: Ledger,
    pub(super) status_host: StatusHost,
    pub(super) forced: Vec<Forced>,
    /// What is wrong with the counterpart's next documents.
    pub(super) flaws: VecDeque<Flaw>,
    pub(super) awkward: Awkwardness,
    pub(super) faults: Faults,
    pub(super) armed: Armed<Operation>,
    pub(super) asked: Ring<Asked>,
    /// Faults, words and trackIds have their own dice, so that one more word does not move every
    /// fault.
    fault_dice: Chance,
    word_dice: Chance,
    id_dice: Chance,
}

/// What one environment remembers.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) register: Register,
    pub(super) sequences: Sequences,
}

/// One request, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) operation: Operation,
    /// That of the path; the status host has none.
    pub(super) environment: Option<Environment>,
    pub(super) query: &'a Query,
    pub(super) authorization: Option<&'a str>,
    pub(super) media_type: Option<&'a str>,
    /// Whether the request had a Content-Length.
    pub(super) has_length: bool,
    pub(super) body: &'a [u8],
    /// A fault that the processing itself must act out.
    pub(super) fault: Option<FaultKind>,
}

impl Authority {
    /// Fresh keys and nothing received.
    pub(super) fn new(options: Options, url: String) -> Result<Self, SimulatorError> {
        let environments = [fresh_key()?, fresh_key()?, fresh_key()?];
        let tokens = TokenKeys::new(environments, fresh_key()?);
        let seeds = Seeds::drawn_from(fresh_key()?);
        let clock = options.clock.clone();
        let state = Mutex::new(State::new(options, seeds));
        Ok(Self { clock, url, tokens, identity: OnceLock::new(), state })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    /// The key and the certificate with which the counterpart signs.
    pub(super) fn identity(&self) -> Result<&Identity, SimulatorError> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity);
        }
        let fresh =
            Identity::fresh("SIMULADOR EMISOR RECEPTOR", SIMULATED_SERIAL, self.clock.now())?;
        Ok(self.identity.get_or_init(|| fresh))
    }

    /// Processes one request that needs no network of its own.
    pub(super) fn process(&self, call: &Call) -> Reply {
        if call.fault == Some(FaultKind::Unauthorised) {
            return Reply::Bare(401);
        }
        if call.fault == Some(FaultKind::ProcessingError) {
            return self.complain(500, "Ha ocurrido un error procesando la solicitud.");
        }
        match call.operation {
            Operation::Seed | Operation::CounterpartSeed => authentication::seed(self, call),
            Operation::Token | Operation::CounterpartToken => authentication::token(self, call),
            Operation::Reception => reception::receive(self, call),
            Operation::Summary => summaries::receive(self, call),
            Operation::SummaryInquiry => summaries::inquire(self, call),
            Operation::Result => results::by_track_id(self, call),
            Operation::Inquiry => results::by_number(self, call),
            Operation::TrackIds => results::track_ids(self, call),
            Operation::Approval => approvals::receive(self, call),
            Operation::Annulment => annulments::receive(self, call),
            Operation::Directory => super::directory::list(self, call),
            Operation::DirectoryByRnc => super::directory::by_rnc(self, call),
            Operation::ServiceStatus
            | Operation::MaintenanceWindows
            | Operation::EnvironmentStatus => super::status_host::answer(self, call),
            Operation::Stamp => stamps::stamp(self, call),
            Operation::ConsumerStamp => stamps::consumer_stamp(self, call),
            Operation::CounterpartReception => counterpart::receive(self, call),
            Operation::CounterpartApproval => counterpart::receive_approval(self, call),
            Operation::CounterpartAcknowledgement => counterpart::acknowledgement(self, call),
            Operation::Help => Reply::Page(200, HELP.to_owned()),
            Operation::CounterpartSend
            | Operation::CounterpartSendApproval
            | Operation::Unknown => Reply::Bare(404),
        }
    }

    /// A complaint of no service in particular.
    pub(super) fn complain(&self, status: u16, text: &str) -> Reply {
        self.state().voice().complaint(status, text)
    }

    /// The holder of the request's token, or the 401.
    pub(super) fn caller(&self, call: &Call) -> Result<String, Reply> {
        let now = self.clock.now();
        let holder = |audience| self.tokens.holder(audience, call.authorization, now);
        // Whoever asks the counterpart for something may have either token: it is the DGII, too.
        let other = match call.operation {
            Operation::CounterpartSend
            | Operation::CounterpartSendApproval
            | Operation::CounterpartAcknowledgement => Some(Audience::Dgii(call.environment())),
            _ => None,
        };
        let found = holder(call.audience()).or_else(|| other.and_then(holder));
        found.ok_or(Reply::Bare(401))
    }
}

impl State {
    fn new(options: Options, seeds: Seeds) -> Self {
        let Options { faults, seed, awkward, api_key, strict_delegations, .. } = options;
        let mut dice = Chance::seeded(seed);
        let mut delegations = Delegations::open_unless(strict_delegations);
        // Nobody else issues in the name of the counterpart.
        delegations.delegate(COUNTERPART_RNC, SIMULATED_PERSON);
        Self {
            books: Default::default(),
            seeds,
            delegations,
            directory: Directory::default(),
            approvals: Approvals::default(),
            counterpart: Ledger::default(),
            status_host: StatusHost::guarded_by(api_key),
            forced: Vec::new(),
            flaws: VecDeque::new(),
            awkward,
            faults,
            armed: Armed::default(),
            asked: Ring::default(),
            fault_dice: Chance::seeded(dice.bits()),
            word_dice: Chance::seeded(dice.bits()),
            id_dice: Chance::seeded(dice.bits()),
        }
    }

    /// The fault that befalls the next request of an operation: an armed one first, then chance.
    pub(super) fn strike(&mut self, operation: Operation) -> Option<FaultKind> {
        let chance = self.faults.strike(&mut self.fault_dice);
        self.armed.strike(operation).or(chance)
    }

    /// A number below `bound`, from the faults' dice.
    pub(super) fn fault_number(&mut self, bound: u64) -> u64 {
        self.fault_dice.below(bound)
    }

    /// A new trackId: a GUID in lower case.
    pub(super) fn track_id(&mut self) -> String {
        self.id_dice.guid()
    }

    /// How many questions about a new document are answered "en proceso".
    pub(super) fn patience(&mut self) -> u64 {
        if self.awkward.patience { 1 + self.word_dice.below(3) } else { 1 }
    }

    pub(super) fn voice(&mut self) -> Voice<'_> {
        Voice { awkward: &self.awkward, chance: &mut self.word_dice }
    }

    pub(super) fn book(&mut self, environment: Environment) -> &mut Book {
        &mut self.books[environment.index()]
    }

    /// Seeds, and the voice to word one with.
    pub(super) fn seeds_and_voice(&mut self) -> (&mut Seeds, Voice<'_>) {
        (&mut self.seeds, Voice { awkward: &self.awkward, chance: &mut self.word_dice })
    }
}

impl<'a> Call<'a> {
    /// The environment of the path. Every route of a service has one.
    pub(super) fn environment(&self) -> Environment {
        self.environment.unwrap_or(Environment::Production)
    }

    /// Whose token the request needs.
    pub(super) fn audience(&self) -> Audience {
        match self.operation {
            Operation::CounterpartSeed
            | Operation::CounterpartToken
            | Operation::CounterpartReception
            | Operation::CounterpartApproval
            | Operation::CounterpartSend
            | Operation::CounterpartAcknowledgement
            | Operation::CounterpartSendApproval => Audience::Counterpart,
            _ => Audience::Dgii(self.environment()),
        }
    }

    /// The file of a DGII upload, or what the service says without one.
    pub(super) fn file(&self) -> Result<&'a [u8], Reply> {
        // Real clients send their seeds without a length, and get their tokens.
        let is_measured = self.has_length || self.operation == Operation::Token;
        match upload::read(self.media_type, is_measured, self.body) {
            Upload::File(bytes) => Ok(bytes),
            Upload::Raw => Err(super::reply::problem(415, "Unsupported Media Type", Vec::new())),
            Upload::Missing => {
                Err(super::reply::field_problem("xml", "El campo xml es requerido."))
            }
            // Seen by clients of a body without length; the exact words are ours.
            Upload::Empty => Err(Reply::Text(400, "Multipart body cannot be empty.".to_owned())),
        }
    }
}

/// The bytes of a file, to be kept.
pub(super) fn kept(bytes: &[u8]) -> Arc<[u8]> {
    Arc::from(bytes)
}

fn fresh_key() -> Result<hmac::Key, SimulatorError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| SimulatorError::Random)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// A person that cannot exist: no cédula has these digits.
const SIMULATED_SERIAL: &str = "IDCDO-00000000000";
const SIMULATED_PERSON: &str = "00000000000";

/// What stands where the DGII has its Swagger UI.
const HELP: &str = "<!DOCTYPE html><html><head><title>Swagger UI</title></head><body>\
                    <h1>Simulador</h1><p>Este servicio es un simulador.</p></body></html>";
