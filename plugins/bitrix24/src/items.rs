//! Finds, makes and writes records by the portal's universal methods: a deal that was made for a payment carries its id as its
//! origin, and writes set values. It must not decide what is written.

use kamurj_crm::{Shown, Target, Trouble, View};
use kamurj_sdk::{Host, Outcome, Payment, plain};
use serde_json::{Map, Value, json};

use crate::fields;
use crate::kind::{Kind, gone, id_of, place};
use crate::portal::Portal;
use crate::{marks, refusal, warned};

/// What deals that this plugin made name as their origin.
pub(crate) const ORIGINATOR: &str = "kamurj";
/// Longest title of a deal, in characters.
const TITLE_CHARS: usize = 200;
/// How the portal refuses a value, a stage that does not exist among them.
const BAD_VALUE: &str = "CRM_FIELD_ERROR_VALUE_NOT_VALID";

/// The oldest deal that was made for this payment. The filter is checked against what comes back, because a portal that
/// ignores a filter answers with other people's deals.
pub(crate) fn find<H: Host>(portal: &Portal<'_, H>, payment: &Payment) -> Result<Option<Target>, Trouble> {
    let body = json!({
        "entityTypeId": Kind::Deal.number(),
        "filter": { "originatorId": ORIGINATOR, "originId": payment.id },
        "select": ["id", "originatorId", "originId"],
        "order": { "id": "ASC" },
    });
    let answer = portal.rest.read("crm.item.list", &body)?;
    let mut deals = answer["items"].as_array().into_iter().flatten();
    let is_ours = |deal: &&Value| deal["originId"] == payment.id.as_str() && deal["originatorId"] == ORIGINATOR;
    let id = deals.find(is_ours).and_then(|deal| id_of(deal, "id"));
    Ok(id.map(|id| Target::new(Kind::Deal.word(), &id.to_string())))
}

/// Makes a deal.
pub(crate) fn make<H: Host>(
    portal: &Portal<'_, H>,
    payment: &Payment,
    shown: &Shown,
    stage: Option<&str>,
    step: &str,
) -> Result<Target, Trouble> {
    let mut sent = fields::of(Kind::Deal, shown);
    if let Some(stage) = stage {
        sent.insert("stageId".to_owned(), json!(stage));
    }
    let mut deal = sent.clone();
    new_deal(&mut deal, payment, portal.settings.category_id);
    let body = json!({ "entityTypeId": Kind::Deal.number(), "useOriginalUfNames": "Y", "fields": deal });
    let answer =
        portal.rest.change("crm.item.add", &body, step).map_err(|trouble| match (stage, refusal::code(&trouble)) {
            (Some(stage), Some(BAD_VALUE)) => no_stage(stage, shown.view, &trouble),
            _ => trouble,
        })?;
    let made = &answer["item"];
    let id =
        id_of(made, "id").ok_or_else(|| Outcome::bad_request("answer", "crm.item.add: the answer names no deal"))?;
    warned::of_ignored(portal.host, &fields::ignored(&sent, made));
    Ok(Target::new(Kind::Deal.word(), &id.to_string()))
}

fn new_deal(deal: &mut Map<String, Value>, payment: &Payment, category_id: u64) {
    let customer = payment.customer.name.as_deref().or_else(|| payment.channel.as_ref()?.handle.as_deref());
    let mut title = plain(&payment.description, TITLE_CHARS / 2);
    if let Some(customer) = customer {
        title = format!("{title} — {}", plain(customer, TITLE_CHARS / 4));
    }
    let mut put = |name: &str, value: Value| deal.insert(name.to_owned(), value);
    put("title", json!(format!("{title} ({})", plain(&payment.order_id, TITLE_CHARS / 4))));
    put("categoryId", json!(category_id));
    put("opportunity", amount(payment));
    put("currencyId", json!(payment.amount.currency));
    put("isManualOpportunity", json!("Y"));
    put("originatorId", json!(ORIGINATOR));
    put("originId", json!(payment.id));
}

/// A whole amount as a number, any other as its exact text: the portal takes both, and a float would not be exact.
fn amount(payment: &Payment) -> Value {
    let decimal = kamurj_sdk::minor_to_decimal(&payment.amount);
    decimal.parse::<i64>().map_or_else(|_| json!(decimal), |whole| json!(whole))
}

/// Writes what the record shall show, and moves it. A stage that was named for the default funnel alone and that the record's own
/// funnel does not have leaves it where it is.
pub(crate) fn write<H: Host>(
    portal: &Portal<'_, H>,
    target: &Target,
    shown: &Shown,
    stage: Option<&str>,
    step: &str,
) -> Result<(), Trouble> {
    let (kind, _) = place(target)?;
    let fields = fields::of(kind, shown);
    match (stage, update(portal, target, &fields, stage, step)) {
        (Some(stage), Err(trouble)) if refusal::code(&trouble) == Some(BAD_VALUE) => {
            if portal.settings.names(stage) {
                return Err(no_stage(stage, shown.view, &trouble));
            }
            warned::of_stage(portal.host, stage);
            update(portal, target, &fields, None, &format!("{step}.unmoved"))?;
        }
        (_, end) => end?,
    }
    if portal.settings.mark_payments && shown.view == View::Paid {
        marks::pay(portal, target, shown)?;
    }
    Ok(())
}

fn update<H: Host>(
    portal: &Portal<'_, H>,
    target: &Target,
    fields: &Map<String, Value>,
    stage: Option<&str>,
    step: &str,
) -> Result<(), Trouble> {
    let (kind, id) = place(target)?;
    let mut fields = fields.clone();
    if let Some(stage) = stage {
        fields.insert("stageId".to_owned(), json!(stage));
    }
    let body = json!({ "entityTypeId": kind.number(), "id": id, "useOriginalUfNames": "Y", "fields": fields });
    let answer = portal
        .rest
        .change("crm.item.update", &body, step)
        .map_err(|trouble| if refusal::code(&trouble) == Some("NOT_FOUND") { gone(target) } else { trouble })?;
    warned::of_ignored(portal.host, &fields::ignored(&fields, &answer["item"]));
    Ok(())
}

/// The stage of a setting is not there (any more): what that breaks, it breaks for every record.
fn no_stage(stage: &str, view: View, trouble: &Trouble) -> Trouble {
    let said = match trouble {
        Trouble::Ended(outcome) => outcome.message.as_str(),
        Trouble::Lost(_) | Trouble::Gone(_) | Trouble::Setting(_) => "",
    };
    let setting = match Kind::of_stage(stage) {
        Kind::Deal => "stages",
        Kind::Invoice => "invoice_stages",
    };
    let message = format!(
        "the portal does not take the stage `{}`, which `{setting}/{}` names: choose one that its funnel has ({said})",
        plain(stage, 60),
        view.name()
    );
    Trouble::Setting(Outcome::bad_request("stage-gone", &message))
}
