//! Whole reports from the file to the comparison, in the shape of what an acquirer of ArCa and a wallet like Idram hand out. Names, numbers
//! and sums are invented.

use crate::made::taken;
use kamurj_domain::{Currency, Money};
use kamurj_reports::{Kind, Line, Movement, Period, Report, check, compare, guess, lines, read};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

/// 2026-11-01 and 2026-12-01 in Yerevan.
const NOVEMBER: Period = Period { from_ms: 1_793_476_800_000, to_ms: 1_796_068_800_000 };

/// The kind, the minor units and the time of a line.
fn essence(line: &Line) -> (Kind, i64, Option<i64>) {
    (line.kind, line.amount.minor, line.time_ms)
}

fn movement(id: &str, kind: Kind, minor: i64, attempt_number: &str, references: &[&str], at_ms: i64) -> Movement {
    Movement {
        id: id.to_owned(),
        payment_id: format!("pay_{attempt_number}"),
        order_id: format!("order of {attempt_number}"),
        attempt_number: attempt_number.to_owned(),
        references: references.iter().map(|name| (*name).to_owned()).collect(),
        kind,
        amount: Money::new(minor, Currency::Amd),
        at_ms,
    }
}

/// A workbook with the bank's letterhead above the table, dates as dates and amounts as numbers.
pub(crate) fn arca_workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Քաղվածք").unwrap();
    sheet.write_string(0, 0, "«Օրինակ Բանկ» ՓԲԸ").unwrap();
    sheet.write_string(1, 0, "Առևտրի կետ").unwrap();
    sheet.write_string(1, 1, "«Խանութ» ՍՊԸ").unwrap();
    sheet.write_string(2, 0, "Ժամանակահատված").unwrap();
    sheet.write_string(2, 1, "01.11.2026").unwrap();
    sheet.write_string(2, 2, "30.11.2026").unwrap();
    let header = [
        "Ամսաթիվ, ժամ",
        "Տերմինալ",
        "Քարտ",
        "RRN",
        "Պատվերի համար",
        "Գործարքի տեսակ",
        "Գործարքի գումար",
        "Արժույթ",
        "Միջնորդավճար",
        "Փոխանցվելիք գումար",
    ];
    for (column, name) in (0..).zip(header) {
        sheet.write_string(4, column, name).unwrap();
    }
    let dates = Format::new().set_num_format("dd.mm.yyyy hh:mm:ss");
    let rows = [
        ((21, 14, 5, 9), "632514000101", "K1001", "Վճարում", 12_500.0, 187.5),
        ((21, 16, 0, 0), "632514000102", "K1001", "Վերադարձ", 2_500.0, 0.0),
        ((22, 9, 30, 0), "632614000103", "K1002", "Վճարում", 4_990.0, 74.85),
        ((22, 9, 45, 0), "632614000104", "K1003", "Չեղարկում", 7_000.0, 0.0),
    ];
    for (row, ((day, hour, minute, second), rrn, order, kind, amount, fee)) in (5..).zip(rows) {
        let at = ExcelDateTime::from_ymd(2026, 11, day).unwrap().and_hms(hour, minute, second).unwrap();
        sheet.write_datetime_with_format(row, 0, &at, &dates).unwrap();
        for (column, text) in [(1, "99001122"), (2, "9051**1234"), (3, rrn), (4, order), (5, kind), (7, "AMD")] {
            sheet.write_string(row, column, text).unwrap();
        }
        for (column, number) in [(6, amount), (8, fee), (9, amount - fee)] {
            sheet.write_number(row, column, number).unwrap();
        }
    }
    sheet.write_string(9, 0, "Ընդամենը").unwrap();
    sheet.write_number(9, 6, 26_990.0).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_statement_of_an_arca_acquirer_is_read_mapped_and_compared() {
    let bytes = arca_workbook();
    let table = taken(&bytes).unwrap();
    assert_eq!(table.header_row, 5);
    let mapping = guess(&table);
    assert_eq!(check(&mapping, &table), []);
    assert_eq!(read(&bytes, &mapping.reading()).unwrap(), table, "a kept mapping reads the same");
    let Report { lines, refused, totals, passed_over } = lines(&table, &mapping);
    assert_eq!((refused, totals, passed_over), (vec![], vec![10], vec![]));
    assert_eq!(
        lines.iter().map(essence).collect::<Vec<_>>(),
        [
            (Kind::Payment, 1_250_000, Some(1_795_255_509_000)),
            (Kind::Refund, 250_000, Some(1_795_262_400_000)),
            (Kind::Payment, 499_000, Some(1_795_325_400_000)),
            (Kind::Reversal, 700_000, Some(1_795_326_300_000)),
        ]
    );
    assert_eq!(lines[2].fee, Some(Money::new(7_485, Currency::Amd)));
    let ours = [
        movement("cap_1", Kind::Payment, 1_250_000, "K1001", &["md-1", "632514000101"], 1_795_255_508_000),
        movement("ref_1", Kind::Refund, 250_000, "K1001", &[], 1_795_262_390_000),
        movement("cap_2", Kind::Payment, 499_900, "K1002", &["md-2", "632614000103"], 1_795_325_400_000),
        movement("cap_4", Kind::Payment, 100_000, "K1004", &["632614000999"], 1_795_325_400_000),
        movement("cap_5", Kind::Payment, 100_000, "K1005", &[], NOVEMBER.to_ms - 60_000),
    ];
    let comparison = compare(NOVEMBER, &ours, &lines);
    let matched: Vec<_> = comparison.matched.iter().map(|pair| (pair.line.row, pair.movement.id.as_str())).collect();
    assert_eq!(matched, [(6, "cap_1"), (7, "ref_1")]);
    assert_eq!((comparison.differing[0].line.row, comparison.differing[0].movement.id.as_str()), (8, "cap_2"));
    assert_eq!(comparison.ours_only, [&ours[3]]);
    assert_eq!(comparison.edge, [&ours[4]]);
    assert_eq!(comparison.theirs_only, [&lines[3]]);
}

/// Old Windows letters, semicolons, a minus for what went back, and no column that says which way money went.
const IDRAM: &str = "Отчет по операциям;;;;;;\r\n\
    Период: 01.11.2026 - 30.11.2026;;;;;;\r\n\
    \r\n\
    Дата операции;ID транзакции;Номер счета;Описание;Сумма;Комиссия;К зачислению\r\n\
    21.11.2026 14:05:09;10000451;1001;\"Заказ 1; доставка\";12 500,00;125,00;12 375,00\r\n\
    21.11.2026 18:00:00;10000452;1002;Заказ 2;3 000,00;30,00;2 970,00\r\n\
    22.11.2026 10:00:00;10000453;1001;Возврат;-12 500,00;0,00;-12 500,00\r\n\
    22.11.2026 10:00:00;10000454;1003;Заказ 3;2 0O0,00;0,00;2 000,00\r\n\
    Итого;;;;3 000,00;155,00;2 845,00\r\n";

#[test]
fn a_statement_of_a_wallet_is_read_mapped_and_compared() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(IDRAM);
    let table = taken(&bytes).unwrap();
    assert_eq!(table.header_row, 4);
    let mapping = guess(&table);
    assert_eq!(check(&mapping, &table), []);
    let report = lines(&table, &mapping);
    assert_eq!(
        report.lines.iter().map(essence).collect::<Vec<_>>(),
        [
            (Kind::Payment, 1_250_000, Some(1_795_255_509_000)),
            (Kind::Payment, 300_000, Some(1_795_269_600_000)),
            (Kind::Refund, 1_250_000, Some(1_795_327_200_000)),
        ]
    );
    assert_eq!(report.lines[0].order_number.as_deref(), Some("1001"));
    assert_eq!(report.refused.iter().map(|refused| (refused.row, refused.field)).collect::<Vec<_>>(), [(8, "amount")]);
    assert_eq!(report.totals, [9]);
    let ours = [
        movement("cap_1", Kind::Payment, 1_250_000, "1001", &["10000451"], 1_795_255_509_000),
        movement("ref_1", Kind::Refund, 1_250_000, "1001", &[], 1_795_327_200_000),
        movement("cap_2", Kind::Payment, 300_000, "1002", &[], 1_795_269_600_000),
    ];
    let comparison = compare(NOVEMBER, &ours, &report.lines);
    assert_eq!(comparison.matched.len(), 3);
    assert_eq!((comparison.ours_only.len(), comparison.theirs_only.len()), (0, 0));
}
