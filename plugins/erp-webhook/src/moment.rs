//! Moments as messages and answers write them: RFC 3339 in UTC, and the date of HTTP. It must not be used for people: the host writes
//! dates for them.

const DAY_SECONDS: u64 = 24 * 60 * 60;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// From 1 March of the year 0 to 1 January 1970.
const DAYS_BEFORE_1970: u64 = 719_468;

/// Unix milliseconds such as `2026-11-21T08:33:11.000Z`.
pub(crate) fn rfc3339(at_ms: u64) -> String {
    let seconds = at_ms / 1000;
    let (year, month, day) = civil(seconds / DAY_SECONDS);
    let (second, part) = (seconds % DAY_SECONDS, at_ms % 1000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{part:03}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Unix seconds of a date such as `Sat, 21 Nov 2026 08:33:11 GMT`: the preferred form of RFC 9110, section 5.6.7. The two forms that
/// it calls obsolete, and everything else, are none.
pub(crate) fn of_http_date(text: &str) -> Option<u64> {
    let (_, date) = text.trim().split_once(", ")?;
    let parts: Vec<&str> = date.split(' ').collect();
    let [day, month, year, time, "GMT"] = parts[..] else { return None };
    let clock: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = clock[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let (day, year) = (within(day, 2, 1, 31)?, within(year, 4, 1970, 9999)?);
    // A leap second is the second after it.
    let (hour, minute, second) = (within(hour, 2, 0, 23)?, within(minute, 2, 0, 59)?, within(second, 2, 0, 60)?);
    Some(days(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second)
}

fn within(digits: &str, length: usize, least: u64, most: u64) -> Option<u64> {
    let is_number = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { digits.parse().ok()? } else { return None };
    (least..=most).contains(&number).then_some(number)
}

/// Year, month and day of a day counted from 1 January 1970, in the Gregorian calendar. Years begin in March inside, so that the leap
/// day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + DAYS_BEFORE_1970;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The other way round. A day that its month does not have is one of the next month.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - DAYS_BEFORE_1970
}

#[cfg(test)]
mod tests {
    use super::{civil, days, of_http_date, rfc3339};

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_249_991_007), "2026-11-21T08:33:11.007Z");
        assert_eq!(rfc3339(1_709_164_799_999), "2024-02-28T23:59:59.999Z");
        assert_eq!(rfc3339(1_709_164_800_000), "2024-02-29T00:00:00.000Z");
        assert_eq!(rfc3339(1_767_225_600_000), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn every_day_of_two_centuries_is_found_again() {
        for day in 0..73_000 {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn dates_of_http_are_read_in_their_preferred_form_alone() {
        assert_eq!(of_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(of_http_date(" Sat, 21 Nov 2026 08:33:11 GMT "), Some(1_795_249_991));
        for other in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 +8:49:37 GMT",
            "120",
            "",
        ] {
            assert_eq!(of_http_date(other), None, "{other}");
        }
    }
}
