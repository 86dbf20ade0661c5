//! Reading the form of a request, and saying with which of the gateway's errors it is refused. It must not know about logins or
//! what exists already.

use url::Url;

use crate::is_loopback;

/// Currencies that this gateway takes, by number and letters; all four have two decimals in ISO 4217.
const CURRENCIES: [(&str, &str); 4] = [("051", "AMD"), ("643", "RUB"), ("840", "USD"), ("978", "EUR")];
/// What an order without a currency is in.
const ROUBLES: &str = "643";
const LANGUAGES: [&str; 3] = ["hy", "ru", "en"];
const LONGEST_SESSION_S: i64 = 1200;
/// What of a description reaches the processing, where some characters are forbidden.
const PROCESSED: usize = 99;

/// A number of the manual's error table, and words that name the parameter.
pub(super) type Refused = (i64, String);

/// The letters of a currency's number.
pub(super) fn letters(digits: &str) -> &'static str {
    CURRENCIES.iter().find(|(known, _)| *known == digits).map_or("XXX", |(_, letters)| letters)
}

/// The number of a currency's letters.
pub(super) fn digits(letters: &str) -> Option<&'static str> {
    CURRENCIES.iter().find(|(_, known)| *known == letters).map(|(digits, _)| *digits)
}

/// A request's parameters, each there once and known to its method.
pub(super) struct Parameters(Vec<(String, String)>);

/// What the merchant wants to be paid.
pub(super) struct Registration {
    pub(super) order_number: String,
    pub(super) amount_minor: i64,
    /// Three digits.
    pub(super) currency: &'static str,
    pub(super) return_url: Url,
    pub(super) description: String,
    pub(super) language: &'static str,
    pub(super) session_seconds: i64,
    /// Money is held first, and taken by `deposit.do`.
    pub(super) two_stages: bool,
}

fn wrong(name: &str, why: &str) -> Refused {
    (5, format!("{name}: {why}"))
}

impl Parameters {
    /// Reads a form whose names must be among these, beside those of the login.
    pub(super) fn read(body: &[u8], known: &[&str]) -> Result<Self, Refused> {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        for (place, (name, value)) in form.iter().enumerate() {
            if !known.contains(&name.as_str()) && !["userName", "password"].contains(&name.as_str()) {
                return Err(wrong(name, "unknown parameter"));
            }
            if form[..place].iter().any(|(before, _)| before == name) {
                return Err(wrong(name, "is there twice"));
            }
            if value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(wrong(name, "is not UTF-8"));
            }
        }
        Ok(Self(form))
    }

    /// A parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| (4, format!("{name}: is required")))
    }

    /// An amount in minor units: digits alone.
    pub(super) fn amount(&self) -> Result<i64, Refused> {
        let text = self.required("amount")?;
        let is_plain = text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        let minor = if is_plain { text.parse().ok() } else { None };
        minor
            .filter(|minor: &i64| *minor > 0)
            .ok_or_else(|| wrong("amount", "must be a positive integer of minor units"))
    }

    fn shorter(&self, name: &str, longest: usize) -> Result<Option<&str>, Refused> {
        match self.get(name) {
            Some(text) if text.chars().count() > longest => {
                Err(wrong(name, &format!("must be of at most {longest} characters")))
            }
            other => Ok(other),
        }
    }

    fn one_of(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refused> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let word = words.iter().find(|word| **word == text).copied();
        word.map(Some).ok_or_else(|| wrong(name, &format!("must be one of {}", words.join(", "))))
    }

    /// Reads an order.
    pub(super) fn registration(&self, two_stages: bool) -> Result<Registration, Refused> {
        for (name, longest) in [("clientId", 255), ("email", 100), ("phone", 20)] {
            self.shorter(name, longest)?;
        }
        self.one_of("pageView", &["DESKTOP", "MOBILE"])?;
        self.required("orderNumber")?;
        let order_number = self.shorter("orderNumber", 32)?.unwrap_or_default().to_owned();
        Ok(Registration {
            order_number,
            amount_minor: self.amount()?,
            currency: self.currency()?,
            return_url: self.return_url()?,
            description: self.description()?,
            language: self.one_of("language", &LANGUAGES)?.unwrap_or("ru"),
            session_seconds: self.session_seconds()?,
            two_stages,
        })
        .and_then(|registration| self.json_params().map(|()| registration))
    }

    fn currency(&self) -> Result<&'static str, Refused> {
        let text = self.get("currency").unwrap_or(ROUBLES);
        let known = CURRENCIES.iter().find(|(digits, _)| *digits == text);
        known.map(|(digits, _)| *digits).ok_or_else(|| (3, "currency: unknown currency".to_owned()))
    }

    fn return_url(&self) -> Result<Url, Refused> {
        self.required("returnUrl")?;
        let text = self.shorter("returnUrl", 512)?.unwrap_or_default();
        let url = Url::parse(text).map_err(|_| wrong("returnUrl", "must be an absolute URL"))?;
        // Plain HTTP is the double's one exception: the server under test listens on loopback.
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback(&url) => Ok(url),
            _ => Err(wrong("returnUrl", "must begin with https://")),
        }
    }

    fn description(&self) -> Result<String, Refused> {
        let text = self.shorter("description", 1024)?.unwrap_or_default();
        if text.chars().take(PROCESSED).any(|mark| "%+\r\n".contains(mark)) {
            return Err(wrong("description", "%, + and line breaks are forbidden"));
        }
        Ok(text.to_owned())
    }

    fn session_seconds(&self) -> Result<i64, Refused> {
        let Some(text) = self.get("sessionTimeoutSecs") else { return Ok(LONGEST_SESSION_S) };
        let is_plain = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = if is_plain { text.parse().ok() } else { None };
        seconds
            .filter(|seconds| (1..=LONGEST_SESSION_S).contains(seconds))
            .ok_or_else(|| wrong("sessionTimeoutSecs", "must be an integer from 1 to 1200"))
    }

    fn json_params(&self) -> Result<(), Refused> {
        let Some(text) = self.shorter("jsonParams", 1024)? else { return Ok(()) };
        let read: Option<std::collections::BTreeMap<String, String>> = serde_json::from_str(text).ok();
        read.map(|_| ()).ok_or_else(|| wrong("jsonParams", "must be a JSON object of texts"))
    }
}
