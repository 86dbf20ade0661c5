//! Which column is what: guessed in three languages, kept as JSON, and checked against a table.

use crate::made::table;
use kamurj_domain::Currency;
use kamurj_reports::{Column, CurrencyFrom, Decimals, KindFrom, Mapping, TimeFormat, Wrong, check, guess};

/// The heading that was taken for each field: reference, order number, amount, fee, time.
fn headings(mapping: &Mapping) -> [Option<&str>; 5] {
    fn name(column: Option<&Column>) -> Option<&str> {
        column.and_then(|column| column.name.as_deref())
    }
    [
        name(mapping.reference.as_ref()),
        name(mapping.order_number.as_ref()),
        name(mapping.amount.as_ref()),
        name(mapping.fee.as_ref()),
        name(mapping.time.as_ref().map(|time| &time.column)),
    ]
}

#[test]
fn english_headings_are_understood() {
    let read = table(
        "Transaction Date,RRN,Order Number,Transaction Type,Transaction Amount,Ccy,Fee Amount,Net Amount\n\
         21/11/2026 14:05:09,612345678901,k-1,PURCHASE,\"12,500.00\",AMD,187.50,\"12,312.50\"\n\
         22/11/2026 09:00:00,612345678902,k-1,REFUND,\"-2,500.00\",AMD,0.00,\"-2,500.00\"\n",
    );
    let mapping = guess(&read);
    assert_eq!(
        headings(&mapping),
        ["RRN", "Order Number", "Transaction Amount", "Fee Amount", "Transaction Date"].map(Some)
    );
    assert_eq!(mapping.decimals, Decimals::Point);
    assert_eq!(mapping.time.as_ref().unwrap().format, TimeFormat::Slashes);
    assert_eq!(mapping.currency, CurrencyFrom::Column(Column { name: Some("Ccy".to_owned()), number: Some(6) }));
    let KindFrom::Words(words) = &mapping.kind else { panic!("{:?}", mapping.kind) };
    assert_eq!((&words.payment[..], &words.refund[..]), (&["PURCHASE".to_owned()][..], &["REFUND".to_owned()][..]));
    assert_eq!(check(&mapping, &read), []);
}

#[test]
fn armenian_headings_are_understood() {
    let read = table(
        "Ամսաթիվ;Գործարքի համար;Պատվերի համար;Գործարքի տեսակ;Գումար (ՀՀ դրամ);Միջնորդավճար;Փոխանցման ենթակա գումար\n\
         21.11.2026 14:05;612345678901;1001;Վճարում;12 500,00;187,50;12 312,50\n\
         21.11.2026 15:05;612345678902;1002;Վերադարձ;500,00;0,00;500,00\n\
         21.11.2026 16:05;612345678903;1003;Չեղարկում;500,00;0,00;500,00\n",
    );
    let mapping = guess(&read);
    assert_eq!(
        headings(&mapping),
        ["Գործարքի համար", "Պատվերի համար", "Գումար (ՀՀ դրամ)", "Միջնորդավճար", "Ամսաթիվ"].map(Some)
    );
    assert_eq!(mapping.decimals, Decimals::Comma);
    assert_eq!(mapping.time.as_ref().unwrap().format, TimeFormat::Dots);
    assert_eq!(mapping.currency, CurrencyFrom::Fixed(Currency::Amd));
    let KindFrom::Words(words) = &mapping.kind else { panic!("{:?}", mapping.kind) };
    assert_eq!([&words.payment[0], &words.refund[0], &words.reversal[0]], ["Վճարում", "Վերադարձ", "Չեղարկում"]);
    assert_eq!(check(&mapping, &read), []);
}

#[test]
fn russian_headings_are_understood() {
    let read = table(
        "Дата и время|Номер операции|Номер заказа|Сумма операции, руб.|Сумма комиссии|Сумма к перечислению\n\
         2026-11-21 14:05:09|612345678901|k-1|-12500.00|187.50|12312.50\n\
         2026-11-21 14:06:09|612345678902|k-2|12500.00|187.50|12312.50\n",
    );
    let mapping = guess(&read);
    assert_eq!(
        headings(&mapping),
        ["Номер операции", "Номер заказа", "Сумма операции, руб.", "Сумма комиссии", "Дата и время"].map(Some)
    );
    assert_eq!(mapping.decimals, Decimals::Plain);
    assert_eq!(mapping.time.as_ref().unwrap().format, TimeFormat::Iso);
    assert_eq!(mapping.currency, CurrencyFrom::Fixed(Currency::Rub));
    assert_eq!(mapping.kind, KindFrom::Sign);
    assert_eq!(check(&mapping, &read), []);
}

#[test]
fn what_nobody_can_tell_is_left_out_and_asked_for() {
    let read = table("a;b;c\n1;2;x\n");
    let mapping = guess(&read);
    assert_eq!(headings(&mapping), [None; 5]);
    assert_eq!(mapping.kind, KindFrom::Payments);
    assert_eq!(pointers(&check(&mapping, &read)), ["/reference", "/amount"]);
}

#[test]
fn a_mapping_is_kept_as_json_and_comes_back() {
    let json = serde_json::json!({
        "header_row": 5,
        "reference": {"name": "RRN"},
        "order_number": {"number": 2},
        "amount": {"name": "Amount", "number": 3},
        "currency": {"fixed": "AMD"},
        "kind": {"words": {"column": {"name": "Type"}, "payment": ["Sale"], "refund": ["Credit"], "reversal": [], "chargeback": [], "passed_over": ["Preauth"]}},
        "time": {"column": {"name": "Date"}, "format": "dd.mm.yyyy"},
        "decimals": "comma"
    });
    let mapping: Mapping = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&mapping).unwrap(), json);
    assert_eq!(mapping.reading().header_row, Some(5));
    for kind in ["payments", "sign"] {
        let mut other = json.clone();
        other["kind"] = kind.into();
        let mapping: Mapping = serde_json::from_value(other.clone()).unwrap();
        assert_eq!(serde_json::to_value(&mapping).unwrap(), other);
    }
    let mut unknown = json;
    unknown["ammount"] = 1.into();
    assert!(serde_json::from_value::<Mapping>(unknown).unwrap_err().to_string().contains("ammount"));
}

#[test]
fn a_column_is_found_by_its_name_and_else_by_its_number() {
    let read = table("Order; AMOUNT  due;Date;amount due\na;1;b;2\n");
    let with = |name: Option<&str>, number| {
        let column = Column { name: name.map(str::to_owned), number };
        let mapping = Mapping { amount: Some(column), ..guess(&read) };
        kamurj_reports::lines(&read, &mapping).lines.first().map(|line| line.amount.minor)
    };
    assert_eq!(with(Some("Amount due"), None), Some(100));
    assert_eq!(with(Some("Amount due"), Some(4)), Some(200));
    assert_eq!(with(Some("Amount due"), Some(3)), Some(100));
    assert_eq!(with(Some("gone"), Some(4)), Some(200));
    assert_eq!(with(None, Some(2)), Some(100));
    assert_eq!(with(Some("gone"), Some(5)), None);
    assert_eq!(with(Some("gone"), None), None);
    assert_eq!(with(None, Some(0)), None);
}

fn pointers(wrong: &[Wrong]) -> Vec<&str> {
    wrong.iter().map(|wrong| wrong.pointer).collect()
}

/// What is said of the mapping guessed for a sound table, once changed.
fn after(change: impl Fn(&mut Mapping)) -> Vec<Wrong> {
    let read = table(
        "RRN;Order number;Amount;Currency;Type;Fee;Date;Note\n1a;k1;12 500,00;AMD;Sale;1,50;21.11.2026 10:00;x\n2a;k2;500,00;AMD;Refund;0,50;21.11.2026 11:00;y\n",
    );
    let mut mapping = guess(&read);
    assert_eq!(check(&mapping, &read), []);
    change(&mut mapping);
    check(&mapping, &read)
}

#[test]
fn each_error_says_where_in_the_mapping_it_is() {
    let note = || Column::named("Note");
    type Case = (&'static str, fn(&mut Mapping, Column));
    let cases: [Case; 11] = [
        ("/header_row", |mapping, _| mapping.header_row = Some(2)),
        ("/reference", |mapping, _| (mapping.reference, mapping.order_number) = (None, None)),
        ("/reference", |mapping, _| mapping.reference = Some(Column::named("Referenz"))),
        ("/order_number", |mapping, _| mapping.order_number = Some(Column { name: None, number: Some(9) })),
        ("/order_number", |mapping, _| mapping.order_number.clone_from(&mapping.reference)),
        ("/amount", |mapping, _| mapping.amount = None),
        ("/amount", |mapping, note| mapping.amount = Some(note)),
        ("/fee", |mapping, note| mapping.fee = Some(note)),
        ("/currency/column", |mapping, note| mapping.currency = CurrencyFrom::Column(note)),
        ("/time/format", |mapping, _| mapping.time.as_mut().unwrap().format = TimeFormat::Slashes),
        ("/time/column", |mapping, _| mapping.time.as_mut().unwrap().column = Column::named("When")),
    ];
    for (pointer, change) in cases {
        let wrong = after(|mapping| change(mapping, note()));
        assert_eq!(pointers(&wrong), [pointer]);
        assert!(!wrong[0].sentence.is_empty());
    }
    let wrong = after(|mapping| mapping.decimals = Decimals::Point);
    assert_eq!(pointers(&wrong), ["/decimals", "/decimals"]);
    assert_eq!(wrong[0].sentence, "amounts there are written like 12 500,00: choose that");
    let wrong = after(|mapping| mapping.reference = Some(Column::named("Referenz")));
    assert_eq!(
        wrong[0].sentence,
        "the table has no column \"Referenz\": choose one of RRN, Order number, Amount, Currency, Type, Fee, Date, Note"
    );
}

#[test]
fn words_of_kinds_mean_one_thing_each_and_at_least_one() {
    let words = |change: fn(&mut kamurj_reports::KindWords)| {
        after(|mapping| {
            let KindFrom::Words(words) = &mut mapping.kind else { panic!("{:?}", mapping.kind) };
            change(words);
        })
    };
    assert_eq!(pointers(&words(|words| words.refund.push(" SALE".to_owned()))), ["/kind/words/refund"]);
    assert_eq!(pointers(&words(|words| words.passed_over.push("refund".to_owned()))), ["/kind/words/passed_over"]);
    assert_eq!(pointers(&words(|words| words.column = Column::named("Kind"))), ["/kind/words/column"]);
    let none = words(|words| (words.payment, words.refund) = (Vec::new(), Vec::new()));
    assert_eq!(pointers(&none), ["/kind/words/payment"]);
}
