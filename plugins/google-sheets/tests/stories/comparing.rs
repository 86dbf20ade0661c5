//! The nightly comparison: what differs is told, and changes nothing.

use crate::shop::{Shop, payment};
use serde_json::json;

fn told(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter().map(|(id, field, theirs)| ((*id).to_owned(), (*field).to_owned(), (*theirs).to_owned())).collect()
}

fn shop_with(number: usize) -> Shop {
    let shop = Shop::new();
    for number in 1..=number {
        let one = payment(&format!("pay_{number}"), "created", 1);
        shop.host.put_payment(one.clone());
        shop.tells(&one);
    }
    shop
}

#[test]
fn f10_what_people_typed_is_told_and_is_no_fact_about_money() {
    let shop = shop_with(4);
    assert_eq!(shop.differences(), []);
    let before = shop.rows("Payments");
    let row = |id: &str| shop.row_of("Payments", id);
    let (second, third, fourth) = (row("pay_2"), row("pay_3"), row("pay_4"));
    shop.change("Payments", |tab| {
        tab.set(second, 2, json!("paid"));
        tab.set(third, 3, json!(100));
        tab.set(fourth, 2, json!("let us see"));
    });
    let expected = told(&[("pay_2", "status", "paid"), ("pay_3", "amount", "100"), ("pay_4", "status", "let us see")]);
    assert_eq!(shop.differences(), expected);
    let parts = shop.compare();
    assert!(parts[0].differences[0].message.contains("no bank has said so"));
    assert_eq!((parts[0].compared, parts[0].complete), (4, true));
    assert_ne!(shop.rows("Payments"), before, "and the rows are as people left them");
    assert_eq!(shop.shows("pay_2", "Status"), "paid");
}

#[test]
fn a_row_that_is_gone_is_told_and_one_that_was_never_there_is_not() {
    let shop = shop_with(3);
    let row = shop.row_of("Payments", "pay_2");
    shop.change("Payments", |tab| {
        tab.rows.remove(row);
    });
    shop.host.put_payment(payment("pay_9", "paid", 4));
    assert_eq!(shop.differences(), told(&[("pay_2", "record", "")]));
    assert_eq!(shop.compare()[0].compared, 3);
}

#[test]
fn rows_that_were_parted_from_their_tags_are_compared_all_the_same() {
    let shop = shop_with(5);
    shop.change("Payments", |tab| {
        tab.sort(0, true);
        tab.rows[1].tags.clear();
    });
    assert_eq!(shop.differences(), []);
    assert_eq!(shop.compare()[0].compared, 5);
    let row = shop.row_of("Payments", "pay_3");
    shop.change("Payments", |tab| tab.set(row, 2, json!("expired")));
    assert_eq!(shop.differences(), told(&[("pay_3", "status", "expired")]));
}

#[test]
fn of_a_tab_that_is_too_long_no_row_is_called_gone() {
    let shop = shop_with(3);
    let row = shop.row_of("Payments", "pay_2");
    shop.change("Payments", |tab| {
        tab.rows.remove(row);
        tab.rows.resize(9000, crate::book::Row::default());
    });
    assert_eq!(shop.differences(), []);
    assert_eq!(shop.compare()[0].compared, 2);
    assert!(shop.host.lines().iter().any(|line| line.text.contains("pay_2")), "the operator can see why");
}

#[test]
fn a_row_of_the_history_is_never_taken_for_the_payments() {
    let shop = shop_with(1);
    let paid = payment("pay_1", "paid", 2);
    shop.host.put_payment(paid.clone());
    let mut tag = Vec::new();
    shop.change("Payments", |tab| tag = std::mem::take(&mut tab.rows[1].tags));
    shop.change("History", |tab| tab.rows[1].tags.append(&mut tag));
    shop.tells(&paid);
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
    // The row of the payment's making, which is history.
    shop.change("Payments", |tab| tag = std::mem::take(&mut tab.rows[1].tags));
    shop.change("History", |tab| tab.rows[2].tags.extend(tag));
    assert_eq!(shop.differences(), []);
}

#[test]
fn hundreds_of_payments_are_compared_part_by_part() {
    let shop = Shop::with(&json!({ "history_tab": "" }));
    shop.change("Payments", |tab| tab.rows.resize(1000, crate::book::Row::default()));
    for number in 1..=430 {
        let one = payment(&format!("pay_{number}"), "created", 1);
        shop.host.put_payment(one.clone());
        shop.tells(&one);
    }
    let row = shop.row_of("Payments", "pay_7");
    shop.change("Payments", |tab| tab.set(row, 2, json!("paid")));
    let row = shop.row_of("Payments", "pay_401");
    shop.change("Payments", |tab| {
        tab.rows.remove(row);
    });
    let parts = shop.compare();
    assert_eq!(parts.iter().map(|part| part.compared).sum::<u32>(), 430);
    let differences: Vec<_> = parts.iter().flat_map(|part| &part.differences).collect();
    assert_eq!(differences.len(), 2);
    assert_eq!(
        (differences[0].payment_id.as_str(), differences[1].payment_id.as_str(), differences[1].field.as_str()),
        ("pay_7", "pay_401", "record")
    );
    assert!(parts.last().is_some_and(|part| part.complete));
}

#[test]
fn rows_of_an_earlier_tab_are_compared_by_its_own_columns() {
    let shop = shop_with(2);
    let next = shop.again(&json!({ "tab": "It's December", "columns": ["amount", "status"] }));
    next.connect(false).expect("findings");
    for id in ["pay_1", "pay_2"] {
        next.host.put_payment(payment(id, "created", 1));
        next.tells(&payment(id, "created", 1));
    }
    let third = payment("pay_3", "created", 1);
    next.host.put_payment(third.clone());
    next.tells(&third);
    assert_eq!(next.differences(), []);
    assert_eq!(next.compare()[0].compared, 3);
    next.change("Payments", |tab| tab.set(1, 2, json!("paid")));
    assert_eq!(next.differences(), told(&[("pay_2", "status", "paid")]));
}

#[test]
fn columns_that_are_not_there_are_not_compared() {
    let shop = Shop::with(&json!({ "columns": ["order"] }));
    let one = payment("pay_1", "created", 1);
    shop.host.put_payment(one.clone());
    shop.tells(&one);
    assert_eq!(shop.differences(), []);
    assert_eq!(shop.compare()[0].compared, 1);
}
