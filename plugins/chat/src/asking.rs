//! Which question comes next, what its buttons are, and what an answer puts into the dialogue. Whether the answer will do is asked of
//! the host afterwards. It must not write to the chat.

use kamurj_sdk::{Host, Language, PaymentLink, Question, parse_amount, plain};

use crate::dialogue::Dialogue;
use crate::service::Choice;
use crate::texts;

/// More pieces than this are typed, not chosen.
const CHOSEN_PIECES: u32 = 9;
/// Longest answer that is passed on, in characters.
const ANSWER_CHARS: usize = 500;

/// A question to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The field, as the host's faults name it.
    pub(crate) field: String,
    pub(crate) text: String,
    /// What can be chosen: the value, and what the button says.
    pub(crate) options: Vec<(String, String)>,
    /// Whether it may be left out.
    pub(crate) optional: bool,
}

/// The next question; none when everything was asked.
pub(crate) fn next(host: &impl Host, link: &PaymentLink, so_far: &Dialogue, language: Language) -> Option<Ask> {
    let ask = |field: &str, text: String, options: Vec<(String, String)>| {
        Some(Ask { field: field.to_owned(), text, options, optional: false })
    };
    let title = plain(&link.title, 80);
    if link.price.is_none() && so_far.amount.is_none() {
        let money = |sum: &kamurj_sdk::Money| host.format_money(sum, language.tag());
        let bounds = link.least.as_ref().zip(link.most.as_ref()).map(|(least, most)| (money(least), money(most)));
        let suggested = link.suggested.iter();
        let options = suggested.map(|sum| (kamurj_sdk::minor_to_decimal(sum), money(sum))).collect();
        return ask("amount", texts::ask_amount(language, &title, bounds.as_ref()), options);
    }
    if link.most_pieces > link.fewest_pieces && so_far.quantity.is_none() {
        let (least, most) = (link.fewest_pieces, link.most_pieces);
        let few = most - least < CHOSEN_PIECES;
        let options =
            if few { (least..=most).map(|pieces| (pieces.to_string(), pieces.to_string())).collect() } else { vec![] };
        return ask("quantity", texts::ask_quantity(language, &title, least, most), options);
    }
    if !link.deliveries.is_empty() && so_far.delivery.is_none() {
        let option = |way: &kamurj_sdk::Choice| {
            let title = plain(&way.title, 60);
            let price = way.price.as_ref().map(|price| host.format_money(price, language.tag()));
            (way.id.clone(), price.map_or_else(|| title.clone(), |price| format!("{title} +{price}")))
        };
        return ask("delivery", texts::ask_delivery(language).to_owned(), link.deliveries.iter().map(option).collect());
    }
    let open = |question: &&Question| {
        !so_far.skipped.contains(&question.id) && so_far.answers.iter().all(|(id, _)| *id != question.id)
    };
    let question = link.questions.iter().find(open)?;
    let label = plain(&question.label, 300);
    let hint = texts::answer_hint(language, &question.kind);
    Some(Ask {
        field: format!("answers/{}", question.id),
        text: if hint.is_empty() { label } else { format!("{label}\n{hint}") },
        options: question.choices.iter().map(|choice| (choice.id.clone(), plain(&choice.title, 60))).collect(),
        optional: !question.required,
    })
}

impl Ask {
    /// Its buttons: what can be chosen, leaving it out, and giving up. Only so many fit; the rest is typed.
    pub(crate) fn choices(&self, token: &str, most: usize, language: Language) -> Vec<Choice> {
        let button = |what: &str, title: &str| Choice {
            data: format!("ask:{token}:{what}"),
            title: title.to_owned(),
            note: String::new(),
        };
        let mut choices: Vec<Choice> = Vec::new();
        if self.options.len() + 1 + usize::from(self.optional) <= most {
            choices
                .extend(self.options.iter().enumerate().map(|(index, (_, title))| button(&index.to_string(), title)));
        }
        if self.optional {
            choices.push(button("skip", texts::skip(language)));
        }
        choices.push(button("cancel", texts::cancel(language)));
        choices
    }

    /// The question's text, with the options written out where they do not fit on buttons.
    pub(crate) fn words(&self, most: usize) -> String {
        if self.options.is_empty() || self.options.len() + 1 + usize::from(self.optional) <= most {
            return self.text.clone();
        }
        let lines: Vec<String> =
            self.options.iter().enumerate().map(|(index, (_, title))| format!("{}. {title}", index + 1)).collect();
        format!("{}\n{}", self.text, lines.join("\n"))
    }

    /// What was typed, as the value that it means.
    pub(crate) fn typed(&self, text: &str) -> String {
        let text = text.trim();
        let titled = self.options.iter().find(|(_, title)| title.to_lowercase() == text.to_lowercase());
        let numbered = || match self.field.as_str() {
            // Here a number means itself.
            "amount" | "quantity" => None,
            _ => text.parse::<usize>().ok().and_then(|number| self.options.get(number.checked_sub(1)?)),
        };
        titled.or_else(numbered).map_or_else(|| plain(text, ANSWER_CHARS), |(value, _)| value.clone())
    }
}

/// Puts the value into the dialogue. None: it cannot be read at all.
pub(crate) fn put(dialogue: &mut Dialogue, link: &PaymentLink, field: &str, value: &str) -> Option<()> {
    match field {
        "amount" => {
            let currency = &link.least.as_ref().or(link.most.as_ref())?.currency;
            let digits: String = value.chars().filter(|symbol| !symbol.is_whitespace() && *symbol != '֏').collect();
            let sum = parse_amount(&digits, currency).ok()?;
            dialogue.amount = Some((sum.minor, sum.currency));
        }
        "quantity" => dialogue.quantity = Some(value.trim().parse().ok()?),
        "delivery" => dialogue.delivery = Some(value.to_owned()),
        _ => {
            let id = field.strip_prefix("answers/")?;
            dialogue.answers.retain(|(known, _)| known != id);
            dialogue.answers.push((id.to_owned(), value.to_owned()));
        }
    }
    Some(())
}

/// Takes the value out again.
pub(crate) fn take_back(dialogue: &mut Dialogue, field: &str) {
    match field {
        "amount" => dialogue.amount = None,
        "quantity" => dialogue.quantity = None,
        "delivery" => dialogue.delivery = None,
        _ => dialogue.answers.retain(|(id, _)| field.strip_prefix("answers/") != Some(id)),
    }
}
