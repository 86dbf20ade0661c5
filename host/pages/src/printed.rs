//! What the templates may print: finished texts, and nothing else. The shape is the contract between templates and code; how values come
//! about is not known here.

use minijinja::Value;
use serde::Serialize;

use crate::accent::Shades;
use crate::brand;
use crate::connection::Field;
use crate::offered::Offer;
use crate::receipts::Piece;

/// What templates may print. Every field is always there: a template that names another one fails.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Page {
    pub(crate) t: Value,
    pub(crate) lang: &'static str,
    pub(crate) nonce: String,
    pub(crate) title: String,
    pub(crate) accent: Shades,
    pub(crate) style: brand::Style,
    pub(crate) brand: brand::Printed,
    pub(crate) languages: Vec<LanguageLink>,
    pub(crate) request_id: String,
    pub(crate) preview: Option<Preview>,
    pub(crate) test_mode: bool,
    pub(crate) merchant: Option<Merchant>,
    pub(crate) site: Option<String>,
    pub(crate) amount: Option<Amount>,
    pub(crate) description: Option<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) items: Vec<Line>,
    /// A long list must not push the pay button off the screen.
    pub(crate) items_folded: bool,
    pub(crate) form: Option<Form>,
    /// What the customer chooses among in the form.
    pub(crate) ways: Vec<Way>,
    /// Further hidden fields of the form.
    pub(crate) fields: Vec<Field>,
    /// `good`, `bad`, `waiting`, or nothing.
    pub(crate) mark: &'static str,
    pub(crate) start_again: Option<StartAgain>,
    pub(crate) card_note: String,
    pub(crate) again: String,
    pub(crate) reason: String,
    pub(crate) charge_unknown: bool,
    pub(crate) heading: String,
    pub(crate) confirmed: String,
    pub(crate) given_back: Option<String>,
    pub(crate) next_step: Option<String>,
    pub(crate) return_to: Option<Link>,
    pub(crate) message: Option<String>,
    /// The script, on pages that have it.
    pub(crate) script: Option<Script>,
    pub(crate) offer: Option<Offer>,
    /// Where a payer opens an expired payment again.
    pub(crate) renew: Option<String>,
    /// What the payment gives, cut into addresses and the rest.
    pub(crate) given: Vec<Piece>,
    pub(crate) fiscal_link: Option<Link>,
    /// What a receipt is and is not.
    pub(crate) receipt_note: String,
}

/// A link to the same page in another language; no address for the language that the page is in.
#[derive(Debug, Serialize)]
pub(crate) struct LanguageLink {
    pub(crate) tag: &'static str,
    pub(crate) name: &'static str,
    pub(crate) href: Option<String>,
}

/// What chat apps show of a link: who asks, for how much, for what. Never a status, which would make a forwarded card a false receipt.
#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) locale: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Merchant {
    pub(crate) name: String,
    pub(crate) handle: Option<String>,
    pub(crate) initial: String,
    pub(crate) contact: Option<ContactLink>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ContactLink {
    pub(crate) label: String,
    pub(crate) href: Option<String>,
    pub(crate) by_phone: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Amount {
    pub(crate) text: String,
    /// The currency in words, for screen readers that skip its sign.
    pub(crate) word: Option<String>,
    /// Whether it needs smaller figures to stay on one line of a small phone.
    pub(crate) long: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) value: String,
    /// RFC 3339, when the value is a moment.
    pub(crate) datetime: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) each: Option<String>,
    pub(crate) total: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) key: String,
    pub(crate) button: String,
}

/// The form that leaves a try under way for another one.
#[derive(Debug, Serialize)]
pub(crate) struct StartAgain {
    pub(crate) attempt: String,
    pub(crate) key: String,
    pub(crate) ways: Vec<Way>,
}

/// The script of a page.
#[derive(Debug, Serialize)]
pub(crate) struct Script {
    /// What it follows.
    pub(crate) live: Option<Live>,
}

/// Where the script asks whether the page is still right, and what it is right about.
#[derive(Debug, Serialize)]
pub(crate) struct Live {
    pub(crate) status: String,
    pub(crate) state: &'static str,
    pub(crate) version: i64,
}

/// A radio button.
#[derive(Debug, Serialize)]
pub(crate) struct Way {
    pub(crate) account: String,
    pub(crate) title: String,
    pub(crate) chosen: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) label: String,
}
