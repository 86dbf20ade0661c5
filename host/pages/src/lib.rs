//! The pages that customers see: what is asked of them, what happened to their money, and the headers those pages are served with.
//! And the one page that operators see, when they come back from a service that they connect.
//!
//! A page is made from plain values that the server fills in; this crate decides no state, reads no record and speaks to nobody. Pages
//! are whole without script, set no cookie and load nothing, so that they work in any chat app's browser; the one small script
//! (`checkout-templates/assets/live.js`) follows a state that may change. The templates and texts are embedded.

mod accent;
mod address;
mod brand;
mod connection;
mod context;
mod error;
mod fonts;
mod headers;
mod live;
mod offer;
mod offered;
mod plain;
mod printed;
mod qr;
mod receipts;
mod samples;
mod share;
mod templates;
mod texts;
mod view;

use kamurj_domain::format::Language;
use minijinja::{Environment, Value, value::Serde};

pub use accent::{Accent, Ground, Unfit};
pub use address::{Contact, WebLink};
pub use brand::{BrandView, CARD_SIZE, Logo, TermsView};
pub use connection::{ConnectionAbout, ConnectionState, ConnectionView, NotConnected};
pub use error::PagesError;
pub use fonts::{font, policy_with_fonts};
pub use headers::{REPORTS_PATH, RETURN_REFERRER_POLICY, content_security_policy, security_headers};
pub use offer::{DeliveryWay, FieldKind, FieldLabel, LinkClosed, OfferField, OfferForm, Wrong};
pub use qr::{LinkCode, MAX_QR_PIXELS, MIN_QR_PIXELS};
pub use samples::{Sample, SamplePage, samples};
pub use share::{Shared, Written};
pub use view::{
    Charge, CheckoutState, CheckoutView, ConfirmedBy, FailureReason, FiscalReceipt, GivenBack, Item, MerchantView,
    Mode, PayForm, Receipt, Refunded, StartAgain, Way, WayTitle,
};

use printed::Page;
use templates::{EMBEDDED, Sources};
use texts::Texts;

/// The name of the hidden field that carries [`PayForm::key`].
pub const FORM_KEY_FIELD: &str = "form_key";

/// The name of the hidden field that carries [`OfferForm::version`].
pub const VERSION_FIELD: &str = "version";

/// The name of the field by which the customer chooses a [`Way`].
pub const ACCOUNT_FIELD: &str = "account";

/// The name of the checkbox by which the customer agrees to the seller's terms, and of the query parameter that says it was missed.
pub const TERMS_FIELD: &str = "terms";

/// The name of the query parameter and of the hidden form field that carry the page's language.
pub const LANGUAGE_FIELD: &str = "lang";

/// The customer pages, compiled and checked, ready to render.
#[derive(Debug)]
pub struct Pages {
    environment: Environment<'static>,
    texts: [Texts; 3],
}

impl Pages {
    /// Compiles the embedded templates and locales. Fails when a template does not compile, a text is missing in any language or
    /// differs in its placeholders, or a template names a text that does not exist.
    pub fn new() -> Result<Pages, PagesError> {
        Pages::from_sources(&EMBEDDED)
    }

    fn from_sources(sources: &Sources<'_>) -> Result<Pages, PagesError> {
        let texts = templates::load_texts(sources.locales)?;
        let environment = templates::load_templates(sources.templates, &texts[0])?;
        Ok(Pages { environment, texts })
    }

    /// The page of a payment. `nonce` is the one that [`content_security_policy`] names in the same response.
    pub fn checkout(&self, view: &CheckoutView, nonce: &str) -> Result<String, PagesError> {
        let (name, page) = context::checkout(view, self.texts(view.language))?;
        self.render(name, view.language, nonce, page)
    }

    /// The page for an address that leads to no payment: the same for links that never existed and for those that were removed.
    pub fn unknown_link(&self, language: Language, nonce: &str) -> Result<String, PagesError> {
        let page = context::unknown_link(language, self.texts(language));
        self.render("unknown_link.html", language, nonce, page)
    }

    /// The page for an address that asked for too many addresses that lead to no payment: the same whether they never existed.
    pub fn too_many(&self, language: Language, nonce: &str) -> Result<String, PagesError> {
        let page = context::too_many(self.texts(language));
        self.render("too_many.html", language, nonce, page)
    }

    /// The page for a fault of ours. `request_id` is shown, so that whoever is asked for help can find the cause in the log.
    pub fn problem(&self, language: Language, request_id: &str, nonce: &str) -> Result<String, PagesError> {
        let page = context::problem(request_id, self.texts(language));
        self.render("problem.html", language, nonce, page)
    }

    /// A page of the way back from a service whose account is connected.
    pub fn connection(&self, view: &ConnectionView, nonce: &str) -> Result<String, PagesError> {
        let page = connection::connection(view, self.texts(view.language))?;
        self.render("connection.html", view.language, nonce, page)
    }

    /// The words of a preview card: that one pays safely here, and nothing of who, what or whether.
    pub fn card_words(&self, language: Language) -> &str {
        brand::card_words(self.texts(language))
    }

    /// What is wrong with something that a customer chose, in words that name the fix: as the link's own page says it.
    pub fn wrong(&self, wrong: &Wrong, language: Language) -> String {
        offered::words(wrong, language, self.texts(language))
    }

    fn texts(&self, language: Language) -> &Texts {
        let [hy, ru, en] = &self.texts;
        match language {
            Language::Hy => hy,
            Language::Ru => ru,
            Language::En => en,
        }
    }

    fn render(
        &self,
        name: &'static str,
        language: Language,
        nonce: &str,
        mut page: Page,
    ) -> Result<String, PagesError> {
        if !headers::is_nonce(nonce) {
            return Err(PagesError::Nonce);
        }
        page.t = Value::from(Serde(self.texts(language)));
        page.lang = language.tag();
        nonce.clone_into(&mut page.nonce);
        self.environment
            .get_template(name)
            .and_then(|template| template.render(Serde(&page)))
            .map_err(|source| PagesError::Render { name, source })
    }
}

#[cfg(test)]
mod tests {
    use super::{EMBEDDED, Pages, PagesError, Sources};

    fn load(locales: [&str; 3], templates: &[(&'static str, &'static str)]) -> Result<Pages, PagesError> {
        Pages::from_sources(&Sources { templates, locales })
    }

    #[test]
    fn a_locale_that_lacks_a_text_stops_the_start() {
        let [hy, ru, en] = EMBEDDED.locales;
        let renamed = ru.replace("\"pay_amount\"", "\"pay_amuont\"");
        let error = load([hy, &renamed, en], EMBEDDED.templates).unwrap_err().to_string();
        assert!(error.contains("`ru`") && error.contains("pay_amuont"), "{error}");
        let removed: String = en.lines().filter(|line| !line.contains("\"paid_heading\"")).collect();
        let error = load([hy, ru, &removed], EMBEDDED.templates).unwrap_err().to_string();
        assert!(error.contains("`en`") && error.contains("paid_heading"), "{error}");
    }

    #[test]
    fn a_forgotten_placeholder_stops_the_start() {
        let [hy, ru, en] = EMBEDDED.locales;
        let without = hy.replace("Վճարել {amount}", "Վճարել");
        let error = load([&without, ru, en], EMBEDDED.templates).unwrap_err().to_string();
        assert!(error.contains("pay_amount"), "{error}");
        let empty = en.replace("\"Pay\"", "\" \"");
        let error = load([hy, ru, &empty], EMBEDDED.templates).unwrap_err().to_string();
        assert!(error.contains("`pay`"), "{error}");
    }

    #[test]
    fn a_template_that_names_an_unknown_text_stops_the_start() {
        let error = load(EMBEDDED.locales, &[("x.html", "{{ t.pay }} {{ t.pya }}")]).unwrap_err();
        assert!(matches!(&error, PagesError::UnknownText { key, .. } if key == "pya"), "{error}");
        let error = load(EMBEDDED.locales, &[("x.html", "{% if %}")]).unwrap_err();
        assert!(matches!(error, PagesError::Template { .. }), "{error}");
    }

    #[test]
    fn no_filter_test_or_function_exists_in_a_template() {
        for source in ["{{ title|safe }}", "{{ debug() }}", "{{ range(3) }}", "{{ title is defined }}"] {
            let refused =
                load(EMBEDDED.locales, &[("unknown_link.html", Box::leak(source.to_owned().into_boxed_str()))])
                    .and_then(|pages| pages.unknown_link(super::Language::En, "MDEyMzQ1Njc4OWFiY2RlZg"));
            assert!(refused.is_err(), "{source}");
        }
    }

    #[test]
    fn a_value_that_no_template_was_given_fails() {
        let pages = load(EMBEDDED.locales, &[("unknown_link.html", "{{ titel }}")]).unwrap();
        let error = pages.unknown_link(super::Language::En, "MDEyMzQ1Njc4OWFiY2RlZg").unwrap_err();
        assert!(matches!(error, PagesError::Render { .. }), "{error}");
    }

    #[test]
    fn autoescape_cannot_be_left_off_by_a_template_name() {
        let pages =
            load(EMBEDDED.locales, &[("problem.html", "{% include 'plain.txt' %}"), ("plain.txt", "{{ request_id }}")]);
        let html = pages.unwrap().problem(super::Language::En, "<b>", "MDEyMzQ1Njc4OWFiY2RlZg").unwrap();
        assert_eq!(html, "&lt;b&gt;");
    }
}
