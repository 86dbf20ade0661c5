//! Unix milliseconds as RFC 3339 in Armenian time (UTC+4, no summer time), as CRMs and spreadsheets take it, and back from whatever
//! offset they answer with. It must not be used for people: the host writes dates for them.

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

/// Back from RFC 3339 with any offset, such as `2026-11-21T11:33:11+03:00` or `2026-11-21T08:33:11Z`. None for anything else.
pub fn unix_ms(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<u64>().ok()
    };
    let is_there = |at: usize, sign: &str| text.get(at..=at) == Some(sign);
    if !(is_there(4, "-") && is_there(7, "-") && is_there(13, ":") && is_there(16, ":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let rest = text.get(19..)?;
    let offset = rest.trim_start_matches(|symbol: char| symbol == '.' || symbol.is_ascii_digit());
    let local_s = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let utc_s = match offset.as_bytes() {
        b"Z" | b"z" => local_s,
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let digit = |byte: u8| char::from(byte).to_digit(10).map(u64::from);
            let by_s = (digit(*a)? * 10 + digit(*b)?) * 3600 + (digit(*c)? * 10 + digit(*d)?) * 60;
            if *sign == b'+' { local_s.checked_sub(by_s)? } else { local_s + by_s }
        }
        _ => return None,
    };
    Some(utc_s * 1000)
}

/// Days from 1 January 1970 to this one, from the other side of [`civil`].
fn days(year: u64, month: u64, day: u64) -> u64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let march_month = if month <= 2 { month + 9 } else { month - 3 };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{rfc3339, unix_ms};

    #[test]
    fn moments_are_read_with_any_offset_and_nothing_else_is() {
        for (text, at) in [
            ("2026-11-21T12:33:11+04:00", Some(1_795_249_991_000)),
            ("2026-11-21T08:33:11Z", Some(1_795_249_991_000)),
            ("2026-11-21T03:33:11.250-05:00", Some(1_795_249_991_000)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:00+04:00", None),
            ("2026-11-21 12:33:11", None),
            ("2026-13-21T12:33:11Z", None),
            ("2026-11-21T12:33:11", None),
            ("+026-11-21T12:33:11Z", None),
            ("", None),
            ("Հայերեն տառեր են սա", None),
        ] {
            assert_eq!(unix_ms(text), at, "{text}");
        }
        for at in [0, 951_782_400_000, 1_709_236_800_000, 4_107_528_000_000] {
            assert_eq!(unix_ms(&rfc3339(at)), Some(at));
        }
    }

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
