//! The operators' console over HTTP: it knows who is signed in, asks the API on their behalf, and turns forms into requests. What pages show
//! and what forms do is told by the tables of `kamurj_console`; what somebody may do, by `access`, as for everybody else.

mod account;
mod acts;
mod cookies;
mod doors;
mod files;
mod form;
mod inner;
mod news;
mod pages;
mod shown;
mod visitor;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};
use kamurj_console::{Console, areas};
use kamurj_domain::Mode;
use std::sync::Arc;

/// Largest form without a file, in bytes.
const FORM_LIMIT: usize = 256 * 1024;
/// Largest file that a form brings, in bytes: a component.
const FILE_LIMIT: usize = 64 * 1024 * 1024;

/// What every handler of the console works with.
#[derive(Clone)]
pub(crate) struct Desk {
    app: Arc<App>,
    /// The API behind its gate.
    api: Router,
    console: Arc<Console>,
}

/// Every route of the console.
pub(crate) fn router(app: Arc<App>, api: Router, console: Arc<Console>) -> Router<Arc<App>> {
    let mut routes = Router::new()
        .route("/console", get(doors::begin))
        .route("/console/sign-in", get(doors::ask).post(doors::enter))
        .route("/console/sign-out", post(doors::leave))
        .route("/console/invitations/{token}", get(doors::invited).post(doors::accept))
        .route("/console/merchants", get(account::merchants))
        .route("/console/merchant", post(account::choose))
        .route("/console/account", get(account::show))
        .route("/console/account/confirm", post(account::confirm))
        .route("/console/account/sessions/{session}/end", post(account::end))
        .route("/console/account/sessions/end-others", post(account::end_others))
        .route("/console/account/password", post(account::password))
        .route("/console/account/anew", post(account::anew))
        .route("/console/account/recovery", post(account::recovery))
        .route("/console/account/language", post(account::language))
        .route("/console/assets/{file}", get(files::asset))
        .route("/console/{*rest}", get(doors::nothing));
    for mode in [Mode::Test, Mode::Live] {
        let base = format!("/console/{}", mode.word());
        routes = routes.route(&base, get(doors::begin)).route(
            &format!("{base}{}", visitor::NEWS_PATH),
            get(move |request| std::future::ready(news::follow(request, mode))),
        );
        for (path, api) in files::PASSED {
            routes = routes.route(&format!("{base}{path}"), get(move |request| files::pass(request, (mode, api))));
        }
        for area in areas() {
            for page in area.pages {
                let place = pages::Place { mode, area: area.name, page };
                let path = format!("{base}{}", page.path);
                routes = routes.route(&path, get(move |request| pages::get(request, place)));
            }
            for act in area.acts {
                let path = format!("{base}{}", act.path);
                routes = routes.route(&path, post(move |request| acts::post(request, (mode, area.name, act))));
            }
        }
    }
    routes.layer(axum::extract::DefaultBodyLimit::max(FILE_LIMIT)).with_state(Desk { app, api, console })
}
