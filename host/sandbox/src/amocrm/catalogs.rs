//! Lists of an account: products, and at most one list of invoices, whose fields merchants can remove. It must not know which
//! invoice is paid for what.

use serde_json::{Value, json};

use super::fields::{self, Field, Kind, Values};
use super::leads::Linked;
use super::query::Query;
use super::reading::{self, Item};
use super::refusal::{Mistake, Refusal};
use super::{Answer, Found, State};

/// The list of invoices that the account begins with.
pub(super) const INVOICES: i64 = 9_001;
/// Its list of products.
pub(super) const PRODUCTS: i64 = 9_002;

/// A list.
pub(super) struct Catalog {
    pub(super) id: i64,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) fields: Vec<Field>,
}

/// An element of a list. Times are Unix seconds.
#[derive(Clone)]
pub(super) struct Element {
    pub(super) id: i64,
    pub(super) catalog: i64,
    pub(super) name: String,
    pub(super) values: Values,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

/// The lists that the account begins with.
pub(super) fn usual() -> Vec<Catalog> {
    let statuses = [
        ("created", "Created"),
        ("paid", "Paid"),
        ("partially_paid", "Partially paid"),
        ("paid_in_advance", "Paid in advance"),
    ];
    let vat = [("vat_excluded", "Not included"), ("vat_included", "Included"), ("vat_exempt", "Exempt")];
    let field = |place: i64, code: &str, name: &str, kind| Field::usual(772_000 + place, code, name, kind, &[]);
    let invoices = vec![
        Field::usual(772_001, "BILL_STATUS", "Status", Kind::Select, &statuses),
        field(2, "BILL_PAYMENT_DATE", "Payment date", Kind::DateTime),
        field(3, "BILL_PRICE", "Price", Kind::Monetary),
        field(4, "BILL_COMMENT", "Comment", Kind::Textarea),
        Field::usual(772_005, "BILL_VAT_TYPE", "VAT", Kind::Select, &vat),
        field(6, "ITEMS", "Items", Kind::Items),
        field(7, "PAYER", "Payer", Kind::Payer),
        field(8, "LEGAL_ENTITY", "Legal entity", Kind::LegalEntity),
    ];
    let products = vec![field(21, "SKU", "SKU", Kind::Text), field(22, "PRICE", "Price", Kind::Monetary)];
    vec![
        Catalog { id: INVOICES, name: "Invoices", kind: "invoices", fields: invoices },
        Catalog { id: PRODUCTS, name: "Products", kind: "products", fields: products },
    ]
}

struct Wish {
    name: Option<String>,
    values: Values,
}

impl State {
    pub(super) fn catalog(&self, id: i64) -> Result<&Catalog, Refusal> {
        self.catalogs.iter().find(|catalog| catalog.id == id).ok_or_else(|| Refusal::missing("Catalog"))
    }

    /// `GET /catalogs`
    pub(super) fn list_catalogs(&self, query: &Query) -> Answer {
        let (page, kinds) = (query.page()?, query.all("filter[type]"));
        let wanted = self.catalogs.iter().filter(|catalog| kinds.is_empty() || kinds.contains(&catalog.kind));
        let shown = |(sort, catalog): (i64, &Catalog)| {
            json!({
                "id": catalog.id, "name": catalog.name, "created_by": self.users[0].id, "updated_by": self.users[0].id,
                "created_at": self.since, "updated_at": self.since, "sort": sort * 10, "type": catalog.kind,
                "can_add_elements": true, "can_show_in_cards": true, "can_link_multiple": true, "can_be_deleted": true,
                "sdk_widget_code": null, "account_id": self.account.id,
                "_links": self.link(&format!("/api/v4/catalogs/{}", catalog.id)),
            })
        };
        let list: Vec<Value> = (1..).zip(wanted).map(shown).collect();
        Ok(Found::list(page.of(&self.account, "/api/v4/catalogs", query, "catalogs", &list)))
    }

    /// `GET /catalogs/{id}/custom_fields`
    pub(super) fn list_catalog_fields(&self, id: i64, query: &Query) -> Answer {
        let (catalog, page) = (self.catalog(id)?, query.page()?);
        let path = format!("/api/v4/catalogs/{id}/custom_fields");
        let fields = catalog.fields.iter().enumerate();
        let list: Vec<Value> =
            fields.map(|(place, field)| field.shown(&self.account, "catalogs", &path, place)).collect();
        Ok(Found::list(page.of(&self.account, &path, query, "custom_fields", &list)))
    }

    /// `GET /catalogs/{id}/elements`
    pub(super) fn list_elements(&self, id: i64, query: &Query) -> Answer {
        self.catalog(id)?;
        let (page, ids) = (query.page()?, query.numbers("filter[id]")?);
        let words = query.one("query").map(str::to_lowercase);
        let wanted = |element: &&Element| {
            element.catalog == id
                && ids.as_ref().is_none_or(|ids| ids.contains(&element.id))
                && words.as_ref().is_none_or(|words| element.name.to_lowercase().contains(words))
        };
        let list: Vec<Value> =
            self.elements.values().filter(wanted).map(|element| self.shown_element(element, query)).collect();
        Ok(Found::list(page.of(&self.account, &format!("/api/v4/catalogs/{id}/elements"), query, "elements", &list)))
    }

    fn element(&self, catalog: i64, id: i64) -> Result<&Element, Refusal> {
        self.catalog(catalog)?;
        let found = self.elements.get(&id).filter(|element| element.catalog == catalog);
        found.ok_or_else(|| Refusal::missing("Element"))
    }

    /// `GET /catalogs/{id}/elements/{element}`
    pub(super) fn get_element(&self, catalog: i64, id: i64, query: &Query) -> Answer {
        Ok(Found::some(self.shown_element(self.element(catalog, id)?, query)))
    }

    fn read_element(item: &mut Item, catalog: &Catalog, is_new: bool) -> Wish {
        item.only(&["id", "request_id", "name", "custom_fields_values"]);
        let name = if is_new || item.raw("name").is_some() { Some(item.said("name")) } else { None };
        Wish { name, values: fields::read_values(item, &catalog.fields) }
    }

    /// `POST /catalogs/{id}/elements`
    pub(super) fn add_elements(&mut self, catalog: i64, body: &Value, now: i64) -> Answer {
        let house = self.catalog(catalog)?;
        let mut items = reading::items(body)?;
        let wishes: Vec<Wish> = items.iter_mut().map(|item| Self::read_element(item, house, true)).collect();
        reading::all_right(&items)?;
        let mut made = Vec::new();
        for (item, wish) in items.iter().zip(wishes) {
            let id = self.make_element(catalog, &wish.name.unwrap_or_default(), wish.values, now);
            let mut shown = self.shown_element(&self.elements[&id], &Query::read(""));
            shown["request_id"] = item.request_id.clone().into();
            made.push(shown);
        }
        Ok(Found::some(
            json!({"_links": self.link(&format!("/api/v4/catalogs/{catalog}/elements")), "_embedded": {"elements": made}}),
        ))
    }

    pub(super) fn make_element(&mut self, catalog: i64, name: &str, values: Values, now: i64) -> i64 {
        let (id, at) = (self.new_id(), now.div_euclid(1000));
        let mut kept = Values::new();
        fields::lay(&mut kept, values);
        let element = Element { id, catalog, name: name.to_owned(), values: kept, created_at: at, updated_at: at };
        self.elements.insert(id, element);
        id
    }

    /// `PATCH /catalogs/{id}/elements/{element}`
    pub(super) fn change_element(&mut self, catalog: i64, id: i64, body: &Value, now: i64) -> Answer {
        self.element(catalog, id)?;
        let mut item = reading::single(body)?;
        let wish = Self::read_element(&mut item, self.catalog(catalog)?, false);
        reading::all_right([&item])?;
        Ok(Found::some(self.changed_element(id, wish, now)))
    }

    /// `PATCH /catalogs/{id}/elements`
    pub(super) fn change_elements(&mut self, catalog: i64, body: &Value, now: i64) -> Answer {
        let house = self.catalog(catalog)?;
        let mut items = reading::items(body)?;
        let mut wishes = Vec::new();
        for item in &mut items {
            item.need("id");
            let id = item.integer("id").unwrap_or_default();
            if self.element(catalog, id).is_err() {
                item.wrong("id", Mistake::choice);
            }
            wishes.push((id, Self::read_element(item, house, false)));
        }
        reading::all_right(&items)?;
        let saved: Vec<Value> = wishes.into_iter().map(|(id, wish)| self.changed_element(id, wish, now)).collect();
        Ok(Found::some(
            json!({"_links": self.link(&format!("/api/v4/catalogs/{catalog}/elements")), "_embedded": {"elements": saved}}),
        ))
    }

    fn changed_element(&mut self, id: i64, wish: Wish, now: i64) -> Value {
        if let Some(element) = self.elements.get_mut(&id) {
            element.name = wish.name.unwrap_or_else(|| element.name.clone());
            fields::lay(&mut element.values, wish.values);
            element.updated_at = now.div_euclid(1000);
        }
        self.shown_element(&self.elements[&id], &Query::read(""))
    }

    fn shown_element(&self, element: &Element, query: &Query) -> Value {
        let fields = self.catalog(element.catalog).map(|catalog| catalog.fields.as_slice()).unwrap_or_default();
        let mut shown = json!({
            "id": element.id, "catalog_id": element.catalog, "name": element.name, "created_by": self.users[0].id,
            "updated_by": self.users[0].id, "created_at": element.created_at, "updated_at": element.updated_at,
            "is_deleted": false, "custom_fields_values": fields::shown(&element.values, fields),
            "account_id": self.account.id,
            "_links": self.link(&format!("/api/v4/catalogs/{}/elements/{}", element.catalog, element.id)),
        });
        if query.with("invoice_link") {
            let is_invoice = element.catalog == INVOICES;
            shown["invoice_link"] =
                if is_invoice { self.account.link(&format!("/invoice/{}", element.id)).into() } else { Value::Null };
        }
        shown
    }

    /// `POST /leads/{id}/link` and `…/unlink`
    pub(super) fn link_to_lead(&mut self, lead: i64, body: &Value, links: bool) -> Answer {
        self.lead(lead)?;
        let mut items = reading::items(body)?;
        let mut wishes = Vec::new();
        for item in &mut items {
            item.only(&["to_entity_id", "to_entity_type", "metadata", "request_id"]);
            item.need("to_entity_id");
            let of = item.said("to_entity_type");
            let id = item.integer("to_entity_id").unwrap_or_default();
            let (mut catalog, mut quantity) = (None, json!(1));
            if let Some(metadata) = item.object("metadata") {
                let mut inner = item.within(metadata, "metadata");
                catalog = inner.integer("catalog_id");
                quantity = inner.raw("quantity").filter(|value| value.is_number()).cloned().unwrap_or(json!(1));
                item.close(inner);
            }
            match of.as_str() {
                "contacts" if self.contacts.contains_key(&id) => wishes.push((id, None, quantity)),
                "catalog_elements" => {
                    if catalog.is_none() {
                        item.wrong("metadata.catalog_id", Mistake::missing);
                    }
                    if self.element(catalog.unwrap_or_default(), id).is_err() {
                        item.wrong("to_entity_id", Mistake::choice);
                    }
                    wishes.push((id, catalog, quantity));
                }
                "contacts" => item.wrong("to_entity_id", Mistake::choice),
                _ => item.wrong("to_entity_type", Mistake::choice),
            }
        }
        reading::all_right(&items)?;
        if let Some(found) = self.leads.get_mut(&lead) {
            for (id, catalog, quantity) in wishes {
                if let Some(catalog) = catalog {
                    found.linked.retain(|linked| linked.element != id);
                    if links {
                        found.linked.push(Linked { element: id, catalog, quantity });
                    }
                } else {
                    found.contacts.retain(|contact| *contact != id);
                    if links {
                        found.contacts.push(id);
                    }
                }
            }
        }
        if links { self.list_links(lead) } else { Ok(Found::Empty) }
    }

    /// `GET /leads/{id}/links`
    pub(super) fn list_links(&self, lead: i64) -> Answer {
        let found = self.lead(lead)?;
        let link = |id: i64, of: &str, metadata: Value| json!({"entity_id": lead, "entity_type": "leads", "to_entity_id": id, "to_entity_type": of, "metadata": metadata});
        let mut list: Vec<Value> = (0..)
            .zip(&found.contacts)
            .map(|(place, id): (i64, &i64)| link(*id, "contacts", json!({"main_contact": place == 0})))
            .collect();
        list.extend(found.linked.iter().map(|one| {
            link(one.element, "catalog_elements", json!({"catalog_id": one.catalog, "quantity": one.quantity}))
        }));
        if list.is_empty() {
            return Ok(Found::Empty);
        }
        let links = self.link(&format!("/api/v4/leads/{lead}/links"));
        Ok(Found::some(json!({"_total_items": list.len(), "_links": links, "_embedded": {"links": list}})))
    }
}
