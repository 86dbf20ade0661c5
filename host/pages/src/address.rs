//! Addresses that may stand on a page: each is checked here once, so that no merchant's text becomes a `javascript:` link or leads to
//! a host other than the one shown. Knows nothing of the pages themselves.

use url::{Host, Url};

use crate::error::PagesError;
use crate::headers::exact_origin;

/// An `https` address on a named host, without user name or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebLink {
    url: String,
    host: String,
}

impl WebLink {
    /// Reads an address; `None` when it is not `https`, names no host or a bare IP address, or carries a user name.
    pub fn parse(address: &str) -> Option<WebLink> {
        let url = Url::parse(address).ok()?;
        let Some(Host::Domain(host)) = url.host() else {
            return None;
        };
        let plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        plain.then(|| WebLink { host: host.to_owned(), url: url.to_string() })
    }

    /// The normalised address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, in ASCII form: look-alike letters show as punycode.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Where a customer's questions go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// A page or a chat, such as `https://t.me/shop`.
    Web(WebLink),
    /// A telephone number in international form, as typed.
    Phone(String),
    /// An e-mail address.
    Email(String),
    /// Anything else, shown and not linked.
    Text(String),
}

impl Contact {
    /// Sorts a merchant's contact text into the kind that it can be linked as.
    pub fn parse(text: &str) -> Contact {
        let text = text.trim();
        if let Some(link) = WebLink::parse(text) {
            return Contact::Web(link);
        }
        let owned = text.to_owned();
        if is_phone(text) {
            return Contact::Phone(owned);
        }
        if is_email(text) {
            return Contact::Email(owned);
        }
        Contact::Text(owned)
    }

    /// What the link reads.
    pub(crate) fn label(&self) -> String {
        match self {
            Contact::Web(link) => link.url.trim_start_matches("https://").trim_end_matches('/').to_owned(),
            // A number that is broken over two lines is misread.
            Contact::Phone(text) => text.replace(' ', "\u{a0}"),
            Contact::Email(text) | Contact::Text(text) => text.clone(),
        }
    }

    /// Where the link leads, if it is one.
    pub(crate) fn href(&self) -> Option<String> {
        match self {
            Contact::Web(link) => Some(link.url.clone()),
            Contact::Phone(number) => Some(format!("tel:+{}", digits(number))),
            Contact::Email(address) => Some(format!("mailto:{address}")),
            Contact::Text(_) => None,
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A plus sign, then 8 to 15 digits (E.164) with the usual separators between them.
fn is_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else {
        return false;
    };
    let separated = rest.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | '-' | '(' | ')'));
    separated && (8..=15).contains(&digits(rest).len())
}

/// The plain ASCII form only: what is refused here is still shown, as text.
fn is_email(text: &str) -> bool {
    let is_word = |part: &str, extra: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || extra.contains(letter))
    };
    text.split_once('@').is_some_and(|(name, domain)| {
        is_word(name, ".-_+") && is_word(domain, ".-") && domain.contains('.') && !domain.starts_with('.')
    })
}

/// Lets through only absolute paths of this site made of unreserved characters, so that neither another site nor a query hides in one.
pub(crate) fn own_path<'a>(field: &'static str, path: &'a str) -> Result<&'a str, PagesError> {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte));
    if plain && path.starts_with('/') && !path.starts_with("//") { Ok(path) } else { Err(PagesError::Path { field }) }
}

/// An absolute address that a form may be posted to, with the host that is shown for it: `https`, or plain `http` on the
/// loopback, and without a user name, as the policy of the page will take its origin.
pub(crate) fn foreign_address<'a>(field: &'static str, address: &'a str) -> Result<(&'a str, String), PagesError> {
    let url = Url::parse(address).map_err(|_| PagesError::Address { field })?;
    let nobody = url.username().is_empty() && url.password().is_none();
    match (exact_origin(&url.origin().ascii_serialization()), url.host_str()) {
        (Some(_), Some(host)) if nobody => Ok((address, host.to_owned())),
        _ => Err(PagesError::Address { field }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Contact, WebLink, own_path};

    #[test]
    fn only_plain_https_addresses_on_named_hosts_become_links() {
        let check = |address: &str, host: Option<&str>| {
            let link = WebLink::parse(address);
            assert_eq!(link.as_ref().map(WebLink::host), host, "{address}");
        };
        check("https://shop.am/thanks?order=1#top", Some("shop.am"));
        check("https://shop.am:8443/", Some("shop.am"));
        check("https://аpple.com/", Some("xn--pple-43d.com"));
        check("http://shop.am/", None);
        check("https://user@shop.am/", None);
        check("https://shop.am@evil.example/", None);
        check("https://10.0.0.1/", None);
        check("https://0x7f000001/", None);
        check("https://[::1]/", None);
        check("javascript:alert(1)", None);
        check("data:text/html,x", None);
        check("//shop.am/", None);
        check("", None);
    }

    #[test]
    fn contacts_are_linked_by_what_they_are() {
        let check = |text: &str, label: &str, href: Option<&str>| {
            let contact = Contact::parse(text);
            assert_eq!(contact.label(), label, "{text}");
            assert_eq!(contact.href().as_deref(), href, "{text}");
        };
        check("https://t.me/ararat_shop", "t.me/ararat_shop", Some("https://t.me/ararat_shop"));
        check("+374 (10) 12-34-56", "+374\u{a0}(10)\u{a0}12-34-56", Some("tel:+37410123456"));
        check(" help@shop.am ", "help@shop.am", Some("mailto:help@shop.am"));
        check("@ararat_shop", "@ararat_shop", None);
        check("javascript:alert(1)", "javascript:alert(1)", None);
        check("a@b?cc=x@y.am", "a@b?cc=x@y.am", None);
        check("+374", "+374", None);
    }

    #[test]
    fn a_path_cannot_leave_the_site() {
        for good in ["/p/AbC_-9", "/p/abc/pay"] {
            assert!(own_path("checkout_path", good).is_ok(), "{good}");
        }
        for bad in
            ["", "p/abc", "//evil.example", "/\\evil.example", "/p/a b", "/p?x=1", "/p/\"", "javascript:alert(1)"]
        {
            assert!(own_path("checkout_path", bad).is_err(), "{bad}");
        }
    }
}
