//! People at known addresses, behind a proxy that names them; pages that are followed; and a bank that says no.

use crate::World;
use crate::customer::Page;
use crate::integrator::{Answer, link};
use kamurj_server::settings::front::FrontSettings;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// A browser that people use, as it names itself.
pub const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
    Version/17.5 Mobile/15E148 Safari/604.1";

/// Somebody's address.
pub const HOME: &str = "203.0.113.7";
/// Somebody else's.
pub const ELSEWHERE: &str = "198.51.100.23";

impl World {
    /// Starts the server again with other settings of what stands in front of the pages.
    pub async fn has_in_front(&mut self, change: impl FnOnce(&mut FrontSettings)) {
        change(&mut self.settings.front);
        self.restarts().await;
    }

    /// Starts the server again behind a proxy on this machine, which says from where requests come.
    pub async fn stands_behind_a_proxy(&mut self) {
        self.has_in_front(|front| front.proxies = vec!["127.0.0.1".parse().expect("a block")]).await;
    }

    /// Starts the server again under another public address. It still listens where it did.
    pub async fn is_known_as(&mut self, public_url: &str) {
        public_url.clone_into(&mut self.settings.public_url);
        self.restarts().await;
    }

    /// Where the server listens for an address of ours: the same path there.
    pub fn here(&self, url: &str) -> String {
        let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
        format!("{}{}", self.url, path.unwrap_or_else(|| url.to_owned()))
    }

    /// A request for an address under whatever host it names.
    pub fn under(&self, method: Method, url: &str) -> RequestBuilder {
        let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).expect("a whole address");
        self.http.request(method, self.here(url)).header("host", host)
    }

    /// A request of a browser at this address.
    pub fn at(&self, address: &str, method: Method, url: &str) -> RequestBuilder {
        let url = if url.starts_with('/') { format!("{}{url}", self.url) } else { url.to_owned() };
        self.http.request(method, url).header("user-agent", PHONE).header("x-forwarded-for", address)
    }

    /// Somebody at this address presses the button of a page that they have open; answers what they are told.
    pub async fn presses_at(&self, address: &str, link: &str) -> Answer {
        let shown = Answer::to(self.at(address, Method::GET, link)).await;
        let (action, key) = form(&shown).unwrap_or_else(|| panic!("no form: {}", shown.body));
        Answer::to(self.at(address, Method::POST, &action).form(&[("form_key", key.as_str())])).await
    }

    /// The customer goes to the bank so many times and is declined there each time.
    pub async fn is_declined(&mut self, link: &str, times: usize) {
        for _ in 0..times {
            let bank = self.goes_to_the_bank(link).await;
            self.does_at_the_bank(&bank, "decline").await;
            self.settles().await;
        }
    }

    /// A new order that the bank decides this way: `pay` or `decline`.
    pub async fn sells(&mut self, order: &str, action: &str) -> Value {
        let payment = self.orders(order, "100").await;
        let bank = self.goes_to_the_bank(&link(&payment)).await;
        self.does_at_the_bank(&bank, action).await;
        self.settles().await;
        payment
    }

    /// Follows a page as its script does; panics where there is no seat.
    pub async fn follows_page(&self, link: &str) -> Follower {
        let request = self.at(HOME, Method::GET, &format!("{link}/status")).header("accept", "text/event-stream");
        Follower::of(request).await
    }
}

/// The form of a page: where it goes and its key.
pub fn form(shown: &Answer) -> Option<(String, String)> {
    let html = shown.body.as_str().unwrap_or_default().to_owned();
    let status = reqwest::StatusCode::from_u16(shown.status).expect("a status");
    Page { status, location: None, policy: String::new(), html }.form()
}

/// Somebody who follows a page.
pub struct Follower {
    response: reqwest::Response,
    text: String,
}

impl Follower {
    /// Sends a request that is answered with a stream.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next thing that is told: an event's data, or nothing but a sign of life; `None` at the end.
    pub async fn hears(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                let told = std::mem::replace(&mut self.text, rest);
                let data = told.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                let is_state = told.lines().any(|line| line == "event: state");
                assert_eq!(data.is_some(), is_state);
                return Some(data.map_or(Value::Null, |data| serde_json::from_str(&data).expect("JSON")));
            }
            // A server that is gone ends it as well.
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// The next state that is told, signs of life left out.
    pub async fn hears_of(&mut self) -> Option<String> {
        loop {
            let told = self.hears().await?;
            if let Some(state) = told["state"].as_str() {
                return Some(state.to_owned());
            }
        }
    }
}
