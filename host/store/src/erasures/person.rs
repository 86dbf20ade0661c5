//! A customer as they are known by their payments, and where else they are spoken of. A name finds nobody, because others have it too:
//! it is only taken out of what is known to be theirs. Knows neither tables nor seals.

use crate::search::{phone, plain};
use kamurj_domain::Particulars;
use kamurj_domain::order::{ChannelRef, Customer};
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in place of what was taken out of a sentence.
static GONE: &str = "•••";
/// The shortest id that is looked for in what others wrote. A shorter one stands there by chance.
const SHORTEST_ID: usize = 5;
/// The shortest word of a name that is taken out of a sentence.
const SHORTEST_WORD: usize = 3;

/// Everything by which somebody is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    phones: BTreeSet<String>,
    emails: BTreeSet<String>,
    ids: BTreeSet<String>,
    conversations: BTreeSet<(String, String)>,
    handles: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Person {
    /// The customer of this order.
    pub fn of(order: &Particulars) -> Self {
        let mut person = Self::default();
        person.take(order);
        person
    }

    /// Learns by what they are known in this order.
    pub fn take(&mut self, order: &Particulars) {
        let Customer { name, phone, email, id } = &order.customer;
        self.phones.extend(phone.as_deref().and_then(phone::kept));
        self.emails.extend(email.as_deref().map(plain).filter(|text| !text.is_empty()));
        self.ids.extend(id.iter().filter(|text| !text.trim().is_empty()).cloned());
        self.names.extend(name.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
        if let Some(ChannelRef { plugin, conversation, handle, .. }) = &order.channel {
            self.conversations.insert((plugin.clone(), conversation.clone()));
            self.handles.extend(handle.as_deref().map(plain).filter(|text| !text.is_empty()));
        }
    }

    /// By what this order's customer is the same: `phone`, `email`, `id`, `conversation`. Empty: nothing says so.
    pub fn same(&self, order: &Particulars) -> Vec<&'static str> {
        let other = Self::of(order);
        [
            ("phone", !self.phones.is_disjoint(&other.phones)),
            ("email", !self.emails.is_disjoint(&other.emails)),
            ("id", !self.ids.is_disjoint(&other.ids)),
            ("conversation", !self.conversations.is_disjoint(&other.conversations)),
        ]
        .into_iter()
        .filter_map(|(word, is_same)| is_same.then_some(word))
        .collect()
    }

    /// The values of the search index that lead to their payments, with their fields.
    pub(crate) fn leads(&self) -> BTreeSet<(&'static str, String)> {
        let of_phone = self.phones.iter().map(|phone| ("phone", phone.clone()));
        let texts = self.emails.iter().chain(&self.ids).chain(self.conversations.iter().map(|(_, id)| id));
        of_phone.chain(texts.map(|text| ("customer", plain(text)))).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Whether a text speaks of them by number, address, id or conversation.
    pub fn is_in_text(&self, text: &str) -> bool {
        self.ids_to_look_for().any(|id| has_token(text, id))
            || self.emails.iter().any(|email| text.contains('@') && has_address(&text.to_lowercase(), email))
            || runs_of_digits(text).any(|(run, _)| phone::kept(run).is_some_and(|number| self.phones.contains(&number)))
    }

    /// Whether anything in here does, in a key, a text, a number, or a text that is JSON itself.
    pub fn is_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_in_text(text) || inner(text).is_some_and(|value| self.is_in(&value)),
            Value::Number(number) => self.is_in_text(&number.to_string()),
            Value::Array(items) => items.iter().any(|item| self.is_in(item)),
            Value::Object(fields) => fields.iter().any(|(key, held)| self.is_in_text(key) || self.is_in(held)),
            Value::Null | Value::Bool(_) => false,
        }
    }

    /// Whether a message that came in speaks of them: JSON, a form, or plain text.
    pub fn is_in_bytes(&self, bytes: &[u8]) -> bool {
        if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
            return self.is_in(&value);
        }
        let text = String::from_utf8_lossy(bytes);
        self.is_in_text(&text) || self.is_in_text(&unescaped(&text))
    }

    /// Whether a key of this payment's own is made of their conversation, however short that is.
    pub fn is_in_own_key(&self, key: &str) -> bool {
        self.is_in_text(key) || self.conversations.iter().any(|(_, id)| has_token(key, id))
    }

    /// The text without their name, number, address, id and conversation.
    pub fn taken_out_of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (run, place) in runs_of_digits(&text.clone()).collect::<Vec<_>>().into_iter().rev() {
            if phone::kept(run).is_some_and(|number| self.phones.contains(&number)) {
                text.replace_range(place..place + run.len(), GONE);
            }
        }
        let words = self.names.iter().flat_map(|name| name.split_whitespace());
        let words = words.filter(|word| word.chars().count() >= SHORTEST_WORD);
        let mut needles: Vec<&str> = self.emails.iter().map(String::as_str).collect();
        needles.extend(self.ids_to_look_for());
        needles.extend(self.names.iter().map(String::as_str).chain(words));
        needles.extend(self.handles.iter().map(String::as_str).filter(|name| name.chars().count() >= SHORTEST_WORD));
        needles.into_iter().fold(text, |text, needle| without(&text, needle))
    }

    /// Takes them out of every text in here.
    pub fn taken_out_of_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.taken_out_of(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.taken_out_of_json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|held| self.taken_out_of_json(held)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Leaves of an order what was sold; answers how many values went.
    pub fn erased_from(&self, order: &mut Particulars) -> i64 {
        let Customer { name, phone, email, id } = std::mem::take(&mut order.customer);
        let mut gone = [name, phone, email, id].iter().flatten().count();
        gone += usize::from(order.channel.take().is_some()) + usize::from(order.delivery.take().is_some());
        gone += usize::from(order.return_url.take().is_some()) + usize::from(order.cancel_message.take().is_some());
        gone += std::mem::take(&mut order.metadata).len();
        for text in order.items.iter_mut().map(|item| &mut item.name).chain([&mut order.description]) {
            let left = self.taken_out_of(text);
            gone += usize::from(left != *text);
            *text = left;
        }
        i64::try_from(gone).unwrap_or(i64::MAX)
    }

    /// What is left of something that a plugin keeps: entries that speak of them go, others stay as they are. `None`: nothing is
    /// left. `Some(None)`: nothing in it spoke of them.
    pub fn left_of(&self, name: &str, kept: &[u8]) -> Option<Option<Vec<u8>>> {
        if self.is_in_text(name) {
            return None;
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(kept) else {
            return if self.is_in_bytes(kept) { None } else { Some(None) };
        };
        if !self.is_in(&value) {
            return Some(None);
        }
        self.thins(&mut value).then(|| Some(value.to_string().into_bytes()))
    }

    /// Takes out of a list or map what speaks of them; `false`: it speaks of them as a whole.
    fn thins(&self, value: &mut Value) -> bool {
        match value {
            // A board of the SDK's shelf is a list of pairs: each goes whole.
            Value::Array(items) => items.retain(|item| !self.is_in(item)),
            Value::Object(fields) => {
                fields.retain(|key, _| !self.is_in_text(key));
                return fields.values_mut().all(|held| !self.is_in(held) || self.thins(held));
            }
            _ => return false,
        }
        true
    }

    fn ids_to_look_for(&self) -> impl Iterator<Item = &str> {
        let all = self.conversations.iter().map(|(_, id)| id).chain(&self.ids);
        all.map(String::as_str).filter(|id| id.len() >= SHORTEST_ID)
    }
}

/// A text that is JSON itself.
fn inner(text: &str) -> Option<Value> {
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// Whether this stands in the text by itself, and not inside a longer word or number.
fn has_token(text: &str, token: &str) -> bool {
    let is_edge = |symbol: Option<char>| symbol.is_none_or(|symbol| !symbol.is_alphanumeric());
    !token.is_empty()
        && text
            .match_indices(token)
            .any(|(at, _)| is_edge(text[..at].chars().next_back()) && is_edge(text[at + token.len()..].chars().next()))
}

/// Whether the address stands in the text, and not as the end of a longer one.
fn has_address(text: &str, address: &str) -> bool {
    let goes_on = |symbol: char| symbol.is_alphanumeric() || ".-_+%".contains(symbol);
    let is_edge = |symbol: Option<char>| symbol.is_none_or(|symbol| !goes_on(symbol));
    text.match_indices(address).any(|(at, _)| {
        let after = text[at + address.len()..].chars().next();
        is_edge(text[..at].chars().next_back()) && after.is_none_or(|symbol| !symbol.is_alphanumeric())
    })
}

/// What may be telephone numbers, with their places.
fn runs_of_digits(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let is_between = |symbol: char| !symbol.is_ascii_digit() && !"+-() \u{a0}".contains(symbol);
    text.split(is_between).filter_map(move |run| {
        let trimmed = run.trim_matches([' ', '\u{a0}', '-', '(']);
        let at = trimmed.as_ptr() as usize - text.as_ptr() as usize;
        (trimmed.len() >= 8).then_some((trimmed, at))
    })
}

/// The text without these words, in capitals or not, and without the endings that languages add to names.
fn without(text: &str, needle: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(symbol) = rest.chars().next() {
        let is_edge = before.is_none_or(|symbol: char| !symbol.is_alphanumeric());
        if is_edge && let Some(length) = begins(rest, needle) {
            left.push_str(GONE);
            rest = &rest[length..];
            before = Some('•');
            continue;
        }
        left.push(symbol);
        before = Some(symbol);
        rest = &rest[symbol.len_utf8()..];
    }
    left
}

/// How much of the text's beginning is this word.
fn begins(text: &str, needle: &str) -> Option<usize> {
    let mut symbols = text.char_indices();
    for wanted in needle.chars() {
        let (_, symbol) = symbols.next()?;
        if !symbol.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let end = symbols.offset();
    let ending = text[end..].find(|symbol: char| !symbol.is_alphanumeric()).unwrap_or(text.len() - end);
    let may_bend = needle.chars().count() > SHORTEST_WORD;
    (ending == 0 || may_bend).then_some(end + ending)
}

/// The text of a form, without its escapes.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.filter(|_| byte == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(code.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order() -> Particulars {
        serde_json::from_value(json!({
            "description": "Cake for Աննայի birthday, call 091 12 34 56",
            "items": [{ "name": "Cake", "quantity": 1, "unit_minor": 100 }],
            "delivery": "Abovyan 1, 5",
            "customer": { "name": "Աննա Petrosyan", "phone": "+374 91 123456", "email": "Anna@example.am", "id": "17" },
            "channel": { "plugin": "telegram", "conversation": "5550001234", "handle": "anush" },
            "metadata": { "note": "third floor" },
        }))
        .unwrap()
    }

    #[test]
    fn they_are_found_by_number_address_id_and_conversation_and_never_by_name() {
        let person = Person::of(&order());
        for text in ["091 12-34-56", "to=37491123456", "ANNA@example.am", "chat 5550001234.", "5550001234:7"] {
            assert!(person.is_in_text(text), "{text}");
        }
        for text in ["Աննա Petrosyan", "17", "55500012345", "091 12-34-57", "2026-11-22 17:00:00", "jo.anna@example.am"]
        {
            assert!(!person.is_in_text(text), "{text}");
        }
        assert!(person.is_in(&json!({ "message": { "chat": { "id": 5_550_001_234_i64 } } })));
        assert!(person.is_in(&json!({ "body": "{\"to\":\"37491123456\"}" })));
        assert!(person.is_in_bytes(b"a=1&email=anna%40example.am"));
        assert!(!person.is_in_bytes(b"a=1&email=mariam%40example.am"));
    }

    #[test]
    fn what_is_the_same_about_two_customers_is_said() {
        let person = Person::of(&order());
        let mut other = order();
        assert_eq!(person.same(&other), ["phone", "email", "id", "conversation"]);
        other.customer.phone = Some("091123456".into());
        other.customer.email = None;
        other.customer.id = Some("18".into());
        other.channel.as_mut().unwrap().plugin = "whatsapp".into();
        assert_eq!(person.same(&other), ["phone"]);
        other.customer.phone = None;
        assert!(person.same(&other).is_empty(), "others have the name, too");
    }

    #[test]
    fn an_order_keeps_what_was_sold() {
        let mut left = order();
        let person = Person::of(&left);
        assert_eq!(person.erased_from(&mut left), 8);
        assert_eq!(left.description, "Cake for ••• birthday, call •••");
        assert_eq!(left.items[0].name, "Cake");
        assert_eq!((left.customer, left.channel, left.delivery), (Customer::default(), None, None));
        assert!(left.metadata.is_empty());
    }

    #[test]
    fn of_what_plugins_keep_only_what_speaks_of_them_goes() {
        let person = Person::of(&order());
        let left = |kept: &str| person.left_of("messages.7", kept.as_bytes()).map(|left| left.map(String::from_utf8));
        let board = r#"[["pay_1",{"c":"5550001234","m":"7"}],["pay_2",{"c":"5550009999","m":"8"}]]"#;
        let thinned = r#"[["pay_2",{"c":"5550009999","m":"8"}]]"#;
        assert_eq!(left(board), Some(Some(Ok(thinned.to_owned()))));
        assert_eq!(left(thinned), Some(None));
        assert_eq!(left(r#"{"5550001234":1,"6":2}"#), Some(Some(Ok(r#"{"6":2}"#.to_owned()))));
        assert_eq!(left(r#"{"chat":"5550001234"}"#), None);
        assert_eq!((left("5550001234"), left("chat 5550001234"), left("12")), (None, None, Some(None)));
        assert_eq!(person.left_of("chat.5550001234", b"1"), None);
    }
}
