//! People who send the host what no bank has said. What is not signed rightly must be refused; what is signed rightly and
//! does not belong together must change nothing.

use crate::deeds::{Effect, session_of};
use crate::network::Letter;
use crate::secrets::canary;
use crate::shop::PUBLIC_URL;
use crate::world::World;
use kamurj_domain::{Clock as _, time};
use kamurj_sandbox::bank::{SessionView, sign};
use serde_json::json;
use std::sync::Arc;

/// What is forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    Unsigned,
    OthersKey,
    Stale,
    Tampered,
    OthersSession,
    OthersOrder,
}

impl World {
    /// Somebody sends a forged message about a session that a buyer has open.
    pub(crate) fn forges(&mut self) {
        let forgery = *self.dice.pick(&[
            Forgery::Unsigned,
            Forgery::OthersKey,
            Forgery::Stale,
            Forgery::Tampered,
            Forgery::OthersSession,
            Forgery::OthersOrder,
        ]);
        let Some((shop, session)) = self.some_session() else { return };
        let Some((letter, refuse)) = self.forged(forgery, shop, &session) else { return };
        let network = Arc::clone(&self.network);
        let what = match forgery {
            Forgery::Unsigned => "an unsigned message",
            Forgery::OthersKey => "a message signed with another's key",
            Forgery::Stale => "a message of yesterday",
            Forgery::Tampered => "a message that was changed on its way",
            Forgery::OthersSession => "a message about another's session",
            Forgery::OthersOrder => "a message about another shop's order",
        };
        self.begins(what, async move {
            Effect::Forged(what, refuse, network.deliver(&letter).await.map(|answer| answer.status))
        });
    }

    /// A session whose page some buyer knows: the host has its answer.
    fn some_session(&mut self) -> Option<(usize, SessionView)> {
        let pages = self.buyers.iter().flat_map(|buyer| buyer.banks.iter().map(|page| (buyer.shop, page)));
        let pages: Vec<(usize, String)> = pages.map(|(shop, page)| (shop, page.clone())).collect();
        if pages.is_empty() {
            return None;
        }
        let (shop, page) = self.dice.pick(&pages).clone();
        let sessions = self.shops[shop].sandbox.bank.view().sessions;
        sessions.into_iter().find(|known| known.id == session_of(&page)).map(|session| (shop, session))
    }

    fn forged(&mut self, forgery: Forgery, shop: usize, session: &SessionView) -> Option<(Letter, bool)> {
        let other = self.some_session();
        let own = canary(&format!("{}'s webhook secret", self.shops[shop].name));
        let others = canary(&format!("{}'s webhook secret", self.shops[1 - shop].name));
        let mut session = session.clone();
        match forgery {
            Forgery::OthersSession => {
                let (_, other) = other.filter(|(at, other)| *at == shop && other.id != session.id)?;
                session.id = other.id;
            }
            Forgery::OthersOrder => {
                let (_, other) = other.filter(|(at, _)| *at != shop)?;
                session = other;
            }
            Forgery::Unsigned | Forgery::OthersKey | Forgery::Stale | Forgery::Tampered => {}
        }
        let now = self.clock.now();
        let said = time::rfc3339(now);
        let body = json!({
            "type": "payment.paid",
            "timestamp": said,
            "data": {
                "id": session.id, "merchantOrderId": session.merchant_order_id, "amountMinor": session.amount_minor,
                "currency": session.currency, "status": "paid", "checkoutUrl": session.checkout_url,
                "updatedAt": said, "paidAt": said, "reference": "612345678901",
            },
        });
        let body = body.to_string();
        let id = format!("msg_forged_{}", self.dice.below(u64::MAX));
        let second = now.div_euclid(1000) - if forgery == Forgery::Stale { 86_400 } else { 0 };
        let signed = |body: &str, secret| sign(secret, &id, second, body).expect("a secret of the right form");
        let signature = match forgery {
            Forgery::Unsigned => None,
            Forgery::OthersKey => Some(signed(&body, others)),
            Forgery::Tampered => Some(signed(&body.replace("612345678901", "612345678902"), own)),
            Forgery::Stale | Forgery::OthersSession | Forgery::OthersOrder => Some(signed(&body, own)),
        };
        let mut headers =
            vec![("webhook-id".to_owned(), id.clone()), ("webhook-timestamp".to_owned(), second.to_string())];
        headers.extend(signature.map(|signature| ("webhook-signature".to_owned(), signature)));
        let url = format!("{PUBLIC_URL}/webhooks/providers/vpos/{}", self.shops[shop].account);
        if matches!(forgery, Forgery::OthersSession | Forgery::OthersOrder) {
            self.network.mixes(id);
        }
        let refuse = !matches!(forgery, Forgery::OthersSession | Forgery::OthersOrder);
        Some((Letter { url, headers, body }, refuse))
    }
}
