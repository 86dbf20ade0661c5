//! Pages of a seller who has a brand: own texts, contacts and terms, dark colours of its own and round corners. Its pictures and fonts
//! are left out, because nobody gives them out where samples are looked at.

use kamurj_domain::brand::Radius;

use super::{Sample, SamplePage, before, outcome};
use crate::accent::Accent;
use crate::address::{Contact, WebLink};
use crate::brand::{BrandView, TermsView};
use crate::view::{CheckoutView, MerchantView};

/// The page that asks for payment and the receipt, both under a brand; and the first again after a press without agreement.
pub(super) fn samples(now_ms: i64) -> Vec<Sample> {
    let page = |all: Vec<Sample>, wanted: &str| {
        let found = all.into_iter().find(|sample| sample.name == wanted);
        match found.map(|sample| sample.page) {
            Some(SamplePage::Checkout(view)) => Some(*view),
            _ => None,
        }
    };
    let ready = page(before::samples(now_ms), "ready");
    let paid = page(outcome::samples(now_ms), "paid");
    let mut all = Vec::new();
    if let Some(ready) = ready {
        all.push(Sample::checkout("ready", "ready_branded", under(ready.clone(), false)));
        all.push(Sample::checkout("ready", "ready_terms_missed", under(ready, true)));
    }
    all.extend(paid.map(|paid| Sample::checkout("paid", "paid_branded", under(paid, false))));
    all
}

fn under(view: CheckoutView, missed: bool) -> CheckoutView {
    let brand = BrandView {
        accent_dark: Accent::parse("#ff9e80"),
        radius: Radius::Round,
        ready: Some("Պատվերն ուղարկում ենք երկու աշխատանքային օրում։".to_owned()),
        paid: Some("Առաքիչը կզանգահարի Ձեզ առաքման օրը։".to_owned()),
        footer: Some("«Նռնենի» ՍՊԸ\nՀՎՀՀ 01234567".to_owned()),
        contacts: vec![Contact::parse("shop@nrneni.example"), Contact::Text("Երևան, Աբովյան 1".to_owned())],
        terms: WebLink::parse("https://nrneni.example/terms").map(|link| TermsView { link, must_agree: true, missed }),
        ..BrandView::default()
    };
    let accent = Accent::parse("#9c2f1b").unwrap_or_default();
    let contact = Some(Contact::parse("+374 10 123456"));
    CheckoutView { merchant: MerchantView { accent, contact, brand, ..view.merchant }, ..view }
}
