//! A few connections that read, off the async threads, so that reading never delays sealing.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::open_reader;
use crate::error::LedgerError;

pub(crate) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, most: usize) -> Self {
        Self { path, permits: Arc::new(Semaphore::new(most.max(1))), idle: Arc::default() }
    }

    /// Runs `work` on a connection that cannot write.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| LedgerError::Closed)?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        let permits = Arc::clone(&self.permits);
        let read = move || {
            let waiting = idle.lock().ok().and_then(|mut idle| idle.pop());
            let connection = match waiting {
                Some(connection) => connection,
                None => open_reader(&path)?,
            };
            let result = work(&connection);
            // Looked at under the lock: after the closing nothing waits any more.
            if let Ok(mut idle) = idle.lock()
                && !permits.is_closed()
            {
                idle.push(connection);
            }
            // Here: whoever asked may have hung up long ago, and this has gone on.
            drop(permit);
            result
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| LedgerError::Closed)?
    }

    /// Closes the connections that wait, and gives out no more.
    pub(crate) fn close(&self) {
        self.permits.close();
        if let Ok(mut idle) = self.idle.lock() {
            idle.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::super::{open_writer, rewrite_file};
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_hangs_up_does_not_make_room_for_more_than_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        drop(open_writer(&path, rewrite_file).unwrap());
        let readers = Readers::new(path, 1);
        let (begun, has_begun) = channel();
        let (end, may_end) = channel::<()>();
        let long = readers.read(move |_| {
            begun.send(()).unwrap();
            may_end.recv().unwrap();
            Ok(())
        });
        let moment = Duration::from_millis(100);
        assert!(tokio::time::timeout(moment, long).await.is_err(), "it hangs up");
        has_begun.recv().unwrap();
        let mut next = std::pin::pin!(readers.read(|_| Ok(())));
        assert!(tokio::time::timeout(moment, &mut next).await.is_err(), "the first still reads");
        end.send(()).unwrap();
        next.await.unwrap();
    }
}
