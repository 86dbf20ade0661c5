//! What a message looks like inside the 24 hours: a button that opens the page, reply buttons, a list, or words alone. Lengths are those
//! of "Interactive CTA URL button messages", "Interactive reply buttons", "Interactive list" and "Text messages", in characters.

use kamurj_chat::{Buttons, Choice, Message};
use kamurj_sdk::Measure;
use serde_json::{Value, json};

/// Longest text of a message with buttons.
pub(crate) const BODY: usize = 1024;
/// Longest text of a message with a list, and of words alone.
const LONG_BODY: usize = 4096;
const CAPTION: usize = 20;
const BUTTONS: usize = 3;
/// Rows of a list.
pub(crate) const ROWS: usize = 10;
const ROW_TITLE: usize = 24;
const ROW_NOTE: usize = 72;

/// `type` and what belongs to it.
pub(crate) fn of(message: &Message) -> Value {
    match &message.buttons {
        Buttons::Open { label, url } => {
            let parameters = json!({ "display_text": caption(label), "url": url });
            let action = json!({ "name": "cta_url", "parameters": parameters });
            interactive("cta_url", &clip(&message.text, BODY), &action)
        }
        Buttons::Choices { choices, .. } if as_buttons(choices) => {
            let button =
                |choice: &Choice| json!({ "type": "reply", "reply": { "id": choice.data, "title": choice.title } });
            let buttons: Vec<Value> = choices.iter().map(button).collect();
            interactive("button", &clip(&message.text, BODY), &json!({ "buttons": buttons }))
        }
        Buttons::Choices { caption: label, choices } if choices.len() <= ROWS => {
            let rows: Vec<Value> = choices.iter().map(row).collect();
            let action = json!({ "button": caption(label), "sections": [{ "rows": rows }] });
            let cut = choices.iter().filter(|choice| Measure::Chars.of(&choice.title) > ROW_TITLE);
            interactive("list", &with_lines(&message.text, cut), &action)
        }
        Buttons::Choices { choices, .. } => words(&with_lines(&message.text, choices.iter())),
        Buttons::None => words(&clip(&message.text, LONG_BODY)),
    }
}

fn interactive(kind: &str, text: &str, action: &Value) -> Value {
    json!({ "type": "interactive", "interactive": { "type": kind, "body": { "text": text }, "action": action } })
}

fn words(text: &str) -> Value {
    json!({ "type": "text", "text": { "body": text, "preview_url": false } })
}

/// Whether each title can be shown whole on a button of its own, which also must be the only one with that title.
fn as_buttons(choices: &[Choice]) -> bool {
    let whole = |choice: &Choice| !choice.title.trim().is_empty() && Measure::Chars.of(&choice.title) <= CAPTION;
    let alone = |choice: &Choice| choices.iter().filter(|other| other.title == choice.title).count() == 1;
    choices.len() <= BUTTONS && choices.iter().all(|choice| whole(choice) && alone(choice) && choice.note.is_empty())
}

fn row(choice: &Choice) -> Value {
    let title = if choice.title.trim().is_empty() { "…" } else { &choice.title };
    let mut row = json!({ "id": choice.data, "title": Measure::Chars.clip(title, ROW_TITLE) });
    if !choice.note.trim().is_empty() {
        row["description"] = Measure::Chars.clip(&choice.note, ROW_NOTE).into();
    }
    row
}

/// The text with these titles written out below it, as far as there is room for whole lines.
fn with_lines<'a>(text: &str, choices: impl Iterator<Item = &'a Choice>) -> String {
    let mut text = clip(text, LONG_BODY);
    for choice in choices {
        let line = format!("\n• {}", choice.title);
        if Measure::Chars.of(&text) + Measure::Chars.of(&line) > LONG_BODY {
            break;
        }
        text.push_str(&line);
    }
    text
}

fn caption(label: &str) -> String {
    Measure::Chars.clip(if label.trim().is_empty() { "…" } else { label }, CAPTION)
}

/// The text cut to so many characters, before an address rather than inside it: half an address leads nowhere.
fn clip(text: &str, most: usize) -> String {
    let clipped = Measure::Chars.clip(text, most);
    if clipped == text {
        return clipped;
    }
    let kept = clipped.strip_suffix('…').unwrap_or(&clipped);
    let word = kept.rfind(char::is_whitespace).map_or(0, |at| at + kept[at..].chars().next().map_or(1, char::len_utf8));
    let ends_here = text[kept.len()..].starts_with(char::is_whitespace);
    if kept[word..].contains("://") && !ends_here { format!("{}…", kept[..word].trim_end()) } else { clipped }
}

#[cfg(test)]
mod tests {
    use super::{BODY, LONG_BODY, clip, of};
    use kamurj_chat::{Buttons, Choice, Message};
    use serde_json::Value;

    fn choices(titles: &[&str]) -> Message {
        let choice =
            |title: &&str| Choice { data: format!("item:{title}"), title: (*title).to_owned(), note: String::new() };
        Message::choices("Choose", "What is on sale in this shop", titles.iter().map(choice).collect())
    }

    fn chars(value: &Value) -> usize {
        value.as_str().expect("a text").chars().count()
    }

    #[test]
    fn a_page_opens_by_its_button_and_its_address_is_never_cut() {
        let url = format!("https://pay.example.am/p/{}", "x".repeat(3000));
        for (symbol, most) in [("ա", BODY), ("😀", BODY)] {
            let label = symbol.repeat(30);
            let open = Buttons::Open { label, url: url.clone() };
            let body = of(&Message { buttons: open, ..Message::talk(&symbol.repeat(3000)) });
            let interactive = &body["interactive"];
            assert_eq!((chars(&interactive["body"]["text"]), interactive["type"].as_str()), (most, Some("cta_url")));
            assert_eq!(chars(&interactive["action"]["parameters"]["display_text"]), 20);
            assert_eq!(interactive["action"]["parameters"]["url"], url);
        }
        let text = format!("{} https://pay.example.am/p/7Qm2cX9y", "ա".repeat(1010));
        assert_eq!(clip(&text, 1024), format!("{}…", "ա".repeat(1010)));
        assert_eq!(clip("see https://a.am/b and more", 21), "see https://a.am/b a…");
        assert_eq!(clip("see https://a.am/b and", 19), "see https://a.am/b…");
        assert_eq!(clip("see https://a.am/b", 18), "see https://a.am/b");
    }

    #[test]
    fn up_to_three_short_titles_are_buttons_and_others_a_list() {
        let twenty = "ա".repeat(20);
        let body = of(&choices(&["Tea", &twenty, "😀"]));
        assert_eq!(body["interactive"]["type"], "button");
        assert_eq!(body["interactive"]["action"]["buttons"][1]["reply"]["title"], twenty);
        for titles in [vec!["a", "b", "c", "d"], vec![&"ա".repeat(21)], vec!["Tea", "Tea"], vec![" "]] {
            assert_eq!(of(&choices(&titles))["interactive"]["type"], "list", "{titles:?}");
        }
    }

    #[test]
    fn a_title_that_a_row_cuts_stands_whole_in_the_text() {
        let long = format!("Մեղրով տորթ {}", "😀".repeat(40));
        let body = of(&choices(&[&long, "Tea", "Coffee", "Milk"]));
        let rows = &body["interactive"]["action"]["sections"][0]["rows"];
        assert_eq!((chars(&rows[0]["title"]), rows[1]["title"].as_str()), (24, Some("Tea")));
        assert_eq!(body["interactive"]["body"]["text"], format!("Choose\n• {long}"));
        assert_eq!(chars(&body["interactive"]["action"]["button"]), 20);
        assert_eq!(rows[0].get("description"), None);
    }

    #[test]
    fn notes_stand_below_rows_and_what_is_too_much_is_text() {
        let mut message = choices(&["Tea"]);
        let Buttons::Choices { choices: only, .. } = &mut message.buttons else { panic!("choices") };
        only[0].note = "ա".repeat(90);
        assert_eq!(chars(&of(&message)["interactive"]["action"]["sections"][0]["rows"][0]["description"]), 72);
        let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        let body = of(&choices(&many.iter().map(String::as_str).collect::<Vec<_>>()));
        assert!(body["text"]["body"].as_str().is_some_and(|text| text.ends_with("\n• 9\n• 10")), "{body}");
        assert_eq!(chars(&of(&Message::talk(&"😀".repeat(5000)))["text"]["body"]), LONG_BODY);
    }
}
