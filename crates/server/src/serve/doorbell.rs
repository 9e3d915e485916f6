//! How threads outside the runtime wake its tasks: through a pipe that the runtime reads.
//!
//! A task that is woken from outside goes to a thread that sleeps, and that one wakes the next before
//! it begins: there may be more to do. Alone, a till waits for both. What comes through a file
//! descriptor finds the one thread that waits for those, and no other is woken for one task. Where there
//! is more to do, no thread may be waiting for those, and the next one is welcome: then it is not used.
//! What else the process does is not counted: behind a step of its agent a lone till may wait for the
//! thread that takes it, as whoever connects then does.

use std::future::poll_fn;
use std::io::{self, PipeWriter, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::unix::pipe::Receiver;
use tokio::runtime::{Handle, Id};

/// Wakes tasks of the runtime that it was hung up in. A clone is the same bell.
#[derive(Clone)]
pub(super) struct Doorbell(Arc<Shared>);

struct Shared {
    button: PipeWriter,
    waiting: Waiting,
    /// Whether there is no more to do than what one thread can. It keeps nothing alive: a thread that
    /// wakes may be the last to hold the bell.
    is_alone: Box<dyn Fn() -> bool + Send + Sync>,
    runtime: Id,
}

/// Whom to wake. Its own, so that the task that wakes them does not keep the bell. None once nobody reads
/// the pipe any more.
type Waiting = Arc<Mutex<Option<Vec<Waker>>>>;

impl Doorbell {
    /// Within a runtime; works until its last clone is gone. Fails where the process has no files
    /// left.
    pub(super) fn hang(is_alone: impl Fn() -> bool + Send + Sync + 'static) -> io::Result<Self> {
        let (receiver, button) = io::pipe()?;
        let receiver = Receiver::from_owned_fd(receiver.into())?;
        let waiting = Arc::new(Mutex::new(Some(Vec::new())));
        tokio::spawn(answer(receiver, Arc::clone(&waiting)));
        let (is_alone, runtime) = (Box::new(is_alone), Handle::current().id());
        Ok(Self(Arc::new(Shared { button, waiting, is_alone, runtime })))
    }

    /// Wakes a task, from whatever thread.
    pub(super) fn wake(&self, task: Waker) {
        let Shared { button, waiting, is_alone, runtime } = &*self.0;
        // Its own threads wake without a detour.
        let is_own = Handle::try_current().is_ok_and(|handle| handle.id() == *runtime);
        if is_own || !is_alone() {
            return task.wake();
        }
        let is_first = match &mut *lock(waiting) {
            None => return task.wake(),
            Some(waiting) => {
                waiting.push(task);
                waiting.len() == 1
            }
        };
        // The pipe never holds more than a few bytes: who is not the first relies on the first's. Where
        // nobody reads it any more, the runtime is ending.
        if is_first && (&*button).write_all(&[0]).is_err() {
            take(waiting, None).into_iter().for_each(Waker::wake);
        }
    }
}

/// Reads first and looks then: who comes in between is found now, who comes later rings again.
async fn answer(mut receiver: Receiver, waiting: Waiting) {
    while let Ok(1..) = read(&mut receiver).await {
        take(&waiting, Some(Vec::new())).into_iter().for_each(Waker::wake);
    }
    take(&waiting, None).into_iter().for_each(Waker::wake);
}

async fn read(receiver: &mut Receiver) -> io::Result<usize> {
    let mut rings = [0; RINGS];
    let mut rings = ReadBuf::new(&mut rings);
    poll_fn(|context| Pin::new(&mut *receiver).poll_read(context, &mut rings)).await?;
    Ok(rings.filled().len())
}

/// Bytes that are read at once: more than ever wait, so that a read that is not full says that the pipe
/// is empty, and no second one has to.
const RINGS: usize = 16;

/// Those who wait, and what there is instead of them.
fn take(waiting: &Waiting, instead: Option<Vec<Waker>>) -> Vec<Waker> {
    std::mem::replace(&mut *lock(waiting), instead).unwrap_or_default()
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, Option<Vec<Waker>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::Wake;
    use std::thread;
    use std::time::Duration;

    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;

    /// Tells of each time that it is woken, and whether within a runtime.
    struct Told(UnboundedSender<bool>);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(Handle::try_current().is_ok());
        }
    }

    fn told() -> (Waker, UnboundedReceiver<bool>) {
        let (sender, receiver) = unbounded_channel();
        (Arc::new(Told(sender)).into(), receiver)
    }

    async fn next(told: &mut UnboundedReceiver<bool>) -> Option<bool> {
        let next = tokio::time::timeout(Duration::from_mins(1), told.recv());
        next.await.expect("it is woken, or nobody is left who could")
    }

    #[tokio::test]
    async fn threads_outside_wake_through_the_runtime_each_time() {
        const THREADS: usize = 4;
        const TIMES: usize = 1_000;
        let doorbell = Doorbell::hang(|| true).unwrap();
        let (task, mut told) = told();
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (doorbell, task) = (doorbell.clone(), task.clone());
                thread::spawn(move || (0..TIMES).for_each(|_| doorbell.wake(task.clone())))
            })
            .collect();
        for _ in 0..THREADS * TIMES {
            assert_eq!(next(&mut told).await, Some(true), "by the task that reads the pipe");
        }
        for thread in threads {
            thread.join().unwrap();
        }
    }

    #[tokio::test]
    async fn within_the_runtime_there_is_no_detour() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let (task, mut told) = told();
        doorbell.wake(task);
        assert_eq!(told.try_recv(), Ok(true), "before anything else had a turn");
    }

    #[tokio::test]
    async fn where_there_is_more_to_do_there_is_none_either() {
        let doorbell = Doorbell::hang(|| false).unwrap();
        let (task, mut told) = told();
        thread::spawn(move || doorbell.wake(task)).join().unwrap();
        assert_eq!(told.try_recv(), Ok(false), "by the thread itself");
    }

    #[tokio::test]
    async fn it_ends_with_its_last_clone() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let (task, mut told) = told();
        let waiting = Arc::downgrade(&doorbell.0.waiting);
        drop(task);
        let clone = doorbell.clone();
        drop(doorbell);
        assert!(waiting.upgrade().is_some());
        drop(clone);
        let ended = async {
            while waiting.upgrade().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), ended).await.expect("nobody reads any more");
        assert_eq!(next(&mut told).await, None);
    }

    #[test]
    fn after_the_runtime_it_wakes_all_the_same() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let doorbell = runtime.block_on(async { Doorbell::hang(|| true).unwrap() });
        drop(runtime);
        let (task, mut told) = told();
        doorbell.wake(task);
        assert_eq!(told.try_recv(), Ok(false));
    }
}
