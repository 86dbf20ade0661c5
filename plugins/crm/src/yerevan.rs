//! Unix milliseconds as RFC 3339 in Armenian time (UTC+4, no summer time), as CRMs and spreadsheets take it. It must
//! not be used for people: the host writes dates for them.

const OFFSET_MS: u64 = 4 * 60 * 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Such as `2026-11-21T12:33:11+04:00`.
pub fn rfc3339(at_ms: u64) -> String {
    let local_ms = at_ms.saturating_add(OFFSET_MS);
    let second = local_ms % DAY_MS / 1000;
    let (year, month, day) = civil(local_ms / DAY_MS);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}+04:00", second / 3600, second / 60 % 60, second % 60)
}

/// Year, month and day of a day counted from 1 January 1970, in the Gregorian calendar. Years begin in March inside, so
/// that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn moments_are_written_in_armenian_time() {
        assert_eq!(rfc3339(0), "1970-01-01T04:00:00+04:00");
        assert_eq!(rfc3339(1_795_249_991_000), "2026-11-21T12:33:11+04:00");
        assert_eq!(rfc3339(1_709_150_399_999), "2024-02-28T23:59:59+04:00");
        assert_eq!(rfc3339(1_709_150_400_000), "2024-02-29T00:00:00+04:00");
        assert_eq!(rfc3339(1_709_236_800_000), "2024-03-01T00:00:00+04:00");
        assert_eq!(rfc3339(1_767_211_199_000), "2025-12-31T23:59:59+04:00");
        assert_eq!(rfc3339(4_107_528_000_000), "2100-03-01T00:00:00+04:00");
    }
}
