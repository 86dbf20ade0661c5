//! What people do: customers and managers in the chat, customers on the page and at the bank, integrators at the API.

use crate::World;
use reqwest::StatusCode;
use serde_json::Value;

/// The customer's chat.
pub const CUSTOMER: i64 = 5_550_001_234;
/// The manager's chat.
pub const MANAGER: i64 = 7_770_001;

/// A page as a browser without script sees it.
#[derive(Debug, Clone)]
pub struct Page {
    /// HTTP status.
    pub status: StatusCode,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// `content-security-policy`.
    pub policy: String,
    /// The document.
    pub html: String,
}

impl Page {
    /// The first heading, as text.
    pub fn heading(&self) -> String {
        let after = self.html.split_once("<h1").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
        text(after.split_once("</h1>").map_or("", |(heading, _)| heading))
    }

    /// The form that pays: where it goes and its key.
    pub fn form(&self) -> Option<(String, String)> {
        let form = self.html.split_once("<form")?.1.split_once("</form>")?.0;
        let action = attribute(form, "action=\"")?;
        let key = attribute(form.split_once("name=\"form_key\"")?.1, "value=\"")?;
        Some((action, key))
    }

    /// The form that hands the customer over: where it goes and its fields, in order.
    pub fn handover(&self) -> Option<(String, Vec<(String, String)>)> {
        let form = self.html.split_once("<form id=\"handover\"")?.1.split_once("</form>")?.0;
        let action = attribute(form, "action=\"")?;
        let field = |input: &str| Some((attribute(input, "name=\"")?, attribute(input, "value=\"")?));
        Some((action, form.split("<input").skip(1).filter_map(field).collect()))
    }

    /// The times on it, Unix milliseconds.
    pub fn moments(&self) -> Vec<i64> {
        let named = self.html.split("<time").skip(1).filter_map(|after| attribute(after, "datetime=\""));
        named.map(|text| kamurj_domain::time::parse(&text).unwrap_or_else(|| panic!("no time: {text}"))).collect()
    }

    /// Whether this text is on it.
    pub fn shows(&self, words: &str) -> bool {
        text(&self.html).contains(words)
    }
}

fn attribute(html: &str, name: &str) -> Option<String> {
    Some(unescape(html.split_once(name)?.1.split_once('"')?.0))
}

/// Undoes what the templates' escaping does.
fn unescape(html: &str) -> String {
    [("&#x2f;", "/"), ("&quot;", "\""), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// The text of a piece of HTML: tags gone, blanks folded.
fn text(html: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                out.push(' ');
            }
            _ if !in_tag => out.push(character),
            _ => {}
        }
    }
    unescape(&out).replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl World {
    /// The customer writes to the bot.
    pub async fn customer_says(&mut self, words: &str) {
        self.sandbox.telegram.say(CUSTOMER, words, None).expect("the chat takes it");
        self.settles().await;
    }

    /// The manager writes to the bot.
    pub async fn manager_says(&mut self, words: &str) {
        self.sandbox.telegram.say(MANAGER, words, None).expect("the chat takes it");
        self.settles().await;
    }

    /// The customer presses the button that bears this callback data, on the last message that has it.
    pub async fn customer_presses(&mut self, data: &str) {
        self.customer_touches(data);
        self.settles().await;
    }

    /// The same, and nothing has come of it yet.
    pub fn customer_touches(&self, data: &str) {
        let message = self
            .chat(CUSTOMER)
            .into_iter()
            .rev()
            .find(|message| message.buttons.iter().any(|button| button.data.as_deref() == Some(data)))
            .unwrap_or_else(|| panic!("no button {data} in the chat"));
        self.sandbox.telegram.press(CUSTOMER, message.id, data).expect("the press is taken");
    }

    /// The customer starts the bot and picks the cake; answers the link that the bot sent.
    pub async fn customer_picks_the_cake(&mut self) -> String {
        self.customer_says("/start").await;
        self.customer_presses("item:cake").await;
        self.link(CUSTOMER).expect("the bot sends a link")
    }

    /// Fetches an address as a browser does, without following.
    pub async fn opens(&mut self, url: &str) -> Page {
        self.tries_to_open(url).await.expect("the page answers")
    }

    /// As `opens`; `None` when the server died under it.
    pub async fn tries_to_open(&mut self, url: &str) -> Option<Page> {
        let request = self.http.get(self.absolute(url));
        self.fetches(request).await
    }

    /// Sends a form, without following.
    pub async fn submits(&mut self, url: &str, fields: &[(&str, &str)]) -> Option<Page> {
        let request = self.http.post(self.absolute(url)).form(fields);
        self.fetches(request).await
    }

    async fn fetches(&mut self, request: reqwest::RequestBuilder) -> Option<Page> {
        let work = tokio::spawn(async move {
            let response = request.send().await.ok()?;
            let header =
                |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (status, location) = (response.status(), header("location"));
            let policy = header("content-security-policy").unwrap_or_default();
            Some(Page { status, location, policy, html: response.text().await.ok()? })
        });
        self.survives(work).await.flatten()
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.url) } else { url.to_owned() }
    }

    /// Presses the page's button; answers the bank's page.
    pub async fn goes_to_the_bank(&mut self, link: &str) -> String {
        let page = self.opens(link).await;
        let (action, key) = page.form().unwrap_or_else(|| panic!("no form on: {}", page.heading()));
        let sent = self.submits(&action, &[("form_key", &key)]).await.expect("the press is answered");
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
        let bank = sent.location.expect("a press leads on");
        assert!(bank.starts_with(&self.sandbox.bank_url), "the press leads to the bank, not to {bank}");
        bank
    }

    /// Does something on the bank's page: `pay`, `decline`, `close`; answers where the browser is sent back to.
    pub async fn does_at_the_bank(&mut self, bank_page: &str, action: &str) -> String {
        let back = self.submits(bank_page, &[("action", action)]).await.expect("the bank answers");
        assert_eq!(back.status, StatusCode::SEE_OTHER);
        back.location.expect("the bank sends the browser back")
    }

    /// Comes back from the bank; answers the page that follows.
    pub async fn comes_back(&mut self, return_url: &str) -> Page {
        let back = self.opens(return_url).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER);
        let page = back.location.expect("the return leads on");
        assert!(page.starts_with("/p/"), "the return leads to our page, not to {page}");
        self.opens(&page).await
    }

    /// The whole way through the bank; answers the page after it.
    pub async fn pays(&mut self, link: &str) -> Page {
        let bank = self.goes_to_the_bank(link).await;
        let back = self.does_at_the_bank(&bank, "pay").await;
        self.comes_back(&back).await
    }

    /// Calls the API with the merchant's key.
    pub async fn api(&mut self, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.api_with(method, path, body, &[]).await
    }

    /// Calls the API with the merchant's key and more headers.
    pub async fn api_with(
        &mut self,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.api_key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.expect("the API answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}
