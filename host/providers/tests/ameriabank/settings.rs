//! Settings that cannot work are named field by field, and credentials are never shown.

use crate::account::{
    CLIENT, PASSWORD, USERNAME, adapter_at, by_reference, order, price, refund_order, secret, secrets, settings,
};
use crate::by_hand::{ByHand, REFERENCE};
use kamurj_egress::Egress;
use kamurj_providers::{
    Amounts, Book, Call, Line, OrderNumber, Pushes, RefundQuestions, Secrets, SettingsError, adapter,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

fn error_of(settings: &str, secrets: &Secrets) -> SettingsError {
    adapter("ameriabank", settings, secrets, Line::unwatched(Egress::new(Vec::new())))
        .err()
        .unwrap_or_else(|| panic!("{settings} cannot work"))
}

#[test]
fn h5_an_error_names_the_setting_and_never_the_password() {
    for (change, pointer, detail) in [
        (json!({ "client_id": null }), "/settings", "`client_id`"),
        (json!({ "username": null }), "/settings", "`username`"),
        (json!({ "client_id": "" }), "/settings/client_id", "as the bank gave it"),
        (json!({ "client_id": " x" }), "/settings/client_id", "blanks"),
        (json!({ "client_id": 5 }), "/settings/client_id", "string"),
        (json!({ "username": "me\n" }), "/settings/username", "blanks"),
        (json!({ "base_url": "bank" }), "/settings/base_url", "URL"),
        (json!({ "base_url": "http://services.ameriabank.am/VPOS/" }), "/settings/base_url", "https"),
        (json!({ "base_url": "https://10.0.0.1/VPOS/" }), "/settings/base_url", "host name"),
        (json!({ "base_url": "https://me:pw@bank.example/" }), "/settings/base_url", "password"),
        (json!({ "base_url": "https://bank.example/VPOS/?a=1" }), "/settings/base_url", "query"),
        (json!({ "page_origin": "https://bank.example/VPOS/" }), "/settings/page_origin", "without a path"),
        (json!({ "page_origin": "data:text/html,pay" }), "/settings/page_origin", "https"),
        (json!({ "order_id_min": 0 }), "/settings/order_id_min", "from 1 to 2147483647"),
        (json!({ "order_id_min": 2_147_483_648_i64 }), "/settings/order_id_min", "from 1 to 2147483647"),
        (json!({ "order_id_min": "1" }), "/settings/order_id_min", "i64"),
        (json!({ "order_id_max": 2_147_483_648_i64 }), "/settings/order_id_max", "2147483647"),
        (json!({ "order_id_min": 20, "order_id_max": 19 }), "/settings/order_id_max", "`order_id_min` (20)"),
        (json!({ "session_seconds": 0 }), "/settings/session_seconds", "from 1 to 1200"),
        (json!({ "session_seconds": -1 }), "/settings/session_seconds", "from 1 to 1200"),
        (json!({ "session_seconds": 1201 }), "/settings/session_seconds", "from 1 to 1200"),
        (json!({ "test_mode": "yes" }), "/settings/test_mode", "boolean"),
        (json!({ "refunds": "partial" }), "/settings/refunds", "boolean"),
        (json!({ "cancel": 1 }), "/settings/cancel", "boolean"),
        // Nothing turns the check of the bank's certificate off.
        (json!({ "verify_tls": false }), "/settings/verify_tls", "unknown field"),
        (json!({ "insecure": true }), "/settings/insecure", "unknown field"),
        (json!({ "password": "x" }), "/settings/password", "unknown field"),
    ] {
        let entered = settings("https://bank.example/VPOS/", &change).to_string();
        let error = error_of(&entered, &secrets());
        assert_eq!(error.pointer, pointer, "{entered}: {error}");
        assert!(error.detail.contains(detail), "{entered}: {error}");
        assert!(!format!("{error:?}").contains("nobody"), "{error:?}");
    }
    let works = settings("https://bank.example/VPOS/", &json!({})).to_string();
    assert_eq!(error_of(&works, &secret("")).pointer, "/secrets/password");
    assert_eq!(error_of(&works, &Secrets::default()).pointer, "/secrets/password");
    let more = [("password", PASSWORD), ("token", "x")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(error_of(&works, &Secrets::new(BTreeMap::from(more))).pointer, "/secrets/token");
}

#[test]
fn what_is_not_set_is_the_live_bank_with_its_widest_limits() {
    let open = |more: &Value| {
        let entered = settings("", more).to_string();
        adapter("ameriabank", &entered, &secrets(), Line::unwatched(Egress::new(Vec::new()))).unwrap().capabilities()
    };
    let live = open(&json!({ "base_url": null }));
    assert_eq!(live.page_origins, ["https://services.ameriabank.am"]);
    assert_eq!((live.session_life_ms, live.cancel_window_ms), (1_200_000, Some(72 * 3_600_000)));
    assert_eq!((live.push, live.lookup, live.repeatable_start), (Pushes::None, true, true));
    assert_eq!((live.asks_first, live.form), (false, false));
    assert_eq!((live.refund, live.partial_refund, live.cancel), (true, true, true));
    assert_eq!((live.refund_lookup, live.amounts), (RefundQuestions::ByTotal, Amounts::Decimal));
    let terminal = format!("ameriabank services.ameriabank.am {}", CLIENT.to_lowercase());
    assert_eq!(live.order_number, OrderNumber::Sequence { terminal: terminal.clone(), from: 1, to: 2_147_483_647 });
    assert!(!terminal.contains(PASSWORD) && !terminal.contains(USERNAME));

    let test = open(&json!({
        "base_url": "https://servicestest.ameriabank.am/VPOS", "page_origin": "https://pay.example.am",
        "order_id_min": 3_000_000, "order_id_max": 3_000_999, "session_seconds": 900, "refunds": false, "cancel": false,
    }));
    assert_eq!(test.page_origins, ["https://pay.example.am"]);
    assert_eq!((test.session_life_ms, test.refund, test.partial_refund, test.cancel), (900_000, false, false, false));
    let OrderNumber::Sequence { terminal, from, to } = test.order_number else { panic!("a sequence") };
    assert_eq!((from, to), (3_000_000, 3_000_999));
    assert_eq!(terminal, format!("ameriabank servicestest.ameriabank.am {}", CLIENT.to_lowercase()));
    let here = adapter_at("http://127.0.0.1:9/VPOS/", &json!({ "client_id": CLIENT.to_lowercase() })).capabilities();
    let OrderNumber::Sequence { terminal, .. } = here.order_number else { panic!("a sequence") };
    assert_eq!(terminal, format!("ameriabank 127.0.0.1:9 {}", CLIENT.to_lowercase()), "one client, one sequence");
}

/// Keeps every call.
#[derive(Default)]
struct Kept(Mutex<Vec<Call>>);

impl Book for Kept {
    fn admit(&self) -> Result<i64, String> {
        Ok(0)
    }

    fn keep(&self, _: i64, answered: bool, call: Call) {
        assert!(answered);
        self.0.lock().unwrap().push(call);
    }
}

#[tokio::test]
async fn h5_every_call_is_kept_without_the_password() {
    let echo = json!({ "ResponseCode": "550", "ResponseMessage": format!("wrong: {PASSWORD}") }).to_string();
    let bank = ByHand::answering(200, echo).await;
    let kept = Arc::new(Kept::default());
    let listed = bank.url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    let line = Line::new(Egress::new(vec![listed]), kept.clone());
    let adapter = adapter("ameriabank", &settings(&bank.url, &json!({})).to_string(), &secrets(), line).unwrap();
    adapter.start(&order("410017", price())).await;
    adapter.lookup(&by_reference(REFERENCE)).await;
    adapter.refund(&refund_order(REFERENCE, price())).await;
    adapter.cancel(&by_reference(REFERENCE)).await;
    adapter.check().await;
    let calls = kept.0.lock().unwrap();
    let operations: Vec<_> = calls.iter().map(|call| call.operation).collect();
    let expected =
        ["InitPayment", "GetPaymentDetails", "GetPaymentId", "RefundPayment", "CancelPayment", "GetPaymentId"];
    assert_eq!(operations, expected);
    for call in calls.iter() {
        assert_eq!(call.address, format!("POST {}api/VPOS/{}", bank.url, call.operation));
        assert!(call.request.contains(r#""Password":"•••""#), "{}", call.request);
        assert!(!format!("{call:?}").contains("nobody"), "{call:?}");
    }
}
