//! What can be seen of a World: the chat, the bank, the CRM, the payment with its journal, and what must always be true.

use crate::World;
use crate::customer::CUSTOMER;
use crate::world::{CANARIES, holds};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::Mode;
use kamurj_store::exceptions::Listed;
use kamurj_store::inbox;
use kamurj_store::payments::{self, Payment};
use kamurj_store::{deliveries, exceptions, journal};

/// A message in a chat.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its number in the chat.
    pub id: i64,
    /// Whether the bot wrote it.
    pub by_bot: bool,
    /// The text.
    pub text: String,
    /// Whether it was edited.
    pub edited: bool,
    /// Its buttons, row after row.
    pub buttons: Vec<kamurj_sandbox::telegram::Button>,
}

/// How a sale ended, as everybody sees it. Two sales that went the same way are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The payment's status.
    pub status: &'static str,
    /// Taken for the order and beyond it, in minor units.
    pub captured_and_surplus: (i64, i64),
    /// How often the journal announced the payment paid.
    pub announced_paid: usize,
    /// Sessions that the bank has taken money in.
    pub bank_took: usize,
    /// Deals with stage and number of comments.
    pub deals: Vec<(String, usize)>,
    /// Messages that now show the payment as paid.
    pub paid_messages: usize,
    /// Kinds of open exceptions.
    pub exceptions: Vec<String>,
    /// Deliveries that are not done.
    pub undone: usize,
}

impl World {
    /// The messages of a chat, the oldest first.
    pub fn chat(&self, chat: i64) -> Vec<Message> {
        let view = self.sandbox.telegram.view();
        let messages = view.chats.into_iter().filter(|known| known.id == chat).flat_map(|known| known.messages);
        messages
            .map(|message| Message {
                id: message.message_id,
                by_bot: message.from == kamurj_sandbox::telegram::Side::Bot,
                text: message.text,
                edited: message.edited,
                buttons: message.buttons.into_iter().flatten().collect(),
            })
            .collect()
    }

    /// The link that the last message with one bears.
    pub fn link(&self, chat: i64) -> Option<String> {
        self.chat(chat).into_iter().rev().flat_map(|message| message.buttons).find_map(|button| button.url)
    }

    /// The merchant's newest payment.
    pub async fn payment(&self) -> Payment {
        let all = self.payments().await;
        all.into_iter().max_by(|a, b| a.id.cmp(&b.id)).expect("there is a payment")
    }

    /// The merchant's payments in test mode.
    pub async fn payments(&self) -> Vec<Payment> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        payments::all_of(&mut tx, &self.merchant, Mode::Test).await.expect("the payments")
    }

    /// The kinds of the payment's journal entries, in order.
    pub async fn journal(&self, payment: &str) -> Vec<String> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        let entries = journal::page(&mut tx, payment, 0, 1_000).await.expect("the journal");
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// The merchant's open exceptions.
    pub async fn exceptions(&self) -> Vec<Listed> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        exceptions::open_of(&mut tx, &self.merchant, Mode::Test).await.expect("the exceptions")
    }

    /// What the provider account or installation has received.
    pub async fn inbox(&self, owner: &str) -> Vec<inbox::Listed> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        inbox::of_owner(&mut tx, owner).await.expect("the inbox")
    }

    /// How the newest sale stands.
    pub async fn ending(&self) -> Ending {
        let payment = self.payment().await;
        let journal = self.journal(&payment.id).await;
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        let owed = deliveries::of_payment(&mut tx, &payment.id).await.expect("the deliveries");
        drop(tx);
        let deals = self.sandbox.bitrix24.view().deals;
        let mut exceptions: Vec<String> = self.exceptions().await.into_iter().map(|exception| exception.kind).collect();
        exceptions.sort();
        Ending {
            status: payment.status.word(),
            captured_and_surplus: (payment.captured_minor, payment.surplus_minor),
            announced_paid: journal.iter().filter(|kind| *kind == "payment.paid").count(),
            bank_took: self.sandbox.bank.view().sessions.iter().filter(|session| session.status == "paid").count(),
            deals: deals.into_iter().map(|deal| (deal.stage_id, deal.comments.len())).collect(),
            paid_messages: self
                .chat(CUSTOMER)
                .iter()
                .filter(|message| message.by_bot && message.edited && message.buttons.is_empty())
                .count(),
            exceptions,
            undone: owed.iter().filter(|delivery| delivery.state != "done").count(),
        }
    }

    /// Every payment's journal hangs together, ends in the head that the payment names, tells its facts, and is as it was
    /// sealed.
    pub async fn journals_are_whole(&self) {
        let found = self.proof().await;
        assert!(found.is_empty(), "{found:?}");
    }

    /// No secret lies readable in the database, its log, or any other file.
    pub fn nothing_secret_is_at_rest(&self) {
        for (name, bytes) in self.bytes_at_rest() {
            find_canaries(&name, &bytes);
        }
    }
}

/// Panics if a canary is in these bytes, plain or in base64.
pub fn find_canaries(place: &str, bytes: &[u8]) {
    for (name, canary) in CANARIES {
        let coded = STANDARD.encode(canary);
        for form in [canary, coded.trim_end_matches('=')] {
            assert!(!holds(bytes, form), "the {name} is readable in {place}");
        }
    }
}
