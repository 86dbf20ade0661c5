//! The rows about a cold start: how long a server with a full database takes until it is ready and until it has shown the first
//! page, beside one with an empty database. What the operating system holds of the file stays where it is.

use std::path::Path;
use std::sync::Arc;

use kamurj_store::db::{Line, sql};
use reqwest::Method;
use serde_json::Value;
use tokio::runtime;

use crate::bank::Bank;
use crate::load::{Made, Sales};
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop};
use crate::times::{Times, nanos, now};
use crate::{Failed, copies};

/// The server may take so long until it has shown a page, in milliseconds.
const START_MS: f64 = 2_000.0;
/// Of so many payments one is open; the others are paid.
const OPEN_OF: u64 = 100;
const STARTS: u64 = 5;

const COUNT: &str = "SELECT CAST(COUNT(*) AS TEXT) AS line FROM payments";

/// Measures the rows.
pub(crate) fn measure(book: &mut Book, server: &Path, quick: bool) -> Result<(), Failed> {
    let count: u64 = if quick { 100_000 } else { 1_000_000 };
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let bank = Arc::new(Bank::open().await?);
        let mut shop = Shop::told(server, bank.settings())?;
        let app = shop.app().await?;
        let (merchant, key) = shop::merchant(&app, "Sales").await?;
        bank.takes(&app, &merchant, &shop.url).await?;
        app.db.close().await;
        drop(app);
        say(&format!("     cold: {STARTS} starts with two payments …"));
        shop.serves().await?;
        let (sold, mut shop) = first_two(shop, key, &bank).await?;
        let [paid, open] = &sold;
        let empty = starts(&mut shop, &open.page).await?;
        say(&format!("     cold: write {count} payments …"));
        let (app, began) = (shop.app().await?, now());
        let still_open = count / OPEN_OF;
        copies::make(&app.db, &paid.id, 3, count - still_open).await?;
        copies::make(&app.db, &open.id, count - still_open + 1, count).await?;
        let counted: Option<Line> = sql(COUNT).optional(&mut app.db.read().await?).await?;
        app.db.close().await;
        drop(app);
        if counted.is_none_or(|counted| counted.line != count.to_string()) {
            return Err("not all payments were written".into());
        }
        say(&format!("     cold: written in {} s; {STARTS} starts …", began.elapsed().as_secs()));
        let full = starts(&mut shop, &open.page).await?;
        let note = |what: &Start| {
            format!(
                "the middle of {STARTS} starts, the slowest {} ms; 1 of {OPEN_OF} payments is open, the others were paid; {} MiB \
                 of database, of which the operating system holds what it likes; readiness is asked every 5 ms",
                sig(what.1),
                sig(shop.database_mib()),
            )
        };
        let [with, without] = [full, empty].map(|starts| starts.map(|times| (times.median() / 1e6, times.p99() / 1e6)));
        for (what, full, empty) in [
            ("from the start until it is ready", with[0], without[0]),
            ("from the start until the first page was shown", with[1], without[1]),
        ] {
            book.write(
                &Row::new("cold", format!("{what}, {count} payments"), full.0, "ms")
                    .beside("two payments", empty.0)
                    .aimed("< 2 s", full.0 < START_MS)
                    .noting(note(&full)),
            )?;
        }
        Ok(())
    })
}

/// The middle one and the slowest, in milliseconds.
type Start = (f64, f64);

/// One payment that was paid and one that is open, and the shop, which has stopped.
async fn first_two(shop: Shop, key: String, bank: &Arc<Bank>) -> Result<([Made; 2], Shop), Failed> {
    let shop = Arc::new(shop);
    let sales = Sales::of(Arc::clone(&shop), key.clone()).paid_at(Arc::clone(bank));
    let paid = sales.sell().await?;
    let path = format!("/v1/payments/{}", paid.id);
    shop.until("the payment is paid", async || {
        let seen = shop.asks(&key, Method::GET, &path, &Value::Null).await?;
        Ok((seen["status"] == "paid").then_some(()))
    })
    .await?;
    let open = sales.makes(u64::MAX).await?;
    shop.rests().await?;
    drop(sales);
    let mut shop = Arc::into_inner(shop).ok_or("somebody still has the shop")?;
    shop.stops();
    Ok(([paid, open], shop))
}

/// Starts the server again and again; answers the times until it was ready, and until it had shown this page.
async fn starts(shop: &mut Shop, page: &str) -> Result<[Times; 2], Failed> {
    let mut times = [Times::default(), Times::default()];
    for _ in 0..STARTS {
        let began = now();
        shop.serves().await?;
        let ready = nanos(began.elapsed());
        let answer = shop.http.get(page).send().await?.error_for_status()?;
        answer.bytes().await?;
        let shown = nanos(began.elapsed());
        shop.stops();
        for (times, took) in times.iter_mut().zip([ready, shown]) {
            times.add(vec![took], 0);
        }
    }
    Ok(times)
}
