//! Amounts and dates as pages write them, held against independent arithmetic.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kamurj_domain::format::{Language, date_time, money};

#[test]
fn written_dates_agree_with_the_time_zone_database() {
    let yerevan = TimeZone::get("Asia/Yerevan").unwrap();
    // From 2013 to 2050 in steps that share no factor with an hour or a day.
    for at_ms in (1_356_998_400_000_i64..2_524_608_000_000).step_by(1_234_567_891) {
        let at = Timestamp::from_millisecond(at_ms).unwrap().to_zoned(yerevan.clone());
        assert_eq!(date_time(at_ms, None, Language::En), at.strftime("%-d %B %Y, %H:%M").to_string());
        assert_eq!(date_time(at_ms, Some(at_ms), Language::En), at.strftime("%-d %B, %H:%M").to_string());
    }
}

#[test]
fn written_amounts_lose_nothing() {
    for power in 0..18 {
        for minor in [10_i64.pow(power), 10_i64.pow(power) + 7, 10_i64.pow(power) * 3 - 1] {
            for language in Language::ALL {
                let digits: String = money(minor, "AMD", language).chars().filter(char::is_ascii_digit).collect();
                let mut expected = (minor / 100).to_string();
                if minor % 100 > 0 {
                    write!(expected, "{:02}", minor % 100).unwrap();
                }
                assert_eq!(digits, expected);
            }
        }
    }
}
