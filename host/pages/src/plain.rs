//! Merchants' texts made fit to stand on a page: no invisible characters that reorder or hide what is read. Knows nothing of HTML;
//! escaping is the template engine's work.

/// A text for one line: line breaks and control characters become spaces, runs of spaces one.
pub(crate) fn one_line(text: &str) -> String {
    let visible: String = text.chars().filter(|letter| !reorders(*letter)).collect();
    visible
        .split(|letter: char| letter.is_control() || (letter.is_whitespace() && letter != '\u{a0}'))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text of several lines: line breaks stay, at most one empty line in a row.
pub(crate) fn paragraph(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(one_line).collect();
    lines.dedup_by(|one, two| one.is_empty() && two.is_empty());
    lines.join("\n").trim().to_owned()
}

/// At most `room` characters, the last one an ellipsis if something was cut.
pub(crate) fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Whether a character changes the reading direction of what follows (Unicode Bidi_Control), by which `1000` can be made to read `0001`.
fn reorders(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{one_line, paragraph, shortened};

    #[test]
    fn control_and_direction_characters_do_not_reach_the_page() {
        assert_eq!(one_line(" Shop\r\n\u{0}\u{202e}moc.live\u{202c}\t x "), "Shop moc.live x");
        assert_eq!(one_line("12\u{a0}500 ֏"), "12\u{a0}500 ֏");
        assert_eq!(paragraph("a \n\n\n\nb\u{2067}\r\n c\n"), "a\n\nb\nc");
    }

    #[test]
    fn long_texts_are_cut_by_characters() {
        assert_eq!(shortened("Արարատ", 6), "Արարատ");
        assert_eq!(shortened("Արարատ տուն", 8), "Արարատ…");
    }
}
