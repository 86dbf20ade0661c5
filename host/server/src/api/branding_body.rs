//! Brands as the API reads and shows them.

use crate::api::body;
use crate::api::link_body::TextsBody;
use kamurj_domain::brand::{Brand, Contacts, Picture, Terms};
use kamurj_domain::link::Texts;
use kamurj_domain::time;
use kamurj_store::branding::{Draft, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A look, as tokens. What is left out is taken from the merchant, or looks as it does where there is no brand.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BrandBody {
    /// The name that customers see: 1 to 80 characters.
    pub name: Option<String>,
    /// The colour on light pages. One that cannot be read there is refused with the nearest shade that can.
    #[schema(example = "#0b5d4e")]
    pub colour: Option<String>,
    /// The colour on dark pages; made from `colour` where it is left out.
    pub colour_dark: Option<String>,
    /// `sharp`, `soft` or `round`.
    pub radius: Option<String>,
    /// `system`, or `noto`, which pages load from this server.
    pub font: Option<String>,
    /// `auto`, `light` or `dark`.
    pub scheme: Option<String>,
    /// Plain texts of your own.
    #[serde(deserialize_with = "body::object")]
    pub texts: BrandTextsBody,
    /// How to reach a person.
    #[serde(deserialize_with = "body::object")]
    pub contacts: ContactsBody,
    /// The public chat name that customers know.
    #[schema(example = "@anush")]
    pub handle: Option<String>,
    /// The terms of sale.
    #[serde(deserialize_with = "body::maybe_object")]
    pub terms: Option<TermsBody>,
}

/// Plain texts in three places, at most 500 characters in each language.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BrandTextsBody {
    /// Under the order of the page that asks for payment.
    #[serde(deserialize_with = "body::object")]
    pub ready: TextsBody,
    /// The next step on the receipt.
    #[serde(deserialize_with = "body::object")]
    pub paid: TextsBody,
    /// At the foot of every page.
    #[serde(deserialize_with = "body::object")]
    pub footer: TextsBody,
}

/// How to reach a person.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContactsBody {
    /// In international form.
    #[schema(example = "+374 10 123456")]
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// An `https` address.
    pub web: Option<String>,
    /// Where the shop is, one line.
    pub address: Option<String>,
}

/// The terms of sale.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsBody {
    /// Where they are to be read: an `https` address.
    pub url: String,
    /// Whether customers must agree before they pay.
    #[serde(default)]
    pub must_agree: bool,
}

/// A picture of a brand.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureBody {
    /// Where it is given out.
    pub url: String,
    /// Its own width in pixels.
    pub width: u32,
    /// Its own height in pixels.
    pub height: u32,
}

/// What is being worked on and what is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrandingBody {
    /// What is being worked on; null where nothing was ever written.
    pub draft: Option<BrandDraftBody>,
    /// What customers see; null where nothing was ever published.
    pub published: Option<BrandVersionBody>,
}

/// A draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrandDraftBody {
    /// Grows with every change.
    pub version: i64,
    /// The look.
    pub brand: BrandBody,
    /// The picture in the header.
    pub logo: Option<PictureBody>,
    /// The picture in the browser's tab.
    pub icon: Option<PictureBody>,
    /// Who changed it last.
    pub edited_by: String,
    /// RFC 3339, UTC.
    pub edited_at: String,
}

/// A version that was published.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrandVersionBody {
    /// From 1 on.
    pub version: i64,
    /// The version that this one repeats, where somebody went back.
    pub repeats: Option<i64>,
    /// The look.
    pub brand: BrandBody,
    /// The picture in the header.
    pub logo: Option<PictureBody>,
    /// The picture in the browser's tab.
    pub icon: Option<PictureBody>,
    /// Who published it.
    pub published_by: String,
    /// RFC 3339, UTC.
    pub published_at: String,
}

/// A page of versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrandVersionsBody {
    /// The newest first.
    pub versions: Vec<BrandVersionBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// Which version to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    /// Its number, from the list of versions.
    pub version: i64,
}

fn texts(texts: &Texts) -> TextsBody {
    TextsBody { hy: texts.hy.clone(), ru: texts.ru.clone(), en: texts.en.clone() }
}

impl From<&Brand> for BrandBody {
    fn from(brand: &Brand) -> Self {
        let Contacts { phone, email, web, address } = brand.contacts.clone();
        let terms = brand.terms.clone().map(|Terms { url, must_agree }| TermsBody { url, must_agree });
        Self {
            name: brand.name.clone(),
            colour: brand.colour.clone(),
            colour_dark: brand.colour_dark.clone(),
            radius: Some(brand.radius.word().to_owned()),
            font: Some(brand.font.word().to_owned()),
            scheme: Some(brand.scheme.word().to_owned()),
            texts: BrandTextsBody {
                ready: texts(&brand.ready),
                paid: texts(&brand.paid),
                footer: texts(&brand.footer),
            },
            contacts: ContactsBody { phone, email, web, address },
            handle: brand.handle.clone(),
            terms,
        }
    }
}

impl PictureBody {
    fn of(picture: Option<&Picture>, public_url: &str) -> Option<Self> {
        let picture = picture?;
        let url = format!("{public_url}{}", picture.path());
        Some(Self { url, width: picture.width, height: picture.height })
    }
}

impl BrandDraftBody {
    /// The draft as it is shown.
    pub(super) fn of(draft: &Draft, public_url: &str) -> Self {
        Self {
            version: draft.version,
            brand: BrandBody::from(&draft.brand),
            logo: PictureBody::of(draft.brand.logo.as_ref(), public_url),
            icon: PictureBody::of(draft.brand.icon.as_ref(), public_url),
            edited_by: draft.edited_by.clone(),
            edited_at: time::rfc3339(draft.edited_at),
        }
    }
}

impl BrandVersionBody {
    /// The version as it is shown.
    pub(super) fn of(version: &Version, public_url: &str) -> Self {
        Self {
            version: version.version,
            repeats: version.repeats,
            brand: BrandBody::from(&version.brand),
            logo: PictureBody::of(version.brand.logo.as_ref(), public_url),
            icon: PictureBody::of(version.brand.icon.as_ref(), public_url),
            published_by: version.published_by.clone(),
            published_at: time::rfc3339(version.published_at),
        }
    }
}
