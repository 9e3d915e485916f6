//! Pages on their way: checked on every core, and given back in the order in which they came.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::page::{CheckedPage, Page, PageStart};
use super::{Break, Place, Verifier};

/// The verifiers of all keys that were asked for so far; none where nobody trusts the key.
#[derive(Clone, Default)]
pub(super) struct Keys(Arc<HashMap<String, Option<Arc<Verifier>>>>);

/// Threads that check pages, or none, and then whoever gives a page checks it.
pub(super) struct Workers {
    jobs: Option<Sender<Job>>,
    done: Receiver<(Ticket, thread::Result<CheckedPage>)>,
    threads: Vec<JoinHandle<()>>,
    /// Checked before their turn.
    early: BTreeMap<u64, (usize, thread::Result<CheckedPage>)>,
    given: u64,
    taken: u64,
    /// Of the pages that were given and not taken.
    bytes: usize,
}

struct Job {
    ticket: Ticket,
    page: Page,
    start: PageStart,
    keys: Keys,
}

/// A page's turn, and how much it holds.
struct Ticket {
    turn: u64,
    bytes: usize,
}

impl Keys {
    /// Asks for the keys that a page names and nobody has asked for yet.
    pub(super) fn learn(&mut self, page: &Page, keys: &dyn Fn(&str) -> Option<Verifier>) {
        let of_entries = page.entries.iter().map(|row| &row.key_id);
        for key_id in of_entries.chain(page.checkpoints.iter().map(|row| &row.key_id)) {
            if !self.0.contains_key(key_id) {
                let verifier = keys(key_id).map(Arc::new);
                Arc::make_mut(&mut self.0).insert(key_id.clone(), verifier);
            }
        }
    }

    pub(super) fn check(
        &self,
        place: impl FnOnce() -> Place,
        key_id: &str,
        (message, signature): (&[u8], &[u8]),
    ) -> Result<(), Break> {
        let Some(Some(verifier)) = self.0.get(key_id) else {
            return Err(Break::new(place(), "the key", (&key_id, &"a known key")));
        };
        if verifier(message, signature) {
            return Ok(());
        }
        let signer = format!("a signature by {key_id}");
        Err(Break::new(place(), "the signature", (&"of something else", &signer)))
    }
}

impl Workers {
    pub(super) fn new(count: usize) -> std::io::Result<Self> {
        let (jobs, waiting) = channel();
        let (tell, done) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let start = |index: usize| {
            let (waiting, tell) = (Arc::clone(&waiting), tell.clone());
            let name = format!("verify-{index}");
            thread::Builder::new().name(name).spawn(move || work(&waiting, &tell))
        };
        let threads = (0..count).map(start).collect::<Result<Vec<_>, _>>()?;
        let jobs = (count > 0).then_some(jobs);
        let early = BTreeMap::new();
        Ok(Self { jobs, done, threads, early, given: 0, taken: 0, bytes: 0 })
    }

    /// Whether another page may be given: they are bounded by number and by what they hold.
    pub(super) fn has_room(&self) -> bool {
        let under_way = self.given - self.taken;
        let most = (self.threads.len() * PAGES_A_THREAD).max(1) as u64;
        under_way == 0 || (under_way < most && self.bytes < BYTES_UNDER_WAY)
    }

    pub(super) fn give(&mut self, page: Page, start: PageStart, keys: &Keys) {
        let ticket = Ticket { turn: self.given, bytes: page.bytes() };
        self.given += 1;
        self.bytes += ticket.bytes;
        let job = Job { ticket, page, start, keys: keys.clone() };
        match &self.jobs {
            // A thread lives as long as its channel, and ends by no panic of a job's.
            Some(jobs) => jobs.send(job).expect("the threads live as long as this"),
            None => self.keep(job.done()),
        }
    }

    /// The next page in its turn; none where none is under way.
    pub(super) fn take(&mut self) -> Option<CheckedPage> {
        if self.taken == self.given {
            return None;
        }
        while !self.early.contains_key(&self.taken) {
            let done = self.done.recv().expect("the threads live as long as this");
            self.keep(done);
        }
        let (bytes, checked) = self.early.remove(&self.taken)?;
        self.taken += 1;
        self.bytes -= bytes;
        Some(checked.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    fn keep(&mut self, (ticket, checked): (Ticket, thread::Result<CheckedPage>)) {
        self.early.insert(ticket.turn, (ticket.bytes, checked));
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Job {
    fn done(self) -> (Ticket, thread::Result<CheckedPage>) {
        let Self { ticket, page, start, keys } = self;
        let checked = catch_unwind(AssertUnwindSafe(|| page.check(start, &keys)));
        (ticket, checked)
    }
}

fn work(waiting: &Mutex<Receiver<Job>>, tell: &Sender<(Ticket, thread::Result<CheckedPage>)>) {
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(job) = next() {
        if tell.send(job.done()).is_err() {
            return;
        }
    }
}

/// So many pages wait or are checked for each thread: enough that none waits while one is read.
const PAGES_A_THREAD: usize = 3;
/// Pages that hold so much are enough, whatever their number.
const BYTES_UNDER_WAY: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::CheckpointRow;

    fn page(key_id: &str) -> Page {
        let checkpoint = CheckpointRow {
            tenant: String::new(),
            size: 1,
            root: vec![0; 32],
            key_id: key_id.to_owned(),
            signature: Vec::new(),
        };
        let (entries, invoices, follow_ups) = (Vec::new(), Vec::new(), Vec::new());
        Page { entries, checkpoints: vec![checkpoint], invoices, follow_ups, is_last: false }
    }

    fn start(after: u64) -> PageStart {
        PageStart { tenant: String::new(), outlet: String::new(), after, generation: 1 }
    }

    fn keys(page: &Page, verifier: fn(&[u8], &[u8]) -> bool) -> Keys {
        let mut keys = Keys::default();
        keys.learn(page, &|_| Some(Box::new(verifier)));
        keys
    }

    #[test]
    fn pages_come_back_in_their_order_whoever_checked_them() {
        for threads in [0, 1, 3] {
            let mut workers = Workers::new(threads).unwrap();
            let keys = keys(&page("k"), |_, _| true);
            let (mut given, mut taken) = (0, Vec::new());
            loop {
                while given < 100 && workers.has_room() {
                    workers.give(page("k"), start(given), &keys);
                    given += 1;
                }
                let Some(checked) = workers.take() else { break };
                assert!(checked.checkpoints[0].signature.is_ok());
                taken.push(checked.start.after);
            }
            assert_eq!(taken, (0..100).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn a_key_that_nobody_trusts_is_told() {
        let mut workers = Workers::new(1).unwrap();
        let keys = keys(&page("another"), |_, _| true);
        workers.give(page("k"), start(0), &keys);
        let checked = workers.take().unwrap();
        assert_eq!(checked.checkpoints[0].signature.as_ref().unwrap_err().what, "the key");
    }

    #[test]
    #[should_panic(expected = "a fault of the verifier")]
    fn a_panic_comes_to_whoever_waits() {
        let mut workers = Workers::new(2).unwrap();
        let keys = keys(&page("k"), |_, _| panic!("a fault of the verifier"));
        workers.give(page("k"), start(0), &keys);
        workers.take();
    }
}
