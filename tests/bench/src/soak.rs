//! The row about time: what the server holds in memory while it sells for minutes at half of full load, some of it paid at a bank
//! that misbehaves in turns; its last quarter beside its second, because in the first caches fill.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kamurj_server::app::App;
use kamurj_store::jobs;
use tokio::runtime;
use tokio::time::sleep;

use crate::bank::Bank;
use crate::load::Sales;
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop};
use crate::times::{as_float, now};
use crate::{Failed, process};

/// The part of full load that is sold.
const PART: f64 = 0.5;
/// How many of them a second are paid. Each is looked up once or more, and an account has a budget of five look-ups a second: at more
/// than that they wait their turn long after the last sale.
const PAID: f64 = 2.0;
/// How often the memory is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long the bank keeps to one fault, in looks.
const FAULT_LOOKS: usize = 3;
/// In the last quarter the memory may be so many times that of the second.
const GROWTH: f64 = 1.05;
/// Work that is due for this long, in milliseconds, is left over: the slow poll takes a second.
const LATE_MS: i64 = 5_000;
/// How long work may be left over after the last sale: the reconciler's own pauses, and change.
const PATIENCE: Duration = Duration::from_mins(3);

/// Measures the row.
pub(crate) fn measure(book: &mut Book, server: &Path, minutes: u64) -> Result<(), Failed> {
    let time = Duration::from_secs(minutes * 60);
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let bank = Arc::new(Bank::open().await?);
        let mut shop = Shop::told(server, bank.settings())?;
        let app = shop.app().await?;
        let (merchant, key) = shop::merchant(&app, "Sales").await?;
        bank.takes(&app, &merchant, &shop.url).await?;
        shop.serves().await?;
        let shop = Arc::new(shop);
        let sales = Sales::of(Arc::clone(&shop), key);
        let paying = sales.clone().paid_at(Arc::clone(&bank));
        sales.at_full_load(Duration::from_secs(2)).await?;
        let full = sales.at_full_load(Duration::from_secs(5)).await?;
        let rate = full * PART;
        say(&format!("     soak: {minutes} min at {} sales/s, of {}, and {} paid …", sig(rate), sig(full), sig(PAID)));
        let looking = tokio::spawn(looks(shop.pid(), Arc::clone(&bank), time));
        let (sold, gone) = tokio::try_join!(sales.at_rate(rate, time), paying.at_rate(PAID, time))?;
        let memory = looking.await?;
        bank.behaves();
        let (left, ended) = (due(&app).await?, now());
        while due(&app).await? && ended.elapsed() < PATIENCE {
            sleep(LOOK).await;
        }
        let (stuck, emptied) = (due(&app).await?, ended.elapsed());
        app.db.close().await;
        let quarter = |from: usize| mean(memory.get(memory.len() * from / 4..memory.len() * (from + 1) / 4));
        let note = format!(
            "{} sales, and {} whose buyers went to the bank, of whom {} came to pay, while sessions, look-ups and webhooks failed in \
             turns; {}; highest {} MiB; work was {} overdue at the last sale, and {} {} s later",
            sold.len(),
            gone.len(),
            paying.paid(),
            [0, 1, 2, 3].map(|at| format!("quarter {}: {} MiB", at + 1, sig(quarter(at)))).join(", "),
            sig(memory.iter().copied().fold(0.0, f64::max)),
            if left { "still" } else { "not" },
            if stuck { "is" } else { "none is left" },
            emptied.as_secs(),
        );
        book.write(
            &Row::new("soak", format!("the server's memory in the last quarter of {minutes} min"), quarter(3), "MiB")
                .beside("in the second quarter", quarter(1))
                .aiming("≤ 1.05 ×, no work left over", |ratio| ratio <= GROWTH && !stuck)
                .noting(note),
        )
    })
}

/// Resident memory in MiB every few seconds, while the bank goes from fault to fault.
async fn looks(pid: String, bank: Arc<Bank>, time: Duration) -> Vec<f64> {
    let began = now();
    let mut seen = Vec::new();
    while began.elapsed() < time {
        bank.misbehaves(seen.len() / FAULT_LOOKS);
        sleep(LOOK).await;
        seen.push(as_float(process::memory(&pid).rss) / 1_048_576.0);
    }
    seen
}

/// Whether there is work that should have been done by now.
async fn due(app: &App) -> Result<bool, Failed> {
    let next = jobs::next_due(&mut app.db.read().await?).await?;
    Ok(next.is_some_and(|at| at + LATE_MS <= app.now()))
}

fn mean(figures: Option<&[f64]>) -> f64 {
    let figures = figures.unwrap_or_default();
    figures.iter().sum::<f64>() / as_float(figures.len().max(1) as u64)
}
