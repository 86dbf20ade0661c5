//! What the first-party plugins are asked in the row `plugins`, and what the services answer that they call. The services are no
//! doubles: they know one conversation, answer every request well, and prove nothing.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kamurj_egress::{Exchange, Request, Response, SendError};
use kamurj_manifest::Manifest;
use kamurj_plugins::contract::{CrmRef, Customer, Money};
use kamurj_plugins::{Call, Delivery, Grants, InboundRequest, Payment, SecretGrant};
use serde_json::{Value, json};

use crate::Failed;

/// Where every service is. The name is nobody's (RFC 2606), and nothing leaves this process.
const ORIGIN: &str = "https://service.example";
/// When the messages were written, in Unix seconds: shortly before the runs' clock.
const WRITTEN_S: i64 = 1_700_000_000;
/// What the customer writes: "menu".
const MENU: &str = "մենյու";
const SHOWS_THE_MENU: &str = "«մենյու» answered with what is on sale";
/// The account, page or number that a message came to.
const ACCOUNT: &str = "111222333444555";
const CUSTOMER: &str = "7000000000000001";
const DEAL: u64 = 42;
const PAYMENT: &str = "pay_1";
const SPREADSHEET: &str = "1spreadsheet-of-orders";
/// Where the spreadsheet takes several changes at once.
const BATCH: &str = "1spreadsheet-of-orders:batchUpdate";
/// What rows of the spreadsheet show, and rows of its history.
const COLUMNS: [&str; 5] = ["payment", "order", "status", "amount", "version"];
const HISTORY: [&str; 9] = ["event", "payment", "order", "status", "amount", "currency", "refunded", "at", "version"];

/// One call of a plugin.
pub(crate) struct Asked {
    /// What it does, for people.
    pub(crate) does: &'static str,
    pub(crate) call: Call,
    pub(crate) settings: Value,
    /// HTTP requests that it makes.
    pub(crate) requests: u32,
    /// Secrets and connections that the manifest names and that nobody entered.
    left_out: &'static [&'static str],
}

/// What the plugin of this id is asked.
pub(crate) fn asked(id: &str) -> Result<Asked, Failed> {
    let asked = match id {
        "telegram" => written(
            "update",
            json!({ "api_base": ORIGIN }),
            &json!({ "update_id": 1, "message": { "message_id": 1001, "date": WRITTEN_S, "text": MENU,
                "from": { "id": 5_550_001_234_i64, "is_bot": false, "first_name": "Ani", "language_code": "hy" },
                "chat": { "id": 5_550_001_234_i64, "type": "private", "first_name": "Ani" } } }),
        ),
        "whatsapp" => written(
            "webhook",
            json!({ "api_base": ORIGIN, "phone_number_id": ACCOUNT, "waba_id": "201000000000001" }),
            &json!({ "object": "whatsapp_business_account", "entry": [{ "id": "201000000000001", "changes": [
                { "field": "messages", "value": {
                    "metadata": { "display_phone_number": "37410000000", "phone_number_id": ACCOUNT },
                    "contacts": [{ "profile": { "name": "Ani" }, "user_id": "AM.40000000000000000021" }],
                    "messages": [{ "id": "wamid.IN1", "from_user_id": "AM.40000000000000000021",
                        "timestamp": WRITTEN_S.to_string(), "type": "text", "text": { "body": MENU } }] } }] }] }),
        ),
        "messenger" => {
            let settings = json!({ "api_base": ORIGIN, "version": "v25.0", "page_id": ACCOUNT });
            written("webhook", settings, &of_meta("page"))
        }
        "instagram" => {
            let settings = json!({ "api_base": ORIGIN, "version": "v25.0", "account_id": ACCOUNT,
                "variant": "instagram" });
            written("webhook", settings, &of_meta("instagram"))
        }
        "bitrix24" => Asked {
            does: "`payment.paid` brought into its deal with a comment",
            call: paid_in("bitrix24", "deal"),
            settings: json!({ "portal": ORIGIN, "user_id": "1", "stages": { "paid": "EXECUTING" } }),
            requests: 3,
            left_out: &["portal_app"],
        },
        "amocrm" => Asked {
            does: "`payment.paid` brought into its lead with a note",
            call: paid_in("amocrm", "lead"),
            settings: json!({ "account": ORIGIN, "oauth_base": ORIGIN, "stages": { "paid": "6200001/62000013" } }),
            requests: 3,
            left_out: &["account_app"],
        },
        "google-sheets" => Asked {
            does: "`payment.paid` written into its row, and a row of the history",
            call: paid_in("google-sheets", "row"),
            settings: json!({ "spreadsheet_id": SPREADSHEET, "client_email": "kamurj@shop.example",
                "columns": COLUMNS, "api_base": ORIGIN, "token_base": ORIGIN }),
            requests: 5,
            left_out: &[],
        },
        "erp-webhook" => Asked {
            does: "`payment.paid` as a signed webhook",
            call: paid_in("erp-webhook", "order"),
            settings: json!({ "endpoint": ORIGIN, "path": "/hooks/payments" }),
            requests: 1,
            left_out: &["signing_secret_old", "signing_key"],
        },
        _ => return Err(format!("tests/bench/src/services.rs says nothing to ask the plugin `{id}`: add it").into()),
    };
    Ok(asked)
}

/// All that the manifest asks for and somebody entered.
pub(crate) fn granted(manifest: &Manifest, asked: &Asked) -> Grants {
    let named = |(name, placements): (&String, &Vec<String>)| {
        (name.clone(), SecretGrant { placements: placements.clone(), origins: vec![ORIGIN.to_owned()] })
    };
    let entered = manifest.secrets.iter().map(|asked| (&asked.name, &asked.placements));
    let connected = manifest.connections.iter().map(|asked| (&asked.name, &asked.placements));
    let there = entered.chain(connected).filter(|(name, _)| !asked.left_out.contains(&name.as_str()));
    let secrets: BTreeMap<_, _> = there.map(named).collect();
    Grants { origins: vec![ORIGIN.to_owned()], secrets, state: manifest.state, ..Grants::default() }
}

/// A customer writes to a shop with two things on sale.
fn written(path: &str, mut settings: Value, body: &Value) -> Asked {
    settings["catalogue"] = json!([
        { "id": "cake", "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "amount": "12500", "currency": "AMD" },
        { "id": "tea", "title": { "hy": "Թեյ" }, "amount": "900", "currency": "AMD" },
    ]);
    let call = Call::Inbound(InboundRequest {
        id: "inb_1".to_owned(),
        path: path.to_owned(),
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
        received_at: WRITTEN_S * 1000,
        run: 1,
        extra: Vec::new(),
    });
    Asked { does: SHOWS_THE_MENU, call, settings, requests: 1, left_out: &[] }
}

/// A webhook of Messenger or Instagram.
fn of_meta(object: &str) -> Value {
    json!({ "object": object, "entry": [{ "id": ACCOUNT, "time": WRITTEN_S * 1000, "messaging": [
        { "sender": { "id": CUSTOMER }, "recipient": { "id": ACCOUNT }, "timestamp": WRITTEN_S * 1000,
            "message": { "mid": "m_1", "text": MENU } }] }] })
}

/// A payment that belongs to a record of this plugin's was paid.
fn paid_in(plugin: &str, entity_type: &str) -> Call {
    let crm = CrmRef {
        plugin: plugin.to_owned(),
        entity_type: entity_type.to_owned(),
        entity_id: DEAL.to_string(),
        extra: Vec::new(),
    };
    Call::Sync(Delivery {
        id: "dlv_1".to_owned(),
        event: "payment.paid".to_owned(),
        payment: paid(crm),
        run: 1,
        extra: Vec::new(),
    })
}

/// A payment that belongs to this record.
fn paid(crm: CrmRef) -> Payment {
    let money = |minor: i64| Money { minor, currency: "AMD".to_owned() };
    Payment {
        id: PAYMENT.to_owned(),
        order_id: "A-1042".to_owned(),
        mode: "test".to_owned(),
        status: "paid".to_owned(),
        version: 3,
        amount: money(1_250_000),
        captured: money(1_250_000),
        refunded: money(0),
        description: "Cake".to_owned(),
        items: Vec::new(),
        customer: Customer::default(),
        channel: None,
        crm: Some(crm),
        locale: "hy".to_owned(),
        checkout_url: "https://pay.example.am/p/1".to_owned(),
        created_at: (WRITTEN_S - 600) * 1000,
        expires_at: (WRITTEN_S + 3_600) * 1000,
        paid_at: Some(WRITTEN_S * 1000),
        provider_reference: Some("arca:7f21".to_owned()),
        evidence: String::new(),
        attempts: 1,
        link_id: None,
        answers: Vec::new(),
        fulfilment: None,
        metadata: Vec::new(),
        extra: Vec::new(),
    }
}

/// Answers what the calls above ask.
pub(crate) struct Services;

#[async_trait]
impl Exchange for Services {
    async fn exchange(&self, request: Request) -> Result<Response, SendError> {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let answer = match request.url.path().rsplit('/').next().unwrap_or_default() {
            "sendMessage" => json!({ "ok": true, "result": { "message_id": 1 } }),
            // WhatsApp names a message in a list, Messenger and Instagram beside its reader.
            "messages" => json!({ "messaging_product": "whatsapp", "recipient_id": CUSTOMER, "message_id": "m_2",
                "messages": [{ "id": "wamid.OUT1", "message_status": "accepted" }] }),
            "crm.item.get" => json!({ "result": { "item": {
                "id": DEAL, "stageId": "PREPARATION", "categoryId": 0, "UF_CRM_PAY_ID": null } } }),
            "crm.item.update" => json!({ "result": { "item": asked["fields"] } }),
            "crm.timeline.comment.add" => json!({ "result": 1 }),
            // amoCRM's lead, read and written at the same address.
            "42" => json!({ "id": DEAL, "name": "Cake", "price": 12_500, "pipeline_id": 6_200_001,
                "status_id": 62_000_012, "is_deleted": false, "custom_fields_values": null }),
            "notes" => json!({ "_embedded": { "notes": [{ "id": 1, "entity_id": DEAL }] } }),
            SPREADSHEET => spreadsheet(),
            "developerMetadata:search" => tags(&asked),
            "values:batchGetByDataFilter" => row(&asked),
            "values:batchUpdateByDataFilter" => json!({ "responses": [{ "updatedCells": COLUMNS.len() }] }),
            // The ERP, which took it, and whatever else is a batch of the spreadsheet's.
            "payments" | BATCH => json!({}),
            _ => Value::Null,
        };
        let status = if answer.is_null() { 404 } else { 200 };
        Ok(Response { status, headers: Vec::new(), body: answer.to_string().into_bytes() })
    }
}

/// Two tabs, of payments and of their history.
fn spreadsheet() -> Value {
    let tab = |id: u64, title: &str| {
        let grid = json!({ "rowCount": 1000, "columnCount": 26 });
        json!({ "properties": { "sheetId": id, "title": title, "gridProperties": grid } })
    };
    json!({ "properties": { "title": "Orders" }, "sheets": [tab(0, "Payments"), tab(1, "History")] })
}

/// The tag of the payment's row, under the first of the ids that were asked for, and the tags of all columns.
fn tags(asked: &Value) -> Value {
    let tag = |id: &Value, (key, value): (&str, &str), (sheet, dimension, index): (u64, &str, usize)| {
        let range = json!({ "sheetId": sheet, "dimension": dimension, "startIndex": index, "endIndex": index + 1 });
        json!({ "developerMetadata": { "metadataId": id, "metadataKey": key, "metadataValue": value,
            "location": { "dimensionRange": range } } })
    };
    let of_row = &asked["dataFilters"][0]["developerMetadataLookup"]["metadataId"];
    let mut all = vec![tag(of_row, ("p", ""), (0, "ROWS", 1))];
    for (sheet, (key, columns)) in (0..).zip([("kamurj:0", &COLUMNS[..]), ("kamurj:1", &HISTORY[..])]) {
        let of_columns = columns.iter().enumerate().map(|(index, column)| {
            tag(&json!(1_000 * (sheet + 1) + index as u64), (key, column), (sheet, "COLUMNS", index))
        });
        all.extend(of_columns);
    }
    json!({ "matchedDeveloperMetadata": all })
}

/// The payment's row before it was paid.
fn row(asked: &Value) -> Value {
    let found = json!({ "range": "Payments!A2:E2", "majorDimension": "ROWS",
        "values": [[PAYMENT, "A-1042", "awaiting_payment", 12_500, 2]] });
    json!({ "valueRanges": [{ "dataFilters": [asked["dataFilters"][0]], "valueRange": found }] })
}
