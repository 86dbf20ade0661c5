//! People who work for merchants and use the console: they take up invitations, sign in with codes of their own app, look at pages and send
//! the forms that stand there. What their app shows is computed here anew, from RFC 6238.

use crate::World;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_access::Role;
use kamurj_domain::Clock;
use kamurj_server::operators::inviting::{self, Newcomer};
use reqwest::{Method, StatusCode};
use sha1::Sha1;

/// What everybody's password is.
pub const PASSWORD: &str = "a tall tree CANARY by the lake";

/// Somebody who works for a merchant.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// `op_…`.
    pub id: String,
    /// Their address.
    pub email: String,
    /// The key of their codes.
    pub secret: Vec<u8>,
    /// Their recovery codes.
    pub recovery: Vec<String>,
    /// What their browser keeps.
    pub cookie: Option<String>,
}

/// A page of the console as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// HTTP status.
    pub status: StatusCode,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// The cookies that it sets.
    pub cookies: Vec<String>,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// The document.
    pub html: String,
}

impl Seen {
    /// The text of the page's first heading.
    pub fn heading(&self) -> String {
        let after = self.html.split_once("<h1").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
        after.split_once("</h1>").map_or("", |(heading, _)| heading).trim().to_owned()
    }

    /// The key of the form that goes to this address.
    pub fn key_of(&self, action: &str) -> String {
        let html = self.html.replace("&#x2f;", "/");
        let form = html.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
        let form = form.unwrap_or_else(|| panic!("no form goes to {action}: {}", self.html));
        let after = form.split_once("name=\"_key\"").expect("the form has a key").1;
        after.split_once("value=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a key").0.to_owned()
    }
}

/// What an app with this key shows at a moment, Unix milliseconds: RFC 6238 with HMAC-SHA-1, six digits, thirty seconds.
pub fn code(secret: &[u8], now: i64) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(secret).expect("any length");
    let digest = mac.chain_update((now / 30_000).to_be_bytes()).finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let number = digest[at..at + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

fn base32(text: &str) -> Vec<u8> {
    let mut bits = (0_u64, 0);
    let mut bytes = Vec::new();
    for letter in text.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        bits = ((bits.0 << 5) | u64::from(value), bits.1 + 5);
        if bits.1 >= 8 {
            bits.1 -= 8;
            bytes.push(u8::try_from((bits.0 >> bits.1) & 255).expect("a byte"));
        }
    }
    bytes
}

impl World {
    /// The routes of the server within this process, as the console asks them; put together once.
    pub fn inside(&self) -> axum::Router {
        self.life().routes()
    }

    /// Somebody new in this role, who has taken their invitation up and is not signed in.
    pub async fn hires(&self, role: Role) -> Colleague {
        self.hires_for(&self.merchant.clone(), role, role.word()).await
    }

    /// The same for a merchant, with a name of their own.
    pub async fn hires_for(&self, merchant: &str, role: Role, name: &str) -> Colleague {
        let email = format!("{name}@example.am");
        let newcomer = Newcomer::check(&email, name, "en", role.word()).expect("somebody to invite");
        let invited = inviting::by_command(&self.app(), merchant, &newcomer).await.expect("an invitation");
        let mut colleague =
            Colleague { id: invited.operator_id, email, secret: Vec::new(), recovery: Vec::new(), cookie: None };
        let url = invited.url.expect("an address");
        self.accepts(&mut colleague, url.strip_prefix(&self.url).expect("our own")).await;
        colleague
    }

    /// Takes an invitation up, with a password and the code that the offered key makes.
    pub async fn accepts(&self, colleague: &mut Colleague, path: &str) {
        let page = self.console(colleague, Method::GET, path, &[]).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let shown = page.html.split_once("data-secret=\"").expect("the key of the codes").1;
        colleague.secret = base32(shown.split_once('"').expect("an attribute").0);
        let code = code(&colleague.secret, self.clock.now());
        let done = self.console(colleague, Method::POST, path, &[("password", PASSWORD), ("code", &code)]).await;
        assert_eq!(done.status, 200, "{}", done.html);
        let codes = done.html.split("data-code=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        colleague.recovery = codes.map(|(code, _)| code.to_owned()).collect();
        assert_eq!(colleague.recovery.len(), 10, "{}", done.html);
        // The code is used up.
        self.clock.pass(30_000);
    }

    /// Signs in.
    pub async fn signs_in(&self, colleague: &mut Colleague) {
        let code = code(&colleague.secret, self.clock.now());
        let entered = self.types(colleague, PASSWORD, &code).await;
        assert_eq!((entered.status.as_u16(), entered.location.as_deref()), (303, Some("/console")), "{}", entered.html);
        self.clock.pass(30_000);
    }

    /// Types a password and a code, and keeps the session where they are right.
    pub async fn types(&self, colleague: &mut Colleague, password: &str, code: &str) -> Seen {
        let email = colleague.email.clone();
        let fields = [("email", email.as_str()), ("password", password), ("code", code)];
        let entered = self.console(colleague, Method::POST, "/console/sign-in", &fields).await;
        colleague.keeps(&entered);
        entered
    }

    /// Somebody new in this role, signed in.
    pub async fn employs(&self, role: Role) -> Colleague {
        let mut colleague = self.hires(role).await;
        self.signs_in(&mut colleague).await;
        colleague
    }

    /// Opens a page.
    pub async fn opens_console(&self, colleague: &Colleague, path: &str) -> Seen {
        self.console(colleague, Method::GET, path, &[]).await
    }

    /// Sends a form, as a browser does from a page of ours, and keeps the session where it is renewed.
    pub async fn sends_form(&self, colleague: &mut Colleague, path: &str, fields: &[(&str, &str)]) -> Seen {
        let seen = self.console(colleague, Method::POST, path, fields).await;
        colleague.keeps(&seen);
        seen
    }

    async fn console(&self, colleague: &Colleague, method: Method, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        if let Some(cookie) = &colleague.cookie {
            request = request.header("cookie", format!("__Host-kamurj={cookie}"));
        }
        if method == Method::POST {
            request = request.header("sec-fetch-site", "same-origin").form(fields);
        }
        let response = request.send().await.expect("an answer");
        let texts = |name: &str| {
            let all = response.headers().get_all(name).iter();
            all.map(|value| value.to_str().expect("text").to_owned()).collect::<Vec<_>>()
        };
        Seen {
            status: response.status(),
            location: texts("location").pop(),
            cookies: texts("set-cookie"),
            headers: response.headers().clone(),
            html: response.text().await.expect("a page"),
        }
    }
}

impl Colleague {
    /// What their app shows now.
    pub fn code(&self, world: &World) -> String {
        code(&self.secret, world.clock.now())
    }

    fn keeps(&mut self, seen: &Seen) {
        for cookie in &seen.cookies {
            if let Some(rest) = cookie.strip_prefix("__Host-kamurj=") {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookie = (!value.is_empty()).then(|| value.to_owned());
            }
        }
    }
}
