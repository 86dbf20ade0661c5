//! Telcell's double by itself, spoken to by a plain client: what it refuses, its page, its callbacks, its habits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_sandbox::gateways::telcell::{Carriage, Merchant};
use kamurj_sandbox::gateways::{Act, Acted, Faults, Gateway, Lie, Pushing, Reply};
use md5::{Digest, Md5};

use crate::receiver::Receiver;
use crate::world::World;

const KEY: &str = "shopkey-test";
const ISSUER: &str = "shop@example.am";

fn md5(values: &[&str]) -> String {
    Md5::digest(values.concat().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn id(number: &str) -> String {
    STANDARD.encode(number)
}

/// The form for an order of 1 500 dram, with these values changed before it is sealed; an empty one is left out.
fn form(number: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let (product, issuer_id) = (STANDARD.encode("Torte & <tea>"), id(number));
    let mut values: Vec<(String, String)> = [
        ("action", "PostInvoice"),
        ("issuer", ISSUER),
        ("currency", "֏"),
        ("price", "1500"),
        ("product", &product),
        ("issuer_id", &issuer_id),
        ("valid_days", "1"),
        ("ssn", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, value) in changes {
        match values.iter_mut().find(|(known, _)| known == name) {
            Some(known) => (*value).clone_into(&mut known.1),
            None => values.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    let mut sealed = vec![KEY];
    sealed.extend(values[1..8].iter().map(|(_, value)| value.as_str()));
    let code = md5(&sealed);
    values.push(("security_code".to_owned(), code));
    values.retain(|(_, value)| !value.is_empty());
    values
}

/// A server call with these values after the issuer, sealed in their order.
fn call(command: &str, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut sealed = vec![KEY, ISSUER];
    sealed.extend(values.iter().map(|(_, value)| *value));
    let mut all = vec![(format!("{command}:issuer"), ISSUER.to_owned())];
    all.extend(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all.push(("checksum".to_owned(), md5(&sealed)));
    all
}

struct Shop {
    world: World,
    receiver: Receiver,
}

impl Shop {
    async fn open() -> Self {
        let (world, receiver) = (World::start().await, Receiver::start().await);
        world.sandbox.telcell.registers(Merchant {
            issuer: ISSUER.into(),
            shop_key: KEY.into(),
            callback_url: Some(receiver.url.parse().unwrap()),
            return_url: Some("http://127.0.0.1:8080/back?keep=1".parse().unwrap()),
        });
        Self { world, receiver }
    }

    /// Status, text and `Location`.
    async fn post(&self, values: &[(String, String)]) -> (u16, String, String) {
        let url = format!("{}/invoices", self.world.sandbox.telcell.base_url());
        told(self.world.client.post(url).form(values)).await
    }

    async fn invoice(&self, number: &str) -> String {
        assert_eq!(self.post(&form(number, &[])).await.0, 303, "{number}");
        self.world.sandbox.telcell.orders().pop().unwrap().id
    }

    async fn paid(&self, number: &str) -> String {
        let invoice = self.invoice(number).await;
        self.world.sandbox.telcell.act(&invoice, Act::Pay).unwrap();
        invoice
    }
}

async fn told(request: reqwest::RequestBuilder) -> (u16, String, String) {
    let answer = request.send().await.unwrap();
    let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), answer.text().await.unwrap(), location.unwrap_or_default())
}

#[tokio::test]
async fn a_wrong_form_is_refused_with_telcells_own_error() {
    let shop = Shop::open().await;
    for (changes, code) in [
        (vec![("action", "GetInvoice")], "E0001"),
        (vec![("action", "")], "E0001"),
        (vec![("issuer", "")], "E0001"),
        (vec![("issuer", "other@example.am")], "E0002"),
        (vec![("currency", "051")], "E0001"),
        (vec![("currency", "AMD")], "E0001"),
        (vec![("price", "")], "E0001"),
        (vec![("price", "0")], "E0001"),
        (vec![("price", "-1500")], "E0001"),
        (vec![("price", "1500,50")], "E0001"),
        (vec![("price", "1500.505")], "E0001"),
        (vec![("product", "Torte & <tea>")], "E0001"),
        (vec![("issuer_id", "A-1")], "E0001"),
        (vec![("valid_days", "0")], "E0001"),
        (vec![("valid_days", "soon")], "E0001"),
        (vec![("lang", "hy")], "E0001"),
        (vec![("amount", "1500")], "E0001"),
        (vec![("security_code", "0")], "E0001"),
    ] {
        let (status, text, _) = shop.post(&form("A-1", &changes)).await;
        assert_eq!(status, 200, "{changes:?}");
        assert!(text.contains(code), "{changes:?}: {text}");
    }
    let mut forged = form("A-1", &[]);
    forged[3].1 = "15".into();
    assert!(shop.post(&forged).await.1.contains("E0005"));
    // Sealed as the table of the manual has it, without `valid_days`.
    let mut short = form("A-1", &[]);
    let values: Vec<&str> = short[1..6].iter().map(|(_, value)| value.as_str()).collect();
    let code = md5(&[&[KEY], &values[..]].concat());
    short.last_mut().unwrap().1 = code;
    assert!(shop.post(&short).await.1.contains("E0005"));
    assert!(shop.world.sandbox.telcell.orders().is_empty());
    for taken in
        [vec![("lang", "am")], vec![("ssn", "1234567890")], vec![("price", "1500.5")], vec![("valid_days", "30")]]
    {
        let (status, text, _) = shop.post(&form(&format!("{taken:?}"), &taken)).await;
        assert_eq!(status, 303, "{taken:?}: {text}");
    }
    shop.invoice("A-1").await;
    assert!(shop.post(&form("A-1", &[])).await.1.contains("E0009"), "a number is used once");
}

#[tokio::test]
async fn a_wrong_server_call_is_refused_with_telcells_own_error() {
    let shop = Shop::open().await;
    let invoice = shop.paid("A-1").await;
    let number = id("A-1");
    let of = |more: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
        let mut values = vec![("invoice", invoice.as_str()), ("issuer_id", &number)];
        values.extend(more);
        call("refund_bill", &values)
    };
    let mut unsealed = of(&[("refund_sum", "500.0")]);
    unsealed[3].1 = "5000.0".into();
    let mut strange = call("check_bill", &[("invoice", &invoice), ("issuer_id", &number)]);
    strange[0].1 = "other@example.am".into();
    for (values, code) in [
        (of(&[]), "E0001"),
        (of(&[("refund_sum", "0")]), "E0001"),
        (of(&[("refund_sum", "1500.1")]), "E0001"),
        (of(&[("refund_sum", "500.0"), ("reason", "x")]), "E0001"),
        (unsealed, "E0005"),
        (strange, "E0002"),
        (call("check_bill", &[("invoice", &invoice), ("issuer_id", "A-1")]), "E0001"),
        (call("check_bill", &[("invoice", "1"), ("issuer_id", &number)]), "E0007"),
        (call("check_bill", &[("invoice", &invoice), ("issuer_id", &id("A-2"))]), "E0007"),
        // The values in another order have another seal.
        (call("check_bill", &[("issuer_id", &number), ("invoice", &invoice)]), "E0005"),
        (call("clear_bill", &[("issuer_id", &number)]), "E0007"),
        (call("clear_bill", &[("issuer_id", &id("A-2"))]), "E0007"),
        (call("bill", &[("issuer_id", &number)]), "E0001"),
        (call("pay_bill", &[]), "E0001"),
    ] {
        let (status, text, _) = shop.post(&values).await;
        assert_eq!((status, text.as_str()), (200, code), "{values:?}");
    }
    assert_eq!(shop.world.sandbox.telcell.orders()[0].refunded_minor, 0);
}

#[tokio::test]
async fn bills_are_told_given_back_and_withdrawn() {
    let shop = Shop::open().await;
    let invoice = shop.paid("A-1").await;
    let number = id("A-1");
    let named = [("invoice", invoice.as_str()), ("issuer_id", number.as_str())];
    let (_, told, _) = shop.post(&call("check_bill", &named)).await;
    let content = format!(
        "invoice={invoice}\nissuer_id={number}\ncurrency=51\nsum=1500.0\ntime=2026-11-21 14:05:09\nstatus=PAID\n"
    );
    assert!(told.starts_with(&format!("{content}checksum={}\nchecksum2=", md5(&[KEY, &content]))), "{told}");
    let (_, part, _) = shop.post(&call("refund_bill", &[named[0], named[1], ("refund_sum", "500.0")])).await;
    assert!(part.contains("refund_sum=500.0\nstatus=PAID\n"), "{part}");
    assert_eq!(shop.post(&call("cancel_bill", &named)).await.1, "E0001", "a part went back before");
    let whole = shop.paid("A-2").await;
    let (_, cancelled, _) = shop.post(&call("cancel_bill", &[("invoice", &whole), ("issuer_id", &id("A-2"))])).await;
    assert!(cancelled.contains("status=CANCELLED\n"), "{cancelled}");
    shop.invoice("A-3").await;
    let (_, cleared, _) = shop.post(&call("clear_bill", &[("issuer_id", &id("A-3"))])).await;
    assert!(cleared.contains("status=CANCELLED FOR REPEAT\n"), "{cleared}");
    shop.invoice("A-3").await;
    let orders = shop.world.sandbox.telcell.orders();
    let stands: Vec<_> = orders.iter().map(|order| (order.status.as_str(), order.refunded_minor)).collect();
    assert_eq!(stands, [("PAID", 50_000), ("CANCELLED", 150_000), ("CANCELLED FOR REPEAT", 0), ("NEW", 0)]);
}

#[tokio::test]
async fn the_page_lets_a_person_pay_reject_and_walk_away() {
    let shop = Shop::open().await;
    let telcell = &shop.world.sandbox.telcell;
    // The same by a redirect, and at the address that one manual names for tests.
    for (place, path) in ["invoices", "proto_test2/invoices"].into_iter().enumerate() {
        let mut url: url::Url = format!("{}/{path}", telcell.base_url()).parse().unwrap();
        url.query_pairs_mut().extend_pairs(form(&format!("G-{place}"), &[]));
        assert_eq!(told(shop.world.client.get(url)).await.0, 303);
    }
    let (_, _, page) = shop.post(&form("A-1", &[])).await;
    let (status, html, _) = told(shop.world.client.get(&page)).await;
    assert_eq!(status, 200);
    for part in ["1\u{a0}500\u{a0}AMD", "Վճարել · Оплатить · Pay", "Torte &amp; &lt;tea&gt;", "value=decline"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    let press = async |page: &str, action: &str| {
        let (status, _, back) = told(shop.world.client.post(page).form(&[("action", action)])).await;
        (status, back)
    };
    let invoice = telcell.orders().pop().unwrap().id;
    let back = format!("http://127.0.0.1:8080/back?keep=1&invoice={invoice}&issuer_id=QS0x");
    assert_eq!(press(&page, "steal").await.0, 400);
    assert_eq!(press(&page, "close").await, (303, back.clone()));
    assert_eq!(telcell.orders().pop().unwrap().status, "NEW");
    assert_eq!(press(&page, "pay").await, (303, back.clone()));
    assert_eq!(press(&page, "decline").await, (303, back.clone()));
    assert_eq!(telcell.orders().pop().unwrap().status, "PAID");
    assert!(told(shop.world.client.get(&page)).await.1.contains("Paid"));
    assert_eq!(telcell.act(&invoice, Act::Close), Ok(Acted::Back(back)));
    assert!(
        told(shop.world.client.get(format!("{}/payments/invoice/?invoice=1", telcell.base_url())))
            .await
            .1
            .contains("E0007")
    );

    let (_, _, page) = shop.post(&form("A-2", &[])).await;
    telcell.set_faults(Faults { outage: true, ..Faults::default() });
    assert_eq!(told(shop.world.client.get(&page)).await.0, 303, "straight back");
    assert_eq!(press(&page, "pay").await.0, 303);
    assert_eq!(telcell.orders().pop().unwrap().status, "NEW");
}

#[tokio::test]
async fn callbacks_are_sealed_sent_once_and_as_habit_has_it() {
    let shop = Shop::open().await;
    let telcell = &shop.world.sandbox.telcell;
    let invoice = shop.paid("A-1").await;
    assert_eq!((shop.world.sandbox.deliver_due().await, shop.world.sandbox.deliver_due().await), (1, 0));
    let came = shop.receiver.received().pop().unwrap();
    assert_eq!(came.header("content-type"), "application/x-www-form-urlencoded");
    let values: Vec<(String, String)> = url::form_urlencoded::parse(came.body.as_bytes()).into_owned().collect();
    let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["invoice", "issuer_id", "payment_id", "currency", "sum", "time", "status", "checksum"]);
    let expected = [&invoice, "QS0x", &values[2].1, "51", "1500", "2026-11-21 14:05:09", "PAID"];
    assert_eq!(values.iter().take(7).map(|(_, value)| value.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(values[7].1, md5(&[&[KEY], &expected[..]].concat()));
    let view = telcell.callbacks().pop().unwrap();
    assert_eq!((view.invoice, view.status, view.sent), (invoice, "PAID", 1));
    assert_eq!(view.answered.map(|(status, _)| status), Some(200));

    telcell.change_habits(|habits| {
        (habits.callback, habits.plain_issuer_id) = (Carriage::Json, true);
        habits.buyer = Some("37499000000".into());
    });
    shop.receiver.will_answer(&[500]);
    let rejected = shop.invoice("A-2").await;
    telcell.act(&rejected, Act::Decline).unwrap();
    assert_eq!(
        (shop.world.sandbox.deliver_due().await, shop.world.sandbox.deliver_due().await),
        (1, 0),
        "no second try"
    );
    let came = shop.receiver.received().pop().unwrap();
    assert!(came.body.contains("\"currency\":51,\"sum\":1500,"), "{}", came.body);
    let json = came.json();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    assert_eq!(
        (text("issuer_id"), text("status"), text("buyer")),
        ("A-2".into(), "REJECTED".into(), "37499000000".into())
    );
    let sealed =
        [KEY, &rejected, "A-2", &text("payment_id"), "37499000000", "51", "1500", "2026-11-21 14:05:09", "REJECTED"];
    assert_eq!(text("checksum"), md5(&sealed));
}

#[tokio::test]
async fn what_goes_wrong_goes_wrong_on_demand() {
    let shop = Shop::open().await;
    let telcell = &shop.world.sandbox.telcell;
    let with = |faults: Faults| telcell.set_faults(faults);
    with(Faults { push: Pushing::Hold, push_delay_s: 60, push_repeat: 2, ..Faults::default() });
    shop.paid("A-1").await;
    shop.world.pass_ms(59_999);
    with(Faults { push_repeat: 2, ..Faults::default() });
    assert_eq!(shop.world.sandbox.deliver_due().await, 0);
    shop.world.pass_ms(1);
    assert_eq!(shop.world.sandbox.deliver_due().await, 3);
    with(Faults { push: Pushing::Drop, ..Faults::default() });
    shop.paid("A-2").await;
    assert_eq!(shop.world.sandbox.deliver_due().await, 0);
    // Ignored for its whole life: nobody is told.
    with(Faults::default());
    shop.invoice("A-3").await;
    shop.world.pass_ms(86_400_000);
    assert_eq!((shop.world.sandbox.deliver_due().await, telcell.orders().pop().unwrap().status), (0, "EXPIRED".into()));
    with(Faults { paid: Lie::Times100, paid_currency: Some("RUB".into()), ..Faults::default() });
    let lied = shop.paid("A-4").await;
    let known = telcell.orders().pop().unwrap();
    assert_eq!((known.amount_minor, known.currency.as_str()), (15_000_000, "RUB"));
    let (_, told, _) = shop.post(&call("check_bill", &[("invoice", &lied), ("issuer_id", &id("A-4"))])).await;
    assert!(told.contains("currency=643\nsum=150000.0\n"), "{told}");
    with(Faults::default());
    assert!(telcell.act(&lied, Act::GiveBack { minor: 15_000_001 }).is_err());
    assert_eq!(telcell.act(&lied, Act::GiveBack { minor: 1 }), Ok(Acted::Done));
    assert_eq!(telcell.act(&lied, Act::Reverse), Ok(Acted::Done));
    assert!(telcell.act(&lied, Act::Pay).is_err() && telcell.act("1", Act::Pay).is_err());
    for (fault, made) in [(Reply::DropRequest, false), (Reply::Fail, false), (Reply::DropReply, true)] {
        let before = telcell.orders().len();
        with(Faults { start: fault, ..Faults::default() });
        let url = format!("{}/invoices", telcell.base_url());
        let sent = shop.world.client.post(url).form(&form(&format!("F-{fault:?}"), &[])).send().await;
        assert_eq!((sent.is_err(), telcell.orders().len() > before), (fault != Reply::Fail, made), "{fault:?}");
    }
    let cut = telcell.calls().iter().filter(|call| call.status.is_none()).count();
    assert_eq!(cut, 2);
}
