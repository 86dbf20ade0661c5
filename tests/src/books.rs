//! Everything that is written down about a merchant's payments, to be compared before and after something that must
//! change nothing.

use crate::World;
use kamurj_domain::Mode;
use kamurj_store::{attempts, deliveries, exceptions, facts, journal, payments};

impl World {
    /// The merchant's books in test mode: payments, attempts, facts, journals, deliveries and exceptions, line by line.
    pub async fn books(&self) -> Vec<String> {
        self.books_of(&self.merchant).await
    }

    /// Any merchant's books in test mode.
    pub async fn books_of(&self, merchant: &str) -> Vec<String> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        let mut lines = Vec::new();
        for payment in payments::all_of(&mut tx, merchant, Mode::Test).await.expect("the payments") {
            let id = &payment.id;
            lines.push(format!("{payment:?}"));
            let tried = attempts::of_payment(&mut tx, id).await.expect("the attempts");
            // When the bank last said that its page waits is no money matter, and is said with every look-up.
            let tried = tried.into_iter().map(|stored| attempts::Stored {
                seen_open_at: None,
                provider_asked_at: None,
                ..stored
            });
            lines.extend(tried.map(|attempt| format!("{attempt:?}")));
            let known = facts::of_payment(&mut tx, id).await.expect("the facts");
            lines.extend(known.iter().map(|fact| format!("{fact:?}")));
            let told = journal::page(&mut tx, id, 0, 10_000).await.expect("the journal");
            lines.extend(told.iter().map(|entry| format!("{entry:?}")));
            let owed = deliveries::of_payment(&mut tx, id).await.expect("the deliveries");
            lines.extend(owed.iter().map(|delivery| format!("{delivery:?}")));
        }
        let open = exceptions::open_of(&mut tx, merchant, Mode::Test).await.expect("the exceptions");
        lines.extend(open.iter().map(|exception| format!("{exception:?}")));
        lines
    }
}
