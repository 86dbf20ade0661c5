//! The row about installations that rest: what a thousand and ten thousand merchants with the same plugin cost the server in
//! memory; beside one link of the component held for each.

use std::path::Path;
use std::sync::Arc;

use kamurj_domain::{Ids, Mode};
use kamurj_server::app::{App, secret_place};
use kamurj_store::installations::{self, versions};
use kamurj_store::merchants::{self, Merchant};
use kamurj_store::secrets;
use serde_json::json;
use tokio::runtime;
use tokio::task::JoinSet;

use crate::Failed;
use crate::bare::Bare;
use crate::process::{self, Memory};
use crate::row::{Book, Row, say, sig};
use crate::shop::{self, Shop, TOKEN};
use crate::times::as_float;

/// Callers at once.
const CALLERS: usize = 8;

/// Measures the row.
pub(crate) fn measure(book: &mut Book, component: &[u8], server: &Path, quick: bool) -> Result<(), Failed> {
    let called = if quick { 200 } else { 1_000 };
    say(&format!("     memory: 1 000 and 10 000 installations, {called} calls between two looks …"));
    let host = runtime::Builder::new_multi_thread().enable_all().build()?;
    // Of many, and once: what one takes drowns in what the allocator has lying about.
    let baseline = held(&Bare::new(component)?, 10_000)?;
    host.block_on(async {
        let mut shop = Shop::new(server)?;
        let app = shop.app().await?;
        let (merchant, _) = shop::merchant(&app, "Shop 0").await?;
        let first = shop::installed(&app, &merchant, component.to_vec(), json!({})).await?.id;
        shop.serves().await?;
        let shop = Arc::new(shop);
        let mut all = vec![first.clone()];
        // As many calls before the first look as before each other, so that caches and pools are warm in all of them.
        let one = looked_at(&shop, &vec![first.clone(); called], 0).await?;
        for (at, count) in [1_000_usize, 10_000].into_iter().enumerate() {
            let more = further(&app, &first, count - all.len()).await?;
            all.extend(more);
            let step = (all.len() / called).max(1);
            let chosen: Vec<String> = all.iter().skip(at).step_by(step).take(called).cloned().collect();
            let many = looked_at(&shop, &chosen, at + 1).await?;
            let each = |more: u64, less: u64| (as_float(more) - as_float(less)) / as_float(count as u64 - 1);
            let row = Row::new(
                "memory",
                format!("idle installation, {count} of one plugin"),
                each(many.rss, one.rss),
                "bytes",
            );
            let mib = |bytes: u64| sig(as_float(bytes) / 1_048_576.0);
            let note = format!(
                "server {} MiB with one, {} MiB with {count}; written by it alone {} and {} MiB; {} of them called",
                mib(one.rss),
                mib(many.rss),
                mib(one.private_dirty),
                mib(many.private_dirty),
                chosen.len(),
            );
            book.write(&row.beside("a bare InstancePre held for each", baseline).noting(note))?;
        }
        app.db.close().await;
        Ok(())
    })
}

/// Sends each of these a message, waits until all is done and quiet, and looks.
async fn looked_at(shop: &Arc<Shop>, installations: &[String], round: usize) -> Result<Memory, Failed> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let mine: Vec<String> = installations.iter().skip(caller).step_by(CALLERS).cloned().collect();
        let shop = Arc::clone(shop);
        callers.spawn(async move {
            for (number, installation) in mine.iter().enumerate() {
                shop.knocks(installation, "echo", json!({ "round": round, "caller": caller, "number": number }))
                    .await?;
            }
            Ok::<(), Failed>(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    shop.rests().await?;
    Ok(process::memory(&shop.pid()))
}

/// Copies of an installation, each for a merchant of its own: their ids. Written at once, as a thousand uploads would take
/// minutes and leave the same rows.
async fn further(app: &App, first: &str, count: usize) -> Result<Vec<String>, Failed> {
    let ids: &Ids = &app.ids;
    let mut tx = app.db.write().await?;
    let known = installations::by_id(&mut tx, first).await?.ok_or("the first installation is gone")?;
    let version = versions::by_number(&mut tx, first, known.version).await?.ok_or("its version is gone")?;
    let mut made = Vec::with_capacity(count);
    for _ in 0..count {
        let merchant = Merchant {
            id: ids.new_id("mer"),
            name: "Shop".to_owned(),
            handle: None,
            contact: None,
            colour: None,
            locale: "hy".to_owned(),
        };
        merchants::insert(&mut tx, &merchant, app.now()).await?;
        let mut row = known.clone();
        row.id = ids.new_id("ins");
        (row.merchant_id, row.mode) = (merchant.id, Mode::Test);
        let mut of_it = version.clone();
        of_it.installation_id.clone_from(&row.id);
        installations::put(&mut tx, &row, app.now()).await?;
        versions::put(&mut tx, &of_it).await?;
        let sealed = app.sealer.seal(&secret_place(&row.id, "token"), TOKEN.as_bytes());
        secrets::put(&mut tx, &row.id, "token", &sealed).await?;
        made.push(row.id);
    }
    tx.commit().await?;
    Ok(made)
}

/// Bytes of memory that one held link of the component takes.
fn held(bare: &Bare, count: usize) -> Result<f64, Failed> {
    let before = process::memory(process::SELF).rss;
    let links = bare.held(count)?;
    let after = process::memory(process::SELF).rss;
    Ok((as_float(after) - as_float(before)) / as_float(links.len() as u64))
}
