//! The page of a payment link: its form, or why there is none now.

use super::asked::fields;
use super::typed::Form;
use crate::app::App;
use crate::checkout::choice::Ways;
use crate::checkout::seller::{self, Asked, with_fonts};
use crate::checkout::{html, too_many};
use crate::front::limits::Shut;
use crate::problem::{Kind, Problem};
use axum::http::StatusCode;
use axum::response::Response;
use kamurj_domain::Money;
use kamurj_pages::{CheckoutState, CheckoutView, LinkClosed, OfferForm};
use kamurj_store::links::{Closed, Link};
use kamurj_store::{Tx, merchants};

/// Of which link a page tells, and to whom.
pub(super) struct Telling<'t> {
    pub(super) app: &'t App,
    pub(super) link: &'t Link,
    /// The link's token.
    pub(super) token: &'t str,
    pub(super) asked: Asked,
}

/// What the page shows.
pub(super) enum Shown {
    /// The form.
    Form(Form),
    /// Why nobody may press now.
    Closed(LinkClosed),
    /// That too many tried.
    TooMany(Shut),
}

impl Telling<'_> {
    /// Why the link takes no press now.
    pub(super) fn closed(&self) -> Option<LinkClosed> {
        let closed = self.link.closed(self.app.now()).map(|closed| match closed {
            Closed::Off => {
                LinkClosed::Off { message: self.link.off_reason.said_in(self.asked.language).map(str::to_owned) }
            }
            Closed::NotYet(from_ms) => LinkClosed::NotYet { from_ms },
            Closed::Over(until_ms) => LinkClosed::Over { until_ms },
        });
        let full = || if self.link.is_used_up() { LinkClosed::UsedUp } else { LinkClosed::Busy };
        closed.or_else(|| (!self.link.has_room()).then(full))
    }

    fn state(&self, form: Form, ways: &Ways) -> CheckoutState {
        let offer = &self.link.offer;
        let fields = fields(offer, self.asked.language, &form);
        let is_amount_fixed = offer.page_amount().is_some();
        // What is wrong with none of the fields that are shown was asked by another form: the link was changed since.
        let is_changed = form.is_changed
            || (!self.asked.missed_terms && form.filled.is_some() && fields.iter().all(|field| field.wrong.is_none()));
        CheckoutState::Offer(OfferForm {
            action: format!("/p/{}/pay", self.token),
            key: form.key,
            version: self.link.version,
            details: offer.description.said_in(self.asked.language).map(str::to_owned),
            is_amount_fixed,
            until_ms: self.link.valid_until,
            fields,
            // Where the payment's own page comes first, the choice is made there.
            ways: if is_amount_fixed { ways.choices(self.asked.language) } else { Vec::new() },
            is_changed,
        })
    }
}

/// The page, with this status.
pub(super) async fn page(
    tx: &mut Tx,
    telling: &Telling<'_>,
    status: StatusCode,
    shown: Shown,
) -> Result<Response, Problem> {
    let Telling { app, link, token, asked } = *telling;
    let language = asked.language;
    let merchant = merchants::by_id(tx, &link.merchant_id)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unavailable, "the link's merchant is gone"))?;
    let ways = Ways::of(app, tx, (&link.merchant_id, link.mode), link.provider_account.as_deref()).await?;
    let page_amount = link.offer.page_amount();
    let state = match shown {
        Shown::Form(form) => telling.state(form, &ways),
        Shown::TooMany(shut) => too_many(shut),
        Shown::Closed(why) => CheckoutState::LinkClosed { why, is_amount_fixed: page_amount.is_some() },
    };
    let amount = page_amount.unwrap_or(Money::new(0, link.offer.currency));
    let now = app.now();
    let view = CheckoutView {
        state,
        version: None,
        language,
        mode: seller::mode(link.mode),
        merchant: seller::seller(app, tx, &merchant, asked).await?,
        amount_minor: amount.minor,
        currency: amount.currency.code().to_owned(),
        description: link.offer.title.said_in(language).map(str::to_owned),
        items: Vec::new(),
        order_id: link.id.clone(),
        expires_at_ms: link.valid_until.unwrap_or(now + link.offer.payment_life_ms),
        now_ms: now,
        provider_name: ways.names(),
        by_card: ways.by_card(),
        checkout_path: format!("/p/{token}"),
        host: seller::host(app, &link.merchant_id),
    };
    let nonce = app.ids.new_token();
    let text = app.pages.checkout(&view, &nonce).map_err(|error| Problem::new(Kind::Unavailable, error.to_string()))?;
    Ok(with_fonts(html(app, status, text, &nonce, &ways.origins), &view.merchant.brand))
}
