//! The set-up: makes the payment fields, subscribes a connected app to events, and says what an administrator still has to do by hand.
//! It must not read or write any record.

use kamurj_crm::Trouble;
use kamurj_sdk::{Finding, Host, Outcome, Wish};
use serde_json::{Value, json};

use crate::access::Access;
use crate::check::{kinds, missing_fields, who, wrong_stage};
use crate::events::{APP_EVENT, BUTTON, EVENT, WANTED};
use crate::fields::Field;
use crate::kind::Kind;
use crate::rest::Rest;
use crate::settings::Settings;
use crate::{funnels, refusal};

/// The secret in the addresses that this plugin gives away.
const HOOK: &str = "hook_secret";

/// Does it, or only looks.
pub(crate) fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let settings = Settings::read(host)?;
    let rest = Rest::new(host, &settings, 1)?;
    // Without a way in nothing can be found out.
    let who = who(&rest)?;
    let mut findings = vec![Finding::ok("access", &format!("The portal lets us in as {who}."))];
    let setup = Setup { host, rest, settings: &settings, wish };
    findings.push(setup.stages()?);
    for kind in kinds(&settings) {
        findings.push(setup.fields(*kind)?);
    }
    if settings.crm.requests.is_some() {
        findings.extend(setup.events()?);
        findings.push(setup.button());
    }
    Ok(findings)
}

struct Setup<'a, H> {
    host: &'a H,
    rest: Rest<'a, H>,
    settings: &'a Settings,
    wish: &'a Wish,
}

/// A finding for a refusal; an outcome for passing trouble.
fn refused(name: &str, trouble: Trouble, fix: &str) -> Result<Finding, Outcome> {
    let is_passing = refusal::is_passing(&trouble);
    let outcome = Outcome::from(trouble);
    if is_passing { Err(outcome) } else { Ok(Finding::wrong(name, &format!("{} {fix}", outcome.message))) }
}

impl<H: Host> Setup<'_, H> {
    fn stages(&self) -> Result<Finding, Outcome> {
        match funnels::read(&self.rest, kinds(self.settings)) {
            Ok(funnels) => Ok(match wrong_stage(self.settings, &funnels) {
                None => Finding::ok("stages", "Every stage and funnel of the settings is there."),
                Some(wrong) => Finding::wrong("stages", &format!("{}: choose another.", wrong.message)),
            }),
            Err(trouble) => {
                refused("stages", trouble, "The funnels could not be read: give the webhook the right CRM.")
            }
        }
    }

    fn fields(&self, kind: Kind) -> Result<Finding, Outcome> {
        let name = match kind {
            Kind::Deal => "deal-fields",
            Kind::Invoice => "invoice-fields",
        };
        let fix = match kind {
            Kind::Deal => "An administrator of the CRM has to run this, or make the fields by hand.",
            Kind::Invoice => {
                "An administrator has to run this with the right userfieldconfig, or make the fields by hand."
            }
        };
        let missing = match missing_fields(&self.rest, kind) {
            Ok(missing) => missing,
            Err(trouble) => return refused(name, trouble, fix),
        };
        if missing.is_empty() {
            return Ok(Finding::ok(name, &format!("Each {} has its payment fields.", kind.word())));
        }
        if self.wish.only_look {
            let why = format!("Each {} lacks {}: set it up.", kind.word(), listed(&missing, kind));
            return Ok(Finding::missing(name, &why));
        }
        match self.make(kind, &missing) {
            Ok(()) => {}
            Err(trouble) => return refused(name, trouble, fix),
        }
        Ok(match missing_fields(&self.rest, kind) {
            Ok(left) if left.is_empty() => {
                Finding::made(name, &format!("Each {} has its payment fields now.", kind.word()))
            }
            Ok(left) => Finding::wrong(name, &format!("The portal did not make {}. {fix}", listed(&left, kind))),
            Err(trouble) => return refused(name, trouble, fix),
        })
    }

    /// Makes these fields, in one request. The first that is refused says why.
    fn make(&self, kind: Kind, missing: &[&'static Field]) -> Result<(), Trouble> {
        let language = self.settings.crm.language();
        let call = |field: &&'static Field| {
            let (name, label) = (field.name(kind), field.label(language));
            match kind {
                Kind::Deal => {
                    let fields = json!({
                        "FIELD_NAME": name, "USER_TYPE_ID": field.holds, "XML_ID": name, "LABEL": label,
                        "EDIT_FORM_LABEL": label, "LIST_COLUMN_LABEL": label, "SHOW_FILTER": "Y",
                    });
                    (field.code, "crm.deal.userfield.add", json!({ "fields": fields }))
                }
                Kind::Invoice => {
                    let label = json!({ language.tag(): label, "en": field.label(kamurj_sdk::Language::En) });
                    let field_of = json!({
                        "entityId": "CRM_SMART_INVOICE", "fieldName": name, "userTypeId": field.holds, "xmlId": name,
                        "editFormLabel": label,
                    });
                    (field.code, "userfieldconfig.add", json!({ "moduleId": "crm", "field": field_of }))
                }
            }
        };
        let calls: Vec<_> = missing.iter().map(call).collect();
        let step = match kind {
            Kind::Deal => "make-deal-fields",
            Kind::Invoice => "make-invoice-fields",
        };
        let mut made = self.rest.change_all(&calls, step)?;
        made.drain(..).find_map(Result::err).map_or(Ok(()), Err)
    }

    fn address(&self, path: &str) -> Result<&str, Outcome> {
        let address = self.wish.addresses.iter().find(|address| address.path == path);
        let missing = || Outcome::bad_request("no-route", &format!("the host named no address for `{path}`"));
        address.map(|address| address.url.as_str()).ok_or_else(missing)
    }

    fn events(&self) -> Result<Vec<Finding>, Outcome> {
        match self.rest.access() {
            Access::App => self.subscriptions(),
            Access::Webhook(_) => Ok(vec![self.outgoing()?]),
        }
    }

    /// A webhook may neither subscribe nor see who is subscribed.
    fn outgoing(&self) -> Result<Finding, Outcome> {
        let url = self.address(EVENT)?;
        let how = format!(
            "In the portal make an outgoing webhook (Developer resources > Other) to {url} for {}",
            wanted(self.settings).join(", ")
        );
        if self.host.has_secret("application_token") {
            return Ok(Finding::unknown("events", &format!("Whether events come cannot be seen from here. {how}.")));
        }
        let why = format!(
            "{how}, and enter the token that it shows as `application_token`. Until then records are looked at every ten minutes."
        );
        Ok(Finding::missing("events", &why))
    }

    fn subscriptions(&self) -> Result<Vec<Finding>, Outcome> {
        if !self.host.has_secret(HOOK) {
            let why = format!("Enter `{HOOK}`, a long random text: it proves the portal's events.");
            return Ok(vec![Finding::missing("events", &why)]);
        }
        let url = self.address(APP_EVENT)?;
        let fix = "The app needs the right CRM.";
        let mut left = match self.unsubscribed(url) {
            Ok(left) => left,
            Err(trouble) => return Ok(vec![refused("events", trouble, fix)?]),
        };
        if left.is_empty() {
            return Ok(vec![Finding::ok("events", "The portal sends its events here.")]);
        }
        if self.wish.only_look {
            let why = format!("The portal does not send {} here: set it up.", left.join(", "));
            return Ok(vec![Finding::missing("events", &why)]);
        }
        for event in &left {
            let body = json!({ "event": event, "handler": url });
            let step = format!("bind.{}", event.to_ascii_lowercase());
            if let Err(trouble) = self.rest.change_with("event.bind", &body, ("/handler", HOOK), &step) {
                return Ok(vec![refused("events", trouble, fix)?]);
            }
        }
        left = match self.unsubscribed(url) {
            Ok(left) => left,
            Err(trouble) => return Ok(vec![refused("events", trouble, fix)?]),
        };
        Ok(vec![if left.is_empty() {
            Finding::made("events", "The portal sends its events here now.")
        } else {
            Finding::wrong(
                "events",
                &format!("The portal took {} and does not name them: look again.", left.join(", ")),
            )
        }])
    }

    /// The events that do not come to this address. Its secret is the host's alone, so that only what stands before it is compared.
    fn unsubscribed(&self, url: &str) -> Result<Vec<&'static str>, Trouble> {
        let bound = self.rest.read("event.get", &json!({}))?;
        let before = url.split("{{").next().unwrap_or(url);
        let is_bound = |event: &str| {
            let is_it = |known: &Value| {
                known["event"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(event))
                    && known["handler"].as_str().is_some_and(|handler| handler.starts_with(before))
            };
            bound.as_array().into_iter().flatten().any(is_it)
        };
        Ok(wanted(self.settings).into_iter().filter(|event| !is_bound(event)).collect())
    }

    fn button(&self) -> Finding {
        if self.host.has_secret(HOOK) {
            return Finding::ok(
                "button",
                "Robots of the kind \"Outgoing webhook\" may post to the address of `button`.",
            );
        }
        let why = format!(
            "For a button enter `{HOOK}`, and post to the address of `{BUTTON}` from a robot \"Outgoing webhook\"."
        );
        Finding::unknown("button", &why)
    }
}

/// The events of the kinds that the settings work with.
fn wanted(settings: &Settings) -> Vec<&'static str> {
    let has_invoices = settings.has_invoices();
    WANTED.into_iter().filter(|event| has_invoices || !event.starts_with("ONCRMDYNAMIC")).collect()
}

fn listed(fields: &[&'static Field], kind: Kind) -> String {
    fields.iter().map(|field| field.name(kind)).collect::<Vec<_>>().join(", ")
}
