//! Messages ready to be copied into a chat: who asks, for what, how much, where. One for each channel and language, because
//! channels differ in how long a message may be and in how a phone opens them with the text filled in.

use kamurj_domain::format::{Language, date_time, money};
use url::Url;

use crate::Pages;
use crate::plain::{one_line, shortened};
use crate::texts::fill;

/// What is shared.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Who asks.
    pub merchant: String,
    /// For what, in the order of [`Language::ALL`].
    pub what: [Option<String>; 3],
    /// The number of the order or link, said where nothing better is known.
    pub number: String,
    /// How much, in minor units, with the ISO 4217 code; `None` where the customer chooses.
    pub amount: Option<(i64, String)>,
    /// The page's address.
    pub url: String,
    /// Until when it takes money, Unix milliseconds, where that is known.
    pub until_ms: Option<i64>,
    /// Now, Unix milliseconds: this year's dates are written without the year.
    pub now_ms: i64,
}

/// A message to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// `telegram`, `whatsapp`, `messenger` or `instagram`.
    pub channel: &'static str,
    /// The language that it is in.
    pub language: Language,
    /// Plain text; the address stands alone at the end of a line.
    pub text: String,
    /// The address that opens the channel with the text filled in and lets a person choose the chat, where there is one.
    pub send_url: Option<String>,
}

/// A channel with the longest message that it takes.
struct Channel {
    name: &'static str,
    longest: usize,
    length: fn(&str) -> usize,
    send: fn(&str, &str) -> Option<Url>,
}

/// Telegram counts UTF-16 units (Bot API, `sendMessage`), WhatsApp and Messenger characters (Cloud API, `text.body`; Send
/// API, `message.text`), Instagram bytes of UTF-8 (Instagram messaging, `message.text`).
const CHANNELS: [Channel; 4] = [
    Channel { name: "telegram", longest: 4096, length: |text| text.encode_utf16().count(), send: telegram },
    Channel { name: "whatsapp", longest: 4096, length: |text| text.chars().count(), send: whatsapp },
    Channel { name: "messenger", longest: 2000, length: |text| text.chars().count(), send: |_, _| None },
    Channel { name: "instagram", longest: 1000, length: str::len, send: |_, _| None },
];

/// The share page puts the address before the text, so that the text goes without it.
fn telegram(text: &str, url: &str) -> Option<Url> {
    let around = text.replace(url, "");
    Url::parse_with_params("https://t.me/share/url", [("url", url), ("text", around.trim())]).ok()
}

fn whatsapp(text: &str, _: &str) -> Option<Url> {
    Url::parse_with_params("https://wa.me/", [("text", text)]).ok()
}

impl Pages {
    /// The messages for a link, in every channel and language.
    pub fn messages(&self, shared: &Shared) -> Vec<Written> {
        let mut written = Vec::with_capacity(CHANNELS.len() * Language::ALL.len());
        for channel in &CHANNELS {
            for (language, what) in Language::ALL.into_iter().zip(&shared.what) {
                let what = what.as_deref().map(one_line).filter(|text| !text.is_empty());
                let number = || fill(&self.texts(language).order_label, &[("order_id", &one_line(&shared.number))]);
                let text = self.message(channel, language, &what.unwrap_or_else(number), shared);
                let send_url = (channel.send)(&text, &shared.url).map(String::from);
                written.push(Written { channel: channel.name, language, text, send_url });
            }
        }
        written
    }

    /// The whole message, or the message about something shorter: what is cut is never the amount or the address.
    fn message(&self, channel: &Channel, language: Language, what: &str, shared: &Shared) -> String {
        let fits = |text: &String| (channel.length)(text) <= channel.longest;
        let longest = what.chars().count();
        let cuts = [longest, 300, 150, 60, 20];
        let lengths = cuts.into_iter().filter(|length| *length <= longest);
        let written = lengths.map(|length| self.compose(language, &shortened(what, length), shared));
        written.into_iter().find(fits).unwrap_or_else(|| shared.url.clone())
    }

    fn compose(&self, language: Language, what: &str, shared: &Shared) -> String {
        let texts = self.texts(language);
        let merchant = shortened(&one_line(&shared.merchant), 100);
        let mut text = fill(&texts.share_what, &[("merchant", &merchant), ("what", what)]);
        if let Some((minor, currency)) = &shared.amount {
            let amount = money(*minor, currency, language);
            text.push('\n');
            text.push_str(&fill(&texts.share_amount, &[("amount", &amount)]));
        }
        text.push('\n');
        text.push_str(&fill(&texts.share_url, &[("url", &shared.url)]));
        if let Some(until) = shared.until_ms {
            let until = date_time(until, Some(shared.now_ms), language);
            text.push('\n');
            text.push_str(&fill(&texts.share_until, &[("until", &until)]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Pages, Shared, Written};

    fn shared(what: &str) -> Shared {
        Shared {
            merchant: "Անահիտի տորթեր".to_owned(),
            what: ["Տորթ", "Торт", what].map(|text| Some(text.to_owned())),
            number: "1001".to_owned(),
            amount: Some((1_250_000, "AMD".to_owned())),
            url: "https://pay.example.am/p/MDEyMzQ1Njc4OWFiY2RlZg".to_owned(),
            until_ms: Some(1_795_255_500_000),
            now_ms: 1_795_000_000_000,
        }
    }

    fn of(written: &[Written], channel: &str, language: Language) -> Written {
        written.iter().find(|one| one.channel == channel && one.language == language).unwrap().clone()
    }

    #[test]
    fn a_message_says_who_what_how_much_where_and_until_when() {
        let written = Pages::new().unwrap().messages(&shared("Cake"));
        assert_eq!(written.len(), 12);
        let expected = "Բարև Ձեզ։ Անահիտի տորթեր՝ Տորթ\nԳումարը՝ 12\u{a0}500\u{a0}֏\n\
                        Վճարելու հղումը՝ https://pay.example.am/p/MDEyMzQ1Njc4OWFiY2RlZg\n\
                        Հղումը գործում է մինչև 21 նոյեմբերի, 14:05։";
        assert_eq!(of(&written, "instagram", Language::Hy).text, expected);
        let whatsapp = of(&written, "whatsapp", Language::En);
        let url = url::Url::parse(&whatsapp.send_url.unwrap()).unwrap();
        assert_eq!(url.query_pairs().next().unwrap().1, whatsapp.text);
        let telegram = url::Url::parse(&of(&written, "telegram", Language::Ru).send_url.unwrap()).unwrap();
        let said: Vec<_> = telegram.query_pairs().map(|(_, value)| value.into_owned()).collect();
        assert_eq!(said[0], shared("").url);
        assert!(said[1].contains("Торт") && !said[1].contains("https://"), "{said:?}");
        assert_eq!(of(&written, "messenger", Language::En).send_url, None);
    }

    #[test]
    fn what_has_no_description_is_named_by_its_number() {
        let written = Pages::new().unwrap().messages(&shared(" \u{200e}"));
        assert!(of(&written, "telegram", Language::En).text.starts_with("Hello! Անահիտի տորթեր: Order 1001\n"));
    }

    #[test]
    fn what_is_too_long_for_a_channel_is_cut_and_the_address_is_not() {
        let long = "ա".repeat(500);
        let written = Pages::new().unwrap().messages(&shared(&long));
        let instagram = of(&written, "instagram", Language::En).text;
        assert!(instagram.len() <= 1000 && instagram.contains('…'), "{instagram}");
        assert!(instagram.contains(&shared("").url) && instagram.contains("12\u{a0}500"));
        assert!(of(&written, "telegram", Language::En).text.contains(&long));
    }

    #[test]
    fn a_text_of_the_merchant_cannot_bring_lines_of_its_own() {
        let written = Pages::new().unwrap().messages(&shared("Cake\nhttps://evil.example/p/x\u{202e}"));
        let text = of(&written, "telegram", Language::En).text;
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(!text.contains('\u{202e}'), "{text}");
    }
}
