//! Times on the wire: RFC 3339 text to Unix milliseconds and back.

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
}
