//! Rows that become lines, and those that do not.

use crate::made::table;
use kamurj_domain::{Currency, Money};
use kamurj_reports::{Column, CurrencyFrom, Kind, KindFrom, Mapping, Refused, Report, guess, lines};

const HEADER: &str = "RRN;Order number;Amount;Currency;Type;Fee;Date\n";
const SOUND: &str = "1a;k1;12 500,00;AMD;Sale;187,50;21.11.2026 14:05:09\n1b;k1;2 500,50;AMD;Refund;;\n1c;k1;5,00;AMD;Chargeback;-;21.11.2026\n1d;k2;1,00;AMD;Reversal;0,00;\n";

/// What a row says below four sound ones.
fn report_with(row: &str, change: impl Fn(&mut Mapping)) -> Report {
    let read = table(&format!("{HEADER}{SOUND}{row}\n"));
    let mut mapping = guess(&table(&format!("{HEADER}{SOUND}")));
    change(&mut mapping);
    lines(&read, &mapping)
}

/// The field and sentence for which a row is refused.
fn refused(row: &str) -> (&'static str, String) {
    let report = report_with(row, |_| {});
    assert_eq!(report.lines.len(), 4, "the others are read");
    let [Refused { row: 6, field, sentence }] = &report.refused[..] else { panic!("{:?}", report.refused) };
    (field, sentence.clone())
}

#[test]
fn every_field_is_read_exactly() {
    let report = report_with("", |_| {});
    assert_eq!((report.refused.len(), report.lines.len()), (0, 4));
    let first = &report.lines[0];
    assert_eq!((first.row, first.reference.as_deref(), first.order_number.as_deref()), (2, Some("1a"), Some("k1")));
    assert_eq!((first.kind, first.amount), (Kind::Payment, Money::new(1_250_000, Currency::Amd)));
    assert_eq!((first.fee, first.time_ms), (Some(Money::new(18_750, Currency::Amd)), Some(1_795_255_509_000)));
    let kinds: Vec<_> = report.lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [Kind::Payment, Kind::Refund, Kind::Chargeback, Kind::Reversal]);
    assert_eq!(report.lines[1].amount.minor, 250_050);
    assert_eq!((report.lines[1].fee, report.lines[1].time_ms), (None, None));
    assert_eq!(report.lines[3].fee, Some(Money::new(0, Currency::Amd)));
}

#[test]
fn totals_are_counted_and_not_taken_for_lines() {
    for row in [
        ";;15 000,50;AMD;;187,50;",
        "Ընդամենը;;15 000,50;AMD;;;",
        "Итого:;;15 000,50;;;;",
        "TOTAL;0;15 000,50;;;;",
        "-;000;5;;;;",
        ";;end of report;;;;",
    ] {
        let report = report_with(row, |_| {});
        assert_eq!((report.totals.as_slice(), report.lines.len(), report.refused.len()), (&[6][..], 4, 0), "{row}");
    }
    // A reference that merely begins so is a reference.
    assert_eq!(report_with("Total12;k9;5,00;AMD;Sale;;", |_| {}).lines.len(), 5);
}

#[test]
fn headers_of_later_pages_and_kinds_without_money_are_passed_over() {
    assert_eq!(report_with(HEADER.trim(), |_| {}).passed_over, [6]);
    let preauth = |mapping: &mut Mapping| {
        let KindFrom::Words(words) = &mut mapping.kind else { panic!("{:?}", mapping.kind) };
        words.passed_over.push("Preauth".to_owned());
    };
    let report = report_with("1e;k3;5,00;AMD;PREAUTH ;;", preauth);
    assert_eq!((report.passed_over.as_slice(), report.lines.len()), (&[6][..], 4));
}

#[test]
fn what_cannot_be_read_is_refused_by_its_field() {
    assert_eq!(refused("1e;k3;5,OO;AMD;Sale;;").0, "amount");
    assert_eq!(refused("1e;k3;;AMD;Sale;;"), ("amount", "the cell is empty: fill it, or delete the row".to_owned()));
    assert_eq!(refused("1e;k3;0,00;AMD;Sale;;").0, "amount");
    assert_eq!(refused("1e;k3;5,001;AMD;Sale;;").0, "amount");
    assert_eq!(
        refused("1e;k3;5,00;GEL;Sale;;"),
        ("currency", "\"GEL\" is no currency that is known here: write AMD, RUB, USD or EUR".to_owned())
    );
    assert_eq!(refused("1e;k3;5,00;;Sale;;").0, "currency");
    assert_eq!(
        refused("1e;k3;5,00;AMD;Topup;;"),
        ("kind", "say what \"Topup\" means: a payment, a refund, a reversal, a chargeback or nothing".to_owned())
    );
    assert_eq!(refused("1e;k3;-5,00;AMD;Sale;;").0, "kind");
    assert_eq!(refused("1e;k3;5,00;AMD;Sale;x;").0, "fee");
    assert_eq!(refused("1e;k3;5,00;AMD;Sale;;yesterday").0, "time");
    assert_eq!(refused("6,12346E+11;k3;5,00;AMD;Sale;;").0, "reference");
    assert_eq!(refused("1e;1.23457E+11;5,00;AMD;Sale;;").0, "order_number");
}

#[test]
fn money_that_goes_back_may_have_a_minus_or_none() {
    let report = report_with("1e;k3;-5,00;AMD;Refund;-0,10;", |_| {});
    let line = report.lines.last().unwrap();
    assert_eq!((line.kind, line.amount.minor, line.fee.unwrap().minor), (Kind::Refund, 500, 10));
}

#[test]
fn the_sign_tells_refunds_from_payments_if_it_is_to() {
    let by_sign = |mapping: &mut Mapping| mapping.kind = KindFrom::Sign;
    let report = report_with("1e;k3;(5,00);AMD;;;", by_sign);
    assert_eq!(report.lines.iter().filter(|line| line.kind == Kind::Payment).count(), 4);
    assert_eq!((report.lines[4].kind, report.lines[4].amount.minor), (Kind::Refund, 500));
    let all = report_with("1e;k3;-5,00;AMD;;;", |mapping| mapping.kind = KindFrom::Payments);
    assert_eq!((all.lines.len(), all.refused[0].field), (4, "kind"));
}

#[test]
fn a_currency_for_the_whole_report_counts_for_every_line() {
    let in_roubles = |mapping: &mut Mapping| mapping.currency = CurrencyFrom::Fixed(Currency::Rub);
    assert!(report_with("", in_roubles).lines.iter().all(|line| line.amount.currency == Currency::Rub));
}

#[test]
fn a_mapping_that_does_not_fit_has_rows_refused_and_loses_none() {
    let report = report_with("", |mapping| mapping.amount = Some(Column::named("gone")));
    assert_eq!((report.lines.len(), report.refused.len()), (0, 4));
    let report = report_with("", |mapping| mapping.kind = KindFrom::Payments);
    assert_eq!(report.lines.len(), 4);
}
