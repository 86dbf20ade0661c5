//! What people do at the portal: managers with deals, invoices and tasks, administrators with funnels, fields, webhooks and apps. It
//! must not know how calls arrive.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::custom::CustomKind;
use super::fields::{hundredths, is_currency, money};
use super::items::{Key, Kind};
use super::oauth::App;
use super::rows::Row;
use super::{Bitrix24, State, sendable};
use crate::locked;

/// A deal as a manager fills it in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewDeal {
    /// Its name; where it is empty, the portal numbers it.
    pub title: String,
    /// The funnel: its `categoryId`.
    pub funnel: i64,
    /// The sum, two decimals at most, as text or as a number; where it is left out, that of the rows.
    pub amount: Option<Value>,
    /// ISO 4217 code; the portal's own where it is left out.
    pub currency: Option<String>,
    /// The customer: a contact's id.
    pub contact: Option<i64>,
    /// Who looks after it: a user's id.
    pub assigned: Option<i64>,
    /// What is sold.
    pub rows: Vec<Row>,
}

impl State {
    fn make_deal_by_hand(&mut self, deal: NewDeal, now: i64) -> Result<i64, String> {
        let funnel = self.funnel(Kind::Deal, deal.funnel).ok_or("funnel: there is none with this id")?.id;
        let mut fields = Map::from_iter([("categoryId".to_owned(), json!(funnel))]);
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if !deal.title.is_empty() {
            put("title", json!(deal.title));
        }
        if let Some(amount) = &deal.amount {
            put("opportunity", money(amount).ok_or("amount: give a sum with two decimals at most")?);
            put("isManualOpportunity", json!(if deal.rows.is_empty() { "N" } else { "Y" }));
        }
        if let Some(currency) = &deal.currency {
            let known = is_currency(currency).then(|| json!(currency));
            put("currencyId", known.ok_or("currency: the portal has AMD, RUB, USD, EUR")?);
        }
        if let Some(contact) = deal.contact {
            if !self.contacts.contains_key(&contact) {
                return Err("contact: there is none with this id".to_owned());
            }
            put("contactId", json!(contact));
            put("contactIds", json!([contact]));
        }
        if let Some(user) = deal.assigned {
            if !self.users.contains_key(&user) {
                return Err("assigned: there is no user with this id".to_owned());
            }
            put("assignedById", json!(user));
        }
        if deal.rows.iter().any(|row| hundredths(&row.price).is_none() || row.quantity < 1) {
            return Err("rows: give each a price with two decimals at most, and a quantity of 1 or more".to_owned());
        }
        if deal.amount.is_none() && !deal.rows.is_empty() {
            put("opportunity", super::rows::sum(&deal.rows));
        }
        let id = self.make_item(Kind::Deal, fields, now);
        if let Some(item) = self.items.get_mut(&(Kind::Deal, id)) {
            item.rows = deal.rows;
        }
        Ok(id)
    }

    fn move_by_hand(&mut self, key: Key, stage: &str, now: i64) -> bool {
        let fields = Map::from_iter([("stageId".to_owned(), Value::from(stage))]);
        self.stage(key.0, stage).is_some() && self.save_item(key, fields, now)
    }

    /// A manager makes an invoice from a deal: its sum, currency, customer and rows.
    fn make_invoice(&mut self, deal: i64, now: i64) -> Option<i64> {
        let from = self.items.get(&(Kind::Deal, deal))?;
        let rows = from.rows.clone();
        let taken =
            ["title", "opportunity", "currencyId", "isManualOpportunity", "contactId", "contactIds", "assignedById"];
        let mut fields: Map<String, Value> =
            taken.iter().filter_map(|name| Some(((*name).to_owned(), from.fields.get(*name)?.clone()))).collect();
        fields.insert("parentId2".to_owned(), json!(deal));
        let id = self.make_item(Kind::Invoice, fields, now);
        if let Some(invoice) = self.items.get_mut(&(Kind::Invoice, id)) {
            invoice.rows = rows;
        }
        Some(id)
    }
}

impl Bitrix24 {
    /// A manager makes a deal in the first funnel by hand; returns its id.
    pub fn add_deal(&self, title: &str) -> i64 {
        let fields = Map::from_iter([("title".to_owned(), Value::from(title))]);
        self.with(|state, now| state.make_item(Kind::Deal, fields, now))
    }

    /// A manager makes a deal with all that belongs to it; returns its id, or what is wrong with it.
    pub fn make_deal(&self, deal: NewDeal) -> Result<i64, String> {
        self.with(|state, now| state.make_deal_by_hand(deal, now))
    }

    /// A manager moves a deal by hand, into another funnel too. Returns whether both deal and stage exist.
    pub fn move_deal(&self, id: i64, stage: &str) -> bool {
        self.with(|state, now| state.move_by_hand((Kind::Deal, id), stage, now))
    }

    /// A manager moves an invoice by hand. Returns whether both invoice and stage exist.
    pub fn move_invoice(&self, id: i64, stage: &str) -> bool {
        self.with(|state, now| state.move_by_hand((Kind::Invoice, id), stage, now))
    }

    /// A manager writes a value into a field of a deal: one of the portal's own by its camelCase name, or `UF_CRM_…`.
    pub fn edit_deal(&self, id: i64, field: &str, value: impl Into<Value>) -> Result<(), String> {
        let call = json!({"entityTypeId": 2, "id": id, "useOriginalUfNames": "Y", "fields": {field: value.into()}});
        self.with(|state, now| {
            let call = call.as_object().ok_or("this cannot be read")?;
            let key = state.wanted(call).map_err(|_| "there is no such deal".to_owned())?;
            let fields = state.read_fields(Kind::Deal, call).map_err(|_| format!("{field}: it does not take this"))?;
            if fields.is_empty() {
                return Err(format!("{field}: there is no such field"));
            }
            state.save_item(key, fields, now);
            Ok(())
        })
    }

    /// A manager deletes a deal. Returns whether it was there.
    pub fn delete_deal(&self, id: i64) -> bool {
        self.with(|state, now| state.delete_item((Kind::Deal, id), now))
    }

    /// A manager makes a smart invoice for a deal; returns its id where the deal exists.
    pub fn add_invoice(&self, deal: i64) -> Option<i64> {
        self.with(|state, now| state.make_invoice(deal, now))
    }

    /// A manager deletes an invoice. Returns whether it was there.
    pub fn delete_invoice(&self, id: i64) -> bool {
        self.with(|state, now| state.delete_item((Kind::Invoice, id), now))
    }

    /// A manager adds a payment to a deal inside the CRM; returns its id.
    pub fn add_payment(&self, deal: i64, sum: &Value, currency: &str) -> Result<i64, String> {
        let sum = money(sum).ok_or("sum: give a sum with two decimals at most")?;
        let key = (Kind::Deal, deal);
        self.with(|state, _| state.make_payment(key, sum, currency)).ok_or("there is no such deal".to_owned())
    }

    /// A manager writes a comment to a deal. Returns whether it exists.
    pub fn comment_deal(&self, deal: i64, text: &str) -> bool {
        let key = (Kind::Deal, deal);
        self.with(|state, now| state.items.contains_key(&key) && state.write_comment(key, text, now) > 0)
    }

    /// Somebody closes a task. Returns whether it exists.
    pub fn close_task(&self, id: i64) -> bool {
        self.with(|state, now| state.close_task(id, Some(now)))
    }

    /// Somebody opens a closed task again. Returns whether it exists.
    pub fn reopen_task(&self, id: i64) -> bool {
        self.with(|state, _| state.close_task(id, None))
    }

    /// A customer becomes known to the portal; returns the contact's id. An empty text is nothing.
    pub fn add_contact(&self, name: &str, phone: &str, email: &str) -> i64 {
        self.with(|state, _| state.make_contact(name, phone, email))
    }

    /// A colleague gets an account; returns the user's id.
    pub fn add_user(&self, name: &str) -> i64 {
        self.with(|state, _| {
            let id = state.users.last_key_value().map_or(1, |(last, _)| last + 1);
            state.users.insert(id, name.to_owned());
            id
        })
    }

    /// A manager presses a button, or a stage starts a robot, that posts the deal's or invoice's name to this address.
    /// `entity_type_id` is 2 or 31.
    pub fn run_robot(&self, entity_type_id: i64, id: i64, url: &str) -> Result<(), String> {
        sendable(url)?;
        let kind = Kind::of(entity_type_id).ok_or("there are deals (2) and invoices (31)")?;
        let ran = self.with(|state, _| state.run_robot((kind, id), url));
        if ran { Ok(()) } else { Err("there is no such deal or invoice".to_owned()) }
    }

    /// An administrator makes a funnel of deals; returns its id.
    pub fn add_funnel(&self, name: &str) -> i64 {
        self.with(|state, _| state.make_funnel(name))
    }

    /// An administrator adds a stage to the funnel whose stages have this `ENTITY_ID`, such as `DEAL_STAGE`; returns its id.
    pub fn add_stage(&self, stages_of: &str, name: &str) -> Option<String> {
        self.with(|state, _| state.make_stage(stages_of, name))
    }

    /// An administrator renames a stage; its id stays. Returns whether it exists.
    pub fn rename_stage(&self, id: &str, name: &str) -> bool {
        self.with(|state, _| state.rename_stage(id, name))
    }

    /// An administrator removes a stage that nothing is in. Returns whether it went.
    pub fn remove_stage(&self, id: &str) -> bool {
        self.with(|state, _| state.remove_stage(id))
    }

    /// An administrator makes one more custom field for deals, `UF_CRM_…`, of type string.
    pub fn add_custom_field(&self, name: &str) {
        self.add_typed_field(name, CustomKind::String);
    }

    /// An administrator makes one more custom field for deals, of this type. Returns whether there was none of this name.
    pub fn add_typed_field(&self, name: &str, kind: CustomKind) -> bool {
        self.with(|state, _| state.make_custom_field(Kind::Deal, name, kind, (name, "")).is_some())
    }

    /// An administrator removes a custom field, of deals or of invoices, with all its values. Returns whether it was there.
    pub fn remove_custom_field(&self, name: &str) -> bool {
        self.with(|state, _| state.remove_custom_field(name))
    }

    /// The user of the webhook and the app gets the right to administer the CRM, or loses it.
    pub fn set_crm_admin(&self, is_admin: bool) {
        locked(&self.state).crm_admin = is_admin;
    }

    /// The scopes of the webhook and the app from now on.
    pub fn set_scopes(&self, scopes: &[&str]) {
        locked(&self.state).scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// An administrator enters an outgoing webhook by hand, in place of the one before: these events go to this address with this
    /// token.
    pub fn set_outgoing_webhook(&self, url: &str, application_token: &str, events: &[&str]) -> Result<(), String> {
        sendable(url)?;
        locked(&self.state).events.set_hook(url, application_token, events);
        Ok(())
    }

    /// An administrator gives the inbound webhook another secret: whoever has the old one is refused from now on.
    pub fn change_secret(&self, secret: &str) {
        secret.clone_into(&mut locked(&self.state).secret);
    }

    /// Somebody gives the portal another address, `shop.bitrix24.am` or a whole root such as `http://localhost:8092`: whoever asks
    /// at the old one is sent there by 302.
    pub fn rename_portal(&self, new_host: &str) {
        let root = if new_host.contains("://") { new_host.to_owned() } else { format!("https://{new_host}") };
        locked(&self.state).renamed_to = Some(root.trim_end_matches('/').to_owned());
    }

    /// An administrator registers the app, in place of the one before.
    pub fn register_app(&self, app: App) {
        locked(&self.state).oauth.register(app);
    }

    /// An administrator removes the app: its tokens are not known any more.
    pub fn uninstall_app(&self) {
        locked(&self.state).oauth.uninstall();
    }

    /// The access tokens given so far are over, though their hour is not.
    pub fn expire_tokens(&self) {
        self.with(|state, now| state.oauth.expire(now));
    }

    /// Every token that was given and not used up, so that they can be looked for where they must not be.
    pub fn tokens(&self) -> Vec<String> {
        locked(&self.state).oauth.tokens()
    }
}
