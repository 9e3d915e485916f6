//! A connection that goes as far as it can each time it has a turn.
//!
//! The parts of a connection wake one another: the head of a request the body's reader, the body the
//! handler. Each time the runtime would put the connection at the end of its queue and wake another
//! thread, which may take it from there; a request with a body does so three times. Instead the
//! connection is polled again at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::doorbell::Doorbell;

pub(super) struct InOneGo<F> {
    work: Pin<Box<F>>,
    bell: Arc<Bell>,
    /// Of the bell; made once.
    waker: Waker,
}

/// What wakes the work.
struct Bell {
    state: AtomicU8,
    /// The task that the work is polled in.
    task: Mutex<Option<Waker>>,
    doorbell: Doorbell,
}

/// Nothing has happened since it was polled.
const WAITING: u8 = 0;
/// It is being polled, and nothing has happened since that began.
const POLLED: u8 = 1;
/// It is to be polled again; whoever is at that, or was told to, will.
const WOKEN: u8 = 2;

/// Turns that it has at a stretch. A request with a body takes three; more may be a client that sends
/// faster than it is answered, and the others are to have theirs.
const TURNS: usize = 8;

impl<F: Future> InOneGo<F> {
    pub(super) fn new(work: F, doorbell: Doorbell) -> Self {
        let (state, task) = (AtomicU8::new(WOKEN), Mutex::default());
        let bell = Arc::new(Bell { state, task, doorbell });
        let waker = Waker::from(Arc::clone(&bell));
        Self { work: Box::pin(work), bell, waker }
    }
}

impl<F: Future> Future for InOneGo<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { work, bell, waker } = &mut *self;
        bell.belongs_to(context.waker());
        let mut inner = Context::from_waker(waker);
        for _ in 0..TURNS {
            // What happened before somebody woke it is seen by the poll.
            bell.state.swap(POLLED, Ordering::AcqRel);
            if let Poll::Ready(output) = work.as_mut().poll(&mut inner) {
                return Poll::Ready(output);
            }
            let (was, is) = (POLLED, WAITING);
            if bell.state.compare_exchange(was, is, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Bell {
    fn belongs_to(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !task.as_ref().is_some_and(|task| task.will_wake(waker)) {
            *task = Some(waker.clone());
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::AcqRel) != WAITING {
            return;
        }
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(task) = task {
            self.doorbell.wake(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::sync::atomic::AtomicUsize;
    use std::thread;
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Polls a future once, and says whether it ended, and how often its task was woken meanwhile.
    fn poll_once<F: Future>(work: &mut InOneGo<F>) -> (bool, usize) {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let polled = Pin::new(work).poll(&mut Context::from_waker(&waker));
        (polled.is_ready(), count.0.load(Ordering::SeqCst))
    }

    /// Wakes itself so many times, then ends.
    async fn wakes_itself(times: usize) {
        let mut left = times;
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    #[tokio::test]
    async fn what_wakes_itself_is_polled_again_and_the_task_is_not_woken() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let mut work = InOneGo::new(wakes_itself(TURNS - 1), doorbell);
        assert_eq!(poll_once(&mut work), (true, 0));
    }

    #[tokio::test]
    async fn what_wakes_itself_for_ever_lets_the_others_have_their_turn() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let mut work = InOneGo::new(wakes_itself(usize::MAX), doorbell);
        for _ in 0..3 {
            assert_eq!(poll_once(&mut work), (false, 1));
        }
    }

    #[tokio::test]
    async fn what_waits_is_polled_once() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let polls = AtomicUsize::new(0);
        let work = poll_fn(|_| {
            polls.fetch_add(1, Ordering::SeqCst);
            Poll::<()>::Pending
        });
        let mut work = InOneGo::new(work, doorbell);
        assert_eq!(poll_once(&mut work), (false, 0));
        assert_eq!(polls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_task_that_polled_last_is_woken() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let (tell, told) = oneshot::channel();
        let mut work = InOneGo::new(told, doorbell);
        let earlier = poll_once(&mut work);
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut context = Context::from_waker(&waker);
        assert!(Pin::new(&mut work).poll(&mut context).is_pending());
        tell.send(7).unwrap();
        assert_eq!((earlier, count.0.load(Ordering::SeqCst)), ((false, 0), 1));
        assert_eq!(Pin::new(&mut work).poll(&mut context), Poll::Ready(Ok(7)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_that_a_thread_outside_tells_is_lost() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let (ask, asked) = std::sync::mpsc::channel::<oneshot::Sender<usize>>();
        let answering = thread::spawn(move || {
            asked.into_iter().enumerate().for_each(|(number, reply)| reply.send(number).unwrap());
        });
        let work = async move {
            for number in 0..10_000 {
                let (reply, answer) = oneshot::channel();
                ask.send(reply).unwrap();
                assert_eq!(answer.await, Ok(number));
            }
        };
        let work = tokio::spawn(InOneGo::new(work, doorbell));
        let ended = tokio::time::timeout(Duration::from_mins(1), work);
        ended.await.expect("each answer wakes it").unwrap();
        answering.join().unwrap();
    }

    #[tokio::test]
    async fn what_is_dropped_while_it_waits_may_be_woken() {
        let doorbell = Doorbell::hang(|| true).unwrap();
        let mut kept = None;
        let mut work = InOneGo::new(
            poll_fn(|context| {
                kept = Some(context.waker().clone());
                Poll::<()>::Pending
            }),
            doorbell,
        );
        assert_eq!(poll_once(&mut work), (false, 0));
        drop(work);
        kept.unwrap().wake();
        drop(InOneGo::new(pending::<()>(), Doorbell::hang(|| true).unwrap()));
    }
}
