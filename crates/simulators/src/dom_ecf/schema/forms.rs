//! The forms of values: dates, stamps, telephones, addresses.

/// One digit or more, nothing else.
pub(super) fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `dd-MM-yyyy` of these centuries; leading zeros may be missing, and no calendar is asked.
pub(super) fn date(value: &str, centuries: &[&str]) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let [day, month, year] = parts[..] else { return false };
    let within = |text: &str, most: u8| {
        digits(text) && text.len() <= 2 && text.parse().is_ok_and(|n| (1..=most).contains(&n))
    };
    let is_year = digits(year) && year.len() == 4;
    within(day, 31)
        && within(month, 12)
        && is_year
        && centuries.iter().any(|century| year.starts_with(century))
}

/// Two digits of day and month; the parts of the time may have one.
pub(super) fn stamp(value: &str) -> bool {
    let Some((day, time)) = value.split_once(' ') else { return false };
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts[..] else { return false };
    let within = |text: &str, most: u8| {
        digits(text) && text.len() <= 2 && text.parse().is_ok_and(|n: u8| n <= most)
    };
    day.len() == 10
        && day.as_bytes()[2] == b'-'
        && date(day, &["19", "20"])
        && within(hour, 23)
        && within(minute, 59)
        && within(second, 59)
}

/// `809-555-0101`.
pub(super) fn phone(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [3, 3, 4] && parts.iter().all(|part| digits(part))
}

/// `\w+([-+.]\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*`, as .NET reads it.
pub(super) fn email(value: &str) -> bool {
    let Some((name, host)) = value.split_once('@') else { return false };
    let is_word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    name.split(['-', '+', '.']).all(is_word)
        && host.split(['-', '.']).all(is_word)
        && host.contains('.')
}

/// The letters of the schemas' patterns.
pub(super) fn spanish_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || "ñÑáéíóúÁÉÍÓÚ".contains(c)
}
