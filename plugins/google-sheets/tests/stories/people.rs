//! What people do in a spreadsheet: sort, delete, move, rename, type. No row is ever written over that names another payment.

use crate::shop::{Shop, payment};
use serde_json::json;

/// Five payments, each with its order's number, so that sorting by it turns them round.
fn shop_with_five() -> Shop {
    let shop = Shop::new();
    for number in 1..=5 {
        shop.tells(&numbered(number, "created", 1));
    }
    shop
}

fn numbered(number: usize, status: &str, version: u64) -> kamurj_sdk::Payment {
    let mut one = payment(&format!("pay_{number}"), status, version);
    one.order_id = format!("A-{number}");
    one
}

/// Every row shows what belongs to its key, and no payment has two.
#[track_caller]
fn each_row_is_its_own(shop: &Shop) {
    let rows = shop.rows("Payments");
    assert_eq!(rows.len(), 5, "{rows:?}");
    for row in rows {
        assert_eq!(row[0].trim_start_matches("pay_"), row[1].trim_start_matches("A-"), "{row:?}");
    }
}

#[test]
fn a_sorted_tab_is_written_to_rightly_whether_tags_go_along_or_not() {
    for tags_stay in [false, true] {
        let shop = shop_with_five();
        for (version, column) in [(2, 1), (3, 0), (4, 2)] {
            shop.change("Payments", |tab| tab.sort(column, tags_stay));
            for number in [4, 1, 5, 2, 3] {
                shop.tells(&numbered(number, "paid", version));
                each_row_is_its_own(&shop);
                assert_eq!(shop.shows(&format!("pay_{number}"), "Version"), version.to_string());
            }
        }
    }
}

#[test]
fn a_tag_that_was_put_right_is_right_the_next_time() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| tab.sort(1, true));
    shop.tells(&numbered(1, "pending", 2));
    shop.calls();
    shop.tells(&numbered(1, "paid", 3));
    let expected =
        ["developerMetadata:search", "values:batchGetByDataFilter", "values:batchUpdateByDataFilter", "batchUpdate"];
    assert_eq!(shop.calls(), expected);
    each_row_is_its_own(&shop);
}

#[test]
fn a_new_payment_finds_its_id_on_no_other_row_after_a_sort() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| tab.sort(1, true));
    shop.change("Payments", |tab| {
        tab.rows.remove(1);
    });
    // pay_1 is gone, and the tag of pay_5 went with its row.
    shop.tells(&numbered(1, "paid", 2));
    shop.tells(&numbered(5, "paid", 2));
    each_row_is_its_own(&shop);
}

#[test]
fn a_deleted_row_is_made_anew_by_the_next_change_and_not_by_an_older_one() {
    let shop = shop_with_five();
    shop.tells(&numbered(3, "paid", 4));
    let row = shop.row_of("Payments", "pay_3");
    shop.change("Payments", |tab| {
        tab.rows.remove(row);
    });
    shop.tells(&numbered(3, "pending", 2));
    assert_eq!(shop.rows("Payments").len(), 4, "an older view makes no row");
    shop.tells(&numbered(3, "refunded", 5));
    each_row_is_its_own(&shop);
    assert_eq!(shop.shows("pay_3", "Status"), "full_refund");
}

#[test]
fn a_key_that_somebody_overtyped_is_left_to_them_and_the_payment_gets_a_row_of_its_own() {
    let shop = shop_with_five();
    let row = shop.row_of("Payments", "pay_3");
    shop.change("Payments", |tab| tab.set(row, 0, json!("mine")));
    shop.tells(&numbered(3, "paid", 2));
    let rows = shop.rows("Payments");
    assert_eq!(rows.len(), 6);
    let theirs = rows.iter().find(|row| row[0] == "mine").expect("their row");
    assert_eq!((theirs[1].as_str(), theirs[2].as_str()), ("A-3", "awaiting_payment"), "it was not touched");
    assert_eq!(shop.shows("pay_3", "Status"), "paid");
    // From now on its tag is on its own row.
    shop.tells(&numbered(3, "refunded", 3));
    assert_eq!(shop.rows("Payments").len(), 6);
}

#[test]
fn a_row_whose_tag_is_gone_is_found_by_its_key() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| tab.rows.iter_mut().skip(1).for_each(|row| row.tags.clear()));
    for number in 1..=5 {
        shop.tells(&numbered(number, "paid", 2));
    }
    each_row_is_its_own(&shop);
    // Also where nothing is remembered.
    shop.change("Payments", |tab| tab.rows.iter_mut().skip(1).for_each(|row| row.tags.clear()));
    let other = shop.again(&json!({}));
    other.tells(&numbered(2, "refunded", 3));
    each_row_is_its_own(&shop);
}

#[test]
fn a_long_tab_is_searched_in_parts_and_the_longest_with_the_requests_of_one_call() {
    for (rows, parts) in [(9500, 3), (29_900, 7)] {
        let shop = shop_with_five();
        shop.change("Payments", |tab| {
            tab.sort(1, true);
            let row = tab.rows.remove(1);
            tab.rows.splice(1..1, vec![crate::book::Row::default(); rows]);
            tab.rows.push(row);
        });
        shop.calls();
        // Its tag is on another's row, and its key far below.
        shop.tells(&numbered(1, "paid", 2));
        each_row_is_its_own(&shop);
        let reads = shop.calls().iter().filter(|call| *call == "values:batchGetByDataFilter").count();
        assert_eq!(reads, parts + 2, "the row of its tag, the parts of the keys, and the row itself");
    }
}

#[test]
fn rows_that_move_between_reading_and_writing_are_written_to_rightly() {
    for call in ["values:batchGetByDataFilter", "values:batchUpdateByDataFilter"] {
        let shop = shop_with_five();
        shop.book().meanwhile.push_back((call, |book| {
            let tab = &mut book.tabs[1];
            tab.rows.splice(2..2, vec![crate::book::Row::default(); 2]);
            let row = tab.rows.remove(1);
            tab.rows.insert(6, row);
        }));
        shop.tells(&numbered(3, "paid", 2));
        each_row_is_its_own(&shop);
        assert_eq!(shop.shows("pay_3", "Status"), "paid", "{call}");
    }
}

#[test]
fn a_sort_in_the_very_moment_of_writing_takes_no_row_its_key_and_is_told_at_night() {
    let shop = shop_with_five();
    for number in 1..=5 {
        shop.host.put_payment(numbered(number, if number == 3 { "paid" } else { "created" }, 1));
    }
    // The tags stay where they were, and the rows do not: what no reading beforehand can see.
    shop.book().meanwhile.push_back(("values:batchUpdateByDataFilter", |book| book.tabs[1].sort(0, true)));
    let row = shop.row_of("Payments", "pay_5");
    shop.tells(&numbered(5, "paid", 2));
    let keys: Vec<String> = shop.rows("Payments").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(keys, ["pay_1", "pay_2", "pay_3", "pay_4", "pay_5"]);
    assert_eq!(shop.tab("Payments").texts(row)[2], "paid", "the row that came there meanwhile");
    shop.host.put_payment(numbered(5, "paid", 2));
    let told: Vec<String> = shop.differences().into_iter().map(|(payment, ..)| payment).collect();
    assert!(told.contains(&"pay_5".to_owned()) && told.contains(&"pay_1".to_owned()), "{told:?}");
}

#[test]
fn the_copy_of_a_tab_is_nobodys_business() {
    let shop = shop_with_five();
    {
        let mut book = shop.book();
        let mut copy = book.tabs[1].clone();
        copy.id = 900;
        "Copy of Payments".clone_into(&mut copy.title);
        // Its tags are copies with ids of their own, and its columns were moved.
        let tags = copy.rows.iter_mut().flat_map(|row| &mut row.tags).chain(copy.columns.iter_mut().flatten());
        (1..).zip(tags).for_each(|(id, tag)| tag.id = id);
        copy.move_column(2, 6);
        copy.move_column(0, 4);
        book.tabs.insert(0, copy);
    }
    let before = shop.rows("Copy of Payments");
    for number in 1..=5 {
        shop.tells(&numbered(number, "paid", 2));
    }
    each_row_is_its_own(&shop);
    assert_eq!(shop.shows("pay_5", "Status"), "paid");
    assert_eq!(shop.rows("Copy of Payments"), before);
}

#[test]
fn a_tab_that_people_made_anew_under_the_title_is_used_by_its_headings() {
    let shop = Shop::with(&json!({ "columns": ["status", "version"] }));
    shop.tells(&numbered(1, "created", 1));
    shop.book().tabs.retain(|tab| tab.title != "Payments");
    let mut tab = crate::book::Tab::new(77, "PAYMENTS");
    for (column, heading) in ["Version", "note", "Статус", "Payment"].into_iter().enumerate() {
        tab.set(0, column, json!(heading));
    }
    shop.book().tabs.push(tab);
    shop.tells(&numbered(1, "paid", 2));
    assert_eq!(shop.rows("PAYMENTS"), [["2", "", "paid", "pay_1"].map(str::to_owned).to_vec()]);
}

#[test]
fn a_row_that_moves_between_being_found_by_its_key_and_tagged_is_looked_for_again() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| tab.sort(1, true));
    let paid = numbered(1, "paid", 2);
    // The key was found in the uppermost row; then somebody puts another there.
    shop.book().meanwhile.push_back(("batchUpdate", |book| book.tabs[1].rows[1..].rotate_right(1)));
    let mut delivery = crate::shop::owed(&paid);
    let before = shop.rows("Payments");
    let outcome = shop.sync(&delivery);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("retry", "row-moved"));
    assert_eq!(shop.rows("Payments"), before, "nothing was written to a row of another");
    delivery.run = 2;
    assert_eq!(shop.sync(&delivery).kind, "done");
    each_row_is_its_own(&shop);
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
}

#[test]
fn columns_may_be_moved_and_renamed_and_others_put_between() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| {
        tab.move_column(2, 7);
        tab.move_column(0, 3);
        tab.insert_columns(1, 2);
        tab.set(0, 1, json!("Courier"));
        for row in 1..6 {
            tab.set(row, 1, json!(format!("note {row}")));
        }
    });
    let status = shop.tab("Payments").texts(0).iter().position(|text| text == "Status").expect("a column");
    shop.change("Payments", |tab| tab.set(0, status, json!("Оплата?")));
    for number in [1, 5, 3] {
        shop.tells(&numbered(number, "paid", 2));
    }
    shop.tells(&numbered(6, "created", 1));
    let tab = shop.tab("Payments");
    assert_eq!(tab.texts(0)[status], "Оплата?", "headings are people's");
    for number in [1, 5, 3] {
        let row = shop.row_of("Payments", &format!("pay_{number}"));
        assert_eq!(tab.texts(row)[status], "paid");
        assert!(tab.texts(row)[1].starts_with("note "), "people's columns are left alone");
    }
    assert_eq!(tab.texts(1)[1], "", "and blank in a new row");
    assert_eq!(tab.texts(1)[status], "awaiting_payment");
}

#[test]
fn rows_above_the_headings_are_left_alone() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| {
        tab.rows.splice(0..0, vec![crate::book::Row::default(); 2]);
        tab.set(0, 0, json!("Our shop"));
    });
    shop.tells(&numbered(6, "created", 1));
    let tab = shop.tab("Payments");
    assert_eq!(tab.texts(0), ["Our shop"]);
    assert_eq!(tab.texts(2)[0], "Payment");
    assert_eq!(tab.texts(3)[0], "pay_6");
}

#[test]
fn a_renamed_tab_goes_on_working_and_a_deleted_one_is_said() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| "Оплаты".clone_into(&mut tab.title));
    shop.tells(&numbered(5, "paid", 2));
    assert_eq!(shop.rows("Оплаты").len(), 5);

    shop.book().tabs.retain(|tab| tab.title != "Оплаты");
    let outcome = shop.tell(&numbered(5, "refunded", 3));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "tab", "connection")
    );
    assert!(outcome.message.contains("`Payments`") && outcome.message.contains("`tab`"), "{}", outcome.message);
    // Set-up makes it again, and what waited is written.
    shop.connect(false).expect("findings");
    shop.tells(&numbered(5, "refunded", 3));
    assert_eq!(shop.shows("pay_5", "Status"), "full_refund");
}

#[test]
fn f5_a_deleted_column_is_named_with_its_fix_and_a_lost_tag_is_made_up_for_by_the_heading() {
    let shop = shop_with_five();
    shop.change("Payments", |tab| tab.columns.iter_mut().for_each(Vec::clear));
    shop.tells(&numbered(5, "paid", 2));
    assert_eq!(shop.shows("pay_5", "Status"), "paid");

    shop.change("Payments", |tab| tab.delete_column(3));
    let outcome = shop.tell(&numbered(5, "refunded", 3));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "columns", "connection")
    );
    assert!(outcome.message.contains("`amount`"), "{}", outcome.message);
    assert_eq!(shop.shows("pay_5", "Status"), "paid", "nothing was written");
    // Either way out: the settings do without it …
    let without = shop.again(&json!({ "columns": ["order", "status", "version"] }));
    without.tells(&numbered(5, "refunded", 3));
    assert_eq!(shop.shows("pay_5", "Status"), "full_refund");
    // … or set-up adds it, to the right of everything.
    let states = shop.connects(false);
    assert!(states.contains(&("tab-columns".to_owned(), "made".to_owned())), "{states:?}");
    shop.tells(&numbered(5, "refunded", 4));
    assert_eq!(shop.shows("pay_5", "Amount"), "12500");
}

#[test]
fn payments_of_an_earlier_tab_stay_in_step_there() {
    let shop = shop_with_five();
    let next = shop.again(&json!({ "tab": "December", "columns": ["status", "order", "version"] }));
    next.connect(false).expect("findings");
    next.tells(&numbered(6, "created", 1));
    next.tells(&numbered(2, "paid", 2));
    assert_eq!(shop.rows("December").len(), 1);
    assert_eq!(shop.shows("pay_2", "Status"), "paid");
    each_row_is_its_own(&shop);
}
