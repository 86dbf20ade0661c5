//! The cards of a merchant's links: what is drawn, under which key, and in which languages. There is no way for a payment, a person or
//! a status to get in here: all that a card is made from is a merchant and a brand.

use super::studio::{Bench, CardKey, Studio};
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::seal::hex;
use kamurj_domain::brand::{Brand, PictureFormat};
use kamurj_domain::format::Language;
use kamurj_images::{Card, Format};
use kamurj_pages::Accent;
use kamurj_store::branding::pictures;
use kamurj_store::merchants::Merchant;
use kamurj_store::{Error, Tx};
use sha2::{Digest, Sha256};

/// Grows when cards are drawn in another way, so that their addresses change.
const DRAWING: &str = "card 1";

/// The key of what is drawn: the same look has the same cards.
pub(crate) fn key(merchant: &Merchant, brand: Option<&Brand>) -> String {
    let logo = brand.and_then(|brand| brand.logo.as_ref()).map_or("", |logo| logo.digest.as_str());
    let drawn = [DRAWING, name(merchant, brand), &accent(merchant, brand).to_string(), logo].join("\n");
    hex(&Sha256::digest(drawn.as_bytes())[..8])
}

/// Where the card is given out: an absolute address.
pub(crate) fn url(app: &App, merchant: &Merchant, brand: Option<&Brand>, language: Language) -> String {
    format!("{}/c/{}/{}-{}.png", app.public_url, merchant.id, key(merchant, brand), language.tag())
}

/// The name that customers see.
pub(crate) fn name<'a>(merchant: &'a Merchant, brand: Option<&'a Brand>) -> &'a str {
    brand.and_then(|brand| brand.name.as_deref()).unwrap_or(&merchant.name)
}

/// The colour that customers see.
pub(crate) fn accent(merchant: &Merchant, brand: Option<&Brand>) -> Accent {
    let own = brand.and_then(|brand| brand.colour.as_deref()).or(merchant.colour.as_deref());
    own.and_then(Accent::parse).unwrap_or_default()
}

/// What is drawn, in a language.
pub(crate) struct Plan {
    key: CardKey,
    card: Card,
}

impl Plan {
    /// Reads what a card needs.
    pub(crate) async fn read(
        app: &App,
        tx: &mut Tx,
        merchant: &Merchant,
        brand: Option<&Brand>,
        language: Language,
    ) -> Result<Self, Error> {
        let logo = match brand.and_then(|brand| brand.logo.as_ref()) {
            Some(logo) => pictures::by_digest(tx, &logo.digest).await?,
            None => None,
        };
        let (shade, words) = accent(merchant, brand).on_light();
        Ok(Self {
            key: CardKey { merchant_id: merchant.id.clone(), card: key(merchant, brand), language },
            card: Card {
                name: name(merchant, brand).to_owned(),
                words: app.pages.card_words(language).to_owned(),
                accent: shade.channels(),
                on_accent: words.channels(),
                logo: logo.map(|logo| {
                    let format = match logo.format {
                        PictureFormat::Png => Format::Png,
                        PictureFormat::Webp => Format::Webp,
                    };
                    (format, logo.bytes)
                }),
            },
        })
    }

    /// Draws it.
    pub(crate) async fn drawn(self, studio: &Studio) -> Result<(CardKey, Vec<u8>), Problem> {
        let card = self.card;
        let drawn = studio.work(Bench::Cards, move || card.png()).await?;
        let bytes = drawn.map_err(|error| {
            tracing::error!(%error, "a card was not drawn");
            Problem::new(Kind::Unavailable, "The preview card cannot be drawn.")
        })?;
        Ok((self.key, bytes))
    }
}
