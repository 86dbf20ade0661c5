//! The geometry of charts: from figures to places, which templates draw as SVG. Places are whole numbers, so that no page depends on how
//! a float is written. Makes no markup and knows no colours.

use crate::figures;
use kamurj_domain::Money;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

/// The share of a bar's room that stays empty, in tenths.
const GAP_TENTHS: i128 = 2;

/// Registers them.
pub(crate) fn register(environment: &mut Environment<'static>) {
    environment.add_function("bars", bars);
    environment.add_function("percent", percent);
}

/// A bar chart of amounts or of whole numbers: `bars(list, width, height)` gives `bars`, each with `x`, `y`, `width` and `height` from
/// the upper left corner, and `top`, the round figure that the height stands for, of the same kind as the list. A figure below zero has
/// no bar, one above zero at least a line.
fn bars(list: &Value, width: u32, height: u32) -> Result<Value, Error> {
    let figures: Vec<Value> = list.try_iter()?.collect();
    let sizes = figures.iter().map(size).collect::<Result<Vec<_>, _>>()?;
    let greatest = sizes.iter().copied().max().unwrap_or(0);
    let money = figures.first().and_then(figures::amount);
    // Round in the unit that people read: an axis that ends with 50 luma is no round one.
    let unit = money.map_or(1, |money| 10_i128.pow(money.currency.exponent()));
    let top = round_above((greatest + unit - 1) / unit) * unit;
    let (width, height) = (i128::from(width), i128::from(height));
    let count = i128::try_from(sizes.len()).unwrap_or(i128::MAX).max(1);
    let mut placed = Vec::new();
    for (place, size) in (0_i128..).zip(&sizes) {
        let (left, right) = (width * place / count, width * (place + 1) / count);
        let gap = (right - left) * GAP_TENTHS / 10;
        let tall = if *size > 0 { (size * height / top).max(1) } else { 0 };
        placed.push(minijinja::context! {
            x => text(left + gap / 2),
            y => text(height - tall),
            width => text((right - left - gap).max(1)),
            height => text(tall),
        });
    }
    let top = match money {
        Some(money) => {
            let top = i64::try_from(top).unwrap_or(i64::MAX);
            let top = Money::new(top, money.currency);
            minijinja::context! { value => top.decimal(), currency => money.currency.code() }
        }
        None => Value::from(text(top)),
    };
    Ok(minijinja::context! { bars => placed, top => top })
}

/// How many of a hundred a part is of the whole, rounded to the nearest; nothing of nothing is 0. Never all of it, and never nothing,
/// unless it is.
fn percent(part: i64, whole: i64) -> i64 {
    if part <= 0 || whole <= 0 {
        return 0;
    }
    if part >= whole {
        return 100;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    i64::try_from((part * 200 + whole) / (whole * 2)).unwrap_or(100).clamp(1, 99)
}

/// A figure as a whole number: an amount in its smallest unit.
fn size(figure: &Value) -> Result<i128, Error> {
    let unknown = || Error::new(ErrorKind::InvalidOperation, "a chart is made of amounts or of whole numbers");
    if figure.kind() == ValueKind::Number {
        return i128::try_from(figure.clone()).map_err(|_| unknown());
    }
    figures::amount(figure).map(|money| i128::from(money.minor)).ok_or_else(unknown)
}

/// The least of 1, 2 and 5 and their tenfolds that is not below a figure.
fn round_above(figure: i128) -> i128 {
    let mut tenfold = 1_i128;
    loop {
        for step in [1, 2, 5] {
            if step * tenfold >= figure {
                return step * tenfold;
            }
        }
        let Some(next) = tenfold.checked_mul(10).filter(|next| *next < i128::MAX / 10) else { return figure };
        tenfold = next;
    }
}

fn text(number: i128) -> String {
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> Result<String, Error> {
        let mut environment = Environment::empty();
        register(&mut environment);
        let amount = |value: &str| minijinja::context! { value => value, currency => "AMD" };
        let context = minijinja::context! { amounts => [amount("0"), amount("12500"), amount("30.5"), amount("-5")] };
        environment.render_str(template, context)
    }

    const DRAWN: &str =
        "{% for bar in chart.bars %}{{ bar.x }},{{ bar.y }} {{ bar.width }}x{{ bar.height }};{% endfor %}";

    fn check(template: &str, expected: &str) {
        assert_eq!(rendered(template).unwrap(), expected, "{template}");
    }

    #[test]
    fn bars_stand_side_by_side_below_a_round_top() {
        check(
            &format!("{{% set chart = bars([40, 0, 10], 30, 100) %}}{{{{ chart.top }}}} {DRAWN}"),
            "50 1,20 8x80;11,100 8x0;21,80 8x20;",
        );
    }

    #[test]
    fn amounts_have_a_top_that_is_round_in_drams_and_no_amount_is_lost_from_sight() {
        check("{% set chart = bars(amounts, 40, 100) %}{{ chart.top.value }} {{ chart.top.currency }}", "20000 AMD");
        check(
            &format!("{{% set chart = bars(amounts, 40, 100) %}}{DRAWN}"),
            "1,100 8x0;11,38 8x62;21,99 8x1;31,100 8x0;",
        );
    }

    #[test]
    fn days_without_sales_and_no_days_at_all_make_an_empty_chart() {
        check(&format!("{{% set chart = bars([0, 0], 20, 50) %}}{{{{ chart.top }}}} {DRAWN}"), "1 1,50 8x0;11,50 8x0;");
        check("{% set chart = bars([], 20, 50) %}{{ chart.top }}", "1");
    }

    #[test]
    fn what_is_no_figure_makes_no_chart() {
        assert!(rendered("{{ bars(['much'], 10, 10) }}").is_err());
    }

    #[test]
    fn a_share_is_whole_only_where_nothing_is_missing() {
        for (part, whole, share) in
            [(0, 0, 0), (0, 9, 0), (1, 1000, 1), (1, 3, 33), (2, 3, 67), (999, 1000, 99), (7, 7, 100)]
        {
            assert_eq!(percent(part, whole), share, "{part} of {whole}");
        }
    }
}
