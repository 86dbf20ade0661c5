//! Which provider account a payment goes through: the one that the merchant named for it; else the one that the payer
//! chooses among those that are offered; else the default. Accounts that are switched off start nothing.

use crate::app::{App, ProviderError};
use crate::problem::{FieldError, Kind, Problem};
use kamurj_domain::Mode;
use kamurj_domain::format::Language;
use kamurj_pages::{Way, WayTitle};
use kamurj_providers::Capabilities;
use kamurj_store::payments::Payment;
use kamurj_store::provider_accounts::{self, ProviderAccount};
use kamurj_store::{Error, Tx};

/// Whose accounts: the merchant and the mode.
pub(crate) type Owner<'o> = (&'o str, Mode);

/// The accounts that a page offers, and where they lead.
pub(crate) struct Ways {
    accounts: Vec<ProviderAccount>,
    /// Origins that the page's forms may lead to.
    pub(crate) origins: Vec<String>,
}

impl Ways {
    /// The ways to pay at this merchant. `named`: the account that the merchant named. An account that cannot be used is
    /// left out, unless it is the only one.
    pub(crate) async fn of(app: &App, tx: &mut Tx, owner: Owner<'_>, named: Option<&str>) -> Result<Self, Problem> {
        let mut ways = Self { accounts: Vec::new(), origins: Vec::new() };
        let mut fault = None;
        for account in open_to_payers(tx, owner, named).await? {
            match app.provider(tx, &account).await {
                Ok(provider) => {
                    ways.leads_to(provider.capabilities().page_origins);
                    ways.accounts.push(account);
                }
                Err(ProviderError::Settings(error)) => {
                    tracing::error!(account.id, %error, "a provider account cannot be used");
                    fault = Some(ProviderError::Settings(error));
                }
                Err(error) => return Err(error.into()),
            }
        }
        match fault {
            Some(fault) if ways.accounts.is_empty() => Err(fault.into()),
            _ => Ok(ways),
        }
    }

    /// None: for whoever only asks how an attempt goes on.
    pub(crate) fn none() -> Self {
        Self { accounts: Vec::new(), origins: Vec::new() }
    }

    /// Lets the page also lead where an attempt on this account goes on, and answers what that account can do. `None`: it
    /// cannot be used now.
    pub(crate) async fn goes_on(&mut self, app: &App, tx: &mut Tx, id: &str) -> Result<Option<Capabilities>, Problem> {
        let Some(account) = provider_accounts::account(tx, id).await? else { return Ok(None) };
        let capabilities = match app.provider(tx, &account).await {
            Ok(provider) => provider.capabilities(),
            Err(ProviderError::Settings(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.leads_to(capabilities.page_origins.clone());
        Ok(Some(capabilities))
    }

    fn leads_to(&mut self, origins: Vec<String>) {
        for origin in origins {
            if !self.origins.contains(&origin) {
                self.origins.push(origin);
            }
        }
    }

    /// What the payer chooses among; the first is chosen already. Nothing where there is no choice.
    pub(crate) fn choices(&self, language: Language) -> Vec<Way> {
        if self.accounts.len() < 2 {
            return Vec::new();
        }
        let way = |(place, account): (usize, &ProviderAccount)| Way {
            account: account.id.clone(),
            title: title(account, language),
            chosen: place == 0,
        };
        self.accounts.iter().enumerate().map(way).collect()
    }

    /// The providers, as the page names them.
    pub(crate) fn names(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for account in &self.accounts {
            let name = name(&account.provider);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }

    /// Whether all of them take cards: wallets ask for no card details.
    pub(crate) fn by_card(&self) -> bool {
        !self.accounts.iter().any(|account| is_wallet(&account.provider))
    }
}

/// The merchant's own title; else what payers know the provider by.
fn title(account: &ProviderAccount, language: Language) -> WayTitle {
    if let Some(title) = account.titles.said_in(language) {
        return WayTitle::Text(title.to_owned());
    }
    if is_wallet(&account.provider) { WayTitle::Text(name(&account.provider).to_owned()) } else { WayTitle::Card }
}

/// A provider's name for people, by its word.
pub(super) fn name(provider: &str) -> &str {
    kamurj_providers::family(provider).map_or(provider, |family| family.name)
}

/// Whether it is a wallet, which asks for no card and is known to payers by its own name.
pub(super) fn is_wallet(provider: &str) -> bool {
    matches!(provider, "idram" | "telcell" | "fastshift")
}

/// The accounts through which a payment may start an attempt now, the one that is taken where nobody chooses first.
async fn open_to_payers(
    tx: &mut Tx,
    (merchant, mode): Owner<'_>,
    named: Option<&str>,
) -> Result<Vec<ProviderAccount>, Error> {
    let mut on = provider_accounts::in_force(tx, merchant, mode).await?;
    if let Some(named) = named {
        on.retain(|account| account.id == named);
        return Ok(on);
    }
    if on.iter().any(|account| account.offered) {
        on.retain(|account| account.offered);
    } else {
        on.truncate(1);
    }
    Ok(on)
}

/// The account of a new attempt for this payment. `wanted`: the id that the payer chose. `None`: that is not offered.
pub(crate) async fn choose(
    tx: &mut Tx,
    payment: &Payment,
    wanted: Option<&str>,
) -> Result<Option<ProviderAccount>, Problem> {
    let owner = (payment.merchant_id.as_str(), payment.mode);
    let open = open_to_payers(tx, owner, payment.provider_account.as_deref()).await?;
    if open.is_empty() {
        let detail = match payment.provider_account {
            Some(_) => "the provider account of this payment is switched off",
            None => "the merchant has no provider account in this mode",
        };
        return Err(Problem::new(Kind::Unavailable, detail));
    }
    Ok(match wanted.filter(|wanted| !wanted.is_empty()) {
        Some(wanted) => open.into_iter().find(|account| account.id == wanted),
        None => open.into_iter().next(),
    })
}

/// The account that a merchant names in `provider`: by its id, or by the provider's word, which stands for the default or
/// else the oldest of its accounts there.
pub(crate) async fn named(
    tx: &mut Tx,
    (merchant, mode): Owner<'_>,
    name: Option<&str>,
) -> Result<Result<Option<String>, FieldError>, Error> {
    let Some(name) = name else { return Ok(Ok(None)) };
    let fault = |detail: String| Ok(Err(FieldError { pointer: "/provider".to_owned(), detail }));
    let all = provider_accounts::all_of(tx, merchant, mode).await?;
    if name.starts_with("acc_") {
        return match all.into_iter().find(|account| account.id == name) {
            Some(account) if account.is_on() => Ok(Ok(Some(account.id))),
            Some(_) => fault(format!("the provider account {name} is switched off")),
            None => fault("no provider account of yours has this id in this mode".to_owned()),
        };
    }
    if let Err(unknown) = kamurj_providers::family(name) {
        return fault(unknown.detail);
    }
    match all.into_iter().find(|account| account.provider == name && account.is_on()) {
        Some(account) => Ok(Ok(Some(account.id))),
        None => fault(format!("you have no account of `{name}` in this mode that is switched on")),
    }
}
