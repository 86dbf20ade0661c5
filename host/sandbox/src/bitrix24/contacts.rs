//! The people that the portal knows: customers as contacts, and its own users. It must not know what they buy or do.

use serde_json::{Map, Value, json};

use super::refusal::{Found, Refusal, integer, object};
use super::{Asked, State};

/// A customer.
pub(super) struct Contact {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) email: String,
}

impl Contact {
    /// As `crm.item.get` has it, with everything people can be reached by in `fm`.
    pub(super) fn item(&self) -> Map<String, Value> {
        let several = self.reached().into_iter().enumerate().map(|(place, (kind, value))| {
            json!({"id": self.id * 10 + i64::try_from(place).unwrap_or(0), "typeId": kind, "valueType": "WORK", "value": value})
        });
        let fields = json!({
            "id": self.id, "entityTypeId": 3, "name": self.name, "lastName": "", "secondName": "", "fm": several.collect::<Vec<_>>(),
        });
        fields.as_object().cloned().unwrap_or_default()
    }

    /// As `crm.contact.get` has it.
    fn row(&self) -> Value {
        let mut row = json!({"ID": self.id.to_string(), "NAME": self.name, "LAST_NAME": "", "SECOND_NAME": ""});
        for (kind, value) in self.reached() {
            row[kind] =
                json!([{"ID": (self.id * 10).to_string(), "VALUE_TYPE": "WORK", "VALUE": value, "TYPE_ID": kind}]);
        }
        row
    }

    fn reached(&self) -> Vec<(&'static str, &str)> {
        let all = [("PHONE", self.phone.as_str()), ("EMAIL", self.email.as_str())];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

impl State {
    pub(super) fn make_contact(&mut self, name: &str, phone: &str, email: &str) -> i64 {
        let id = self.contacts.last_key_value().map_or(1, |(last, _)| last + 1);
        let contact = Contact { id, name: name.to_owned(), phone: phone.to_owned(), email: email.to_owned() };
        self.contacts.insert(id, contact);
        id
    }

    /// `crm.contact.get`.
    pub(super) fn get_contact(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let id = asked.parameters.get("id").or_else(|| asked.parameters.get("ID"));
        let id = integer(id).ok_or_else(|| Refusal::unnamed("ID is not defined or invalid."))?;
        let contact = self.contacts.get(&id).ok_or_else(|| Refusal::unnamed("Not found"))?;
        Ok(Found::one(contact.row()))
    }

    /// `profile`: whoever calls.
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn profile(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        Ok(Found::one(json!({
            "ID": asked.caller.user, "ADMIN": self.crm_admin, "NAME": "Sandbox", "LAST_NAME": "Manager", "TIME_ZONE": "Asia/Yerevan",
        })))
    }

    /// `user.current`.
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn current_user(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let name = self.users.get(&self.user_id()).map_or("", String::as_str);
        Ok(Found::one(user(&asked.caller.user, name)))
    }

    /// `user.get`, by id or all of them.
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn get_users(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let filter = object(asked.parameters, "filter");
        let wanted = ["ID", "id"].into_iter().find_map(|name| asked.parameters.get(name).or_else(|| filter.get(name)));
        let wanted: Option<Vec<i64>> = wanted.map(|ids| match ids {
            Value::Array(several) => several.iter().filter_map(|id| integer(Some(id))).collect(),
            one => integer(Some(one)).into_iter().collect(),
        });
        let admitted = |id: &i64| wanted.as_ref().is_none_or(|wanted| wanted.contains(id));
        let rows = self.users.iter().filter(|(id, _)| admitted(id)).map(|(id, name)| user(&id.to_string(), name));
        Ok(Found::paged(rows.collect(), asked.parameters, Value::Array))
    }

    /// `crm.currency.list`.
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn list_currencies(_: &mut Self, _asked: &Asked) -> Result<Found, Refusal> {
        let rows = super::fields::CURRENCIES.iter().enumerate().map(|(place, (code, name))| {
            json!({
                "CURRENCY": code, "AMOUNT_CNT": "1", "AMOUNT": "1.0000", "SORT": ((place + 1) * 100).to_string(),
                "BASE": if place == 0 { "Y" } else { "N" }, "FULL_NAME": name, "LID": "en", "FORMAT_STRING": format!("# {code}"),
                "DEC_POINT": ".", "THOUSANDS_SEP": " ", "DECIMALS": if place == 0 { "0" } else { "2" },
            })
        });
        let rows: Vec<Value> = rows.collect();
        let total = rows.len();
        Ok(Found::page(Value::Array(rows), total, None))
    }

    /// The id of the user whom the webhook belongs to.
    pub(super) fn user_id(&self) -> i64 {
        integer(Some(&json!(self.user))).unwrap_or(1)
    }
}

fn user(id: &str, name: &str) -> Value {
    json!({"ID": id, "ACTIVE": true, "NAME": name, "LAST_NAME": "", "EMAIL": "", "USER_TYPE": "employee", "TIME_ZONE": "Asia/Yerevan"})
}
