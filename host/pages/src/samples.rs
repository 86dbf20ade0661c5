//! Made-up payments on every page that there is, for whoever has to see or to check pages without a payment behind them: the gallery,
//! the tests, and a brand's preview. Nothing that customers are shown is made from these.
//!
//! A new state, or a new thing that a page may show, gets its sample here; the gallery and the checks of all pages then have it too.

mod before;
mod branded;
mod connections;
mod links;
mod order;
mod outcome;

use kamurj_domain::format::Language;

use crate::connection::ConnectionView;
use crate::view::CheckoutView;
use crate::{Pages, PagesError};

/// The `request_id` of the sample of a fault.
const REQUEST_ID: &str = "req_01KAJ8QH8ZT3R5V9X1M2N4P6Q7";

/// A page that can be looked at.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Which one: lower-case words with underscores, the state's word first. No two samples have the same.
    pub name: &'static str,
    /// The state that it is grouped under.
    pub group: &'static str,
    /// What is on it.
    pub page: SamplePage,
}

/// What a sample is made from. The texts of the made-up seller are Armenian whatever the page's language, as sellers' texts are.
#[derive(Clone, Debug)]
pub enum SamplePage {
    /// The page of a payment, in Armenian and of [`Mode::Live`](crate::Mode::Live) unless it is about test mode.
    Checkout(Box<CheckoutView>),
    /// A page of the way back from a service whose account is connected.
    Connection(Box<ConnectionView>),
    /// The page of an address that leads to no payment.
    UnknownLink,
    /// The page of somebody who asked for too many addresses that lead to no payment.
    TooManyProbes,
    /// The page of a fault of the server.
    Problem,
}

/// Every sample, in the order in which a customer might meet them. `now_ms` is the time of the rendering, Unix milliseconds: the
/// dates on the pages lie around it.
pub fn samples(now_ms: i64) -> Vec<Sample> {
    let mut all = before::samples(now_ms);
    all.extend(links::samples(now_ms));
    all.extend(outcome::samples(now_ms));
    all.extend(branded::samples(now_ms));
    all.push(Sample { name: "unknown_link", group: "unknown_link", page: SamplePage::UnknownLink });
    all.push(Sample { name: "too_many_probes", group: "too_many", page: SamplePage::TooManyProbes });
    all.push(Sample { name: "problem", group: "problem", page: SamplePage::Problem });
    all.extend(connections::samples());
    all
}

impl Sample {
    fn checkout(group: &'static str, name: &'static str, view: CheckoutView) -> Sample {
        Sample { name, group, page: SamplePage::Checkout(Box::new(view)) }
    }

    /// The page in a language. `nonce` is the one of the policy that it is served with. Fails where rendering a page fails, which it
    /// does for no sample as it stands here.
    pub fn render(&self, pages: &Pages, language: Language, nonce: &str) -> Result<String, PagesError> {
        match &self.page {
            SamplePage::Checkout(view) => pages.checkout(&CheckoutView { language, ..(**view).clone() }, nonce),
            SamplePage::Connection(view) => pages.connection(&ConnectionView { language, ..(**view).clone() }, nonce),
            SamplePage::UnknownLink => pages.unknown_link(language, nonce),
            SamplePage::TooManyProbes => pages.too_many(language, nonce),
            SamplePage::Problem => pages.problem(language, REQUEST_ID, nonce),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use kamurj_domain::format::Language;

    use super::{SamplePage, samples};
    use crate::Pages;
    use crate::offer::LinkClosed;
    use crate::view::{CheckoutState, FailureReason};

    /// 2026-11-21T10:05:00Z.
    const NOW_MS: i64 = 1_795_255_500_000;

    #[test]
    fn every_sample_is_a_page_in_every_language_and_no_two_share_a_name() {
        let pages = Pages::new().unwrap();
        let mut names = HashSet::new();
        for sample in samples(NOW_MS) {
            assert!(names.insert(sample.name), "{} is there twice", sample.name);
            assert!(sample.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
            assert!(sample.name.starts_with(sample.group), "{} in {}", sample.name, sample.group);
            for language in Language::ALL {
                let html = sample.render(&pages, language, "MDEyMzQ1Njc4OWFiY2RlZg").unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())), "{}", sample.name);
            }
        }
    }

    /// Without a sample, a state would be in no picture and under no check: a new one stops the build here until it has one.
    #[test]
    fn every_state_and_every_reason_has_a_sample() {
        let mut seen = HashSet::new();
        for sample in samples(NOW_MS) {
            let SamplePage::Checkout(view) = &sample.page else { continue };
            seen.insert(match &view.state {
                CheckoutState::Ready { .. } => "ready".to_owned(),
                CheckoutState::Offer(form) if form.has_faults() => "offer with faults".to_owned(),
                CheckoutState::Offer(form) => format!("offer {}", form.is_amount_fixed),
                CheckoutState::LinkClosed { why, .. } => match why {
                    LinkClosed::Off { .. } => "closed off".to_owned(),
                    LinkClosed::NotYet { .. } => "closed not yet".to_owned(),
                    LinkClosed::Over { .. } => "closed over".to_owned(),
                    LinkClosed::UsedUp => "closed used up".to_owned(),
                    LinkClosed::Busy => "closed busy".to_owned(),
                },
                CheckoutState::Renewable { .. } => "renewable".to_owned(),
                CheckoutState::Unfinished { .. } => "unfinished".to_owned(),
                CheckoutState::HandingOver { .. } => "handing over".to_owned(),
                CheckoutState::Checking { .. } => "checking".to_owned(),
                CheckoutState::Paid(receipt) => format!("paid {:?}", receipt.confirmed_by),
                CheckoutState::Failed { reason, charge, .. } => match reason {
                    FailureReason::Declined
                    | FailureReason::NotAuthenticated
                    | FailureReason::CancelledByCustomer
                    | FailureReason::TimedOut
                    | FailureReason::BankUnavailable => format!("failed {reason:?} {charge:?}"),
                },
                CheckoutState::Expired => "expired".to_owned(),
                CheckoutState::Cancelled { .. } => "cancelled".to_owned(),
                CheckoutState::TooMany { .. } => "too many".to_owned(),
                CheckoutState::InReview { .. } => "in review".to_owned(),
            });
        }
        assert_eq!(seen.len(), 7 + 4 + 5 * 2 + 3 + 5 + 1, "{seen:?}");
    }
}
