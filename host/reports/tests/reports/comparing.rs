//! Lines held against movements, case by case.

use kamurj_domain::{Currency, Money};
use kamurj_reports::{Comparison, Kind, Line, Movement, Period, compare};

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;
/// Ten days.
pub(crate) const PERIOD: Period = Period { from_ms: 100 * DAY, to_ms: 110 * DAY };
/// Well inside it.
const MIDDLE: i64 = 105 * DAY;

/// A movement in few words: `m1 payment 500 o1 r1,r2`.
fn movement(words: &str) -> Movement {
    let [id, kind, amount, order, references] = parts(words);
    Movement {
        id: id.to_owned(),
        payment_id: format!("pay_{order}"),
        order_id: format!("order {order}"),
        attempt_number: order.to_owned(),
        references: references.split(',').filter(|name| *name != "-").map(str::to_owned).collect(),
        kind: Kind::from_word(kind).unwrap(),
        amount: money(amount),
        at_ms: MIDDLE,
    }
}

/// A line in few words: `2 payment 500 o1 r1`.
fn line(words: &str) -> Line {
    let [row, kind, amount, order, reference] = parts(words);
    let name = |text: &str| (text != "-").then(|| text.to_owned());
    Line {
        row: row.parse().unwrap(),
        reference: name(reference),
        order_number: name(order),
        kind: Kind::from_word(kind).unwrap(),
        amount: money(amount),
        fee: None,
        time_ms: None,
    }
}

fn parts(words: &str) -> [&str; 5] {
    words.split(' ').collect::<Vec<_>>().try_into().unwrap()
}

fn money(text: &str) -> Money {
    let (number, currency) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    Money::new(number.parse().unwrap(), Currency::from_code(currency).unwrap_or(Currency::Amd))
}

/// What came of it, a word each, sorted: `2=m1`, `3!m2 amount`, `-m3`, `+4`, `~m5` (edge), `4x` (duplicate).
fn notes(comparison: &Comparison<'_>) -> Vec<String> {
    let matched = comparison.matched.iter().map(|pair| format!("{}={}", pair.line.row, pair.movement.id));
    let differing = comparison.differing.iter().map(|pair| {
        let what: Vec<_> = pair.what.iter().map(|difference| difference.word()).collect();
        format!("{}!{} {}", pair.line.row, pair.movement.id, what.join(" "))
    });
    let ours = comparison.ours_only.iter().map(|movement| format!("-{}", movement.id));
    let edge = comparison.edge.iter().map(|movement| format!("~{}", movement.id));
    let theirs = comparison.theirs_only.iter().map(|line| format!("+{}", line.row));
    let twice = comparison.duplicate_lines.iter().map(|line| format!("{}x", line.row));
    matched.chain(differing).chain(ours).chain(edge).chain(theirs).chain(twice).collect()
}

fn check(ours: &[&str], theirs: &[&str], expected: &[&str]) {
    let movements: Vec<_> = ours.iter().map(|words| movement(words)).collect();
    let lines: Vec<_> = theirs.iter().map(|words| line(words)).collect();
    assert_eq!(notes(&compare(PERIOD, &movements, &lines)), expected, "{ours:?} {theirs:?}");
}

#[test]
fn a_reference_ties_and_so_does_an_order_number_with_the_kind() {
    check(&["m1 payment 500 o1 r1"], &["2 payment 500 - r1"], &["2=m1"]);
    check(&["m1 payment 500 o1 r1,r2"], &["2 payment 500 o9 r2"], &["2=m1"]);
    check(&["m1 payment 500 o1 -"], &["2 payment 500 o1 r1"], &["2=m1"]);
    check(&["m1 payment 500 o1 r1"], &["2 payment 500 o1 -"], &["2=m1"]);
    check(&["m1 payment 500 o1 r1"], &["2 payment 500 o2 r2"], &["-m1", "+2"]);
    check(&["m1 payment 500 o1 -"], &["2 refund 500 o1 -"], &["-m1", "+2"]);
}

#[test]
fn a_reference_outranks_an_order_number() {
    check(
        &["m1 payment 500 o1 r1", "m2 payment 500 o2 r2"],
        &["2 payment 500 o1 r2", "3 payment 500 - r1"],
        &["2=m2", "3=m1"],
    );
    check(&["m1 payment 500 o1 r1", "m2 payment 700 o2 r2"], &["2 payment 500 o1 r2"], &["2!m2 amount", "-m1"]);
}

#[test]
fn names_are_compared_as_people_and_spreadsheets_spell_them() {
    check(&["m1 payment 500 o1 000612345"], &["2 payment 500 - 612345"], &["2=m1"]);
    check(&["m1 payment 500 K-Abc -"], &["2 payment 500 k-aBC -"], &["2=m1"]);
    check(&["m1 payment 500 0 0"], &["2 payment 500 00 000"], &["-m1", "+2"]);
}

#[test]
fn what_differs_is_told() {
    check(&["m1 payment 500 o1 r1"], &["2 payment 501 o1 r1"], &["2!m1 amount"]);
    check(&["m1 payment 500 o1 r1"], &["2 payment 500USD o1 r1"], &["2!m1 currency"]);
    check(&["m1 payment 500 o1 r1"], &["2 reversal 500 o1 r1"], &["2!m1 kind"]);
    check(&["m1 payment 500 o1 r1"], &["2 chargeback 400RUB o1 r1"], &["2!m1 amount currency kind"]);
    check(&["m1 payment 500 o1 -"], &["2 payment 501 o1 -"], &["2!m1 amount"]);
}

#[test]
fn partial_refunds_of_one_payment_are_told_apart_by_their_amounts() {
    check(
        &["m1 payment 900 o1 r1", "m2 refund 300 o1 r1", "m3 refund 200 o1 r1"],
        &["2 refund 200 o1 r1", "3 refund 300 o1 r1", "4 payment 900 o1 r1"],
        &["2=m3", "3=m2", "4=m1"],
    );
    check(&["m2 refund 300 o1 r1", "m3 refund 200 o1 r1"], &["2 refund 201 o1 r1"], &["2!m3 amount", "-m2"]);
    // Two of the same amount are two, and no line is a repetition.
    check(
        &["m2 refund 300 o1 r1", "m3 refund 300 o1 r1"],
        &["2 refund 300 o1 r1", "3 refund 300 o1 r1"],
        &["2=m2", "3=m3"],
    );
}

#[test]
fn a_refund_that_bears_its_payments_reference_is_a_refund() {
    // The payment is in another report, and the refund has a reference of its own with us.
    check(&["m1 payment 500 o1 r1", "m2 refund 500 o1 r2"], &["2 refund 500 o1 r1"], &["2=m2", "-m1"]);
}

#[test]
fn a_weak_tie_never_takes_what_a_sure_one_needs() {
    check(&["m1 payment 500 o1 r1"], &["2 refund 500 - r1", "3 payment 500 o1 r1"], &["3=m1", "+2"]);
    check(&["m1 payment 500 o1 -"], &["2 payment 400 o1 -", "3 payment 500 o1 -"], &["3=m1", "+2"]);
    // An order number beside another reference is weaker than an order number alone.
    check(&["m1 payment 500 o1 r1"], &["2 payment 500 o1 r9", "3 payment 500 o1 -"], &["3=m1", "+2"]);
}

#[test]
fn a_line_said_twice_is_told_apart_from_one_that_nobody_knows() {
    check(&["m1 payment 500 o1 r1"], &["2 payment 500 o1 r1", "3 payment 500 o1 r1"], &["2=m1", "3x"]);
    check(&[], &["2 payment 500 o1 r1", "3 payment 500 o1 r1", "4 payment 501 o1 r1"], &["+2", "+4", "3x"]);
    check(&["m1 payment 500 o1 r1"], &["2 payment 400 o1 r1", "3 payment 400 o1 r1"], &["2!m1 amount", "3x"]);
}

#[test]
fn the_nearest_in_time_is_taken_among_equals() {
    let at = |id: &str, at_ms: i64| Movement { at_ms, ..movement(&format!("{id} refund 300 o1 r1")) };
    let movements = [at("m1", MIDDLE), at("m2", MIDDLE + DAY)];
    let lines = [Line { time_ms: Some(MIDDLE + DAY), ..line("2 refund 300 o1 r1") }];
    assert_eq!(notes(&compare(PERIOD, &movements, &lines)), ["2=m2", "-m1"]);
}

#[test]
fn what_the_neighbouring_report_may_have_is_not_called_missing() {
    let noted = |at_ms: i64| notes(&compare(PERIOD, &[Movement { at_ms, ..movement("m1 payment 500 o1 r1") }], &[]));
    let nothing: [&str; 0] = [];
    assert_eq!(noted(PERIOD.from_ms - 1), nothing, "before it");
    assert_eq!(noted(PERIOD.from_ms), ["~m1"]);
    assert_eq!(noted(PERIOD.from_ms + DAY - 1), ["~m1"]);
    assert_eq!(noted(PERIOD.from_ms + DAY), ["-m1"]);
    assert_eq!(noted(PERIOD.to_ms - DAY - 1), ["-m1"]);
    assert_eq!(noted(PERIOD.to_ms - DAY), ["~m1"]);
    assert_eq!(noted(PERIOD.to_ms - 1), ["~m1"]);
    assert_eq!(noted(PERIOD.to_ms), nothing, "after it");
}

#[test]
fn a_movement_outside_the_period_is_found_by_its_line() {
    let movements = [Movement { at_ms: PERIOD.to_ms + 2 * DAY, ..movement("m1 payment 500 o1 r1") }];
    let lines = [line("2 payment 500 o1 r1")];
    assert_eq!(notes(&compare(PERIOD, &movements, &lines)), ["2=m1"]);
}
