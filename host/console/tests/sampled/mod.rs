//! Frames around samples: answers of the API as files in `samples`, one for each template, with the names that its page reads.

use kamurj_console::{Frame, Me, Membership, Page, areas, assets};
use kamurj_domain::format::Language;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

fn sample(template: &str) -> Map<String, Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(template.replace(".html", ".json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{} is needed", file.display()));
    serde_json::from_str(&text).expect("a sample is a JSON object")
}

/// The frame of a page for an owner, around the sample of its template. Members of the sample named `at` and `query` become those of
/// the frame.
pub(crate) fn frame(page: &Page, language: Language) -> Frame {
    let area = areas().iter().find(|area| area.pages.iter().any(|other| other.template == page.template));
    framed(page, area.expect("every page has an area").name, language)
}

/// The same in an area of this name.
pub(crate) fn framed(page: &Page, area: &'static str, language: Language) -> Frame {
    let mut data = sample(page.template);
    let mut texts = |name: &str| -> BTreeMap<String, String> {
        data.remove(name).map(|value| serde_json::from_value(value).expect("texts by name")).unwrap_or_default()
    };
    let (at, query) = (texts("at"), texts("query"));
    Frame {
        language,
        nonce: "MDEyMzQ1Njc4OWFiY2RlZg".to_owned(),
        now: "2026-11-24T12:00:00Z".to_owned(),
        mode: Some("test"),
        here: format!("/console/test{}", page.path),
        base: "/console/test".to_owned(),
        area,
        me: Some(me()),
        at,
        query,
        values: BTreeMap::new(),
        refusal: None,
        done: None,
        asks_code: true,
        key: "key-1".to_owned(),
        assets: assets(),
        data,
    }
}

pub(crate) fn me() -> Me {
    let may = [
        "read",
        "payments",
        "refunds",
        "decisions",
        "links",
        "plugins",
        "providers",
        "branding",
        "deliveries",
        "exceptions",
        "reconciliation",
        "exports",
        "webhooks",
        "settings",
        "keys",
        "people",
        "audit",
        "personal",
        "erasure",
    ];
    Me {
        id: "op_01".to_owned(),
        name: "Անի Պետրոսյան".to_owned(),
        role: "owner",
        merchant: "mer_01".to_owned(),
        merchant_name: "Անուշ".to_owned(),
        may: may.into_iter().map(|word| (word, true)).collect(),
        memberships: vec![Membership {
            merchant: "mer_01".to_owned(),
            name: "Անուշ".to_owned(),
            role: "owner".to_owned(),
        }],
    }
}
