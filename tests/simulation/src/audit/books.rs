//! Reading the host's books: everything that is written about each shop's payments.

use crate::world::World;
use kamurj_domain::journal::Entry;
use kamurj_domain::{Fact, Mode};
use kamurj_store::attempts::{self, Stored};
use kamurj_store::deliveries::{self, Delivery};
use kamurj_store::exceptions::{self, Listed};
use kamurj_store::inbox;
use kamurj_store::payments::{self, Payment};
use kamurj_store::{facts, journal};

/// Everything about one payment.
#[derive(Debug)]
pub(super) struct Sale {
    pub(super) payment: Payment,
    pub(super) attempts: Vec<Stored>,
    pub(super) facts: Vec<Fact>,
    pub(super) journal: Vec<Entry>,
    pub(super) deliveries: Vec<Delivery>,
}

/// Everything about one shop.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) shop: usize,
    pub(super) sales: Vec<Sale>,
    pub(super) exceptions: Vec<Listed>,
    /// What came for its account and installations, with the path that it came by.
    pub(super) inbox: Vec<(String, inbox::Listed)>,
}

/// Reads all of it.
pub(super) fn read(world: &World) -> Vec<Books> {
    let life = world.life();
    life.wait_for(async {
        let mut tx = life.app.db.read().await.expect("the database reads");
        let mut all = Vec::new();
        for (index, shop) in world.shops.iter().enumerate() {
            let mut sales = Vec::new();
            for payment in payments::all_of(&mut tx, &shop.merchant, Mode::Test).await.expect("the payments") {
                let id = payment.id.clone();
                sales.push(Sale {
                    payment,
                    attempts: attempts::of_payment(&mut tx, &id).await.expect("the attempts"),
                    facts: facts::of_payment(&mut tx, &id).await.expect("the facts"),
                    journal: journal::page(&mut tx, &id, 0, i64::MAX).await.expect("the journal"),
                    deliveries: deliveries::of_payment(&mut tx, &id).await.expect("the deliveries"),
                });
            }
            let mut inbox = Vec::new();
            let doors =
                [(Some(&shop.account), "webhooks/providers/vpos/", ""), (shop.telegram.as_ref(), "hooks/", "/update")];
            for (owner, before, after) in doors {
                let Some(owner) = owner else { continue };
                let received = inbox::of_owner(&mut tx, owner).await.expect("the inbox");
                inbox.extend(received.into_iter().map(|listed| (format!("{before}{owner}{after}"), listed)));
            }
            let exceptions = exceptions::open_of(&mut tx, &shop.merchant, Mode::Test).await.expect("the exceptions");
            all.push(Books { shop: index, sales, exceptions, inbox });
        }
        all
    })
}
