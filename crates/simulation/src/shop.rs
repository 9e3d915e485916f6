//! The taxpayer of every schedule: made once by the real code, then copied.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use authorities::{Authority, authority_named};
use fiscal::{Chance, Clock, Desk, Desks, Leases};
use invoice::{Hash, Json, OutletId, TaxpayerId, TenantId, Timestamp};
use jiff::civil::Date;
use ledger::{
    EntrySigner, Environment, IsSigned, Ledger, NumberTemplate, Options, Outlet, Range, Share,
    Taxpayer, Tenant, Verifier,
};

use crate::dice::Dice;
use crate::disk::{Disk, Process, Snapshot};
use crate::gate::{Gate, Gated};
use crate::line::{Line, Net, START};
use crate::ranged;
use crate::trace::Trace;
use crate::vfs;

/// The outlets of a schedule, and how each tells its authority.
pub(crate) const CHANNELS: [&str; 4] = ["drc/emcf", "drc/cloud", "drc/cloud", "drc/emcf"];

/// The outlet that seals by itself and tells its authority later.
pub(crate) const SEALS_FIRST: usize = 1;

/// The outlets that share ranges of numbers: one seals by itself, the other asks first.
pub(crate) const RANGED: [usize; 2] = [2, 3];

/// What a schedule begins with: a ledger with a taxpayer and its outlets, and no invoice.
pub(crate) struct Shop {
    pub files: Snapshot,
    pub tenant: TenantId,
    desks: Vec<Desk>,
    /// Each channel as it is when the module tells of finalised invoices, and when not.
    authorities: [Vec<Arc<dyn Authority>>; 2],
}

impl Shop {
    /// Made when it is first asked for.
    pub(crate) fn get() -> &'static Self {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        SHOP.get_or_init(|| {
            // It may be asked for from within another runtime.
            let thread = std::thread::spawn(|| {
                let runtime = crate::schedule::runtime();
                runtime.block_on(Self::make())
            });
            thread.join().expect("the shop is made without a fault")
        })
    }

    /// The desk of an outlet in a process that has this ledger open.
    pub(crate) fn desk(&self, outlet: usize, fitted: Fitted) -> Desk {
        let authority = &self.authorities[usize::from(fitted.tells_finalised)][outlet];
        Desk {
            ledger: fitted.ledger,
            clock: fitted.clock,
            chance: fitted.chance,
            wire: Arc::new(fitted.line),
            authority: Arc::new(Gated {
                authority: Arc::clone(authority),
                gate: fitted.gate,
                numbers: RANGED.contains(&outlet).then_some(ranged::KIND),
            }),
            signer: signer(),
            places: Arc::new(tokio::sync::Semaphore::new(authority.under_way_max())),
            sessions: fiscal::Sessions::default(),
            reference_rates: Arc::default(),
            reach: Arc::default(),
            leases: fitted.leases,
            ..self.desks[outlet].clone()
        }
    }

    pub(crate) fn outlets(&self) -> impl Iterator<Item = &OutletId> {
        self.desks.iter().map(|desk| &desk.outlet.id)
    }

    /// The ranges that were given out before a schedule begins.
    pub(crate) fn first_ranges(&self) -> [(Range, Vec<Share>); 2] {
        let outlets = RANGED.map(|place| &self.desks[place].outlet);
        let [one, _] = outlets;
        let taxpayer = (&self.tenant, &one.taxpayer);
        ranged::first_ranges(taxpayer, outlets.map(|outlet| &outlet.id), one.created_at)
    }

    /// The day at the outlets.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        self.desks[0].zone.date(at)
    }

    async fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let trace = Arc::new(Trace::new(false));
        let disk = Disk::new(&Snapshot::default(), Dice::new(0), Arc::clone(&trace));
        let disk = Arc::new(disk);
        vfs::mount(folder.path(), &disk, Process(0));
        let ledger = Ledger::open(&folder.path().join(LEDGER), options()).expect("an empty disk");
        let ledger = Arc::new(ledger);
        let tenant = TenantId::from_random([1; 10]);
        settle(&ledger, &tenant, folder.path()).await;
        let desks = open_desks(&ledger, &tenant, (&disk, &trace)).await;
        ledger.close().await;
        let files = at_rest(&disk, folder.path()).await;
        vfs::unmount(folder.path());
        let authorities = [false, true]
            .map(|tells| CHANNELS.iter().map(|channel| authority(channel, tells)).collect());
        Self { files, tenant, desks, authorities }
    }
}

/// The ledger's file alone. Which of its connections closes last, and so copies the log into the file,
/// is a matter of chance, and every schedule must begin alike.
async fn at_rest(disk: &Disk, folder: &Path) -> Snapshot {
    for _ in 0..CLOSES_MAX {
        let files = disk.snapshot();
        if files.names().eq([LEDGER]) {
            return files;
        }
        let ledger = Ledger::open(&folder.join(LEDGER), options()).expect("a sound disk");
        ledger.close().await;
    }
    panic!("the log is not copied into the file when the ledger is closed")
}

const CLOSES_MAX: usize = 10;

/// What a desk is put together from, for one process.
pub(crate) struct Fitted {
    pub ledger: Arc<Ledger>,
    pub clock: Clock,
    pub chance: Chance,
    pub line: Line,
    pub gate: Arc<Gate>,
    pub leases: Leases,
    pub tells_finalised: bool,
}

/// The ledger's file in its folder.
pub(crate) const LEDGER: &str = "ledger.db";

/// One reader and one worker: more would only change the order of what happens at once.
pub(crate) fn options() -> Options {
    Options { readers_max: 1, workers: 1, ..Options::default() }
}

/// Signs by hashing: a signature that is the same on every run, and that `verify` can judge. The
/// keys have suites of their own.
fn signer() -> EntrySigner {
    EntrySigner { key_id: KEY_ID.to_owned(), sign: Arc::new(|message| Ok(signature(message))) }
}

fn signature(message: &[u8]) -> [u8; 64] {
    let first = Hash::of_note(message);
    let second = Hash::of_note(&first.0);
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&first.0);
    signature[32..].copy_from_slice(&second.0);
    signature
}

/// The verifier of the one key.
pub(crate) fn verifier(key_id: &str) -> Option<Verifier> {
    let check: Verifier = Box::new(|message, given| signature(message) == given);
    (key_id == KEY_ID).then_some(check)
}

/// The same, whichever key is named: there is one.
pub(crate) fn is_signed() -> IsSigned {
    Arc::new(|_, (message, given)| signature(message) == *given)
}

/// As a key's id is written.
const KEY_ID: &str = "5111a7ed5111a7ed";

async fn settle(ledger: &Ledger, tenant: &TenantId, folder: &Path) {
    let key = folder.join("outlet.pem");
    signing::software::generate(&key).expect("a key in a temporary folder");
    let created_at = Timestamp::from_micros(START);
    let taxpayer = taxpayer(tenant, created_at);
    let named = Tenant { id: tenant.clone(), name: "Tenant".to_owned(), created_at };
    ledger.create_tenant(named).await.expect("a first tenant");
    ledger.create_taxpayer(taxpayer.clone()).await.expect("a first taxpayer");
    for (index, channel) in CHANNELS.iter().enumerate() {
        let outlet = outlet(&taxpayer, (index, channel), &key);
        ledger.create_outlet(outlet).await.expect("an outlet of its own");
    }
    let outlets = RANGED.map(outlet_id);
    let outlets = outlets.each_ref();
    for (range, shares) in ranged::first_ranges((tenant, &taxpayer.id), outlets, created_at) {
        ledger.authorise_range(range, shares).await.expect("ranges that lie apart");
    }
}

fn taxpayer(tenant: &TenantId, created_at: Timestamp) -> Taxpayer {
    Taxpayer {
        tenant: tenant.clone(),
        id: TaxpayerId::from_random([2; 10]),
        tax_id: "A1234567B".to_owned(),
        name: "Taxpayer".to_owned(),
        register: None,
        regime_label: None,
        address: None,
        phone: None,
        email: None,
        created_at,
    }
}

fn outlet(taxpayer: &Taxpayer, (index, channel): (usize, &str), key: &Path) -> Outlet {
    Outlet {
        tenant: taxpayer.tenant.clone(),
        taxpayer: taxpayer.id.clone(),
        id: outlet_id(index),
        code: format!("SIM{index}"),
        name: "Outlet".to_owned(),
        address: None,
        city: None,
        phone: None,
        email: None,
        zone: "Africa/Kinshasa".to_owned(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").expect("a template"),
        authority: channel.to_owned(),
        environment: Environment::Test,
        key_uri: format!("file:{}", key.display()),
        settings: r#"{"authority":{"isf":"SIM"}}"#.to_owned(),
        created_at: taxpayer.created_at,
    }
}

fn outlet_id(index: usize) -> OutletId {
    let place = u8::try_from(index).expect("a handful of outlets");
    OutletId::from_random([10 + place; 10])
}

fn authority(channel: &str, tells_finalised: bool) -> Arc<dyn Authority> {
    let settings = format!(r#"{{"isf":"SIM","ask_finalised":{tells_finalised}}}"#);
    let settings = Json::parse(settings.as_bytes()).expect("JSON");
    authority_named(channel, &settings, authorities::Environment::Test).expect("a channel")
}

/// The desks as the product opens them; each process of a schedule has copies.
async fn open_desks(
    ledger: &Arc<Ledger>,
    tenant: &TenantId,
    (disk, trace): (&Arc<Disk>, &Arc<Trace>),
) -> Vec<Desk> {
    let net = Arc::new(Net::new(1, Dice::new(0), Arc::clone(trace)));
    let (clock, disk) = (net.clock().clone(), Arc::clone(disk));
    let open_wire: fiscal::OpenWire = Arc::new(move |_, _| {
        let (net, disk) = (Arc::clone(&net), Arc::clone(&disk));
        Ok(Arc::new(Line { net, disk, process: Process(0), outlet: 0 }))
    });
    let desks = Desks::new(Arc::clone(ledger), clock, Chance::seeded(0), open_wire);
    let mut open = Vec::new();
    for outlet in ledger.outlets(tenant).await.expect("the outlets") {
        let desk = desks.desk(tenant, &outlet.id).await.expect("a desk");
        open.push((*desk).clone());
    }
    open.sort_by(|one, other| one.outlet.code.cmp(&other.outlet.code));
    open
}
