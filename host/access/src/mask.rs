//! How customers' personal data is shown to who may not see it: enough to tell two customers apart on a page, too little to reach one.
//! Takes any text at all, and knows neither the person who looks nor where the data comes from.

mod json;
mod line;

pub use json::{mask_json, mask_service, mask_text};
pub use line::mask_line;

const DOTS: &str = "•••";
/// Characters from which on the last two are shown. Of a shorter text they would be most of it.
const SHORTEST: usize = 6;

/// A telephone number by its last two digits: `+374 •• ••• •56`. The code is shown of Armenian numbers alone, since nearly all have it.
pub fn phone(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < SHORTEST {
        return hidden(text);
    }
    let last = &digits[digits.len() - 2..];
    // +374 and eight digits.
    let is_armenian = digits.len() == 11 && digits.starts_with("374");
    if is_armenian { format!("+374 •• ••• •{last}") } else { format!("••• ••• •{last}") }
}

/// An e-mail address by its first character and its domain: `a•••@example.am`.
pub fn email(text: &str) -> String {
    let Some((local, domain)) = text.trim().rsplit_once('@') else {
        return hidden(text);
    };
    // Behind the last `@` of what is no address may be anything.
    let is_domain =
        domain.contains('.') && domain.chars().all(|symbol| symbol.is_alphanumeric() || ".-".contains(symbol));
    if is_domain { format!("{}@{domain}", opening(local)) } else { hidden(text) }
}

/// A name by its initials: `Ա. Պ.`, three at most.
pub fn name(text: &str) -> String {
    let initials = text.split_whitespace().filter_map(|word| word.chars().find(|symbol| symbol.is_alphabetic()));
    let initials: Vec<String> = initials.take(3).map(|letter| format!("{}.", letter.to_uppercase())).collect();
    if initials.is_empty() { hidden(text) } else { initials.join(" ") }
}

/// A public chat name by its first character: `@a•••`.
pub fn handle(text: &str) -> String {
    let bare = text.trim().trim_start_matches('@');
    if bare.is_empty() { hidden(text) } else { format!("@{}", opening(bare)) }
}

/// The id of a conversation, or the merchant's own number for a customer, by its last two characters: `•••56`.
pub fn conversation(text: &str) -> String {
    let length = text.chars().count();
    if length < SHORTEST { hidden(text) } else { text.chars().skip(length - 2).fold(DOTS.to_owned(), with) }
}

/// Nothing of a text but that there is one.
pub fn hidden(text: &str) -> String {
    if text.is_empty() { String::new() } else { DOTS.to_owned() }
}

/// The first character of what has more of them.
fn opening(text: &str) -> String {
    let mut symbols = text.chars();
    match (symbols.next(), symbols.next()) {
        (Some(first), Some(_)) => format!("{first}{DOTS}"),
        _ => DOTS.to_owned(),
    }
}

fn with(mut text: String, symbol: char) -> String {
    text.push(symbol);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mask: fn(&str) -> String, shown: &[(&str, &str)]) {
        for (text, masked) in shown {
            assert_eq!(mask(text), *masked, "{text:?}");
        }
    }

    #[test]
    fn telephone_numbers_show_two_digits() {
        check(
            phone,
            &[
                ("+37491123456", "+374 •• ••• •56"),
                ("+374 (91) 12-34-56", "+374 •• ••• •56"),
                ("091 123456", "••• ••• •56"),
                ("+7 916 123 45 67", "••• ••• •67"),
                ("37455", "•••"),
                ("call Anna", "•••"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn addresses_show_a_character_and_the_domain() {
        check(
            email,
            &[
                ("anna@example.am", "a•••@example.am"),
                ("a@example.am", "•••@example.am"),
                ("Աննա@հայ.հայ", "Ա•••@հայ.հայ"),
                ("\"a@b\"@example.am", "\"•••@example.am"),
                ("@example.am", "•••@example.am"),
                ("anna@", "•••"),
                ("write to me@Anna Petrosyan, Yerevan.", "•••"),
                ("anna", "•••"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn names_show_initials() {
        check(
            name,
            &[
                ("Աննա Պետրոսյան", "Ա. Պ."),
                ("  anna   de la  Cruz ", "A. D. L."),
                ("«Նուռ» ՍՊԸ", "Ն. Ս."),
                ("և", "ԵՒ."),
                ("091123456", "•••"),
                ("🌸", "•••"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn handles_and_conversations_show_one_end() {
        check(handle, &[("anna", "@a•••"), ("@anna", "@a•••"), ("a", "@•••"), ("@", "•••"), ("", "")]);
        check(conversation, &[("5550001234", "•••34"), ("12345", "•••"), ("c-ձմեռ", "•••եռ"), ("", "")]);
    }
}
