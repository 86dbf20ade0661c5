//! Samples of payment links: their form with all that can be asked, with faults, and why there is none.

use super::Sample;
use super::order::{DAY_MS, form, long, order, ways};
use crate::offer::{DeliveryWay, FieldKind, FieldLabel, LinkClosed, OfferField, OfferForm, Wrong};
use crate::view::{CheckoutState, CheckoutView};
use kamurj_domain::{Currency, Money};

/// The form of a link in every dress, and every way in which a link is closed.
pub(super) fn samples(now_ms: i64) -> Vec<Sample> {
    [offers(now_ms), closed(now_ms)].concat()
}

fn offers(now_ms: i64) -> Vec<Sample> {
    let bare = |fields: Vec<OfferField>, is_amount_fixed| OfferForm {
        action: form().action,
        key: form().key,
        version: 3,
        details: None,
        is_amount_fixed,
        until_ms: None,
        fields,
        ways: Vec::new(),
        is_changed: false,
    };
    let whole = |fields| OfferForm {
        details: Some("Պատրաստում ենք պատվերով։\nՎերցնել կարող եք երեք օրից։".to_owned()),
        until_ms: Some(now_ms + 9 * DAY_MS),
        ..bare(fields, false)
    };
    let show = |form: OfferForm| order(now_ms, CheckoutState::Offer(form));
    let offer = |name, view| Sample::checkout("offer", name, CheckoutView { items: Vec::new(), ..view });
    let everything = || [amount(), choices(), questions(), contact()].concat();
    vec![
        offer("offer", show(bare(contact(), true))),
        offer("offer_bare", show(bare(Vec::new(), true))),
        offer("offer_choosing", show(OfferForm { ways: ways(), ..bare(contact(), true) })),
        offer("offer_amount", show(whole([amount(), contact()].concat()))),
        offer("offer_order", show(whole([choices(), contact()].concat()))),
        offer("offer_questions", show(bare(questions(), true))),
        offer("offer_faults", show(whole(mistaken(everything())))),
        offer("offer_changed", show(OfferForm { is_changed: true, ..whole(choices()) })),
        offer("offer_long", long(now_ms, CheckoutState::Offer(whole(lengthened(everything()))))),
    ]
}

fn closed(now_ms: i64) -> Vec<Sample> {
    let state = |why| CheckoutState::LinkClosed { why, is_amount_fixed: true };
    let shown = |name, why| Sample::checkout("link_closed", name, order(now_ms, state(why)));
    let off = |message: Option<&str>| LinkClosed::Off { message: message.map(str::to_owned) };
    let uncounted = CheckoutState::LinkClosed { why: LinkClosed::UsedUp, is_amount_fixed: false };
    let long_words = "Դասերն ավարտվեցին։ ".repeat(20);
    vec![
        shown("link_closed_off", off(Some("Դասերն ավարտվեցին։ Հաջորդները՝ գարնանը։"))),
        shown("link_closed_off_without_message", off(None)),
        shown("link_closed_not_yet", LinkClosed::NotYet { from_ms: now_ms + DAY_MS }),
        shown("link_closed_over", LinkClosed::Over { until_ms: now_ms - DAY_MS }),
        shown("link_closed_used_up", LinkClosed::UsedUp),
        Sample::checkout("link_closed", "link_closed_without_sum", order(now_ms, uncounted)),
        shown("link_closed_busy", LinkClosed::Busy),
        Sample::checkout("link_closed", "link_closed_long", long(now_ms, state(off(Some(&long_words))))),
    ]
}

fn field(name: &str, label: FieldLabel, kind: FieldKind) -> OfferField {
    OfferField {
        name: name.to_owned(),
        label,
        kind,
        is_required: true,
        is_personal: false,
        value: String::new(),
        wrong: None,
    }
}

fn amount() -> Vec<OfferField> {
    let kind = FieldKind::Amount { min_minor: 50_000, max_minor: 10_000_000 };
    vec![OfferField { value: "2000".to_owned(), ..field("amount", FieldLabel::Amount, kind) }]
}

fn choices() -> Vec<OfferField> {
    let way =
        |id: &str, title: &str, price_minor| DeliveryWay { id: id.to_owned(), title: title.to_owned(), price_minor };
    let pieces = FieldKind::Quantity { min: 1, max: 5, each_minor: 1_250_000 };
    let ways =
        FieldKind::Delivery(vec![way("shop", "Խանութից, Աբովյան 12", 0), way("home", "Առաքում Երևանում", 150_000)]);
    vec![
        OfferField { value: "1".to_owned(), ..field("quantity", FieldLabel::Quantity, pieces) },
        field("delivery", FieldLabel::Delivery, ways),
    ]
}

fn questions() -> Vec<OfferField> {
    let ask = |id: &str, label: &str, kind| field(&format!("answer.{id}"), FieldLabel::Text(label.to_owned()), kind);
    let choice = |count: usize| {
        let each = (1..=count).map(|number| (format!("c{number}"), format!("Տարբերակ {number}")));
        FieldKind::Choice(each.collect())
    };
    let personal = |asked: OfferField| OfferField { is_personal: true, ..asked };
    let optional = |asked: OfferField| OfferField { is_required: false, ..asked };
    vec![
        personal(ask("name", "Անուն, ազգանուն", FieldKind::Text { max_length: 60 })),
        personal(ask("email", "Էլ. փոստ՝ տոմսերի համար", FieldKind::Email)),
        personal(ask("phone", "Հեռախոս", FieldKind::Phone)),
        ask("height", "Հասակը, սմ", FieldKind::Number),
        ask("day", "Ո՞ր օրվա համար", FieldKind::Date),
        ask("colour", "Գույնը", choice(3)),
        ask("size", "Չափսը", choice(9)),
        optional(ask("words", "Գրությունը տորթի վրա", FieldKind::Text { max_length: 40 })),
        optional(ask("wishes", "Ցանկություններ", FieldKind::Text { max_length: 500 })),
    ]
}

fn contact() -> Vec<OfferField> {
    let ask = |name, label, kind| OfferField { is_required: false, is_personal: true, ..field(name, label, kind) };
    vec![ask("email", FieldLabel::Email, FieldKind::Email), ask("phone", FieldLabel::Phone, FieldKind::Phone)]
}

/// Everything that can be wrong, each beside a field of its kind.
fn mistaken(fields: Vec<OfferField>) -> Vec<OfferField> {
    let drams = |minor| Money::new(minor, Currency::Amd);
    let wrong = |asked: &OfferField| match asked.kind {
        FieldKind::Amount { min_minor, max_minor } => Wrong::Amount { min: drams(min_minor), max: drams(max_minor) },
        FieldKind::Quantity { min, max, .. } => Wrong::Quantity { min, max },
        FieldKind::Delivery(_) => Wrong::Delivery(Vec::new()),
        FieldKind::Text { max_length: 500 } => Wrong::TooLong(500),
        FieldKind::Text { max_length: 40 } => Wrong::CardNumber,
        FieldKind::Text { .. } => Wrong::Unanswered,
        FieldKind::Email => Wrong::Email,
        FieldKind::Phone => Wrong::Phone,
        FieldKind::Number => Wrong::Number,
        FieldKind::Choice(_) => Wrong::Choice(Vec::new()),
        FieldKind::Date => Wrong::Date,
    };
    fields.into_iter().map(|asked| OfferField { wrong: Some(wrong(&asked)), ..asked }).collect()
}

fn lengthened(fields: Vec<OfferField>) -> Vec<OfferField> {
    let longer = |asked: OfferField| {
        let label = match asked.label {
            FieldLabel::Text(_) => FieldLabel::Text("Երկարանունհարց".repeat(14)),
            label => label,
        };
        OfferField { label, ..asked }
    };
    fields.into_iter().take(8).map(longer).collect()
}
