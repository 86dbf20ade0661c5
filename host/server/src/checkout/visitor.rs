//! Who fetches a link: a person's browser, or a program that draws a preview or fetches ahead. It only decides what is
//! counted, never what is shown or done.

use axum::http::{HeaderMap, Method, header};

/// Who fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// A browser that somebody looks at, also one inside a chat app.
    Person,
    /// A preview robot, a crawler, a tool, or a browser that fetches before anybody asked it to.
    Robot,
}

/// How browsers that people use begin to name themselves. Tools (`curl/8.5.0`) and the fetchers of chat apps
/// (`WhatsApp/2.23`, `Viber/20.0`) begin with their own name; the browsers inside such apps do not.
const BROWSERS: [&str; 3] = ["mozilla/", "opera/", "ucweb/"];

/// What gives a robot away that begins as a browser does. Some phones have `bot` in their name, so it alone says nothing.
const ROBOTS: [&str; 31] = [
    "facebookexternalhit",
    "facebookcatalog",
    "facebot",
    "meta-externalagent",
    "meta-externalfetcher",
    "telegrambot",
    "twitterbot",
    "slackbot",
    "slack-imgproxy",
    "linkedinbot",
    "applebot",
    "googlebot",
    "googleother",
    "google-inspectiontool",
    "google-pagerenderer",
    "bingbot",
    "bingpreview",
    "yandexbot",
    "yandex.com/bots",
    "discordbot",
    "skypeuripreview",
    "redditbot",
    "pinterestbot",
    "vkshare",
    "odklbot",
    "mail.ru_bot",
    "headlesschrome",
    "phantomjs",
    "crawler",
    "spider",
    // A robot that follows the custom leaves the address of a page about itself.
    "+http",
];

/// Headers by which a browser says that nobody has asked for the page yet, with what they say then.
const AHEAD: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
const AHEAD_WORDS: [&str; 3] = ["prefetch", "prerender", "preview"];

impl Visitor {
    /// Tells from the request.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let agent = lower(headers, header::USER_AGENT.as_str());
        let browser = BROWSERS.iter().any(|start| agent.starts_with(start));
        let robot = ROBOTS.iter().any(|mark| agent.contains(mark));
        let ahead = AHEAD.iter().any(|name| {
            let purpose = lower(headers, name);
            AHEAD_WORDS.iter().any(|word| purpose.contains(word))
        });
        if method == Method::GET && browser && !robot && !ahead { Self::Person } else { Self::Robot }
    }
}

fn lower(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn visitor(method: &Method, fields: &[(&str, &str)]) -> Visitor {
        let headers = fields
            .iter()
            .map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
            })
            .collect();
        Visitor::of(method, &headers)
    }

    const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
        Version/17.5 Mobile/15E148 Safari/604.1";

    #[test]
    fn browsers_that_people_use_are_people() {
        for agent in [
            SAFARI,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
             Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            "Opera/9.80 (Android; Opera Mini/36.2/191.227; U; hy) Presto/2.12.423 Version/12.16",
            // Browsers inside apps.
            "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
             Chrome/126.0.0.0 Mobile Safari/537.36 Instagram 335.0.0.39.93 Android",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.40.106]",
            "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile \
             Safari/537.36 Telegram-Android/10.14.5",
            "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 Viber/22.8",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 [LinkedInApp]/9.29",
            // A phone whose name has `bot` in it.
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
        ] {
            assert_eq!(visitor(&Method::GET, &[("user-agent", agent)]), Visitor::Person, "{agent}");
        }
    }

    #[test]
    fn b9_robots_and_tools_are_no_people() {
        for agent in [
            "",
            " ",
            "WhatsApp/2.23.20.0",
            "WhatsApp/2.24.11.85 A",
            "TelegramBot (like TwitterBot)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Facebot",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Twitterbot/1.0",
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 \
             Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
            "Viber/20.0",
            "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
            // How iMessage draws its cards.
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 \
             Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
            "curl/8.5.0",
            "Wget/1.21",
            "python-requests/2.32",
            "Go-http-client/2.0",
            "\u{40a}\u{ff}",
        ] {
            assert_eq!(visitor(&Method::GET, &[("user-agent", agent)]), Visitor::Robot, "{agent}");
        }
        assert_eq!(visitor(&Method::GET, &[]), Visitor::Robot, "a browser says its name");
    }

    #[test]
    fn b10_a_browser_that_looks_at_heads_or_fetches_ahead_is_no_person_yet() {
        assert_eq!(visitor(&Method::HEAD, &[("user-agent", SAFARI)]), Visitor::Robot);
        for (name, value) in [
            ("purpose", "prefetch"),
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("x-purpose", "preview"),
            ("x-moz", "prefetch"),
        ] {
            assert_eq!(visitor(&Method::GET, &[("user-agent", SAFARI), (name, value)]), Visitor::Robot, "{name}");
        }
        assert_eq!(visitor(&Method::GET, &[("user-agent", SAFARI), ("purpose", "navigate")]), Visitor::Person);
    }
}
