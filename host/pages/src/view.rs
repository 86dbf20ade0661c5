//! What a checkout page shows, in plain values: the server fills these in from its records. Nothing here knows how a page looks,
//! and nothing here decides what state a payment is in.

use crate::accent::Accent;
use crate::address::{Contact, WebLink};
use crate::brand::BrandView;
use crate::offer::{LinkClosed, OfferForm};
use kamurj_domain::format::Language;

/// Everything that one rendering of a payment's page needs.
#[derive(Clone, Debug)]
pub struct CheckoutView {
    /// What the customer is told and may do now.
    pub state: CheckoutState,
    /// The version of the payment that this shows, by which the page learns that it has changed; `None`: nothing to follow.
    pub version: Option<i64>,
    /// The language of the page.
    pub language: Language,
    /// Whether real money moves.
    pub mode: Mode,
    /// Who is paid.
    pub merchant: MerchantView,
    /// The amount of the payment in minor units (12 500 ֏ is 1250000).
    pub amount_minor: i64,
    /// ISO 4217 code of a currency with two decimals.
    pub currency: String,
    /// What is paid for, in the merchant's words.
    pub description: Option<String>,
    /// The lines of the order; may be empty.
    pub items: Vec<Item>,
    /// The merchant's own order id.
    pub order_id: String,
    /// When the payment can no longer be made, Unix milliseconds.
    pub expires_at_ms: i64,
    /// The time of this rendering, Unix milliseconds: dates leave out the year when it is the current one.
    pub now_ms: i64,
    /// The bank or wallet that the customer will be sent to, as customers know it.
    pub provider_name: String,
    /// Whether customers type card details there, whichever way they choose; wallets ask for other things.
    pub by_card: bool,
    /// The page's own path, such as `/p/{token}`; language and "check again" links point to it.
    pub checkout_path: String,
    /// The host that serves the page, shown because chat apps hide the address.
    pub host: String,
}

/// Whether real money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is charged; the page says so.
    Test,
    /// Real money.
    Live,
}

/// The seller, as customers know them.
#[derive(Clone, Debug)]
pub struct MerchantView {
    /// The name on the page and on the link's preview card.
    pub name: String,
    /// The name in the chat the customer came from, such as `@shop`.
    pub handle: Option<String>,
    /// The brand's colour.
    pub accent: Accent,
    /// Where questions go.
    pub contact: Option<Contact>,
    /// What else the brand changes.
    pub brand: BrandView,
}

/// A line of the order.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// The price of one, in minor units of the payment's currency.
    pub unit_price_minor: i64,
}

/// A way to pay among which the customer chooses: one of the seller's accounts at banks and wallets.
#[derive(Clone, Debug)]
pub struct Way {
    /// What choosing it posts as [`crate::ACCOUNT_FIELD`].
    pub account: String,
    /// What the customer reads.
    pub title: WayTitle,
    /// Whether it is chosen already.
    pub chosen: bool,
}

/// What the customer reads of a way to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayTitle {
    /// "Bank card", in the page's language.
    Card,
    /// The seller's own words, or a name.
    Text(String),
}

/// The form that starts or continues an attempt.
#[derive(Clone, Debug)]
pub struct PayForm {
    /// The path that takes the POST, such as `/p/{token}/pay`.
    pub action: String,
    /// The attempt key: the same key posted twice must lead to one bank session. Posted as [`crate::FORM_KEY_FIELD`].
    pub key: String,
    /// What the customer chooses among; none where there is nothing to choose.
    pub ways: Vec<Way>,
}

/// The form that leaves a try under way for another one.
#[derive(Clone, Debug)]
pub struct StartAgain {
    /// The attempt that is left: of two tabs that both start again, the second joins the first.
    pub attempt: String,
    /// The attempt key, as in [`PayForm`].
    pub key: String,
    /// What the customer chooses among, as in [`PayForm`].
    pub ways: Vec<Way>,
}

impl CheckoutState {
    /// Whether the view's amount is what is paid: a link may have none before something is chosen.
    pub(crate) fn has_amount(&self) -> bool {
        match self {
            Self::Offer(form) => form.is_amount_fixed,
            Self::LinkClosed { is_amount_fixed, .. } => *is_amount_fixed,
            _ => true,
        }
    }
}

/// What the customer is told and may do. Times are Unix milliseconds.
#[derive(Clone, Debug)]
pub enum CheckoutState {
    /// Nothing has been tried yet.
    Ready {
        /// How to pay.
        form: PayForm,
    },
    /// The page of a payment link: a form that makes a payment.
    Offer(OfferForm),
    /// A payment link that takes no press now.
    LinkClosed {
        /// Why.
        why: LinkClosed,
        /// Whether the view's amount is what a press would come to.
        is_amount_fixed: bool,
    },
    /// The customer went to the bank and came back without an answer; the bank's page may still be open.
    Unfinished {
        /// When the customer went to the bank.
        started_at_ms: i64,
        /// How long the bank's page can still be used, where the provider tells.
        open_until_ms: Option<i64>,
        /// How to continue.
        form: PayForm,
        /// How to leave this try for another one, where that is offered.
        start_again: Option<StartAgain>,
    },
    /// The customer's browser is about to post a form to the provider's page.
    HandingOver {
        /// Where the form goes: an absolute address.
        action: String,
        /// Its hidden fields, in order.
        fields: Vec<(String, String)>,
    },
    /// The bank's answer is being looked up.
    Checking {
        /// The number to quote when asking about this payment.
        reference: Option<String>,
        /// When the bank was last asked.
        checked_at_ms: Option<i64>,
    },
    /// Paid.
    Paid(Receipt),
    /// The last attempt failed and another one may be made.
    Failed {
        /// Why, as far as a customer can use it.
        reason: FailureReason,
        /// Whether the bank's answer proves that no money was taken.
        charge: Charge,
        /// How to try again.
        form: PayForm,
    },
    /// The time to pay is over.
    Expired,
    /// The same, and its payer may open it again: one tap, the same payment at the same address.
    Renewable {
        /// The path that takes the POST.
        action: String,
    },
    /// The merchant withdrew the payment.
    Cancelled {
        /// The merchant's own explanation, plain text.
        message: Option<String>,
    },
    /// Nothing new may be started here for now. It is never said which rule that is.
    TooMany {
        /// When it opens again, where it does so by itself.
        opens_at_ms: Option<i64>,
    },
    /// A person is looking at what the bank said.
    InReview {
        /// The number to quote when asking about this payment.
        reference: Option<String>,
        /// By when the customer is promised an answer, where anybody promised one.
        answer_by_ms: Option<i64>,
    },
}

/// What a paid page shows besides the order.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// When the provider took the money, Unix milliseconds.
    pub paid_at_ms: i64,
    /// The provider's reference of the attempt that paid.
    pub reference: Option<String>,
    /// Whose word "paid" rests on: a manual decision is never shown as the bank's.
    pub confirmed_by: ConfirmedBy,
    /// What has gone back to the customer since.
    pub given_back: GivenBack,
    /// What the customer gets or should do next, plain text; line breaks are kept.
    pub next_step: Option<String>,
    /// The way back to the merchant's site.
    pub return_to: Option<WebLink>,
    /// What the payment gives, in the seller's words: never there before it is paid.
    pub given: Option<String>,
    /// What went back, the oldest first.
    pub refunds: Vec<Refunded>,
    /// The customer's e-mail address or telephone number; the page shows a part of it.
    pub contact: Option<String>,
    /// The fiscal receipt, where the seller attached one.
    pub fiscal: Option<FiscalReceipt>,
}

/// A refund that the customer can look for on their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// When the provider gave it back, Unix milliseconds.
    pub at_ms: i64,
    /// How much, in minor units of the payment's currency.
    pub amount_minor: i64,
}

/// The receipt of the state's tax system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiscalReceipt {
    /// Its number.
    pub number: String,
    /// Where it can be looked at.
    pub url: Option<WebLink>,
}

/// What of a payment has gone back to the customer, in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBack {
    /// Nothing.
    Nothing,
    /// Less than was paid.
    Part(i64),
    /// All of it.
    All(i64),
}

/// Whose word "paid" rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmedBy {
    /// The bank's, verified by the server.
    Bank,
    /// A wallet's, verified by the server.
    Wallet,
    /// The merchant's operator's.
    Seller,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// The bank said no.
    Declined,
    /// 3-D Secure was not passed.
    NotAuthenticated,
    /// The customer pressed "cancel" at the bank.
    CancelledByCustomer,
    /// The bank's session ended unpaid.
    TimedOut,
    /// The bank could not be reached, or answered with an error of its own.
    BankUnavailable,
}

/// What is known about the money of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The bank's answer proves that nothing was taken.
    NotTaken,
    /// Nothing is proved; the page promises nothing.
    NotKnown,
}
