//! The network between the host and everybody else: no sockets, and a will of its own. It loses, delays, repeats, reorders
//! and swallows what it carries, as the dice say; when it is calm, it carries everything at once.

use crate::dice::Dice;
use crate::secrets::readable_in;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use kamurj_domain::Clock;
use kamurj_egress::{Exchange, Request as Outgoing, Response, SendError};
use kamurj_sandbox::{Carried, Carrier, Sandbox};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tower::ServiceExt as _;

/// How long a call to close a session may be under way: the host relies on that.
const TURNS_UP_MS: i64 = 120_000;
/// The largest body that anybody here reads.
const BODY: usize = 4 * 1024 * 1024;

/// A webhook on its way to the host.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// Where to.
    pub(crate) url: String,
    /// Headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The bytes.
    pub(crate) body: String,
}

/// An answer of the host.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers that matter: `location`, `content-security-policy`, `retry-after`.
    pub(crate) headers: BTreeMap<&'static str, String>,
    /// The body as text.
    pub(crate) body: String,
}

/// What the network carries and what it has seen.
pub(crate) struct Network {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    doubles: OnceLock<Vec<Arc<Sandbox>>>,
}

struct State {
    dice: Dice,
    rough: bool,
    /// The host's doors; none while it is dead.
    host: Option<Router>,
    /// Webhooks that will arrive later.
    afloat: Vec<Letter>,
    /// Calls of the host to a bank that will arrive later, and until when they can.
    belated: Vec<(Outgoing, i64)>,
    counts: BTreeMap<&'static str, u64>,
    /// Webhooks that the host has acknowledged: the sender's key of each, with the path.
    acknowledged: BTreeMap<(String, String), u64>,
    /// Pages of sessions that the bank's staff changed, of which no message about it has been acknowledged. Two banks may give
    /// two sessions one id, so a session goes by its page.
    untold: BTreeSet<String>,
    /// The page of every session that the bank's staff changed.
    by_staff: BTreeSet<String>,
    /// Ids of messages that are signed rightly and name what does not belong together.
    mixed: BTreeSet<String>,
    leaks: Vec<String>,
}

/// What becomes of something on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    Refused,
    LostBefore,
    LostAfter,
    Belated,
    Repeated,
    Swallowed,
}

impl Network {
    /// A rough network without anybody on it.
    pub(crate) fn new(dice: Dice, rough: bool, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            dice,
            rough,
            host: None,
            afloat: Vec::new(),
            belated: Vec::new(),
            counts: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            untold: BTreeSet::new(),
            by_staff: BTreeSet::new(),
            mixed: BTreeSet::new(),
            leaks: Vec::new(),
        };
        Self { state: Mutex::new(state), clock, doubles: OnceLock::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the doubles on the network, once.
    pub(crate) fn connect(&self, doubles: Vec<Arc<Sandbox>>) {
        assert!(self.doubles.set(doubles).is_ok(), "a network is connected once");
    }

    /// Opens the host's doors, or closes them.
    pub(crate) fn host(&self, doors: Option<Router>) {
        self.state().host = doors;
    }

    /// From here on everything arrives at once.
    pub(crate) fn calm(&self) {
        self.state().rough = false;
    }

    /// How often what happened to messages.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.state().counts.clone()
    }

    /// Counts something that happened.
    pub(crate) fn count(&self, what: &'static str) {
        *self.state().counts.entry(what).or_default() += 1;
    }

    /// What was acknowledged: path and key of each message, and how often.
    pub(crate) fn acknowledged(&self) -> BTreeMap<(String, String), u64> {
        self.state().acknowledged.clone()
    }

    /// Secrets seen where they do not belong.
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.state().leaks.clone()
    }

    /// Takes one of the webhooks that wait, whichever the dice say.
    pub(crate) fn next_letter(&self, dice: &mut Dice) -> Option<Letter> {
        let mut state = self.state();
        let waiting = state.afloat.len() as u64;
        (waiting > 0).then(|| {
            let index = usize::try_from(dice.below(waiting)).expect("an index of a list fits");
            state.afloat.swap_remove(index)
        })
    }

    /// Takes one of the host's calls that are still on their way.
    pub(crate) fn next_belated(&self) -> Option<Outgoing> {
        let now = self.clock.now();
        let mut state = self.state();
        state.belated.retain(|(_, until)| now <= *until);
        (!state.belated.is_empty()).then(|| state.belated.remove(0).0)
    }

    /// How many messages wait.
    pub(crate) fn waiting(&self) -> usize {
        let state = self.state();
        state.afloat.len() + state.belated.len()
    }

    fn fate(&self, fates: &[(u64, Fate)]) -> Fate {
        let mut state = self.state();
        let fate = if state.rough { state.dice.weighted(fates) } else { Fate::Arrives };
        let name = match fate {
            Fate::Arrives => return fate,
            Fate::Refused => "refused connections",
            Fate::LostBefore => "lost requests",
            Fate::LostAfter => "lost answers",
            Fate::Belated => "delayed",
            Fate::Repeated => "repeated",
            Fate::Swallowed => "lost for ever",
        };
        *state.counts.entry(name).or_default() += 1;
        fate
    }

    /// Hands a request to the host's doors; `None`: it is dead, or dies over it.
    pub(crate) async fn ask_host(&self, request: Request<Body>) -> Option<Answer> {
        let doors = self.state().host.clone()?;
        let Ok(response) = doors.oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, BODY).await.ok()?;
        let headers = ["location", "content-security-policy", "retry-after"]
            .into_iter()
            .filter_map(|name| Some((name, parts.headers.get(name)?.to_str().ok()?.to_owned())))
            .collect();
        let all = parts.headers.iter().flat_map(|(_, value)| [value.as_bytes(), b"\n"]).collect::<Vec<_>>().concat();
        let found = [readable_in(&bytes), readable_in(&all)].concat();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        self.leaked(&found, "an answer of the host");
        Some(Answer { status: parts.status.as_u16(), headers, body })
    }

    /// Takes a webhook to the host.
    pub(crate) async fn deliver(&self, letter: &Letter) -> Option<Answer> {
        let path = letter.url.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
        let mut request = Request::post(format!("/{path}")).header("content-type", "application/json");
        for (name, value) in &letter.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(letter.body.clone())).expect("a double makes sound headers");
        let answer = self.ask_host(request).await?;
        if answer.status == 200 {
            let mut state = self.state();
            let times = state.acknowledged.entry((path, key_of(letter))).or_default();
            *times += 1;
            // A message that comes again tells nothing, least of all what happened since; a new one makes the host ask.
            let is_news = *times == 1;
            if let Some(page) = changed_by_staff(letter).filter(|_| is_news) {
                state.untold.remove(&page);
            }
        }
        Some(answer)
    }

    /// The bank's staff changed a session. The host is told by a message, or never.
    pub(crate) fn changed(&self, page: &str) {
        let mut state = self.state();
        state.untold.insert(page.to_owned());
        state.by_staff.insert(page.to_owned());
    }

    /// Notes a message that must be set aside.
    pub(crate) fn mixes(&self, id: String) {
        self.state().mixed.insert(id);
    }

    /// Whether this message must be set aside.
    pub(crate) fn is_mixed(&self, id: &str) -> bool {
        self.state().mixed.contains(id)
    }

    /// Whether the bank's staff changed a session and the host was never told.
    pub(crate) fn is_untold(&self, page: &str) -> bool {
        self.state().untold.contains(page)
    }

    /// Lets a call of the host arrive that it has given up long ago.
    pub(crate) async fn arrive(&self, outgoing: Outgoing) {
        self.ask_double(outgoing).await;
    }

    async fn ask_double(&self, outgoing: Outgoing) -> Option<Response> {
        let root = outgoing.url.origin().ascii_serialization();
        let doubles = self.doubles.get().expect("the doubles are connected before the host lives");
        let double = doubles.iter().find(|double| {
            [&double.telegram_url, &double.bitrix24_url, &double.bank_url].into_iter().any(|url| *url == root)
        })?;
        let path = outgoing.url.path().to_owned();
        let refunded = path.strip_suffix("/refunds").and_then(|path| path.rsplit('/').next());
        let refunded = refunded.map(|session| format!("{root}/pay/{session}"));
        let mut request = Request::builder().method(outgoing.method.as_str()).uri(outgoing.url.as_str());
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let response = double.answer(request.body(Body::from(outgoing.body)).ok()?).await?;
        let (parts, body) = response.into_parts();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let body = to_bytes(body, BODY).await.ok()?.to_vec();
        // What staff gave back without a word, the host cannot know.
        let mut state = self.state();
        if let Some(page) = refunded
            && String::from_utf8_lossy(&body).contains("is left to refund")
            && !state.by_staff.contains(&page)
        {
            state.leaks.push(format!("BROKEN: the bank was asked to give back more than {page} has"));
        }
        drop(state);
        Some(Response { status: parts.status.as_u16(), headers, body })
    }

    /// What the host sends may hold no secret but the receiver's own.
    fn check_outgoing(&self, outgoing: &Outgoing) {
        let host = outgoing.url.host_str().unwrap_or_default();
        let own: &[&str] = match host.split('.').next().unwrap_or_default() {
            "telegram" => &["bot token"],
            "portal" => &["portal secret"],
            "stall-bank" => &["stall's bank token"],
            "bakery-bank" => &["bakery's bank token"],
            _ => &[],
        };
        let mut text = outgoing.url.as_str().as_bytes().to_vec();
        for (_, value) in &outgoing.headers {
            text.extend_from_slice(value.as_bytes());
            text.push(b'\n');
        }
        text.extend_from_slice(&outgoing.body);
        let found: Vec<_> = readable_in(&text).into_iter().filter(|name| !own.contains(name)).collect();
        self.leaked(&found, &format!("a request to {host}"));
    }

    fn leaked(&self, found: &[&str], place: &str) {
        if !found.is_empty() {
            let lines = found.iter().map(|name| format!("the {name} is readable in {place}"));
            self.state().leaks.extend(lines);
        }
    }
}

/// The sender's own name of a webhook.
fn key_of(letter: &Letter) -> String {
    let header = letter.headers.iter().find(|(name, _)| name == "webhook-id");
    let update = || {
        let update = serde_json::from_str::<serde_json::Value>(&letter.body).unwrap_or_default();
        update["update_id"].to_string()
    };
    header.map_or_else(update, |(_, value)| value.clone())
}

/// The page of the session whose money went back, where the letter says so.
fn changed_by_staff(letter: &Letter) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(&letter.body).ok()?;
    let data = &body["data"];
    let went_back = matches!(data["status"].as_str(), Some("reversed" | "charged_back"))
        || data["refundedMinor"].as_i64().is_some_and(|minor| minor > 0);
    went_back.then(|| data["checkoutUrl"].as_str().unwrap_or_default().to_owned())
}

#[async_trait]
impl Exchange for Network {
    async fn exchange(&self, outgoing: Outgoing) -> Result<Response, SendError> {
        const ROUGH: [(u64, Fate); 4] =
            [(88, Fate::Arrives), (4, Fate::Refused), (4, Fate::LostBefore), (4, Fate::LostAfter)];
        const TO_BANK: [(u64, Fate); 5] =
            [(84, Fate::Arrives), (4, Fate::Refused), (4, Fate::LostBefore), (5, Fate::LostAfter), (3, Fate::Belated)];
        self.check_outgoing(&outgoing);
        // A refund turns up at once or never: the host relies on that after two minutes.
        let may_be_belated = !outgoing.url.path().ends_with("/refunds");
        let to_bank = may_be_belated && outgoing.url.host_str().is_some_and(|host| host.contains("-bank."));
        let silence = || SendError::Ambiguous("no answer in time".to_owned());
        match self.fate(if to_bank { &TO_BANK } else { &ROUGH }) {
            Fate::Refused => Err(SendError::NotSent("connection refused".to_owned())),
            Fate::LostBefore => Err(silence()),
            Fate::LostAfter => {
                self.ask_double(outgoing).await;
                Err(silence())
            }
            Fate::Belated => {
                let is_to_close = outgoing.url.path().ends_with("/cancel");
                let until = if is_to_close { self.clock.now() + TURNS_UP_MS } else { i64::MAX };
                self.state().belated.push((outgoing, until));
                Err(silence())
            }
            Fate::Arrives | Fate::Repeated | Fate::Swallowed => self.ask_double(outgoing).await.ok_or_else(silence),
        }
    }
}

/// What the doubles hand their webhooks to.
pub(crate) struct Post(pub(crate) Arc<Network>);

impl Carrier for Post {
    fn post(&self, url: String, headers: Vec<(&'static str, String)>, body: String) -> Carried {
        const TO_HOST: [(u64, Fate); 6] = [
            (70, Fate::Arrives),
            (8, Fate::LostBefore),
            (6, Fate::LostAfter),
            (6, Fate::Belated),
            (6, Fate::Repeated),
            (4, Fate::Swallowed),
        ];
        let network = Arc::clone(&self.0);
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let letter = Letter { url, headers, body };
        Box::pin(async move {
            match network.fate(&TO_HOST) {
                Fate::LostBefore => None,
                Fate::LostAfter => {
                    network.deliver(&letter).await;
                    None
                }
                Fate::Belated => {
                    network.state().afloat.push(letter);
                    None
                }
                // Somebody on the way says that it has arrived, and it never does.
                Fate::Swallowed => Some((200, None)),
                fate => {
                    if fate == Fate::Repeated {
                        network.state().afloat.push(letter.clone());
                    }
                    let answer = network.deliver(&letter).await?;
                    let retry = answer.headers.get("retry-after").and_then(|seconds| seconds.parse().ok());
                    Some((answer.status, retry))
                }
            }
        })
    }
}
