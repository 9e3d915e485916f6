//! What a run of `bench report` saw, as a table.

use std::time::Duration;

use super::Delivered;
use crate::bench::latency::{Measured, per_second};
use crate::bench::table::{Quantity, Table};

pub(super) struct Figures {
    pub(super) fsync: Measured,
    /// Requests a second.
    pub(super) requests: u64,
    /// And how long processors were busy for it.
    pub(super) plain: (Measured, Duration),
    pub(super) alone: Measured,
    pub(super) delivered: Delivered,
}

impl Figures {
    pub(super) fn table(&self) -> Table {
        let mut table = Table::default();
        table.measured("fsync of 4 kB", &self.fsync);
        table.rate("requests that the authority answers, asked nothing else", self.requests);
        let (plain, plain_busy) = &self.plain;
        table.measured("a plain client: both requests, and keeps nothing", plain);
        table.measured("report, one invoice at a time, from its seal", &self.alone);
        let rate = self.delivered.rate();
        table.rate("report: delivered and acknowledged", rate);
        self.writes(&mut table);
        table.told("submissions that still wait at the end", Quantity::Count(self.delivered.left));
        table.told("invoices that the authority refused", Quantity::Count(self.delivered.odd));
        let each = self.delivered.busy / per(self.delivered.count);
        table.told("processors busy for each, the authority's own included", Quantity::Wait(each));
        let each = *plain_busy / per(plain.count());
        table.told("the same, for each of the plain client", Quantity::Wait(each));
        table.ratio("report ÷ the plain client", rate, plain.rate());
        table
    }

    /// What was made durable for it. Of a database only its log tells: every write is a commit there,
    /// and several share one fsync.
    fn writes(&self, table: &mut Table) {
        let Delivered { count, commits, log_syncs, .. } = self.delivered;
        let name = "fsyncs of the log for each";
        match log_syncs {
            Some(syncs) => table.told(name, Quantity::each(syncs, count)),
            None => {
                table.told("commits for each, each with an fsync", Quantity::each(commits, count));
            }
        }
        let synced = self.delivered.per_second(log_syncs.unwrap_or(commits));
        table.ratio("fsyncs of the log ÷ those that the disk can", synced, self.fsync.rate());
    }
}

/// As a divisor.
fn per(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

impl Delivered {
    fn rate(&self) -> u64 {
        self.per_second(self.count)
    }

    fn per_second(&self, count: u64) -> u64 {
        per_second(usize::try_from(count).unwrap_or(usize::MAX), self.elapsed)
    }
}
