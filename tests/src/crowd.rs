//! Many at once: shops with hundreds of attempts whose end is not known, put on the road without browsers, and payers who come
//! one by one.

use crate::World;
use crate::integrator::Answer;
use crate::neighbour::Neighbour;
use kamurj_domain::attempt::Call;
use kamurj_domain::{Attempt, Currency, Mode, Money, Particulars};
use kamurj_server::install::{self, Entered, NewMerchant};
use kamurj_store::payments::{self, Payment};
use kamurj_store::road::{Created, NewPayment, Started};
use kamurj_store::{Tx, attempts};
use reqwest::Method;
use serde_json::json;

/// How long the sessions of a crowd live, in milliseconds.
const SESSION: i64 = 20 * 60 * 1000;
/// How long its payments may be paid, in milliseconds.
const OPEN: i64 = 24 * 60 * 60 * 1000;

impl World {
    /// A merchant without plugins whose provider has this address.
    pub async fn shop_at(&self, bank_url: &str, name: &str) -> Neighbour {
        let app = self.app();
        let new =
            NewMerchant { name: name.to_owned(), handle: None, contact: None, locale: "hy".to_owned(), colour: None };
        let merchant = install::merchant(&app, new).await.expect("a merchant");
        let bank: Entered = serde_json::from_value(json!({
            "settings": { "base_url": bank_url, "checkout_origins": [bank_url] },
            "secrets": { "api_token": crate::world::canary("bank token"), "webhook_secret": crate::world::canary("webhook secret") },
        }))
        .expect("settings and secrets");
        let account = install::provider_account(&app, &merchant, Mode::Test, "vpos", bank).await.expect("an account");
        let key = install::api_key(&app, &merchant, Mode::Test, crate::world::every_scope("stories")).await;
        let (_, api_key) = key.expect("a key");
        Neighbour { merchant, api_key, account }
    }

    /// Starts so many attempts whose call to the bank never arrived there. All are to be asked about now.
    pub async fn leaves_pending(&self, shop: &Neighbour, count: usize) {
        let app = self.app();
        let mut tx = app.db.write().await.expect("the database writes");
        for _ in 0..count {
            self.leave(&mut tx, shop).await;
        }
        tx.commit().await.expect("a commit");
    }

    async fn leave(&self, tx: &mut Tx, shop: &Neighbour) {
        let app = self.app();
        let (road, now) = (app.road("stories"), app.now());
        let (payment, attempt) = (app.ids.new_id("pay"), app.ids.new_id("att"));
        let amount = Money::new(500_000, Currency::Amd);
        let new = NewPayment {
            id: payment.clone(),
            merchant_id: shop.merchant.clone(),
            mode: Mode::Test,
            order_id: payment.clone(),
            amount,
            expires_at: now + OPEN,
            particulars: Particulars::default(),
            provider_account: None,
            token_sealed: String::new(),
            keys: payments::Keys { token_hash: app.ids.new_token(), request_key: None },
        };
        assert!(matches!(road.create(tx, new).await.expect("a payment"), Created::Made(_)));
        let keys = attempts::Keys {
            form_key: app.ids.new_token(),
            return_hash: app.ids.new_token(),
            return_sealed: String::new(),
        };
        let attempt = Attempt {
            number: app.ids.new_id("k"),
            provider: "vpos".to_owned(),
            account: shop.account.clone(),
            asked: amount,
            started_at: now,
            session_ends_at: now + SESSION,
            call: Call::Dispatched,
            id: attempt,
        };
        let started = road.start_attempt(tx, &payment, &attempt, &keys, now, None).await.expect("an attempt");
        assert!(matches!(started, Started::Made), "{started:?}");
    }

    /// The shop's payments.
    pub async fn payments_of(&self, shop: &Neighbour) -> Vec<Payment> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        payments::all_of(&mut tx, &shop.merchant, Mode::Test).await.expect("the payments")
    }

    /// How many of the shop's payments have this status.
    pub async fn how_many(&self, shop: &Neighbour, status: &str) -> usize {
        self.payments_of(shop).await.iter().filter(|payment| payment.status.word() == status).count()
    }

    /// A payer of the shop gets as far as the bank's page; answers the payment, its page and the bank's session.
    pub async fn payer_at_the_bank(&mut self, shop: &Neighbour, order: &str) -> Payer {
        let body = json!({ "order_id": order, "amount": { "value": "5000", "currency": "AMD" } });
        let made = Answer::to(self.asks(&shop.api_key, Method::POST, "/v1/payments").json(&body)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let text = |field: &str| made.body[field].as_str().expect("a text").to_owned();
        let (payment, page) = (text("id"), text("checkout_url"));
        let bank = self.goes_to_the_bank(&page).await;
        let session = bank.rsplit_once('/').expect("an address").1.to_owned();
        Payer { payment, page, session }
    }
}

/// Somebody who has a session at the bank.
#[derive(Debug, Clone)]
pub struct Payer {
    /// `pay_…`.
    pub payment: String,
    /// The address of the payment's page.
    pub page: String,
    /// The bank's session.
    pub session: String,
}
