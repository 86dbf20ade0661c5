//! What a merchant says of a brand, checked before anything of it is kept: colours that can be read, choices from their lists, plain
//! texts, contacts and addresses that are what they seem.

use crate::api::branding_body::{BrandBody, ContactsBody, TermsBody};
use crate::api::link_body::TextsBody;
use crate::problem::{FieldError, Problem};
use kamurj_domain::brand::{Brand, Contacts, Font, Radius, Scheme, Terms};
use kamurj_domain::link::Texts;
use kamurj_pages::{Accent, Contact, Ground, WebLink};
use std::collections::BTreeMap;

/// The most characters of a text.
const MAX_TEXT: usize = 500;
/// The most characters of a name, as of a merchant's.
const MAX_NAME: usize = 80;
/// The most characters of a chat name.
const MAX_HANDLE: usize = 64;
/// The most characters of an address or contact.
const MAX_LINE: usize = 200;

/// The look that a body describes. The pictures are not in it: they are those of `before`.
pub(crate) fn read(body: BrandBody, before: Option<&Brand>) -> Result<Brand, Problem> {
    let mut faults = Found::default();
    let texts = body.texts;
    let brand = Brand {
        name: faults.line("/name", body.name, MAX_NAME),
        colour: faults.colour("/colour", body.colour, Ground::Light),
        colour_dark: faults.colour("/colour_dark", body.colour_dark, Ground::Dark),
        radius: faults.word("/radius", body.radius.as_deref(), Radius::from_word, Radius::WORDS),
        font: faults.word("/font", body.font.as_deref(), Font::from_word, Font::WORDS),
        scheme: faults.word("/scheme", body.scheme.as_deref(), Scheme::from_word, Scheme::WORDS),
        ready: faults.texts("/texts/ready", texts.ready),
        paid: faults.texts("/texts/paid", texts.paid),
        footer: faults.texts("/texts/footer", texts.footer),
        contacts: faults.contacts(body.contacts),
        handle: faults.line("/handle", body.handle, MAX_HANDLE),
        terms: body.terms.and_then(|terms| faults.terms(terms)),
        logo: before.and_then(|before| before.logo.clone()),
        icon: before.and_then(|before| before.icon.clone()),
    };
    faults.end()?;
    Ok(brand)
}

/// What is wrong, and what would be taken instead.
#[derive(Default)]
struct Found {
    errors: Vec<FieldError>,
    proposals: BTreeMap<String, String>,
}

impl Found {
    fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
    }

    fn end(self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Problem::invalid(self.errors).proposing(self.proposals))
    }

    fn colour(&mut self, pointer: &str, text: Option<String>, ground: Ground) -> Option<String> {
        let text = text?;
        let Some(accent) = Accent::parse(&text) else {
            self.add(pointer, "must look like #0b5d4e: a hash and six hexadecimal digits");
            return None;
        };
        if let Err(unfit) = accent.fits(ground) {
            let pages = match ground {
                Ground::Light => "light",
                Ground::Dark => "dark",
            };
            // Rounded down, so that 2.996 is not said to be the 3.0 that is asked for.
            let contrast = (unfit.contrast * 100.0).floor() / 100.0;
            let detail = format!(
                "cannot be read on {pages} pages: its contrast is {contrast}:1 and must be 3:1 or more (WCAG 2.2, 1.4.11). The \
                 nearest shade that can is {}",
                unfit.proposal
            );
            self.add(pointer, detail);
            self.proposals.insert(pointer.to_owned(), unfit.proposal.to_string());
            return None;
        }
        Some(accent.to_string())
    }

    fn word<T: Default>(
        &mut self,
        pointer: &str,
        word: Option<&str>,
        read: impl Fn(&str) -> Option<T>,
        words: &[&str],
    ) -> T {
        let Some(word) = word else { return T::default() };
        read(word).unwrap_or_else(|| {
            self.add(pointer, format!("must be one of {}", words.join(", ")));
            T::default()
        })
    }

    /// A text of one line.
    fn line(&mut self, pointer: &str, text: Option<String>, most: usize) -> Option<String> {
        let text = text?.trim().to_owned();
        let length = text.chars().count();
        if length == 0 || length > most || text.chars().any(char::is_control) {
            self.add(pointer, format!("must have 1 to {most} characters in one line, or be left out"));
            return None;
        }
        Some(text)
    }

    fn texts(&mut self, pointer: &str, body: TextsBody) -> Texts {
        let mut text = |language: &str, text: Option<String>| {
            let text = text?.trim().replace("\r\n", "\n");
            let length = text.chars().count();
            if length == 0 || length > MAX_TEXT || text.chars().any(|letter| letter.is_control() && letter != '\n') {
                let detail = format!("must have 1 to {MAX_TEXT} characters of plain text, or be left out");
                self.add(&format!("{pointer}/{language}"), detail);
                return None;
            }
            Some(text)
        };
        Texts { hy: text("hy", body.hy), ru: text("ru", body.ru), en: text("en", body.en) }
    }

    fn contacts(&mut self, body: ContactsBody) -> Contacts {
        let phone = self.line("/contacts/phone", body.phone, MAX_LINE);
        if phone.as_deref().is_some_and(|text| !matches!(Contact::parse(text), Contact::Phone(_))) {
            self.add("/contacts/phone", "must be in international form, such as +374 10 123456");
        }
        let email = self.line("/contacts/email", body.email, MAX_LINE);
        if email.as_deref().is_some_and(|text| !matches!(Contact::parse(text), Contact::Email(_))) {
            self.add("/contacts/email", "must be an e-mail address in Latin letters, such as shop@example.am");
        }
        let web = self.line("/contacts/web", body.web, MAX_LINE);
        let web = web.and_then(|text| self.address("/contacts/web", &text));
        Contacts { phone, email, web, address: self.line("/contacts/address", body.address, MAX_LINE) }
    }

    fn terms(&mut self, body: TermsBody) -> Option<Terms> {
        let url = self.line("/terms/url", Some(body.url), MAX_LINE)?;
        Some(Terms { url: self.address("/terms/url", &url)?, must_agree: body.must_agree })
    }

    /// An address in its normal form.
    fn address(&mut self, pointer: &str, text: &str) -> Option<String> {
        let link = WebLink::parse(text);
        if link.is_none() {
            self.add(pointer, "must be an https address on a named host, without a user name");
        }
        link.map(|link| link.url().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::api::body;
    use kamurj_pages::{Accent, Ground};
    use serde_json::{Value, json};

    fn pointers(value: &Value) -> Vec<String> {
        let body = body::read(value.to_string().as_bytes()).expect("the shape is right");
        match read(body, None) {
            Ok(_) => Vec::new(),
            Err(problem) => problem.body().errors.into_iter().map(|error| error.pointer).collect(),
        }
    }

    #[test]
    fn a_wrong_token_is_named_by_its_field() {
        for (value, pointer) in [
            (json!({ "name": " " }), "/name"),
            (json!({ "name": "a\nb" }), "/name"),
            (json!({ "name": "n".repeat(81) }), "/name"),
            (json!({ "colour": "red" }), "/colour"),
            (json!({ "colour": "#ffff00" }), "/colour"),
            (json!({ "colour_dark": "#101010" }), "/colour_dark"),
            (json!({ "radius": "4px" }), "/radius"),
            (json!({ "font": "Comic Sans" }), "/font"),
            (json!({ "scheme": "Dark" }), "/scheme"),
            (json!({ "texts": { "paid": { "ru": "x".repeat(501) } } }), "/texts/paid/ru"),
            (json!({ "texts": { "footer": { "en": "a\u{0}" } } }), "/texts/footer/en"),
            (json!({ "contacts": { "phone": "010 123456" } }), "/contacts/phone"),
            (json!({ "contacts": { "email": "shop at example" } }), "/contacts/email"),
            (json!({ "contacts": { "web": "javascript:alert(1)" } }), "/contacts/web"),
            (json!({ "terms": { "url": "http://shop.am/terms" } }), "/terms/url"),
            (json!({ "terms": { "url": "https://me@shop.am/" } }), "/terms/url"),
            (json!({ "handle": "@".repeat(65) }), "/handle"),
        ] {
            assert_eq!(pointers(&value), [pointer], "{value}");
        }
        assert_eq!(pointers(&json!({})), [""; 0]);
    }

    #[test]
    fn a_colour_that_cannot_be_read_comes_back_with_one_that_can() {
        for (field, colour, ground) in [("colour", "#FFD400", Ground::Light), ("colour_dark", "#1f1f5c", Ground::Dark)]
        {
            let text = json!({ field: colour }).to_string();
            let body = body::read(text.as_bytes()).expect("the shape is right");
            let problem = read(body, None).expect_err("it cannot be read").body();
            let proposal = &problem.proposals[&format!("/{field}")];
            assert!(problem.errors[0].detail.contains(proposal.as_str()), "{problem:?}");
            assert_eq!(Accent::parse(proposal).expect("a colour").fits(ground), Ok(()));
            let body = body::read(json!({ field: proposal }).to_string().as_bytes()).expect("the shape is right");
            assert!(read(body, None).is_ok(), "the proposal is taken");
        }
    }
}
