//! Made-up payments in every state, for the tests and for looking at the pages. Nothing here is used by the server.

use kamurj_domain::format::Language;
use kamurj_pages::{
    Accent, Charge, CheckoutState, CheckoutView, ConfirmedBy, ConnectionAbout, ConnectionState, ConnectionView,
    Contact, FailureReason, GivenBack, Item, MerchantView, Mode, NotConnected, PayForm, Receipt, StartAgain, Way,
    WayTitle, WebLink,
};

/// 2026-11-21T10:05:00Z.
pub(crate) const NOW_MS: i64 = 1_795_255_500_000;
/// As long as a real one: 16 bytes in base64url.
pub(crate) const NONCE: &str = "MDEyMzQ1Njc4OWFiY2RlZg";

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The form of the sample payment.
pub(crate) fn form() -> PayForm {
    PayForm {
        action: "/p/Jx0sQ2m8TzW4kVbN7rYc1A/pay".to_owned(),
        key: "k7Qe0Yt3vXo1Zs5Bn9Lw2A".to_owned(),
        ways: Vec::new(),
    }
}

/// A card, the second of three ways, is chosen.
pub(crate) fn ways() -> Vec<Way> {
    let way = |account: &str, title, chosen| Way { account: account.to_owned(), title, chosen };
    vec![
        way("acc_1", WayTitle::Text("Idram".to_owned()), false),
        way("acc_2", WayTitle::Card, true),
        way("acc_3", WayTitle::Text("Visa <Gold> & Arca".to_owned()), false),
    ]
}

/// Nothing has been tried yet.
pub(crate) fn ready() -> CheckoutState {
    CheckoutState::Ready { form: form() }
}

/// Every state, named as its picture is.
pub(crate) fn states() -> Vec<(&'static str, CheckoutState)> {
    let failed = |reason, charge| CheckoutState::Failed { reason, charge, form: form() };
    let receipt = Receipt {
        paid_at_ms: NOW_MS - 3 * MINUTE_MS,
        reference: Some("5f3c1a77-0b9e-4d52-9a61-6e0d6f3b8c21".to_owned()),
        confirmed_by: ConfirmedBy::Bank,
        given_back: GivenBack::Nothing,
        next_step: None,
        return_to: None,
    };
    let partly_refunded = Receipt { given_back: GivenBack::Part(250_000), ..receipt.clone() };
    let refunded = Receipt { given_back: GivenBack::All(1_250_000), ..receipt.clone() };
    let by_seller = Receipt {
        confirmed_by: ConfirmedBy::Seller,
        next_step: Some("Կոդ՝ ԱՐԱՐԱՏ-2026\nՑույց տվեք այն մուտքի մոտ։".to_owned()),
        return_to: WebLink::parse("https://shop.example/thanks?order=1"),
        ..receipt.clone()
    };
    vec![
        ("ready", ready()),
        ("ready_choosing", CheckoutState::Ready { form: PayForm { ways: ways(), ..form() } }),
        (
            "unfinished",
            CheckoutState::Unfinished {
                started_at_ms: NOW_MS - 4 * MINUTE_MS,
                open_until_ms: Some(NOW_MS + 16 * MINUTE_MS),
                form: form(),
                start_again: Some(StartAgain {
                    attempt: "att_1".to_owned(),
                    key: "another-key".to_owned(),
                    ways: ways(),
                }),
            },
        ),
        (
            "handing_over",
            CheckoutState::HandingOver {
                action: "https://wallet.example/Payment/GetPayment".to_owned(),
                fields: vec![
                    ("EDP_AMOUNT".to_owned(), "12500.00".to_owned()),
                    ("EDP_BILL_NO".to_owned(), "k_1".to_owned()),
                ],
            },
        ),
        (
            "checking",
            CheckoutState::Checking { reference: Some("KMJ-000042-2".to_owned()), checked_at_ms: Some(NOW_MS - 1000) },
        ),
        ("paid", CheckoutState::Paid(receipt)),
        ("paid_by_seller", CheckoutState::Paid(by_seller)),
        ("partly_refunded", CheckoutState::Paid(partly_refunded)),
        ("refunded", CheckoutState::Paid(refunded)),
        ("failed", failed(FailureReason::Declined, Charge::NotTaken)),
        ("failed_3ds", failed(FailureReason::NotAuthenticated, Charge::NotTaken)),
        ("failed_cancelled", failed(FailureReason::CancelledByCustomer, Charge::NotTaken)),
        ("failed_timed_out", failed(FailureReason::TimedOut, Charge::NotKnown)),
        ("failed_bank", failed(FailureReason::BankUnavailable, Charge::NotKnown)),
        ("expired", CheckoutState::Expired),
        (
            "cancelled",
            CheckoutState::Cancelled {
                message: Some("Ապրանքն ավարտվել է, ներեցեք։".to_owned())
            },
        ),
        ("too_many", CheckoutState::TooMany { opens_at_ms: Some(NOW_MS + 15 * MINUTE_MS) }),
        ("locked", CheckoutState::TooMany { opens_at_ms: None }),
        (
            "in_review",
            CheckoutState::InReview { reference: Some("KMJ-000042-2".to_owned()), answer_by_ms: Some(NOW_MS + DAY_MS) },
        ),
    ]
}

/// An ordinary payment in the given state.
pub(crate) fn view(state: CheckoutState, language: Language, mode: Mode) -> CheckoutView {
    let expired = matches!(state, CheckoutState::Expired);
    CheckoutView {
        state,
        version: Some(7),
        language,
        mode,
        merchant: MerchantView {
            name: "Նռնենի խեցեգործություն".to_owned(),
            handle: Some("@nrneni_ceramics".to_owned()),
            accent: Accent::parse("#a4243b").unwrap_or_default(),
            contact: Some(Contact::parse("https://t.me/nrneni_ceramics")),
        },
        amount_minor: 1_250_000,
        currency: "AMD".to_owned(),
        description: Some("Կավե թեյնիկ և երկու գավաթ".to_owned()),
        items: vec![
            Item { name: "Կավե թեյնիկ «Նուռ»".to_owned(), quantity: 1, unit_price_minor: 850_000 },
            Item { name: "Գավաթ, 200 մլ".to_owned(), quantity: 2, unit_price_minor: 200_000 },
        ],
        order_id: "TG-1042".to_owned(),
        expires_at_ms: if expired { NOW_MS - DAY_MS } else { NOW_MS + 3 * DAY_MS },
        now_ms: NOW_MS,
        provider_name: "VPOS.am".to_owned(),
        by_card: true,
        checkout_path: "/p/Jx0sQ2m8TzW4kVbN7rYc1A".to_owned(),
        host: "pay.nrneni.example".to_owned(),
    }
}

/// The same payment with everything as long as it may get.
pub(crate) fn long_view(state: CheckoutState, language: Language) -> CheckoutView {
    let usual = view(state, language, Mode::Test);
    let long_word = "Երկարանունխեցեգործականարտադրամասընկերություն";
    CheckoutView {
        merchant: MerchantView {
            name: format!("{long_word} {long_word}"),
            handle: Some(format!("@{}", "x".repeat(64))),
            contact: Some(Contact::parse(&format!("{}@{}.example", "c".repeat(60), "d".repeat(60)))),
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

/// Every page of the way back from a service, named as its picture is.
pub(crate) fn ways_back(language: Language, text: &str) -> Vec<(&'static str, ConnectionView)> {
    let no = ConnectionState::NotConnected;
    let ask = ConnectionState::Ask {
        action: "/oauth/callback".to_owned(),
        fields: vec![("code", text.to_owned()), ("state", text.to_owned())],
    };
    let about = ConnectionAbout {
        merchant: text.to_owned(),
        plugin: text.to_owned(),
        installation: "ins_01KAJ8QH8ZT3R5V9X1M2N4P6Q7".to_owned(),
        service: text.to_owned(),
        host: "www.amocrm.ru".to_owned(),
    };
    let states = [
        ("connect", ask),
        ("connected", ConnectionState::Connected),
        ("connect_unknown", no(NotConnected::Unknown)),
        ("connect_used", no(NotConnected::Used)),
        ("connect_expired", no(NotConnected::Expired)),
        ("connect_denied", no(NotConnected::Denied("access_denied".to_owned()))),
        ("connect_other_account", no(NotConnected::OtherAccount)),
        ("connect_changed", no(NotConnected::Changed)),
        ("connect_refused", no(NotConnected::Refused("invalid_grant".to_owned()))),
        ("connect_no_answer", no(NotConnected::NoAnswer)),
    ];
    let view = |(name, state)| {
        let about = (name != "connect_unknown").then(|| about.clone());
        (name, ConnectionView { language, test_mode: about.is_some(), about, state })
    };
    states.into_iter().map(view).collect()
}
