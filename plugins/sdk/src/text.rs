//! Text from strangers made safe for a plain-text message, and the three languages. It must not know any service's
//! markup: plain text has none.

/// The languages that customers are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Armenian; also what a customer gets whose language is none of the three.
    #[default]
    Hy,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// From a BCP 47 tag such as `hy`, `ru-RU` or `en_GB`.
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("ru") {
            Self::Ru
        } else if primary.eq_ignore_ascii_case("en") {
            Self::En
        } else {
            Self::Hy
        }
    }

    /// `hy`, `ru` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Hy => "hy",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

/// One line of plain text: control characters and marks that turn the reading direction are dropped, runs of white
/// space become one space, and at most `max_chars` characters are kept. Two opening braces are parted, so that nobody
/// outside can write a secret's slot into a message.
pub fn plain(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max_chars * 4));
    let mut kept = 0;
    let mut gap = false;
    for symbol in text.chars() {
        if symbol.is_whitespace() {
            gap = kept > 0;
            continue;
        }
        if symbol.is_control() || is_invisible(symbol) {
            continue;
        }
        if kept + usize::from(gap) >= max_chars {
            line.pop();
            line.push('…');
            break;
        }
        if gap {
            line.push(' ');
            kept += 1;
            gap = false;
        }
        if symbol == '{' && line.ends_with('{') {
            line.push(' ');
        }
        line.push(symbol);
        kept += 1;
    }
    line
}

/// Marks without a shape of their own that reorder or hide what stands around them. Joiners (U+200C, U+200D) stay:
/// emoji and several scripts need them.
fn is_invisible(symbol: char) -> bool {
    matches!(symbol,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0001}')
}

/// How a service counts the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Unicode characters.
    Chars,
    /// UTF-16 units, as Telegram counts.
    Utf16,
    /// UTF-8 bytes, as Instagram counts: an Armenian or Russian letter is two.
    Bytes,
}

impl Measure {
    /// The text's length.
    pub fn of(self, text: &str) -> usize {
        text.chars().map(|symbol| self.of_symbol(symbol)).sum()
    }

    fn of_symbol(self, symbol: char) -> usize {
        match self {
            Self::Chars => 1,
            Self::Utf16 => symbol.len_utf16(),
            Self::Bytes => symbol.len_utf8(),
        }
    }

    /// The text cut to this length with an ellipsis, never inside a character.
    pub fn clip(self, text: &str, most: usize) -> String {
        if self.of(text) <= most {
            return text.to_owned();
        }
        let mut clipped = String::new();
        let mut length = self.of_symbol('…');
        if length > most {
            return clipped;
        }
        for symbol in text.chars() {
            length += self.of_symbol(symbol);
            if length > most {
                break;
            }
            clipped.push(symbol);
        }
        clipped.push('…');
        clipped
    }
}

/// The text cut to `max_units` UTF-16 units, which is how Telegram and several others count, never inside a character.
pub fn clip(text: &str, max_units: usize) -> String {
    Measure::Utf16.clip(text, max_units)
}

#[cfg(test)]
mod tests {
    use super::{Language, Measure, clip, plain};

    #[test]
    fn marks_that_turn_or_hide_text_are_dropped() {
        assert_eq!(plain("  Ani\u{202E} <b>\u{200F}x</b>\n\t&amp; \u{2066}y ", 80), "Ani <b>x</b> &amp; y");
        assert_eq!(plain("\u{0000}\u{0007}ok", 80), "ok");
        assert_eq!(plain("👩\u{200D}🍳", 80), "👩\u{200D}🍳");
    }

    #[test]
    fn nobody_outside_writes_a_slot() {
        assert_eq!(plain("{{secret:bot_token}}", 80), "{ {secret:bot_token}}");
        assert_eq!(plain("{{{x", 80), "{ { {x");
        assert_eq!(plain("{\u{202E}{x", 80), "{ {x");
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(plain("abcdef", 6), "abcdef");
        assert_eq!(plain("abcdefg", 6), "abcde…");
        assert_eq!(clip("😀😀😀", 6), "😀😀😀");
        assert_eq!(clip("😀😀😀", 5), "😀😀…");
        assert_eq!(clip(&"ա".repeat(5000), 4096).encode_utf16().count(), 4096);
        assert_eq!(Measure::Bytes.clip(&"ա".repeat(10), 20), "ա".repeat(10));
        assert_eq!(Measure::Bytes.clip(&"ա".repeat(10), 19), format!("{}…", "ա".repeat(8)));
        assert_eq!(Measure::Bytes.clip("աբ", 2), "");
        assert_eq!(Measure::Chars.clip("😀😀😀", 2), "😀…");
    }

    #[test]
    fn languages_come_from_any_spelling_of_the_tag() {
        assert_eq!(Language::from_tag("ru-RU"), Language::Ru);
        assert_eq!(Language::from_tag("en_GB"), Language::En);
        assert_eq!(Language::from_tag("HY"), Language::Hy);
        assert_eq!(Language::from_tag("de"), Language::Hy);
        assert_eq!(Language::from_tag(""), Language::Hy);
    }
}
