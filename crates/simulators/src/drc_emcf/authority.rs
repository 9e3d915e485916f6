//! The authority itself: who may ask, what is asked, and what it answers.

use std::sync::{Mutex, MutexGuard};

use aws_lc_rs::{hmac, rand};
use serde::Deserialize;

use crate::armed::Armed;
use crate::chance::Chance;
use crate::drc_emcf::awkward::Voice;
use crate::drc_emcf::checks::{self, Rules};
use crate::drc_emcf::codes::{PROCESSING, REFERENCE_UNVERIFIED, Refusal};
use crate::drc_emcf::credit::Credit;
use crate::drc_emcf::lists::{
    ARTICLE_TYPES, CLIENT_TYPES, INVOICE_TYPES, PAYMENT_TYPES, REFERENCE_TYPES,
};
use crate::drc_emcf::logs::{Asked, TurnedDown};
use crate::drc_emcf::rates::VatRates;
use crate::drc_emcf::register::{Pending, Register};
use crate::drc_emcf::replies::{self, Standing};
use crate::drc_emcf::request::{Confirmation, InvoiceRequest};
use crate::drc_emcf::route::{Info, Operation, Route};
use crate::drc_emcf::{CurrencyRate, Dialect, Emcf, Options, Token, details, moment, tokens};
use crate::json::Json;
use crate::ring::Ring;
use crate::{Clock, FaultKind, Faults, SimulatorError};

/// The authority: its keys, its time, and what it remembers.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) clock: Clock,
    token_key: hmac::Key,
    code_key: hmac::Key,
    state: Mutex<State>,
}

/// What the authority remembers.
#[derive(Debug)]
pub(super) struct State {
    pub(super) modules: Vec<Module>,
    pub(super) register: Register,
    pub(super) currencies: Vec<CurrencyRate>,
    pub(super) dialect: Dialect,
    pub(super) faults: Faults,
    pub(super) armed: Armed<Operation>,
    pub(super) asked: Ring<Asked>,
    pub(super) turned_down: Ring<TurnedDown>,
    /// Faults, words and uids have their own dice, so that one more word does not move every fault.
    fault_dice: Chance,
    word_dice: Chance,
    uid_dice: Chance,
}

/// An e-MCF and the one token that speaks for it.
#[derive(Clone, Debug)]
pub(super) struct Module {
    pub(super) emcf: Emcf,
    pub(super) token: String,
}

/// One request, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) route: &'a Route,
    pub(super) authorization: Option<&'a str>,
    pub(super) media_type: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// A fault that the processing itself must act out.
    pub(super) fault: Option<FaultKind>,
}

/// What the authority answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Spoken(Json),
    /// No token, a stranger's, an expired one, or that of an e-MCF that is switched off.
    Unauthorised,
    /// No body, or one that is not the JSON that was expected.
    BadRequest(String),
    WrongMedia,
    WrongMethod,
    NotFound,
}

/// Whoever the token speaks for.
struct Caller {
    emcf: Emcf,
    token_expires: i64,
}

impl Authority {
    /// Fresh keys, the options' e-MCFs, no invoice.
    pub(super) fn new(options: Options) -> Result<Self, SimulatorError> {
        let Options { faults, seed, clock, dialect, emcfs, currency_rates, .. } = options;
        let mut seeds = Chance::seeded(seed);
        let state = State {
            modules: Vec::new(),
            register: Register::default(),
            currencies: currency_rates.into_iter().filter(CurrencyRate::is_plausible).collect(),
            dialect,
            faults,
            armed: Armed::default(),
            asked: Ring::default(),
            turned_down: Ring::default(),
            fault_dice: Chance::seeded(seeds.bits()),
            word_dice: Chance::seeded(seeds.bits()),
            uid_dice: Chance::seeded(seeds.bits()),
        };
        let (token_key, code_key) = (fresh_key()?, fresh_key()?);
        let authority = Self { clock, token_key, code_key, state: Mutex::new(state) };
        for emcf in emcfs {
            authority.install(emcf)?;
        }
        Ok(authority)
    }

    /// Adds an e-MCF, or makes a new token for one that exists: the earlier token is then void.
    pub(super) fn install(&self, emcf: Emcf) -> Result<Token, SimulatorError> {
        emcf.check()?;
        let now = self.clock.now();
        let bearer = (emcf.nif.as_str(), emcf.nim.as_str());
        let token = tokens::issue(&self.token_key, bearer, now, emcf.token_lifetime);
        let issued = Token { nif: emcf.nif.clone(), nim: emcf.nim.clone(), token: token.clone() };
        let modules = &mut self.state().modules;
        modules.retain(|module| module.emcf.nim != emcf.nim);
        modules.push(Module { emcf, token });
        Ok(issued)
    }

    /// Every e-MCF's token.
    pub(super) fn tokens(&self) -> Vec<Token> {
        let token = |Module { emcf, token }: &Module| Token {
            nif: emcf.nif.clone(),
            nim: emcf.nim.clone(),
            token: token.clone(),
        };
        self.state().modules.iter().map(token).collect()
    }

    /// What the authority remembers, once its pending demandes of two minutes ago are expired.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let now = self.clock.now();
        let mut state = self.state.lock().expect("nothing panics while it holds the state");
        state.register.expire(now);
        state
    }

    /// Processes one request.
    pub(super) fn process(&self, call: &Call) -> Reply {
        let now = self.clock.now();
        let mut state = self.state();
        match call.route {
            Route::Unknown => return Reply::NotFound,
            Route::WrongMethod => return Reply::WrongMethod,
            Route::Status
            | Route::Invoice
            | Route::Confirm(_)
            | Route::Cancel(_)
            | Route::Details(_)
            | Route::Info(_) => {}
        }
        let Some(caller) = self.caller(&state, call.authorization, now) else {
            return Reply::Unauthorised;
        };
        match &call.route {
            Route::Invoice => state.submit(call, &caller, now),
            Route::Confirm(uid) => self.confirm(&mut state, call, &caller, (uid, now)),
            Route::Cancel(uid) => state.cancel(&caller, uid, now),
            Route::Details(uid) => state.details(&caller, uid, now),
            Route::Info(list) => Reply::Spoken(state.info(*list, &caller, now)),
            Route::Status => Reply::Spoken(state.status(&caller, now)),
            Route::WrongMethod | Route::Unknown => Reply::NotFound,
        }
    }

    fn caller(&self, state: &State, authorization: Option<&str>, now: i64) -> Option<Caller> {
        let given = authorization?.trim();
        let token = match given.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            Some(_) => return None,
            // Some deployments are said to take the token without its scheme.
            None if state.dialect.strict => return None,
            None => given,
        };
        let bearer = tokens::read(&self.token_key, token, now)?;
        let module = state.modules.iter().find(|module| module.token == token)?;
        module
            .emcf
            .active
            .then(|| Caller { emcf: module.emcf.clone(), token_expires: bearer.expires })
    }

    fn confirm(
        &self,
        state: &mut State,
        call: &Call,
        caller: &Caller,
        (uid, now): (&str, i64),
    ) -> Reply {
        if state.refuses_media(call) {
            return Reply::WrongMedia;
        }
        let confirmation: Confirmation = match read(call.body) {
            Ok(confirmation) => confirmation,
            Err(why) => return Reply::BadRequest(why),
        };
        let nim = caller.emcf.nim.as_str();
        let rn = state.register.details(uid, nim).ok().map(|pending| pending.request.rn.clone());
        let State { register, dialect, word_dice, .. } = state;
        let sealing = (&self.code_key, &*dialect);
        let outcome = match call.fault {
            Some(FaultKind::ProcessingError) => Err(armed_failure()),
            _ => register.confirm((uid, nim), &confirmation, now, sealing),
        };
        match outcome {
            Ok(registered) => {
                let mut voice = Voice { awkward: &dialect.awkward, chance: word_dice };
                Reply::Spoken(replies::confirmed(registered, &mut voice))
            }
            Err(refusal) => state.turn_down(&refusal, Operation::Confirm, caller, rn, now),
        }
    }
}

impl State {
    /// The fault that befalls the next request of an operation: an armed one first, then chance.
    pub(super) fn strike(&mut self, operation: Operation) -> Option<FaultKind> {
        let chance = self.faults.strike(&mut self.fault_dice);
        self.armed.strike(operation).or(chance)
    }

    /// A number below `bound`, from the faults' dice.
    pub(super) fn fault_number(&mut self, bound: u64) -> u64 {
        self.fault_dice.below(bound)
    }

    fn submit(&mut self, call: &Call, caller: &Caller, now: i64) -> Reply {
        if self.refuses_media(call) {
            return Reply::WrongMedia;
        }
        let request: InvoiceRequest = match read(call.body) {
            Ok(request) => request,
            Err(why) => return Reply::BadRequest(why),
        };
        let rn = Some(request.rn.clone());
        match self.take_in(request, call.fault, caller, now) {
            Ok(reply) => Reply::Spoken(reply),
            Err(refusal) => self.turn_down(&refusal, Operation::Invoice, caller, rn, now),
        }
    }

    fn take_in(
        &mut self,
        request: InvoiceRequest,
        fault: Option<FaultKind>,
        caller: &Caller,
        now: i64,
    ) -> Result<Json, Refusal> {
        if fault == Some(FaultKind::ProcessingError) {
            return Err(armed_failure());
        }
        let rates = VatRates::on(moment::day(now));
        let rules = Rules {
            nif: &caller.emcf.nif,
            rates: &rates,
            currencies: &self.currencies,
            dialect: &self.dialect,
        };
        let invoice = checks::accept(&request, &rules)?;
        let verifies = matches!(invoice.credit, Some(Credit::Of(_)));
        if verifies && fault == Some(FaultKind::ReferenceUnverified) {
            return Err(REFERENCE_UNVERIFIED.because("panne commandée par le port de gestion"));
        }
        let (uid, nim) = (self.uid_dice.guid(), caller.emcf.nim.clone());
        let demande = Pending { uid, nim, at: now, request, invoice };
        let pending = self.register.submit(demande, &self.dialect)?;
        let mut voice = Voice { awkward: &self.dialect.awkward, chance: &mut self.word_dice };
        Ok(replies::totals(pending, &rates, &mut voice))
    }

    fn cancel(&mut self, caller: &Caller, uid: &str, now: i64) -> Reply {
        let nim = &caller.emcf.nim;
        let rn = self.register.details(uid, nim).ok().map(|pending| pending.request.rn.clone());
        match self.register.cancel(uid, nim) {
            Ok(()) => Reply::Spoken(replies::cancelled(nim, now, &mut self.voice())),
            Err(refusal) => self.turn_down(&refusal, Operation::Cancel, caller, rn, now),
        }
    }

    fn details(&mut self, caller: &Caller, uid: &str, now: i64) -> Reply {
        let Self { register, dialect, word_dice, .. } = self;
        match register.details(uid, &caller.emcf.nim) {
            Ok(pending) => {
                let mut voice = Voice { awkward: &dialect.awkward, chance: word_dice };
                Reply::Spoken(details::details(pending, &mut voice))
            }
            Err(refusal) => self.turn_down(&refusal, Operation::Details, caller, None, now),
        }
    }

    fn status(&mut self, caller: &Caller, now: i64) -> Json {
        let Self { register, dialect, word_dice, .. } = self;
        let mut voice = Voice { awkward: &dialect.awkward, chance: word_dice };
        let pending = register.pending_of(&caller.emcf.nim);
        replies::status(caller.standing(now), pending, &mut voice)
    }

    fn info(&mut self, list: Info, caller: &Caller, now: i64) -> Json {
        let Self { modules, currencies, dialect, word_dice, .. } = self;
        let mut voice = Voice { awkward: &dialect.awkward, chance: word_dice };
        let rates = VatRates::on(moment::day(now));
        match list {
            Info::Status => {
                let emcfs = modules.iter().map(|module| &module.emcf);
                let emcfs = emcfs.filter(|emcf| emcf.nif == caller.emcf.nif);
                replies::info_status(caller.standing(now), emcfs, &mut voice)
            }
            Info::TaxGroups => replies::tax_groups(&rates, &mut voice),
            Info::InvoiceTypes => replies::types(&INVOICE_TYPES, &mut voice),
            Info::PaymentTypes => replies::types(&PAYMENT_TYPES, &mut voice),
            Info::ClientTypes => replies::types(&CLIENT_TYPES, &mut voice),
            Info::ReferenceTypes => replies::types(&REFERENCE_TYPES, &mut voice),
            Info::ItemTypes => replies::types(&ARTICLE_TYPES, &mut voice),
            Info::CurrencyRates => replies::currency_rates(currencies, now, &mut voice),
        }
    }

    /// Writes a refusal down and words it.
    fn turn_down(
        &mut self,
        refusal: &Refusal,
        operation: Operation,
        caller: &Caller,
        rn: Option<String>,
        now: i64,
    ) -> Reply {
        self.turned_down.push(TurnedDown {
            at: moment::iso(now, 3),
            operation,
            nim: caller.emcf.nim.clone(),
            rn,
            code: refusal.code.number,
            text: refusal.description(),
            detail: refusal.detail.clone(),
            rule: refusal.code.rule,
        });
        let finalising = matches!(operation, Operation::Confirm | Operation::Cancel);
        Reply::Spoken(replies::refused(refusal, finalising, &mut self.voice()))
    }

    fn voice(&mut self) -> Voice<'_> {
        Voice { awkward: &self.dialect.awkward, chance: &mut self.word_dice }
    }

    fn refuses_media(&self, call: &Call) -> bool {
        let media = call.media_type.unwrap_or_default().to_ascii_lowercase();
        let media = media.split(';').next().unwrap_or_default().trim();
        let json = matches!(media, "application/json" | "text/json")
            || (media.starts_with("application/") && media.ends_with("+json"));
        self.dialect.strict && !json
    }
}

impl Caller {
    fn standing(&self, now: i64) -> Standing<'_> {
        Standing { emcf: &self.emcf, token_expires: self.token_expires, now }
    }
}

/// A body as the JSON object that was expected. (A positional array would read as one, too.)
fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    match body.trim_ascii_start().first() {
        None => Err("A non-empty request body is required.".to_owned()),
        Some(b'{') => serde_json::from_slice(body).map_err(|error| error.to_string()),
        Some(_) => Err("The request body must be a JSON object.".to_owned()),
    }
}

fn armed_failure() -> Refusal {
    PROCESSING.because("panne commandée par le port de gestion")
}

fn fresh_key() -> Result<hmac::Key, SimulatorError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| SimulatorError::Random)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}
