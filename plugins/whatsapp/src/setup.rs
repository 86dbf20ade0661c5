//! Makes Meta call this installation and finds out what is missing: the token, the app's subscription to the account ("Webhook
//! overrides" of the Cloud API) and the templates. It must not read webhooks.

use kamurj_sdk::{Finding, Host, Outcome, Wish, plain, secret};
use serde_json::{Value, json};

use crate::ROUTE;
use crate::api::Api;
use crate::settings::{Settings, Template};

/// Longest `override_callback_uri`, in characters.
const URL_CHARS: usize = 200;

/// Whether Meta takes the token, and whose number it is.
pub(crate) fn check(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    let mut outcome = Outcome::done();
    outcome.message = format!("Connected as {}", number(&Api::new(host, settings, 1), settings)?);
    Ok(outcome)
}

/// The number's name, and the end of the number itself.
fn number<H: Host>(api: &Api<'_, H>, settings: &Settings) -> Result<String, Outcome> {
    let told = api.get(&format!("{}?fields=display_phone_number,verified_name", settings.phone_number_id))?;
    let name = plain(told["verified_name"].as_str().unwrap_or_default(), 80);
    let digits: Vec<char> =
        told["display_phone_number"].as_str().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let end: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    Ok(format!("{name} (the number that ends in {end})"))
}

/// Subscribes the app and sets where its webhooks go, unless it is so, or only looks.
pub(crate) fn connect(host: &impl Host, settings: &Settings, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let api = Api::new(host, settings, 1);
    let mut findings = Vec::new();
    match number(&api, settings) {
        Ok(number) => findings.push(Finding::ok("token", &format!("The token may use {number}."))),
        // Without the token nothing can be found out.
        Err(outcome) if is_passing(&outcome) || outcome.kind == "auth-needed" => return Err(outcome),
        Err(outcome) => {
            findings.push(Finding::wrong(
                "token",
                &format!("Meta does not let this token use the number: {}. Check `phone_number_id`.", outcome.message),
            ));
            return Ok(findings);
        }
    }
    let Some(address) = wish.addresses.iter().find(|address| address.path == ROUTE) else {
        return Err(Outcome::bad_request("no-route", "the host named no address for webhooks"));
    };
    let setup = Setup { api, waba: &settings.waba_id, url: &address.url };
    findings.extend(setup.webhook(wish.only_look)?);
    findings.extend(setup.templates(settings)?);
    Ok(findings)
}

fn is_passing(outcome: &Outcome) -> bool {
    matches!(outcome.kind.as_str(), "retry" | "ambiguous")
}

struct Setup<'a, H> {
    api: Api<'a, H>,
    waba: &'a str,
    url: &'a str,
}

impl<H: Host> Setup<'_, H> {
    fn webhook(&self, only_look: bool) -> Result<Vec<Finding>, Outcome> {
        let apps = match self.apps() {
            Ok(apps) => apps,
            Err(outcome) if is_passing(&outcome) => return Err(outcome),
            Err(outcome) => return Ok(vec![refused("subscription", &outcome)]),
        };
        let subscribed = Finding::ok("subscription", "An app is subscribed to the account.");
        if apps.iter().any(|app| app["override_callback_uri"] == self.url) {
            return Ok(vec![subscribed, ours(Finding::ok)]);
        }
        if only_look {
            let elsewhere = apps.iter().any(|app| app["override_callback_uri"].is_string());
            return Ok(match (apps.is_empty(), elsewhere) {
                (true, _) => vec![Finding::missing("subscription", "No app is subscribed to the account: set it up.")],
                (_, true) => vec![subscribed, Finding::wrong("webhook", "Meta sends to another address: set it up.")],
                _ => vec![
                    subscribed,
                    Finding::unknown(
                        "webhook",
                        "Meta sends to the app's own callback address, which this token cannot see: set it up to be sure.",
                    ),
                ],
            });
        }
        self.subscribe(apps.is_empty())
    }

    fn subscribe(&self, first: bool) -> Result<Vec<Finding>, Outcome> {
        let mut findings = Vec::new();
        if first {
            match self.post(&json!({}), "subscribe") {
                Ok(_) => findings.push(Finding::made("subscription", "The app is subscribed to the account now.")),
                Err(outcome) if is_passing(&outcome) => return Err(outcome),
                Err(outcome) => return Ok(vec![refused("subscription", &outcome)]),
            }
        } else {
            findings.push(Finding::ok("subscription", "The app is subscribed to the account."));
        }
        if self.url.chars().count() > URL_CHARS {
            findings.push(Finding::wrong("webhook", "Meta takes addresses of at most 200 characters."));
            return Ok(findings);
        }
        let mut taken = self.takes_address("set-webhook");
        // The app that was there is another one. Subscribing anew takes an address away, so it is not done before it has to be.
        if !first && taken.as_ref().is_err_and(|refused| refused.message.contains("must be subscribed")) {
            taken = self.post(&json!({}), "subscribe").and_then(|_| self.takes_address("set-webhook-subscribed"));
        }
        match taken {
            Ok(_) => {}
            Err(outcome) if is_passing(&outcome) => return Err(outcome),
            Err(outcome) => {
                findings.push(Finding::wrong(
                    "webhook",
                    &format!(
                        "Meta did not take {}: {}. It must be reachable over https from outside.",
                        self.url, outcome.message
                    ),
                ));
                return Ok(findings);
            }
        }
        let is_there = self.apps()?.iter().any(|app| app["override_callback_uri"] == self.url);
        findings.push(if is_there {
            ours(Finding::made)
        } else {
            Finding::wrong("webhook", "Meta took the address and does not name it: look again in a minute.")
        });
        Ok(findings)
    }

    fn takes_address(&self, step: &str) -> Result<Value, Outcome> {
        let body = json!({ "override_callback_uri": self.url, "verify_token": secret("verify_token") });
        let request = self.api.post(&self.path(), &body, step).secret_in_body("/verify_token", "verify_token");
        Ok(self.api.answer(&request)?)
    }

    fn post(&self, body: &Value, step: &str) -> Result<Value, Outcome> {
        Ok(self.api.answer(&self.api.post(&self.path(), body, step))?)
    }

    fn path(&self) -> String {
        format!("{}/subscribed_apps", self.waba)
    }

    fn apps(&self) -> Result<Vec<Value>, Outcome> {
        let mut told = self.api.get(&self.path())?;
        Ok(told["data"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    fn templates(&self, settings: &Settings) -> Result<Vec<Finding>, Outcome> {
        if settings.templates.is_empty() {
            let why = "No template is set, so nobody can be told anything 24 hours after they last wrote. Enter at least those for \
                       `link` and `paid`.";
            return Ok(vec![Finding::missing("templates", why)]);
        }
        let mut findings = Vec::new();
        for (purpose, template) in &settings.templates {
            let path = format!("{}/message_templates?name={}&limit=100", self.waba, template.name);
            let name = format!("template-{purpose}");
            match self.api.get(&path).map_err(Outcome::from) {
                Ok(told) => findings.push(judged(&name, template, &told["data"])),
                Err(outcome) if is_passing(&outcome) => return Err(outcome),
                Err(outcome) => {
                    findings.push(refused("templates", &outcome));
                    break;
                }
            }
        }
        Ok(findings)
    }
}

fn ours(found: impl FnOnce(&str, &str) -> Finding) -> Finding {
    let why =
        "Meta sends what happens to this installation. In the app's webhook settings the field `messages` must be on.";
    found("webhook", why)
}

fn refused(name: &str, outcome: &Outcome) -> Finding {
    let why = format!(
        "Meta refused to show or set this: {}. The token needs whatsapp_business_management and access to the account `waba_id`.",
        outcome.message
    );
    Finding::wrong(name, &why)
}

/// The first thing that is wrong with a template, in any of its languages.
fn judged(name: &str, template: &Template, all: &Value) -> Finding {
    let listed = || all.as_array().into_iter().flatten().filter(|known| known["name"] == template.name.as_str());
    for code in template.languages.values() {
        let called = format!("`{}` in `{code}`", template.name);
        let Some(known) = listed().find(|known| known["language"] == code.as_str()) else {
            return Finding::missing(name, &format!("There is no template {called}: make it in WhatsApp Manager."));
        };
        let status = plain(known["status"].as_str().unwrap_or_default(), 40);
        if status != "APPROVED" {
            return Finding::wrong(name, &format!("The template {called} cannot be sent: it is {status}."));
        }
        if let Some(fault) = fault(template, known) {
            return Finding::wrong(name, &format!("The template {called} {fault}."));
        }
    }
    Finding::ok(name, &format!("The template `{}` can be sent.", template.name))
}

fn fault(template: &Template, known: &Value) -> Option<String> {
    if known["parameter_format"] == "NAMED" {
        return Some("has named variables: make them numbers".to_owned());
    }
    let components = known["components"].as_array()?;
    let of_type = |kind: &str| components.iter().find(|component| component["type"] == kind);
    let body = of_type("BODY").and_then(|body| body["text"].as_str()).unwrap_or_default();
    let wanted = (1..=20).take_while(|number| body.contains(&format!("{{{{{number}}}}}"))).count();
    if wanted != template.body.len() {
        return Some(format!("has {wanted} variables in its body, and the settings name {}", template.body.len()));
    }
    let buttons = of_type("BUTTONS").map_or(&Value::Null, |component| &component["buttons"]);
    let ends = |button: &Value| button["url"].as_str().is_some_and(|url| url.ends_with("{{1}}"));
    let variable = ends(&buttons[0]);
    if variable != template.button {
        let says = if template.button {
            "has no button whose address ends in {{1}}"
        } else {
            "has a button whose address ends in {{1}}"
        };
        return Some(format!("{says}, and the settings say otherwise"));
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::settings;
    use kamurj_chat::Purpose;
    use serde_json::Value;

    #[test]
    fn the_schema_has_a_template_for_every_purpose_but_talk() {
        let schema: Value = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
        let named = schema["properties"]["templates"]["properties"].as_object().expect("properties");
        let purposes: Vec<&str> =
            Purpose::ALL.iter().map(|purpose| purpose.word()).filter(|word| *word != "talk").collect();
        let mut named: Vec<&str> = named.keys().map(String::as_str).collect();
        named.sort_unstable();
        let mut expected = purposes;
        expected.sort_unstable();
        assert_eq!(named, expected);
        for value in schema["$defs"]["template"]["properties"]["body"]["items"]["enum"].as_array().expect("values") {
            serde_json::from_value::<settings::Value>(value.clone()).expect("a value that the code knows");
        }
    }
}
