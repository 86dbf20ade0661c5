//! Whether a form was sent by a page of ours. Only for forms of our own pages: banks send browsers back from other sites.

use crate::app::App;
use axum::http::{HeaderMap, header};
use url::Url;

/// Whether the browser says that another site's page sent this. What says nothing is let through, and starts nothing that the
/// page would not: there is no cookie whose weight somebody could borrow.
///
/// `Sec-Fetch-Site` is the browser's own word and decides where it is there; `same-site` is another host of ours or of the
/// merchant's, whose pages have no form that leads here. Older browsers send `Origin` alone; it is ours if it names the host
/// that was asked, or the public address where a proxy asks for another. `Origin: null` decides nothing: in-app browsers send
/// it from our own page, and whoever hides behind it in a newer browser is told by `Sec-Fetch-Site`.
pub fn is_foreign(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        // `none`: typed, reloaded, or sent again by the person.
        Some("same-origin" | "none") => return false,
        Some("cross-site" | "same-site") => return true,
        _ => {}
    }
    let Some(origin) = text(header::ORIGIN.as_str()).filter(|origin| *origin != "null") else { return false };
    let Ok(origin) = Url::parse(origin) else { return true };
    let authority = origin.as_str().split_once("://").map_or("", |(_, rest)| rest.trim_end_matches('/'));
    let asked = text(header::HOST.as_str()).unwrap_or_default();
    let is_public = Url::parse(&app.public_url).is_ok_and(|public| public.origin() == origin.origin());
    !is_public && !authority.eq_ignore_ascii_case(asked)
}

/// Whether a page of ours sent this, for forms that act with an operator's session: what the browser does not vouch for is refused.
/// `Sec-Fetch-Site` decides where it is there; an older browser must name the host that was asked as its `Origin` (ASVS 5.0, 3.5.1).
pub fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(Ok(origin)) = text(header::ORIGIN.as_str()).map(Url::parse) else { return false };
    let authority = origin.as_str().split_once("://").map_or("", |(_, rest)| rest.trim_end_matches('/'));
    text(header::HOST.as_str()).is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use super::is_own;
    use axum::http::{HeaderMap, HeaderName};

    #[test]
    fn a_form_of_the_console_must_be_vouched_for_by_the_browser() {
        let own = |pairs: &[(&'static str, &str)]| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a header's value")))
                .collect();
            is_own(&headers)
        };
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("host", "pay.example.am:8443"), ("origin", "https://pay.example.am:8443")]));
        for foreign in [
            &[][..],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("host", "a.am"), ("origin", "https://a.am")],
            &[("host", "pay.example.am"), ("origin", "https://evil.example")],
            &[("host", "pay.example.am"), ("origin", "null")],
            &[("host", "pay.example.am")],
        ] {
            assert!(!own(foreign), "{foreign:?}");
        }
    }
}
