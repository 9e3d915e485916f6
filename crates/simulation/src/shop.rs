//! The taxpayer of every schedule: made once by the real code, then copied.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use authorities::{Authority, authority_named};
use fiscal::{Chance, Clock, Desk, Desks, Leases, Reach, Sessions};
use invoice::{Hash, Json, OutletId, TaxpayerId, TenantId, Timestamp};
use jiff::civil::Date;
use ledger::{
    EntrySigner, Environment, IsSigned, Ledger, Long, NumberTemplate, Options, Outlet, PublicKey,
    Range, Share, Taxpayer, Tenant, Verifier,
};

use crate::dice::Dice;
use crate::disk::{Disk, Process, Snapshot};
use crate::drc::MODULES;
use crate::ecf::ECF;
use crate::gate::{Gate, Gated};
use crate::line::{Line, Net, START};
use crate::scene::Scene;
use crate::trace::Trace;
use crate::vfs;

/// What a schedule begins with: a ledger with a taxpayer and its outlets, and no invoice.
pub(crate) struct Shop {
    pub scene: &'static Scene,
    pub files: Snapshot,
    pub tenant: TenantId,
    desks: Vec<Desk>,
    /// Each channel in either of its ways.
    authorities: [Vec<Arc<dyn Authority>>; 2],
}

impl Shop {
    /// Whose schedule a seed makes.
    pub(crate) fn of_seed(seed: u64) -> &'static Self {
        if seed.is_multiple_of(ECF_ONE_IN) { Self::of_ecf() } else { Self::of_modules() }
    }

    pub(crate) fn of_modules() -> &'static Self {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        Self::get(&SHOP, &MODULES)
    }

    pub(crate) fn of_ecf() -> &'static Self {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        Self::get(&SHOP, &ECF)
    }

    /// Made when it is first asked for.
    fn get(shop: &'static OnceLock<Self>, scene: &'static Scene) -> &'static Self {
        shop.get_or_init(|| {
            // It may be asked for from within another runtime.
            let thread = std::thread::spawn(move || {
                let runtime = crate::schedule::runtime();
                runtime.block_on(Self::make(scene))
            });
            thread.join().expect("the shop is made without a fault")
        })
    }

    /// The desk of an outlet in a process that has this ledger open.
    pub(crate) fn desk(&self, outlet: usize, fitted: Fitted) -> Desk {
        let authority = &self.authorities[usize::from(fitted.is_other_way)][outlet];
        let scene = self.scene;
        let Shared { leases, sessions, reach } = fitted.shared;
        Desk {
            ledger: fitted.ledger,
            clock: fitted.clock,
            chance: fitted.chance,
            wire: Arc::new(fitted.line),
            authority: Arc::new(Gated {
                authority: Arc::clone(authority),
                gate: fitted.gate,
                numbers: scene.own_kind.filter(|_| scene.ranged.contains(&outlet)),
            }),
            signer: signer(),
            places: Arc::new(tokio::sync::Semaphore::new(authority.under_way_max())),
            sessions,
            reference_rates: Arc::default(),
            // Outlets over one wire share what is known of it.
            reach: if scene.codes_itself { reach } else { Arc::default() },
            leases,
            ..self.desks[outlet].clone()
        }
    }

    pub(crate) fn outlets(&self) -> impl Iterator<Item = &OutletId> {
        self.desks.iter().map(|desk| &desk.outlet.id)
    }

    /// The ranges that were given out before a schedule begins.
    pub(crate) fn first_ranges(&self) -> Vec<(Range, Vec<Share>)> {
        let outlets = self.scene.ranged.map(|place| &self.desks[place].outlet);
        let [one, _] = outlets;
        let taxpayer = (&self.tenant, &one.taxpayer);
        self.scene.first_ranges(taxpayer, outlets.map(|outlet| &outlet.id), one.created_at)
    }

    /// The day at the outlets.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        self.desks[0].zone.date(at)
    }

    async fn make(scene: &'static Scene) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let trace = Arc::new(Trace::new(false));
        let disk = Disk::new(&Snapshot::default(), Dice::new(0), Arc::clone(&trace));
        let disk = Arc::new(disk);
        vfs::mount(folder.path(), &disk, Process(0));
        let ledger = Ledger::open(&folder.path().join(LEDGER), options()).expect("an empty disk");
        let ledger = Arc::new(ledger);
        let tenant = TenantId::from_random([1; 10]);
        settle(scene, &ledger, (&tenant, folder.path())).await;
        let desks = open_desks(scene, &ledger, (&tenant, &disk, &trace)).await;
        ledger.close().await;
        let files = at_rest(&disk, folder.path()).await;
        vfs::unmount(folder.path());
        let authorities = [false, true].map(|is_other_way| {
            let outlets = 0..scene.channels.len();
            outlets.map(|outlet| authority(scene, outlet, is_other_way)).collect()
        });
        Self { scene, files, tenant, desks, authorities }
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
    pub shared: Shared,
    pub is_other_way: bool,
}

/// What the desks of a process have in common.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub leases: Leases,
    pub sessions: Sessions,
    pub reach: Arc<Reach>,
}

/// Schedules that are the e-CF's.
const ECF_ONE_IN: u64 = 3;

/// The ledger's file in its folder.
pub(crate) const LEDGER: &str = "ledger.db";

/// One reader and one worker: more would only change the order of what happens at once. And nothing
/// takes long: a busy machine would run other schedules.
pub(crate) fn options() -> Options {
    let rewrite = vfs::rewrite;
    Options { readers_max: 1, workers: 1, long: Long::NEVER, rewrite, ..Options::default() }
}

/// Signs by hashing: a signature that is the same on every run, and that `verify` can judge. The
/// keys have suites of their own.
fn signer() -> EntrySigner {
    let sign: ledger::Sign = Arc::new(|message| Ok(signature(message)));
    EntrySigner { key_id: KEY_ID.to_owned(), sign, is_device: false }
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

/// The same shop in another ledger.
pub(crate) async fn settle_at(scene: &Scene, ledger: &Ledger) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    settle(scene, ledger, (&TenantId::from_random([1; 10]), folder.path())).await;
}

async fn settle(scene: &Scene, ledger: &Ledger, (tenant, folder): (&TenantId, &Path)) {
    let key = folder.join("outlet.pem");
    signing::software::generate(&key).expect("a key in a temporary folder");
    let created_at = Timestamp::from_micros(START);
    let taxpayer = taxpayer(scene, tenant, created_at);
    let named = Tenant { id: tenant.clone(), name: "Tenant".to_owned(), created_at };
    ledger.create_tenant(named).await.expect("a first tenant");
    ledger.create_taxpayer(taxpayer.clone()).await.expect("a first taxpayer");
    for index in 0..scene.channels.len() {
        let outlet = outlet(scene, &taxpayer, (index, &key));
        ledger.create_outlet(outlet).await.expect("an outlet of its own");
        let registered = ledger.register_key(tenant, &outlet_id(index), public_half()).await;
        registered.expect("the key of an outlet that exists");
    }
    let outlets = scene.ranged.map(outlet_id);
    let outlets = outlets.each_ref();
    for (range, shares) in scene.first_ranges((tenant, &taxpayer.id), outlets, created_at) {
        ledger.authorise_range(range, shares).await.expect("ranges that lie apart");
    }
}

/// Of the key that signs by hashing: what verifies it is [`verifier`].
fn public_half() -> PublicKey {
    let (key_id, algorithm) = (KEY_ID.to_owned(), "ES256".to_owned());
    PublicKey { key_id, algorithm, spki: Vec::new(), first_seen: Timestamp::from_micros(START) }
}

fn taxpayer(scene: &Scene, tenant: &TenantId, created_at: Timestamp) -> Taxpayer {
    Taxpayer {
        tenant: tenant.clone(),
        id: TaxpayerId::from_random([2; 10]),
        tax_id: scene.tax_id.to_owned(),
        name: "Taxpayer".to_owned(),
        register: None,
        regime_label: None,
        address: None,
        phone: None,
        email: None,
        created_at,
    }
}

fn outlet(scene: &Scene, taxpayer: &Taxpayer, (index, key): (usize, &Path)) -> Outlet {
    Outlet {
        tenant: taxpayer.tenant.clone(),
        taxpayer: taxpayer.id.clone(),
        id: outlet_id(index),
        code: format!("SIM{index}"),
        name: "Outlet".to_owned(),
        address: scene.address.map(str::to_owned),
        city: None,
        phone: None,
        email: None,
        zone: scene.zone.to_owned(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").expect("a template"),
        authority: scene.channels[index].to_owned(),
        environment: Environment::Test,
        key_uri: format!("file:{}", key.display()),
        settings: format!(r#"{{"authority":{}}}"#, scene.registered_settings),
        created_at: taxpayer.created_at,
    }
}

fn outlet_id(index: usize) -> OutletId {
    let place = u8::try_from(index).expect("a handful of outlets");
    OutletId::from_random([10 + place; 10])
}

fn authority(scene: &Scene, outlet: usize, is_other_way: bool) -> Arc<dyn Authority> {
    let settings = (scene.settings)(outlet, is_other_way);
    let settings = Json::parse(settings.as_bytes()).expect("JSON");
    let channel = scene.channels[outlet];
    authority_named(channel, &settings, authorities::Environment::Test).expect("a channel")
}

/// The desks as the product opens them; each process of a schedule has copies.
async fn open_desks(
    scene: &Scene,
    ledger: &Arc<Ledger>,
    (tenant, disk, trace): (&TenantId, &Arc<Disk>, &Arc<Trace>),
) -> Vec<Desk> {
    let mut dice = Dice::new(0);
    let ends = (scene.ends)(&mut dice);
    let net = Arc::new(Net::new(ends, dice, Arc::clone(trace)));
    let (clock, disk) = (net.clock().clone(), Arc::clone(disk));
    let open_wire: fiscal::OpenWire = Arc::new(move |_, _| {
        let (net, disk) = (Arc::clone(&net), Arc::clone(&disk));
        Ok(Arc::new(Line { net, disk, process: Process(0), outlet: 0 }))
    });
    let desks = Desks::new(Arc::clone(ledger), clock, Chance::seeded(0), open_wire);
    let mut open = Vec::new();
    for outlet in ledger.outlets(tenant).await.expect("the outlets") {
        let desk = desks.desk(tenant, &outlet.id).await.expect("a desk");
        open.push(Desk { keys: (scene.keys)(), ..(*desk).clone() });
    }
    open.sort_by(|one, other| one.outlet.code.cmp(&other.outlet.code));
    open
}
