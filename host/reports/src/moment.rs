//! How a bank writes times, and what they come to in Unix milliseconds. Banks here write Yerevan's time without saying so.

use jiff::{civil::DateTime, tz};
use serde::{Deserialize, Serialize};

/// How times are written. A date alone is its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeFormat {
    /// `21.11.2026 14:05` or `21.11.2026 14:05:09`.
    #[serde(rename = "dd.mm.yyyy")]
    Dots,
    /// `21/11/2026 14:05:09`.
    #[serde(rename = "dd/mm/yyyy")]
    Slashes,
    /// `2026-11-21 14:05:09`, as typed cells of workbooks too.
    #[serde(rename = "yyyy-mm-dd")]
    Iso,
    /// `2026-11-21T10:05:09Z`: RFC 3339, with an offset of its own.
    #[serde(rename = "rfc3339")]
    Rfc3339,
}

impl TimeFormat {
    /// Every format. The one that typed cells have, which all understand, comes first.
    pub const ALL: [Self; 4] = [Self::Iso, Self::Dots, Self::Slashes, Self::Rfc3339];

    /// A time in this format, for those who write it.
    pub fn example(self) -> &'static str {
        match self {
            Self::Dots => "21.11.2026 14:05:09",
            Self::Slashes => "21/11/2026 14:05:09",
            Self::Iso => "2026-11-21 14:05:09",
            Self::Rfc3339 => "2026-11-21T14:05:09+04:00",
        }
    }
}

/// Unix milliseconds of a cell. A typed cell of a workbook is understood in every format: nobody chose how it is written.
pub(crate) fn read(cell: &str, format: TimeFormat) -> Result<i64, String> {
    let cell = cell.trim();
    let read = match format {
        TimeFormat::Dots => local(cell, '.', true),
        TimeFormat::Slashes => local(cell, '/', true),
        TimeFormat::Iso => None,
        TimeFormat::Rfc3339 => kamurj_domain::time::parse(cell),
    };
    read.or_else(|| local(cell, '-', false)).ok_or_else(|| {
        let shown: String = cell.chars().take(40).collect();
        let example = format.example();
        format!("\"{shown}\" is not a time such as {example}: correct the cell, or choose how times are written")
    })
}

/// Armenia has kept UTC+4 without summer time since 2012.
const YEREVAN: tz::Offset = tz::offset(4);

fn local(text: &str, between: char, day_first: bool) -> Option<i64> {
    let (date, time) = text.split_once([' ', 'T', '\u{a0}']).unwrap_or((text, "00:00"));
    let [first, month, last] = numbers(date.trim_end_matches(','), between)?;
    let (day, year) = if day_first { (first, last) } else { (last, first) };
    // A year of two digits is not guessed at.
    if year < 1000 {
        return None;
    }
    let (time, fraction) = time.trim().split_once('.').unwrap_or((time.trim(), ""));
    let [hour, minute, second] = match time.matches(':').count() {
        1 => numbers(&format!("{time}:00"), ':')?,
        _ => numbers(time, ':')?,
    };
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanosecond = format!("{fraction:0<9}").parse().ok()?;
    let small = |number: i16| i8::try_from(number).ok();
    let at = DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, nanosecond);
    Some(YEREVAN.to_timestamp(at.ok()?).ok()?.as_millisecond())
}

/// Three numbers of one to four digits.
fn numbers(text: &str, between: char) -> Option<[i16; 3]> {
    let mut parts = text.split(between).map(|part| {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse::<i16>().ok() } else { None }
    });
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T14:05:09+04:00.
    const AT: i64 = 1_795_255_509_000;

    fn check(cell: &str, format: TimeFormat, expected: Option<i64>) {
        assert_eq!(read(cell, format).ok(), expected, "{cell} {format:?}");
    }

    #[test]
    fn times_are_yerevans_unless_they_say_otherwise() {
        check("21.11.2026 14:05:09", TimeFormat::Dots, Some(AT));
        check("21.11.2026 14:05", TimeFormat::Dots, Some(AT - 9_000));
        check("21.11.2026, 14:05:09", TimeFormat::Dots, Some(AT));
        check("1.2.2026 9:05", TimeFormat::Dots, Some(1_769_922_300_000));
        check("21/11/2026 14:05:09", TimeFormat::Slashes, Some(AT));
        check("2026-11-21 14:05:09", TimeFormat::Iso, Some(AT));
        check("2026-11-21T14:05:09.250", TimeFormat::Iso, Some(AT + 250));
        check("2026-11-21T10:05:09Z", TimeFormat::Rfc3339, Some(AT));
        check("2026-11-21T14:05:09+04:00", TimeFormat::Rfc3339, Some(AT));
        check("21.11.2026", TimeFormat::Dots, Some(AT - 9_000 - (14 * 60 + 5) * 60_000));
    }

    #[test]
    fn a_typed_cell_is_read_in_every_format() {
        for format in TimeFormat::ALL {
            check("2026-11-21T14:05:09", format, Some(AT));
        }
    }

    #[test]
    fn another_format_is_never_guessed() {
        check("11/21/2026 14:05:09", TimeFormat::Slashes, None);
        check("21/11/2026 14:05:09", TimeFormat::Dots, None);
        check("21.11.26 14:05", TimeFormat::Dots, None);
        check("31.02.2026", TimeFormat::Dots, None);
        check("21.11.2026 25:00", TimeFormat::Dots, None);
        check("", TimeFormat::Iso, None);
        check("46347.5869", TimeFormat::Dots, None);
        check("2026-11-21T10:05:09Z", TimeFormat::Iso, None);
    }
}
