//! Which tabs the spreadsheet has, and which of them are ours. A tab is known by its number, which is remembered once it was found by its
//! title, so that people may rename it. It must not read cells.

use std::cell::OnceCell;

use kamurj_sdk::{Host, Level, Outcome, plain};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::columns::Column;
use crate::refusal::{Refusal, setting};
use crate::settings::Settings;

/// What a tab is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Payments,
    History,
}

impl Role {
    /// The setting that names its tab.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Payments => "tab",
            Self::History => "history_tab",
        }
    }

    /// The tab's title in the settings; none where there shall be none.
    pub(crate) fn title(self, settings: &Settings) -> Option<&str> {
        match self {
            Self::Payments => Some(settings.tab.trim()),
            Self::History => settings.history(),
        }
    }

    /// The columns that its rows have.
    pub(crate) fn columns(self, settings: &Settings) -> Vec<Column> {
        match self {
            Self::Payments => settings.columns(),
            Self::History => Column::HISTORY.to_vec(),
        }
    }

    /// The roles that these settings have a tab for.
    pub(crate) fn all(settings: &Settings) -> Vec<Self> {
        [Self::Payments, Self::History].into_iter().filter(|role| role.title(settings).is_some()).collect()
    }

    fn state_key(self) -> &'static str {
        match self {
            Self::Payments => "tab.payments",
            Self::History => "tab.history",
        }
    }
}

/// One tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tab {
    pub(crate) sheet: i64,
    pub(crate) title: String,
    /// How many rows its grid has, blank ones too.
    pub(crate) rows: u64,
    /// How many columns.
    pub(crate) columns: usize,
}

/// The spreadsheet as far as one call shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) title: String,
    pub(crate) tabs: Vec<Tab>,
}

impl Book {
    /// Reads title and tabs.
    pub(crate) fn read<H: Host>(api: &Api<'_, H>) -> Result<Self, Refusal> {
        let answer = api.look()?;
        let tabs = answer["sheets"].as_array().into_iter().flatten().map(|sheet| &sheet["properties"]);
        // Tabs that show another source or a chart have no grid.
        let tabs = tabs.filter(|properties| properties["gridProperties"].is_object()).map(|properties| Tab {
            sheet: properties["sheetId"].as_i64().unwrap_or(0),
            title: properties["title"].as_str().unwrap_or_default().to_owned(),
            rows: properties["gridProperties"]["rowCount"].as_u64().unwrap_or(0),
            columns: properties["gridProperties"]["columnCount"]
                .as_u64()
                .and_then(|count| usize::try_from(count).ok())
                .unwrap_or(0),
        });
        Ok(Self { title: plain(answer["properties"]["title"].as_str().unwrap_or_default(), 80), tabs: tabs.collect() })
    }

    /// The tab with this number.
    pub(crate) fn tab(&self, sheet: i64) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.sheet == sheet)
    }

    /// The tab with this title. Google does not tell capitals apart here.
    pub(crate) fn titled(&self, title: &str) -> Option<&Tab> {
        let title = title.to_lowercase();
        self.tabs.iter().find(|tab| tab.title.to_lowercase() == title)
    }

    /// The tab of this role: the one that was written to last, or the one with the title of the settings.
    pub(crate) fn of_role(&self, host: &impl Host, settings: &Settings, role: Role) -> Option<&Tab> {
        let known = remembered(host, settings, role).and_then(|sheet| self.tab(sheet));
        known.or_else(|| self.titled(role.title(settings)?))
    }
}

/// A book that is read when it is first needed.
#[derive(Default)]
pub(crate) struct Lazy(OnceCell<Book>);

impl Lazy {
    /// The book, read at most once.
    pub(crate) fn get<H: Host>(&self, api: &Api<'_, H>) -> Result<&Book, Refusal> {
        if let Some(book) = self.0.get() {
            return Ok(book);
        }
        let book = Book::read(api)?;
        Ok(self.0.get_or_init(|| book))
    }
}

/// Which tab was used last, for these settings alone: another title or spreadsheet means another tab.
#[derive(Serialize, Deserialize)]
struct Memory {
    spreadsheet: String,
    title: String,
    sheet: i64,
}

/// The number of the tab that was used last for this role.
pub(crate) fn remembered(host: &impl Host, settings: &Settings, role: Role) -> Option<i64> {
    let entry = host.state_get(role.state_key()).ok()??;
    let memory: Memory = serde_json::from_slice(&entry.value).ok()?;
    let same = memory.spreadsheet == settings.spreadsheet() && Some(memory.title.as_str()) == role.title(settings);
    same.then_some(memory.sheet)
}

/// Remembers it. Where that fails the tab is looked for by its title again.
pub(crate) fn remember(host: &impl Host, settings: &Settings, role: Role, sheet: i64) {
    if remembered(host, settings, role) == Some(sheet) {
        return;
    }
    let memory = Memory {
        spreadsheet: settings.spreadsheet().to_owned(),
        title: role.title(settings).unwrap_or_default().to_owned(),
        sheet,
    };
    let kept = serde_json::to_vec(&memory).map(|bytes| host.state_set(role.state_key(), &bytes, None));
    if !matches!(kept, Ok(Ok(_))) {
        host.log(Level::Warn, "Which tab is used could not be kept; it will be looked for by its title", &[]);
    }
}

/// What is said where a tab is not there.
pub(crate) fn no_tab(settings: &Settings, role: Role) -> Outcome {
    let name = role.setting();
    let title = plain(role.title(settings).unwrap_or_default(), 100);
    let message = format!(
        "The spreadsheet has no tab `{title}` any more, or not yet: let the plugin set itself up, which makes it, or choose another in `{name}`"
    );
    setting(name, &message)
}

#[cfg(test)]
mod tests {
    use super::{Role, remember, remembered};
    use crate::settings::Settings;
    use kamurj_sdk::testing::MemoryHost;
    use serde_json::json;

    #[test]
    fn a_tab_is_remembered_for_its_settings_alone() {
        let host = MemoryHost::new("{}");
        let settings = |spreadsheet: &str, tab: &str| -> Settings {
            serde_json::from_value(json!({ "spreadsheet_id": spreadsheet, "tab": tab, "client_email": "a@b" }))
                .expect("settings")
        };
        let first = settings("one", "Payments");
        remember(&host, &first, Role::Payments, 7);
        assert_eq!(remembered(&host, &first, Role::Payments), Some(7));
        assert_eq!(remembered(&host, &first, Role::History), None);
        assert_eq!(remembered(&host, &settings("two", "Payments"), Role::Payments), None);
        assert_eq!(remembered(&host, &settings("one", "December"), Role::Payments), None);
    }
}
