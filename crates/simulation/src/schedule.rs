//! A schedule: from one seed, what callers ask for and what goes wrong, in one order.

use std::sync::Arc;

use invoice::SECOND;
use ledger::Stage;

use crate::check::Moment;
use crate::disk::Crash;
use crate::postgres::Postgres;
use crate::requests::{Request, Told, What};
use crate::shop::Shop;
use crate::world::{Bench, Complaint, Held, Store, World};

/// How a schedule went well.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passed {
    pub seed: u64,
    /// Everything that happened, as one number: the same for the same seed.
    pub trace: u64,
    pub operations: u64,
    /// Calls of the disk that change something, or requests to the database.
    pub disk_calls: u64,
    /// Processes and machines that went down.
    pub crashes: u64,
    /// What customers hold in the end.
    pub receipts: u64,
    /// What happened in words, where they were kept.
    pub words: Vec<String>,
}

/// A violation.
#[derive(Clone, Debug)]
pub struct Failed {
    pub seed: u64,
    pub complaint: String,
    /// What happened before, line by line.
    pub trace: Vec<String>,
}

/// What a schedule is run with.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Whether the words of the trace are kept.
    pub keep_words: bool,
    /// The disk's syncs do nothing: to see that the harness notices.
    pub syncs_lie: bool,
}

/// The kinds of operation, with how many in a hundred are of each.
const OPERATIONS: &[(u64, Operation)] = &[
    (30, Operation::Sell),
    (14, Operation::SellWithKey),
    (8, Operation::Group),
    (12, Operation::Deliver),
    (7, Operation::Credit),
    (4, Operation::Again),
    (4, Operation::Answer),
    (4, Operation::Kill),
    (4, Operation::PowerLoss),
    (3, Operation::Restart),
    (3, Operation::ClockJump),
    (6, Operation::Wait),
    (3, Operation::Checkpoint),
    (2, Operation::SecondOpen),
    (2, Operation::SecondServer),
    (4, Operation::Release),
    (5, Operation::TakeOver),
    (2, Operation::Renew),
    (7, Operation::Numbers),
    (1, Operation::Overnight),
];

/// The same over a database: what several servers do at once takes the place of what a file forbids.
const OPERATIONS_ON_POSTGRES: &[(u64, Operation)] = &[
    (26, Operation::Sell),
    (14, Operation::SellWithKey),
    (8, Operation::Group),
    (12, Operation::Deliver),
    (7, Operation::Credit),
    (4, Operation::Again),
    (4, Operation::Answer),
    (4, Operation::Kill),
    (1, Operation::PowerLoss),
    (3, Operation::Restart),
    (3, Operation::ClockJump),
    (6, Operation::Wait),
    (5, Operation::SecondServer),
    (4, Operation::Release),
    (5, Operation::TakeOver),
    (2, Operation::Renew),
    (7, Operation::Numbers),
    (1, Operation::Overnight),
    (6, Operation::Meet),
    (4, Operation::Stall),
    (4, Operation::Away),
];

#[derive(Clone, Copy, Debug)]
enum Operation {
    Sell,
    SellWithKey,
    /// Several tills at once, in one commit.
    Group,
    /// The agent leases what is due and drives it.
    Deliver,
    Credit,
    /// In the place of a refused one.
    Again,
    /// A person looks at the portal and answers a question.
    Answer,
    Kill,
    PowerLoss,
    Restart,
    ClockJump,
    Wait,
    /// The log is copied into the file.
    Checkpoint,
    /// Another process opens the same file, and must not.
    SecondOpen,
    /// Another process opens the same disk where the lock does not reach.
    SecondServer,
    /// What was held goes on.
    Release,
    /// What hangs loses its lease, and others go on with it.
    TakeOver,
    /// The processes renew what they have in hand.
    Renew,
    /// Somebody records, lends or annuls numbers that the authority gave out.
    Numbers,
    /// A night passes.
    Overnight,
    /// Two servers seal at one outlet at once.
    Meet,
    /// One of two servers is paused within its transaction, until the server ends that.
    Stall,
    /// The database cannot be reached for a while.
    Away,
}

/// One thread's worth of runtime, whose clock stands still while anything can be done.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .max_blocking_threads(1)
        .build()
        .expect("a runtime of one thread")
}

/// One whose clock is the machine's: sockets are waited for.
pub(crate) fn runtime_with_sockets() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime of one thread")
}

/// Runs one schedule after the other on one thread.
pub struct Runner {
    runtime: tokio::runtime::Runtime,
    bench: Bench,
}

impl Runner {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { runtime: runtime(), bench: Bench::new()? })
    }

    /// Over a PostgreSQL.
    pub fn over(postgres: &Arc<Postgres>) -> std::io::Result<Self> {
        let (runtime, mut bench) = (runtime_with_sockets(), Bench::new()?);
        let admin = runtime.block_on(postgres.admin());
        bench.database = Some((Arc::clone(postgres), admin));
        Ok(Self { runtime, bench })
    }

    /// Runs the schedule of a seed; one that fails runs again, to tell what happened in words.
    pub fn run(&self, plan: Plan) -> Result<Passed, Box<Failed>> {
        match self.once(plan) {
            Err(failed) if !plan.keep_words => match self.once(Plan { keep_words: true, ..plan }) {
                Err(again) if again.complaint == failed.complaint => Err(again),
                _ => Err(Box::new(Failed {
                    complaint: format!("{} (and not a second time)", failed.complaint),
                    ..*failed
                })),
            },
            result => result,
        }
    }

    fn once(&self, plan: Plan) -> Result<Passed, Box<Failed>> {
        self.runtime.block_on(run(plan, &self.bench))
    }
}

async fn run(plan: Plan, bench: &Bench) -> Result<Passed, Box<Failed>> {
    let shop = Shop::of_seed(plan.seed);
    let mut world = World::of(shop, plan.seed, bench, plan.keep_words).await;
    if plan.syncs_lie {
        world.disk.lie_about_syncs();
    }
    let count = world.dice.between(8, 30);
    let mut result = Ok(());
    let mut backup = None;
    for number in 1..=count {
        if plan.seed.is_multiple_of(RESTORED_ONE_IN) && number == count / 2 {
            backup = Some(world.backup().await);
        }
        let operations = match world.store {
            Store::File => OPERATIONS,
            Store::Database(_) => OPERATIONS_ON_POSTGRES,
        };
        let operation = world.dice.weighted(operations);
        world.trace.note(format_args!("{number}: {operation:?}"));
        result = world.step(operation).await;
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        world.trace.note(format_args!("at rest"));
        result = world.come_to_rest().await;
    }
    if let (Ok(()), Some(backup)) = (&result, backup) {
        world.trace.note(format_args!("an older state is put back"));
        result = world.survive_restore(&backup).await;
    }
    let receipts = world.memo.receipts.len() as u64;
    world.end().await;
    if let Some(site) = world.site() {
        site.wire.tell();
    }
    let (trace, words) = (world.trace.hash(), world.trace.words());
    let requests = world.site().map(|site| site.wire.requests());
    let disk_calls = requests.unwrap_or_else(|| world.disk.calls());
    let crashes = world.crashes;
    match result {
        Ok(()) => Ok(Passed {
            seed: plan.seed,
            trace,
            operations: count,
            disk_calls,
            crashes,
            receipts,
            words,
        }),
        Err(complaint) => Err(Box::new(Failed { seed: plan.seed, complaint, trace: words })),
    }
}

impl World {
    async fn step(&mut self, operation: Operation) -> Result<(), Complaint> {
        if self.servers.is_empty() {
            self.bring_up().await?;
        }
        if self.dice.percent(DISK_TROUBLE_PERCENT) {
            self.plan_trouble(60);
        }
        match operation {
            Operation::Sell => self.sell(None).await?,
            Operation::SellWithKey => {
                let key = (format!("key-{}", self.dice.below(3)), u8::from(self.dice.percent(25)));
                self.sell(Some(key)).await?;
            }
            Operation::Group => self.group().await?,
            Operation::Deliver => self.deliver().await?,
            Operation::Credit => self.credit().await?,
            Operation::Again => self.again().await?,
            Operation::Answer => self.answer().await,
            Operation::Kill => self.take_down(Crash::Kill),
            Operation::PowerLoss => self.take_down(Crash::PowerLoss),
            Operation::Restart => self.restart().await?,
            Operation::ClockJump => self.jump(),
            Operation::Wait => self.net.pass(self.dice.between(1, 400).cast_signed() * SECOND),
            Operation::Checkpoint => self.checkpoint(),
            Operation::SecondOpen => self.second_open()?,
            Operation::SecondServer => self.second_server().await,
            Operation::Release => self.release().await?,
            Operation::TakeOver => self.take_over().await?,
            Operation::Renew => self.renew().await,
            Operation::Numbers => self.numbers().await,
            Operation::Overnight => self.net.pass(NIGHT),
            Operation::Meet => self.meet().await?,
            Operation::Stall => self.stall().await?,
            Operation::Away => self.database_goes_away().await,
        }
        if self.disk.crashed().is_some() {
            self.recover().await?;
            self.check(Moment::Underway).await?;
        }
        if self.dice.percent(ANCHORS_PERCENT) {
            self.flush_anchors();
        }
        Ok(())
    }

    async fn sell(&mut self, key: Option<(String, u8)>) -> Result<(), Complaint> {
        let outlet = self.outlet();
        let (mark, outlet) = match &key {
            None => (self.memo.new_mark("sale"), outlet),
            Some((key, body)) => {
                // A key is sent with the same body to the same place, or it is another body.
                let known = self.memo.keys.entry(key.clone()).or_default();
                if known.tried.is_empty() && known.bound.is_none() {
                    known.outlet = outlet;
                }
                (format!("{key}-{body}"), known.outlet)
            }
        };
        let quantity = self.dice.between(1, 4);
        let quantity = key.as_ref().map_or(quantity, |(_, body)| u64::from(*body) + 1);
        self.ask(Request { outlet, mark, key, what: What::Sale, quantity }).await
    }

    /// Some of an invoice that a customer holds comes back, or more than was sold.
    async fn credit(&mut self) -> Result<(), Complaint> {
        let Some(receipt) = self.dice.pick(&self.memo.receipts).cloned() else { return Ok(()) };
        let mark = self.memo.new_mark("credit");
        let quantity = self.dice.between(1, 3);
        let what = What::Credit(receipt.id);
        self.ask(Request { outlet: receipt.outlet, mark, key: None, what, quantity }).await
    }

    async fn again(&mut self) -> Result<(), Complaint> {
        let server = self.any_server();
        let refused = ledger::InvoiceFilter {
            stages: vec![Stage::Refused, Stage::SealedRefused],
            ..ledger::InvoiceFilter::default()
        };
        let ledger = &self.servers[server].ledger;
        let found = ledger.invoices(&self.shop.tenant, refused, None, 10).await;
        let found = found.unwrap_or_default();
        let Some(refused) = self.dice.pick(&found) else { return Ok(()) };
        let outlet = self.shop.outlets().position(|outlet| *outlet == refused.outlet);
        let mark = self.memo.new_mark("again");
        let what = What::Again(refused.invoice.clone());
        let quantity = (self.shop.scene.quantity_again)(&refused.summary.document_kind);
        let request = Request { outlet: outlet.unwrap_or(0), mark, key: None, what, quantity };
        self.ask(request).await
    }

    /// Asks a server, and takes down what it says, unless it hangs or goes down meanwhile.
    async fn ask(&mut self, request: Request) -> Result<(), Complaint> {
        request.asks(&mut self.memo);
        let server = self.any_server();
        let (process, desk) =
            (self.servers[server].process, Arc::clone(&self.servers[server].desks[request.outlet]));
        let holds = self.held.is_none() && self.dice.percent(HOLD_PERCENT);
        if holds {
            self.net.hold_next();
        }
        let mut task = tokio::spawn(request.clone().ask((self.shop.scene, desk)));
        let told = tokio::select! {
            told = self.told(process, &mut task) => told,
            () = self.net.held() => {
                request.lost(&mut self.memo);
                self.hold(Held { process, request, task });
                return Ok(());
            }
        };
        self.net.hold_none();
        self.hear(process, &request, told).await
    }

    pub(crate) async fn hear(
        &mut self,
        process: crate::disk::Process,
        request: &Request,
        told: Result<Told, tokio::task::JoinError>,
    ) -> Result<(), Complaint> {
        let told = told.map_err(|panic| format!("a panic: {panic}"))?;
        // A process that went down told nobody; and an answer may be lost on its way.
        let is_heard = self.disk.lives(process) && !self.dice.percent(ANSWER_LOST_PERCENT);
        let words = match &told {
            Told::Sealed(sealed, _) => format!("sealed {} as {}", sealed.id, sealed.number()),
            other => format!("{other:?}"),
        };
        let heard = if is_heard { "told" } else { "not told" };
        self.trace.note(format_args!("  {} {heard}: {words}", request.mark));
        if is_heard {
            request.heard(&told, &mut self.memo)?;
        } else {
            request.lost(&mut self.memo);
        }
        let is_stopped = |why: &String| why.contains("stopped") || why.contains("commit failed");
        if let Told::Nothing(why) | Told::Unknown(why) = &told
            && is_stopped(why)
            && self.dice.percent(80)
        {
            self.restart_process(process).await?;
        }
        Ok(())
    }

    fn take_down(&mut self, crash: Crash) {
        let server = self.any_server();
        self.take_down_process(self.servers[server].process, crash);
    }

    async fn restart(&mut self) -> Result<(), Complaint> {
        let server = self.any_server();
        let process = self.servers[server].process;
        self.restart_process(process).await
    }

    async fn restart_process(&mut self, process: crate::disk::Process) -> Result<(), Complaint> {
        let of = |server: &crate::world::Server| server.process == process;
        if let Some(server) = self.servers.iter().position(of) {
            self.close(server).await;
        }
        if self.disk.crashed().is_none() { self.bring_up().await } else { Ok(()) }
    }

    fn jump(&mut self) {
        let seconds = self.dice.between(1, 900).cast_signed();
        match self.dice.below(4) {
            0 => self.net.jump(seconds * SECOND),
            1 => self.net.jump(-seconds * SECOND),
            2 => self.net.jump(-SECOND),
            _ => self.net.set_right(),
        }
    }

    /// What the thread beside the writer does, from a connection of its own.
    fn checkpoint(&mut self) {
        let server = self.any_server();
        let path = self.servers[server].folder.join(crate::shop::LEDGER);
        if let Ok(connection) = rusqlite::Connection::open(path) {
            let sql = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
                       PRAGMA wal_checkpoint(PASSIVE);";
            let done = connection.execute_batch(sql);
            self.trace.note(format_args!("  checkpoint: {}", done.is_ok()));
        }
    }

    fn second_open(&mut self) -> Result<(), Complaint> {
        let server = self.any_server();
        let path = self.servers[server].folder.join(crate::shop::LEDGER);
        match ledger::Ledger::open(&path, crate::shop::options()) {
            Err(ledger::LedgerError::AlreadyOpen { .. }) => Ok(()),
            Err(other) => Err(format!("a second writer was not refused but failed: {other}")),
            Ok(_) => Err("a second writer was let in".to_owned()),
        }
    }

    async fn second_server(&mut self) {
        if self.servers.len() < 2 {
            let _ = self.start_second().await;
        }
    }

    fn outlet(&mut self) -> usize {
        if self.dice.percent(40) {
            self.shop.scene.seals_first
        } else {
            let outlets = self.shop.scene.channels.len() as u64;
            usize::try_from(self.dice.below(outlets)).unwrap_or(0)
        }
    }
}

/// Schedules at whose end an older state is put back: they take longer than others.
const RESTORED_ONE_IN: u64 = 4;
/// Operations after which the anchors are written.
const ANCHORS_PERCENT: u64 = 40;
/// Operations that meet a trouble of the disk.
const DISK_TROUBLE_PERCENT: u64 = 22;
/// From the morning of one day to the next: what expires does.
const NIGHT: i64 = 17 * 3_600 * SECOND;
/// Requests that hang in an exchange.
pub(crate) const HOLD_PERCENT: u64 = 12;
/// Answers that are lost after the commit.
const ANSWER_LOST_PERCENT: u64 = 10;
