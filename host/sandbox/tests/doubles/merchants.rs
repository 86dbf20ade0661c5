//! Merchants that come to a gateway after the sandbox was started.

use serde_json::json;

use crate::receiver::Receiver;
use crate::world::World;

#[tokio::test]
async fn merchants_are_taken_on_by_the_play_api() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    let shop = &receiver.url;
    let idram = json!({
        "account": "100000777", "secret_key": "test-secret-A", "result_url": shop, "success_url": shop, "fail_url": shop,
    });
    let bill = [
        ("EDP_LANGUAGE", "AM"),
        ("EDP_REC_ACCOUNT", "100000777"),
        ("EDP_DESCRIPTION", "Tart"),
        ("EDP_AMOUNT", "1500"),
        ("EDP_BILL_NO", "PL-2041"),
    ];
    let entry = format!("{}/idram/Payment/GetPayment", world.sandbox.bank_url);
    let entered = async || world.client.post(&entry).form(&bill).send().await.unwrap().status().as_u16();
    assert_eq!(entered().await, 400, "nobody has this IdramID");
    for (word, body, status, part) in [
        ("idram", json!({"account": "100000777"}), 400, "merchant: missing field `secret_key`"),
        ("telcell", json!({"issuer": "a@b.am", "shop_key": "k", "callback": shop}), 400, "unknown field `callback`"),
        ("vpos", json!({}), 400, "/play/bank/endpoint"),
        ("abc", json!({}), 404, "no such gateway; there are vpos, "),
    ] {
        let refused = world.play(&format!("/play/gateways/{word}/merchant"), body.clone()).await;
        assert_eq!(refused.status, status, "{word} {body}");
        assert!(refused.body["error"].as_str().unwrap().contains(part), "{} for {body}", refused.body);
    }
    assert_eq!(world.play("/play/gateways/idram/merchant", idram).await.status, 200);
    assert_eq!(entered().await, 303, "the merchant is known now");
}
