//! Every route, grouped by who calls it.

use crate::access::{self, Gate, Permits};
use crate::api::{self, body};
use crate::app::App;
use crate::branding::files;
use crate::connections::{callback, endpoints::CALLBACK_PATH};
use crate::console;
use crate::front::{compressed, headers, hosts, reports};
use crate::problem::{Kind, Problem};
use crate::{checkout, doors};
use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use kamurj_pages::REPORTS_PATH;
use std::net::SocketAddr;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey as SecurityApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Kamurj", description = "Payment links for merchants in Armenia."),
    modifiers(&ApiKey)
)]
struct Document;

struct ApiKey;

impl Modify for ApiKey {
    fn modify(&self, document: &mut OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("kmj_test_… or kmj_live_…").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::new("__Host-kamurj");
        components.add_security_scheme("session", SecurityScheme::ApiKey(SecurityApiKey::Cookie(cookie)));
    }
}

/// The whole application.
pub fn router(app: Arc<App>) -> Router {
    let (routes, document) = routes_and_document();
    let permits = Arc::new(Permits::of(&document));
    let gate = Gate { app: app.clone(), permits };
    let api = routes.layer(from_fn_with_state(gate, access::pass));
    let inner = api.clone().layer(DefaultBodyLimit::max(body::LIMIT)).with_state(app.clone());
    let console = console::router(app.clone(), inner, app.console.clone());
    api.merge(console)
        .route("/openapi.json", get(move || std::future::ready(axum::Json(document.clone()))))
        // The customer.
        .route("/p/{token}", get(checkout::page::get))
        .route("/p/{token}/status", get(checkout::status::get))
        .route("/p/{token}/pay", get(checkout::pay::get).post(checkout::link::post))
        .route("/p/{token}/renew", get(checkout::pay::get).post(checkout::renew::post))
        .route("/r/{attempt_token}", get(checkout::returned::any).post(checkout::returned::any))
        .route("/r/{provider}/{account}", get(checkout::returned::shared).post(checkout::returned::shared))
        .route(REPORTS_PATH, post(reports::take))
        // Browsers ask for it by themselves where a brand names no icon; there is none.
        .route("/favicon.ico", get(|| std::future::ready(StatusCode::NO_CONTENT)))
        .route("/b/{file}", get(files::picture))
        .route("/f/{file}", get(files::font))
        .route("/c/{merchant}/{file}", get(files::card))
        // Operators, on their way back from a service.
        .route(CALLBACK_PATH, get(callback::get).post(callback::post))
        // Banks, chats, back offices.
        .route("/webhooks/providers/{provider}/{account}", get(doors::provider::take).post(doors::provider::take))
        .route("/hooks/{installation}/{*path}", any(doors::hook::take))
        // Whoever runs the server.
        .route("/livez", get(|| std::future::ready("ok")))
        .route("/readyz", get(ready))
        .fallback(|| std::future::ready(Problem::new(Kind::NotFound, "No route has this address.")))
        .method_not_allowed_fallback(|| {
            std::future::ready(Problem::new(
                Kind::MethodNotAllowed,
                "See `/openapi.json` for the methods of each path.",
            ))
        })
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a handler panicked");
            Problem::new(Kind::Unavailable, "Something went wrong on our side.").into_response()
        }))
        .layer(compressed::pages())
        .layer(from_fn_with_state(app.clone(), hosts::gate))
        .layer(from_fn_with_state(app.clone(), headers::complete))
        .with_state(app)
}

/// The whole application for a listener: requests know from where they come.
pub fn service(app: Arc<App>) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    router(app).into_make_service_with_connect_info()
}

/// The description of the API, generated from the code that serves it.
pub fn document() -> OpenApi {
    routes_and_document().1
}

fn routes_and_document() -> (Router<Arc<App>>, OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(api::payments::create))
        .routes(routes!(api::search::list))
        .routes(routes!(api::payments::get, api::acts::change))
        .routes(routes!(api::acts::cancel))
        .routes(routes!(api::acts::refresh))
        .routes(routes!(api::acts::resolve))
        .routes(routes!(api::fiscal::attach))
        .routes(routes!(api::refunds::create, api::refunds::list))
        .routes(routes!(api::explain::get))
        .routes(routes!(api::exceptions::list))
        .routes(routes!(api::exceptions::resolve))
        .routes(routes!(api::exception_assign::assign))
        .routes(routes!(api::journal::list))
        .routes(routes!(api::payment_links::create, api::payment_links::list))
        .routes(routes!(api::payment_links::get, api::payment_links::change))
        .routes(routes!(api::payment_links::pay))
        .routes(routes!(api::sends::send))
        .routes(routes!(api::reminders::get, api::reminders::put))
        .routes(routes!(api::share::payment))
        .routes(routes!(api::share::link))
        .routes(routes!(api::branding::get, api::branding::put))
        .routes(routes!(api::branding_versions::publish))
        .routes(routes!(api::branding_versions::rollback))
        .routes(routes!(api::branding_versions::list))
        .routes(routes!(api::branding_pictures::put_logo, api::branding_pictures::remove_logo))
        .routes(routes!(api::branding_pictures::put_icon, api::branding_pictures::remove_icon))
        .routes(routes!(api::branding_preview::get))
        .routes(routes!(api::provider_accounts::providers))
        .routes(routes!(api::provider_accounts::create, api::provider_accounts::list))
        .routes(routes!(api::provider_accounts::get, api::provider_accounts::change, api::provider_accounts::remove))
        .routes(routes!(api::provider_accounts::check))
        .routes(routes!(api::provider_calls::list))
        .routes(routes!(api::plugins::upload, api::plugins::list))
        .routes(routes!(api::plugins::get, api::plugins::remove))
        .routes(routes!(api::installations::create, api::installations::list))
        .routes(routes!(api::installations::get, api::installations::change, api::installations::remove))
        .routes(routes!(api::activations::list))
        .routes(routes!(api::activations::check))
        .routes(routes!(api::setup::connect))
        .routes(routes!(api::activations::activate))
        .routes(routes!(api::activations::rollback))
        .routes(routes!(api::connections::list))
        .routes(routes!(api::connections::start))
        .routes(routes!(api::connections::disconnect))
        .routes(routes!(api::events::list))
        .routes(routes!(api::deliveries::list))
        .routes(routes!(api::deliveries::get))
        .routes(routes!(api::deliveries::retry))
        .routes(routes!(api::delivery_acts::skip))
        .routes(routes!(api::delivery_acts::resend))
        .routes(routes!(api::delivery_acts::resend_all))
        .routes(routes!(api::comparisons::list))
        .routes(routes!(api::comparisons::get))
        .routes(routes!(api::form::get))
        .routes(routes!(api::form::choices))
        .routes(routes!(api::replays::replay))
        .routes(routes!(api::runs::list))
        .routes(routes!(api::runs::logs))
        .routes(routes!(api::usage::get))
        .routes(routes!(api::replays::shadow))
        .routes(routes!(api::operators::roles))
        .routes(routes!(api::operators::list, api::operators::invite))
        .routes(routes!(api::operators::change))
        .routes(routes!(api::operators::invite_again))
        .routes(routes!(api::operators::sign_out))
        .routes(routes!(api::api_keys::list, api::api_keys::create))
        .routes(routes!(api::api_keys::revoke))
        .routes(routes!(api::audit::list))
        .routes(routes!(api::erasures::list, api::erasures::erase))
        .routes(routes!(api::overview::get))
        .routes(routes!(api::merchant::get, api::merchant::change))
        .routes(routes!(api::reconciliations::preview::preview))
        .routes(routes!(api::reconciliations::create::create, api::reconciliations::reports::list))
        .routes(routes!(api::reconciliations::daily::list))
        .routes(routes!(api::reconciliations::reports::get))
        .routes(routes!(api::reconciliations::lines::list))
        .routes(routes!(api::reconciliations::lines::absences))
        .routes(routes!(api::exports::movements::csv))
        .routes(routes!(api::exports::movements::xlsx))
        .routes(routes!(api::exports::journal::csv))
        .split_for_parts()
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.db.read().await {
        Ok(_) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}
