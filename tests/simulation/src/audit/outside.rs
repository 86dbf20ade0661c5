//! What must be true between the host and everybody else: the bank's money is in the books, the books' money is at the bank,
//! the portal and the inbox hold each thing once, nothing secret lies about.

use super::books::{Books, Sale};
use crate::operator::CAP;
use crate::secrets::{logged, readable_in};
use crate::world::World;
use kamurj_domain::attempt::Call;
use kamurj_domain::{FactKind, Status};
use kamurj_server::work::checkpoint;
use kamurj_store::{audit as journal, jobs};
use std::collections::{BTreeMap, BTreeSet};

/// Checks a shop against its bank and its portal.
pub(super) fn check(world: &World, books: &Books, wrong: &mut Vec<String>) {
    let shop = &world.shops[books.shop];
    let sessions = shop.sandbox.bank.view().sessions;
    let numbers: BTreeMap<&str, &Sale> = books
        .sales
        .iter()
        .flat_map(|sale| sale.attempts.iter().map(move |stored| (stored.attempt.number.as_str(), sale)))
        .collect();
    let mut net: BTreeMap<&str, i64> = BTreeMap::new();
    for session in &sessions {
        let holds = match session.status {
            "paid" => session.amount_minor - session.refunded_minor,
            _ => 0,
        };
        match numbers.get(session.merchant_order_id.as_str()) {
            Some(sale) => *net.entry(&sale.payment.id).or_default() += holds,
            None if holds == 0 => {}
            None => wrong.push(format!("LOST: {} took money for an order that nobody knows", session.id)),
        }
    }
    for sale in &books.sales {
        let payment = &sale.payment;
        let at_bank = net.get(payment.id.as_str()).copied().unwrap_or_default();
        let in_books = payment.captured_minor - payment.refunded_minor + payment.surplus_minor;
        // A person is looking at the others, or has looked.
        let untold = sessions.iter().any(|session| {
            world.network.is_untold(&session.checkout_url)
                && sale.attempts.iter().any(|stored| stored.attempt.number == session.merchant_order_id)
        });
        if untold {
            // Its message was lost for ever, and nobody asks about a payment that is settled; the bank's report will tell.
            continue;
        }
        let by_itself = payment.status != Status::ManualReview && payment.exceptions.is_empty() && !is_by_hand(sale);
        let status = payment.status.word();
        if by_itself && at_bank > in_books {
            let id = &payment.id;
            wrong.push(format!("{id}: LOST: the bank holds {at_bank}, the books have {in_books} and call it {status}"));
        }
        if by_itself && at_bank < in_books {
            let id = &payment.id;
            wrong.push(format!(
                "{id}: BROKEN: the books have {in_books} and call it {status}, the bank holds {at_bank}"
            ));
        }
        for stored in &sale.attempts {
            if let Call::Open { reference, .. } = &stored.attempt.call {
                let session = sessions.iter().find(|session| session.id == *reference);
                if session.is_none_or(|session| session.merchant_order_id != stored.attempt.number) {
                    wrong.push(format!("{}: BROKEN: its session is another order's", stored.attempt.id));
                }
            }
        }
    }
    if shop.bitrix24.is_some() {
        portal(world, books, wrong);
    }
}

/// A person has decided something about it.
fn is_by_hand(sale: &Sale) -> bool {
    sale.facts.iter().any(|fact| fact.kind == FactKind::Decided)
}

/// No link has more paid payments than it takes.
pub(super) fn caps(world: &World, books: &[Books], wrong: &mut Vec<String>) {
    let mut paid = vec![0; world.links.len()];
    for buyer in &world.buyers {
        let (Some(link), Some(id)) = (buyer.of_link, &buyer.payment) else { continue };
        let sale = books[buyer.shop].sales.iter().find(|sale| sale.payment.id == *id);
        let takes_a_place = sale.is_some_and(|sale| {
            matches!(sale.payment.status, Status::Paid | Status::PartiallyRefunded) && !is_by_hand(sale)
        });
        paid[link] += usize::from(takes_a_place);
    }
    for (link, paid) in world.links.iter().zip(paid).filter(|(_, paid)| *paid > CAP) {
        wrong.push(format!("{}: DUPLICATED: {paid} payments of a link that takes {CAP}", link.id));
    }
}

/// One deal a payment, each thing said once in it, and the stage that the payment's end has.
fn portal(world: &World, books: &Books, wrong: &mut Vec<String>) {
    let deals = world.shops[books.shop].sandbox.bitrix24.view().deals;
    let mut of: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for deal in &deals {
        of.entry(deal.fields.get("UF_CRM_PAY_ID").and_then(|id| id.as_str()).unwrap_or_default())
            .or_default()
            .push(deal);
    }
    for sale in &books.sales {
        let id = &sale.payment.id;
        let Some(deals) = of.get(id.as_str()) else {
            if sale.deliveries.iter().any(|delivery| delivery.state == "done" && delivery.event == "payment.paid") {
                wrong.push(format!("{id}: LOST: the portal has no deal of it"));
            }
            continue;
        };
        if deals.len() > 1 {
            wrong.push(format!("{id}: DUPLICATED: the portal has {} deals of it", deals.len()));
        }
        let mut markers = BTreeSet::new();
        for comment in deals.iter().flat_map(|deal| &deal.comments) {
            let marker = comment.text.rsplit_once("[pay:").map(|(_, marker)| marker.to_owned());
            if marker.is_some_and(|marker| !markers.insert(marker)) {
                wrong.push(format!("{id}: DUPLICATED: a comment stands in the deal twice: {}", comment.text));
            }
        }
        let stage = match sale.payment.status {
            Status::Paid => "EXECUTING",
            Status::PartiallyRefunded => "UC_PARTREF",
            Status::Refunded => "APOLOGY",
            Status::Expired | Status::Cancelled => "LOSE",
            Status::ManualReview => "UC_REVIEW",
            _ => continue,
        };
        let all_done = sale.deliveries.iter().all(|delivery| delivery.state == "done");
        if all_done && deals.iter().any(|deal| deal.stage_id != stage) {
            wrong.push(format!("{id}: BROKEN: its deal is at {}, not at {stage}", deals[0].stage_id));
        }
    }
}

/// Nobody was told what is not so.
pub(super) fn buyers(world: &World, books: &[Books], wrong: &mut Vec<String>) {
    for (number, buyer) in world.buyers.iter().enumerate() {
        let banks = &world.shops[buyer.shop].sandbox.bank;
        let of = books[buyer.shop].sales.iter().filter(|sale| match &buyer.payment {
            Some(id) => sale.payment.id == *id,
            None => buyer.chat.is_some_and(|chat| {
                sale.payment
                    .particulars
                    .channel
                    .as_ref()
                    .is_some_and(|channel| channel.conversation == chat.to_string())
            }),
        });
        let sales: Vec<&Sale> = of.collect();
        if buyer.payment.is_some() && sales.is_empty() {
            wrong.push(format!("LOST: buyer {number}'s payment was promised and is not in the books"));
        }
        if let Some(_) = buyer.chat
            && sales.len() > buyer.pressed as usize
        {
            wrong.push(format!(
                "DUPLICATED: buyer {number} pressed {} times and has {} payments",
                buyer.pressed,
                sales.len()
            ));
        }
        // A form makes one attempt, however often it is sent.
        let attempts: usize = sales.iter().map(|sale| sale.attempts.len()).sum();
        if attempts > buyer.pressed_keys.len() {
            let forms = buyer.pressed_keys.len();
            wrong.push(format!("DUPLICATED: buyer {number} sent {forms} forms, and they made {attempts} attempts"));
        }
        if buyer.told_paid && !sales.iter().any(|sale| is_by_hand(sale)) {
            let numbers: BTreeSet<&str> =
                sales.iter().flat_map(|sale| &sale.attempts).map(|stored| stored.attempt.number.as_str()).collect();
            let took = banks
                .view()
                .sessions
                .iter()
                .filter(|session| matches!(session.status, "paid" | "reversed" | "charged_back"))
                .any(|session| numbers.contains(session.merchant_order_id.as_str()));
            if !took {
                wrong.push(format!("BROKEN: buyer {number} was told that it is paid, and the bank took nothing"));
            }
        }
    }
}

/// What was acknowledged is in the inbox, once, and somebody has acted upon it.
pub(super) fn messages(world: &World, books: &[Books], wrong: &mut Vec<String>) {
    let acknowledged = world.network.acknowledged();
    let mut kept: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (path, listed) in books.iter().flat_map(|books| &books.inbox) {
        let key = listed.natural_key.strip_prefix("update:").unwrap_or(&listed.natural_key);
        let key = key.split(' ').next().unwrap_or(key);
        *kept.entry((path, key)).or_default() += 1;
        if world.network.is_mixed(key) && listed.state != "quarantined" {
            wrong.push(format!("BROKEN: {key} names what does not belong together, and was taken: {}", listed.note));
        }
        if listed.state == "waiting" {
            wrong.push(format!("LOST: {} was received and nobody acted upon it", listed.id));
        }
    }
    for ((path, key), times) in &acknowledged {
        match kept.get(&(path.as_str(), key.as_str())) {
            Some(1) => {}
            Some(more) => wrong.push(format!("DUPLICATED: message {key}, sent {times} times, was kept {more} times")),
            None => wrong.push(format!("LOST: message {key} to {path} was acknowledged and is not kept")),
        }
    }
}

/// Nothing is due, nothing is held, nothing secret can be read.
pub(super) fn at_rest(world: &World, wrong: &mut Vec<String>) {
    let life = world.life();
    let (due, found) = life.wait_for(async {
        let app = &life.app;
        let mut tx = app.db.read().await.expect("the database reads");
        let due = jobs::next_due(&mut tx).await.expect("the jobs are read");
        drop(tx);
        checkpoint::seal(app).await.expect("the journal is sealed");
        let mut found = Vec::new();
        let mut tell = |finding: &journal::Finding| found.push(format!("BROKEN: {finding}"));
        journal::verify(&app.db, &app.sealer, &[], &mut tell).await.expect("the journal is read");
        (due, found)
    });
    wrong.extend(found);
    if due.is_some() || life.unfinished() > 0 {
        wrong.push(format!("BROKEN: at rest, and {} tasks and jobs due at {due:?} are left", life.unfinished()));
    }
    for entry in std::fs::read_dir(world.folder()).expect("the data directory").flatten() {
        if let Ok(bytes) = std::fs::read(entry.path()) {
            let place = entry.file_name().to_string_lossy().into_owned();
            wrong.extend(readable_in(&bytes).iter().map(|name| format!("LEAKED: the {name} is readable in {place}")));
        }
    }
    wrong.extend(logged().into_iter().map(|line| format!("LEAKED: {line}")));
}
