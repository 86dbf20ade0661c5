//! The row about readers: what the server sells at full load while somebody else's transaction sees an old moment of the
//! database, as a report or a backup does; beside the same without. Rounds alternate.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kamurj_store::{Tx, inbox};
use tokio::runtime;

use crate::Failed;
use crate::load::Sales;
use crate::payments::middle;
use crate::postgres::Database;
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop};

/// Beside the reader, this part of the sales must be left.
const LEFT: f64 = 0.9;
/// Sold before each round and not counted: what the last reader held up is put away meanwhile.
const BETWEEN: Duration = Duration::from_secs(1);

/// Measures the row on SQLite, and on PostgreSQL where the environment names a server.
pub(crate) fn measure(book: &mut Book, server: &Path, quick: bool) -> Result<(), Failed> {
    on(book, "SQLite", Shop::new(server)?, quick)?;
    match std::env::var("KAMURJ_TEST_POSTGRES") {
        Err(_) => {
            say("     reader: KAMURJ_TEST_POSTGRES names no server, so PostgreSQL is left out");
            Ok(())
        }
        Ok(server_url) => {
            let database = Database::make(server_url)?;
            let shop = Shop::told(server, vec![("KAMURJ_DATABASE_URL", database.url()?)])?;
            on(book, "PostgreSQL", shop, quick)
        }
    }
}

fn on(book: &mut Book, engine: &str, mut shop: Shop, quick: bool) -> Result<(), Failed> {
    let (rounds, time) = if quick { (3, Duration::from_secs(4)) } else { (5, Duration::from_secs(15)) };
    say(&format!("     reader: {rounds} rounds of {} s with and without, on {engine} …", time.as_secs()));
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    host.block_on(async {
        let app = shop.app().await?;
        let (merchant, key) = shop::merchant(&app, "Sales").await?;
        shop::bank(&app, &merchant).await?;
        shop.serves().await?;
        let sales = Sales::of(Arc::new(shop), key);
        sales.at_full_load(time / 2).await?;
        let (mut with, mut without, mut each) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            sales.at_full_load(BETWEEN).await?;
            let alone = sales.at_full_load(time).await?;
            let mut reader = app.db.snapshot().await?;
            // The moment that it sees is that of its first statement.
            looks(&mut reader).await?;
            sales.at_full_load(BETWEEN).await?;
            let beside = sales.at_full_load(time).await?;
            looks(&mut reader).await?;
            reader.rollback().await?;
            each.push(format!("{}/{}", sig(alone), sig(beside)));
            without.push(alone);
            with.push(beside);
        }
        app.db.close().await;
        let what = format!("full load beside a reader of an old moment, {engine} (middle of the rounds)");
        let note = format!("sales/s of each round without/with {}", each.join(" "));
        book.write(
            &Row::new("reader", what, middle(with), "sales/s")
                .beside("without", middle(without))
                .aiming("≥ 0.9 ×", |ratio| ratio >= LEFT)
                .noting(note),
        )
    })
}

async fn looks(reader: &mut Tx) -> Result<(), Failed> {
    inbox::is_known(reader, "nobody", "nothing").await?;
    Ok(())
}
