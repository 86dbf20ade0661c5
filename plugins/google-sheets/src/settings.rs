//! What the operator entered. It must not know how anything is written.

use kamurj_sdk::{Host, Language, Outcome, read_settings};
use serde::Deserialize;

use crate::columns::Column;
use crate::refusal::setting;

/// The settings, as the schema describes them.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    spreadsheet_id: String,
    /// Title of the payments' tab.
    #[serde(default = "usual_tab")]
    pub(crate) tab: String,
    #[serde(default = "usual_history")]
    history_tab: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default = "usual_api")]
    api_base: String,
    /// The service account's address, for messages.
    pub(crate) client_email: String,
}

impl Settings {
    /// Reads them.
    pub(crate) fn read(host: &impl Host) -> Result<Self, Outcome> {
        let settings: Self = read_settings(host)?;
        if settings.history() == Some(settings.tab.as_str()) {
            return Err(setting("history_tab", "`history_tab` must name another tab than `tab`, or be empty"));
        }
        Ok(settings)
    }

    /// The spreadsheet's id, also where its address was entered.
    pub(crate) fn spreadsheet(&self) -> &str {
        let text = self.spreadsheet_id.trim();
        let id = text.split_once("/d/").map_or(text, |(_, rest)| rest);
        id.split(['/', '?', '#']).next().unwrap_or(id)
    }

    /// The address of the spreadsheet in the API.
    pub(crate) fn address(&self) -> String {
        format!("{}/v4/spreadsheets/{}", self.api_base.trim_end_matches('/'), self.spreadsheet())
    }

    /// Title of the history's tab, where there shall be one.
    pub(crate) fn history(&self) -> Option<&str> {
        Some(self.history_tab.trim()).filter(|title| !title.is_empty())
    }

    /// Language of the headings.
    pub(crate) fn language(&self) -> Language {
        Language::from_tag(&self.language)
    }

    /// The columns of the payments' tab in their order, the payment's own first.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let mut wanted = vec![Column::Payment];
        let chosen: Vec<Column> = self.columns.iter().filter_map(|name| Column::of_name(name)).collect();
        let rest = if chosen.is_empty() { Column::USUAL.to_vec() } else { chosen };
        for column in rest {
            if !wanted.contains(&column) {
                wanted.push(column);
            }
        }
        wanted
    }
}

fn usual_tab() -> String {
    "Payments".to_owned()
}

fn usual_history() -> String {
    "History".to_owned()
}

fn usual_api() -> String {
    "https://sheets.googleapis.com".to_owned()
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::columns::Column;
    use serde_json::{Value, json};

    fn settings(value: Value) -> Settings {
        serde_json::from_value(value).expect("settings")
    }

    #[test]
    fn an_address_from_the_browser_is_as_good_as_the_id() {
        for text in [
            "1AbC_d-9",
            "https://docs.google.com/spreadsheets/d/1AbC_d-9",
            "https://docs.google.com/spreadsheets/d/1AbC_d-9/edit?gid=0#gid=0",
            " 1AbC_d-9 ",
        ] {
            let settings = settings(json!({ "spreadsheet_id": text, "client_email": "a@b" }));
            assert_eq!(settings.spreadsheet(), "1AbC_d-9");
            assert_eq!(settings.address(), "https://sheets.googleapis.com/v4/spreadsheets/1AbC_d-9");
        }
    }

    #[test]
    fn the_payment_is_the_first_column_and_no_column_comes_twice() {
        let of = |columns: Value| {
            settings(json!({ "spreadsheet_id": "x", "client_email": "a@b", "columns": columns })).columns()
        };
        assert_eq!(of(json!(["status", "payment", "status"])), [Column::Payment, Column::Status]);
        let usual = of(json!([]));
        assert_eq!(usual[..4], [Column::Payment, Column::Order, Column::Status, Column::Amount]);
        assert!(!usual.contains(&Column::Phone) && !usual.contains(&Column::Email));
    }
}
