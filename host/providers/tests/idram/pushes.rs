//! Idram's two calls, made by hand: the sheet's vector, and every way of not being it.

use crate::shop::{ACCOUNT, NOW, SECRET, idram, plain, price, secrets_of};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Provider, Push, PushRefused, Pushed, SessionStatus, Statement, Tidings};
use serde_json::json;

/// The vector: `100000777:1500.00:test-secret-A:PL-2041:200000555:12345678901234:21/11/2026`.
const CONFIRMATION: [(&str, &str); 7] = [
    ("EDP_BILL_NO", "PL-2041"),
    ("EDP_REC_ACCOUNT", ACCOUNT),
    ("EDP_PAYER_ACCOUNT", "200000555"),
    ("EDP_AMOUNT", "1500.00"),
    ("EDP_TRANS_ID", "12345678901234"),
    ("EDP_TRANS_DATE", "21/11/2026"),
    ("EDP_CHECKSUM", "ff085a41b5f8d7957c9a7879ff1e4862"),
];
const QUESTION: [(&str, &str); 4] =
    [("EDP_PRECHECK", "YES"), ("EDP_BILL_NO", "PL-2041"), ("EDP_REC_ACCOUNT", ACCOUNT), ("EDP_AMOUNT", "1500.00")];

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The vector with one value put in another's place.
fn with(name: &str, value: &str) -> String {
    form(&CONFIRMATION.map(|(known, old)| (known, if known == name { value } else { old })))
}

fn headers() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=UTF-8".to_owned())]
}

fn push(adapter: &dyn Provider, body: &str) -> Result<Push, PushRefused> {
    adapter.on_push(&Pushed { method: "POST", query: &[], headers: &headers(), body: body.as_bytes() }, NOW)
}

fn read(body: &str) -> Result<Tidings, PushRefused> {
    plain().read_push(&Pushed { method: "POST", query: &[], headers: &headers(), body: body.as_bytes() })
}

fn proven() -> Push {
    Push::Binding { natural_key: "12345678901234".into() }
}

#[track_caller]
fn check_refused(body: &str) {
    let verdict = push(&*plain(), body);
    assert!(matches!(verdict, Err(PushRefused::Unproven(_))), "{body}: {verdict:?}");
}

#[test]
fn the_vector_is_proven_and_says_what_was_paid() {
    let body = form(&CONFIRMATION);
    assert_eq!(push(&*plain(), &body), Ok(proven()));
    assert_eq!(push(&*plain(), &with("EDP_CHECKSUM", "FF085A41B5F8D7957C9A7879FF1E4862")), Ok(proven()));
    assert_eq!(push(&*plain(), &with("EDP_CHECKSUM", "Ff085a41B5f8d7957c9a7879ff1e4862")), Ok(proven()));
    // What the shop put into the form comes back and means nothing.
    assert_eq!(push(&*plain(), &format!("{body}&order_number=PL-2042&a:b=c:d")), Ok(proven()));
    let expected = Statement {
        reference: "PL-2041".into(),
        number: "PL-2041".into(),
        url: None,
        status: SessionStatus::Approved,
        cause: None,
        amount: Some(price()),
        foreign_currency: None,
        provider_time: None,
        payment_reference: Some("12345678901234".into()),
        refunded: None,
        changed_at: None,
    };
    assert_eq!(read(&body), Ok(Tidings::Session(expected)));
}

#[test]
fn a13_no_digit_of_the_checksum_may_differ() {
    let checksum = CONFIRMATION[6].1;
    for place in 0..checksum.len() {
        for bit in 0..4 {
            let mut digits: Vec<u8> = checksum.bytes().collect();
            let digit = char::from(digits[place]).to_digit(16).unwrap() ^ 1 << bit;
            digits[place] = u8::try_from(char::from_digit(digit, 16).unwrap()).unwrap();
            check_refused(&with("EDP_CHECKSUM", std::str::from_utf8(&digits).unwrap()));
        }
    }
    let long = format!("{checksum}0");
    for wrong in
        ["", "0", &checksum[1..], &long, "zz085a41b5f8d7957c9a7879ff1e4862", "+f085a41b5f8d7957c9a7879ff1e4862"]
    {
        check_refused(&with("EDP_CHECKSUM", wrong));
    }
    // The checksum of nothing, and one made without the key.
    check_refused(&with("EDP_CHECKSUM", "d41d8cd98f00b204e9800998ecf8427e"));
}

#[test]
fn a13_no_byte_of_what_was_signed_may_differ() {
    for (name, value) in &CONFIRMATION[..6] {
        for place in 0..value.len() {
            for bit in 0..8 {
                let mut bytes = value.as_bytes().to_vec();
                bytes[place] ^= 1 << bit;
                let rest: Vec<(&str, &str)> = CONFIRMATION.into_iter().filter(|(known, _)| known != name).collect();
                let tampered: String = url::form_urlencoded::byte_serialize(&bytes).collect();
                check_refused(&format!("{}&{name}={tampered}", form(&rest)));
            }
        }
    }
}

#[test]
fn a8_a_confirmation_without_one_of_its_values_or_with_two_is_not_proven() {
    for left_out in CONFIRMATION {
        let rest: Vec<(&str, &str)> = CONFIRMATION.into_iter().filter(|pair| *pair != left_out).collect();
        check_refused(&form(&rest));
        check_refused(&with(left_out.0, ""));
        check_refused(&format!("{}&{}", form(&CONFIRMATION), form(&[left_out])));
    }
    check_refused("");
    check_refused("EDP_CHECKSUM=d41d8cd98f00b204e9800998ecf8427e");
    // A value that nobody signed, and one that we do not know, are nothing to us.
    assert_eq!(push(&*plain(), &format!("{}&EDP_DESCRIPTION=a:b", form(&CONFIRMATION))), Ok(proven()));
}

#[test]
fn a13_what_was_signed_cannot_be_cut_elsewhere() {
    // Were the date to have an hour, its checksum is over 100000777:1500.00:…:12345678901234:21/11/2026 12:30:00.
    let dated = |bill: &str, payer: &str, transaction: &str, date: &str| {
        form(&[
            ("EDP_REC_ACCOUNT", ACCOUNT),
            ("EDP_AMOUNT", "1500.00"),
            ("EDP_BILL_NO", bill),
            ("EDP_PAYER_ACCOUNT", payer),
            ("EDP_TRANS_ID", transaction),
            ("EDP_TRANS_DATE", date),
            ("EDP_CHECKSUM", "45eb0a790fed9a260912e2fadd568b31"),
        ])
    };
    let whole = dated("PL-2041", "200000555", "12345678901234", "21/11/2026 12:30:00");
    assert_eq!(push(&*plain(), &whole), Ok(proven()));
    for cut in [
        dated("PL-2041", "200000555", "12345678901234:21/11/2026 12", "30:00"),
        dated("PL-2041", "200000555:12345678901234", "21/11/2026 12", "30:00"),
        dated("PL-2041:200000555", "12345678901234", "21/11/2026 12", "30:00"),
    ] {
        assert_eq!(push(&*plain(), &cut), Err(PushRefused::Unproven("a value holds a colon")), "{cut}");
    }
}

#[test]
fn a19_only_a_form_in_the_body_of_a_post_is_read() {
    let body = form(&CONFIRMATION);
    let query: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let (typed, untyped) = (headers(), Vec::new());
    for pushed in [
        Pushed { method: "GET", query: &query, headers: &untyped, body: b"" },
        Pushed { method: "GET", query: &[], headers: &typed, body: body.as_bytes() },
        Pushed { method: "POST", query: &[], headers: &untyped, body: body.as_bytes() },
        Pushed { method: "POST", query: &query, headers: &typed, body: body.as_bytes() },
    ] {
        let verdict = plain().on_push(&pushed, NOW);
        assert!(matches!(verdict, Err(PushRefused::Unproven(_))), "{pushed:?}: {verdict:?}");
    }
}

#[test]
fn a12_calls_about_another_account_are_refused() {
    check_refused(&form(&QUESTION.map(|(name, value)| (name, if value == ACCOUNT { "100000778" } else { value }))));
    // md5 of 100000778:1500.00:test-secret-A:PL-2041:200000555:12345678901234:21/11/2026: right, but not about us.
    let other = with("EDP_REC_ACCOUNT", "100000778").replace(CONFIRMATION[6].1, "4012fb66d4f9e2c5f7161a7d97fe757c");
    check_refused(&other);
}

#[test]
fn a17_the_key_that_is_being_replaced_still_proves_and_never_after() {
    let body = form(&CONFIRMATION);
    let changing = secrets_of([("secret_key", "another-secret"), ("secret_key_old", SECRET)]);
    assert_eq!(push(&*idram(&json!({}), &changing, Vec::new()), &body), Ok(proven()));
    let changed = secrets_of([("secret_key", "another-secret")]);
    let verdict = push(&*idram(&json!({}), &changed, Vec::new()), &body);
    assert_eq!(verdict, Err(PushRefused::Unproven("EDP_CHECKSUM does not fit")));
}

#[test]
fn a9_the_amount_that_is_signed_is_the_one_that_is_told() {
    // Ways of writing 1500.00; the checksum is over that text whichever came.
    for written in ["1500", "1500.0", "1500.00", "01500.00"] {
        let body = with("EDP_AMOUNT", written);
        assert_eq!(push(&*plain(), &body), Ok(proven()), "{written}");
        let Ok(Tidings::Session(statement)) = read(&body) else { panic!("{written}") };
        assert_eq!(statement.amount, Some(price()), "{written}");
    }
    // A hundred times as much, a hundredth, other digits, other scripts, no number.
    for wrong in ["150000.00", "15.00", "1500.01", "1499.99", "1500,00", "1 500.00", "-1500.00", "1.5e3", "1500.001"] {
        check_refused(&with("EDP_AMOUNT", wrong));
    }
    // A checksum over the amount as it came, in another form than ours: md5 of 100000777:1500:test-secret-A:PL-2041:…
    check_refused(&with("EDP_AMOUNT", "1500").replace(CONFIRMATION[6].1, "906a3ab6f4c9d52ce93651adde93061d"));
}

#[test]
fn a_question_is_unsigned_and_says_nothing_of_money_that_moved() {
    let question = |amount: Money| Ok(Push::Question { number: "PL-2041".into(), amount });
    let asked =
        |amount: &str| form(&QUESTION.map(|(name, old)| (name, if name == "EDP_AMOUNT" { amount } else { old })));
    for (written, minor) in [("1500.00", 150_000), ("1500", 150_000), ("1500.5", 150_050), ("15.00", 1_500)] {
        assert_eq!(push(&*plain(), &asked(written)), question(Money::new(minor, Currency::Amd)), "{written}");
        assert_eq!(read(&asked(written)), Ok(Tidings::Nothing));
    }
    // A question with a right checksum beside it is still only a question.
    let both = format!("EDP_PRECHECK=YES&{}", form(&CONFIRMATION));
    assert_eq!(push(&*plain(), &both), question(price()));
    assert_eq!(read(&both), Ok(Tidings::Nothing));
    for wrong in ["", "1500,00", "all", "1500.001"] {
        check_refused(&asked(wrong));
    }
    for left_out in &QUESTION[1..] {
        let rest: Vec<(&str, &str)> = QUESTION.into_iter().filter(|pair| pair != left_out).collect();
        check_refused(&form(&rest));
    }
    check_refused(&form(&QUESTION).replace("YES", "NO"));
}
