//! The merchant's brand colour, made legible: whatever colour was chosen, the button stands out from the page and its words from the
//! button, in light and in dark. Contrast follows WCAG 2.2 (relative luminance, success criteria 1.4.3 and 1.4.11). Knows no CSS.

use std::fmt;

use serde::{Serialize, Serializer};

/// Text on the button against the button.
const TEXT_CONTRAST: f64 = 4.5;
/// The button against what surrounds it.
const SHAPE_CONTRAST: f64 = 3.0;

/// What the button may stand on, as in the style sheet: page and card, by theme.
const LIGHT_SURFACES: [Accent; 2] = [Accent([0xf3, 0xf4, 0xf6]), WHITE];
const DARK_SURFACES: [Accent; 2] = [Accent([0x11, 0x13, 0x17]), Accent([0x1b, 0x1e, 0x24])];

const WHITE: Accent = Accent([0xff; 3]);
const BLACK: Accent = Accent([0; 3]);

/// What a colour stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A light page.
    Light,
    /// A dark page.
    Dark,
}

impl Ground {
    fn surfaces(self) -> [Accent; 2] {
        match self {
            Ground::Light => LIGHT_SURFACES,
            Ground::Dark => DARK_SURFACES,
        }
    }

    /// Away from the surfaces.
    fn end(self) -> Accent {
        match self {
            Ground::Light => BLACK,
            Ground::Dark => WHITE,
        }
    }
}

/// A colour that cannot be read where it is to stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unfit {
    /// The least of its contrasts with what it stands on, 1 to 21.
    pub contrast: f64,
    /// The nearest shade of it that can.
    pub proposal: Accent,
}

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent([u8; 3]);

impl Default for Accent {
    /// The colour of a merchant who has chosen none: a quiet blue.
    fn default() -> Accent {
        Accent([0x1f, 0x4e, 0x8c])
    }
}

impl Accent {
    /// Reads `#RRGGBB`, in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Accent> {
        let hex = text.strip_prefix('#')?;
        if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
        Some(Accent([channel(0)?, channel(2)?, channel(4)?]))
    }

    /// Red, green and blue.
    pub fn channels(self) -> [u8; 3] {
        self.0
    }

    /// WCAG relative luminance, 0 (black) to 1 (white).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// WCAG contrast ratio, 1 to 21.
    fn contrast(self, other: Accent) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This colour with `percent` of its way to `other`.
    fn toward(self, other: Accent, percent: u16) -> Accent {
        let mut mixed = self.0;
        for (channel, end) in mixed.iter_mut().zip(other.0) {
            let sum = u16::from(*channel) * (100 - percent) + u16::from(end) * percent;
            *channel = u8::try_from(sum / 100).expect("a mean of two bytes is a byte");
        }
        Accent(mixed)
    }

    /// The shade nearest to this colour, on its way to `end`, that stands out from all surfaces.
    fn shade_for(self, surfaces: [Accent; 2], end: Accent) -> Accent {
        (0..=100)
            .map(|percent| self.toward(end, percent))
            .find(|shade| surfaces.iter().all(|surface| shade.contrast(*surface) >= SHAPE_CONTRAST))
            .unwrap_or(end)
    }

    /// Whether this colour may be saved to stand on such pages as it is: it stands out from all that it may lie on (3:1), and one of
    /// white and black can be read on it (4.5:1).
    pub fn fits(self, ground: Ground) -> Result<(), Unfit> {
        let surfaces = ground.surfaces().into_iter();
        let contrast = surfaces.map(|surface| self.contrast(surface)).fold(f64::INFINITY, f64::min);
        let legible = self.contrast(self.words_on()) >= TEXT_CONTRAST;
        if contrast >= SHAPE_CONTRAST && legible {
            return Ok(());
        }
        Err(Unfit { contrast, proposal: self.shade_for(ground.surfaces(), ground.end()) })
    }

    /// The shade in which this colour stands on light pages, and the colour of words on it.
    pub fn on_light(self) -> (Accent, Accent) {
        let shade = self.shade_for(LIGHT_SURFACES, BLACK);
        (shade, shade.words_on())
    }

    /// White if it can be read on this colour, else black: one of the two always can.
    fn words_on(self) -> Accent {
        if self.contrast(WHITE) >= TEXT_CONTRAST { WHITE } else { BLACK }
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Serialize for Accent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The shades that a page uses: the only road from a merchant's choice into the style sheet.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Shades {
    light: Accent,
    on_light: Accent,
    dark: Accent,
    on_dark: Accent,
}

impl Default for Shades {
    fn default() -> Shades {
        Shades::from(Accent::default())
    }
}

impl From<Accent> for Shades {
    fn from(accent: Accent) -> Shades {
        Shades::of(accent, None)
    }
}

impl Shades {
    /// The shades of a colour, with one of its own for dark pages where there is one.
    pub(crate) fn of(accent: Accent, on_dark: Option<Accent>) -> Shades {
        let (light, on_light) = accent.on_light();
        let dark = on_dark.unwrap_or(accent).shade_for(DARK_SURFACES, WHITE);
        Shades { light, on_light, dark, on_dark: dark.words_on() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Accent, BLACK, DARK_SURFACES, Ground, LIGHT_SURFACES, Shades, WHITE};

    #[test]
    fn only_six_hex_digits_are_a_colour() {
        assert_eq!(Accent::parse("#1F4E8c").map(|accent| accent.to_string()).as_deref(), Some("#1f4e8c"));
        for bad in ["", "#", "1f4e8c", "#fff", "#1f4e8cff", "#1f4e8g", "#+f4e8c", "#՝՝՝", "red", "#000;}"] {
            assert_eq!(Accent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_agrees_with_published_pairs() {
        let check = |one: &str, two: &str, expected: f64| {
            let ratio = Accent::parse(one).unwrap().contrast(Accent::parse(two).unwrap());
            assert!((ratio - expected).abs() < 0.005, "{one} on {two}: {ratio}");
        };
        check("#000000", "#ffffff", 21.0);
        check("#777777", "#ffffff", 4.48);
        check("#767676", "#ffffff", 4.54);
        check("#ff0000", "#ffffff", 4.00);
        check("#0000ff", "#ffffff", 8.59);
    }

    #[test]
    fn a_legible_colour_is_left_as_it_is() {
        let shades = Shades::from(Accent::default());
        assert_eq!(shades.light, Accent::default());
        assert_eq!(shades.on_light, WHITE);
    }

    /// Numbers that look random and are the same in every run (a linear congruential generator, Knuth's constants).
    fn colours(count: usize) -> impl Iterator<Item = Accent> {
        let mut state = 42_u64;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let [.., red, green, blue] = (state >> 40).to_be_bytes();
            Accent([red, green, blue])
        })
        .take(count)
    }

    #[test]
    fn a_colour_is_accepted_only_if_every_pair_can_be_read_and_every_proposal_is_accepted() {
        let (mut accepted, mut refused) = (0, 0);
        for colour in colours(20_000) {
            for ground in [Ground::Light, Ground::Dark] {
                let fit = match colour.fits(ground) {
                    Ok(()) => {
                        accepted += 1;
                        colour
                    }
                    Err(unfit) => {
                        refused += 1;
                        let worst = ground.surfaces().map(|surface| colour.contrast(surface));
                        assert!(worst.iter().any(|contrast| *contrast < 3.0), "{colour} is refused for nothing");
                        unfit.proposal
                    }
                };
                assert_eq!(fit.fits(ground), Ok(()), "{colour}: the proposal {fit} is accepted");
                assert!(ground.surfaces().iter().all(|surface| fit.contrast(*surface) >= 3.0), "{fit}");
                let shades = Shades::of(fit, Some(fit));
                let (shown, words) = match ground {
                    Ground::Light => (shades.light, shades.on_light),
                    Ground::Dark => (shades.dark, shades.on_dark),
                };
                assert_eq!(shown, fit, "what is accepted is shown as it was chosen");
                assert!(fit.contrast(words) >= 4.5, "{fit}");
            }
        }
        assert!(accepted > 5_000 && refused > 5_000, "{accepted} {refused}");
    }

    #[test]
    fn every_colour_becomes_legible_in_light_and_in_dark() {
        let steps: Vec<u8> = (0..=255).step_by(15).map(|step| u8::try_from(step).unwrap()).collect();
        for red in &steps {
            for green in &steps {
                for blue in &steps {
                    let accent = Accent([*red, *green, *blue]);
                    let shades = Shades::from(accent);
                    for (shade, words, surfaces) in
                        [(shades.light, shades.on_light, LIGHT_SURFACES), (shades.dark, shades.on_dark, DARK_SURFACES)]
                    {
                        assert!(shade.contrast(words) >= 4.5, "{accent}: words on {shade}");
                        assert!([WHITE, BLACK].contains(&words));
                        for surface in surfaces {
                            assert!(shade.contrast(surface) >= 3.0, "{accent}: {shade} on {surface}");
                        }
                    }
                }
            }
        }
    }
}
