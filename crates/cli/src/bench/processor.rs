//! How long this process has kept processors busy, as Linux tells it.

use std::time::Duration;

/// All its threads together, since it began. None where the system has no such file.
pub(crate) fn busy() -> Option<Duration> {
    of_stat(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// The same since then; nothing where it is not known.
pub(crate) fn since(before: Option<Duration>) -> Duration {
    busy().zip(before).map(|(now, before)| now.saturating_sub(before)).unwrap_or_default()
}

/// The program's own time and the system's for it. What the second field names stands in brackets, and
/// may have any characters.
fn of_stat(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(FIELDS_BEFORE);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * ticks()? + TICK * ticks()?)
}

/// From the third field to the fourteenth.
const FIELDS_BEFORE: usize = 11;
/// What Linux counts in for programs (`USER_HZ`), on every processor that we build for.
const TICK: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_are_found_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 1 2 3";
        assert_eq!(of_stat(stat), Some(Duration::from_secs(3)));
        assert_eq!(of_stat("7 (a) S 1 7"), None);
    }
}
