//! What buyers and services do to the host, as tasks of the host, and what follows from the way those end.

use crate::buyer::Deed;
use crate::network::{Answer, Network};
use crate::page::Page;
use crate::shop::PUBLIC_URL;
use crate::world::World;
use axum::body::Body;
use axum::http::Request;
use kamurj_domain::Clock as _;
use kamurj_sandbox::bank::{Cancel, Lookup, PayAction, Refund, RefundLookup};
use kamurj_server::work;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a task of the host came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A worker did a job, or found none.
    Worked(bool),
    /// The keeper did so much.
    Kept(usize),
    /// This service sent so many messages.
    Sent(&'static str, usize),
    /// A message arrived and was answered so.
    Arrived(Option<u16>),
    /// A forged message arrived; whether it had to be refused, and the answer.
    Forged(&'static str, bool, Option<u16>),
    /// A buyer looks at a page; `None`: it never came.
    Seen(usize, Option<Page>),
    /// A buyer has sent a form.
    Pressed(usize, Option<Page>),
    /// The operator has done this to a buyer's payment.
    Acted(&'static str, usize, Option<(u16, Value)>),
    /// The shop has asked for a buyer's payment.
    Ordered(usize, Option<(u16, Value)>),
}

/// What becomes of something between a browser and the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Holds,
    LosesRequest,
    LosesAnswer,
}

impl World {
    pub(crate) fn works(&mut self) {
        let app = Arc::clone(&self.life().app);
        self.begins("a worker looks for work", async move { Effect::Worked(work::run_one(&app).await) });
    }

    pub(crate) fn keeper_works(&mut self) {
        let app = Arc::clone(&self.life().app);
        self.begins("the keeper does what is due", async move { Effect::Kept(work::keep_due(&app).await) });
    }

    pub(crate) fn bank_speaks(&mut self, shop: usize) {
        let sandbox = Arc::clone(&self.shops[shop].sandbox);
        let name = ["the stall's bank", "the bakery's bank"][shop];
        self.speaks(name, async move { sandbox.bank.deliver_due().await });
    }

    pub(crate) fn chat_speaks(&mut self) {
        let sandbox = Arc::clone(&self.shops[1].sandbox);
        self.speaks("Telegram", async move { sandbox.telegram.deliver_due().await });
    }

    /// A service sends one message after the other, and begins no second round while one is under way.
    fn speaks(&mut self, name: &'static str, work: impl Future<Output = usize> + Send + 'static) {
        if self.speaking.insert(name) {
            self.begins(name, async move { Effect::Sent(name, work.await) });
        }
    }

    pub(crate) fn letter_arrives(&mut self) {
        let Some(letter) = self.network.next_letter(&mut self.dice) else { return };
        let network = Arc::clone(&self.network);
        self.begins("a message arrives late", async move {
            Effect::Arrived(network.deliver(&letter).await.map(|answer| answer.status))
        });
    }

    pub(crate) fn belated_call_arrives(&mut self) {
        let Some(call) = self.network.next_belated() else { return };
        let network = Arc::clone(&self.network);
        self.begins("a call that was given up arrives", async move {
            network.arrive(call).await;
            Effect::Arrived(None)
        });
    }

    /// The services have good and bad hours.
    pub(crate) fn weather_turns(&mut self) {
        let shop = usize::from(self.dice.one_in(3));
        let kind = self.dice.below(18);
        let sandbox = &self.shops[shop].sandbox;
        sandbox.bank.change_faults(|faults| {
            faults.lookup = match kind {
                0 => Lookup::Fail,
                1 => Lookup::Pending,
                _ => Lookup::Ok,
            };
            faults.paid_amount_shift_minor = if kind == 2 { -50_000 } else { 0 };
            faults.limit_next = if kind == 3 { 2 } else { 0 };
            faults.newest_first = kind == 4;
            faults.refund = match kind {
                10 => Refund::Fail,
                11 => Refund::Decline,
                12 => Refund::Slow,
                _ => Refund::Ok,
            };
            faults.refund_lookup = if kind == 13 { RefundLookup::Fail } else { RefundLookup::Ok };
            faults.cancel = if kind == 14 { Cancel::Fail } else { Cancel::Ok };
        });
        sandbox.telegram.change_faults(|faults| {
            faults.limit_next = if kind == 5 { 2 } else { 0 };
            faults.fail_next = if kind == 6 { 2 } else { 0 };
            faults.duplicate_updates = kind == 7;
        });
        sandbox.bitrix24.change_faults(|faults| {
            faults.limit_next = if kind == 8 { 3 } else { 0 };
            faults.fail_next = if kind == 9 { 2 } else { 0 };
        });
        self.trace.step(self.clock.now(), format_args!("the weather turns at shop {shop}: {kind}"));
    }

    pub(crate) fn buyer_acts(&mut self, number: usize) {
        // Two things at once are done in two tabs.
        if self.buyers[number].busy > 0 && !self.dice.one_in(3) {
            return;
        }
        let deed = self.buyers[number].decides(&mut self.dice);
        let line = self.line();
        self.trace.step(self.clock.now(), format_args!("buyer {number}: {deed:?}"));
        let network = Arc::clone(&self.network);
        match deed {
            Deed::Leaves => self.about.retain(|about| *about != number),
            Deed::Chats => self.buyer_chats(number),
            Deed::AtBank(page, action) => self.buyer_is_at_the_bank(number, &page, action),
            Deed::Orders => {
                let request = self.order(number);
                self.buyers[number].busy += 1;
                self.begins("a payment is asked for", async move {
                    let answer = ask(&network, line, request).await;
                    Effect::Ordered(number, answer.map(|answer| (answer.status, json_of(&answer))))
                });
            }
            Deed::Opens => {
                let link = self.buyers[number].link.clone().unwrap_or_default();
                self.buyers[number].busy += 1;
                self.begins("a page is opened", async move {
                    let answer = ask(&network, line, get(&link)).await;
                    Effect::Seen(number, answer.as_ref().map(Page::read))
                });
            }
            Deed::Returns(way_back) => {
                self.buyers[number].busy += 1;
                self.begins("a browser comes back", async move {
                    let answer = ask(&network, line, get(&way_back)).await;
                    Effect::Seen(number, answer.as_ref().map(Page::read))
                });
            }
            Deed::Presses(action, key) => {
                self.buyers[number].busy += 1;
                self.buyers[number].pressed_keys.insert(key.clone());
                let form = format!("form_key={key}");
                let request =
                    Request::post(path_of(&action)).header("content-type", "application/x-www-form-urlencoded");
                let request = request.body(Body::from(form)).expect("a sound request");
                self.begins("a form is sent", async move {
                    let answer = ask(&network, line, request).await;
                    Effect::Pressed(number, answer.as_ref().map(Page::read))
                });
            }
        }
    }

    /// How the line between somebody and the host holds this time.
    pub(crate) fn line(&mut self) -> Line {
        if self.plan.rough {
            self.dice.weighted(&[(94, Line::Holds), (3, Line::LosesRequest), (3, Line::LosesAnswer)])
        } else {
            Line::Holds
        }
    }

    fn order(&self, number: usize) -> Request<Body> {
        let buyer = &self.buyers[number];
        if let Some(link) = buyer.of_link {
            let path = format!("/v1/payment-links/{}/payments", self.links[link].id);
            return self.api(buyer.shop, "POST", &path, &json!({ "form_key": buyer.order }), None);
        }
        let body = json!({
            "order_id": buyer.order,
            "amount": { "value": buyer.drams.to_string(), "currency": "AMD" },
            "expires_in": buyer.life_s,
        });
        self.api(buyer.shop, "POST", "/v1/payments", &body, Some(&format!("order {}", buyer.order)))
    }

    /// A request to the API with the shop's key.
    pub(crate) fn api(&self, shop: usize, method: &str, path: &str, body: &Value, key: Option<&str>) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.shops[shop].api_key))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.body(Body::from(body.to_string())).expect("a sound request")
    }

    /// Says hello until the catalogue comes, presses the cake until a link comes.
    fn buyer_chats(&mut self, number: usize) {
        let buyer = &mut self.buyers[number];
        let chat = buyer.chat.expect("a buyer who chats has a chat");
        let telegram = &self.shops[buyer.shop].sandbox.telegram;
        let known = telegram.view().chats.into_iter().find(|known| known.id == chat);
        let messages = known.map(|known| known.messages).unwrap_or_default();
        let mut buttons = messages
            .iter()
            .rev()
            .flat_map(|message| message.buttons.iter().flatten().map(move |button| (message.message_id, button)));
        if let Some(url) = buttons.clone().find_map(|(_, button)| button.url.clone()) {
            buyer.link = Some(url);
            return;
        }
        let cake = buttons.find(|(_, button)| button.data.as_deref() == Some("item:cake"));
        let said = match cake {
            Some((message, _)) if buyer.pressed == 0 || self.dice.one_in(60) => {
                buyer.pressed += 1;
                telegram.press(chat, message, "item:cake")
            }
            None if buyer.greeted == 0 || self.dice.one_in(60) => {
                buyer.greeted += 1;
                telegram.say(chat, "/start", None)
            }
            _ => {
                // Waiting for an answer takes little patience.
                buyer.patience += u32::from(!self.dice.one_in(20));
                return;
            }
        };
        said.expect("the chat takes it");
    }

    fn buyer_is_at_the_bank(&mut self, number: usize, page: &str, action: &str) {
        let buyer = &mut self.buyers[number];
        let bank = &self.shops[buyer.shop].sandbox.bank;
        let action = match action {
            "pay" => PayAction::Pay,
            "decline" => PayAction::Decline,
            _ => PayAction::Close,
        };
        if let Some(way_back) = bank.act(session_of(page), action) {
            buyer.ways_back.push(way_back);
        }
    }

    /// What follows from the way a task ended.
    pub(crate) fn follows(&mut self, effect: Effect) {
        match effect {
            Effect::Worked(found) => self.count(if found { "jobs done" } else { "workers without work" }),
            Effect::Sent(name, sent) => {
                self.speaking.remove(name);
                *self.counts.entry("webhooks sent".to_owned()).or_default() += sent as u64;
            }
            Effect::Kept(_) | Effect::Arrived(_) => {}
            Effect::Forged(what, refuse, status) => {
                self.count("forged messages");
                if refuse && status.is_some_and(|status| !(400..500).contains(&status)) {
                    self.violated(format!("{what} was answered {status:?}"));
                }
            }
            Effect::Seen(number, page) => self.buyer_sees(number, page),
            Effect::Pressed(number, page) => {
                if let Some(location) = page.as_ref().and_then(|page| page.location.clone())
                    && location.contains("-bank.example/pay/")
                {
                    self.buyers[number].banks.insert(location);
                }
                self.buyer_sees(number, page);
            }
            Effect::Acted(what, number, answer) => self.operator_has_acted(what, number, answer),
            Effect::Ordered(number, answer) => self.buyer_has_ordered(number, answer),
        }
    }

    fn buyer_sees(&mut self, number: usize, page: Option<Page>) {
        let buyer = &mut self.buyers[number];
        buyer.busy = buyer.busy.saturating_sub(1);
        let Some(page) = page else { return };
        buyer.sees(&page);
        if page.status >= 500 {
            self.violated(format!("buyer {number} is shown a page with status {}", page.status));
        }
    }

    fn buyer_has_ordered(&mut self, number: usize, answer: Option<(u16, Value)>) {
        let buyer = &mut self.buyers[number];
        buyer.busy = buyer.busy.saturating_sub(1);
        let Some((status, body)) = answer else { return };
        if status == 409 && body["type"].as_str().is_some_and(|kind| kind.ends_with(":idempotency-key-in-flight")) {
            // The same request is still being worked on: the shop asks again.
            self.count("requests told to wait");
            return;
        }
        if status == 409 && buyer.of_link.is_some() {
            // Others have the places of the link.
            buyer.patience = buyer.patience.min(2);
            return;
        }
        if status != 201 && !(status == 200 && buyer.of_link.is_some()) {
            self.violated(format!("buyer {number}'s order is answered {status}: {body}"));
            return;
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (id, link) = (text("id"), text("checkout_url"));
        if buyer.payment.as_ref().is_some_and(|known| *known != id) {
            self.violated(format!("DUPLICATED: buyer {number}'s one order made two payments"));
            return;
        }
        buyer.payment = Some(id);
        buyer.link = Some(link);
    }
}

/// The session that a page of the bank is about.
pub(crate) fn session_of(page: &str) -> &str {
    page.rsplit('/').next().unwrap_or_default()
}

pub(crate) async fn ask(network: &Network, line: Line, request: Request<Body>) -> Option<Answer> {
    if line == Line::LosesRequest {
        network.count("browsers cut off");
        return None;
    }
    let answer = network.ask_host(request).await;
    if line == Line::LosesAnswer {
        network.count("browsers cut off");
        return None;
    }
    answer
}

pub(crate) fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_default()
}

fn path_of(url: &str) -> &str {
    url.strip_prefix(PUBLIC_URL).unwrap_or(url)
}

fn get(url: &str) -> Request<Body> {
    Request::get(path_of(url)).header("accept-language", "hy").body(Body::empty()).expect("a sound request")
}
