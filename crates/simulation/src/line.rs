//! The line to the authority, which loses, delays, doubles and holds; and the time that passes.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use authorities::{Answer, Request, Response, SessionToken, Target};
use fiscal::{Admitting, Clock, Exchanging, Leave, Unanswered, Wire};
use invoice::{SECOND, Timestamp};
use tokio::sync::Notify;

use crate::dice::Dice;
use crate::disk::{Disk, Process};
use crate::ends::{Ends, Sent};
use crate::module::Mood;
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

/// What all lines of a schedule share: the authority's end, true time, and the exchange that is held.
pub(crate) struct Net {
    inner: Mutex<Inner>,
    trace: Arc<Trace>,
    clock: Clock,
    started: tokio::time::Instant,
    /// True time besides what the runtime's clock has passed.
    truth: AtomicI64,
    /// By how much the product's clock is wrong.
    skew: AtomicI64,
    /// What the product's clock was last set to.
    shown: AtomicI64,
    is_calm: AtomicBool,
    hold_next: AtomicBool,
    held: Notify,
    let_go: Notify,
}

struct Inner {
    dice: Dice,
    ends: Ends,
    late: Vec<Sent>,
    /// An operation whose requests arrive twice, whatever the weather.
    arrives_twice: Option<&'static str>,
}

/// The start of every schedule: 2026-06-01, some hours in.
pub(crate) const START: i64 = 1_780_300_000 * SECOND;

/// Of what is late, how much arrives after an exchange.
const ARRIVES_PERCENT: u64 = 60;

/// The operations that open a session.
const LOGIN: [&str; 2] = ["semilla", "validarsemilla"];

/// How long a line waits for an answer that does not come.
const TIMEOUT: i64 = 20 * SECOND;

impl Net {
    pub(crate) fn new(ends: Ends, dice: Dice, trace: Arc<Trace>) -> Self {
        Self {
            inner: Mutex::new(Inner { dice, ends, late: Vec::new(), arrives_twice: None }),
            trace,
            clock: Clock::manual(Timestamp::from_micros(START)),
            started: tokio::time::Instant::now(),
            truth: AtomicI64::new(START),
            skew: AtomicI64::new(0),
            shown: AtomicI64::new(START),
            is_calm: AtomicBool::new(false),
            hold_next: AtomicBool::new(false),
            held: Notify::new(),
            let_go: Notify::new(),
        }
    }

    /// The same over sockets, for which the runtime's clock has to run: nobody waits, and who sleeps
    /// moves the product's clock on.
    pub(crate) fn paced(mut self) -> Self {
        self.clock = Clock::paced(self.clock.now());
        self
    }

    /// The product's clock: true time and what it is wrong by.
    pub(crate) fn clock(&self) -> &Clock {
        let now = self.now();
        if let Clock::Paced(_) = &self.clock {
            self.truth.store(now, Ordering::SeqCst);
        }
        let shown = now + self.skew.load(Ordering::SeqCst);
        self.clock.advance(shown - self.clock.now().micros());
        self.shown.store(shown, Ordering::SeqCst);
        &self.clock
    }

    /// Time passes for a line.
    async fn wait(&self, micros: u64) {
        self.clock.sleep(micros).await;
        self.clock();
    }

    /// From now on every exchange succeeds.
    pub(crate) fn calm(&self) {
        self.deliver_late();
        self.is_calm.store(true, Ordering::SeqCst);
    }

    /// From now on every request of this operation arrives twice.
    #[cfg(test)]
    pub(crate) fn deliver_twice(&self, operation: &'static str) {
        self.inner().arrives_twice = Some(operation);
    }

    /// True time passes.
    pub(crate) fn pass(&self, micros: i64) {
        self.clock();
        self.truth.fetch_add(micros, Ordering::SeqCst);
        self.clock();
    }

    /// The product's clock jumps; true time does not.
    pub(crate) fn jump(&self, micros: i64) {
        self.clock();
        self.skew.fetch_add(micros, Ordering::SeqCst);
        self.clock();
    }

    /// Somebody sets the product's clock right.
    pub(crate) fn set_right(&self) {
        self.clock();
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

    pub(crate) fn set_up(&self, is_other_way: bool) {
        self.inner().ends.set_up(is_other_way);
    }

    /// Reads the authority's books.
    pub(crate) fn with_ends<T>(&self, work: impl FnOnce(&Ends) -> T) -> T {
        work(&self.inner().ends)
    }

    /// What a person reads on the portal of a number.
    pub(crate) fn portal(&self, outlet: usize, number: &str) -> Answer {
        self.inner().ends.portal(outlet, number)
    }

    /// True time.
    fn now(&self) -> i64 {
        let slept = match &self.clock {
            // As much as the product's clock has moved by itself.
            Clock::Paced(now) => now.load(Ordering::SeqCst) - self.shown.load(Ordering::SeqCst),
            _ => i64::try_from(self.started.elapsed().as_micros()).unwrap_or(0),
        };
        self.truth.load(Ordering::SeqCst) + slept
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn throw(&self, operation: &str) -> (Fate, i64, bool) {
        let is_calm = self.is_calm.load(Ordering::SeqCst);
        let mut inner = self.inner();
        let fate = match inner.arrives_twice {
            Some(twice) if twice == operation => Fate::Twice,
            Some(_) | None if is_calm => Fate::Fine,
            Some(_) | None => inner.dice.weighted(WEATHER),
        };
        let took = inner.dice.between(5_000, 400_000).cast_signed();
        let took = match fate {
            Fate::RequestLost | Fate::ReplyLost | Fate::Late => TIMEOUT,
            _ => took,
        };
        (fate, took, inner.dice.percent(50))
    }

    fn serve(&self, sent: &Sent, mood: Mood) -> Response {
        let now = self.now();
        self.inner().ends.serve(sent, mood, now)
    }
}

impl Inner {
    fn deliver_late(&mut self, now: i64, percent: u64) {
        for sent in std::mem::take(&mut self.late) {
            if self.dice.percent(percent) {
                self.ends.serve(&sent, Mood::Fair, now);
            } else {
                self.late.push(sent);
            }
        }
    }
}

/// One process's line to the authority, for one outlet.
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

    fn exchange<'a>(
        &'a self,
        request: &'a Request,
        session: Option<&'a SessionToken>,
        leave: &'a Leave,
    ) -> Exchanging<'a> {
        let (outlet, request, session) = (self.outlet, request.clone(), session.cloned());
        Box::pin(self.talk(Sent { outlet, request, session }, leave))
    }
}

impl Line {
    /// A process that hangs does so after it has looked at its leave: the worst moment.
    async fn talk(&self, sent: Sent, leave: &Leave) -> Result<Response, Unanswered> {
        let request = &sent.request;
        self.check_living()?;
        if request.body.is_some() && !leave.is_given_at(self.net.clock().now()) {
            return Err(Unanswered::NotSent("its lease has ended".to_owned()));
        }
        let (operation, path) = (request.operation, &request.path);
        let (fate, took, hold_before) = self.net.throw(operation);
        self.net.trace.note(format_args!("    line {}: {operation} {path}: {fate:?}", self.outlet));
        // Whoever hangs in a login keeps the others of its process waiting for it: they all hang.
        let is_login = LOGIN.contains(&operation);
        let holds = !is_login && self.net.hold_next.swap(false, Ordering::SeqCst);
        if fate != Fate::NotSent {
            self.net.inner().ends.leaves(request);
        }
        if holds && hold_before {
            self.hold().await?;
        }
        let answer = self.meet(&sent, fate);
        self.net.inner().ends.is_answered(request, answer.as_ref().ok());
        if holds && !hold_before {
            self.hold().await?;
        }
        self.net.wait(took.unsigned_abs()).await;
        // What was late comes after this one, or a few later.
        if fate != Fate::Late {
            self.net.deliver_some_late();
        }
        answer
    }

    fn meet(&self, sent: &Sent, fate: Fate) -> Result<Response, Unanswered> {
        let serve = |mood| self.net.serve(sent, mood);
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
                self.net.inner().late.push(sent.clone());
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
