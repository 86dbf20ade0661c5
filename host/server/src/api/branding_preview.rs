//! `GET /v1/branding/preview`: any page with made-up contents, in the look that is being worked on or that is in force. Shows no payment
//! of anybody.

use crate::access::Authenticated;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::branding::look::{Asked, dressed, with_fonts};
use crate::checkout::html;
use crate::extract::Query;
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use kamurj_domain::brand::{Brand, Scheme};
use kamurj_domain::format::Language;
use kamurj_pages::{CheckoutView, Sample, SamplePage, samples};
use kamurj_store::{branding, merchants};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// `ready`, `unfinished`, `checking`, `paid`, `failed`, `expired`, `cancelled`, `in_review`, …; `ready` where it is left out. A
    /// wrong one is answered with all of them.
    state: Option<String>,
    /// `hy`, `ru` or `en`; the merchant's language where it is left out.
    lang: Option<String>,
    /// `auto`, `light` or `dark`; the look's own where it is left out.
    scheme: Option<String>,
    /// `draft` or `published`; the draft where it is left out.
    which: Option<String>,
}

/// A page with made-up contents, as the draft or the published look has it.
#[utoipa::path(
    get,
    path = "/v1/branding/preview",
    tag = "branding",
    params(PreviewQuery),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        Reading,
        (status = 422, description = "A wrong state, language, scheme or look", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PreviewQuery>,
) -> Result<Response, Problem> {
    let wanted = Wanted::read(&query, app.now())?;
    let (merchant, brand) = {
        let mut tx = app.db.read().await?;
        let merchant = merchants::by_id(&mut tx, &caller.merchant_id)
            .await?
            .ok_or_else(|| Problem::new(Kind::Unavailable, "the key's merchant is gone"))?;
        let draft = if wanted.published { None } else { branding::draft(&mut tx, &merchant.id).await? };
        let brand = match draft {
            Some(draft) => Some(draft.brand),
            None => branding::published(&mut tx, &merchant.id).await?.map(|version| version.brand),
        };
        (merchant, brand)
    };
    let language = wanted.language.or_else(|| Language::parse(&merchant.locale)).unwrap_or(Language::Hy);
    let brand = match wanted.scheme {
        Some(scheme) => Some(Brand { scheme, ..brand.unwrap_or_default() }),
        None => brand,
    };
    let seller = dressed(&merchant, brand.as_ref(), Asked { language, missed_terms: false });
    let sample = in_look(wanted.sample, seller.clone());
    let nonce = app.ids.new_token();
    let text = sample
        .render(&app.pages, language, &nonce)
        .map_err(|error| Problem::new(Kind::Unavailable, error.to_string()))?;
    let page = html(&app, StatusCode::OK, text, &nonce, &[]);
    Ok(without_scripts(with_fonts(page, &seller.brand), &nonce))
}

/// No script runs in a preview, whatever the page would do in earnest, and no form leads out of it.
fn without_scripts(mut page: Response, nonce: &str) -> Response {
    let policy = page.headers().get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let closed = policy.map(|policy| policy.replace(&format!("script-src 'nonce-{nonce}'"), "script-src 'none'"));
    if let Some(closed) = closed.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, closed);
    }
    page
}

fn in_look(sample: Sample, merchant: kamurj_pages::MerchantView) -> Sample {
    match sample.page {
        SamplePage::Checkout(view) => {
            let page = SamplePage::Checkout(Box::new(CheckoutView { merchant, ..*view }));
            Sample { page, ..sample }
        }
        page => Sample { page, ..sample },
    }
}

/// What was asked for.
struct Wanted {
    sample: Sample,
    language: Option<Language>,
    scheme: Option<Scheme>,
    published: bool,
}

impl Wanted {
    fn read(query: &PreviewQuery, now: i64) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut wrong = |name: &str, one_of: &str| {
            errors.push(FieldError { pointer: format!("/{name}"), detail: format!("must be one of {one_of}") });
        };
        let all: Vec<Sample> =
            samples(now).into_iter().filter(|sample| matches!(sample.page, SamplePage::Checkout(_))).collect();
        let state = query.state.as_deref().unwrap_or("ready");
        let sample = all.iter().find(|sample| sample.name == state).cloned();
        if sample.is_none() {
            wrong("state", &all.iter().map(|sample| sample.name).collect::<Vec<_>>().join(", "));
        }
        let language = query.lang.as_deref().map(Language::parse);
        if language == Some(None) {
            wrong("lang", "hy, ru, en");
        }
        let scheme = query.scheme.as_deref().map(Scheme::from_word);
        if scheme == Some(None) {
            wrong("scheme", &Scheme::WORDS.join(", "));
        }
        let which = query.which.as_deref().unwrap_or("draft");
        if !["draft", "published"].contains(&which) {
            wrong("which", "draft, published");
        }
        match sample {
            Some(sample) if errors.is_empty() => Ok(Self {
                sample,
                language: language.flatten(),
                scheme: scheme.flatten(),
                published: which == "published",
            }),
            _ => Err(Problem::invalid(errors)),
        }
    }
}
