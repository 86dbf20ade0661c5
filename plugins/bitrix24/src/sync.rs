//! Brings one delivery into the portal: find the deal, look at it, write what is newer, add the comment. Two guards keep
//! an older view from overwriting a newer one: the payment's version, and that nothing unpaid is written over money
//! that was taken. It must not trust a stage or field of the portal for anything else.

use kamurj_sdk::{Delivery, Host, Level, Outcome, Payment};
use serde_json::{Value, json};

use crate::comment;
use crate::deal::{self, DEAL, Deal};
use crate::fields;
use crate::record::{self, Record};
use crate::rest::{Rest, Trouble};
use crate::settings::Settings;
use crate::view::View;

pub(crate) fn sync(host: &impl Host, delivery: &Delivery) -> Result<Outcome, Outcome> {
    let payment = &delivery.payment;
    // An unknown event, or a status that this version has no name for: nothing final may be written.
    let known = crate::EVENTS.contains(&delivery.event.as_str());
    let Some(view) = View::of_status(&payment.status).filter(|_| known) else {
        return Ok(Outcome::done());
    };
    let settings: Settings = kamurj_sdk::read_settings(host)?;
    let rest = Rest::new(host, &settings, delivery.run);
    let mut record = Record::load(host, &payment.id)?;
    let mut fields = fields::of(payment, view);
    if let Some(stage) = settings.stage(view, settings.category_id) {
        fields.insert("stageId".to_owned(), json!(stage));
    }
    let id = match deal::find_or_make(host, &rest, &settings, payment, delivery.run, &mut record, &fields)? {
        Deal::None => return Ok(Outcome::done()),
        Deal::Made(id, made) => {
            record::warn_of_ignored(host, &fields::ignored(&fields, &made));
            record.version = record.version.max(payment.version);
            id
        }
        Deal::Known(id) => {
            update(host, &rest, &settings, payment, view, id, &mut record)?;
            id
        }
    };
    let commented = comment::add(host, &rest, &settings, delivery, id, &mut record);
    record.save(host, &payment.id);
    commented.map(|()| Outcome::done().with_ref(&id.to_string()))
}

/// Writes the payment's view into the deal, unless what stands there is newer or stronger.
fn update<H: Host>(
    host: &H,
    rest: &Rest<'_, H>,
    settings: &Settings,
    payment: &Payment,
    view: View,
    id: u64,
    record: &mut Record,
) -> Result<(), Outcome> {
    let answer = rest.read("crm.item.get", &json!({ "entityTypeId": DEAL, "id": id, "useOriginalUfNames": "Y" }))?;
    let now = &answer["item"];
    if record.version.max(written_version(now, payment)) > payment.version {
        return Ok(());
    }
    let settled = fields::read(now, fields::STATUS).and_then(|name| View::of_name(&name)).is_some_and(View::is_settled);
    if settled && view.is_unpaid() {
        let version = payment.version.to_string();
        host.log(
            Level::Info,
            "The deal is paid already; an unpaid state was not written over it",
            &[("payment.id", &payment.id), ("payment.version", &version)],
        );
        return Ok(());
    }
    let mut fields = fields::of(payment, view);
    if let Some(stage) = next_stage(settings, now, view) {
        fields.insert("stageId".to_owned(), json!(stage));
    }
    let body = json!({ "entityTypeId": DEAL, "id": id, "useOriginalUfNames": "Y", "fields": fields });
    let answer = match rest.change("crm.item.update", &body, "update-deal") {
        // It sets values, so a second time changes nothing.
        Err(Trouble::Lost(_)) => rest.change("crm.item.update", &body, "update-deal")?,
        other => other?,
    };
    record::warn_of_ignored(host, &fields::ignored(&fields, &answer["item"]));
    record.version = payment.version;
    Ok(())
}

/// The version that the deal's own field names, if the fields speak of this payment.
fn written_version(deal: &Value, payment: &Payment) -> u64 {
    if fields::read(deal, fields::PAYMENT).as_deref() == Some(payment.id.as_str()) {
        fields::read(deal, fields::VERSION).and_then(|version| version.trim().parse().ok()).unwrap_or(0)
    } else {
        0
    }
}

/// Where the deal goes; none to leave it. It never goes back from a stage of taken money to an unpaid one, and a deal
/// that the manager has won already is not pulled back by the payment that won it.
fn next_stage(settings: &Settings, deal: &Value, view: View) -> Option<String> {
    let category_id = deal["categoryId"]
        .as_u64()
        .or_else(|| deal["categoryId"].as_str()?.parse().ok())
        .unwrap_or(settings.category_id);
    let current = deal["stageId"].as_str().unwrap_or_default();
    let won = current.rsplit(':').next() == Some("WON");
    if view.is_unpaid() && (won || settings.is_settled_stage(current, category_id)) || won && view == View::Paid {
        return None;
    }
    settings.stage(view, category_id)
}
