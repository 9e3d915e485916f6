//! A batch that is one statement, and on its way: the lane plans the next one upon it meanwhile.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use tokio_postgres::Error;

use super::backend::Backend;
use super::connected::Connected;
use super::whole::Whole;
use crate::batch::{Logs, Slot};

pub(super) struct Flight {
    pub(super) slots: Vec<Slot>,
    pub(super) logs: Logs,
    pub(super) begun: Instant,
    /// Where it is run, whatever becomes of the connection.
    pub(super) backend: Backend,
    sent: Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>,
    ended: Option<Result<(), Error>>,
}

impl Flight {
    /// Sends the batch; those that are sent later are run later.
    pub(super) async fn begin(
        connected: &Arc<Connected>,
        whole: Whole,
        (slots, logs, begun): (Vec<Slot>, Logs, Instant),
    ) -> Self {
        let (connected, backend) = (Arc::clone(connected), connected.backend.clone());
        let sent = Box::pin(async move { whole.write(connected.ready()).await });
        let mut flight = Self { slots, logs, begun, backend, sent, ended: None };
        flight.ended = poll_fn(|context| match flight.sent.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending => Poll::Ready(None),
        })
        .await;
        // The driver shares this thread, and sends what it was given only when it has a turn.
        tokio::task::yield_now().await;
        flight
    }

    /// Waits until it is written, or refused; nothing is lost where the waiting is given up.
    pub(super) async fn ended(&mut self) -> Result<(), Error> {
        match self.ended.take() {
            Some(ended) => ended,
            None => self.sent.as_mut().await,
        }
    }
}
