//! What a plugin may do about its merchant's payments: ask for one, read one, open one again for its payer, propose something about
//! one.

use super::{RunPorts, call_failed, refused};
use crate::request::{self, Ask};
use crate::work::view::{self, OfLink};
use kamurj_domain::format::Language;
use kamurj_domain::renewal::{NotRenewed, PAYER, renewed_until};
use kamurj_domain::{Currency, ExceptionKind, Money, Status, money};
use kamurj_plugins::PaymentError;
use kamurj_plugins::contract::{Payment, PaymentRequest, Proposal};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::jobs::Kind;
use kamurj_store::links::places;
use kamurj_store::payments::View;
use kamurj_store::road::{Created, Renewed};
use kamurj_store::{Error, Tx, attempts, facts, inbox, links, merchants, payments};

impl RunPorts {
    pub(super) async fn put_before_people(&self, proposal: Proposal) -> Result<(), PaymentError> {
        let invalid = |field: &str, detail: &str| Err(refused("invalid", format!("{field}: {detail}")));
        if proposal.key.is_empty() || proposal.key.len() > 128 {
            return invalid("key", "must have 1 to 128 bytes");
        }
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if proposal.kind.is_empty() || proposal.kind.len() > 32 || !proposal.kind.bytes().all(is_word) {
            return invalid("kind", "must be one word such as `cancel`: 1 to 32 of `a-z _`");
        }
        if proposal.reason.trim().is_empty() || proposal.reason.chars().count() > request::MAX_TEXT {
            return invalid("reason", "must have 1 to 500 characters");
        }
        if request::holds_card_number(&proposal.reason) {
            return invalid("reason", "looks like a card number");
        }
        let mut tx = self.app.db.write().await.map_err(call_failed)?;
        let payment = self.own_payment(&mut tx, &proposal.payment_id).await?;
        let exception = Exception {
            id: self.app.ids.new_id("exc"),
            merchant_id: payment.merchant_id,
            mode: payment.mode,
            payment_id: Some(payment.id),
            kind: ExceptionKind::PluginProposal.word().to_owned(),
            subject: format!("{}/{}", self.installation.id, proposal.key),
            detail: format!("{} proposes {}: {}", self.installation.plugin, proposal.kind, proposal.reason.trim()),
        };
        exceptions::open(&mut tx, &exception, self.app.now()).await.map_err(call_failed)?;
        self.app.commit(tx).await.map_err(call_failed)
    }

    pub(super) async fn ask(&self, request: PaymentRequest) -> Result<Payment, PaymentError> {
        let app = &self.app;
        let mut tx = app.db.write().await.map_err(call_failed)?;
        let merchant = merchants::by_id(&mut tx, &self.installation.merchant_id)
            .await
            .map_err(call_failed)?
            .ok_or_else(|| refused("not-found", "the merchant is gone"))?;
        let ask = self.check(request, &merchant.locale)?;
        let actor = self.actor();
        let created = request::create(app, &mut tx, ask, &actor).await.map_err(call_failed)?;
        let payment = match created {
            Created::Made(payment) => {
                self.asked_in(&mut tx, &payment).await?;
                payment
            }
            Created::Known(payment) => payment,
            Created::OrderTaken(_) => {
                return Err(refused("conflict", "order-id: another payment has this order number"));
            }
        };
        let shown = self.shown(&mut tx, &payment).await?;
        app.commit(tx).await.map_err(call_failed)?;
        Ok(shown)
    }

    pub(super) async fn look(&self, id: &str) -> Result<Payment, PaymentError> {
        let mut tx = self.app.db.read().await.map_err(call_failed)?;
        let payment = self.own_payment(&mut tx, id).await?;
        self.shown(&mut tx, &payment).await
    }

    /// Opens an expired payment again, by the rules and counts of the payer's own page: it is the payer who asks.
    pub(super) async fn open_again(&self, id: &str) -> Result<Payment, PaymentError> {
        let app = &self.app;
        let mut tx = app.db.write().await.map_err(call_failed)?;
        let payment = self.own_payment(&mut tx, id).await?;
        let renewed = app.road(PAYER).renew(&mut tx, &payment.id).await.map_err(call_failed)?;
        let Renewed::Open(payment) = renewed else {
            let why = why_not(&mut tx, &payment, app.now()).await.map_err(call_failed)?;
            return Err(refused("conflict", why));
        };
        if !payment.status.takes_attempts() && payment.status != Status::Pending {
            return Err(refused("conflict", format!("the payment is {}", payment.status.word())));
        }
        let shown = self.shown(&mut tx, &payment).await?;
        app.commit(tx).await.map_err(call_failed)?;
        Ok(shown)
    }

    /// A payment of the installation's merchant in its mode. Another's looks like none.
    pub(super) async fn own_payment(&self, tx: &mut Tx, id: &str) -> Result<payments::Payment, PaymentError> {
        payments::by_id(tx, id)
            .await
            .map_err(call_failed)?
            .filter(|payment| payment.merchant_id == self.installation.merchant_id)
            .filter(|payment| payment.mode == self.installation.mode)
            .ok_or_else(|| refused("not-found", "this installation has no payment with this id"))
    }

    /// The payment as a plugin sees it now.
    pub(super) async fn shown(&self, tx: &mut Tx, payment: &payments::Payment) -> Result<Payment, PaymentError> {
        let attempts = attempts::of_payment(tx, &payment.id).await.map_err(call_failed)?.len();
        let of_link = OfLink::read(&self.app, tx, payment).await.map_err(call_failed)?;
        view::payment(&self.app, payment, View::of(payment, attempts), of_link).map_err(call_failed)
    }

    /// Notes that the payment was asked for in the run of a message, where it was.
    pub(super) async fn asked_in(&self, tx: &mut Tx, payment: &payments::Payment) -> Result<(), PaymentError> {
        let Some(message) = self.job.as_ref().filter(|job| job.kind == Kind::Hook) else { return Ok(()) };
        inbox::asked_in(tx, &payment.id, &message.subject).await.map_err(call_failed)
    }

    /// Who does what this run does, as journals have it.
    pub(super) fn actor(&self) -> String {
        format!("plugin {}", self.installation.plugin)
    }

    /// A plugin's request by the same rules as the API's.
    fn check(&self, request: PaymentRequest, locale: &str) -> Result<Ask, PaymentError> {
        let invalid = |field: &str, detail: &str| Err(refused("invalid", format!("{field}: {detail}")));
        let Some(currency) = view::currency(&request.amount) else {
            return invalid("amount", "the currency must be AMD, RUB, USD or EUR");
        };
        let amount = Money::new(request.amount.minor, currency);
        if amount.minor <= 0 || amount.minor > money::MAX_MINOR {
            return invalid("amount", "must be above zero and not absurd");
        }
        if currency == Currency::Amd && amount.minor % 100 != 0 {
            return invalid("amount", "AMD amounts are whole drams");
        }
        if request.key.is_empty() || request.key.len() > 128 {
            return invalid("key", "must have 1 to 128 bytes");
        }
        if let Some(fault) = request.order_id.as_deref().and_then(request::order_id_fault) {
            return invalid("order-id", fault);
        }
        if request.description.chars().count() > request::MAX_TEXT {
            return invalid("description", "must have at most 500 characters");
        }
        if request::holds_card_number(&request.description) {
            return invalid("description", "looks like a card number");
        }
        if request.items.iter().any(|item| request::holds_card_number(&item.name)) {
            return invalid("items", "a name looks like a card number");
        }
        let customer = [&request.customer.name, &request.customer.phone, &request.customer.email];
        if customer.into_iter().flatten().any(|text| request::holds_card_number(text)) {
            return invalid("customer", "looks like a card number");
        }
        if request.order_id.as_deref().is_some_and(request::holds_card_number) {
            return invalid("order-id", "looks like a card number");
        }
        if request.items.len() > request::MAX_ITEMS {
            return invalid("items", "must have at most 100 lines");
        }
        let in_currency = request.items.iter().all(|item| item.unit_price.currency == request.amount.currency);
        let sum: i128 =
            request.items.iter().map(|item| i128::from(item.unit_price.minor) * i128::from(item.quantity)).sum();
        if !request.items.is_empty() && (!in_currency || sum != i128::from(amount.minor)) {
            return invalid("items", "must add up to the amount, in its currency");
        }
        let life = match request.expires_in_ms {
            None => request::DEFAULT_LIFE_MS,
            Some(life) => i64::try_from(life).unwrap_or(i64::MAX),
        };
        if !(request::MIN_LIFE_MS..=request::MAX_LIFE_MS).contains(&life) {
            return invalid("expires-in-ms", "must be between five minutes and 180 days");
        }
        if let Some(locale) = &request.locale
            && Language::parse(locale).is_none()
        {
            return invalid("locale", "must be hy, ru or en");
        }
        Ok(Ask {
            merchant_id: self.installation.merchant_id.clone(),
            mode: self.installation.mode,
            order_id: request.order_id.clone(),
            request_key: Some(format!("{}/{}", self.installation.id, request.key)),
            amount,
            expires_at: self.app.now() + life,
            particulars: view::particulars(request, locale),
            provider_account: None,
        })
    }
}

/// Why an expired payment is not opened again, for whoever reads the plugin's log.
async fn why_not(tx: &mut Tx, payment: &payments::Payment, now: i64) -> Result<String, Error> {
    if let Some(pressed) = places::of_payment(tx, &payment.id).await?
        && let Some(link) = links::by_id(tx, &pressed.link_id).await?
    {
        if link.closed(now).is_some() {
            return Ok("the link that it came from takes no payments now".to_owned());
        }
        if pressed.place == places::Place::Freed && !link.has_room() {
            return Ok("the link that it came from has no place left".to_owned());
        }
    }
    let known = facts::of_payment(tx, &payment.id).await?;
    Ok(match renewed_until(&payment.terms, payment.created_at, &known, &payment.policy, now) {
        Err(NotRenewed::TooOften) => "it was opened again as often as the merchant allows",
        Err(NotRenewed::TooLate) => "it ended too long ago",
        Ok(_) => "it cannot be opened again now",
    }
    .to_owned())
}
