//! The sale's middle: from the link over the page to the bank and back, without script, as a strict browser would.

use serde_json::Value;
use std::fs;

use super::seen::{number, word};
use super::{Charge, Link, PRICE_MINOR, PRICE_SHOWN, Sale};
use crate::markup::{self, Form};
use crate::place;
use crate::say::step;
use crate::stack::DEMO_MERCHANT;

impl Sale<'_> {
    pub(super) fn customer_pays(&self, link: &Link) -> Result<Charge, String> {
        let (page, form) = step("the checkout page opens", || self.page_opens(link))?;
        step("a second look changes nothing", || self.second_look(link, &page))?;
        let bank_page = step("the customer presses Pay", || {
            let fields: Vec<(&str, &str)> = form.hidden.iter().map(|(name, value)| (&**name, &**value)).collect();
            let answer = self.http.post_form(&self.absolute(&form.action), &fields)?;
            let bank_page = answer.leads_to(&format!("{}/pay/", self.stack.bank_url))?.to_owned();
            let session = self.only_session()?;
            let order = word(&session, "merchant_order_id");
            match (number(&session, "amount_minor")?, word(&session, "currency")) {
                (PRICE_MINOR, "AMD") => {
                    let detail = format!("303 to the bank, session {} for order {order}", word(&session, "id"));
                    Ok((bank_page, detail))
                }
                (minor, currency) => Err(format!("expected a session over {PRICE_MINOR} AMD, saw {minor} {currency}")),
            }
        })?;
        step("the bank's page opens", || {
            let page = self.http.get(&bank_page)?;
            match markup::text(&page.body) {
                text if page.status == 200 && text.contains(PRICE_SHOWN) => {
                    Ok(((), format!("it asks for {PRICE_SHOWN}")))
                }
                text => Err(format!("expected 200 with {PRICE_SHOWN}, saw {}: {text}", page.status)),
            }
        })?;
        let (back, charge) = step("the customer pays at the bank", || {
            let answer = self.http.post_form(&bank_page, &[("action", "pay")])?;
            let back = answer.leads_to(&format!("{}/r/", self.stack.server_url))?.to_owned();
            let session = self.only_session()?;
            let (id, reference) = (word(&session, "id").to_owned(), word(&session, "reference").to_owned());
            match word(&session, "status") {
                "paid" => {
                    let detail = format!("session {id} is paid, reference {reference}, 303 back");
                    Ok(((back, Charge { session: id, reference }), detail))
                }
                other => Err(format!("expected session {id} to be paid, saw {other}")),
            }
        })?;
        let page = step("the browser comes back", || {
            let answer = self.http.get(&back)?;
            let page = answer.leads_to("/p/").or_else(|_| answer.leads_to(&self.stack.server_url))?;
            Ok((self.absolute(page), "303 to the payment's page".to_owned()))
        })?;
        step("the page says paid", || {
            let expected = paid_heading()?;
            let heading = self.patience.until(&format!("a page headed «{expected}»"), || {
                let page = self.http.get(&page)?;
                match markup::heading(&page.body) {
                    heading if heading == expected => Ok(heading),
                    heading => Err(format!("{} «{heading}»", page.status)),
                }
            })?;
            Ok(((), format!("«{heading}»")))
        })?;
        Ok(charge)
    }

    fn page_opens(&self, link: &Link) -> Result<((String, Form), String), String> {
        let page = self.http.get(&link.url)?;
        let text = markup::text(&page.body);
        if page.status != 200 {
            return Err(format!("expected 200, saw {}: {text}", page.status));
        }
        for expected in [DEMO_MERCHANT, PRICE_SHOWN] {
            if !text.contains(expected) {
                return Err(format!("expected «{expected}» on the page, saw {text}"));
            }
        }
        let form = markup::form(&page.body).ok_or_else(|| format!("expected a form on the page, saw {text}"))?;
        if !form.hidden.iter().any(|(name, value)| name == "form_key" && !value.is_empty()) {
            return Err(format!("expected a form with a key, saw {form:?}"));
        }
        let detail = format!("«{}», {DEMO_MERCHANT}", markup::heading(&page.body));
        Ok(((text, form), detail))
    }

    /// Chat apps fetch links by themselves, any number of times.
    fn second_look(&self, link: &Link, first: &str) -> Result<((), String), String> {
        let again = self.http.get(&link.url)?;
        let text = markup::text(&again.body);
        if text != first {
            return Err(format!("expected the same page, saw {text}"));
        }
        match self.state()?.creates() {
            0 => Ok(((), "the same page, nothing asked of the bank".to_owned())),
            count => Err(format!("expected nothing asked of the bank, saw {count} requests for a session")),
        }
    }

    fn only_session(&self) -> Result<Value, String> {
        let state = self.state()?;
        match state.sessions() {
            [session] => Ok(session.clone()),
            sessions => Err(format!("expected one session at the bank, saw {}", sessions.len())),
        }
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.stack.server_url) } else { url.to_owned() }
    }
}

/// The heading of the paid page in the chat's language, from the texts that the page is made of.
fn paid_heading() -> Result<String, String> {
    let path = place::checkout().join("checkout-templates/locales/hy.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let texts: Value = serde_json::from_str(&text).map_err(|error| format!("`{}`: {error}", path.display()))?;
    texts["paid_heading"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("`{}` has no `paid_heading`", path.display()))
}
