//! Work that is finished whoever still waits for it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// A future that goes on in a task of its own where it is dropped before its end.
///
/// A task from the beginning would do as well, but wakes another thread to begin it, and another to
/// tell its end: alone, a till waits for both.
pub(super) struct ToItsEnd<T: Send + 'static> {
    /// None once it has ended, or has panicked: then it cannot go on. The edge tells of that, and what
    /// it left behind is for the agent.
    work: Option<Work<T>>,
    runtime: Handle,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Send + 'static> ToItsEnd<T> {
    /// Within a runtime.
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self { work: Some(Box::pin(work)), runtime: Handle::current() }
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut work = self.work.take().expect("it is not asked again after its end");
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_is_waited_for_is_told_and_done_once() {
        let mut count = 0;
        assert_eq!(ToItsEnd::new(async { 7 }).await, 7);
        let work = ToItsEnd::new(async move {
            count += 1;
            count
        });
        assert_eq!(work.await, 1);
    }

    #[tokio::test]
    async fn what_is_dropped_goes_on() {
        let (begin, begun) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        let mut work = ToItsEnd::new(async move {
            let _: Result<(), _> = begun.await;
            let _ = tell.send("done");
        });
        let polled = poll_fn(|context| Poll::Ready(Pin::new(&mut work).poll(context))).await;
        assert!(polled.is_pending());
        drop(work);
        begin.send(()).unwrap();
        assert_eq!(told.await, Ok("done"));
    }

    #[tokio::test]
    async fn what_was_never_polled_goes_on_as_well() {
        let (tell, told) = oneshot::channel();
        drop(ToItsEnd::new(async move { tell.send(()).is_ok() }));
        assert_eq!(told.await, Ok(()));
    }

    #[tokio::test]
    async fn what_panicked_is_not_polled_again() {
        let held = std::sync::Arc::new(());
        let other = std::sync::Arc::clone(&held);
        let task = tokio::spawn(async move {
            ToItsEnd::new(async move {
                tokio::task::yield_now().await;
                panic!("a defect, with {other:?}");
            })
            .await;
            pending::<()>().await;
        });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(std::sync::Arc::strong_count(&held), 1, "it is gone, and in no other task");
    }
}
