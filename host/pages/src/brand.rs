//! What a merchant's brand changes of a page: from the tokens that the server fills in to the few typed values that templates print.
//! Lengths and media words come from closed lists here, colours through `Accent`; texts are printed as text. Knows no HTML.

use kamurj_domain::brand::{Font, Radius, Scheme};
use kamurj_domain::format::Language;
use serde::Serialize;

use crate::accent::Accent;
use crate::address::{Contact, WebLink, own_path};
use crate::error::PagesError;
use crate::fonts::{Face, faces};
use crate::plain::{one_line, paragraph};
use crate::printed::ContactLink;
use crate::texts::Texts;

/// The room for a logo in the header, in CSS pixels.
const LOGO_ROOM: (u32, u32) = (200, 56);

/// The size of a preview card, in pixels.
pub const CARD_SIZE: (u32, u32) = (1200, 630);

/// What a page shows of a merchant's brand besides name, handle and first contact. The default is a merchant without one.
#[derive(Clone, Debug, Default)]
pub struct BrandView {
    /// The colour on dark pages; made from the other one where there is none.
    pub accent_dark: Option<Accent>,
    /// How round corners are.
    pub radius: Radius,
    /// What the page is set in.
    pub font: Font,
    /// Light or dark.
    pub scheme: Scheme,
    /// The picture that stands for monogram and name.
    pub logo: Option<Logo>,
    /// The path of the picture for the browser's tab.
    pub icon: Option<String>,
    /// Plain text under the order, while payment is asked for.
    pub ready: Option<String>,
    /// The next step on the receipt, where the order brings none of its own.
    pub paid: Option<String>,
    /// Plain text at the foot of the page.
    pub footer: Option<String>,
    /// Further ways to reach a person.
    pub contacts: Vec<Contact>,
    /// The terms of sale.
    pub terms: Option<TermsView>,
    /// The absolute address of the preview card, a PNG of [`CARD_SIZE`].
    pub card: Option<String>,
}

/// A logo.
#[derive(Clone, Debug)]
pub struct Logo {
    /// Its path.
    pub path: String,
    /// Its own width, in pixels.
    pub width: u32,
    /// Its own height, in pixels.
    pub height: u32,
}

/// The terms of sale.
#[derive(Clone, Debug)]
pub struct TermsView {
    /// Where they are to be read.
    pub link: WebLink,
    /// Whether the customer must agree before paying: posted as [`crate::TERMS_FIELD`].
    pub must_agree: bool,
    /// Whether the customer pressed without agreeing.
    pub missed: bool,
}

/// What the style sheet is given besides colours.
#[derive(Debug, Serialize)]
pub(crate) struct Style {
    /// For `meta name="color-scheme"`.
    schemes: &'static str,
    /// The media query of the dark colours.
    dark_when: &'static str,
    /// Corners of small things and of cards, where they are not the usual ones.
    radii: Option<[&'static str; 2]>,
    faces: Vec<Face>,
}

impl Default for Style {
    fn default() -> Style {
        Style::of(&BrandView::default(), Language::Hy)
    }
}

impl Style {
    pub(crate) fn of(brand: &BrandView, language: Language) -> Style {
        let (schemes, dark_when) = match brand.scheme {
            Scheme::Auto => ("light dark", "(prefers-color-scheme:dark)"),
            Scheme::Light => ("light", "not all"),
            Scheme::Dark => ("dark", "all"),
        };
        Style {
            schemes,
            dark_when,
            radii: match brand.radius {
                Radius::Sharp => Some(["0px", "0px"]),
                Radius::Soft => None,
                Radius::Round => Some(["1.625rem", "1.75rem"]),
            },
            faces: match brand.font {
                Font::System => Vec::new(),
                Font::Noto => faces(language),
            },
        }
    }
}

/// What templates print of a brand.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Printed {
    logo: Option<PrintedLogo>,
    icon: Option<String>,
    footer: Option<String>,
    contacts: Vec<ContactLink>,
    terms: Option<PrintedTerms>,
    card: Option<String>,
    /// Under the order; only while payment is asked for.
    pub(crate) ready: Option<String>,
    /// Whether the form asks for agreement to the terms.
    pub(crate) asks_consent: bool,
}

#[derive(Debug, Serialize)]
struct PrintedLogo {
    path: String,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
struct PrintedTerms {
    href: String,
    host: String,
    missed: bool,
}

impl Printed {
    /// What every state prints.
    pub(crate) fn of(brand: &BrandView) -> Result<Printed, PagesError> {
        let text = |text: &Option<String>| text.as_deref().map(paragraph).filter(|text| !text.is_empty());
        Ok(Printed {
            logo: brand.logo.as_ref().map(PrintedLogo::of).transpose()?,
            icon: brand.icon.as_deref().map(|path| own_path("icon", path).map(str::to_owned)).transpose()?,
            footer: text(&brand.footer),
            contacts: brand.contacts.iter().map(ContactLink::of).collect(),
            terms: brand.terms.as_ref().map(|terms| PrintedTerms {
                href: terms.link.url().to_owned(),
                host: one_line(terms.link.host()),
                missed: terms.missed,
            }),
            card: brand.card.clone(),
            ready: None,
            asks_consent: false,
        })
    }

    /// What is added where payment is asked for.
    pub(crate) fn asks_for_payment(&mut self, brand: &BrandView) {
        self.ready = brand.ready.as_deref().map(paragraph).filter(|text| !text.is_empty());
        self.asks_consent = brand.terms.as_ref().is_some_and(|terms| terms.must_agree);
    }
}

impl PrintedLogo {
    /// As large as it may be without being blown up.
    fn of(logo: &Logo) -> Result<PrintedLogo, PagesError> {
        let (width, height) = (u64::from(logo.width.max(1)), u64::from(logo.height.max(1)));
        let (most_width, most_height) = (u64::from(LOGO_ROOM.0), u64::from(LOGO_ROOM.1));
        let (width, height) = if width <= most_width && height <= most_height {
            (width, height)
        } else if width * most_height > height * most_width {
            (most_width, (height * most_width / width).max(1))
        } else {
            ((width * most_height / height).max(1), most_height)
        };
        let narrow = |side: u64| u32::try_from(side).unwrap_or(1);
        Ok(PrintedLogo { path: own_path("logo", &logo.path)?.to_owned(), width: narrow(width), height: narrow(height) })
    }
}

/// What stands on a preview card besides the merchant's name: words about paying, never what is paid or whether.
pub(crate) fn card_words(texts: &Texts) -> &str {
    &texts.card_words
}

#[cfg(test)]
mod tests {
    use super::{Logo, PrintedLogo};

    #[test]
    fn a_logo_is_shown_in_its_own_proportions_within_its_room() {
        let shown = |width, height| {
            let logo = PrintedLogo::of(&Logo { path: "/b/x.png".to_owned(), width, height }).unwrap();
            (logo.width, logo.height)
        };
        assert_eq!(shown(100, 40), (100, 40), "never blown up");
        assert_eq!(shown(480, 112), (200, 46));
        assert_eq!(shown(168, 168), (56, 56));
        assert_eq!(shown(4000, 1), (200, 1));
        assert_eq!(shown(0, 0), (1, 1));
        assert!(PrintedLogo::of(&Logo { path: "//evil.example/x.png".to_owned(), width: 1, height: 1 }).is_err());
    }
}
