//! From a view to what the templates print: every value leaves here as finished text in the page's language. Chooses the template and
//! its words for each state; knows nothing of HTML.

use jiff::Timestamp;
use kamurj_domain::format::{Language, date_time, money};

use crate::accent::Shades;
use crate::address::{Contact, foreign_address, own_path};
use crate::brand;
use crate::connection::Field;
use crate::error::PagesError;
use crate::live;
use crate::offer::LinkClosed;
use crate::plain::{one_line, paragraph, shortened};
use crate::printed::{
    Amount, ContactLink, Form, LanguageLink, Line, Link, Merchant, Page, Preview, Row, StartAgain, Way,
};
use crate::texts::{Texts, fill};
use crate::view::{
    self, Charge, CheckoutState, CheckoutView, ConfirmedBy, FailureReason, GivenBack, Item, MerchantView, Mode,
    PayForm, WayTitle,
};
use crate::{offered, receipts};

/// With more lines than this, the pay button would leave the first screen of a small phone.
const MOST_ITEMS_ABOVE_BUTTON: usize = 3;

/// The links under a page at `path`; an empty path means the page's own address.
fn language_links(current: Language, path: &str) -> Vec<LanguageLink> {
    Language::ALL
        .into_iter()
        .map(|language| LanguageLink {
            tag: language.tag(),
            name: match language {
                Language::Hy => "Հայերեն",
                Language::Ru => "Русский",
                Language::En => "English",
            },
            href: (language != current).then(|| format!("{path}?lang={}", language.tag())),
        })
        .collect()
}

/// The page for an address that leads to no payment.
pub(crate) fn unknown_link(language: Language, texts: &Texts) -> Page {
    Page { title: texts.unknown_heading.clone(), languages: language_links(language, ""), ..Page::default() }
}

/// The page for whoever asks for addresses that lead nowhere, again and again.
pub(crate) fn too_many(texts: &Texts) -> Page {
    let (title, reason) = (texts.too_many_heading.clone(), texts.too_many_wait.clone());
    Page { title, reason, ..Page::default() }
}

/// The page for a fault of the server. It offers no other language: the address may be one that takes only POST.
pub(crate) fn problem(request_id: &str, texts: &Texts) -> Page {
    Page { title: texts.problem_heading.clone(), request_id: one_line(request_id), ..Page::default() }
}

/// Writes a view out: the template's name and everything it prints but the texts, their language and the nonce.
pub(crate) fn checkout(view: &CheckoutView, texts: &Texts) -> Result<(&'static str, Page), PagesError> {
    let is_code = view.currency.len() == 3 && view.currency.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_code {
        return Err(PagesError::Currency);
    }
    let path = own_path("checkout_path", &view.checkout_path)?;
    let amount = money(view.amount_minor, &view.currency, view.language);
    let provider = one_line(&view.provider_name);
    let note = if view.by_card { &texts.card_note } else { &texts.wallet_note };
    let page = Page {
        accent: Shades::of(view.merchant.accent, view.merchant.brand.accent_dark),
        style: brand::Style::of(&view.merchant.brand, view.language),
        brand: brand::Printed::of(&view.merchant.brand)?,
        languages: language_links(view.language, path),
        preview: Some(preview(view, texts, view.state.has_amount().then_some(amount.as_str()))),
        test_mode: view.mode == Mode::Test,
        merchant: Some(merchant(&view.merchant)),
        site: Some(fill(&texts.site, &[("host", &one_line(&view.host))])),
        description: view.description.as_deref().map(one_line).filter(|text| !text.is_empty()),
        rows: vec![Row::text(&texts.order, &view.order_id)],
        items: view.items.iter().map(|item| line(item, view)).collect::<Result<_, _>>()?,
        card_note: fill(note, &[("provider", &provider)]),
        again: format!("{path}?lang={}", view.language.tag()),
        script: live::script(view, path),
        ..Page::default()
    };
    let (template, heading, mut page) = by_state(view, texts, &amount, page)?;
    // Longer titles are cut by tabs and task switchers, and a name must not grow the page without end.
    let has_faults = matches!(&view.state, CheckoutState::Offer(form) if form.has_faults());
    let heading = shortened(&heading, 40);
    let room = (if has_faults { 58_usize } else { 67 }).saturating_sub(heading.chars().count());
    page.title = format!("{heading} – {}", shortened(&one_line(&view.merchant.name), room));
    if has_faults {
        page.title = fill(&texts.offer_error_title, &[("heading", &page.title)]);
    }
    page.amount = view.state.has_amount().then(|| Amount {
        long: amount.chars().count() > 14,
        text: amount,
        word: (view.currency == "AMD").then(|| texts.currency_word.clone()),
    });
    Ok((template, page))
}

/// Adds what the state says: template, heading and page.
fn by_state(
    view: &CheckoutView,
    texts: &Texts,
    amount: &str,
    mut page: Page,
) -> Result<(&'static str, String, Page), PagesError> {
    let moment = |label: &str, at_ms: i64| Row::moment(label, at_ms, Some(view.now_ms), view.language);
    let with_amount = |text: &str| fill(text, &[("amount", amount)]);
    let (template, heading) = match &view.state {
        CheckoutState::Ready { form } => {
            page.rows.push(moment(&texts.valid_until, view.expires_at_ms)?);
            page.brand.asks_for_payment(&view.merchant.brand);
            page.form = Some(Form::new(form, with_amount(&texts.pay_amount))?);
            page.ways = ways(&form.ways, texts);
            page.items_folded = page.items.len() > MOST_ITEMS_ABOVE_BUTTON;
            ("ready.html", with_amount(&texts.pay_amount))
        }
        CheckoutState::Offer(form) => {
            page.brand.asks_for_payment(&view.merchant.brand);
            // Nobody has an order yet.
            page.rows.clear();
            page.items.clear();
            if let Some(until_ms) = form.until_ms {
                page.rows.push(moment(&texts.valid_until, until_ms)?);
            }
            let button =
                if form.is_amount_fixed { with_amount(&texts.pay_amount) } else { texts.offer_continue.clone() };
            let posted = PayForm { action: form.action.clone(), key: form.key.clone(), ways: Vec::new() };
            page.form = Some(Form::new(&posted, button)?);
            page.ways = ways(&form.ways, texts);
            page.offer = Some(offered::offer(form, view, texts));
            page.heading = page.description.clone().unwrap_or_else(|| texts.pay.clone());
            let heading = if form.is_amount_fixed { with_amount(&texts.pay_amount) } else { page.heading.clone() };
            ("offer.html", heading)
        }
        CheckoutState::LinkClosed { why, .. } => {
            page.rows.clear();
            page.items.clear();
            let (heading, text) = match why {
                LinkClosed::Off { message } => {
                    page.message = message.as_deref().map(paragraph);
                    (&texts.closed_off_heading, &texts.closed_off_text)
                }
                LinkClosed::NotYet { from_ms } => {
                    page.rows.push(moment(&texts.closed_from, *from_ms)?);
                    (&texts.closed_not_yet_heading, &texts.closed_not_yet_text)
                }
                LinkClosed::Over { until_ms } => {
                    page.rows.push(moment(&texts.expired_at, *until_ms)?);
                    (&texts.expired_heading, &texts.closed_over_text)
                }
                LinkClosed::UsedUp => (&texts.closed_used_up_heading, &texts.closed_used_up_text),
                LinkClosed::Busy => (&texts.closed_busy_heading, &texts.closed_busy_text),
            };
            page.mark = if *why == LinkClosed::Busy { "waiting" } else { "" };
            page.heading.clone_from(heading);
            page.reason.clone_from(text);
            ("link_closed.html", heading.clone())
        }
        CheckoutState::Unfinished { started_at_ms, open_until_ms, form, start_again } => {
            page.rows.push(moment(&texts.unfinished_started, *started_at_ms)?);
            if let Some(until_ms) = open_until_ms {
                page.rows.push(moment(&texts.unfinished_open_until, *until_ms)?);
            }
            page.form = Some(Form::new(form, with_amount(&texts.unfinished_continue))?);
            page.ways = ways(&form.ways, texts);
            page.start_again = start_again.as_ref().map(|again| StartAgain {
                attempt: again.attempt.clone(),
                key: again.key.clone(),
                ways: ways(&again.ways, texts),
            });
            ("unfinished.html", texts.unfinished_heading.clone())
        }
        CheckoutState::HandingOver { action, fields } => {
            let (action, host) = foreign_address("action", action)?;
            let provider = one_line(&view.provider_name);
            let with_provider = |text: &str| fill(text, &[("provider", &provider), ("host", &host)]);
            page.heading = with_provider(&texts.handover_heading);
            page.reason.clone_from(&texts.handover_text);
            page.card_note = with_provider(&texts.handover_note);
            page.rows.push(Row::text(&texts.amount, amount));
            let button = with_provider(&texts.handover_button);
            page.form = Some(Form { action: action.to_owned(), key: String::new(), button });
            page.fields =
                fields.iter().map(|(name, value)| Field { name: name.clone(), value: value.clone() }).collect();
            // Another language would need the form again.
            page.languages.clear();
            ("handing_over.html", page.heading.clone())
        }
        CheckoutState::Checking { reference, checked_at_ms } => {
            page.rows.extend(Row::reference(texts, reference.as_deref()));
            if let Some(checked_at_ms) = checked_at_ms {
                page.rows.push(moment(&texts.checking_last, *checked_at_ms)?);
            }
            ("checking.html", texts.checking_heading.clone())
        }
        CheckoutState::Paid(receipt) => {
            // A receipt is kept for years and printed, so its date always has the year, and seller and bank are named in it.
            let paid_at = Row::moment(&texts.paid_at, receipt.paid_at_ms, None, view.language)?;
            page.rows.insert(0, Row::text(&texts.seller, &view.merchant.name));
            page.rows.push(paid_at);
            page.rows.push(Row::text(&texts.provider, &view.provider_name));
            page.rows.extend(Row::reference(texts, receipt.reference.as_deref()));
            let confirmed = match receipt.confirmed_by {
                ConfirmedBy::Bank => &texts.paid_by_bank,
                ConfirmedBy::Wallet => &texts.paid_by_wallet,
                ConfirmedBy::Seller => &texts.paid_by_seller,
            };
            page.confirmed = fill(confirmed, &[("provider", &one_line(&view.provider_name))]);
            receipts::add(&mut page, receipt, view, texts)?;
            page.next_step = receipt.next_step.as_deref().or(view.merchant.brand.paid.as_deref()).map(paragraph);
            page.return_to = receipt.return_to.as_ref().map(|link| Link {
                href: link.url().to_owned(),
                label: fill(&texts.paid_return, &[("host", link.host())]),
            });
            let (heading, sum) = match receipt.given_back {
                GivenBack::Nothing => (&texts.paid_heading, None),
                GivenBack::Part(minor) => (&texts.paid_heading, Some(minor)),
                GivenBack::All(minor) => (&texts.refunded_heading, Some(minor)),
            };
            page.given_back = sum.map(|minor| {
                let sum = money(minor, &view.currency, view.language);
                fill(&texts.refunded_sum, &[("amount", &sum)])
            });
            page.heading.clone_from(heading);
            ("paid.html", heading.clone())
        }
        CheckoutState::Failed { reason, charge, form } => {
            failure(*reason, texts).clone_into(&mut page.reason);
            page.charge_unknown = *charge == Charge::NotKnown;
            page.rows.push(moment(&texts.valid_until, view.expires_at_ms)?);
            page.form = Some(Form::new(form, with_amount(&texts.failed_retry))?);
            page.ways = ways(&form.ways, texts);
            page.heading.clone_from(match reason {
                FailureReason::BankUnavailable => &texts.failed_bank_heading,
                _ => &texts.failed_heading,
            });
            ("failed.html", page.heading.clone())
        }
        CheckoutState::Expired | CheckoutState::Renewable { .. } => {
            if let CheckoutState::Renewable { action } = &view.state {
                page.renew = Some(own_path("renew", action)?.to_owned());
            }
            page.rows.push(Row::text(&texts.amount, amount));
            page.rows.push(moment(&texts.expired_at, view.expires_at_ms)?);
            ("expired.html", texts.expired_heading.clone())
        }
        CheckoutState::Cancelled { message } => {
            page.rows.push(Row::text(&texts.amount, amount));
            page.message = message.as_deref().map(paragraph);
            ("cancelled.html", texts.cancelled_heading.clone())
        }
        CheckoutState::TooMany { opens_at_ms } => {
            page.rows.push(Row::text(&texts.amount, amount));
            let told = opens_at_ms.map_or(&texts.too_many_ask, |_| &texts.too_many_text);
            told.clone_into(&mut page.reason);
            if let Some(opens_at_ms) = opens_at_ms {
                page.rows.push(moment(&texts.too_many_opens, *opens_at_ms)?);
            }
            ("too_many.html", texts.too_many_heading.clone())
        }
        CheckoutState::InReview { reference, answer_by_ms } => {
            page.rows.extend(Row::reference(texts, reference.as_deref()));
            if let Some(answer_by_ms) = answer_by_ms {
                page.rows.push(moment(&texts.review_answer_by, *answer_by_ms)?);
            }
            ("in_review.html", texts.review_heading.clone())
        }
    };
    Ok((template, heading, page))
}

/// A single way is no choice.
fn ways(ways: &[view::Way], texts: &Texts) -> Vec<Way> {
    if ways.len() < 2 {
        return Vec::new();
    }
    let printed = |way: &view::Way| Way {
        account: one_line(&way.account),
        title: match &way.title {
            WayTitle::Card => texts.way_card.clone(),
            WayTitle::Text(text) => one_line(text),
        },
        chosen: way.chosen,
    };
    ways.iter().map(printed).collect()
}

fn failure(reason: FailureReason, texts: &Texts) -> &str {
    match reason {
        FailureReason::Declined => &texts.failed_declined,
        FailureReason::NotAuthenticated => &texts.failed_not_authenticated,
        FailureReason::CancelledByCustomer => &texts.failed_cancelled,
        FailureReason::TimedOut => &texts.failed_timed_out,
        FailureReason::BankUnavailable => &texts.failed_bank_unavailable,
    }
}

/// Chat apps cut titles near 60 characters and descriptions near 120; the amount must not be what is cut.
fn preview(view: &CheckoutView, texts: &Texts, amount: Option<&str>) -> Preview {
    let amount_and_dash = amount.map(|amount| format!(" – {amount}")).unwrap_or_default();
    let room = 60_usize.saturating_sub(amount_and_dash.chars().count());
    let name = shortened(&one_line(&view.merchant.name), room);
    let description = view.description.as_deref().map(one_line).filter(|text| !text.is_empty());
    let label = description.unwrap_or_else(|| fill(&texts.order_label, &[("order_id", &one_line(&view.order_id))]));
    Preview {
        title: format!("{name}{amount_and_dash}"),
        description: shortened(&label, 120),
        locale: match view.language {
            Language::Hy => "hy_AM",
            Language::Ru => "ru_RU",
            Language::En => "en_US",
        },
    }
}

fn merchant(merchant: &MerchantView) -> Merchant {
    let name = one_line(&merchant.name);
    let initial = name.chars().find(|letter| letter.is_alphanumeric());
    Merchant {
        initial: initial.map_or_else(|| "•".to_owned(), |letter| letter.to_uppercase().to_string()),
        handle: merchant.handle.as_deref().map(one_line).filter(|text| !text.is_empty()),
        contact: merchant.contact.as_ref().map(ContactLink::of),
        name,
    }
}

fn line(item: &Item, view: &CheckoutView) -> Result<Line, PagesError> {
    let write = |minor: i64| money(minor, &view.currency, view.language);
    let total = item.unit_price_minor.checked_mul(i64::from(item.quantity));
    Ok(Line {
        name: one_line(&item.name),
        each: (item.quantity != 1).then(|| format!("{} × {}", item.quantity, write(item.unit_price_minor))),
        total: write(total.ok_or(PagesError::ItemTotal)?),
    })
}

impl ContactLink {
    pub(crate) fn of(contact: &Contact) -> ContactLink {
        ContactLink {
            label: one_line(&contact.label()),
            href: contact.href(),
            by_phone: matches!(contact, Contact::Phone(_)),
        }
    }
}

impl Row {
    pub(crate) fn text(label: &str, value: &str) -> Row {
        Row { label: label.to_owned(), value: one_line(value), datetime: None }
    }

    fn reference(texts: &Texts, reference: Option<&str>) -> Option<Row> {
        reference.map(|reference| Row::text(&texts.reference, reference))
    }

    pub(crate) fn moment(label: &str, at_ms: i64, now_ms: Option<i64>, language: Language) -> Result<Row, PagesError> {
        let timestamp = Timestamp::from_millisecond(at_ms).map_err(|_| PagesError::Moment)?;
        Ok(Row {
            label: label.to_owned(),
            value: date_time(at_ms, now_ms, language),
            datetime: Some(timestamp.to_string()),
        })
    }
}

impl Form {
    fn new(form: &PayForm, button: String) -> Result<Form, PagesError> {
        Ok(Form { action: own_path("form.action", &form.action)?.to_owned(), key: form.key.clone(), button })
    }
}
