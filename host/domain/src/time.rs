//! Times on the wire: RFC 3339 text to Unix milliseconds and back; and days in Yerevan, counted from 1970-01-01.

use crate::format::YEREVAN_OFFSET_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Unix milliseconds of an RFC 3339 time with an offset; `None` for anything else.
pub fn parse(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// RFC 3339 in UTC, as the API writes times. A number outside the calendar becomes its nearest end.
pub fn rfc3339(at_ms: i64) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    });
    timestamp.to_string()
}

/// What clocks in Yerevan show, as a field of a day and time holds it: `2026-11-24T12:00`, with seconds where there are such.
pub fn yerevan_clock(at_ms: i64) -> String {
    let whole = at_ms.div_euclid(1000).saturating_mul(1000);
    let local = rfc3339(whole.saturating_add(YEREVAN_OFFSET_MS));
    let local = local.trim_end_matches('Z');
    local.strip_suffix(":00").unwrap_or(local).to_owned()
}

/// The day of a moment in Yerevan.
pub fn yerevan_day(at_ms: i64) -> i64 {
    at_ms.saturating_add(YEREVAN_OFFSET_MS).div_euclid(DAY_MS)
}

/// When a day begins in Yerevan, Unix milliseconds.
pub fn yerevan_start(day: i64) -> i64 {
    day.saturating_mul(DAY_MS).saturating_sub(YEREVAN_OFFSET_MS)
}

/// How far days in Yerevan are ahead of those in UTC, milliseconds.
pub const fn yerevan_offset_ms() -> i64 {
    YEREVAN_OFFSET_MS
}

/// A day as `2026-11-21`. A number outside the calendar becomes its nearest end.
pub fn day_text(day: i64) -> String {
    let text = rfc3339(day.saturating_mul(DAY_MS));
    text.split_once('T').map_or(text.clone(), |(date, _)| date.to_owned())
}

/// The first day of the month that a day is in.
pub fn month_start(day: i64) -> i64 {
    let text = day_text(day);
    let of_month = text.rsplit_once('-').and_then(|(_, of_month)| of_month.parse::<i64>().ok());
    day - (of_month.unwrap_or(1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_out_and_back() {
        assert_eq!(parse("2026-11-21T10:05:09Z"), Some(1_795_255_509_000));
        assert_eq!(parse("2026-11-21T14:05:09+04:00"), Some(1_795_255_509_000));
        assert_eq!(rfc3339(1_795_255_509_000), "2026-11-21T10:05:09Z");
        assert_eq!(rfc3339(1_795_255_509_120), "2026-11-21T10:05:09.12Z");
        assert_eq!(rfc3339(i64::MIN), "-009999-01-02T01:59:59Z");
        assert_eq!(rfc3339(i64::MAX), "9999-12-30T22:00:00.999999999Z");
        assert_eq!(parse("2026-11-21"), None);
        assert_eq!(parse("1795255509"), None);
    }

    #[test]
    fn a_clock_in_yerevan_shows_minutes_and_seconds_where_there_are_such() {
        let clock = |text| yerevan_clock(parse(text).unwrap());
        assert_eq!(clock("2026-11-24T08:00:00Z"), "2026-11-24T12:00");
        assert_eq!(clock("2026-12-31T20:00:30.250Z"), "2027-01-01T00:00:30");
    }

    #[test]
    fn days_begin_at_midnight_in_yerevan_and_months_with_their_first_day() {
        let noon = parse("2026-11-21T12:00:00+04:00").unwrap();
        let day = yerevan_day(noon);
        assert_eq!(day_text(day), "2026-11-21");
        assert_eq!(rfc3339(yerevan_start(day)), "2026-11-20T20:00:00Z");
        assert_eq!(yerevan_day(yerevan_start(day)), day);
        assert_eq!(yerevan_day(yerevan_start(day) - 1), day - 1);
        assert_eq!(day_text(month_start(day)), "2026-11-01");
        assert_eq!(day_text(month_start(month_start(day) - 1)), "2026-10-01");
        let leap = yerevan_day(parse("2028-02-29T23:59:59+04:00").unwrap());
        assert_eq!((day_text(leap), day_text(month_start(leap))), ("2028-02-29".into(), "2028-02-01".into()));
        assert_eq!(day_text(month_start(yerevan_day(parse("2026-01-01T00:00:00+04:00").unwrap()) - 1)), "2025-12-01");
    }
}
