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
        let light = accent.shade_for(LIGHT_SURFACES, BLACK);
        let dark = accent.shade_for(DARK_SURFACES, WHITE);
        Shades { light, on_light: light.words_on(), dark, on_dark: dark.words_on() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Accent, BLACK, DARK_SURFACES, LIGHT_SURFACES, Shades, WHITE};

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
