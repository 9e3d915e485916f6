//! A connection of the pool that goes back to it only when it is done.

use deadpool_postgres::Object;

/// Where the one who asked hangs up, its question still runs: whoever had the connection next would
/// wait for its end, and a few lists that nobody waits for would hold up all the others. Such a
/// connection is closed instead, and the server gives the question up (`client_connection_check_interval`).
pub(super) struct Borrowed(Option<Object>);

impl Borrowed {
    pub(super) fn of(client: Object) -> Self {
        Self(Some(client))
    }

    pub(super) fn client(&mut self) -> &mut Object {
        self.0.as_mut().expect("it is there until it is given back")
    }

    /// What was asked is answered.
    pub(super) fn give_back(mut self) {
        self.0 = None;
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}
