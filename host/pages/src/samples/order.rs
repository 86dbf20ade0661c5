//! The made-up seller and order that all samples share, and the same grown as long as anything may get.

use kamurj_domain::format::Language;

use crate::accent::Accent;
use crate::address::Contact;
use crate::brand::BrandView;
use crate::view::{CheckoutState, CheckoutView, Item, MerchantView, Mode, PayForm, Way, WayTitle};

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// An ordinary payment in a state.
pub(super) fn order(now_ms: i64, state: CheckoutState) -> CheckoutView {
    let expired = matches!(state, CheckoutState::Expired | CheckoutState::Renewable { .. });
    CheckoutView {
        state,
        version: Some(7),
        language: Language::Hy,
        mode: Mode::Live,
        merchant: MerchantView {
            name: "Նռնենի խեցեգործություն".to_owned(),
            handle: Some("@nrneni_ceramics".to_owned()),
            accent: Accent::parse("#a4243b").unwrap_or_default(),
            contact: Some(Contact::parse("https://t.me/nrneni_ceramics")),
            brand: BrandView::default(),
        },
        amount_minor: 1_250_000,
        currency: "AMD".to_owned(),
        description: Some("Կավե թեյնիկ և երկու գավաթ".to_owned()),
        items: vec![
            Item { name: "Կավե թեյնիկ «Նուռ»".to_owned(), quantity: 1, unit_price_minor: 850_000 },
            Item { name: "Գավաթ, 200 մլ".to_owned(), quantity: 2, unit_price_minor: 200_000 },
        ],
        order_id: "TG-1042".to_owned(),
        expires_at_ms: if expired { now_ms - DAY_MS } else { now_ms + 3 * DAY_MS },
        now_ms,
        provider_name: "VPOS.am".to_owned(),
        by_card: true,
        checkout_path: "/p/Jx0sQ2m8TzW4kVbN7rYc1A".to_owned(),
        host: "pay.nrneni.example".to_owned(),
    }
}

/// The same payment with everything as long as it may get, in test mode.
pub(super) fn long(now_ms: i64, state: CheckoutState) -> CheckoutView {
    let usual = order(now_ms, state);
    let long_word = "Երկարանունխեցեգործականարտադրամասընկերություն";
    CheckoutView {
        mode: Mode::Test,
        merchant: MerchantView {
            name: format!("{long_word} {long_word}"),
            handle: Some(format!("@{}", "x".repeat(64))),
            contact: Some(Contact::parse(&format!("{}@{}.example", "c".repeat(60), "d".repeat(60)))),
            brand: BrandView::default(),
            ..usual.merchant
        },
        amount_minor: 123_456_789_050,
        description: Some(format!("{long_word}{long_word} {}", "W".repeat(80))),
        items: vec![Item { name: "Q".repeat(120), quantity: 123_456, unit_price_minor: 1_000_000_005 }],
        order_id: "ORDER-2026-11-21-".to_owned() + &"0123456789ABCDEF".repeat(8),
        provider_name: "Շատերկարանունբանկիվճարայինհամակարգ".to_owned(),
        host: format!("{}.example", "h".repeat(60)),
        ..usual
    }
}

/// The form of the sample payment.
pub(super) fn form() -> PayForm {
    PayForm {
        action: "/p/Jx0sQ2m8TzW4kVbN7rYc1A/pay".to_owned(),
        key: "k7Qe0Yt3vXo1Zs5Bn9Lw2A".to_owned(),
        ways: Vec::new(),
    }
}

/// The same with ways to choose among.
pub(super) fn choosing() -> PayForm {
    PayForm { ways: ways(), ..form() }
}

/// A card, the second of three ways, is chosen.
pub(super) fn ways() -> Vec<Way> {
    let way = |account: &str, title, chosen| Way { account: account.to_owned(), title, chosen };
    vec![
        way("acc_1", WayTitle::Text("Idram".to_owned()), false),
        way("acc_2", WayTitle::Card, true),
        way("acc_3", WayTitle::Text("Visa <Gold> & Arca".to_owned()), false),
    ]
}
