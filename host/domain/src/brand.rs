//! How a merchant's pages look, as tokens: words, colours and choices from closed lists. There is no place in here for markup, style
//! sheets or script. Whether a colour can be read, and how a page uses any of it, is not known here.

use crate::link::Texts;
use serde::{Deserialize, Serialize};

/// A merchant's brand. What is left out is taken from the merchant, or looks as it does where there is no brand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Brand {
    /// The name that customers see.
    pub name: Option<String>,
    /// The colour, `#rrggbb`, as it stands on light pages.
    pub colour: Option<String>,
    /// The colour, `#rrggbb`, as it stands on dark pages; made from the other one where there is none.
    pub colour_dark: Option<String>,
    /// How round corners are.
    pub radius: Radius,
    /// What the pages are set in.
    pub font: Font,
    /// Light or dark.
    pub scheme: Scheme,
    /// Under the order of the page that asks for payment.
    pub ready: Texts,
    /// The next step on the receipt.
    pub paid: Texts,
    /// At the foot of every page.
    pub footer: Texts,
    /// How to reach a person.
    pub contacts: Contacts,
    /// The public chat name that customers know.
    pub handle: Option<String>,
    /// The terms of sale.
    pub terms: Option<Terms>,
    /// The picture in the header.
    pub logo: Option<Picture>,
    /// The picture in the browser's tab.
    pub icon: Option<Picture>,
}

/// How round corners are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Radius {
    /// Not at all.
    Sharp,
    /// A little.
    #[default]
    Soft,
    /// Very.
    Round,
}

/// What the pages are set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Font {
    /// The fonts of the customer's device: nothing is loaded.
    #[default]
    System,
    /// Noto Sans, from our own server.
    Noto,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// As the customer's device has it.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),+) => {
        impl $type {
            /// Every word of the list.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The choice with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its word.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

words!(Radius: Sharp = "sharp", Soft = "soft", Round = "round");
words!(Font: System = "system", Noto = "noto");
words!(Scheme: Auto = "auto", Light = "light", Dark = "dark");

/// How to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contacts {
    /// A telephone number in international form.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// An `https` address.
    pub web: Option<String>,
    /// Where the shop is, one line.
    pub address: Option<String>,
}

/// The terms of sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Where they are to be read: an `https` address.
    pub url: String,
    /// Whether customers must agree before they pay.
    pub must_agree: bool,
}

/// A picture that is kept by what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its bytes' format.
    pub format: PictureFormat,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// The format of a kept picture: the server's own encoding, whatever was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl PictureFormat {
    /// How the address of such a picture ends.
    pub fn word(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The format with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "png" => Some(Self::Png),
            "webp" => Some(Self::Webp),
            _ => None,
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

impl Picture {
    /// Where the server gives it out.
    pub fn path(&self) -> String {
        format!("/b/{}.{}", self.digest, self.format.word())
    }
}

#[cfg(test)]
mod tests {
    use super::{Brand, Font, Radius, Scheme};

    #[test]
    fn a_brand_of_an_older_version_is_read_with_the_usual_choices() {
        let brand: Brand = serde_json::from_str(r#"{"name":"Gata","radius":"round"}"#).unwrap();
        assert_eq!((brand.radius, brand.font, brand.scheme), (Radius::Round, Font::System, Scheme::Auto));
        assert_eq!(serde_json::from_str::<Brand>(&serde_json::to_string(&brand).unwrap()).unwrap(), brand);
    }

    #[test]
    fn words_lead_to_their_choice_and_back() {
        for word in Radius::WORDS {
            assert_eq!(Radius::from_word(word).map(Radius::word), Some(*word));
        }
        assert_eq!((Font::from_word("Noto"), Scheme::from_word("")), (None, None));
    }
}
