//! The line to the authority, which loses, delays, doubles and holds; and the time that passes.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use authorities::{Request, Response, SessionToken, Target};
use fiscal::{Admitting, Clock, Exchanging, Unanswered, Wire};
use invoice::{SECOND, Timestamp};
use tokio::sync::Notify;

use crate::dice::Dice;
use crate::disk::{Disk, Process};
use crate::module::{Module, Mood};
use crate::trace::Trace;

/// What becomes of one exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Fine,
    RequestLost,
    ReplyLost,
    /// It arrives after later ones, and its reply never does.
    Late,
    /// It arrives twice, and the second reply is the one that comes.
    Twice,
    /// A gateway answers in the authority's place, before it or after it.
    Instead,
    After,
    /// The line cannot be opened.
    NotSent,
    Refused,
    Busy,
}

/// What befalls a hundred exchanges, where the weather is bad.
const WEATHER: &[(u64, Fate)] = &[
    (64, Fate::Fine),
    (6, Fate::RequestLost),
    (8, Fate::ReplyLost),
    (4, Fate::Late),
    (4, Fate::Twice),
    (3, Fate::Instead),
    (3, Fate::After),
    (3, Fate::NotSent),
    (3, Fate::Refused),
    (2, Fate::Busy),
];

/// What all lines of a schedule share: the modules, true time, and the exchange that is held.
pub(crate) struct Net {
    inner: Mutex<Inner>,
    trace: Arc<Trace>,
    clock: Clock,
    started: tokio::time::Instant,
    /// True time besides what the runtime's clock has passed.
    truth: AtomicI64,
    /// By how much the product's clock is wrong.
    skew: AtomicI64,
    is_calm: AtomicBool,
    hold_next: AtomicBool,
    held: Notify,
    let_go: Notify,
}

struct Inner {
    dice: Dice,
    modules: Vec<Module>,
    late: Vec<(usize, Request)>,
}

/// The start of every schedule: 2026-06-01, some hours in.
pub(crate) const START: i64 = 1_780_300_000 * SECOND;

/// Of what is late, how much arrives after an exchange.
const ARRIVES_PERCENT: u64 = 60;

/// How long a line waits for an answer that does not come.
const TIMEOUT: i64 = 20 * SECOND;

impl Net {
    pub(crate) fn new(modules: usize, dice: Dice, trace: Arc<Trace>) -> Self {
        let modules = (0..modules).map(Module::new).collect();
        Self {
            inner: Mutex::new(Inner { dice, modules, late: Vec::new() }),
            trace,
            clock: Clock::manual(Timestamp::from_micros(START)),
            started: tokio::time::Instant::now(),
            truth: AtomicI64::new(START),
            skew: AtomicI64::new(0),
            is_calm: AtomicBool::new(false),
            hold_next: AtomicBool::new(false),
            held: Notify::new(),
            let_go: Notify::new(),
        }
    }

    /// The product's clock: true time and what it is wrong by.
    pub(crate) fn clock(&self) -> &Clock {
        let shown = self.now() + self.skew.load(Ordering::SeqCst);
        self.clock.advance(shown - self.clock.now().micros());
        &self.clock
    }

    /// From now on every exchange succeeds.
    pub(crate) fn calm(&self) {
        self.deliver_late();
        self.is_calm.store(true, Ordering::SeqCst);
    }

    /// True time passes.
    pub(crate) fn pass(&self, micros: i64) {
        self.truth.fetch_add(micros, Ordering::SeqCst);
        self.clock();
    }

    /// The product's clock jumps; true time does not.
    pub(crate) fn jump(&self, micros: i64) {
        self.skew.fetch_add(micros, Ordering::SeqCst);
        self.clock();
    }

    /// Somebody sets the product's clock right.
    pub(crate) fn set_right(&self) {
        self.skew.store(0, Ordering::SeqCst);
        self.clock();
    }

    /// The next exchange is held until [`Self::release`]: its process hangs.
    pub(crate) fn hold_next(&self) {
        self.hold_next.store(!self.is_calm.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// The next exchange is not held after all.
    pub(crate) fn hold_none(&self) {
        self.hold_next.store(false, Ordering::SeqCst);
    }

    /// Waits until an exchange is held.
    pub(crate) async fn held(&self) {
        self.held.notified().await;
    }

    pub(crate) fn release(&self) {
        self.let_go.notify_waiters();
    }

    /// Everything that is late arrives.
    pub(crate) fn deliver_late(&self) {
        let now = self.now();
        self.inner().deliver_late(now, 100);
    }

    /// Some of it.
    fn deliver_some_late(&self) {
        let now = self.now();
        self.inner().deliver_late(now, ARRIVES_PERCENT);
    }

    pub(crate) fn with_module<T>(&self, outlet: usize, work: impl FnOnce(&Module) -> T) -> T {
        work(&self.inner().modules[outlet])
    }

    /// True time.
    fn now(&self) -> i64 {
        let slept = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(0);
        self.truth.load(Ordering::SeqCst) + slept
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn throw(&self) -> (Fate, i64, bool) {
        let is_calm = self.is_calm.load(Ordering::SeqCst);
        let mut inner = self.inner();
        let fate = if is_calm { Fate::Fine } else { inner.dice.weighted(WEATHER) };
        let took = inner.dice.between(5_000, 400_000).cast_signed();
        let took = match fate {
            Fate::RequestLost | Fate::ReplyLost | Fate::Late => TIMEOUT,
            _ => took,
        };
        (fate, took, inner.dice.percent(50))
    }

    fn serve(&self, outlet: usize, request: &Request, mood: Mood) -> Response {
        let now = self.now();
        let (status, body) = self.inner().modules[outlet].serve(request, mood, now);
        Response { status, body: body.to_string().into_bytes() }
    }
}

impl Inner {
    fn deliver_late(&mut self, now: i64, percent: u64) {
        for (outlet, request) in std::mem::take(&mut self.late) {
            if self.dice.percent(percent) {
                self.modules[outlet].serve(&request, Mood::Fair, now);
            } else {
                self.late.push((outlet, request));
            }
        }
    }
}

/// One process's line to the module of one outlet.
pub(crate) struct Line {
    pub net: Arc<Net>,
    pub disk: Arc<Disk>,
    pub process: Process,
    pub outlet: usize,
}

impl Wire for Line {
    fn admit<'a>(&'a self, _: &'a Target, _: Timestamp) -> Admitting<'a> {
        Box::pin(async {
            self.net.clock();
            Ok(())
        })
    }

    fn exchange<'a>(&'a self, request: &'a Request, _: Option<&'a SessionToken>) -> Exchanging<'a> {
        Box::pin(self.talk(request))
    }
}

impl Line {
    async fn talk(&self, request: &Request) -> Result<Response, Unanswered> {
        self.check_living()?;
        let (fate, took, hold_before) = self.net.throw();
        let (operation, path) = (request.operation, &request.path);
        self.net.trace.note(format_args!("    line {}: {operation} {path}: {fate:?}", self.outlet));
        let holds = self.net.hold_next.swap(false, Ordering::SeqCst);
        if holds && hold_before {
            self.hold().await?;
        }
        let answer = self.meet(request, fate);
        if holds && !hold_before {
            self.hold().await?;
        }
        tokio::time::sleep(Duration::from_micros(took.unsigned_abs())).await;
        self.net.clock();
        // What was late comes after this one, or a few later.
        if fate != Fate::Late {
            self.net.deliver_some_late();
        }
        answer
    }

    fn meet(&self, request: &Request, fate: Fate) -> Result<Response, Unanswered> {
        let serve = |mood| self.net.serve(self.outlet, request, mood);
        let lost = || Err(Unanswered::Lost("no answer within its time".to_owned()));
        let gateway = || Ok(Response { status: 502, body: b"<html>".to_vec() });
        match fate {
            Fate::Fine => Ok(serve(Mood::Fair)),
            Fate::Refused => Ok(serve(Mood::Refuses)),
            Fate::Busy => Ok(serve(Mood::Busy)),
            Fate::RequestLost => lost(),
            Fate::ReplyLost => {
                serve(Mood::Fair);
                lost()
            }
            Fate::Late => {
                self.net.inner().late.push((self.outlet, request.clone()));
                lost()
            }
            Fate::Twice => {
                serve(Mood::Fair);
                Ok(serve(Mood::Fair))
            }
            Fate::Instead => gateway(),
            Fate::After => {
                serve(Mood::Fair);
                gateway()
            }
            Fate::NotSent => Err(Unanswered::NotSent("connection refused".to_owned())),
        }
    }

    async fn hold(&self) -> Result<(), Unanswered> {
        self.net.trace.note(format_args!("    line {}: held", self.outlet));
        let let_go = self.net.let_go.notified();
        self.net.held.notify_one();
        let_go.await;
        self.check_living()
    }

    /// A process that is dead sends nothing.
    fn check_living(&self) -> Result<(), Unanswered> {
        if self.disk.lives(self.process) {
            Ok(())
        } else {
            Err(Unanswered::Lost("the process is dead".to_owned()))
        }
    }
}
