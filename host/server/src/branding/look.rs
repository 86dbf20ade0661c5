//! A merchant as pages show them, from the merchant's row and the brand in force. Where there is no brand, pages look as if there were
//! no brands.

use super::cards;
use crate::app::App;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use kamurj_domain::brand::{Brand, Font};
use kamurj_domain::format::Language;
use kamurj_pages::{Accent, BrandView, Contact, Logo, MerchantView, TermsView, WebLink, policy_with_fonts};
use kamurj_store::merchants::Merchant;
use kamurj_store::{Error, Tx, branding};

/// How the page is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// In which language.
    pub(crate) language: Language,
    /// Whether the customer pressed without agreeing to the terms.
    pub(crate) missed_terms: bool,
}

/// The merchant as a page shows them.
pub(crate) async fn seller(app: &App, tx: &mut Tx, merchant: &Merchant, asked: Asked) -> Result<MerchantView, Error> {
    let published = branding::published(tx, &merchant.id).await?;
    let brand = published.as_ref().map(|version| &version.brand);
    let mut view = dressed(merchant, brand, asked);
    view.brand.card = Some(cards::url(app, merchant, brand, asked.language));
    Ok(view)
}

/// Whether this merchant's customers must agree to the terms before they pay.
pub(crate) async fn must_agree(tx: &mut Tx, merchant_id: &str) -> Result<bool, Error> {
    Ok(terms_to_agree_to(tx, merchant_id).await?.is_some())
}

/// The address of the terms that this merchant's customers must agree to before they pay.
pub(crate) async fn terms_to_agree_to(tx: &mut Tx, merchant_id: &str) -> Result<Option<String>, Error> {
    let published = branding::published(tx, merchant_id).await?;
    let terms = published.and_then(|version| version.brand.terms).filter(|terms| terms.must_agree);
    Ok(terms.map(|terms| terms.url))
}

/// The merchant in this brand, without a preview card.
pub(crate) fn dressed(merchant: &Merchant, brand: Option<&Brand>, asked: Asked) -> MerchantView {
    let mut contacts = brand.map(contacts).unwrap_or_default();
    let first =
        if contacts.is_empty() { merchant.contact.as_deref().map(Contact::parse) } else { Some(contacts.remove(0)) };
    MerchantView {
        name: cards::name(merchant, brand).to_owned(),
        handle: brand.and_then(|brand| brand.handle.clone()).or_else(|| merchant.handle.clone()),
        accent: cards::accent(merchant, brand),
        contact: first,
        brand: brand.map(|brand| view(brand, contacts, asked)).unwrap_or_default(),
    }
}

/// The ways to reach a person: what can be pressed first.
fn contacts(brand: &Brand) -> Vec<Contact> {
    let own = &brand.contacts;
    let linked = [&own.phone, &own.email, &own.web].into_iter().flatten().map(|text| Contact::parse(text));
    linked.chain(own.address.iter().map(|text| Contact::Text(text.clone()))).collect()
}

fn view(brand: &Brand, contacts: Vec<Contact>, asked: Asked) -> BrandView {
    let said = |texts: &kamurj_domain::link::Texts| texts.said_in(asked.language).map(str::to_owned);
    BrandView {
        accent_dark: brand.colour_dark.as_deref().and_then(Accent::parse),
        radius: brand.radius,
        font: brand.font,
        scheme: brand.scheme,
        logo: brand.logo.as_ref().map(|logo| Logo { path: logo.path(), width: logo.width, height: logo.height }),
        icon: brand.icon.as_ref().map(kamurj_domain::brand::Picture::path),
        ready: said(&brand.ready),
        paid: said(&brand.paid),
        footer: said(&brand.footer),
        contacts,
        terms: brand.terms.as_ref().and_then(|terms| {
            let link = WebLink::parse(&terms.url)?;
            Some(TermsView { link, must_agree: terms.must_agree, missed: asked.missed_terms })
        }),
        card: None,
    }
}

/// Lets a page that is set in a font of ours load it. Every other page's policy stays closed to fonts.
pub(crate) fn with_fonts(mut response: Response, brand: &BrandView) -> Response {
    if brand.font == Font::System {
        return response;
    }
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    if let Some(policy) = policy.and_then(|policy| HeaderValue::from_str(&policy_with_fonts(policy)).ok()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
