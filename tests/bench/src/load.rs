//! Shops that sell: payments made by the API and their pages opened, as fast as it goes or at a fixed rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep_until};

use crate::Failed;
use crate::shop::Shop;
use crate::times::{as_float, nanos, now};

/// Buyers at once in the closed loop.
const BUYERS: usize = 8;

/// Who sells.
#[derive(Clone)]
pub(crate) struct Sales {
    shop: Arc<Shop>,
    key: String,
    orders: Arc<AtomicU64>,
}

impl Sales {
    pub(crate) fn of(shop: Arc<Shop>, key: String) -> Self {
        Self { shop, key, orders: Arc::default() }
    }

    /// One sale: the payment is made and its page opened.
    async fn sell(&self) -> Result<(), Failed> {
        let order = self.orders.fetch_add(1, Ordering::Relaxed);
        let body = json!({
            "order_id": format!("B-{order}"),
            "amount": { "value": "12500", "currency": "AMD" },
            "description": "Մեղրով տորթ",
        });
        let made = self.shop.asks(&self.key, Method::POST, "/v1/payments", &body).await?;
        let page = made["checkout_url"].as_str().ok_or("a payment has no page")?;
        let answer = self.shop.http.get(page).send().await?;
        let status = answer.status();
        let html = answer.text().await?;
        if status.is_success() && html.contains("12") {
            Ok(())
        } else {
            Err(format!("the page answered {status}").into())
        }
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

    /// So many a second, each at its own time whatever became of those before it: their times in nanoseconds, counted from
    /// when each was due, so that a server that stands still is seen by everybody who came meanwhile.
    pub(crate) async fn at_rate(&self, rate: f64, time: Duration) -> Result<Vec<u64>, Failed> {
        let began = Moment::now();
        let mut due = Duration::ZERO;
        let mut buyers = JoinSet::new();
        while due < time {
            let at = began + due;
            sleep_until(at).await;
            let sales = self.clone();
            buyers.spawn(async move {
                sales.sell().await?;
                Ok::<u64, Failed>(nanos(at.elapsed()))
            });
            due += Duration::from_secs_f64(1.0 / rate);
        }
        let mut times = Vec::with_capacity(buyers.len());
        while let Some(ended) = buyers.join_next().await {
            times.push(ended??);
        }
        Ok(times)
    }
}
