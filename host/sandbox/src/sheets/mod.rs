//! The Google Sheets double: spreadsheets that are shared with service accounts, the tokens of those, and Google's habits: batches that are
//! all or nothing, tags that follow their rows and columns, short minutes, and formulas for whoever does not ask for plain text. It must not know
//! what the rows are for.

mod a1;
mod accounts;
mod address;
mod assertion;
mod batch;
mod book;
mod calls;
mod cell;
mod der;
mod dimensions;
mod door;
mod faults;
mod mask;
mod node;
mod people;
mod prime;
mod refusal;
mod spot;
mod tabs;
mod tags;
mod values;
mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value;

pub use accounts::{KeyFile, ServiceAccount, new_key};
pub use book::FormulaRun;
pub(crate) use door::routes;
pub use faults::SheetsFaults;
pub use people::Act;
pub use view::{AccountView, CellView, RowView, SheetsView, SpreadsheetView, TabView, TagView};

use crate::calls::CallList;
use crate::ids::Ids;
use crate::{Clock, locked};
use accounts::{Account, Token};
use book::{Book, Tab};

/// The id of the spreadsheet that is there where the settings name none.
pub const MADE_UP: &str = "1sandbox-spreadsheet-of-orders";

/// What the settings may say of Google.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Keys of service accounts.
    #[serde(default)]
    pub accounts: Vec<ServiceAccount>,
    /// Spreadsheets; where they are left out, a made-up one.
    #[serde(default = "made_up")]
    pub spreadsheets: Vec<Spreadsheet>,
}

/// A spreadsheet of the settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spreadsheet {
    /// The id, which stands in its address.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Titles of its tabs; the first one has the id 0.
    #[serde(default = "one_tab")]
    pub tabs: Vec<String>,
    /// The accounts that it is shared with.
    #[serde(default)]
    pub shared_with: Vec<String>,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { accounts: Vec::new(), spreadsheets: made_up() }
    }
}

fn made_up() -> Vec<Spreadsheet> {
    vec![Spreadsheet { id: MADE_UP.to_owned(), title: "Orders".to_owned(), tabs: one_tab(), shared_with: Vec::new() }]
}

fn one_tab() -> Vec<String> {
    vec!["Payments".to_owned()]
}

/// Google. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Sheets {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

struct State {
    /// The double's own address for tokens.
    token_uri: String,
    accounts: BTreeMap<String, Account>,
    tokens: BTreeMap<String, Token>,
    books: Vec<Book>,
    ids: Ids,
    faults: SheetsFaults,
    calls: CallList,
}

impl Sheets {
    /// A key that the settings have and that cannot be read opens nothing: assertions signed with it are refused.
    pub(crate) fn new(workspace: &Workspace, address: &str, clock: Clock) -> Self {
        let state = State {
            token_uri: format!("{address}/token"),
            accounts: BTreeMap::new(),
            tokens: BTreeMap::new(),
            books: Vec::new(),
            ids: Ids::new(clock()),
            faults: SheetsFaults::default(),
            calls: CallList::default(),
        };
        let sheets = Self { state: Arc::new(Mutex::new(state)), clock };
        for account in &workspace.accounts {
            if let Err(why) = sheets.add_service_account(account) {
                tracing::warn!(client_email = account.client_email, why, "a service account's key was left out");
            }
        }
        for spreadsheet in &workspace.spreadsheets {
            sheets.add_spreadsheet(spreadsheet);
        }
        sheets
    }

    /// What Google knows now.
    pub fn view(&self) -> SheetsView {
        self.with(|state, now| SheetsView {
            spreadsheets: state.books.iter().map(Book::view).collect(),
            accounts: state
                .accounts
                .iter()
                .map(|(client_email, account)| AccountView {
                    client_email: client_email.clone(),
                    keys: account.keys.keys().cloned().collect(),
                    tokens: state
                        .tokens
                        .values()
                        .filter(|token| token.client_email == *client_email && token.ends_at_ms > now)
                        .count(),
                })
                .collect(),
            formulas_run: state.books.iter().flat_map(|book| book.formulas_run.clone()).collect(),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        })
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut SheetsFaults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    /// Makes a key known, and its account where it was not. The error names the field.
    pub fn add_service_account(&self, account: &ServiceAccount) -> Result<(), &'static str> {
        let key = der::public_key(&account.public_key_pem);
        let key = key.ok_or("public_key_pem: give an RSA key as PEM, `PUBLIC KEY` or `RSA PUBLIC KEY`")?;
        if account.client_email.is_empty() || account.key_id.is_empty() {
            return Err("client_email and key_id: write both");
        }
        let mut state = locked(&self.state);
        state.accounts.entry(account.client_email.clone()).or_default().keys.insert(account.key_id.clone(), key);
        Ok(())
    }

    /// A new key for an account, made out of `seed` and known from now on: what Google's console hands out as a file. It takes a second
    /// or two, during which others are served.
    pub fn create_key(&self, client_email: &str, seed: &[u8; 32]) -> KeyFile {
        let token_uri = locked(&self.state).token_uri.clone();
        let (file, account) = accounts::new_key(client_email, seed, token_uri);
        if let Err(why) = self.add_service_account(&account) {
            tracing::warn!(why, "a key that was just made is no good");
        }
        file
    }

    /// An administrator deletes a key. Returns whether it was there. Tokens that it fetched live on.
    pub fn delete_key(&self, client_email: &str, key_id: &str) -> bool {
        let mut state = locked(&self.state);
        state.accounts.get_mut(client_email).is_some_and(|account| account.keys.remove(key_id).is_some())
    }

    /// Ends every token that was given.
    pub fn revoke_tokens(&self) {
        locked(&self.state).tokens.clear();
    }

    /// Adds a spreadsheet; one of the same id is replaced.
    pub fn add_spreadsheet(&self, spreadsheet: &Spreadsheet) {
        let mut book = Book::new(&spreadsheet.id, &spreadsheet.title);
        book.shared_with = spreadsheet.shared_with.iter().cloned().collect();
        for title in &spreadsheet.tabs {
            let id = book.free_sheet_id();
            if book.titled(title).is_none() {
                book.tabs.push(Tab::new(id, title, book::ROWS, book::COLUMNS));
            }
        }
        if book.tabs.is_empty() {
            book.tabs.push(Tab::new(0, "Sheet1", book::ROWS, book::COLUMNS));
        }
        let mut state = locked(&self.state);
        state.books.retain(|other| other.id != book.id);
        state.books.push(book);
    }

    /// A seed for the next key, of this sandbox alone.
    pub(crate) fn seed(&self) -> [u8; 32] {
        use sha2::Digest;
        self.with(|state, _| sha2::Sha256::digest(state.ids.text("key")).into())
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl std::fmt::Debug for Sheets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sheets")
    }
}
