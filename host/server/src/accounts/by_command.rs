//! Provider accounts by the command line: whole settings and secrets from a file, for an account that need not be named while
//! it is the only one at its provider.

use super::{Changes, NewAccount, add, change};
use crate::app::App;
use crate::install::{Entered, SetUpError, invalid, must_exist};
use crate::problem::{FieldError, Problem};
use kamurj_domain::Mode;
use kamurj_domain::link::Texts;
use kamurj_store::{provider_accounts, secrets};

/// Which account of the merchant a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The only one at the provider; a new one where there is none.
    TheOne,
    /// This one.
    This(String),
    /// A new one.
    New,
}

/// Adds or changes an account, after the adapter has taken the settings; answers its id. `label`: what operators call it from
/// now on.
pub async fn set(
    app: &App,
    (merchant_id, mode): (&str, Mode),
    provider: &str,
    entered: Entered,
    which: Which,
    label: Option<String>,
) -> Result<String, SetUpError> {
    let mut tx = app.db.write().await?;
    must_exist(&mut tx, merchant_id).await?;
    let all = provider_accounts::all_of(&mut tx, merchant_id, mode).await?;
    let mut there = all.into_iter().filter(|account| account.provider == provider);
    let known = match which {
        Which::New => None,
        Which::This(id) => {
            let detail = format!("the merchant has no account at {provider} with this id in this mode");
            Some(there.find(|account| account.id == id).ok_or_else(|| invalid("--account", detail))?)
        }
        Which::TheOne => match (there.next(), there.count()) {
            (known, 0) => known,
            (_, more) => {
                let detail = format!("is needed: the merchant has {} accounts at {provider}; or add --new", more + 1);
                return Err(invalid("--account", detail));
            }
        },
    };
    let account = if let Some(account) = known {
        // A secret that is not entered any more must not count any more, such as the old one after a change.
        let kept = secrets::names(&mut tx, &account.id).await?;
        let gone = kept.into_iter().map(|name| (name, None));
        let here = entered.secrets.into_iter().map(|(name, value)| (name, Some(value)));
        let secrets = gone.chain(here).collect();
        let changes = Changes { settings: Some(entered.settings), secrets, label, ..Changes::default() };
        change(app, &mut tx, &account.id, changes, "admin").await
    } else {
        let new = NewAccount {
            provider: provider.to_owned(),
            label,
            settings: entered.settings,
            secrets: entered.secrets,
            titles: Texts::default(),
            offered: true,
            default: false,
        };
        add(app, &mut tx, (merchant_id, mode), new, "admin").await
    };
    let account = account.map_err(|problem| refused(&problem))?;
    tx.commit().await?;
    app.books.trust_again(&account.id);
    Ok(account.id)
}

/// A refusal as the command line tells it: its first field, or its whole.
fn refused(problem: &Problem) -> SetUpError {
    let body = problem.body();
    match body.errors.into_iter().next() {
        Some(FieldError { pointer, detail }) => invalid(pointer, detail),
        None => invalid("--account", body.detail),
    }
}
