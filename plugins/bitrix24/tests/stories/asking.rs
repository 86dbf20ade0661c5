//! Deals and invoices that ask for their payments: by a stage, by a button, once.

use kamurj_sdk::testing;
use kamurj_sdk::{InboundRequest, Payment};
use serde_json::json;

use crate::merchant::{Merchant, payment, settings, settings_with};
use crate::portal::Fault;

fn asked(merchant: &Merchant) -> Vec<Payment> {
    merchant.host.payments()
}

/// What became of the payment, in the host.
fn becomes(merchant: &Merchant, place: usize, status: &str) -> Payment {
    let mut payment = asked(merchant).remove(place);
    status.clone_into(&mut payment.status);
    payment.version += 1;
    merchant.host.put_payment(payment.clone());
    payment
}

#[test]
fn a_deal_that_is_moved_into_the_chosen_stage_gets_its_payment_and_its_link() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    merchant.set(2, 12, "contactId", json!(3));
    {
        let mut portal = merchant.portal.borrow_mut();
        let fm =
            json!([{ "typeId": "PHONE", "value": "091 12-34-56" }, { "typeId": "EMAIL", "value": "ani@example.am" }]);
        portal.contacts.insert(3, json!({ "id": 3, "name": "Ani", "lastName": "Petrosyan", "fm": fm }));
        let rows = json!([
            { "productName": "Cake", "price": 6000, "quantity": 2 },
            { "productName": "Candle", "price": 500.0, "quantity": 1 },
        ]);
        portal.rows.insert(("D".to_owned(), 12), rows);
    }
    let before = merchant.hits();
    let outcome = merchant.hears_of_deal(12);
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("pay_1")));
    assert_eq!(merchant.hits() - before, 1, "everything is read in one request");
    let [payment] = &asked(&merchant)[..] else { panic!("one payment") };
    assert_eq!(
        (payment.order_id.as_str(), payment.amount.minor, payment.amount.currency.as_str()),
        ("B24-12", 1_250_000, "AMD")
    );
    assert_eq!(payment.description, "Cakes");
    let items: Vec<_> =
        payment.items.iter().map(|item| (item.name.as_str(), item.quantity, item.unit_price.minor)).collect();
    assert_eq!(items, [("Cake", 2, 600_000), ("Candle", 1, 50_000)]);
    assert_eq!(
        (payment.customer.name.as_deref(), payment.customer.phone.as_deref()),
        (Some("Ani Petrosyan"), Some("+37491123456"))
    );
    assert_eq!(
        (payment.customer.email.as_deref(), payment.customer.id.as_deref()),
        (Some("ani@example.am"), Some("3"))
    );
    let crm = payment.crm.as_ref().expect("a reference");
    assert_eq!((crm.plugin.as_str(), crm.entity_type.as_str(), crm.entity_id.as_str()), ("bitrix24", "deal", "12"));

    assert_eq!(merchant.tell(payment).kind, "done");
    assert_eq!(
        (merchant.stage(12).as_str(), merchant.field(12, "UF_CRM_PAY_LINK")),
        ("PREPARATION", json!("https://pay.example.am/p/pay_1"))
    );
}

#[test]
fn our_own_write_that_comes_back_causes_nothing() {
    // The asking stage is where payments wait, too, and where those that are over end.
    let mut round = settings();
    round["stages"]["awaiting_payment"] = json!("UC_ASK");
    round["stages"]["expired"] = json!("UC_ASK");
    let merchant = Merchant::with_settings(&round);
    merchant.deal(12, "UC_ASK");
    merchant.hears_of_deal(12);
    let payment = asked(&merchant).remove(0);
    merchant.tell(&payment);
    for _ in 0..3 {
        assert_eq!(merchant.hears_of_deal(12).kind, "done");
    }
    let expired = becomes(&merchant, 0, "expired");
    merchant.moves(12, "NEW", 30);
    merchant.tell(&expired);
    merchant.moves(12, "UC_ASK", 31);
    assert_eq!(merchant.hears_of_deal(12).kind, "done");
    assert_eq!(asked(&merchant).len(), 1, "{:?}", asked(&merchant).len());
}

#[test]
fn the_same_deal_asks_once_however_often_it_is_told_of() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    for _ in 0..5 {
        assert_eq!(merchant.hears_of_deal(12).kind, "done");
    }
    let forgetful = merchant.anew(&settings());
    for payment in asked(&merchant) {
        forgetful.host.put_payment(payment);
    }
    forgetful.set(2, 12, "UF_CRM_PAY_ID", json!("pay_1"));
    assert_eq!(forgetful.hears_of_deal(12).kind, "done");
    assert_eq!((asked(&merchant).len(), asked(&forgetful).len()), (1, 1), "the deal's own field says so");
}

#[test]
fn a_deal_that_was_made_for_a_chats_payment_asks_for_no_second_one() {
    let mut round = settings();
    round["stages"]["awaiting_payment"] = json!("UC_ASK");
    for has_fields in [true, false] {
        let merchant = Merchant::with_settings(&round);
        if !has_fields {
            merchant.portal.borrow_mut().fields.insert(2, Vec::new());
        }
        let from_chat = payment("created", 1);
        merchant.host.put_payment(from_chat.clone());
        merchant.tell(&from_chat);
        assert_eq!(merchant.stage(10), "UC_ASK");
        assert_eq!(merchant.hears_of_deal(10).kind, "done");
        assert_eq!(asked(&merchant).len(), 1, "{has_fields}");
    }
}

#[test]
fn a_copy_of_a_deal_asks_for_its_own_payment() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    merchant.hears_of_deal(12);
    merchant.tell(&asked(&merchant)[0]);
    let made = payment("created", 1);
    let made = Payment { id: "pay_chat".to_owned(), ..made };
    merchant.host.put_payment(made.clone());
    let own = merchant.tell(&made).remote_ref.expect("a deal").parse().expect("a number");
    for (copied, id) in [(12, 40), (own, 41)] {
        let mut copy = merchant.portal.borrow().items[&(2, copied)].clone();
        for (name, value) in
            [("id", json!(id)), ("stageId", json!("UC_ASK")), ("movedTime", json!("2026-11-21T13:00:00+04:00"))]
        {
            copy.insert(name.to_owned(), value);
        }
        merchant.portal.borrow_mut().items.insert((2, id), copy);
        merchant.hears_of_deal(id);
        let orders: Vec<_> = asked(&merchant).into_iter().map(|payment| payment.order_id).collect();
        assert!(orders.contains(&format!("B24-{id}")), "{orders:?}");
    }
    let later = merchant.anew(&settings());
    for payment in asked(&merchant) {
        later.host.put_payment(payment);
    }
    later.set(2, own, "stageId", json!("UC_ASK"));
    let before = asked(&later).len();
    later.hears_of_deal(own);
    assert_eq!(asked(&later).len(), before, "the deal itself is found by its origin, though nothing is remembered");
}

#[test]
fn other_stages_records_and_settings_ask_for_nothing() {
    let merchant = Merchant::new();
    merchant.deal(12, "NEW");
    assert_eq!(merchant.hears_of_deal(12).kind, "done");
    assert_eq!(merchant.hears_of_deal(99).kind, "done", "deleted since");
    assert_eq!(merchant.posted("event", "event=ONCRMDEALDELETE&data[FIELDS][ID]=12").kind, "done");
    assert_eq!(merchant.posted("elsewhere", "event=ONCRMDEALUPDATE&data[FIELDS][ID]=12").kind, "done");
    assert_eq!(merchant.posted("event", "{\"event\":1}").kind, "done");
    assert!(asked(&merchant).is_empty());

    let mut unasked = settings();
    unasked.as_object_mut().unwrap().remove("requests");
    let silent = Merchant::with_settings(&unasked);
    silent.deal(12, "UC_ASK");
    assert_eq!(silent.hears_of_deal(12).kind, "done");
    assert_eq!(silent.hits(), 0);
}

#[test]
fn a_portal_that_is_not_the_settings_is_refused() {
    let merchant = Merchant::with_settings(&settings_with("member_id", json!("ABCDEF0123")));
    merchant.deal(12, "UC_ASK");
    let wrong = merchant.posted("event", "event=ONCRMDEALUPDATE&data[FIELDS][ID]=12&auth[member_id]=ffffffffff");
    assert_eq!((wrong.kind.as_str(), wrong.code.as_str(), merchant.hits()), ("bad-request", "member_id", 0));
    assert_eq!(merchant.hears_of_deal(12).remote_ref.as_deref(), Some("pay_1"));
}

#[test]
fn a_button_asks_whatever_the_stage_is() {
    let merchant = Merchant::new();
    merchant.deal(12, "NEW");
    merchant.invoice(7, "DT31_5:N");
    let pressed =
        merchant.posted("button", "document_id[0]=crm&document_id[1]=CCrmDocumentDeal&document_id[2]=DEAL_12");
    assert_eq!(pressed.remote_ref.as_deref(), Some("pay_1"));
    let query = vec![("invoice".to_owned(), "7".to_owned())];
    let by_address = InboundRequest { query, body: Vec::new(), ..testing::inbound("button", &json!({})) };
    assert_eq!(merchant.handles(&by_address).remote_ref.as_deref(), Some("pay_2"));
    let kinds: Vec<_> =
        asked(&merchant).iter().map(|payment| payment.crm.as_ref().unwrap().entity_type.clone()).collect();
    assert_eq!(kinds, ["deal", "invoice"]);
    assert_eq!(merchant.posted("button", "document_id[2]=LEAD_12").kind, "done");
}

#[test]
fn an_invoice_that_is_moved_into_its_stage_asks_too() {
    let merchant = Merchant::new();
    merchant.invoice(7, "DT31_5:ASK");
    let event = "event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=7&data[FIELDS][ENTITY_TYPE_ID]=31";
    for path in ["event", "app-event"] {
        assert_eq!(merchant.posted(path, event).kind, "done");
    }
    let [payment] = &asked(&merchant)[..] else { panic!("one payment") };
    assert_eq!((payment.order_id.as_str(), payment.crm.as_ref().unwrap().entity_type.as_str()), ("B24-7", "invoice"));
    merchant.tell(payment);
    assert_eq!(merchant.field_of(31, 7, "stageId"), "DT31_5:S");
}

#[test]
fn a_sum_that_cannot_be_asked_for_is_noted_once_and_asked_once_it_is_mended() {
    for (sum, currency, part) in [
        (json!(0), "AMD", "more than zero"),
        (json!("-5"), "AMD", "digits"),
        (json!(12.505), "AMD", "more decimals"),
        (json!(null), "AMD", "digits"),
        (json!(100), "", "currency"),
    ] {
        let merchant = Merchant::new();
        merchant.deal(12, "UC_ASK");
        merchant.set(2, 12, "opportunity", sum);
        merchant.set(2, 12, "currencyId", json!(currency));
        for _ in 0..3 {
            assert_eq!(merchant.hears_of_deal(12).kind, "done");
        }
        let notes = merchant.comments();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].starts_with("No payment link was made") && notes[0].contains(part), "{}", notes[0]);
        assert!(asked(&merchant).is_empty());
        merchant.set(2, 12, "opportunity", json!("12500.00"));
        merchant.set(2, 12, "currencyId", json!("AMD"));
        merchant.hears_of_deal(12);
        assert_eq!(asked(&merchant)[0].amount.minor, 1_250_000);
    }
}

#[test]
fn rows_that_do_not_make_the_sum_are_left_out() {
    for row in [
        json!({ "productName": "Cake", "price": 6000, "quantity": 1 }),
        json!({ "productName": "Cheese", "price": 25000, "quantity": 0.5 }),
    ] {
        let merchant = Merchant::new();
        merchant.deal(12, "UC_ASK");
        merchant.portal.borrow_mut().rows.insert(("D".to_owned(), 12), json!([row]));
        merchant.hears_of_deal(12);
        assert_eq!((asked(&merchant)[0].amount.minor, asked(&merchant)[0].items.len()), (1_250_000, 0));
    }
}

#[test]
fn a_deal_that_is_moved_in_again_after_its_payment_was_over_asks_again() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    merchant.hears_of_deal(12);
    for status in ["pending", "failed", "paid", "manual_review", "refunded"] {
        becomes(&merchant, 0, status);
        merchant.moves(12, "UC_ASK", 20);
        merchant.hears_of_deal(12);
        assert_eq!(asked(&merchant).len(), 1, "{status}");
    }
    becomes(&merchant, 0, "expired");
    merchant.moves(12, "UC_ASK", 0);
    merchant.hears_of_deal(12);
    assert_eq!(asked(&merchant).len(), 1, "it has not been moved since");
    merchant.moves(12, "UC_ASK", 40);
    merchant.hears_of_deal(12);
    merchant.hears_of_deal(12);
    let orders: Vec<_> = asked(&merchant).into_iter().map(|payment| payment.order_id).collect();
    assert_eq!(orders, ["B24-12", "B24-12-2"]);
    becomes(&merchant, 1, "cancelled");
    merchant.posted("button", "document_id[2]=DEAL_12");
    assert_eq!(asked(&merchant)[2].order_id, "B24-12-3", "the button asks without a move");
}

#[test]
fn trouble_on_the_way_is_made_up_for_by_the_next_run() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    merchant.fault("batch", Fault::Limit);
    assert_eq!(merchant.hears_of_deal(12).kind, "retry");
    merchant.fault("batch", Fault::DropReply);
    assert_eq!(merchant.hears_of_deal(12).kind, "retry", "reading is no effect");
    assert_eq!(merchant.hears_of_deal(12).remote_ref.as_deref(), Some("pay_1"));
}

#[test]
fn strangers_words_stay_words() {
    let merchant = Merchant::new();
    merchant.deal(12, "UC_ASK");
    merchant.set(2, 12, "title", json!(format!("Cake\n{{{{secret:webhook_secret}}}}\u{202E}{}", "x".repeat(5000))));
    merchant.set(2, 12, "contactId", json!("3&id=4"));
    merchant.hears_of_deal(12);
    let payment = asked(&merchant).remove(0);
    assert!(
        payment.description.starts_with("Cake { {secret:webhook_secret}}") && payment.description.chars().count() < 210
    );
    assert_eq!(payment.customer.name, None);
    assert!(!payment.description.contains("{{"));
}
