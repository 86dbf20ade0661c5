//! What all hosted pages of the sandbox look like: plain HTML that works on a phone, without script.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A button that posts its action to the page's own address.
pub(crate) fn form(action: &str, caption: &str) -> String {
    format!("<form method=post><button class={action} name=action value={action}>{caption}</button></form>")
}

/// The button of an order that is over: it only leads back.
pub(crate) fn back_form() -> String {
    form("close", "Վերադառնալ · Вернуться · Back")
}

/// Minor units as a person reads them. All currencies taken here have two decimals; whole sums are shown without.
pub(crate) fn amount(minor: i64, currency: &str) -> String {
    let digits = (minor / 100).to_string();
    let mut whole = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            whole.push('\u{a0}');
        }
        whole.push(digit);
    }
    match minor % 100 {
        0 => format!("{whole}\u{a0}{currency}"),
        rest => format!("{whole}.{rest:02}\u{a0}{currency}"),
    }
}

/// Text for HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A whole page.
pub(crate) fn page(status: StatusCode, content: &str) -> Response {
    const STYLE: &str = "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#eef1f6;color:#16213a}\
        main{max-width:26rem;margin:1.5rem auto;padding:1.5rem;background:#fff;border-radius:14px;overflow-wrap:anywhere}\
        h1{font-size:1.15rem}.bank{letter-spacing:.12em;font-size:.8rem;color:#4a5878}\
        .amount{font-size:2rem;font-weight:700;margin:.3rem 0}.order{color:#4a5878;font-size:.9rem}\
        button{width:100%;min-height:48px;margin-top:.7rem;font:inherit;border:1px solid #b9c3d8;border-radius:10px;\
        background:#fff;color:inherit;cursor:pointer}button.pay{background:#0b5d3b;border-color:#0b5d3b;color:#fff}\
        button:focus-visible{outline:3px solid #f0a500;outline-offset:2px}";
    // No form-action here: browsers apply it to the redirect as well, which leads to the merchant.
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Sandbox bank</title><style>{STYLE}</style><main>{content}</main></html>"
    );
    (status, headers, Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use super::{amount, escape};

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(amount(1_250_000, "AMD"), "12\u{a0}500\u{a0}AMD");
        assert_eq!(amount(99, "USD"), "0.99\u{a0}USD");
        assert_eq!(amount(123_456_705, "EUR"), "1\u{a0}234\u{a0}567.05\u{a0}EUR");
    }

    #[test]
    fn what_a_merchant_sends_is_text_on_the_page() {
        assert_eq!(escape("<b a='\"&"), "&lt;b a=&#39;&quot;&amp;");
    }
}
