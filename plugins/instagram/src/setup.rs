//! Makes the account tell this installation what happens in its chat, and finds out what is missing: token, subscription, address, the
//! question that begins a chat. It must not send messages.

use kamurj_graph::{Callback, Graph, Subscription};
use kamurj_sdk::{Finding, Host, Outcome, Wish, plain};
use serde_json::{Value, json};

use crate::ROUTE;
use crate::settings::{Settings, Variant};

/// What the app has to be told of the account.
const FIELDS: [&str; 3] = ["messages", "messaging_postbacks", "messaging_referral"];
/// What the page is subscribed with where the account is reached by one: the page's own words, of which these two are the account's too.
const PAGE_FIELDS: [&str; 2] = ["messages", "messaging_postbacks"];

/// Whether Meta takes the token, and whose account it is.
pub(crate) fn check(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    let name = account(&graph(host, settings), settings)?;
    let mut outcome = Outcome::done();
    outcome.message = format!("Connected as {name}");
    Ok(outcome)
}

/// Sets up what is not as it should be, or only looks.
pub(crate) fn connect(host: &impl Host, settings: &Settings, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let graph = graph(host, settings);
    let mut findings = vec![Finding::ok("token", &format!("The token is {}'s.", account(&graph, settings)?))];
    let Some(address) = wish.addresses.iter().find(|address| address.path == ROUTE) else {
        return Err(Outcome::bad_request("no-route", "the host named no address for events"));
    };
    let by_page = settings.variant == Variant::Page;
    let app = settings.app_id.as_deref();
    let fields: &[&str] = if by_page { &PAGE_FIELDS } else { &FIELDS };
    let subscription = Subscription { account: settings.node(), fields, app };
    findings.push(subscription.connect(&graph, wish.only_look)?);
    // Whether graph.instagram.com always has the call for this is not confirmed: a refusal tells what to enter by hand.
    let secrets = ("app_secret", "verify_token");
    let callback = Callback { app, object: "instagram", fields: &FIELDS, url: &address.url, secrets };
    findings.push(callback.connect(&graph, wish.only_look));
    if let Some(question) = &settings.ice_breaker {
        findings.push(ice_breaker(&graph, settings, question, wish.only_look)?);
    }
    Ok(findings)
}

fn graph<'a, H: Host>(host: &'a H, settings: &Settings) -> Graph<'a, H> {
    Graph::new(host, &settings.api_base, &settings.version, "access_token")
}

/// The account's name, if the token is this account's.
fn account<H: Host>(graph: &Graph<'_, H>, settings: &Settings) -> Result<String, Outcome> {
    let text = |value: &Value, most: usize| plain(value.as_str().unwrap_or_default(), most);
    let (setting, expected, id, name) = match settings.variant {
        Variant::Instagram => {
            let me = graph.ask("me?fields=user_id,username")?;
            (
                "account_id",
                settings.account_id.as_str(),
                text(&me["user_id"], 32),
                format!("@{}", text(&me["username"], 64)),
            )
        }
        Variant::Page => {
            let me = graph.ask("me?fields=id,name,instagram_business_account")?;
            let linked = text(&me["instagram_business_account"]["id"], 32);
            if !linked.is_empty() && linked != settings.account_id {
                let wrong =
                    format!("the page's Instagram account is {linked}, and `account_id` says {}", settings.account_id);
                return Err(Outcome::bad_request("account_id", &wrong));
            }
            ("page_id", settings.node(), text(&me["id"], 32), format!("the page {}", text(&me["name"], 80)))
        }
    };
    if id == expected {
        return Ok(name);
    }
    let wrong = format!(
        "`access_token` belongs to {name} ({id}), and `{setting}` says {expected}: enter the token of that account"
    );
    Err(Outcome::bad_request(setting, &wrong))
}

/// The question that new visitors may press.
fn ice_breaker<H: Host>(
    graph: &Graph<'_, H>,
    settings: &Settings,
    question: &str,
    only_look: bool,
) -> Result<Finding, Outcome> {
    let path = format!("{}/messenger_profile", settings.node());
    let profile = graph.ask(&format!("{path}?platform=instagram&fields=ice_breakers"))?;
    if profile["data"].to_string().contains(&json!(question).to_string()) {
        return Ok(Finding::ok("ice-breaker", "New visitors are offered the question that is entered."));
    }
    if only_look {
        return Ok(Finding::missing("ice-breaker", "New visitors are not offered the question that is entered."));
    }
    let action = json!({ "question": question, "payload": "menu" });
    let breakers = json!([{ "call_to_actions": [action], "locale": "default" }]);
    let body = json!({ "platform": "instagram", "ice_breakers": breakers });
    Ok(match graph.call(&path, &body, "ice-breaker").map_err(Outcome::from) {
        Ok(_) => Finding::made("ice-breaker", "New visitors are now offered the question that is entered."),
        Err(refused) => Finding::wrong("ice-breaker", &format!("Meta refused the question: {}", refused.message)),
    })
}
