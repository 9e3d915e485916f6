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
        let _permit = self.permits.acquire().await.map_err(|_| LedgerError::Closed)?;
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
