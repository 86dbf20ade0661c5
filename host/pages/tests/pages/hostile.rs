//! Texts and values that try to become markup, template code or a way to another site.

use kamurj_domain::format::Language;
use kamurj_pages::{
    CheckoutState, CheckoutView, ConnectionView, Contact, FieldKind, FieldLabel, FiscalReceipt, Item, LinkClosed,
    MerchantView, Mode, PagesError, PayForm, Way, WayTitle, WebLink,
};

use crate::markup::Markup;
use crate::samples::{NONCE, form, states, view, ways_back};
use crate::{pages, state};

/// Puts one text into every field that a merchant, an integrator or a customer can fill.
fn filled_with(text: &str, state: CheckoutState) -> CheckoutView {
    let state = match state {
        CheckoutState::Ready { form } if !form.ways.is_empty() => {
            let way = Way { account: text.to_owned(), title: WayTitle::Text(text.to_owned()), chosen: false };
            CheckoutState::Ready { form: PayForm { ways: vec![way.clone(), way], ..form } }
        }
        CheckoutState::Cancelled { .. } => CheckoutState::Cancelled { message: Some(text.to_owned()) },
        CheckoutState::Offer(mut form) => {
            form.details = Some(text.to_owned());
            for field in &mut form.fields {
                text.trim_start_matches('\u{1}').clone_into(&mut field.value);
                match &mut field.kind {
                    FieldKind::Delivery(ways) => text.clone_into(&mut ways[0].title),
                    FieldKind::Choice(choices) => {
                        choices[0] = (text.trim_start_matches('\u{1}').to_owned(), text.to_owned());
                    }
                    _ => {}
                }
                if let FieldLabel::Text(label) = &mut field.label {
                    text.clone_into(label);
                }
            }
            CheckoutState::Offer(form)
        }
        CheckoutState::LinkClosed { why: LinkClosed::Off { .. }, is_amount_fixed } => {
            CheckoutState::LinkClosed { why: LinkClosed::Off { message: Some(text.to_owned()) }, is_amount_fixed }
        }
        CheckoutState::Checking { checked_at_ms, .. } => {
            CheckoutState::Checking { reference: Some(text.to_owned()), checked_at_ms }
        }
        CheckoutState::Paid(mut receipt) => {
            receipt.reference = Some(text.to_owned());
            receipt.next_step = Some(text.to_owned());
            receipt.given = Some(text.to_owned());
            receipt.contact = Some(text.to_owned());
            receipt.fiscal = Some(FiscalReceipt { number: text.to_owned(), url: WebLink::parse(text) });
            CheckoutState::Paid(receipt)
        }
        other => other,
    };
    let usual = view(state, Language::Hy, Mode::Live);
    CheckoutView {
        merchant: MerchantView {
            name: text.to_owned(),
            handle: Some(text.to_owned()),
            contact: Some(Contact::parse(text)),
            ..usual.merchant
        },
        currency: "USD".to_owned(),
        description: Some(text.to_owned()),
        items: vec![Item { name: text.to_owned(), quantity: 2, unit_price_minor: 100 }],
        order_id: text.to_owned(),
        provider_name: text.to_owned(),
        host: text.to_owned(),
        ..usual
    }
}

#[test]
fn g1_and_g4_markup_and_template_syntax_in_any_field_stay_text() {
    let pages = pages();
    let hostile = [
        "<script>alert(1)</script>",
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus=alert(1) x='",
        "<svg/onload=alert(1)>",
        "</style><style>*{display:none}</style>",
        "</title><meta http-equiv=refresh content=0>",
        "</bdi></main><form action=//evil.example>",
        "<!-- -->--!><b>",
        "javascript:alert(1)",
        "&lt;b&gt;&#60;b&#62;",
        "{{7*7}}",
        "{{ t.pay }} {% include 'ready.html' %} {# x #}",
        "${7*7} #{7*7} <%= 7*7 %>",
        "{amount} {host} {provider} {order_id}",
        "\u{1}__minijinja_ValueHandle",
        "`;}*{background:url(//evil.example)}",
    ];
    for (name, state) in states() {
        let plain = Markup::of(&pages.checkout(&filled_with("plain", state.clone()), NONCE).unwrap());
        for text in hostile {
            let page = Markup::of(&pages.checkout(&filled_with(text, state.clone()), NONCE).unwrap());
            assert_eq!(page.skeleton(), plain.skeleton(), "{name}: {text}");
            assert_eq!(page.css, plain.css, "{name}: {text}");
            assert!(page.errors.is_empty(), "{name}: {text}: {:?}", page.errors);
            let visible = text.trim_start_matches('\u{1}');
            assert!(page.text.contains(visible), "{name}: {text} is printed as it was typed");
            for link in page.all("a") {
                let href = link.attribute("href").unwrap();
                assert!(["/p/", "https://", "#f"].iter().any(|safe| href.starts_with(safe)), "{name}: {href}");
            }
        }
    }
    for language in Language::ALL {
        let read = |view: &ConnectionView| Markup::of(&pages.connection(view, NONCE).unwrap());
        let plain = ways_back(language, "plain");
        // Nothing but printable ASCII comes back as a code, and states are ours.
        for text in hostile.map(|text| text.trim_start_matches('\u{1}')) {
            for ((name, view), plain) in ways_back(language, text).iter().zip(&plain) {
                let page = read(view);
                let plain = read(&plain.1);
                assert_eq!((page.skeleton(), &page.css), (plain.skeleton(), &plain.css), "{name}: {text}");
                assert!(page.errors.is_empty(), "{name}: {text}: {:?}", page.errors);
                let values: Vec<_> = page.all("input").iter().filter_map(|input| input.attribute("value")).collect();
                assert!(values.iter().all(|value| *value == text), "{name}: what comes back goes on unchanged");
            }
        }
    }
    let problem = Markup::of(&pages.problem(Language::En, "<b>{{7*7}}", NONCE).unwrap());
    assert!(problem.text.contains("<b>{{7*7}}") && problem.all("b").is_empty());
}

#[test]
fn a_view_that_would_lead_astray_is_refused() {
    let pages = pages();
    let ready = || view(state("ready"), Language::En, Mode::Live);
    let refuse = |view: CheckoutView| pages.checkout(&view, NONCE).unwrap_err();

    let path = refuse(CheckoutView { checkout_path: "//evil.example".to_owned(), ..ready() });
    assert!(matches!(path, PagesError::Path { field: "checkout_path" }), "{path}");

    let mut foreign = form();
    foreign.action = "https://evil.example/".to_owned();
    let action = refuse(CheckoutView { state: CheckoutState::Ready { form: foreign }, ..ready() });
    assert!(matches!(action, PagesError::Path { field: "form.action" }), "{action}");

    let currency = refuse(CheckoutView { currency: "dram".to_owned(), ..ready() });
    assert!(matches!(currency, PagesError::Currency), "{currency}");

    let item = Item { name: String::new(), quantity: 2, unit_price_minor: i64::MAX };
    let total = refuse(CheckoutView { items: vec![item], ..ready() });
    assert!(matches!(total, PagesError::ItemTotal), "{total}");

    let moment = refuse(CheckoutView { expires_at_ms: i64::MAX, ..ready() });
    assert!(matches!(moment, PagesError::Moment), "{moment}");

    for nonce in ["", "short", "MDEyMzQ1Njc4OWFiY2RlZg\" x=\""] {
        assert!(matches!(pages.checkout(&ready(), nonce), Err(PagesError::Nonce)), "{nonce}");
    }
}
