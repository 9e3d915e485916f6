//! One schedule's world: the disk, the line, the processes that are up, and the callers' books.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fiscal::{Chance, Desk, Leases};
use invoice::{InvoiceId, SECOND};
use ledger::{Ledger, LedgerError};
use tokio::task::JoinHandle;

use crate::anchors::Anchors;
use crate::dice::Dice;
use crate::disk::{Crash, Disk, Process, Trouble};
use crate::gate::Gate;
use crate::line::{Line, Net};
use crate::memo::{Memo, Numbers};
use crate::requests::{Request, Told};
use crate::shop::{CHANNELS, Fitted, LEDGER, Shop, options};
use crate::trace::Trace;
use crate::vfs;

/// A process that has the ledger open.
pub(crate) struct Server {
    pub process: Process,
    pub folder: PathBuf,
    pub ledger: Arc<Ledger>,
    pub desks: Vec<Arc<Desk>>,
    /// What it has in hand.
    pub leases: Leases,
}

/// A request whose process hangs in an exchange.
pub(crate) struct Held {
    pub process: Process,
    pub request: Request,
    pub task: JoinHandle<Told>,
}

pub(crate) struct World {
    pub shop: &'static Shop,
    pub trace: Arc<Trace>,
    pub disk: Arc<Disk>,
    pub anchors: Anchors,
    pub net: Arc<Net>,
    pub gate: Arc<Gate>,
    pub dice: Dice,
    pub memo: Memo,
    pub servers: Vec<Server>,
    pub held: Option<Held>,
    /// What others have leased since it hangs: nothing of it is its own any more.
    pub taken_over: BTreeSet<InvoiceId>,
    /// Two folders of this machine that hold nothing but lock files: one for each server.
    folders: [PathBuf; 2],
    chance: Chance,
    tells_finalised: bool,
    next_process: u64,
    pub crashes: u64,
}

/// What a schedule must not show, in words.
pub(crate) type Complaint = String;

impl World {
    pub(crate) fn new(seed: u64, bench: &Path, keep_words: bool) -> Self {
        let mut dice = Dice::new(seed);
        let shop = Shop::get();
        let trace = Arc::new(Trace::new(keep_words));
        let disk = Arc::new(Disk::new(&shop.files, dice.fork(), Arc::clone(&trace)));
        let net = Arc::new(Net::new(CHANNELS.len(), dice.fork(), Arc::clone(&trace)));
        let mut world = Self {
            shop,
            trace,
            disk,
            anchors: Anchors::default(),
            net,
            gate: Arc::default(),
            memo: Memo::of(Numbers::at_first(shop)),
            servers: Vec::new(),
            held: None,
            taken_over: BTreeSet::new(),
            folders: ["first", "second"].map(|name| bench.join(name)),
            chance: Chance::seeded(dice.bits()),
            tells_finalised: dice.percent(50),
            next_process: 1,
            crashes: 0,
            dice,
        };
        world.start(0).expect("a calm disk opens");
        world
    }

    /// Opens the ledger in a new process, in the first or the second folder.
    pub(crate) fn start(&mut self, place: usize) -> Result<(), LedgerError> {
        let process = Process(self.next_process);
        self.next_process += 1;
        let folder = self.folders[place].clone();
        vfs::mount(&folder, &self.disk, process);
        let anchoring = self.anchors.of(&self.disk, process, place);
        let opened = Ledger::open_anchored(&folder.join(LEDGER), options(), &anchoring);
        let words = opened.as_ref().map_or_else(ToString::to_string, |_| "open".to_owned());
        self.trace.note(format_args!("  {process:?} in folder {place}: {words}"));
        let ledger = match opened {
            Ok(ledger) => Arc::new(ledger),
            Err(error) => {
                self.disk.end(process);
                return Err(error);
            }
        };
        let leases = Leases::default();
        let desk = |outlet| self.desk(outlet, process, (&ledger, &leases));
        let desks = (0..CHANNELS.len()).map(desk).collect();
        self.servers.push(Server { process, folder, ledger, desks, leases });
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
    pub(crate) fn start_second(&mut self) -> Result<(), LedgerError> {
        self.start(1)
    }

    fn desk(
        &self,
        outlet: usize,
        process: Process,
        (ledger, leases): (&Arc<Ledger>, &Leases),
    ) -> Arc<Desk> {
        let (net, disk) = (Arc::clone(&self.net), Arc::clone(&self.disk));
        Arc::new(self.shop.desk(
            outlet,
            Fitted {
                ledger: Arc::clone(ledger),
                clock: self.net.clock().clone(),
                chance: self.chance.clone(),
                line: Line { net, disk, process, outlet },
                gate: Arc::clone(&self.gate),
                leases: leases.clone(),
                tells_finalised: self.tells_finalised,
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
            }
            self.disk.pick_up();
            self.net.pass(self.dice.between(1, 30).cast_signed() * SECOND);
            // Now and then it goes down again while it recovers.
            if self.dice.percent(trouble_percent) {
                let trouble = self.trouble();
                self.disk.plan(self.dice.between(1, 12), trouble);
            }
            self.bring_up()?;
        }
        Ok(())
    }

    /// A supervisor starts the first server until it is up; the complaint if nothing hinders it any
    /// more and it does not start.
    pub(crate) fn bring_up(&mut self) -> Result<(), Complaint> {
        for _ in 0..STARTS_MAX {
            let is_up = self.servers.iter().any(|server| server.folder == self.folders[0]);
            if is_up || self.disk.crashed().is_some() || self.start(0).is_ok() {
                return Ok(());
            }
        }
        if self.disk.crashed().is_some() {
            return Ok(());
        }
        self.disk.calm();
        self.start(0).map_err(|error| format!("invariant 3: the ledger does not open: {error}"))
    }

    pub(crate) fn trouble(&mut self) -> Trouble {
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
        self.disk.calm();
        if let Some(held) = &self.held {
            self.forget_held(held.process).await;
        }
        while !self.servers.is_empty() {
            self.close(0).await;
        }
        for folder in &self.folders {
            vfs::unmount(folder);
        }
    }
}

/// How often the disk fails once more while a ledger is opened after a crash.
const RECOVERY_TROUBLE_PERCENT: u64 = 10;
/// Times that a supervisor starts a process before somebody looks at the disk.
const STARTS_MAX: usize = 5;
