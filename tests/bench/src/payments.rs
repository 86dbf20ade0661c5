//! The row about neighbours: what payments take at a quarter of what the server can do, alone and beside plugins that mean
//! ill. Rounds alternate, so that what else the machine does meets both.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;

use crate::hostile::Hostile;
use crate::load::Sales;
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop};
use crate::times::{Times, as_float, nanos, now};
use crate::{Failed, process};

/// The part of full load at which both are measured.
pub(crate) const PART: f64 = 0.25;
/// How the runtime names its threads.
const THREADS: &str = "kamurj-plugins";
/// Beside hostile plugins, payments may take so much longer: by this factor, or by so many milliseconds.
const FACTOR: f64 = 1.2;
const SLACK_MS: f64 = 5.0;

/// Measures the row.
pub(crate) fn measure(book: &mut Book, server: &Path, quick: bool) -> Result<(), Failed> {
    let (rounds, time) = if quick { (3, Duration::from_secs(3)) } else { (5, Duration::from_secs(6)) };
    say("     payments: set up a shop and its neighbours …");
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let mut shop = Shop::new(server)?;
        let app = shop.app().await?;
        let (merchant, key) = shop::merchant(&app, "Sales").await?;
        shop::bank(&app, &merchant).await?;
        let neighbours = Hostile::installed(&app).await?;
        app.db.close().await;
        drop(app);
        shop.serves().await?;
        let shop = Arc::new(shop);
        let sales = Sales::of(Arc::clone(&shop), key);
        let hostile = Hostile::of(Arc::clone(&shop), neighbours);
        sales.at_full_load(time / 2).await?;
        let full = sales.at_full_load(time).await?;
        book.write(&Row::new("payments", "full load: payment made and page opened", full, "sales/s"))?;
        let rate = full * PART;
        say(&format!("     payments: {rounds} rounds of {} s alone and beside, {} sales/s …", time.as_secs(), sig(rate)));
        let (mut alone, mut beside) = (Times::default(), Times::default());
        let (mut taken, mut lasted, mut each) = (0, 0, Vec::new());
        let (mut p99_alone, mut p99_beside) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            shop.rests().await?;
            alone.add(sales.at_rate(rate, time).await?, 0);
            let loose = hostile.loose(round).await?;
            // Until their threads are full.
            tokio::time::sleep(Duration::from_millis(700)).await;
            let (before, began) = (process::cpu(&shop.pid(), Some(THREADS)), now());
            beside.add(sales.at_rate(rate, time).await?, 0);
            taken += process::cpu(&shop.pid(), Some(THREADS)) - before;
            lasted += nanos(began.elapsed());
            hostile.away(loose).await?;
            p99_alone.push(alone.last_p99() / 1e6);
            p99_beside.push(beside.last_p99() / 1e6);
            each.push(format!("{}/{}", sig(alone.last_p99() / 1e6), sig(beside.last_p99() / 1e6)));
        }
        let nice = process::nice(&shop.pid(), THREADS);
        let note = format!(
            "median {} ms alone, {} ms beside; p99 of each round alone/beside {} ms; plugin threads had {} of a core, nice {nice:?}",
            sig(alone.median() / 1e6),
            sig(beside.median() / 1e6),
            each.join(" "),
            sig(as_float(taken) / as_float(lasted)),
        );
        // The middle one of the rounds: the machine's own hiccup spoils one round, and no more than that.
        let (with, without) = (middle(p99_beside), middle(p99_alone));
        book.write(
            &Row::new("payments", "a sale's p99 (middle of the rounds) beside hostile plugins, at a quarter of full load", with, "ms")
                .beside("alone", without)
                .aiming("≤ 1.2 × or + 5 ms", |ratio| ratio <= FACTOR || with - without <= SLACK_MS)
                .noting(note),
        )
    })
}

/// The middle one of an odd number of figures.
pub(crate) fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
