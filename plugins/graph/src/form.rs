//! Texts and answers to choose from, within a messenger's lengths. An address is never cut. It must not send.

use kamurj_chat::Choice;
use kamurj_sdk::Measure;
use serde_json::{Value, json};

/// Longest title of a quick reply or button, in characters ("Quick Replies", "Button Template").
pub(crate) const TITLE_CHARS: usize = 20;

/// The text with the address below it: what is too long is cut from the words.
pub fn with_url(text: &str, url: &str, measure: Measure, most: usize) -> String {
    // Some texts end in it already.
    let words = text.strip_suffix(url).map_or(text, str::trim_end);
    let room = most.saturating_sub(measure.of(url) + 1);
    format!("{}\n{url}", measure.clip(words, room))
}

/// The text in as many parts as it needs, parted between words.
pub fn parts(text: &str, measure: Measure, most: usize) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    for word in text.split_inclusive(char::is_whitespace) {
        if !part.is_empty() && measure.of(&part) + measure.of(word.trim_end()) > most {
            parts.push(std::mem::take(&mut part).trim_end().to_owned());
        }
        if measure.of(word.trim_end()) <= most {
            part.push_str(word);
            continue;
        }
        for symbol in word.chars() {
            if measure.of(&part) + measure.of(symbol.encode_utf8(&mut [0; 4])) > most {
                parts.push(std::mem::take(&mut part));
            }
            part.push(symbol);
        }
    }
    parts.push(part.trim_end().to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The text, with titles written out that are too long for a quick reply, and the quick replies.
pub fn quick_replies(text: &str, choices: &[Choice], measure: Measure, most: usize) -> (String, Value) {
    let is_long = |choice: &Choice| choice.title.chars().count() > TITLE_CHARS;
    let numbered = |index: usize, choice: &Choice| format!("{}. {}", index + 1, choice.title);
    let long: Vec<String> = choices
        .iter()
        .enumerate()
        .filter(|(_, choice)| is_long(choice))
        .map(|(index, choice)| numbered(index, choice))
        .collect();
    let text = if long.is_empty() {
        measure.clip(text, most)
    } else {
        let words = measure.clip(text, most / 2);
        // A line break stands before each.
        let room = most.saturating_sub(measure.of(&words)) / long.len() - 1;
        let lines: Vec<String> = long.iter().map(|line| measure.clip(line, room)).collect();
        format!("{words}\n{}", lines.join("\n"))
    };
    let reply = |(index, choice): (usize, &Choice)| {
        let title = if is_long(choice) { numbered(index, choice) } else { choice.title.clone() };
        json!({ "content_type": "text", "title": Measure::Chars.clip(&title, TITLE_CHARS), "payload": choice.data })
    };
    (text, choices.iter().enumerate().map(reply).collect())
}

#[cfg(test)]
mod tests {
    use super::{parts, quick_replies, with_url};
    use kamurj_chat::Choice;
    use kamurj_sdk::Measure;

    const URL: &str = "https://pay.example.am/p/7Qm2cX9y";

    #[test]
    fn the_words_are_cut_and_never_the_address() {
        let long = format!("{}😀", "Տ".repeat(600));
        let text = with_url(&long, URL, Measure::Bytes, 1000);
        assert!(text.len() <= 1000 && text.len() > 990, "{}", text.len());
        assert!(text.ends_with(&format!("…\n{URL}")), "{text}");
        assert_eq!(with_url("To pay", URL, Measure::Bytes, 1000), format!("To pay\n{URL}"));
        assert_eq!(with_url(&format!("To pay\n{URL}"), URL, Measure::Bytes, 1000), format!("To pay\n{URL}"));
        // Exactly at the limit nothing is cut.
        let fits = "Ա".repeat((1000 - URL.len() - 1) / 2);
        assert_eq!(with_url(&fits, URL, Measure::Bytes, 1000), format!("{fits}\n{URL}"));
    }

    #[test]
    fn a_long_text_is_parted_between_words_and_loses_none() {
        let text = format!("What you bought:\n{} {URL} 😀\nend", "Բարև ".repeat(300));
        for most in [1000, 200, 64] {
            let parts = parts(&text, Measure::Bytes, most);
            assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= most), "{most}: {parts:?}");
            assert!(parts.iter().any(|part| part.contains(URL)), "{most}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&parts.join(" ")), words(&text), "{most}");
        }
        assert_eq!(parts("short", Measure::Chars, 5), ["short"]);
        assert_eq!(parts("ԱԱԱԱԱ", Measure::Bytes, 4), ["ԱԱ", "ԱԱ", "Ա"]);
    }

    #[test]
    fn long_titles_are_written_out_and_numbered() {
        let choice = |data: &str, title: &str| Choice { data: data.into(), title: title.into(), note: String::new() };
        let choices = [choice("item:tea", "Tea — 900 ֏"), choice("item:cake", "Napoleon for twelve people — 12 500 ֏")];
        let (text, replies) = quick_replies("Choose", &choices, Measure::Chars, 2000);
        assert_eq!(text, "Choose\n2. Napoleon for twelve people — 12 500 ֏");
        assert_eq!(replies[0]["title"], "Tea — 900 ֏");
        assert_eq!(replies[1]["title"], "2. Napoleon for twe…");
        assert_eq!(replies[1]["payload"], "item:cake");
        let many: Vec<Choice> = (0..13).map(|_| choice("item:x", &"Ա😀".repeat(60))).collect();
        let (text, replies) = quick_replies(&"Տ".repeat(900), &many, Measure::Bytes, 1000);
        assert!(text.len() <= 1000, "{}", text.len());
        assert!(replies.as_array().is_some_and(|all| all.len() == 13
            && all.iter().all(|one| one["title"].as_str().is_some_and(|title| title.chars().count() <= 20))));
    }
}
