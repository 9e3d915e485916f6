//! The line to the database breaks, and the database goes away for a while.

use super::faults::DOORS;
use super::{Planned, Site};
use crate::world::World;

impl World {
    /// Throws what befalls the line of one of the processes, soon; where there is none, of the next.
    pub(crate) fn trouble_on_the_wire(&mut self) {
        let server = self.any_server();
        let up = self.servers.get(server).map(|server| server.process);
        let planned = match up {
            Some(process) => Planned::throw(process, &mut self.dice),
            None => Planned::throw_at_start(self.next_process(), &mut self.dice),
        };
        if let Some(site) = self.site() {
            site.wire.plan(planned);
        }
    }

    /// The server is restarted, or out of reach: every connection ends, and so do the next attempts.
    pub(crate) async fn database_goes_away(&mut self) {
        let (attempts, door) = (self.dice.between(1, ATTEMPTS_MAX), self.dice.weighted(DOORS));
        let Some(Site { wire, .. }) = self.site() else { return };
        wire.shut(attempts, door);
        wire.cut(None);
        wire.settled().await;
    }
}

/// Fewer than a lane makes in the ten seconds for which it tries.
const ATTEMPTS_MAX: u64 = 6;
