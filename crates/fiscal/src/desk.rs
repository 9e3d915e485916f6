//! The desk: an outlet with its authority, signer, wire, store and clock.

mod fittings;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use authorities::{Authority, KeyRole, Signed, UnknownAuthority};
use invoice::{
    Exchange, ExchangeRate, Hash, Json, OutletId, SECOND, Seller, TenantId, Timestamp, Zone,
};
use ledger::{AuthorityFact, EntrySigner, Ledger, LedgerError, Outlet, PublicKey, Taxpayer};
use signing::{KeyUriError, Signer, SigningError};
use tokio::sync::{RwLock, Semaphore};

use self::fittings::Fittings;
pub use self::fittings::check;
pub(crate) use self::fittings::open_taxpayer_keys;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::keys::{KeyError, Keys};
use crate::leases::{Leases, RENEW_EACH};
use crate::reach::{self, Reach};
use crate::session::{Scope, Sessions};
use crate::wire::Wire;

/// Everything that issuing at an outlet needs.
#[derive(Clone)]
pub struct Desk {
    pub ledger: Arc<Ledger>,
    pub clock: Clock,
    pub chance: Chance,
    pub outlet: Outlet,
    pub seller: Seller,
    pub zone: Zone,
    pub authority: Arc<dyn Authority>,
    pub wire: Arc<dyn Wire>,
    pub signer: EntrySigner,
    pub keys: Keys,
    /// The central bank's mean rates, as the authority last told them.
    pub reference_rates: Arc<std::sync::RwLock<Vec<Exchange>>>,
    /// As many as the authority's channel takes at once.
    pub places: Arc<Semaphore>,
    /// What is known of the line to the authority: outlets over one wire share it.
    pub reach: Arc<Reach>,
    /// Those of the process: outlets that sign with one key share a login.
    pub sessions: Sessions,
    /// Which of them are this outlet's.
    pub session_scope: Scope,
    /// What the process has in hand.
    pub leases: Leases,
}

impl Desk {
    /// The central bank's mean rates that are known.
    pub fn known_rates(&self) -> Vec<Exchange> {
        self.reference_rates.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn learn_rates(&self, rates: Vec<Exchange>) {
        *self.reference_rates.write().unwrap_or_else(PoisonError::into_inner) = rates;
    }

    /// Signs on a thread that may wait: a hardware module takes its time.
    pub(crate) async fn sign(&self, bytes: Vec<u8>, role: KeyRole) -> Result<Signed, KeyError> {
        let (keys, now) = (self.keys.clone(), self.clock.now());
        let signed = tokio::task::spawn_blocking(move || keys.sign(&bytes, role, now));
        signed.await.expect("signing does not panic")
    }
}

/// Opens the line of an outlet from the `wire` object of its settings.
pub type OpenWire = Arc<dyn Fn(&Outlet, &Json) -> Result<Arc<dyn Wire>, String> + Send + Sync>;

/// Why an outlet cannot work.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error("there is no outlet {0}")]
    UnknownOutlet(OutletId),
    #[error("the settings of outlet {outlet} are not right: {reason}")]
    Settings { outlet: OutletId, reason: String },
    #[error("the settings of outlet {outlet} are not right: {reason}")]
    Wire { outlet: OutletId, reason: String },
    #[error("outlet {outlet}: there is no time zone {zone:?}: take an IANA name, as Africa/Lagos")]
    Zone { outlet: OutletId, zone: String },
    #[error("outlet {outlet}: its authority has no outlets in {zone}; take {}", .known.join(" or "))]
    ForeignZone { outlet: OutletId, zone: String, known: &'static [&'static str] },
    #[error("outlet {outlet}: {source}")]
    Authority { outlet: OutletId, source: UnknownAuthority },
    #[error("the key of outlet {outlet} cannot be used ({field})")]
    Key { outlet: OutletId, field: &'static str, source: KeyTrouble },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl DeskError {
    /// The error and its causes in one line, for the operator: it may name files and addresses.
    pub fn in_full(&self) -> String {
        let mut words = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let cause_words = cause.to_string();
            // Some errors say their cause themselves.
            if !words.contains(&cause_words) {
                words = format!("{words}: {cause_words}");
            }
            source = cause.source();
        }
        words
    }
}

/// Why a key cannot be used: its URI, or what it names.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    #[error(transparent)]
    Uri(#[from] KeyUriError),
    #[error(transparent)]
    Signing(Box<SigningError>),
}

/// The desks of a process, opened when they are first asked for.
pub struct Desks {
    ledger: Arc<Ledger>,
    clock: Clock,
    chance: Chance,
    open_wire: OpenWire,
    sessions: Sessions,
    leases: Leases,
    /// By the authority, and the settings of the wire to it.
    reaches: Mutex<HashMap<(String, Hash), Arc<Reach>>>,
    open: RwLock<HashMap<OutletId, Arc<Opened>>>,
}

/// A desk, and when it was last held against what stands in the ledger.
struct Opened {
    desk: Arc<Desk>,
    seen_at: AtomicI64,
}

/// How soon a process sees that another changed an outlet's settings.
const LOOK_EACH: i64 = 5 * SECOND;

impl Desks {
    pub fn new(ledger: Arc<Ledger>, clock: Clock, chance: Chance, open_wire: OpenWire) -> Self {
        let (sessions, leases) = (Sessions::default(), Leases::default());
        let (reaches, open) = (Mutex::default(), RwLock::default());
        Self { ledger, clock, chance, open_wire, sessions, leases, reaches, open }
    }

    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn chance(&self) -> &Chance {
        &self.chance
    }

    /// The desk of a tenant's outlet, with settings that are no older than [`LOOK_EACH`].
    pub async fn desk(&self, tenant: &TenantId, outlet: &OutletId) -> Result<Arc<Desk>, DeskError> {
        let known = self.open.read().await.get(outlet).cloned();
        if let Some(known) = known {
            if known.desk.outlet.tenant != *tenant {
                return Err(DeskError::UnknownOutlet(outlet.clone()));
            }
            if !known.is_to_be_looked_at(self.clock.now()) || self.stands(&known.desk).await {
                return Ok(Arc::clone(&known.desk));
            }
        }
        self.forget(outlet).await;
        let desk = Arc::new(self.open_desk(tenant, outlet).await?);
        let seen_at = AtomicI64::new(self.clock.now().micros());
        let opened = Arc::new(Opened { desk: Arc::clone(&desk), seen_at });
        self.open.write().await.insert(outlet.clone(), opened);
        Ok(desk)
    }

    /// Renews the leases of everything that this process has in hand.
    pub async fn renew_leases(&self) -> Result<(), LedgerError> {
        self.leases.renew(&self.ledger, &self.clock).await
    }

    /// Renews them for ever, so that nobody takes over what this process works on. Whoever drives
    /// beside other processes runs this beside all of it.
    pub async fn keep_leases(&self) {
        loop {
            tokio::time::sleep(RENEW_EACH).await;
            if let Err(error) = self.renew_leases().await {
                tracing::warn!("leases could not be renewed: {error}");
            }
        }
    }

    /// Whether what the desk was opened with is what stands in the ledger. Where that cannot be read,
    /// whatever is done at the desk will find so itself.
    async fn stands(&self, desk: &Desk) -> bool {
        let Outlet { tenant, id, taxpayer, .. } = &desk.outlet;
        let outlet = self.ledger.outlet(tenant, id).await;
        let taxpayer = self.ledger.taxpayer(tenant, taxpayer).await;
        match (outlet, taxpayer) {
            (Ok(Some(outlet)), Ok(Some(taxpayer))) => {
                let seller = seller_at(desk.authority.as_ref(), &taxpayer, &outlet);
                desk.outlet == outlet && desk.seller == seller
            }
            (Ok(_), Ok(_)) => false,
            (Err(_), _) | (_, Err(_)) => true,
        }
    }

    /// Forgets an outlet's desk, so that its settings are read anew.
    pub async fn forget(&self, outlet: &OutletId) {
        self.open.write().await.remove(outlet);
    }

    /// Opens everything that an outlet names, whether it is written down yet or not; nothing stays
    /// open, and nothing is written.
    pub async fn check(&self, outlet: &Outlet) -> Result<(), DeskError> {
        check(outlet, &self.open_wire).await
    }

    async fn open_desk(&self, tenant: &TenantId, id: &OutletId) -> Result<Desk, DeskError> {
        let unknown = || DeskError::UnknownOutlet(id.clone());
        let outlet = self.ledger.outlet(tenant, id).await?.ok_or_else(unknown)?;
        let taxpayer = self.ledger.taxpayer(tenant, &outlet.taxpayer).await?;
        let taxpayer = taxpayer.ok_or_else(unknown)?;
        let Fittings { authority, wire, wired, zone, signer, keys } =
            Fittings::open(&outlet, &self.open_wire).await?;
        self.keep_public_half(&outlet, signer.as_ref()).await?;
        let facts = self.ledger.authority_facts(&outlet.tenant, &outlet.id).await?;
        Ok(Desk {
            ledger: Arc::clone(&self.ledger),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            seller: seller_at(authority.as_ref(), &taxpayer, &outlet),
            zone,
            wire,
            signer: as_entry_signer(signer),
            reference_rates: Arc::new(reference_rates(&facts).into()),
            reach: self.reach(&outlet, &wired, &facts),
            places: Arc::new(Semaphore::new(authority.under_way_max())),
            sessions: self.sessions.clone(),
            session_scope: Scope::new(&keys, &outlet, &taxpayer, &wired),
            leases: self.leases.clone(),
            keys,
            authority,
            outlet,
        })
    }

    /// For ever: what was signed once must be verified later.
    async fn keep_public_half(
        &self,
        outlet: &Outlet,
        signer: &dyn Signer,
    ) -> Result<(), DeskError> {
        let public = PublicKey {
            key_id: signer.key_id().to_string(),
            algorithm: signer.algorithm().jose_name().to_owned(),
            spki: signer.public_key().to_der().to_vec(),
            first_seen: self.clock.now(),
        };
        Ok(self.ledger.register_key(&outlet.tenant, &outlet.id, public).await?)
    }

    /// What is known of the line, by this process or, until it has heard anything, by the one before.
    fn reach(&self, outlet: &Outlet, wired: &Json, facts: &[AuthorityFact]) -> Arc<Reach> {
        let environment = outlet.environment.as_str();
        let wire = Hash::of_note(format!("{environment} {wired:?}").as_bytes());
        let mut reaches = self.reaches.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = reaches.entry((outlet.authority.clone(), wire)).or_default();
        if let Some(since) = fact(facts, reach::FACT).and_then(Timestamp::parse) {
            reach.remember(since);
        }
        Arc::clone(reach)
    }
}

impl Opened {
    /// Whether it is this one's turn to look: of those who ask at once one does, and the others go on.
    fn is_to_be_looked_at(&self, now: Timestamp) -> bool {
        let seen_at = self.seen_at.load(Ordering::Relaxed);
        // A clock that was set back is no reason never to look.
        let is_old = (now.micros() - seen_at).abs() >= LOOK_EACH;
        let order = Ordering::Relaxed;
        is_old && self.seen_at.compare_exchange(seen_at, now.micros(), order, order).is_ok()
    }
}

fn reference_rates(facts: &[AuthorityFact]) -> Vec<Exchange> {
    fact(facts, crate::survey::SURVEY_RATES_FACT).map(read_rates).unwrap_or_default()
}

fn fact<'a>(facts: &'a [AuthorityFact], key: &str) -> Option<&'a str> {
    facts.iter().find(|fact| fact.key == key).map(|fact| fact.value.as_str())
}

/// The signer as the ledger wants it: one function of a message.
fn as_entry_signer(signer: Arc<dyn Signer>) -> EntrySigner {
    EntrySigner {
        key_id: signer.key_id().to_string(),
        is_device: signer.is_device(),
        sign: Arc::new(move |message| {
            let signature = signer.sign(message)?;
            Ok(signature.as_bytes().try_into()?)
        }),
    }
}

/// Rates as the survey stored them: `USD 2300.0000`, one a line.
fn read_rates(text: &str) -> Vec<Exchange> {
    let rate = |line: &str| {
        let (currency, rate) = line.split_once(' ')?;
        Some(Exchange { currency: currency.to_owned(), rate: ExchangeRate::parse(rate).ok()? })
    };
    text.lines().filter_map(rate).collect()
}

fn seller_at(authority: &dyn Authority, taxpayer: &Taxpayer, outlet: &Outlet) -> Seller {
    Seller { system_id: authority.system_id().map(str::to_owned), ..seller(taxpayer, outlet) }
}

fn seller(taxpayer: &Taxpayer, outlet: &Outlet) -> Seller {
    let address = [outlet.address.as_deref(), outlet.city.as_deref()];
    let address: Vec<&str> = address.into_iter().flatten().collect();
    let address = if address.is_empty() {
        taxpayer.address.clone().unwrap_or_default()
    } else {
        address.join(", ")
    };
    Seller {
        name: taxpayer.name.clone(),
        tax_id: taxpayer.tax_id.clone(),
        register: taxpayer.register.clone(),
        regime_label: taxpayer.regime_label.clone(),
        system_id: None,
        outlet_code: outlet.code.clone(),
        outlet_name: outlet.name.clone(),
        address,
        phone: outlet.phone.clone().or_else(|| taxpayer.phone.clone()),
        email: outlet.email.clone().or_else(|| taxpayer.email.clone()),
    }
}
