//! The portal's board: what people do there by request, and what the page may do.

use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::World;

#[tokio::test]
async fn everything_people_do_can_be_done_by_request() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let deal = json!({"act": "add_deal", "title": "Cake", "amount": "12500", "contact": 1, "rows": [{"name": "Napoleon", "price": 12500}]});
    for (act, answer) in [
        (json!({"act": "add_contact", "name": "Ani", "phone": "+37491000001", "email": ""}), json!({"id": 1})),
        (deal, json!({"id": 1})),
        (
            json!({"act": "set_webhook", "url": receiver.url, "application_token": "t", "events": ["ONCRMDEALUPDATE"]}),
            json!({"ok": true}),
        ),
        (json!({"act": "move_deal", "id": 1, "stage": "C1:NEW"}), json!({"ok": true})),
        (json!({"act": "edit_deal", "id": 1, "field": "UF_CRM_PAY_REF", "value": "arca:1"}), json!({"ok": true})),
        (json!({"act": "comment_deal", "id": 1, "text": "waits"}), json!({"ok": true})),
        (json!({"act": "add_invoice", "deal": 1}), json!({"id": 1})),
        (json!({"act": "move_invoice", "id": 1, "stage": "DT31_2:P"}), json!({"ok": true})),
        (json!({"act": "add_payment", "deal": 1, "sum": 12500, "currency": "AMD"}), json!({"id": 1})),
        (json!({"act": "run_robot", "entity_type_id": 2, "id": 1, "url": receiver.url}), json!({"ok": true})),
        (json!({"act": "add_funnel", "name": "Weddings"}), json!({"id": 3})),
        (json!({"act": "add_stage", "stages_of": "DEAL_STAGE", "name": "Deposit"}), json!({"id": "UC_000001"})),
        (json!({"act": "rename_stage", "id": "UC_000001", "name": "Half paid"}), json!({"ok": true})),
        (json!({"act": "remove_stage", "id": "UC_000001"}), json!({"ok": true})),
        (json!({"act": "add_field", "name": "UF_CRM_X"}), json!({"ok": true})),
        (json!({"act": "remove_field", "name": "UF_CRM_X"}), json!({"ok": true})),
        (json!({"act": "set_admin", "admin": true}), json!({"ok": true})),
        (json!({"act": "set_scopes", "scopes": ["crm"]}), json!({"ok": true})),
        (json!({"act": "expire_tokens"}), json!({"ok": true})),
        (json!({"act": "uninstall_app"}), json!({"ok": true})),
    ] {
        let done = world.play("/play/bitrix24/act", act.clone()).await;
        assert_eq!((done.status, done.body), (200, answer), "{act}");
    }
    assert_eq!(world.sandbox.deliver_due().await, 3, "two changes and a robot");
    let url = format!("{}/play/bitrix24/state", world.sandbox.page_url);
    let state: Value = world.client.get(url).send().await.unwrap().json().await.unwrap();
    let card = &state["deals"][0];
    assert_eq!(
        (&card["stage_id"], &card["fields"]["UF_CRM_PAY_REF"], &card["comments"][0]["text"]),
        (&json!("C1:NEW"), &json!("arca:1"), &json!("waits"))
    );
    assert_eq!(
        (&state["invoices"][0]["stage_id"], &state["crm_admin"], &state["scopes"]),
        (&json!("DT31_2:P"), &json!(true), &json!(["crm"]))
    );
    assert!(!state.to_string().contains("crm-secret-canary"));
    for wrong in [
        json!({"act": "move_deal", "id": 1, "stage": "NOWHERE"}),
        json!({"act": "remove_stage", "id": "C1:NEW"}),
        json!({"act": "add_deal", "title": "x", "funnel": 77}),
        json!({"act": "add_deal", "title": "x", "amount": "much"}),
        json!({"act": "run_robot", "entity_type_id": 2, "id": 77, "url": "https://x.am"}),
        json!({"act": "delete_deal", "id": 77}),
        json!({"act": "dance"}),
    ] {
        let refused = world.play("/play/bitrix24/act", wrong.clone()).await;
        assert_eq!((refused.status, refused.body["error"].is_string()), (400, true), "{wrong}");
    }
}

#[tokio::test]
async fn the_board_runs_no_script_but_its_own() {
    let world = World::start().await;
    for path in ["bitrix24", "bitrix24.js", "bitrix24.css"] {
        let answer = world.client.get(format!("{}/{path}", world.sandbox.page_url)).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(answer.status() == 200 && policy.contains("script-src 'self'"), "{path}");
        let text = answer.text().await.unwrap();
        for banned in ["innerHTML", "onclick=", "style=", "<script>"] {
            assert!(!text.contains(banned), "{path} has {banned}");
        }
    }
}
