//! Waits between attempts: random ones, and those of the header Retry-After (RFC 9110, section 10.2.3), seconds or a date.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A server cannot send a client away for longer than an hour.
const MOST: Duration = Duration::from_secs(3_600);
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What nobody waits for. A clock has no room for every time that an application may give.
const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// So much later than now.
pub(crate) fn later(after: Duration) -> Instant {
    Instant::now() + after.min(NEVER)
}

/// Uniform from nothing to so many milliseconds.
pub(crate) fn random(most: u64) -> Duration {
    let value = RandomState::new().build_hasher().finish();
    Duration::from_millis(if most == 0 { 0 } else { value % most.saturating_add(1) })
}

/// Time to wait; `None` if the header says nothing that can be understood.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(MOST, Duration::from_secs).min(MOST));
    }
    let until = UNIX_EPOCH + Duration::from_secs(date(value)?);
    Some(until.duration_since(now).unwrap_or_default().min(MOST))
}

/// Seconds since 1970 of a date as `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may write.
fn date(value: &str) -> Option<u64> {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let clock: Vec<u64> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [hours, minutes, seconds] = clock[..] else { return None };
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    // Years begin in March here, so that a leap day is the last day of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    (days * 86_400 + hours * 3_600 + minutes * 60 + seconds).checked_sub(719_468 * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let wait = |value, now| retry_after(value, at(now)).map(|wait| wait.as_secs());
        assert_eq!(wait(date, 784_111_777 - 120), Some(120));
        assert_eq!(wait(date, 784_111_777 + 5), Some(0));
        assert_eq!(wait("Thu, 29 Feb 2024 00:00:00 GMT", 1_709_164_800 - 7), Some(7));
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT", 0), Some(3_600));
        assert_eq!(wait(" 7 ", 0), Some(7));
        assert_eq!(wait("99999999999999999999999", 0), Some(3_600));
        for wrong in [
            "",
            "-1",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Thu, 01 Jan 0000 0:0:0 GMT",
        ] {
            assert_eq!(wait(wrong, 0), None, "{wrong}");
        }
    }
}
