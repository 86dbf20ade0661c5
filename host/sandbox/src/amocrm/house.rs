//! What the account itself shows: its settings, its users, its pipelines and the custom fields of its leads. It must not know what
//! leads are made with them.

use serde_json::{Value, json};

use super::account::Account;
use super::fields::Field;
use super::query::Query;
use super::reading;
use super::refusal::Refusal;
use super::{Answer, Found, State};

/// Somebody who works with the account.
pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: &'static str,
    email: &'static str,
    is_admin: bool,
}

/// The people that the account begins with; calls are made in the name of the first.
pub(super) fn users() -> Vec<User> {
    vec![
        User { id: 8_800_001, name: "Arpine Grigoryan", email: "arpine@shop.example", is_admin: true },
        User { id: 8_800_002, name: "Davit Sargsyan", email: "davit@shop.example", is_admin: false },
    ]
}

const FIELDS: &str = "/api/v4/leads/custom_fields";

impl State {
    pub(super) fn link(&self, path: &str) -> Value {
        json!({"self": {"href": self.account.link(path)}})
    }

    pub(super) fn is_user(&self, id: i64) -> bool {
        self.users.iter().any(|user| user.id == id)
    }

    /// `GET /account`
    pub(super) fn shown_account(&self) -> Value {
        let Account { id, name, subdomain, currency, .. } = &self.account;
        let symbol = match currency.as_str() {
            "AMD" => "֏",
            "RUB" => "₽",
            "EUR" => "€",
            "USD" => "$",
            other => other,
        };
        json!({
            "id": id, "name": name, "subdomain": subdomain, "created_at": self.since, "created_by": 0,
            "updated_at": self.since, "updated_by": 0, "current_user_id": self.users[0].id, "country": "AM",
            "currency": currency, "currency_symbol": symbol, "customers_mode": "disabled", "is_unsorted_on": true,
            "mobile_feature_version": 0, "is_loss_reason_enabled": true, "is_helpbot_enabled": false,
            "is_technical_account": false, "contact_name_display_order": 1, "_links": self.link("/api/v4/account"),
        })
    }

    /// `GET /users`
    pub(super) fn list_users(&self, query: &Query) -> Answer {
        let page = query.page()?;
        let list: Vec<Value> = self.users.iter().map(|user| self.shown_user(user)).collect();
        Ok(Found::list(page.of(&self.account, "/api/v4/users", query, "users", &list)))
    }

    /// `GET /users/{id}`
    pub(super) fn get_user(&self, id: i64) -> Answer {
        let user = self.users.iter().find(|user| user.id == id).ok_or_else(|| Refusal::missing("User"))?;
        Ok(Found::some(self.shown_user(user)))
    }

    fn shown_user(&self, user: &User) -> Value {
        json!({
            "id": user.id, "name": user.name, "email": user.email, "lang": "en",
            "rights": {"is_admin": user.is_admin, "is_free": false, "is_active": true, "group_id": null, "role_id": null},
            "_links": self.link(&format!("/api/v4/users/{}", user.id)),
        })
    }

    /// `GET /leads/pipelines`
    pub(super) fn shown_pipelines(&self) -> Value {
        let pipelines = self.pipelines.iter().enumerate();
        let list: Vec<Value> = pipelines.map(|(place, pipeline)| pipeline.shown(&self.account, place)).collect();
        let links = self.link("/api/v4/leads/pipelines");
        json!({"_total_items": list.len(), "_links": links, "_embedded": {"pipelines": list}})
    }

    /// `GET /leads/pipelines/{id}`
    pub(super) fn get_pipeline(&self, id: i64) -> Answer {
        let place = self.pipelines.iter().position(|pipeline| pipeline.id == id);
        let place = place.ok_or_else(|| Refusal::missing("Pipeline"))?;
        Ok(Found::some(self.pipelines[place].shown(&self.account, place)))
    }

    /// `GET /leads/custom_fields`
    pub(super) fn list_fields(&self, query: &Query) -> Answer {
        let page = query.page()?;
        let list: Vec<Value> = (0..self.fields.len()).map(|place| self.shown_field(place)).collect();
        Ok(Found::list(page.of(&self.account, FIELDS, query, "custom_fields", &list)))
    }

    /// `GET /leads/custom_fields/{id}`
    pub(super) fn get_field(&self, id: i64) -> Answer {
        let place = self.fields.iter().position(|field| field.id == id);
        Ok(Found::some(self.shown_field(place.ok_or_else(|| Refusal::missing("Field"))?)))
    }

    fn shown_field(&self, place: usize) -> Value {
        self.fields[place].shown(&self.account, "leads", FIELDS, place)
    }

    /// `POST /leads/custom_fields`: the one list that takes a single object too, and answers it with 201.
    pub(super) fn add_fields(&mut self, body: &Value) -> Answer {
        let alone = body.is_object();
        let mut items = if alone { vec![reading::single(body)?] } else { reading::items(body)? };
        let before = self.fields.len();
        let mut all = self.fields.clone();
        for item in &mut items {
            let made = Field::read(item, &all, &mut || self.new_id());
            all.push(made);
        }
        reading::all_right(&items)?;
        self.fields = all;
        let mut list = Vec::new();
        for (place, item) in (before..).zip(&items) {
            let mut shown = self.shown_field(place);
            shown["request_id"] = item.request_id.clone().into();
            list.push(shown);
        }
        if alone {
            return Ok(Found::Some(201, list.remove(0)));
        }
        Ok(Found::some(
            json!({"_total_items": list.len(), "_links": self.link(FIELDS), "_embedded": {"custom_fields": list}}),
        ))
    }
}
