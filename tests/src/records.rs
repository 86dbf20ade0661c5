//! What is recorded of plugins, as the API shows it, and the probing guest beside the doubles: short ways for stories.

use crate::World;
use crate::integrator::{Answer, link, order};
use crate::links::{posts, reads};
use crate::plugins::hostile;
use crate::world::canary;
use kamurj_server::install::Installed;
use kamurj_store::installations::{self, Installation};
use serde_json::{Value, json};

/// The runs of an installation, the newest first.
pub async fn runs(world: &World, installation: &str) -> Vec<Value> {
    let answer = reads(world, &format!("/v1/installations/{installation}/runs?limit=200")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["runs"].as_array().expect("a list").clone()
}

/// The deliveries by this query, such as `state=failed`, the newest first.
pub async fn deliveries(world: &World, query: &str) -> Vec<Value> {
    let answer = reads(world, &format!("/v1/deliveries?limit=200&{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["deliveries"].as_array().expect("a list").clone()
}

/// One delivery with its runs and their calls.
pub async fn delivery(world: &World, id: &str) -> Value {
    let answer = reads(world, &format!("/v1/deliveries/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Replays a delivery's last run.
pub async fn replays(world: &World, id: &str) -> Value {
    let answer = posts(world, &format!("/v1/deliveries/{id}/replay"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// How often each double was called, all calls together.
pub fn calls_outside(world: &World) -> [usize; 3] {
    let sandbox = &world.sandbox;
    [sandbox.telegram.view().calls.len(), sandbox.bitrix24.view().calls.len(), sandbox.bank.view().calls.len()]
}

/// Installs the probing guest, which does this script beside the portal whenever a payment of its chat is paid.
pub async fn probe(world: &World, script: &Value) -> Installed {
    let with = json!({
        "settings": { "api_base": world.sandbox.bitrix24_url, "script": script },
        "secrets": { "token": canary("portal secret") },
    });
    world.installs(hostile("probing"), with).await
}

/// Switches the merchant's Bitrix24 off, so that nobody but the probing guest calls the portal.
pub async fn without_bitrix24(world: &World) {
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    let installed = installations::by_id(&mut tx, &world.bitrix24).await.expect("a read").expect("it is installed");
    installations::put(&mut tx, &Installation { active: false, ..installed }, app.now()).await.expect("a write");
    tx.commit().await.expect("a commit");
}

/// A paid order of the probing guest's chat, of which it has not been told yet; answers the payment's id.
pub async fn paid_in_the_probes_chat(world: &mut World, order_id: &str) -> String {
    let mut body = order(order_id, "12500");
    body["channel"] = json!({ "plugin": "probing", "conversation": "1" });
    let made: Answer = world.creates(&body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    world.pays(&link(&made.body)).await;
    made.body["id"].as_str().expect("an id").to_owned()
}

/// A call of the portal, as a script's request: a read, or an effect with this name.
pub fn portal(world: &World, method: &str, body: &Value, step: Option<&str>) -> Value {
    json!({
        "do": "send", "method": "POST", "step": step, "body": body.to_string(),
        "url": format!("{}/rest/1/{{{{secret:token}}}}/{method}", world.sandbox.bitrix24_url),
        "headers": [["content-type", "application/json"]], "slots": [["token", "path", ""]],
    })
}

/// Making a deal with this origin, under its own name as a step.
pub fn adds_deal(world: &World, origin: &str) -> Value {
    let fields = json!({ "title": origin, "originatorId": "probe", "originId": origin });
    portal(world, "crm.item.add", &json!({ "entityTypeId": 2, "fields": fields }), Some(origin))
}

/// Origins of the deals that the probing guest made, sorted.
pub fn probed_deals(world: &World) -> Vec<String> {
    let deals = world.sandbox.bitrix24.view().deals;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of_probe = deals.iter().filter(|deal| deal.fields.get("originatorId").map(text).as_deref() == Some("probe"));
    let mut origins: Vec<String> = of_probe.filter_map(|deal| deal.fields.get("originId").map(text)).collect();
    origins.sort();
    origins
}
