//! Shops that sell: payments made by the API and their pages opened, and paid at a bank where there is one, as fast as it goes
//! or at a fixed rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep_until};

use crate::Failed;
use crate::bank::Bank;
use crate::shop::Shop;
use crate::times::{as_float, nanos, now};

/// Buyers at once in the closed loop.
const BUYERS: usize = 8;

/// Who sells.
#[derive(Clone)]
pub(crate) struct Sales {
    shop: Arc<Shop>,
    key: String,
    bank: Option<Arc<Bank>>,
    orders: Arc<AtomicU64>,
    /// How many came back from the bank.
    paid: Arc<AtomicU64>,
}

/// A payment that was made.
pub(crate) struct Made {
    pub(crate) id: String,
    /// The address of its page.
    pub(crate) page: String,
}

impl Sales {
    pub(crate) fn of(shop: Arc<Shop>, key: String) -> Self {
        Self { shop, key, bank: None, orders: Arc::default(), paid: Arc::default() }
    }

    /// Sales that are paid at this bank. The shop must believe what proxies on this machine say of where a request comes from:
    /// each buyer has an address, because one that pays this often is stopped.
    pub(crate) fn paid_at(self, bank: Arc<Bank>) -> Self {
        Self { bank: Some(bank), ..self }
    }

    /// How many buyers have paid and come back so far.
    pub(crate) fn paid(&self) -> u64 {
        self.paid.load(Ordering::Relaxed)
    }

    /// Makes a payment.
    pub(crate) async fn makes(&self, order: u64) -> Result<Made, Failed> {
        let body = json!({
            "order_id": format!("B-{order}"),
            "amount": { "value": "12500", "currency": "AMD" },
            "description": "Մեղրով տորթ",
        });
        let made = self.shop.asks(&self.key, Method::POST, "/v1/payments", &body).await?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).ok_or("a payment has no id or no page");
        Ok(Made { id: text("id")?, page: text("checkout_url")? })
    }

    /// One sale: the payment is made, its page opened, and the buyer goes to the bank, where there is one.
    pub(crate) async fn sell(&self) -> Result<Made, Failed> {
        let order = self.orders.fetch_add(1, Ordering::Relaxed);
        let made = self.makes(order).await?;
        let answer = self.shop.http.get(&made.page).send().await?;
        let status = answer.status();
        let html = answer.text().await?;
        if !status.is_success() || !html.contains("12") {
            return Err(format!("the page answered {status}").into());
        }
        if let Some(bank) = &self.bank {
            self.pay(bank, &html, order).await?;
        }
        Ok(made)
    }

    /// Presses the button, pays and comes back. Where the bank opens no session the buyer goes away.
    async fn pay(&self, bank: &Bank, html: &str, order: u64) -> Result<(), Failed> {
        let [.., two, three, four] = order.to_be_bytes();
        let from = format!("10.{two}.{three}.{four}");
        let (action, key) = form(html).ok_or("the page has no button")?;
        let press = self.shop.http.post(format!("{}{action}", self.shop.url)).form(&[("form_key", key)]);
        let pressed = press.header("x-forwarded-for", &from).send().await?;
        let leads_to = pressed.headers().get(LOCATION).and_then(|address| address.to_str().ok());
        if let Some(back) = leads_to.and_then(|page| bank.is_paid(page)) {
            self.shop.http.get(back).header("x-forwarded-for", &from).send().await?.bytes().await?;
            self.paid.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// As many as the server gets through, from so many buyers at once: sales a second.
    pub(crate) async fn at_full_load(&self, time: Duration) -> Result<f64, Failed> {
        let began = now();
        let mut buyers = JoinSet::new();
        for _ in 0..BUYERS {
            let sales = self.clone();
            buyers.spawn(async move {
                let mut count = 0_u64;
                while began.elapsed() < time {
                    sales.sell().await?;
                    count += 1;
                }
                Ok::<u64, Failed>(count)
            });
        }
        let mut count = 0;
        while let Some(ended) = buyers.join_next().await {
            count += ended??;
        }
        Ok(as_float(count) / began.elapsed().as_secs_f64())
    }

    /// So many a second, as `at_rate` does: their times in nanoseconds.
    pub(crate) async fn at_rate(&self, rate: f64, time: Duration) -> Result<Vec<u64>, Failed> {
        at_rate(rate, time, || {
            let sales = self.clone();
            async move { sales.sell().await.map(|_| true) }
        })
        .await
    }
}

/// So many a second, each at its own time whatever became of those before it: the times of those that went well in nanoseconds,
/// counted from when each was due, so that a server that stands still is seen by everybody who came meanwhile.
pub(crate) async fn at_rate<W>(rate: f64, time: Duration, mut work: impl FnMut() -> W) -> Result<Vec<u64>, Failed>
where
    W: Future<Output = Result<bool, Failed>> + Send + 'static,
{
    let began = Moment::now();
    let mut due = Duration::ZERO;
    let mut all = JoinSet::new();
    while due < time {
        let at = began + due;
        sleep_until(at).await;
        let one = work();
        all.spawn(async move { Ok::<Option<u64>, Failed>(one.await?.then(|| nanos(at.elapsed()))) });
        due += Duration::from_secs_f64(1.0 / rate);
    }
    let mut times = Vec::with_capacity(all.len());
    while let Some(ended) = all.join_next().await {
        times.extend(ended??);
    }
    Ok(times)
}

/// Where the form that pays goes, and its key.
fn form(html: &str) -> Option<(String, String)> {
    let form = html.split_once("<form")?.1.split_once("</form>")?.0;
    let key = form.split_once("name=\"form_key\"")?.1;
    Some((attribute(form, "action=\"")?, attribute(key, "value=\"")?))
}

/// The pages escape slashes; nothing else that is escaped stands in an address or a key.
fn attribute(text: &str, name: &str) -> Option<String> {
    Some(text.split_once(name)?.1.split_once('"')?.0.replace("&#x2f;", "/"))
}
