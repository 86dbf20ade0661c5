//! The response headers that customer pages are served with. They assume what the pages keep to: no script but our own
//! with the nonce of its response, no cookie, nothing from another site, and one form that leads through this server to the bank.

use url::{Host, Url};

/// `Referrer-Policy` for the routes that a browser comes back to from the bank: their path carries an attempt's token.
pub const RETURN_REFERRER_POLICY: &str = "no-referrer";

/// Where browsers say what they refused because of a page's policy.
pub const REPORTS_PATH: &str = "/csp-reports";

/// Whether a text can be a nonce: base64 or base64url, long enough for 128 bits.
pub(crate) fn is_nonce(nonce: &str) -> bool {
    nonce.len() >= 22 && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
}

/// The `Content-Security-Policy` of a customer page.
///
/// `form_action_origins` are the origins that posting the payment form may be redirected to: every hop, since browsers check each one.
/// Anything but an exact origin (`https://host[:port]`; plain `http` only on the loopback, for a bank simulator) is left out, and so
/// is a nonce that is none: a mistake makes the policy stricter, never wider.
pub fn content_security_policy(nonce: &str, form_action_origins: &[String]) -> String {
    let own = if is_nonce(nonce) { format!("'nonce-{nonce}'") } else { "'none'".to_owned() };
    let mut form_action = "'self'".to_owned();
    for origin in form_action_origins.iter().filter_map(|text| exact_origin(text)) {
        form_action.push(' ');
        form_action.push_str(&origin);
    }
    format!(
        "default-src 'none'; script-src {own}; style-src {own}; img-src 'self'; connect-src 'self'; \
         form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         report-uri {REPORTS_PATH}"
    )
}

/// The origin in its canonical form, if the text is nothing more and nothing less than one.
pub(crate) fn exact_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let scheme_allowed = match url.scheme() {
        "https" => true,
        "http" => match url.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        },
        _ => false,
    };
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    // The URL standard allows `*` in a host and CSP reads it as "any", so hosts are held to the characters of DNS names and IP addresses.
    let plain = origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-[]".contains(&byte));
    (scheme_allowed && bare && nobody && plain).then_some(origin)
}

/// The other security headers of every customer page, names in lower case.
///
/// `public_url` is where customers reach the server: only when it is `https` are browsers told to insist on it.
pub fn security_headers(public_url: &str) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "strict-origin"),
        ("cache-control", "no-store"),
        (
            "permissions-policy",
            "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), encrypted-media=(), \
             fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), \
             microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), \
             screen-wake-lock=(), serial=(), usb=(), web-share=(), xr-spatial-tracking=()",
        ),
    ];
    if Url::parse(public_url).is_ok_and(|url| url.scheme() == "https") {
        headers.push(("strict-transport-security", "max-age=31536000; includeSubDomains"));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::{content_security_policy, security_headers};

    const NONCE: &str = "MDEyMzQ1Njc4OWFiY2RlZg";

    fn form_action(origins: &[&str]) -> String {
        let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
        let policy = content_security_policy(NONCE, &origins);
        let directive = policy.split("; ").find_map(|part| part.strip_prefix("form-action "));
        directive.unwrap().to_owned()
    }

    #[test]
    fn the_policy_is_closed_but_for_what_the_page_uses() {
        let policy = content_security_policy(NONCE, &["https://pay.bank.am".to_owned()]);
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'nonce-MDEyMzQ1Njc4OWFiY2RlZg'; style-src 'nonce-MDEyMzQ1Njc4OWFiY2RlZg'; \
             img-src 'self'; connect-src 'self'; form-action 'self' https://pay.bank.am; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; report-uri /csp-reports"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
    }

    #[test]
    fn form_action_takes_exact_origins_only() {
        assert_eq!(form_action(&[]), "'self'");
        assert_eq!(
            form_action(&["https://a.am", "https://b.am:8443", "http://127.0.0.1:9000", "http://localhost:1"]),
            "'self' https://a.am https://b.am:8443 http://127.0.0.1:9000 http://localhost:1"
        );
        for bad in [
            "*",
            "https:",
            "https://*",
            "https://*.bank.am",
            "http://bank.am",
            "https://bank.am/path",
            "https://bank.am?x",
            "https://user@bank.am",
            "https://bank.am; script-src *",
            "data:",
            "'unsafe-inline'",
            "",
        ] {
            assert_eq!(form_action(&[bad]), "'self'", "{bad}");
        }
    }

    #[test]
    fn a_bad_nonce_closes_scripts_and_styles_instead_of_opening_the_policy() {
        for bad in ["", "short", "MDEyMzQ1Njc4OWFiY2RlZg'; script-src *", "MDEyMzQ1Njc4OWFiY2 Rl Zg=="] {
            let policy = content_security_policy(bad, &[]);
            assert!(
                policy.contains("script-src 'none'; style-src 'none';") && !policy.contains('*'),
                "{bad}: {policy}"
            );
        }
    }

    #[test]
    fn transport_security_is_promised_on_https_alone() {
        let has_hsts = |url: &str| security_headers(url).iter().any(|(name, _)| *name == "strict-transport-security");
        assert!(has_hsts("https://pay.shop.am"));
        assert!(!has_hsts("http://127.0.0.1:8080"));
        let headers = security_headers("https://pay.shop.am");
        assert!(headers.contains(&("cache-control", "no-store")));
        assert!(headers.contains(&("referrer-policy", "strict-origin")));
        assert!(headers.contains(&("x-content-type-options", "nosniff")));
        assert!(!headers.iter().any(|(name, _)| *name == "x-robots-tag"));
    }
}
