//! What templates may ask of figures and days, besides how they are written: a difference of two amounts, a day without its time, and the
//! months that accounts are made for. Makes no markup.

use kamurj_domain::format::{self, Language};
use kamurj_domain::{Currency, Money, time};
use minijinja::{Environment, State, Value};
use std::collections::BTreeMap;

const YEREVAN: &str = "+04:00";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const YEREVAN_MS: i64 = 4 * 60 * 60 * 1000;

/// Registers them.
pub(crate) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("day", day);
    environment.add_filter("last_day", last_day);
    environment.add_filter("less", less);
    environment.add_function("months", months);
}

fn lookup(state: &State, name: &str) -> Option<String> {
    state.lookup(name).and_then(|value| value.as_str().map(str::to_owned))
}

/// The day of a moment (RFC 3339), or a day (`2026-11-21`), in Yerevan: `21 November`.
fn day(state: &State, at: &str) -> String {
    let whole = if at.contains('T') { at.to_owned() } else { format!("{at}T00:00:00{YEREVAN}") };
    let language = lookup(state, "lang").and_then(|tag| Language::parse(&tag)).unwrap_or(Language::En);
    let now = lookup(state, "now").and_then(|now| time::parse(&now));
    let Some(at_ms) = time::parse(&whole) else { return String::new() };
    let text = format::date_time(at_ms, now, language);
    text.rsplit_once(", ").map_or(text.clone(), |(day, _)| day.to_owned())
}

/// The last day of a period that ends before this moment.
fn last_day(state: &State, end: &str) -> String {
    time::parse(end).map(|end_ms| day(state, &time::rfc3339(end_ms - 1))).unwrap_or_default()
}

/// An amount of the API, `{"value": "12500", "currency": "AMD"}`. A total may be nothing or, where more was given back than taken, below
/// zero; a bank's fee may have luma.
pub(crate) fn amount(amount: &Value) -> Option<Money> {
    let part = |name: &str| amount.get_attr(name).ok().and_then(|value| value.as_str().map(str::to_owned));
    let (value, currency) = (part("value")?, Currency::from_code(&part("currency")?)?);
    match value.strip_prefix('-') {
        Some(lack) => Money::stated(lack, currency).ok().map(|money| Money::new(-money.minor, currency)),
        None => Money::stated(&value, currency).ok(),
    }
}

/// By how much an amount is more than another of the same currency: an amount, below zero where it is less; nothing where the currencies
/// differ.
fn less(more: &Value, other: &Value) -> Option<BTreeMap<&'static str, String>> {
    let (more, other) = (amount(more)?, amount(other)?);
    if more.currency != other.currency {
        return None;
    }
    let difference = Money::new(more.minor.checked_sub(other.minor)?, more.currency);
    Some(BTreeMap::from([("value", difference.decimal()), ("currency", more.currency.code().to_owned())]))
}

/// This month in Yerevan and the ones before it, newest first: the first and the last day of each, `{from, to}`.
fn months(state: &State, count: u32) -> Vec<BTreeMap<&'static str, String>> {
    let Some(now) = lookup(state, "now").and_then(|now| time::parse(&now)) else { return Vec::new() };
    let first_of = |at_ms: i64| time::parse(&format!("{}-01T00:00:00Z", &time::rfc3339(at_ms)[..7]));
    let day = |at_ms: i64| time::rfc3339(at_ms)[..10].to_owned();
    let mut inside = now + YEREVAN_MS;
    let mut months = Vec::new();
    for _ in 0..count {
        let Some(first) = first_of(inside) else { break };
        // The 32nd day after the first is in the next month, whatever month it is.
        let Some(next) = first_of(first + 31 * DAY_MS) else { break };
        months.push(BTreeMap::from([("from", day(first)), ("to", day(next - DAY_MS))]));
        inside = first - DAY_MS;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expected: &str) {
        let mut environment = Environment::empty();
        register(&mut environment);
        let context = minijinja::context! {
            now => "2027-03-31T21:00:00Z",
            lang => "en",
            theirs => minijinja::context! { value => "12500.5", currency => "AMD" },
            ours => minijinja::context! { value => "13000", currency => "AMD" },
            dollars => minijinja::context! { value => "13000", currency => "USD" },
        };
        assert_eq!(environment.render_str(template, context).unwrap(), expected, "{template}");
    }

    #[test]
    fn a_day_is_told_without_its_time_and_as_it_is_in_yerevan() {
        check("{{ '2027-02-28'|day }}", "28 February");
        check("{{ '2027-02-28T21:30:00Z'|day }}", "1 March");
        check("{{ '2026-02-28'|day }}", "28 February 2026");
        check("{{ 'soon'|day }}", "");
        check("{{ '2027-02-28T20:00:00Z'|last_day }}", "28 February");
    }

    #[test]
    fn a_difference_may_be_below_zero_and_is_not_made_of_two_currencies() {
        check("{{ (theirs|less(ours)).value }}", "-499.50");
        check("{{ (ours|less(theirs)).value }}", "499.50");
        check("{% if theirs|less(dollars) %}a difference{% endif %}", "");
    }

    #[test]
    fn months_are_those_of_yerevan_and_end_with_their_last_day() {
        check(
            "{% for month in months(3) %}{{ month.from }}/{{ month.to }} {% endfor %}",
            "2027-04-01/2027-04-30 2027-03-01/2027-03-31 2027-02-01/2027-02-28 ",
        );
    }
}
