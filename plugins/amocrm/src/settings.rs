//! What the operator entered; its schema is `settings.schema.json`. It must not hold a secret: those stay in the host.

use kamurj_sdk::Language;
use serde::Deserialize;

/// The statuses that every pipeline has under the same number: won and lost.
pub(crate) const WON: &str = "142";

/// The settings of one account.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// The account's origin: `https://shop.amocrm.ru`.
    account: String,
    /// The account's number, if messages of another one are to be ignored.
    #[serde(default)]
    pub(crate) account_id: Option<String>,
    /// ISO 4217 code of what prices of leads are in; left out: the account's own.
    #[serde(default)]
    pub(crate) currency: Option<String>,
    /// Whether a payment without a lead gets one.
    #[serde(default)]
    pub(crate) create_lead: bool,
    /// Where new leads are made; left out: in the main pipeline, or in that of their stage.
    #[serde(default)]
    pub(crate) pipeline_id: Option<String>,
    /// Whether the invoice that a payment refers to is marked.
    #[serde(default)]
    pub(crate) mark_invoices: bool,
    /// Whether the nightly comparison looks at the prices of leads.
    #[serde(default = "yes")]
    pub(crate) compare_prices: bool,
    #[serde(flatten)]
    pub(crate) crm: kamurj_crm::Settings,
}

fn yes() -> bool {
    true
}

impl Settings {
    /// The account's origin, without a slash at its end.
    pub(crate) fn origin(&self) -> &str {
        self.account.trim_end_matches('/')
    }

    /// What the service calls itself at this address.
    pub(crate) fn brand(&self) -> &'static str {
        let host = self.origin().split("://").last().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        if host == "kommo.com" || host.ends_with(".kommo.com") { "Kommo" } else { "amoCRM" }
    }

    /// Language of field names, notes and tasks.
    pub(crate) fn language(&self) -> Language {
        self.crm.language()
    }

    /// Every stage that the settings name, with the setting's name.
    pub(crate) fn named_stages(&self) -> Vec<(String, &str)> {
        let of_views = self.crm.stages.iter().map(|(view, stage)| (format!("stages.{view}"), stage.trim()));
        let asking = self.crm.requests.iter().flat_map(|requests| &requests.stages);
        of_views
            .chain(asking.map(|stage| ("requests.stages".to_owned(), stage.trim())))
            .filter(|(_, stage)| !stage.is_empty())
            .collect()
    }
}

/// A stage of the settings as its pipeline, where it names one, and its status: `6200001/48211234`, `142`.
pub(crate) fn split(stage: &str) -> (Option<&str>, &str) {
    stage.split_once('/').map_or((None, stage), |(pipeline, status)| (Some(pipeline), status))
}

/// Pipeline and status as the settings spell them.
pub(crate) fn joined(pipeline: &str, status: &str) -> String {
    format!("{pipeline}/{status}")
}

#[cfg(test)]
mod tests {
    use super::{Settings, split};

    fn at(account: &str) -> Settings {
        let text = format!(
            r#"{{ "account": "{account}", "stages": {{ "paid": "1/142", "expired": " " }}, "requests": {{ "stages": ["1/7"] }} }}"#
        );
        serde_json::from_str(&text).expect("settings")
    }

    #[test]
    fn the_brand_is_read_from_the_address() {
        for (account, brand) in [
            ("https://shop.amocrm.ru", "amoCRM"),
            ("https://shop.amocrm.com/", "amoCRM"),
            ("https://shop.kommo.com", "Kommo"),
            ("https://shop.kommo.com:8443", "Kommo"),
            ("https://kommo.com.example", "amoCRM"),
            ("https://notkommo.com", "amoCRM"),
        ] {
            assert_eq!(at(account).brand(), brand, "{account}");
        }
        assert_eq!(at("https://shop.amocrm.com/").origin(), "https://shop.amocrm.com");
    }

    #[test]
    fn stages_are_named_with_their_settings() {
        let settings = at("https://shop.amocrm.ru");
        let named: Vec<_> = settings.named_stages();
        assert_eq!(named, [("stages.paid".to_owned(), "1/142"), ("requests.stages".to_owned(), "1/7")]);
        assert_eq!((split("1/142"), split("143")), ((Some("1"), "142"), (None, "143")));
    }
}
