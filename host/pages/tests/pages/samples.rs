//! The samples of the crate, taken apart: a state by itself, to be put on the ordinary payment in any language and mode.

use kamurj_domain::format::Language;
use kamurj_pages::{
    CheckoutState, CheckoutView, ConnectionAbout, ConnectionState, ConnectionView, Mode, PayForm, Sample, SamplePage,
    Way, samples,
};

/// 2026-11-21T10:05:00Z.
pub(crate) const NOW_MS: i64 = 1_795_255_500_000;
/// As long as a real one: 16 bytes in base64url.
pub(crate) const NONCE: &str = "MDEyMzQ1Njc4OWFiY2RlZg";

fn checkout(sample: Sample) -> Option<(&'static str, CheckoutView)> {
    match sample.page {
        SamplePage::Checkout(view) => Some((sample.name, *view)),
        _ => None,
    }
}

/// The page of a payment by its sample's name.
pub(crate) fn named(wanted: &str) -> CheckoutView {
    let found = samples(NOW_MS).into_iter().filter_map(checkout).find(|(name, _)| *name == wanted);
    found.expect("the sample exists").1
}

/// The form of the sample payment.
pub(crate) fn form() -> PayForm {
    form_of("ready")
}

/// A card, the second of three ways, is chosen.
pub(crate) fn ways() -> Vec<Way> {
    form_of("ready_choosing").ways
}

fn form_of(name: &str) -> PayForm {
    match named(name).state {
        CheckoutState::Ready { form } => form,
        other => panic!("no form in {other:?}"),
    }
}

/// Every state, named as its sample is.
pub(crate) fn states() -> Vec<(&'static str, CheckoutState)> {
    let all = samples(NOW_MS).into_iter().filter_map(checkout);
    all.filter(|(name, _)| !name.ends_with("_long")).map(|(name, view)| (name, view.state)).collect()
}

/// An ordinary payment in the given state.
pub(crate) fn view(state: CheckoutState, language: Language, mode: Mode) -> CheckoutView {
    let usual = if matches!(state, CheckoutState::Expired | CheckoutState::Renewable { .. }) {
        "expired"
    } else {
        "ready_items"
    };
    CheckoutView { state, language, mode, ..named(usual) }
}

/// The same payment with everything as long as it may get.
pub(crate) fn long_view(state: CheckoutState, language: Language) -> CheckoutView {
    let usual = if matches!(state, CheckoutState::Expired | CheckoutState::Renewable { .. }) {
        "expired_long"
    } else {
        "ready_long"
    };
    CheckoutView { state, language, ..named(usual) }
}

/// Every page of the way back from a service, with this text wherever the service or the merchant has one.
pub(crate) fn ways_back(language: Language, text: &str) -> Vec<(&'static str, ConnectionView)> {
    let with_text = |sample: Sample| {
        let SamplePage::Connection(view) = sample.page else { return None };
        let state = match view.state {
            ConnectionState::Ask { action, fields } => {
                let fields = fields.into_iter().map(|(name, _)| (name, text.to_owned())).collect();
                ConnectionState::Ask { action, fields }
            }
            other => other,
        };
        let about = view.about.map(|about| ConnectionAbout {
            merchant: text.to_owned(),
            plugin: text.to_owned(),
            service: text.to_owned(),
            ..about
        });
        Some((sample.name, ConnectionView { language, about, state, ..*view }))
    };
    samples(NOW_MS).into_iter().filter_map(with_text).collect()
}
