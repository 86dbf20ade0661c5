//! The card that chat apps show of a merchant's links, drawn from an SVG that is composed here: name, logo, colour, and words about
//! paying. It has no place for what is paid, by whom, or whether it was: cards are kept and forwarded.

use crate::{raster, vector};
use image::imageops;
use image::{ImageFormat, RgbaImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{ImageHrefResolver, Options, Tree};
use std::sync::{Arc, LazyLock};

/// The font of the card: Armenian, Latin and Cyrillic in two weights.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("../../../checkout-templates/fonts/card-400.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../../../checkout-templates/fonts/card-700.ttf").to_vec());
    Arc::new(fonts)
});

/// The size of every card, in pixels.
const SIZE: (u32, u32) = (1200, 630);
/// The room for a line of the name, in pixels.
const LINE: f32 = 1040.0;
/// Sizes of letters that are tried for the name, in pixels.
const SIZES: [u16; 5] = [92, 80, 70, 60, 52];
/// The longest name that is looked at, in characters.
const MAX_NAME: usize = 80;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The merchant's name. Characters that the font does not have are left out.
    pub name: String,
    /// Words about paying, in the card's language.
    pub words: String,
    /// The brand's colour: red, green, blue.
    pub accent: [u8; 3],
    /// The colour of words on it.
    pub on_accent: [u8; 3],
    /// The logo as it is given out, and its format.
    pub logo: Option<(crate::Format, Vec<u8>)>,
}

/// The card could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the preview card cannot be drawn: {0}")]
pub struct CardError(String);

impl Card {
    /// The card as PNG. Takes about a tenth of a second.
    pub fn png(&self) -> Result<Vec<u8>, CardError> {
        let name = shown(&self.name);
        let logo = self.logo.as_ref().and_then(|(format, bytes)| {
            let format = match format {
                crate::Format::Png => ImageFormat::Png,
                crate::Format::Webp => ImageFormat::WebP,
            };
            raster::decode(format, bytes).ok()
        });
        let tree = tree(&self.composed(&name, logo.is_some())?)?;
        let mut pixmap = Pixmap::new(SIZE.0, SIZE.1).ok_or_else(|| CardError("no pixels".to_owned()))?;
        resvg::render(&tree, Transform::default(), &mut pixmap.as_mut());
        let mut picture: RgbaImage = vector::pixels(&pixmap);
        if let Some(logo) = logo {
            let logo = raster::fitted(&logo, (600, 168));
            imageops::overlay(&mut picture, &logo, 80, i64::from(80 + (168 - logo.height().min(168)) / 2));
        }
        Ok(raster::png(&picture))
    }

    fn composed(&self, name: &str, has_logo: bool) -> Result<String, CardError> {
        let (accent, on_accent) = (hex(self.accent), hex(self.on_accent));
        let mut parts = vec![format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" font-family="Kamurj Sans">
<rect width="1200" height="630" fill="#ffffff"/><rect y="490" width="1200" height="140" fill="{accent}"/>
<g fill="none" stroke="{on_accent}" stroke-width="6"><rect x="83" y="553" width="40" height="32" rx="5"/><path d="M91 553v-10a12 12 0 0 1 24 0v10"/></g>
<text x="148" y="577" font-size="44" font-weight="700" fill="{on_accent}">{words}</text>"##,
            words = escaped(&shown(&self.words)),
        )];
        if let (false, Some(initial)) = (has_logo, name.chars().find(|letter| letter.is_alphanumeric())) {
            let initial: String = initial.to_uppercase().collect();
            parts.push(format!(
                r#"<rect x="80" y="88" width="152" height="152" rx="36" fill="{accent}"/><text x="156" y="194" font-size="88" font-weight="700" text-anchor="middle" fill="{on_accent}">{}</text>"#,
                escaped(&initial),
            ));
        }
        let (lines, size) = lines(name)?;
        let first = if lines.len() == 1 { 390 } else { 344 };
        for (place, line) in lines.iter().enumerate() {
            let y = first + place * (usize::from(size) * 6 / 5);
            parts.push(format!(
                r##"<text x="80" y="{y}" font-size="{size}" font-weight="700" fill="#15181d">{}</text>"##,
                escaped(line),
            ));
        }
        parts.push("</svg>".to_owned());
        Ok(parts.concat())
    }
}

/// The name in one line or two, as large as they may be.
fn lines(name: &str) -> Result<(Vec<String>, u16), CardError> {
    for size in SIZES {
        if width(name, size)? <= LINE {
            return Ok((vec![name.to_owned()], size));
        }
    }
    let smallest = SIZES[SIZES.len() - 1];
    let (mut first, mut rest) = (String::new(), Vec::new());
    for word in name.split(' ') {
        let longer = if first.is_empty() { word.to_owned() } else { format!("{first} {word}") };
        if rest.is_empty() && width(&longer, smallest)? <= LINE {
            first = longer;
        } else {
            rest.push(word);
        }
    }
    let mut lines = vec![first, rest.join(" ")];
    lines.retain(|line| !line.is_empty());
    for line in &mut lines {
        while width(line, smallest)? > LINE {
            let kept: String = line.trim_end_matches('…').chars().collect();
            let shorter: String = kept.chars().take(kept.chars().count().saturating_sub(1)).collect();
            *line = format!("{}…", shorter.trim_end());
        }
    }
    Ok((lines, smallest))
}

/// How wide a text is in these letters, in pixels.
fn width(text: &str, size: u16) -> Result<f32, CardError> {
    if text.trim().is_empty() {
        return Ok(0.0);
    }
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" font-family="Kamurj Sans"><text y="200" font-size="{size}" font-weight="700">{}</text></svg>"#,
        escaped(text),
    );
    Ok(tree(&svg)?.root().abs_bounding_box().width())
}

fn tree(svg: &str) -> Result<Tree, CardError> {
    let options = Options {
        fontdb: FONTS.clone(),
        font_family: "Kamurj Sans".to_owned(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| CardError(error.to_string()))
}

/// What of a text the font has, in one line.
fn shown(text: &str) -> String {
    let known: String = text.chars().map(|letter| if is_known(letter) { letter } else { ' ' }).collect();
    let words = known.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(MAX_NAME).collect()
}

/// Whether the font has it: what `checkout-templates/fonts/make.py` puts in.
fn is_known(letter: char) -> bool {
    matches!(letter, ' '..='~' | '«' | '»' | '·' | '×' | '–' | '—' | '‘' | '’' | '“' | '”' | '„' | '•' | '…' | '№')
        || matches!(letter, 'А'..='я' | 'Ё' | 'ё' | 'Ա'..='Ֆ' | '՚'..='՟' | 'ա'..='և' | '։' | '֊' | '֏')
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text inside an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{LINE, lines, shown, width};

    #[test]
    fn a_name_is_set_as_large_as_it_fits_and_never_wider() {
        let (one, large) = lines("Gata").unwrap();
        assert_eq!((one, large), (vec!["Gata".to_owned()], 92));
        let long = "Նռնենի խեցեգործության արվեստանոց և խանութ Երևանի սրտում՝ ամեն օր";
        let (two, small) = lines(long).unwrap();
        assert_eq!((two.len(), small), (2, 52));
        let (cut, _) = lines(&"Щ".repeat(80)).unwrap();
        assert!(cut.len() == 1 && cut[0].ends_with('…'), "{cut:?}");
        for line in two.iter().chain(&cut) {
            assert!(width(line, small).unwrap() <= LINE, "{line}");
        }
    }

    #[test]
    fn only_what_the_font_has_is_drawn() {
        assert_eq!(shown("Gata 🎂\u{202e} House\n№ 1"), "Gata House № 1");
        assert_eq!(shown("店"), "");
        for letter in "AzАяЁёԱՖաֆև։՛՞֏".chars() {
            assert!(width(&letter.to_string(), 92).unwrap() > 1.0, "{letter} is in the font");
        }
    }
}
