//! What the operator entered for the portal. It must not hold a secret: those stay in the host.

use std::collections::BTreeMap;

use kamurj_sdk::{Host, Outcome};
use serde::Deserialize;

use crate::kind::Kind;

/// The installation's settings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// The portal's origin.
    pub(crate) portal: String,
    /// The user whose inbound webhook is used; none where an app was connected.
    #[serde(default)]
    pub(crate) user_id: Option<String>,
    /// What events must name as the portal that they come from; none to take any whose token is right.
    #[serde(default)]
    pub(crate) member_id: Option<String>,
    /// Stages of invoices by the view's name.
    #[serde(default)]
    pub(crate) invoice_stages: BTreeMap<String, String>,
    /// Whether a payment without a record gets a deal.
    #[serde(default)]
    pub(crate) create_deal: bool,
    /// Funnel for new deals; 0 is the default one.
    #[serde(default)]
    pub(crate) category_id: u64,
    /// Whether payments inside the CRM are marked as paid.
    #[serde(default)]
    pub(crate) mark_payments: bool,
    /// What every CRM has.
    #[serde(flatten)]
    pub(crate) crm: kamurj_crm::Settings,
}

impl Settings {
    /// Reads them.
    pub(crate) fn read(host: &impl Host) -> Result<Self, Outcome> {
        let mut settings: Self = kamurj_sdk::read_settings(host)?;
        // An invoice has stages of its own and none of the deals'.
        settings.crm.stages_of.insert(Kind::Invoice.word().to_owned(), settings.invoice_stages.clone());
        Ok(settings)
    }

    /// The stages in which a record asks for a payment.
    pub(crate) fn asking(&self) -> &[String] {
        self.crm.requests.as_ref().map_or(&[], |requests| &requests.stages)
    }

    /// Whether invoices are worked with at all.
    pub(crate) fn has_invoices(&self) -> bool {
        !self.invoice_stages.is_empty() || self.asking().iter().any(|stage| Kind::of_stage(stage) == Kind::Invoice)
    }

    /// The full code of a stage in this funnel: `0` and `9` are the deals', `DT31_5` is the invoices', and an empty one is where new deals
    /// are made. Codes may be entered as the default funnel has them, `EXECUTING`, or in full, `C9:EXECUTING`.
    pub(crate) fn stage_in(&self, stage: &str, funnel: &str) -> Option<String> {
        let prefix = match funnel {
            "" => Kind::Deal.stage_prefix(self.category_id),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Kind::Deal.stage_prefix(number.parse().unwrap_or_default())
            }
            of_invoices => format!("{of_invoices}:"),
        };
        match stage.split_once(':') {
            None => Some(format!("{prefix}{stage}")),
            Some((of, _)) => (prefix.strip_suffix(':') == Some(of)).then(|| stage.to_owned()),
        }
    }

    /// Whether the settings name this stage in full, so that it must be there.
    pub(crate) fn names(&self, stage: &str) -> bool {
        self.crm.stages.values().chain(self.invoice_stages.values()).any(|named| named.trim() == stage)
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_stage_takes_the_funnel_of_its_record() {
        let settings: Settings =
            serde_json::from_str(r#"{ "portal": "https://x", "category_id": 9, "stages": { "paid": "EXECUTING" } }"#)
                .unwrap();
        for (stage, funnel, full) in [
            ("EXECUTING", "0", Some("EXECUTING")),
            ("EXECUTING", "9", Some("C9:EXECUTING")),
            ("EXECUTING", "", Some("C9:EXECUTING")),
            ("C9:LOSE", "9", Some("C9:LOSE")),
            ("C9:LOSE", "", Some("C9:LOSE")),
            ("C9:LOSE", "0", None),
            ("C9:LOSE", "11", None),
            ("DT31_5:P", "DT31_5", Some("DT31_5:P")),
            ("DT31_5:P", "DT31_6", None),
            ("P", "DT31_5", Some("DT31_5:P")),
        ] {
            assert_eq!(settings.stage_in(stage, funnel).as_deref(), full, "{stage} {funnel:?}");
        }
        assert!(settings.names("EXECUTING") && !settings.names("C9:EXECUTING"));
    }
}
