//! The customer of a triggered payment: opens its page, presses its button, and is acted for at the sandbox's gateways. It must not
//! know what is to be caused.

use crate::cli::remote::{address, cause, client};
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser, and a hand on the sandbox.
pub(super) struct Customer {
    client: Client,
    url: String,
    sandbox: String,
}

/// Where the customer is.
pub(super) struct AtTheGateway {
    /// The gateway's word.
    pub(super) gateway: String,
    order: String,
}

/// A form on a page: where it goes and what it carries.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Customer {
    pub(super) fn new(url: &str, sandbox: &str) -> Result<Self, String> {
        Ok(Self { client: client(PATIENCE)?, url: address("--url", url)?, sandbox: address("--sandbox", sandbox)? })
    }

    /// Opens the page, presses its button, and looks which order came of it at the sandbox.
    pub(super) async fn goes_to_the_gateway(&self, page: &str) -> Result<AtTheGateway, String> {
        let before = orders(&self.state().await?);
        let opened = self.client.get(page).send().await.map_err(|error| format!("the page: {}", cause(&error)))?;
        let html = opened.text().await.map_err(|error| format!("the page: {}", cause(&error)))?;
        let form = form(&html).ok_or("the page has no button to pay with: what does it say?")?;
        let action = if form.action.starts_with('/') { format!("{}{}", self.url, form.action) } else { form.action };
        let pressed = self.client.post(action).form(&form.fields).send().await;
        let pressed = pressed.map_err(|error| format!("the page's button: {}", cause(&error)))?;
        let location = pressed.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
        let location = location.map(str::to_owned);
        if pressed.status() == StatusCode::OK {
            // Some gateways are handed the customer by a form that the browser posts.
            let html = pressed.text().await.map_err(|error| format!("the page's button: {}", cause(&error)))?;
            if let Some(form) = self::form(&html).filter(|form| !form.action.starts_with('/')) {
                let posted = self.client.post(form.action).form(&form.fields).send().await;
                posted.map_err(|error| format!("the gateway's page: {}", cause(&error)))?;
            }
        }
        let after = orders(&self.state().await?);
        let by_page = after.iter().find(|order| order.page.is_some() && order.page == location);
        let new = by_page.or_else(|| after.iter().find(|order| !before.contains(order)));
        let there = new.ok_or(
            "the button led to no gateway of the sandbox: is --sandbox the one that the merchant's provider account names?",
        )?;
        Ok(AtTheGateway { gateway: there.gateway.clone(), order: there.id.clone() })
    }

    /// Does something at the gateway; a browser that is sent back comes back.
    pub(super) async fn acts(&self, there: &AtTheGateway, act: &str) -> Result<(), String> {
        let body = json!({ "order": there.order, "act": act });
        let acted = self.plays(&format!("/play/gateways/{}/act", there.gateway), &body).await?;
        super::super::tell(&format!("did `{act}` at `{}`", there.gateway));
        if let Some(back) = acted["back"].as_str() {
            // A customer whose browser closes on the way back has paid all the same.
            let _ = self.client.get(back).send().await;
        }
        Ok(())
    }

    pub(super) async fn faults(&self, there: &AtTheGateway) -> Result<Value, String> {
        let state = self.state().await?;
        let gateways = state["gateways"].as_array().into_iter().flatten();
        let found = gateways.into_iter().find(|gateway| gateway["word"] == there.gateway.as_str());
        Ok(found.map_or(Value::Null, |gateway| gateway["faults"].clone()))
    }

    pub(super) async fn sets_faults(&self, there: &AtTheGateway, change: &Value) -> Result<(), String> {
        self.plays(&format!("/play/gateways/{}/faults", there.gateway), change).await.map(|_| ())
    }

    async fn state(&self) -> Result<Value, String> {
        self.heard(self.client.get(format!("{}/play/state", self.sandbox))).await
    }

    async fn plays(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.heard(self.client.post(format!("{}{path}", self.sandbox)).json(body)).await
    }

    async fn heard(&self, request: reqwest::RequestBuilder) -> Result<Value, String> {
        let unheard = |why: &str| format!("--sandbox {}: {why}", self.sandbox);
        let answer = request.send().await.map_err(|error| unheard(&cause(&error)))?;
        let is_good = answer.status().is_success();
        let body: Value = answer.json().await.map_err(|_| unheard("this is no sandbox"))?;
        if is_good { Ok(body) } else { Err(unheard(body["error"].as_str().unwrap_or_default())) }
    }
}

/// An order of a gateway.
#[derive(PartialEq, Eq)]
struct Known {
    gateway: String,
    id: String,
    page: Option<String>,
}

fn orders(state: &Value) -> Vec<Known> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let gateways = state["gateways"].as_array().into_iter().flatten();
    let of = |gateway: &Value| {
        let listed = gateway["orders"].as_array().into_iter().flatten();
        let known = listed.map(|order| Known {
            gateway: text(&gateway["word"]),
            id: text(&order["id"]),
            page: order["page"].as_str().map(str::to_owned),
        });
        known.collect::<Vec<_>>()
    };
    gateways.flat_map(of).collect()
}

/// The first form of a page of ours.
fn form(html: &str) -> Option<Form> {
    let form = html.split_once("<form")?.1.split_once("</form>")?.0;
    let (head, inside) = form.split_once('>')?;
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut choices = Vec::new();
    for input in inside.split("<input").skip(1).filter_map(|input| Some(input.split_once('>')?.0)) {
        let Some(name) = attribute(input, "name") else { continue };
        let field = (name, attribute(input, "value").unwrap_or_default());
        if attribute(input, "type").as_deref() == Some("radio") && !input.ends_with(" checked") {
            choices.push(field);
        } else {
            fields.push(field);
        }
    }
    // Where nothing is chosen, the first is.
    for choice in choices {
        if fields.iter().all(|(name, _)| *name != choice.0) {
            fields.push(choice);
        }
    }
    Some(Form { action: attribute(head, "action")?, fields })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0;
    let entities = [
        ("&#x2f;", "/"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        // Last, so that what it stood before stays as it was written.
        ("&amp;", "&"),
    ];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, sign)| text.replace(entity, sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_reads_it() {
        let html = "<p>x</p><form method=\"post\" action=\"&#x2f;p&#x2f;abc&#x2f;pay\">\n\
            <input type=\"hidden\" name=\"form_key\" value=\"a&amp;lt;b\">\
            <input type=\"hidden\" name=\"lang\" value=\"\"><button>Pay</button></form><form action=\"/other\"></form>";
        let fields = [("form_key", "a&lt;b"), ("lang", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form(html), Some(Form { action: "/p/abc/pay".to_owned(), fields: fields.to_vec() }));
        assert_eq!(form("<p>paid</p>"), None);
        for (checked, chosen) in [(" checked", "acc_2"), ("", "acc_1")] {
            let html = format!(
                "<form action=\"/p\"><input type=\"radio\" name=\"account\" value=\"acc_1\" required>\
                 <input type=\"radio\" name=\"account\" value=\"acc_2\" required{checked}></form>"
            );
            assert_eq!(form(&html).unwrap().fields, [("account".to_owned(), chosen.to_owned())]);
        }
    }
}
