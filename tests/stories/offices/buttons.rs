//! Buttons and robots of the CRMs, and smart invoices: whoever presses asks for a payment, once while it can be paid, anew when its time
//! was over.

use kamurj_tests::World;
use kamurj_tests::acts::shown;
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::offices::{Desk, Office};
use kamurj_tests::world::canary;
use kamurj_tests::{in_every_crm, story};
use serde_json::json;

/// The entity type of smart invoices.
const INVOICE: i64 = 31;

/// Somebody presses the button at the record.
async fn presses(world: &mut World, desk: &Desk, record: &str) {
    let url = format!("{}/hooks/{}/button/{}", world.url, desk.installation, canary("record hook"));
    let id = record.parse().expect("a number");
    match desk.office {
        Office::Bitrix24 => world.sandbox.bitrix24.run_robot(2, id, &url).expect("a deal"),
        Office::Amocrm => world.sandbox.amocrm.run_pipeline_hook(id, &url).expect("a lead"),
        Office::Sheets | Office::Erp => panic!("there is no button"),
    }
    world.passes(minutes(1)).await;
}

in_every_crm!(a_button_asks_once_while_the_payment_lives_and_anew_when_its_time_is_over, |world, desk| {
    let record = world.makes_record(desk.office, "Մեղրով տորթ", 12_500);
    presses(world, desk, &record).await;
    presses(world, desk, &record).await;
    let made = world.payments().await;
    assert_eq!(made.len(), 1, "{made:#?}");
    let first = shown(world, &made[0].id).await;
    assert_eq!(first["amount"], json!({ "value": "12500", "currency": "AMD" }), "{first}");
    assert_eq!(first["crm"]["entity_id"], record.as_str(), "{first}");
    world.passes(hours(80)).await;
    assert_eq!(shown(world, &made[0].id).await["status"], "expired");
    presses(world, desk, &record).await;
    let made = world.payments().await;
    assert_eq!(made.len(), 2, "the same press after its time is another one");
    let links: Vec<_> = made.iter().filter(|one| one.status.word() == "created").collect();
    assert_eq!(links.len(), 1);
    assert!(world.exceptions().await.is_empty());
});

story!(a_smart_invoice_asks_for_its_sum_and_shows_what_became_of_it, |world| {
    let desk = &world.works_with(Office::Bitrix24).await;
    let stages = json!({ "paid": "DT31_2:P", "expired": "DT31_2:D" });
    let mut settings = world.settings_of(Office::Bitrix24);
    settings["invoice_stages"] = stages;
    world.changes(&desk.path, &json!({ "settings": settings })).await;
    world.activates(&desk.path, &json!({})).await;
    let deal = world.makes_record(Office::Bitrix24, "Տորթ", 12_500);
    let invoice = world.sandbox.bitrix24.add_invoice(deal.parse().expect("a number")).expect("an invoice");
    let url = format!("{}/hooks/{}/button/{}", world.url, desk.installation, canary("record hook"));
    world.sandbox.bitrix24.run_robot(INVOICE, invoice, &url).expect("an invoice");
    world.passes(minutes(1)).await;
    let made = world.payments().await;
    assert_eq!(made.len(), 1, "{made:#?}");
    let payment = shown(world, &made[0].id).await;
    let asked = (&payment["crm"]["entity_type"], &payment["crm"]["entity_id"], &payment["amount"]["value"]);
    assert_eq!(asked, (&json!("invoice"), &json!(invoice.to_string()), &json!("12500")), "{payment}");
    world.pays(&kamurj_tests::integrator::link(&payment)).await;
    world.passes(minutes(1)).await;
    let view = world.sandbox.bitrix24.view();
    let item = view.invoices.iter().find(|one| one.id == invoice).expect("the invoice");
    assert_eq!(item.stage_id, "DT31_2:P", "{item:#?}");
    assert!(item.logs.iter().any(|entry| entry.text.contains("Payment confirmed")), "{item:#?}");
    let deal = view.deals.iter().find(|one| one.id.to_string() == deal).expect("the deal");
    assert!(deal.comments.is_empty() && deal.logs.is_empty(), "the payment belongs to the invoice alone");
});
