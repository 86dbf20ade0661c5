//! F10: the nightly comparison finds what somebody changed there, lists it, asks a person once, and takes none of it for money.

use kamurj_sandbox::sheets::Act;
use kamurj_tests::World;
use kamurj_tests::acts::{exceptions, status};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::in_every_office;
use kamurj_tests::links::reads;
use kamurj_tests::offices::Office;
use serde_json::Value;

/// Somebody types another status into the payment's row.
fn types_status(world: &World, payment: &str, status: &str) {
    let view = world.sandbox.sheets.view();
    let book =
        view.spreadsheets.iter().find(|book| book.id == "1stories-spreadsheet-of-payments").expect("it is there");
    let tab = book.tabs.iter().find(|tab| tab.title == "Payments").expect("the tab");
    let column = tab.rows[0].cells.iter().position(|cell| cell.shown == "Status").expect("a column");
    let row = tab.rows.iter().position(|row| row.cells.iter().any(|cell| cell.shown == payment)).expect("a row");
    let cell = format!("{}{}", tab.columns[column], row + 1);
    let act = Act::EditCell { tab: "Payments".to_owned(), cell, text: status.to_owned() };
    world.sandbox.sheets.act(&book.id, act).expect("a cell");
}

in_every_office!(f10_what_differs_at_night_is_listed_and_changes_no_payment, |world, desk| {
    if desk.office == Office::Erp {
        // An ERP cannot be asked.
        return;
    }
    let (sale, other) = (world.makes_sale(desk, "A-1").await, world.makes_sale(desk, "A-2").await);
    world.pays(&other.link).await;
    world.passes(minutes(1)).await;
    let paid = world.settings_of(desk.office)["stages"]["paid"].as_str().unwrap_or_default().to_owned();
    match desk.office {
        Office::Sheets => types_status(world, &sale.payment, "paid"),
        _ => world.moves_record(desk.office, &sale.record, &paid),
    }
    world.passes(hours(26)).await;
    let listed = reads(world, &format!("{}/comparisons", desk.path)).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    let newest = &listed.body["comparisons"][0];
    assert_eq!((&newest["compared"], &newest["differing"]), (&Value::from(2), &Value::from(1)), "{}", listed.body);
    let id = newest["id"].as_str().expect("an id");
    let whole = reads(world, &format!("{}/comparisons/{id}", desk.path)).await.body;
    let difference = &whole["differences"][0];
    assert_eq!(difference["payment"], sale.payment.as_str(), "{whole}");
    let field = if desk.office == Office::Sheets { "status" } else { "stage" };
    assert_eq!(difference["field"], field, "{whole}");
    assert!(["expired", "created"].contains(&status(world, &sale.payment).await.as_str()), "no fact about money");
    let open = exceptions(world, "").await;
    let differs: Vec<_> = open.iter().filter(|one| one["kind"] == "crm_differs").collect();
    assert_eq!((open.len(), differs.len()), (1, 1), "{open:#?}");

    // The next delivery puts it right, or a person does; the next night finds nothing and asks no more.
    let view = if status(world, &sale.payment).await == "expired" { "expired" } else { "awaiting_payment" };
    if desk.office == Office::Sheets {
        types_status(world, &sale.payment, view);
    } else {
        let stage = world.settings_of(desk.office)["stages"][view].as_str().expect("a stage").to_owned();
        world.moves_record(desk.office, &sale.record, &stage);
    }
    world.passes(minutes(1)).await;
    world.passes(hours(25)).await;
    let left = exceptions(world, "").await;
    assert!(left.is_empty(), "{left:#?} {}", reads(world, &format!("{}/comparisons", desk.path)).await.body);
});
