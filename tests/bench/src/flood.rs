//! The row about strangers at a door: what sales of other merchants take at a quarter of full load, alone and beside a flood of
//! unproven webhooks at one merchant's address. Rounds alternate, so that what else the machine does meets both.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;

use crate::Failed;
use crate::load::Sales;
use crate::payments::{PART, middle};
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop};
use crate::strangers::{Answered, Flood, RATE};
use crate::times::Times;

/// Beside the flood, sales may take so much longer.
const FACTOR: f64 = 2.0;

/// Measures the row.
pub(crate) fn measure(book: &mut Book, server: &Path, quick: bool) -> Result<(), Failed> {
    let (rounds, time) = if quick { (3, Duration::from_secs(4)) } else { (5, Duration::from_secs(10)) };
    say("     flood: set up a shop and its neighbour …");
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let mut shop = Shop::new(server)?;
        let app = shop.app().await?;
        let (merchant, key) = shop::merchant(&app, "Sales").await?;
        shop::bank(&app, &merchant).await?;
        let (flooded, _) = shop::merchant(&app, "Flooded").await?;
        let account = shop::bank(&app, &flooded).await?;
        app.db.close().await;
        drop(app);
        shop.serves().await?;
        let address = shop.url.trim_start_matches("http://").parse()?;
        let shop = Arc::new(shop);
        let sales = Sales::of(Arc::clone(&shop), key);
        sales.at_full_load(time / 2).await?;
        let rate = sales.at_full_load(time / 2).await? * PART;
        say(&format!("     flood: {rounds} rounds of {} s alone and beside, {} sales/s …", time.as_secs(), sig(rate)));
        let (mut alone, mut beside, mut answered) = (Times::default(), Times::default(), Answered::default());
        let (mut p99_alone, mut p99_beside, mut each) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            shop.rests().await?;
            alone.add(sales.at_rate(rate, time).await?, 0);
            let flood = Flood::loose(address, &account);
            let sold = sales.at_rate(rate, time).await;
            answered.add(flood.ends()?);
            beside.add(sold?, 0);
            p99_alone.push(alone.last_p99() / 1e6);
            p99_beside.push(beside.last_p99() / 1e6);
            each.push(format!("{}/{}", sig(alone.last_p99() / 1e6), sig(beside.last_p99() / 1e6)));
        }
        let statuses: Vec<String> =
            answered.by_status.iter().map(|(status, count)| format!("{count} × {status}")).collect();
        let note = format!(
            "{} sales/s; of {} junk messages/s tried {} were answered: {}; median {} ms alone, {} ms beside; p99 of each \
             round alone/beside {} ms; the flood runs on the same cores",
            sig(rate),
            sig(RATE),
            sig(answered.rate()),
            statuses.join(", "),
            sig(alone.median() / 1e6),
            sig(beside.median() / 1e6),
            each.join(" "),
        );
        let what = "a sale's p99 (middle of the rounds) beside a flood of unproven webhooks, at a quarter of full load";
        book.write(
            &Row::new("flood", what, middle(p99_beside), "ms")
                .beside("alone", middle(p99_alone))
                .aiming("≤ 2 ×", |ratio| ratio <= FACTOR)
                .noting(note),
        )
    })
}
