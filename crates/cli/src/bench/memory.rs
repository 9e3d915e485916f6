//! How much memory this process has, as Linux tells it.

/// Bytes that are in memory now.
pub(crate) fn resident() -> Option<u64> {
    line_of("VmRSS:")
}

/// The most bytes that were in memory so far.
pub(crate) fn peak() -> Option<u64> {
    line_of("VmHWM:")
}

/// None where the system has no such file.
fn line_of(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = kibibytes.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(number * 1_024)
}
