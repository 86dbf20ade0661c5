//! Makes the page tell this installation what happens in its chat, and finds out what is missing: token, subscription, address, the
//! button that begins a chat, templates. It must not send messages.

use kamurj_graph::{Callback, Graph, Subscription};
use kamurj_sdk::{Finding, Host, Outcome, Wish, plain};
use serde_json::{Value, json};

use crate::ROUTE;
use crate::settings::Settings;
use crate::templates;

/// What the plugin listens to.
const FIELDS: [&str; 4] = ["messages", "messaging_postbacks", "messaging_referrals", "message_echoes"];

/// Whether Meta takes the token, and whose page it is.
pub(crate) fn check(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    let name = page(&graph(host, settings), settings)?;
    let mut outcome = Outcome::done();
    outcome.message = format!("Connected as the page {name}");
    Ok(outcome)
}

/// Sets up what is not as it should be, or only looks.
pub(crate) fn connect(host: &impl Host, settings: &Settings, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let graph = graph(host, settings);
    let mut findings = vec![Finding::ok("token", &format!("The token is the page {}'s.", page(&graph, settings)?))];
    let Some(address) = wish.addresses.iter().find(|address| address.path == ROUTE) else {
        return Err(Outcome::bad_request("no-route", "the host named no address for events"));
    };
    let app = settings.app_id.as_deref();
    let subscription = Subscription { account: &settings.page_id, fields: &FIELDS, app };
    findings.push(subscription.connect(&graph, wish.only_look)?);
    let secrets = ("app_secret", "verify_token");
    let callback = Callback { app, object: "page", fields: &FIELDS, url: &address.url, secrets };
    findings.push(callback.connect(&graph, wish.only_look));
    findings.push(get_started(&graph, settings, wish.only_look)?);
    let pages = pages(settings, &address.url);
    findings.extend(templates::stand(&graph, settings, (&pages, wish.only_look)));
    Ok(findings)
}

fn graph<'a, H: Host>(host: &'a H, settings: &Settings) -> Graph<'a, H> {
    Graph::new(host, &settings.api_base, &settings.version, "page_token")
}

/// The page's name, if the token is this page's.
fn page<H: Host>(graph: &Graph<'_, H>, settings: &Settings) -> Result<String, Outcome> {
    let page = graph.ask("me?fields=id,name")?;
    let (id, name) = (page["id"].as_str().unwrap_or_default(), plain(page["name"].as_str().unwrap_or_default(), 80));
    if id == settings.page_id {
        return Ok(name);
    }
    let text = format!(
        "`page_token` belongs to {name} ({}), and `page_id` says {}: enter the token of that page",
        plain(id, 32),
        settings.page_id
    );
    Err(Outcome::bad_request("page_id", &text))
}

/// New customers begin by a button, without which links with `ref` tell nothing in a new chat.
fn get_started<H: Host>(graph: &Graph<'_, H>, settings: &Settings, only_look: bool) -> Result<Finding, Outcome> {
    let path = format!("{}/messenger_profile", settings.page_id);
    let profile = graph.ask(&format!("{path}?fields=get_started"))?;
    let is_there = |part: &Value| part["get_started"]["payload"].as_str().is_some_and(|payload| !payload.is_empty());
    if profile["data"].as_array().is_some_and(|parts| parts.iter().any(is_there)) {
        return Ok(Finding::ok("get-started", "The page has a Get Started button."));
    }
    if only_look {
        let text = "The page has no Get Started button, so links with ?ref= tell nothing in a new chat.";
        return Ok(Finding::missing("get-started", text));
    }
    let body = json!({ "get_started": { "payload": "menu" } });
    Ok(match graph.call(&path, &body, "get-started").map_err(Outcome::from) {
        Ok(_) => Finding::made("get-started", "New chats now begin with a Get Started button."),
        Err(refused) => {
            Finding::wrong("get-started", &format!("Meta refused the Get Started button: {}", refused.message))
        }
    })
}

/// The address that payments' pages begin with: beside the routes' own, unless the settings name another.
fn pages(settings: &Settings, url: &str) -> String {
    let own = url.split_once("/hooks/").map_or(url, |(own, _)| own);
    settings.pages.clone().unwrap_or_else(|| format!("{own}/p/"))
}
