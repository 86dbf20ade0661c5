//! Trying a login out.

use crate::account::{AtTheGateway, PASSWORD, adapter_at, adapter_with, secrets_of};
use crate::by_hand::ByHand;
use kamurj_providers::Checked;
use kamurj_sandbox::gateways::{Gateway, Reply};
use serde_json::json;

#[tokio::test]
async fn a_login_is_tried_with_a_question_about_no_order() {
    let at = AtTheGateway::open().await;
    assert!(matches!(at.rbs.check().await, Checked::Works { .. }));
    at.gateway().change_habits(|habits| habits.finds_by_number = false);
    assert!(matches!(at.rbs.check().await, Checked::Works { .. }), "Inecobank's instance is asked by id");
    assert_eq!(at.gateway().orders().len(), 0, "it changes nothing");
    let stranger = adapter_with(&at.gateway().rest_url(), &json!({}), &secrets_of([("password", "another")]));
    let Checked::Refused { detail } = stranger.check().await else { panic!("a wrong password") };
    assert!(detail.contains("/settings/user_name") && detail.contains("/secrets/password"), "{detail}");
    let elsewhere = adapter_at(&format!("{}/rbs/elsewhere/", at.sandbox.bank_url), &json!({}));
    let Checked::Refused { detail } = elsewhere.check().await else { panic!("no gateway there") };
    assert!(detail.starts_with("/settings/base_url"), "{detail}");
    for fault in [Reply::Fail, Reply::DropRequest] {
        at.gateway().change_faults(|faults| faults.lookup = fault);
        let checked = at.rbs.check().await;
        assert!(matches!(checked, Checked::NoAnswer { .. }), "{checked:?}");
    }
}

#[tokio::test]
async fn each_answer_says_plainly_what_is_wrong() {
    for (status, body, expected) in [
        (200, json!({ "errorCode": 6 }).to_string(), "works"),
        (200, json!({ "errorCode": "6", "errorMessage": PASSWORD }).to_string(), "works"),
        (200, json!({ "errorCode": "5", "errorMessage": format!("denied {PASSWORD}") }).to_string(), "refused"),
        (200, json!({ "errorCode": 7 }).to_string(), "no answer"),
        (200, json!({ "errorCode": 0 }).to_string(), "no answer"),
        (200, "{}".into(), "no answer"),
        (200, "<html>welcome</html>".into(), "refused"),
        (404, String::new(), "refused"),
        (403, String::new(), "no answer"),
        (502, String::new(), "no answer"),
    ] {
        let checked = ByHand::answering(status, body.clone()).await.account().check().await;
        let word = match &checked {
            Checked::Works { .. } => "works",
            Checked::Refused { .. } => "refused",
            Checked::NoAnswer { .. } => "no answer",
            Checked::Unsupported { .. } => "unsupported",
        };
        assert_eq!(word, expected, "{status} {body}: {checked:?}");
        assert!(!format!("{checked:?}").contains(PASSWORD), "{checked:?}");
    }
}
