//! Providers and their accounts as the API shows them: names of secrets, never their values.

use crate::api::link_body::TextsBody;
use crate::app::{App, ProviderError};
use crate::problem::{FieldError, Problem};
use kamurj_domain::time;
use kamurj_providers::{Amounts, Capabilities, Checked, Family, OrderNumber, Pushes, RefundQuestions};
use kamurj_store::provider_accounts::ProviderAccount;
use kamurj_store::provider_accounts::changes::{self, Change};
use kamurj_store::{Tx, secrets};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How many of its last changes an account shows.
const SHOWN_CHANGES: i64 = 20;

/// The providers that this version speaks with.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvidersBody {
    /// All of them.
    pub providers: Vec<ProviderBody>,
}

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderBody {
    /// Its word: `vpos`.
    pub provider: String,
    /// Its name for people.
    pub name: String,
    /// Names of the credentials that an account may have.
    pub secrets: Vec<String>,
}

impl From<&Family> for ProviderBody {
    fn from(family: &Family) -> Self {
        Self {
            provider: family.word.to_owned(),
            name: family.name.to_owned(),
            secrets: family.secrets.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// A page of provider accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderAccountsBody {
    /// The oldest first.
    pub provider_accounts: Vec<ProviderAccountBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// An account at a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderAccountBody {
    /// `acc_…`.
    pub id: String,
    /// `test` or `live`.
    #[schema(value_type = String)]
    pub mode: kamurj_domain::Mode,
    /// The provider's word.
    pub provider: String,
    /// What you call it.
    pub label: String,
    /// The provider's settings.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// The credentials that the provider knows, and which of them are set. Their values are never shown.
    pub secrets: Vec<SecretBody>,
    /// What payers read where they choose.
    pub titles: TextsBody,
    /// Whether payers may choose it.
    pub offered: bool,
    /// Whether it is taken where nobody chooses.
    pub default: bool,
    /// RFC 3339, UTC: since when it starts no attempts.
    pub switched_off_at: Option<String>,
    /// The address to give to the bank, where the provider calls us.
    pub webhook_url: Option<String>,
    /// The address to give to a provider that sends all browsers back to one: to others each attempt names its own.
    pub return_url: String,
    /// What it can do; absent where its settings cannot be used.
    pub capabilities: Option<CapabilitiesBody>,
    /// Why its settings cannot be used.
    pub fault: Option<FieldError>,
    /// Its last changes, the newest first.
    pub changes: Vec<AccountChangeBody>,
    /// Grows with every change.
    pub version: i64,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub changed_at: String,
}

/// A credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretBody {
    /// The provider's name for it.
    pub name: String,
    /// Whether it is set.
    pub set: bool,
}

/// A change of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountChangeBody {
    /// The version that it made.
    pub version: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who made it.
    pub actor: String,
    /// `added`, or the fields and the names of secrets that changed.
    pub what: String,
}

/// What an account can do.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each names an ability that a provider has or lacks by itself")]
pub struct CapabilitiesBody {
    /// Whether the provider calls us: `none`, `proven`, or `unproven` (each call is a reason to ask).
    pub push: String,
    /// It answers questions about an order.
    pub lookup: bool,
    /// It asks before it takes money.
    pub asks_first: bool,
    /// The customer's browser posts a form there.
    pub form: bool,
    /// An unanswered start may be repeated.
    pub repeatable_start: bool,
    /// How long its payment page lives at most, in seconds.
    pub session_life_seconds: i64,
    /// It gives money back when asked.
    pub refund: bool,
    /// It also gives back less than was captured.
    pub partial_refund: bool,
    /// What it can be asked about a refund: `by_id`, `by_total` or `none`.
    pub refund_lookup: String,
    /// It ends a session, and takes a fresh payment back.
    pub cancel: bool,
    /// How long after the start it does so, in seconds, where it sets a limit.
    pub cancel_window_seconds: Option<i64>,
    /// How it writes amounts: `minor_units`, `whole_units` or `decimal`.
    pub amounts: String,
    /// What its order numbers are: `text`, `uuid` or `sequence`.
    pub order_numbers: String,
    /// Origins that its payment page leads over.
    pub page_origins: Vec<String>,
}

impl From<Capabilities> for CapabilitiesBody {
    fn from(one: Capabilities) -> Self {
        let push = match one.push {
            Pushes::None => "none",
            Pushes::Proven => "proven",
            Pushes::Unproven => "unproven",
        };
        let refund_lookup = match one.refund_lookup {
            RefundQuestions::ById => "by_id",
            RefundQuestions::ByTotal => "by_total",
            RefundQuestions::None => "none",
        };
        let amounts = match one.amounts {
            Amounts::MinorUnits => "minor_units",
            Amounts::WholeUnits => "whole_units",
            Amounts::Decimal => "decimal",
        };
        let order_numbers = match one.order_number {
            OrderNumber::Text { .. } => "text",
            OrderNumber::Uuid => "uuid",
            OrderNumber::Sequence { .. } => "sequence",
        };
        Self {
            push: push.to_owned(),
            lookup: one.lookup,
            asks_first: one.asks_first,
            form: one.form,
            repeatable_start: one.repeatable_start,
            session_life_seconds: one.session_life_ms / 1000,
            refund: one.refund,
            partial_refund: one.partial_refund,
            refund_lookup: refund_lookup.to_owned(),
            cancel: one.cancel,
            cancel_window_seconds: one.cancel_window_ms.map(|ms| ms / 1000),
            amounts: amounts.to_owned(),
            order_numbers: order_numbers.to_owned(),
            page_origins: one.page_origins,
        }
    }
}

impl ProviderAccountBody {
    /// Shows an account to its owner.
    pub async fn show(app: &App, tx: &mut Tx, account: &ProviderAccount) -> Result<Self, Problem> {
        let kept = secrets::names(tx, &account.id).await?;
        let known = kamurj_providers::family(&account.provider).map_or(&[][..], |family| family.secrets);
        let (capabilities, fault) = match app.provider(tx, account).await {
            Ok(provider) => (Some(provider.capabilities()), None),
            Err(ProviderError::Settings(fault)) => {
                (None, Some(FieldError { pointer: fault.pointer, detail: fault.detail }))
            }
            Err(error) => return Err(error.into()),
        };
        let is_called = capabilities.as_ref().is_some_and(|one| one.push != Pushes::None);
        let place = format!("{}/{}", account.provider, account.id);
        let changes = changes::newest(tx, &account.id, SHOWN_CHANGES).await?;
        Ok(Self {
            id: account.id.clone(),
            mode: account.mode,
            provider: account.provider.clone(),
            label: account.label.clone(),
            settings: serde_json::from_str(&account.settings).unwrap_or_default(),
            secrets: known
                .iter()
                .map(|name| SecretBody { name: (*name).to_owned(), set: kept.iter().any(|kept| kept == name) })
                .collect(),
            titles: (&account.titles).into(),
            offered: account.offered,
            default: account.is_default,
            switched_off_at: account.switched_off_at.map(time::rfc3339),
            webhook_url: is_called.then(|| format!("{}/webhooks/providers/{}", app.public_url, place)),
            return_url: format!("{}/r/{place}", app.public_url),
            capabilities: capabilities.map(Into::into),
            fault,
            changes: changes.into_iter().map(Into::into).collect(),
            version: account.version,
            created_at: time::rfc3339(account.created_at),
            changed_at: time::rfc3339(account.changed_at),
        })
    }
}

impl From<Change> for AccountChangeBody {
    fn from(change: Change) -> Self {
        Self { version: change.version, at: time::rfc3339(change.at), actor: change.actor, what: change.what }
    }
}

/// What came of trying an account out.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedBody {
    /// The account.
    pub account: String,
    /// `works`, `refused` (the account cannot be used as it is set up), `no_answer` (try again), or `unsupported` (the
    /// provider has no harmless question that would show it).
    pub result: String,
    /// What the provider said, or what is wrong, with the field to mend.
    pub detail: String,
    /// RFC 3339, UTC.
    pub checked_at: String,
}

impl CheckedBody {
    /// Tells what came of it at this time, Unix milliseconds.
    pub fn of(account: &str, checked: Checked, now: i64) -> Self {
        let (result, detail) = match checked {
            Checked::Works { detail } => ("works", detail),
            Checked::Refused { detail } => ("refused", detail),
            Checked::NoAnswer { reason } => ("no_answer", reason),
            Checked::Unsupported { detail } => ("unsupported", detail),
        };
        Self { account: account.to_owned(), result: result.to_owned(), detail, checked_at: time::rfc3339(now) }
    }
}
