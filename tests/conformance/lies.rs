//! What is not true, or not what was asked: it never makes a payment paid.

use kamurj_sandbox::gateways::{Lie, Says};
use kamurj_tests::World;
use kamurj_tests::acts::{open_kinds, shown, status};
use kamurj_tests::clock::minutes;
use kamurj_tests::stand::{Stand, Tells};

/// Every word by which any of the gateways calls a success, in one query.
const SUCCESS: &str = "status=completed&status=PAID&resposneCode=00&responseCode=00&orderStatus=2&errorCode=0&state=paid\
    &EDP_TRANS_ID=12345678901234&payment=success";

/// The browser brings back that everything went well: we ask, and believe the answer.
pub(crate) async fn a_forged_return_pays_nothing(world: &mut World, stand: &Stand) {
    let (payment, order) = world.order_with(stand, "A-1", "12500").await;
    let back = world.does_there(stand, &order, "close").await;
    let joint = if back.contains('?') { '&' } else { '?' };
    let forged = format!("{back}{joint}{SUCCESS}");
    let page = world.comes_back(&forged).await;
    assert_ne!(page.heading(), "Վճարումը կատարված է");
    world.passes(minutes(1)).await;
    assert_ne!(status(world, &payment).await, "paid");
    assert_eq!(shown(world, &payment).await["captured"]["value"], "0");
}

/// A push whose proof is wrong, or that has none, changes nothing; and one that may be forged by nature only makes us ask.
pub(crate) async fn a_forged_push_pays_nothing(world: &mut World, stand: &Stand) {
    let (payment, order) = world.order_with(stand, "A-1", "12500").await;
    let url = format!("{}/webhooks/providers/{}/{}", world.url, stand.word, world.account);
    let number = order.number.as_str();
    let form = [
        ("order_number", number),
        ("status", "completed"),
        ("EDP_BILL_NO", number),
        ("EDP_REC_ACCOUNT", "100000777"),
        ("EDP_PAYER_ACCOUNT", "200000555"),
        ("EDP_AMOUNT", "12500.00"),
        ("EDP_TRANS_ID", "12345678901234"),
        ("EDP_TRANS_DATE", "21/11/2026"),
        ("EDP_CHECKSUM", "d41d8cd98f00b204e9800998ecf8427e"),
        ("invoice", "1"),
        ("issuer_id", number),
        ("payment_id", "1"),
        ("currency", "51"),
        ("sum", "12500"),
        ("time", "2026-11-21 12:00:00"),
        ("checksum", "d41d8cd98f00b204e9800998ecf8427e"),
        ("mdOrder", order.id.as_str()),
        ("orderNumber", number),
        ("operation", "deposited"),
    ];
    let json =
        format!(r#"{{"type":"payment.paid","status":"completed","order_number":"{number}","data":{{"id":"x"}}}}"#);
    let http = world.http.clone();
    for request in [http.post(&url).form(&form), http.get(&url).query(&form), http.post(&url).body(json)] {
        let answer = request.send().await.expect("an answer");
        let (code, said) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        let agreed = code == 200 && (said == "OK" || said.contains("true"));
        assert!(!agreed || stand.tells == Tells::CallsUnprovenAndIsAsked, "{code} {said}");
        world.settles().await;
        assert_eq!(status(world, &payment).await, "pending");
    }
    // The provider itself with a key that is not ours, while nothing else can be learned.
    world.disturbs(stand, |faults| (faults.push_forged, faults.says) = (true, Says::Pending));
    world.does_there(stand, &order, "pay").await;
    world.passes(minutes(3)).await;
    assert_ne!(status(world, &payment).await, "paid");
}

/// A hundred times as much, a hundredth, one dram less: no unit is guessed, nothing is rounded.
pub(crate) async fn another_amount_is_not_the_amount(world: &mut World, stand: &Stand) {
    for (place, lie) in [Lie::Times100, Lie::DividedBy100, Lie::OneLess].into_iter().enumerate() {
        world.disturbs(stand, |faults| faults.paid = lie);
        let (payment, order) = world.order_with(stand, &format!("A-{place}"), "12500").await;
        let back = world.does_there(stand, &order, "pay").await;
        world.passes(minutes(3)).await;
        world.comes_back(&back).await;
        world.passes(minutes(3)).await;
        let now = status(world, &payment).await;
        if stand.tells == Tells::Agrees {
            // It was told to give the money back, and did.
            assert_eq!(now, "pending", "{lie:?}");
            let there = world.orders_at(stand).pop().expect("the order");
            assert_ne!(there.status, "paid", "{lie:?}");
        } else {
            assert_eq!(now, "manual_review", "{lie:?}");
            assert_eq!(open_kinds(world, &payment).await, ["amount_mismatch"], "{lie:?}");
        }
    }
}

/// The right number in the wrong currency.
pub(crate) async fn another_currency_is_not_the_currency(world: &mut World, stand: &Stand) {
    if ["idram", "fastshift"].contains(&stand.word) {
        // These write no currency: they know drams only, and an order in another currency never reaches them.
        let body = serde_json::json!({ "order_id": "A-1", "amount": { "value": "12500.00", "currency": "USD" } });
        let made = world.creates(&body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(world.goes_to(&kamurj_tests::integrator::link(&made.body)).await, None);
        assert!(world.orders_at(stand).is_empty());
        return;
    }
    world.disturbs(stand, |faults| faults.paid_currency = Some("USD".to_owned()));
    let (payment, order) = world.order_with(stand, "A-1", "12500").await;
    let back = world.does_there(stand, &order, "pay").await;
    world.passes(minutes(3)).await;
    world.comes_back(&back).await;
    world.passes(minutes(3)).await;
    assert_eq!(status(world, &payment).await, "manual_review");
    assert_eq!(open_kinds(world, &payment).await, ["currency_mismatch"]);
}
