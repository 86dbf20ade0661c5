//! Finds out whether the account can be worked with, makes the payment fields, and subscribes to what happens to leads. Everything that
//! was made is read back. It must not touch a lead.

use kamurj_sdk::{Finding, Host, Outcome, Wish, plain};
use serde_json::{Value, json};

use crate::account::Account;
use crate::api::embedded;
use crate::fields::FIELDS;
use crate::hook::ROUTE;
use crate::pipelines::missing;
use crate::refusal::Refused;
use crate::settings::Settings;

const SECRET: &str = "hook_secret";
/// What the account tells of leads.
const SUBSCRIBED: [&str; 3] = ["add_lead", "status_lead", "update_lead"];
/// Pages of fifty custom fields that are looked through.
const PAGES: u32 = 8;

/// Whether the access works, whose it is, and whether what the settings name is there. Missing fields are no obstacle here: the set-up
/// makes them once the installation is active.
pub(crate) fn check(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    let account = Account::new(host, settings);
    let whose = account.who()?;
    if needs_pipelines(settings)
        && let Some(wrong) = missing(settings, &account.pipelines()?)
    {
        return Err(Outcome::bad_request("stage", &wrong));
    }
    account.check_person()?;
    account.check_invoices()?;
    let lacking = account.lacking()?;
    let mut outcome = Outcome::done();
    outcome.message = if lacking.is_empty() {
        format!("Connected to {whose}; the payment fields are there")
    } else {
        format!("Connected to {whose}; {} of the payment fields are missing: run the set-up", lacking.len())
    };
    Ok(outcome)
}

/// Makes what is missing, or only looks.
pub(crate) fn connect(host: &impl Host, settings: &Settings, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let account = Account::new(host, settings);
    let whose = account.who()?;
    let mut findings = vec![Finding::ok("account", &format!("This is {whose}."))];
    if needs_pipelines(settings) {
        findings.push(match missing(settings, &account.pipelines()?) {
            None => Finding::ok("stages", "Every stage of the settings is there."),
            Some(wrong) => Finding::wrong("stages", &format!("{wrong}.")),
        });
    }
    findings.push(account.make_fields(wish.only_look).or_else(|refused| told("fields", refused))?);
    findings.push(account.subscribe(wish).or_else(|refused| told("webhook", refused))?);
    Ok(findings)
}

fn needs_pipelines(settings: &Settings) -> bool {
    settings.pipeline_id.is_some() || !settings.named_stages().is_empty()
}

/// A refusal as a finding. What may pass, or stands before everything, ends the set-up.
fn told(name: &str, refused: Refused) -> Result<Finding, Outcome> {
    let outcome = Outcome::from(refused);
    if matches!(outcome.kind.as_str(), "retry" | "ambiguous") || outcome.code == "401" {
        return Err(outcome);
    }
    Ok(Finding::wrong(name, &format!("{}. Only an administrator's access can set this up.", outcome.message)))
}

/// How the account has a payment field that it lacks.
enum Lacking {
    /// Not at all.
    Absent(&'static str),
    /// As one that holds something else.
    OfAnotherKind(&'static str),
}

impl Lacking {
    fn code(&self) -> &'static str {
        match self {
            Self::Absent(code) | Self::OfAnotherKind(code) => code,
        }
    }
}

impl<H: Host> Account<'_, H> {
    /// Whose account this is and as whom it is used, in words.
    fn who(&self) -> Result<String, Outcome> {
        let account = match self.api.get("account") {
            Err(Refused::Missing(_)) => Value::Null,
            other => other?,
        };
        let Some(id) = account["id"].as_u64() else {
            let message = format!("No {} account answers at {}: check `account`", self.brand(), self.settings.origin());
            return Err(Outcome::bad_request("account", &message));
        };
        let wanted = self.settings.account_id.as_deref().map(str::trim).filter(|wanted| !wanted.is_empty());
        if let Some(wanted) = wanted.filter(|wanted| **wanted != id.to_string()) {
            let message = format!("`account_id` says {wanted}, and the account at `account` is {id}: enter that one");
            return Err(Outcome::bad_request("account-id", &message));
        }
        let name = plain(account["name"].as_str().unwrap_or_default(), 80);
        let mut whose = format!("{name}, account {id} of {}", self.brand());
        if let Some(person) = account["current_user_id"].as_u64() {
            // Only an administrator may read people; the access may be another's.
            if let Ok(person) = self.api.get(&format!("users/{person}")) {
                let name = plain(person["name"].as_str().unwrap_or_default(), 80);
                if !name.is_empty() {
                    whose = format!("{whose}, as {name}");
                }
            }
        }
        let own = account["currency"].as_str().unwrap_or_default();
        if let Some(entered) = self.settings.currency.as_deref().filter(|entered| *entered != own && !own.is_empty()) {
            whose = format!("{whose}, with prices read as {entered} though they are in {}", plain(own, 8));
        }
        Ok(whose)
    }

    fn check_person(&self) -> Result<(), Outcome> {
        let tasks = self.settings.crm.tasks.as_ref();
        let Some(id) = tasks.and_then(|tasks| tasks.responsible.as_deref()).filter(|id| !id.trim().is_empty()) else {
            return Ok(());
        };
        let is_there = match self.api.get(&format!("users/{}", id.trim())) {
            Err(Refused::Missing(_)) => false,
            other => other?["id"].is_u64(),
        };
        if is_there {
            return Ok(());
        }
        let message =
            format!("`tasks.responsible` names the person {}, who is not there: choose another one", plain(id, 40));
        Err(Outcome::bad_request("responsible", &message))
    }

    fn check_invoices(&self) -> Result<(), Outcome> {
        if !self.settings.mark_invoices {
            return Ok(());
        }
        let mut answer = self.api.get("catalogs?filter%5Btype%5D=invoices")?;
        // The filter may not be looked at.
        if embedded(&mut answer, "catalogs").iter().any(|list| list["type"] == "invoices") {
            return Ok(());
        }
        let message = "`mark_invoices` is on, and the account has no list of invoices: make it, or switch this off";
        Err(Outcome::bad_request("invoices", message))
    }

    fn lacking(&self) -> Result<Vec<Lacking>, Refused> {
        let there = self.api.pages("leads/custom_fields", "custom_fields", 50, PAGES)?;
        let lack = |field: &crate::fields::Field| match there.iter().find(|known| known["code"] == field.code) {
            None => Some(Lacking::Absent(field.code)),
            Some(known) if known["type"] != field.kind => Some(Lacking::OfAnotherKind(field.code)),
            Some(_) => None,
        };
        Ok(FIELDS.iter().filter_map(lack).collect())
    }

    fn make_fields(&self, only_look: bool) -> Result<Finding, Refused> {
        let lacking = self.lacking()?;
        let named = |lacking: &[Lacking]| lacking.iter().map(Lacking::code).collect::<Vec<_>>().join(", ");
        let wrong: Vec<Lacking> = lacking
            .iter()
            .filter_map(|lacking| match lacking {
                Lacking::OfAnotherKind(code) => Some(Lacking::OfAnotherKind(code)),
                Lacking::Absent(_) => None,
            })
            .collect();
        if !wrong.is_empty() {
            let message = format!(
                "Fields of leads with the codes {} hold something else: give those another code, then set it up again.",
                named(&wrong)
            );
            return Ok(Finding::wrong("fields", &message));
        }
        if lacking.is_empty() {
            return Ok(Finding::ok("fields", "The payment fields of leads are there."));
        }
        if only_look {
            let message = format!("Payment fields of leads are missing: {}. Set it up.", named(&lacking));
            return Ok(Finding::missing("fields", &message));
        }
        let language = self.settings.language();
        let new = FIELDS.iter().filter(|field| lacking.iter().any(|lacking| lacking.code() == field.code));
        let new: Vec<Value> = new
            .map(|field| {
                json!({ "name": field.name(language), "type": field.kind, "code": field.code, "is_api_only": true })
            })
            .collect();
        match self.api.post("leads/custom_fields", &Value::Array(new), "make-fields") {
            // Whether they were made is read in any case.
            Ok(_) | Err(Refused::Lost(_)) => {}
            Err(refused) => return Err(refused),
        }
        let lacking = self.lacking()?;
        Ok(if lacking.is_empty() {
            Finding::made("fields", "The payment fields of leads were made.")
        } else {
            let message = format!("Payment fields of leads are still missing: {}. Set it up again.", named(&lacking));
            Finding::missing("fields", &message)
        })
    }

    fn subscribe(&self, wish: &Wish) -> Result<Finding, Refused> {
        let asks = self.settings.crm.requests.as_ref().is_some_and(|requests| !requests.stages.is_empty());
        if !asks {
            return Ok(Finding::ok("webhook", "No stage asks for payments, so no messages are needed."));
        }
        let Some(address) = wish.addresses.iter().find(|address| address.path == ROUTE) else {
            return Ok(Finding::wrong("webhook", "The host named no address for messages."));
        };
        if !self.host.has_secret(SECRET) {
            let message = "Leads ask for payments by messages, whose address ends in a secret: enter `hook_secret`.";
            return Ok(Finding::missing("webhook", message));
        }
        let ok = "The account tells this installation what happens to leads.";
        let before = self.subscription(&address.url)?;
        match (&before, wish.only_look) {
            (Subscription::Whole, _) => return Ok(Finding::ok("webhook", ok)),
            (Subscription::None, true) => {
                let message = "The account tells this installation nothing of leads: set it up.";
                return Ok(Finding::missing("webhook", message));
            }
            (Subscription::Wrong(why), true) => return Ok(Finding::wrong("webhook", why)),
            (Subscription::None | Subscription::Wrong(_), false) => {}
        }
        let body = json!({ "destination": address.url, "settings": SUBSCRIBED });
        let request = self.api.request("webhooks", &body, "subscribe").secret_in_body("/destination", SECRET);
        match self.api.change(request) {
            Ok(_) | Err(Refused::Lost(_)) => {}
            Err(refused) => return Err(refused),
        }
        Ok(match self.subscription(&address.url)? {
            Subscription::Whole => Finding::made("webhook", ok),
            Subscription::Wrong(why) => Finding::wrong("webhook", &why),
            Subscription::None => {
                Finding::wrong("webhook", "The account took the address and does not name it: look again in a minute.")
            }
        })
    }

    fn subscription(&self, url: &str) -> Result<Subscription, Refused> {
        let mut answer = self.api.get("webhooks")?;
        let hooks = embedded(&mut answer, "webhooks");
        let Some((ours, _)) = url.split_once("{{secret:") else { return Ok(Subscription::None) };
        // The host blackens the secret in what comes back, so that ours is known by the mark in its place.
        let mark = format!("[secret {SECRET}]");
        let end = |hook: &Value| hook["destination"].as_str()?.strip_prefix(ours).map(str::to_owned);
        let Some(hook) = hooks.iter().find(|hook| end(hook).is_some_and(|end| end == mark)) else {
            let older = hooks.iter().any(|hook| end(hook).is_some());
            let why = "The account calls this installation with an older secret: set it up, and remove the older address there.";
            return Ok(if older { Subscription::Wrong(why.to_owned()) } else { Subscription::None });
        };
        if hook["disabled"] == true {
            let why = "The account has switched its messages off, because too many did not arrive: set it up again.";
            return Ok(Subscription::Wrong(why.to_owned()));
        }
        let named = hook["settings"].as_array().map(Vec::as_slice).unwrap_or_default();
        let lacking: Vec<&str> =
            SUBSCRIBED.into_iter().filter(|name| !named.iter().any(|known| known == name)).collect();
        Ok(if lacking.is_empty() {
            Subscription::Whole
        } else {
            Subscription::Wrong(format!("The account does not tell {}: set it up again.", lacking.join(", ")))
        })
    }
}

/// How the account calls this installation.
enum Subscription {
    Whole,
    None,
    Wrong(String),
}
