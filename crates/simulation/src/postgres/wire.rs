//! The line between the processes of a schedule and their database, as the schedule sees it: who is
//! connected, what befalls whom, and what was sent.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::UnixListener;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::faults::{Door, Fault, Planned, Role};
use super::frames::{Is, Request};
use super::relay;
use crate::disk::{Crash, Disk, Process};
use crate::trace::Trace;

pub(crate) struct Wire {
    /// Where the server listens.
    pub(super) server: PathBuf,
    /// No other wire of this run has it. What a dead process of another schedule still tries leads
    /// nowhere.
    serial: u64,
    disk: Arc<Disk>,
    trace: Arc<Trace>,
    state: Mutex<State>,
    /// Counts up whenever a connection has ended, or a process.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    listeners: BTreeMap<Process, (AbortHandle, PathBuf)>,
    links: BTreeMap<LinkId, Link>,
    next_link: u64,
    planned: Option<Planned>,
    /// For so many attempts to connect.
    shut: Option<(u64, Door)>,
    logs: BTreeMap<(Process, Role, u64), Log>,
    requests: u64,
    /// What has gone wrong so far.
    troubles: u64,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct LinkId(u64);

/// One connection.
struct Link {
    process: Process,
    role: Role,
    /// Which of its process's in its role.
    ordinal: u64,
    pid: Option<i32>,
    is_cut: bool,
    /// The server has let go of it, and of all its locks.
    is_left: bool,
    cut: Arc<Notify>,
}

/// What one connection has sent, as one number: a sum, since a verb that reads asks for several
/// things at once, in whichever order.
#[derive(Default)]
struct Log {
    requests: u64,
    sum: u64,
}

impl Wire {
    pub(crate) fn new(
        (server, serial): (PathBuf, u64),
        disk: Arc<Disk>,
        trace: Arc<Trace>,
    ) -> Self {
        let (state, changed) = (Mutex::default(), watch::Sender::new(0));
        Self { server, serial, disk, trace, state, changed }
    }

    /// From now on a process finds the database in the folder that is returned, which is its own.
    pub(crate) fn admit(
        self: &Arc<Self>,
        process: Process,
        within: &Path,
    ) -> std::io::Result<PathBuf> {
        let folder = within.join(format!("{}-{}", self.serial, process.0));
        std::fs::create_dir(&folder)?;
        let path = folder.join(SOCKET);
        let listener = UnixListener::bind(&path)?;
        self.disk.begin(process);
        let listening = tokio::spawn(relay::listen(Arc::clone(self), process, listener));
        self.state().listeners.insert(process, (listening.abort_handle(), path));
        Ok(folder)
    }

    /// In so many requests from now on, this happens.
    pub(crate) fn plan(&self, planned: Planned) {
        self.trace.note(format_args!("  planned: {planned:?}"));
        self.state().planned = Some(planned);
    }

    /// So many attempts to connect fail.
    pub(crate) fn shut(&self, attempts: u64, door: Door) {
        self.trace.note(format_args!("  away for {attempts} attempts: {door:?}"));
        self.state().shut = Some((attempts, door));
    }

    /// Nothing planned happens any more.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        state.planned = None;
        state.shut = None;
    }

    /// Cuts whatever the dead have open.
    pub(crate) fn sweep(&self) {
        let mut state = self.state();
        let dead: Vec<Process> =
            state.listeners.keys().copied().filter(|of| !self.disk.lives(*of)).collect();
        for process in dead {
            if let Some((listening, path)) = state.listeners.remove(&process) {
                listening.abort();
                // Nobody else finds it; it goes with its folder at the latest.
                let _ = std::fs::remove_file(path);
            }
        }
        state.cut(|link| !self.disk.lives(link.process));
        drop(state);
        self.has_changed();
    }

    /// Cuts every connection, or those of one process in one role.
    pub(crate) fn cut(&self, which: Option<(Process, Role)>) {
        self.state().cut(|link| which.is_none_or(|which| which == (link.process, link.role)));
    }

    /// Waits until all that was cut has ended, at both of its ends.
    pub(crate) async fn settled(&self) {
        let mut changed = self.changed.subscribe();
        while self.state().links.values().any(|link| link.is_cut) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until the server has let go of what was cut of a process in one role.
    pub(crate) async fn left(&self, process: Process, role: Role) {
        let waits = |link: &Link| {
            link.is_cut && !link.is_left && (link.process, link.role) == (process, role)
        };
        let mut changed = self.changed.subscribe();
        while self.state().links.values().any(waits) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until a process is dead.
    pub(crate) async fn died(&self, process: Process) {
        let mut changed = self.changed.subscribe();
        while self.disk.lives(process) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// The server's process that seals for this one.
    pub(crate) fn sealing(&self, process: Process) -> Option<i32> {
        let state = self.state();
        let mut links = state.links.values();
        links.find(|link| (link.process, link.role) == (process, Role::Lane))?.pid
    }

    /// What all connections have sent, each in its own order: which of two that are at work at once
    /// comes first is chance.
    pub(crate) fn tell(&self) {
        for ((process, role, ordinal), log) in &self.state().logs {
            let Log { requests, sum } = log;
            let line = format_args!("wire {process:?} {role:?} {ordinal}: {requests} {sum:016x}");
            self.trace.note(line);
        }
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.state().requests
    }

    /// How much has gone wrong so far.
    pub(crate) fn troubles(&self) -> u64 {
        self.state().troubles
    }

    fn has_changed(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn add(&mut self, request: &Request) {
        let mut hasher = DefaultHasher::new();
        hasher.write(request.label.as_bytes());
        self.requests += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

/// What the relay asks.
impl Wire {
    pub(super) fn lives(&self, process: Process) -> bool {
        self.disk.lives(process)
    }

    /// Whether this attempt to connect fails.
    pub(super) fn door(&self) -> Option<Door> {
        let mut state = self.state();
        let (left, door) = state.shut?;
        state.troubles += 1;
        state.shut = (left > 1).then_some((left - 1, door));
        Some(door)
    }

    /// Something went wrong that the schedule did not say.
    pub(super) fn is_in_trouble(&self) {
        self.state().troubles += 1;
    }

    pub(super) fn open(&self, process: Process) -> (LinkId, Arc<Notify>) {
        let mut state = self.state();
        state.next_link += 1;
        let (id, cut) = (LinkId(state.next_link), Arc::<Notify>::default());
        let link = Link {
            process,
            role: Role::New,
            ordinal: 0,
            pid: None,
            is_cut: false,
            is_left: false,
            cut: Arc::clone(&cut),
        };
        state.links.insert(id, link);
        (id, cut)
    }

    pub(super) fn is_served_by(&self, id: LinkId, pid: i32) {
        if let Some(link) = self.state().links.get_mut(&id) {
            link.pid = Some(pid);
        }
    }

    /// Writes a request down, and says what befalls it.
    pub(super) fn meet(&self, id: LinkId, request: &Request) -> Option<Fault> {
        let mut state = self.state();
        let (process, role, ordinal) = state.known(id, request);
        if matches!(request.is, Is::Tidying | Is::Farewell) {
            return None;
        }
        state.requests += 1;
        let fault = state.planned.as_mut().and_then(|it| it.meets(process, role, request.is));
        if fault.is_some() {
            state.planned = None;
            state.troubles += 1;
        }
        let log = state.logs.entry((process, role, ordinal)).or_default();
        log.add(request);
        drop(state);
        let label = &request.label;
        self.trace.aside(format_args!("      {process:?} {role:?} {ordinal}: {label}"));
        if let Some(fault) = fault {
            self.trace.note(format_args!("    {process:?} {role:?} {ordinal}: {fault:?}"));
        }
        fault
    }

    /// A connection begins to end; its process with it, if it is killed. Says in which role it was.
    pub(super) fn ends(&self, id: LinkId, is_killed: bool) -> Role {
        let mut state = self.state();
        let Some(link) = state.links.get_mut(&id) else { return Role::New };
        link.is_cut = true;
        let (process, role) = (link.process, link.role);
        drop(state);
        if is_killed && self.disk.lives(process) {
            self.kill(process);
        }
        role
    }

    pub(super) fn is_left(&self, id: LinkId) {
        if let Some(link) = self.state().links.get_mut(&id) {
            link.is_left = true;
        }
        self.has_changed();
    }

    pub(super) fn has_ended(&self, id: LinkId) {
        self.state().links.remove(&id);
        self.has_changed();
    }

    /// Kills a process between two requests.
    pub(crate) fn kill(&self, process: Process) {
        self.disk.take_down(process, Crash::Kill);
        self.sweep();
    }
}

impl State {
    fn cut(&mut self, which: impl Fn(&Link) -> bool) {
        for link in self.links.values_mut().filter(|link| which(link)) {
            link.is_cut = true;
            link.cut.notify_one();
            self.troubles += 1;
        }
    }

    /// Whose request it is. What a connection is for shows with its first one.
    fn known(&mut self, id: LinkId, request: &Request) -> (Process, Role, u64) {
        let Some(link) = self.links.get(&id) else { return (Process(0), Role::New, 0) };
        let (process, mut role, mut ordinal) = (link.process, link.role, link.ordinal);
        if let (Role::New, Some(found)) = (role, Role::of(request)) {
            let of = |link: &&Link| (link.process, link.role) == (process, found);
            let before = self.links.values().filter(of).map(|link| link.ordinal).max();
            let told = self.logs.keys().filter(|(of, role, _)| (*of, *role) == (process, found));
            let before = before.max(told.map(|(_, _, ordinal)| *ordinal).max());
            (role, ordinal) = (found, before.unwrap_or(0) + 1);
            let link = self.links.get_mut(&id).expect("it was just there");
            (link.role, link.ordinal) = (role, ordinal);
        }
        (process, role, ordinal)
    }
}

/// As libpq and all drivers call it.
const SOCKET: &str = ".s.PGSQL.5432";
