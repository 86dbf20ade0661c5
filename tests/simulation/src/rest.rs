//! How a world comes to rest: nothing goes wrong any more, everybody finishes what they began, and time moves on to
//! whatever is due next until nothing is.

use crate::floor::Hazards;
use crate::world::World;
use kamurj_domain::Clock as _;
use kamurj_sandbox::bank::BankFaults;
use kamurj_sandbox::bitrix24::Bitrix24Faults;
use kamurj_sandbox::telegram::TelegramFaults;
use kamurj_store::jobs;

/// Rounds that a world takes at most to come to rest.
const ROUNDS: u32 = 60_000;
/// The longest step of time while a service still has something to send.
const STEP: i64 = 60_000;

impl World {
    /// Lets the world come to rest.
    pub(crate) fn comes_to_rest(&mut self) {
        self.floor.set(Hazards::default());
        self.network.calm();
        for shop in &self.shops {
            shop.sandbox.bank.change_faults(|faults| *faults = BankFaults::default());
            shop.sandbox.telegram.change_faults(|faults| *faults = TelegramFaults::default());
            shop.sandbox.bitrix24.change_faults(|faults| *faults = Bitrix24Faults::default());
        }
        for _ in 0..ROUNDS {
            if !self.violations.is_empty() {
                return;
            }
            if self.does_something() {
                continue;
            }
            let Some(next) = self.next_due() else { return };
            let now = self.clock.now();
            self.clock.pass(next.max(now + 1) - now);
        }
        self.violated("the world does not come to rest: something is due again and again".to_owned());
    }

    /// Does what can be done now; answers whether there was anything.
    fn does_something(&mut self) -> bool {
        if let Some(task) = self.floor.parked().first().copied() {
            self.resume(task);
            return true;
        }
        if self.network.waiting() > 0 {
            self.letter_arrives();
            self.belated_call_arrives();
            return true;
        }
        let before = self.done();
        self.works();
        if self.done() != before {
            return true;
        }
        for shop in 0..self.shops.len() {
            self.shops[shop].sandbox.bank.finish_refunds();
            self.bank_speaks(shop);
        }
        self.chat_speaks();
        self.done() != before
    }

    /// How much has been done so far.
    fn done(&self) -> u64 {
        ["jobs done", "webhooks sent"].iter().filter_map(|name| self.counts.get(*name)).sum()
    }

    /// When something is due next; `None`: never.
    fn next_due(&mut self) -> Option<i64> {
        let life = self.life();
        let own = life.wait_for(async {
            let mut tx = life.app.db.read().await.expect("the database reads");
            jobs::next_due(&mut tx).await.expect("the jobs are read")
        });
        let waiting = self.shops.iter().any(|shop| {
            let bank = shop.sandbox.bank.view();
            bank.webhooks.iter().any(|webhook| webhook.next_at.is_some())
                || bank.sessions.iter().any(|session| session.status == "created")
                || shop.sandbox.telegram.view().webhook.pending > 0
        });
        let step = waiting.then(|| self.clock.now() + STEP);
        match (own, step) {
            (Some(own), Some(step)) => Some(own.min(step)),
            (own, step) => own.or(step),
        }
    }
}
