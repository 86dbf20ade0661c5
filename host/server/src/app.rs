//! Everything that a request or a job works with, put together once at the start. Production and tests differ only in what
//! they hand in here.

use crate::accounts;
use crate::api::idempotency::InFlight;
use crate::branding::Studio;
use crate::doors::strangers::Strangers;
use crate::front::{Front, limits};
use crate::keys::Keys;
use crate::lifecycle::keeping::Keeping;
use crate::milestones::{Milestone, Milestones};
use crate::nodes::Nodes;
use crate::reconciling::uploads::Waiting;
use crate::seal::{Purpose, Sealer};
use crate::shelf::Shelf;
use crate::work::backlog::Backlog;
use crate::work::calls::Books;
use crate::work::checkpoint::Sealing;
use crate::work::opens::Looking;
use crate::work::records::Records;
use crate::work::turns::Turns;
use crate::work::watch::Watching;
use kamurj_console::Console;
use kamurj_domain::{Clock, Ids};
use kamurj_egress::Egress;
use kamurj_pages::Pages;
use kamurj_plugins::Runtime;
use kamurj_providers::{Line, Provider, Secrets};
use kamurj_store::merchants::ProviderAccount;
use kamurj_store::payments::Payment;
use kamurj_store::road::Road;
use kamurj_store::{Db, Error, Tx};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use url::Url;

/// The running application.
pub struct App {
    /// What is kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids and tokens.
    pub ids: Ids,
    /// Seals and opens.
    pub sealer: Sealer,
    /// The master keys, and when the ring is looked at.
    pub keys: Keys,
    /// The one way out.
    pub egress: Egress,
    /// Which calls to providers are admitted, and what was said.
    pub books: Arc<Books>,
    /// Runs plugins.
    pub runtime: Runtime,
    /// The customer's pages.
    pub pages: Pages,
    /// The operators' pages.
    pub console: Arc<Console>,
    /// What stands in front of the customer's pages.
    pub front: Front,
    /// Where pictures are worked on.
    pub studio: Studio,
    /// The address under which customers reach us, without a slash at its end.
    pub public_url: String,
    /// The components.
    pub shelf: Shelf,
    /// Where uploaded components wait until they are judged.
    pub uploads: PathBuf,
    /// When the journal is sealed, and where its anchor is kept.
    pub sealing: Sealing,
    /// Who looked at links since they were last written down.
    pub looking: Looking,
    /// How long records of runs are kept, and how fast logs may grow.
    pub records: Records,
    /// When files of banks that waited in vain are removed.
    pub waiting: Waiting,
    /// Whether older payments have their movements.
    pub backlog: Backlog,
    /// When bytes that nobody needs are removed.
    pub keeping: Keeping,
    /// Who has sent what is not proven.
    pub strangers: Strangers,
    /// Who has the page of an unfinished payment open.
    pub watching: Watching,
    /// Whose work comes next, and how often providers may be asked.
    pub turns: Arc<Turns>,
    /// How long a worker may hold a job, in milliseconds.
    pub lease_ms: i64,
    /// Told of every named point.
    pub milestones: Arc<dyn Milestones>,
    /// The idempotency keys that are being worked on.
    pub in_flight: InFlight,
    /// Rung when work may be due.
    pub wake: Notify,
    /// The other servers on this database.
    pub nodes: Nodes,
    /// How long a browser that comes back from the bank is kept waiting for the bank's answer.
    pub patience: Duration,
    /// How long one request of a plugin waits for the budget of its remote.
    pub remote_patience: Duration,
}

impl App {
    /// Now, Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A step on the road, taken now and caused by this actor.
    pub fn road(&self, actor: impl Into<String>) -> Road {
        Road { ids: self.ids.clone(), now: self.now(), actor: actor.into() }
    }

    /// Commits a unit of work of the road, rings for the work that it left, and tells who waits for its payments.
    pub async fn commit(&self, mut tx: Tx) -> Result<(), Error> {
        limits::judge(self, &mut tx).await?;
        self.milestones.reached(Milestone::BeforeCommit).await;
        let changed = tx.changed().to_vec();
        tx.commit().await?;
        self.milestones.reached(Milestone::AfterCommit).await;
        self.ring();
        for payment_id in &changed {
            self.nodes.tell(payment_id);
        }
        Ok(())
    }

    /// Rings for the hands of this node and of the others: work may be due.
    pub fn ring(&self) {
        self.wake.notify_one();
        self.nodes.ring();
    }

    /// The address under which this merchant's customers reach us, without a slash at its end: scheme and port are those of
    /// the public one.
    pub fn site(&self, merchant_id: &str) -> String {
        let own = self.front.hosts.of(merchant_id).and_then(|host| {
            let mut url = Url::parse(&self.public_url).ok()?;
            url.set_host(Some(&host)).ok()?;
            Some(url.as_str().trim_end_matches('/').to_owned())
        });
        own.unwrap_or_else(|| self.public_url.clone())
    }

    /// The address under which operators reach us, without a slash at its end.
    pub fn operators_url(&self) -> &str {
        self.front.settings.console_url.as_deref().unwrap_or(&self.public_url)
    }

    /// The page of a payment, with its token opened.
    pub fn checkout_url(&self, payment: &Payment) -> Result<String, crate::seal::Unsealable> {
        let token = self.sealer.open_text(&link_place(&payment.id), &payment.token_sealed)?;
        Ok(format!("{}/p/{}", self.site(&payment.merchant_id), token.as_str()))
    }

    /// The adapter of a provider account, with its credentials.
    pub async fn provider(&self, tx: &mut Tx, account: &ProviderAccount) -> Result<Box<dyn Provider>, ProviderError> {
        self.provider_about(tx, account, None).await
    }

    /// The adapter of a provider account, for calls about this attempt.
    pub async fn provider_about(
        &self,
        tx: &mut Tx,
        account: &ProviderAccount,
        attempt: Option<&str>,
    ) -> Result<Box<dyn Provider>, ProviderError> {
        let secrets = Secrets::new(accounts::secrets_of(self, tx, account).await?);
        let line = Line::new(self.egress.clone(), self.books.of(&account.id, attempt));
        Ok(kamurj_providers::adapter(&account.provider, &account.settings, &secrets, line)?)
    }

    /// The keyed hash under which a link's token is found.
    pub fn link_hash(&self, token: &str) -> String {
        self.sealer.hash_text(Purpose::LinkToken, token)
    }

    /// The keyed hash under which a return token is found.
    pub fn return_hash(&self, token: &str) -> String {
        self.sealer.hash_text(Purpose::ReturnToken, token)
    }
}

/// Why an account's adapter cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// A credential does not open.
    #[error(transparent)]
    Sealed(#[from] crate::seal::Unsealable),
    /// The settings cannot work.
    #[error("the provider account's settings: {0}")]
    Settings(#[from] kamurj_providers::SettingsError),
}

impl From<ProviderError> for crate::problem::Problem {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Store(error) => error.into(),
            ProviderError::Sealed(error) => error.into(),
            ProviderError::Settings(error) => {
                tracing::error!(%error, "a provider account cannot be used");
                Self::new(crate::problem::Kind::Unavailable, "The provider account is not set up rightly.")
            }
        }
    }
}

/// Where a link's token is sealed to.
pub fn link_place(payment_id: &str) -> String {
    format!("link/{payment_id}")
}

/// Where a return token is sealed to.
pub fn return_place(attempt_id: &str) -> String {
    format!("return/{attempt_id}")
}

/// Where the body of an inbound message is sealed to.
pub fn inbox_place(message_id: &str) -> String {
    format!("inbox/{message_id}")
}

/// Where what a run was given is sealed to.
pub fn given_place(owner_id: &str, run: i64) -> String {
    format!("given/{owner_id}/{run}")
}

/// Where a secret is sealed to.
pub fn secret_place(owner_id: &str, name: &str) -> String {
    format!("secret/{owner_id}/{name}")
}
