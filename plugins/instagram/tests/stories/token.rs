//! The token of Instagram Login, which ends after sixty days unless it is renewed.

use kamurj_plugin_instagram::Instagram;
use kamurj_sdk::{Channel, Error, Occurrence, Outcome};

use crate::shop::{NOW, Shop, by_page};

const DAY_MS: u64 = 86_400_000;

fn ticks(shop: &Shop, name: &str) -> Outcome {
    let occurrence =
        Occurrence { id: "occ_1".to_owned(), name: name.to_owned(), due_at: NOW, run: 1, extra: Vec::new() };
    Instagram::tick(&shop.host, &occurrence)
}

fn no(code: &str, retryable: bool) -> Result<u64, Error> {
    Err(Error { code: code.to_owned(), message: format!("the host says {code}"), retryable, retry_after_ms: None })
}

#[test]
fn a_renewed_token_needs_nobody() {
    let shop = Shop::new();
    shop.host.renewal("access_token", Ok(NOW + 60 * DAY_MS));
    assert_eq!(ticks(&shop, "renew-token").kind, "done");
    shop.host.renewal("access_token", no("refused", false));
    assert_eq!(ticks(&shop, "something-else").kind, "done");
}

#[test]
fn one_that_is_renewed_no_more_needs_a_person() {
    let shop = Shop::new();
    shop.host.renewal("access_token", no("refused", false));
    let outcome = ticks(&shop, "renew-token");
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "refused"));
    assert!(outcome.message.contains("make a new long-lived token"), "{}", outcome.message);
}

#[test]
fn ten_days_before_an_end_that_nothing_moves_a_person_is_told() {
    let shop = Shop::new();
    shop.host.renewal("access_token", Ok(NOW + 60 * DAY_MS));
    assert_eq!(ticks(&shop, "renew-token").kind, "done");
    for (code, retryable, early) in [("unavailable", true, "retry"), ("invalid", false, "done")] {
        shop.host.renewal("access_token", no(code, retryable));
        shop.host.set_now_ms(NOW + 50 * DAY_MS);
        assert_eq!(ticks(&shop, "renew-token").kind, early, "{code}");
        shop.host.set_now_ms(NOW + 50 * DAY_MS + 1);
        let outcome = ticks(&shop, "renew-token");
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "ending"), "{code}");
        assert!(outcome.message.contains("ends in 9 days"), "{}", outcome.message);
    }
    // Too young to be renewed, and old all the same: entered late.
    shop.host.renewal("access_token", Ok(NOW + 51 * DAY_MS));
    assert_eq!(ticks(&shop, "renew-token").code, "ending");
}

#[test]
fn a_pages_token_has_no_end() {
    let shop = Shop::with(&by_page());
    shop.host.renewal("access_token", no("refused", false));
    assert_eq!(ticks(&shop, "renew-token").kind, "done");
}
