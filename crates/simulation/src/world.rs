//! One schedule's world: the disk, the line, the processes that are up, and the callers' books.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use fiscal::{Chance, Desk, Leases};
use invoice::{InvoiceId, SECOND};
use ledger::{Ledger, LedgerError, Options};
use tokio::task::{JoinError, JoinHandle};

use crate::anchors::Anchors;
use crate::dice::Dice;
use crate::disk::{Crash, Disk, Process, Trouble};
use crate::gate::Gate;
use crate::line::{Line, Net};
use crate::memo::{Memo, Numbers};
use crate::postgres::{self, Site};
use crate::requests::{Request, Told};
use crate::shop::{Fitted, LEDGER, Shared, Shop, options};
use crate::trace::Trace;
use crate::vfs;

/// A process that has the ledger open.
pub(crate) struct Server {
    pub process: Process,
    pub folder: PathBuf,
    pub ledger: Arc<Ledger>,
    pub desks: Vec<Arc<Desk>>,
    /// Where its writer stands while a group is gathered.
    pub gate: Arc<Gate>,
    /// What it has in hand.
    pub leases: Leases,
}

/// A request whose process hangs in an exchange.
pub(crate) struct Held {
    pub process: Process,
    pub request: Request,
    pub task: JoinHandle<Told>,
}

/// Where the processes of a schedule have their ledger.
pub(crate) enum Store {
    /// In a file of the faked disk.
    File,
    /// In a database. The disk holds no files then, and knows who lives.
    Database(Box<Site>),
}

pub(crate) struct World {
    pub shop: &'static Shop,
    pub trace: Arc<Trace>,
    pub disk: Arc<Disk>,
    pub store: Store,
    pub anchors: Anchors,
    pub net: Arc<Net>,
    pub dice: Dice,
    pub memo: Memo,
    pub servers: Vec<Server>,
    pub held: Option<Held>,
    /// What others have leased since it hangs: nothing of it is its own any more.
    pub taken_over: BTreeSet<InvoiceId>,
    /// Two folders of this machine that hold nothing but lock files: one for each server.
    folders: [PathBuf; 2],
    chance: Chance,
    /// In which of two ways its outlets are set up.
    is_other_way: bool,
    next_process: u64,
    pub crashes: u64,
}

/// What one schedule after the other is run with.
pub(crate) struct Bench {
    pub folder: tempfile::TempDir,
    pub database: Option<(Arc<postgres::Postgres>, Arc<tokio_postgres::Client>)>,
}

impl Bench {
    /// With a folder for each server.
    pub(crate) fn new() -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        for name in ["first", "second"] {
            std::fs::create_dir(folder.path().join(name))?;
        }
        Ok(Self { folder, database: None })
    }
}

/// Every other process plans what waits while the transaction before it is written, however few wait.
fn options_of(process: Process) -> Options {
    let pipelined_from = if process.0.is_multiple_of(2) { 1 } else { options().pipelined_from };
    Options { pipelined_from, ..options() }
}

/// What a schedule must not show, in words.
pub(crate) type Complaint = String;

impl World {
    /// The schedule of a seed, of this taxpayer.
    pub(crate) async fn of(
        shop: &'static Shop,
        seed: u64,
        bench: &Bench,
        keep_words: bool,
    ) -> Self {
        let mut dice = Dice::new(seed);
        let trace = Arc::new(Trace::new(keep_words));
        let disk = Arc::new(Disk::new(&shop.files, dice.fork(), Arc::clone(&trace)));
        let mut of_net = dice.fork();
        let ends = (shop.scene.ends)(&mut of_net);
        let net = Net::new(ends, of_net, Arc::clone(&trace));
        let (store, net) = match &bench.database {
            None => (Store::File, Arc::new(net)),
            Some((database, admin)) => {
                let site = Site::new((database, admin), shop, (&disk, &trace)).await;
                (Store::Database(Box::new(site)), Arc::new(net.paced()))
            }
        };
        let mut world = Self {
            shop,
            trace,
            disk,
            store,
            anchors: Anchors::default(),
            net,
            memo: Memo::of(Numbers::at_first(shop)),
            servers: Vec::new(),
            held: None,
            taken_over: BTreeSet::new(),
            folders: ["first", "second"].map(|name| bench.folder.path().join(name)),
            chance: Chance::seeded(dice.bits()),
            is_other_way: dice.percent(50),
            next_process: 1,
            crashes: 0,
            dice,
        };
        world.net.set_up(world.is_other_way);
        world.start(0).await.expect("a calm disk opens");
        world
    }

    /// Opens the ledger in a new process, in the first or the second folder.
    pub(crate) async fn start(&mut self, place: usize) -> Result<(), LedgerError> {
        let process = Process(self.next_process);
        self.next_process += 1;
        let folder = self.folders[place].clone();
        let anchoring = self.anchors.of(&self.disk, process, place);
        let opened = match &self.store {
            Store::File => {
                vfs::mount(&folder, &self.disk, process);
                Ledger::open_anchored(&folder.join(LEDGER), options_of(process), &anchoring)
            }
            Store::Database(site) => site.open(process, &folder, &anchoring).await,
        };
        let words = opened.as_ref().map_or_else(opening_failed, |_| "open".to_owned());
        self.trace.note(format_args!("  {process:?} in folder {place}: {words}"));
        let ledger = match opened {
            Ok(ledger) => Arc::new(ledger),
            Err(error) => {
                self.disk.end(process);
                self.sweep();
                return Err(error);
            }
        };
        let (shared, gate) = (Shared::default(), Arc::default());
        let desk = |outlet| self.desk(outlet, process, (&ledger, &shared, &gate));
        let desks = (0..self.shop.scene.channels.len()).map(desk).collect();
        let leases = shared.leases;
        self.servers.push(Server { process, folder, ledger, desks, gate, leases });
        Ok(())
    }

    /// Anchors what was sealed, as processes do a little later.
    pub(crate) fn flush_anchors(&self) {
        for server in &self.servers {
            // A dead process keeps nothing.
            let flushed = server.ledger.flush_anchors();
            self.trace.note(format_args!("  {:?} anchors: {}", server.process, flushed.is_ok()));
        }
    }

    /// A second process on the same disk, where the lock of the first does not reach: the lock's
    /// file was deleted, or lies on another machine.
    pub(crate) async fn start_second(&mut self) -> Result<(), LedgerError> {
        let is_up = self.servers.iter().any(|server| server.folder == self.folders[1]);
        self.start(usize::from(!is_up)).await
    }

    /// Whoever is started next.
    pub(crate) fn next_process(&self) -> Process {
        Process(self.next_process)
    }

    /// The database, where there is one.
    pub(crate) fn site(&self) -> Option<&Site> {
        match &self.store {
            Store::File => None,
            Store::Database(site) => Some(site),
        }
    }

    /// What a task of a process ends with. Over a database one that is killed may try for seconds
    /// yet, and nobody hears of it.
    pub(crate) async fn told(
        &self,
        process: Process,
        task: &mut JoinHandle<Told>,
    ) -> Result<Told, JoinError> {
        let Some(Site { wire, .. }) = self.site() else { return task.await };
        tokio::select! {
            biased;
            told = &mut *task => return told,
            () = wire.died(process) => {}
        }
        task.abort();
        // Nothing of it is left when this returns.
        let _ = task.await;
        Ok(Told::Unknown("the process is dead".to_owned()))
    }

    /// What comes of a work of a process, unless it dies meanwhile.
    pub(crate) async fn unless_dead<T>(
        &self,
        process: Process,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let Some(Site { wire, .. }) = self.site() else { return Some(work.await) };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = wire.died(process) => None,
        }
    }

    /// What dead processes have open ends.
    fn sweep(&self) {
        if let Some(site) = self.site() {
            site.wire.sweep();
        }
    }

    /// Takes a process down between two calls, or the machine with all of them.
    pub(crate) fn take_down_process(&self, process: Process, crash: Crash) {
        self.disk.take_down(process, crash);
        self.sweep();
    }

    /// Nothing planned goes wrong any more.
    pub(crate) fn calm(&self) {
        self.disk.calm();
        if let Some(site) = self.site() {
            site.wire.calm();
        }
    }

    /// Waits until nothing that was cut goes on anywhere.
    async fn settled(&self) {
        if let Some(site) = self.site() {
            site.wire.settled().await;
        }
    }

    /// A dead process's threads end by themselves, when they have given up.
    fn bury(&self, server: Server) {
        match self.store {
            Store::File => drop(server),
            Store::Database(_) => drop(std::thread::spawn(move || drop(server))),
        }
    }

    fn desk(
        &self,
        outlet: usize,
        process: Process,
        (ledger, shared, gate): (&Arc<Ledger>, &Shared, &Arc<Gate>),
    ) -> Arc<Desk> {
        let (net, disk) = (Arc::clone(&self.net), Arc::clone(&self.disk));
        Arc::new(self.shop.desk(
            outlet,
            Fitted {
                ledger: Arc::clone(ledger),
                clock: self.net.clock().clone(),
                chance: self.chance.clone(),
                line: Line { net, disk, process, outlet },
                gate: Arc::clone(gate),
                shared: shared.clone(),
                is_other_way: self.is_other_way,
            },
        ))
    }

    /// A server, by chance.
    pub(crate) fn any_server(&mut self) -> usize {
        usize::try_from(self.dice.below(self.servers.len() as u64)).unwrap_or(0)
    }

    /// Ends a process in good order.
    pub(crate) async fn close(&mut self, server: usize) {
        let Server { process, ledger, desks, .. } = self.servers.remove(server);
        self.trace.note(format_args!("  {process:?} closes"));
        self.forget_held(process).await;
        drop(desks);
        ledger.close().await;
        drop(ledger);
        self.disk.end(process);
        self.sweep();
        self.settled().await;
    }

    /// Clears what crashed away, picks up what is left of the disk, and opens it again.
    pub(crate) async fn recover(&mut self) -> Result<(), Complaint> {
        self.recover_with(RECOVERY_TROUBLE_PERCENT).await
    }

    /// The same, and nothing more goes wrong.
    #[cfg(test)]
    pub(crate) async fn recover_calmly(&mut self) -> Result<(), Complaint> {
        self.recover_with(0).await
    }

    async fn recover_with(&mut self, trouble_percent: u64) -> Result<(), Complaint> {
        while let Some((process, crash)) = self.disk.crashed() {
            self.trace.note(format_args!("  {process:?} went down by {crash:?}"));
            self.crashes += 1;
            let mut dead = Vec::new();
            while let Some(at) =
                self.servers.iter().position(|server| !self.disk.lives(server.process))
            {
                dead.push(self.servers.remove(at));
            }
            for server in dead {
                self.forget_held(server.process).await;
                self.bury(server);
            }
            self.settled().await;
            self.disk.pick_up();
            self.net.pass(self.dice.between(1, 30).cast_signed() * SECOND);
            // Now and then it goes down again while it recovers.
            if self.dice.percent(trouble_percent) {
                self.plan_trouble(12);
            }
            self.bring_up().await?;
        }
        Ok(())
    }

    /// A supervisor starts the first server until it is up; the complaint if nothing hinders it any
    /// more and it does not start.
    pub(crate) async fn bring_up(&mut self) -> Result<(), Complaint> {
        for _ in 0..STARTS_MAX {
            let is_up = self.servers.iter().any(|server| server.folder == self.folders[0]);
            if is_up || self.disk.crashed().is_some() || self.start(0).await.is_ok() {
                return Ok(());
            }
        }
        if self.disk.crashed().is_some() {
            return Ok(());
        }
        self.calm();
        let started = self.start(0).await;
        started.map_err(|error| format!("invariant 3: the ledger does not open: {error}"))
    }

    /// Something goes wrong, within so many calls of the disk.
    pub(crate) fn plan_trouble(&mut self, calls: u64) {
        if self.site().is_some() {
            self.trouble_on_the_wire();
            return;
        }
        let trouble = self.trouble();
        self.disk.plan(self.dice.between(1, calls), trouble);
    }

    fn trouble(&mut self) -> Trouble {
        let full = self.dice.between(1, 40);
        self.dice.weighted(&[
            (4, Trouble::Crash(Crash::Kill)),
            (5, Trouble::Crash(Crash::PowerLoss)),
            (3, Trouble::Fails),
            (2, Trouble::Full(full)),
        ])
    }

    /// A request that hangs in a process that is no more: its caller learns nothing.
    pub(crate) async fn forget_held(&mut self, process: Process) {
        if self.held.as_ref().is_some_and(|held| held.process == process)
            && let Some(held) = self.held.take()
        {
            held.task.abort();
            let _ = held.task.await;
            self.net.release();
            held.request.lost(&mut self.memo);
        }
    }

    /// Ends all of it, so that nothing of this schedule is left for the next.
    pub(crate) async fn end(&mut self) {
        self.calm();
        if let Some(held) = &self.held {
            self.forget_held(held.process).await;
        }
        while !self.servers.is_empty() {
            self.close(0).await;
        }
        match &mut self.store {
            Store::Database(site) => site.end().await,
            Store::File => self.folders.iter().for_each(|folder| vfs::unmount(folder)),
        }
    }
}

/// How a line broke is a matter of moments, and no part of the trace.
fn opening_failed(error: &LedgerError) -> String {
    match error {
        LedgerError::Postgres(_) | LedgerError::Pool(_) => "the database was not there".to_owned(),
        other => other.to_string(),
    }
}

/// How often the disk fails once more while a ledger is opened after a crash.
const RECOVERY_TROUBLE_PERCENT: u64 = 10;
/// Times that a supervisor starts a process before somebody looks at the disk.
const STARTS_MAX: usize = 5;
