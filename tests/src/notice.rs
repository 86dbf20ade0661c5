//! Notices from the bank, written by hand: what the bank would send, and what somebody would who is not the bank.

use crate::World;
use crate::integrator::Answer;
use crate::world::canary;
use kamurj_domain::{Clock, time};
use kamurj_sandbox::bank::{SessionView, sign};
use serde_json::{Value, json};

/// A notice, as it goes over the wire. Change what you like after it is signed.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Where it is posted.
    pub url: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`; `None`: the header is missing.
    pub signature: Option<String>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl World {
    /// The bank's newest session.
    pub fn session(&self) -> SessionView {
        self.sandbox.bank.view().sessions.pop().expect("the bank has a session")
    }

    /// What the bank would tell about this session, were it in this status now.
    pub fn tidings(&self, session: &SessionView, status: &str) -> Value {
        tidings(session, status, self.clock.now())
    }

    /// A notice with these tidings, addressed to the merchant's account and signed with its secret.
    pub fn notice(&self, id: &str, tidings: &Value) -> Notice {
        self.signed_notice(&self.account, &canary("webhook secret"), id, tidings)
    }

    /// A notice to any account, signed now with any `whsec_` secret.
    pub fn signed_notice(&self, account: &str, secret: &str, id: &str, tidings: &Value) -> Notice {
        let kind = format!("payment.{}", tidings["status"].as_str().unwrap_or("unknown"));
        let body = json!({ "type": kind, "timestamp": time::rfc3339(self.clock.now()), "data": tidings }).to_string();
        self.sealed_notice(account, secret, id, self.clock.now().div_euclid(1000), &body)
    }

    /// A notice with any body, signed for any second.
    pub fn sealed_notice(&self, account: &str, secret: &str, id: &str, second: i64, body: &str) -> Notice {
        Notice::sealed(format!("{}/webhooks/providers/vpos/{account}", self.url), secret, id, second, body)
    }

    /// Posts a notice.
    pub async fn posts(&self, notice: &Notice) -> Answer {
        Answer::to(notice.request(&self.http)).await
    }
}

impl Notice {
    /// A notice with any body, signed for any second.
    pub fn sealed(url: String, secret: &str, id: &str, second: i64, body: &str) -> Self {
        Self {
            url,
            id: id.to_owned(),
            timestamp: second.to_string(),
            signature: Some(sign(secret, id, second, body).expect("a secret of the right form")),
            body: body.as_bytes().to_vec(),
        }
    }

    /// What posts it.
    pub fn request(&self, http: &reqwest::Client) -> reqwest::RequestBuilder {
        let mut request = http
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", &self.timestamp);
        if let Some(signature) = &self.signature {
            request = request.header("webhook-signature", signature);
        }
        request.body(self.body.clone())
    }
}

/// What the bank would tell about this session, were it in this status at this moment.
pub fn tidings(session: &SessionView, status: &str, now: i64) -> Value {
    let now = time::rfc3339(now);
    json!({
        "id": session.id,
        "merchantOrderId": session.merchant_order_id,
        "amountMinor": session.amount_minor,
        "currency": session.currency,
        "status": status,
        "checkoutUrl": session.checkout_url,
        "updatedAt": now,
        "paidAt": (status == "paid").then_some(now),
        "reference": (status == "paid").then_some("612345678901"),
    })
}
