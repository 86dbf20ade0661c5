//! Free text that a plugin or a service wrote, such as a line of a log: what can be told from its shape is masked, addresses, chat names and
//! telephone numbers. A name cannot be told from other words; who writes lines must leave names out.

use super::{email, handle, phone};

/// Parts of one telephone number at most: `+374 (91) 12-34-56` has five.
const MOST_PARTS: usize = 7;

/// Masks e-mail addresses, chat names (`@anna`) and telephone numbers in a text, and leaves the rest as it is.
pub fn mask_line(text: &str) -> String {
    words_masked(&numbers_masked(text))
}

fn words_masked(text: &str) -> String {
    text.split_inclusive(|symbol: char| symbol.is_whitespace() || "\"'<>()[]{},;=".contains(symbol))
        .map(|piece| {
            let word = piece.trim_end_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '_');
            let rest = &piece[word.len()..];
            // A key may stand before what it names: `mail:anna@example.am`.
            let (before, word) =
                word.rsplit_once([':', '/']).map_or(("", word), |(key, word)| (&piece[..=key.len()], word));
            match word.find('@') {
                Some(0) if word.len() > 1 => format!("{before}{}{rest}", handle(word)),
                Some(at) if at > 0 && word.len() > at + 1 => format!("{before}{}{rest}", email(word)),
                _ => piece.to_owned(),
            }
        })
        .collect()
}

/// Digits that stand together, by their place in the text; with the `+` before them.
struct Group {
    from: usize,
    until: usize,
    digits: usize,
}

fn numbers_masked(text: &str) -> String {
    let groups = groups(text);
    let (mut masked, mut done, mut first) = (String::with_capacity(text.len()), 0, 0);
    while let Some(group) = groups.get(first) {
        let near = groups[first..].windows(2).take_while(|pair| is_gap(&text[pair[0].until..pair[1].from])).count() + 1;
        let last = (1..=near.min(MOST_PARTS)).rev().find(|count| {
            let parts = &groups[first..first + count];
            let from = parts[0].from;
            is_phone(&text[from..parts[count - 1].until], parts.iter().map(|part| part.digits).sum())
        });
        match last {
            Some(count) => {
                let until = groups[first + count - 1].until;
                masked.push_str(&text[done..group.from]);
                masked.push_str(&phone(&text[group.from..until]));
                done = until;
                first += count;
            }
            None => first += 1,
        }
    }
    masked.push_str(&text[done..]);
    masked
}

/// Digits that no letter stands beside.
fn groups(text: &str) -> Vec<Group> {
    let bytes = text.as_bytes();
    let (mut groups, mut place) = (Vec::new(), 0);
    while place < bytes.len() {
        if !bytes[place].is_ascii_digit() {
            place += 1;
            continue;
        }
        let until = bytes[place..].iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |on| place + on);
        let is_apart = |symbol: Option<char>| symbol.is_none_or(|symbol| !symbol.is_alphanumeric() && symbol != '_');
        if is_apart(text[..place].chars().next_back()) && is_apart(text[until..].chars().next()) {
            let from = if text[..place].ends_with('+') { place - 1 } else { place };
            groups.push(Group { from, until, digits: until - place });
        }
        place = until;
    }
    groups
}

/// What stands between the parts of one number.
fn is_gap(between: &str) -> bool {
    between.len() <= 2 && between.chars().all(|symbol| " ()-.".contains(symbol))
}

/// Numbers as people write them here: with `+` and their country, Armenian ones with 374 or a leading 0, Russian ones with 7 or 8.
fn is_phone(text: &str, digits: usize) -> bool {
    let plain: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.starts_with('+') && (8..=15).contains(&digits))
        || (digits == 9 && plain.starts_with('0'))
        || (digits == 11 && ["374", "79", "89"].iter().any(|start| plain.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::mask_line;

    #[test]
    fn what_reaches_a_person_is_masked_wherever_it_stands() {
        for (line, shown) in [
            ("sent to +374 91 12-34-56 in 20 ms", "sent to +374 •• ••• •56 in 20 ms"),
            ("wa_id=37491123456", "wa_id=+374 •• ••• •56"),
            ("no 091 123456, nor 8 (916) 123-45-67.", "no ••• ••• •56, nor ••• ••• •67."),
            ("mail:anna@example.am (ani@x.am)", "mail:a•••@example.am (a•••@x.am)"),
            ("chat @anna_p wrote: hello", "chat @a••• wrote: hello"),
            ("2 of 12 to 37491123456", "2 of 12 to +374 •• ••• •56"),
        ] {
            assert_eq!(mask_line(line), shown);
        }
    }

    #[test]
    fn what_reaches_nobody_stays() {
        for line in [
            "",
            "deal 5 has 12500 AMD of 12500.00 AMD since 2026-11-24 12:00:05",
            "payment pay_01M82DWSDVXBB387TQZBEJTNH0, reference 100000012345",
            "HTTP 429 from 127.0.0.1:8093 @ 12:00, retry in 500 ms @",
            "Աննա wrote 123456789012 letters",
        ] {
            assert_eq!(mask_line(line), line);
        }
    }
}
