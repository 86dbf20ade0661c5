//! What the operator entered for the portal, and its schema. It must not hold the webhook's secret: that stays in the
//! host.

use std::collections::BTreeMap;

use kamurj_sdk::Language;
use serde::Deserialize;

use crate::view::View;

/// The installation's settings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// The portal's origin.
    pub(crate) portal: String,
    /// The user whose inbound webhook is used.
    pub(crate) user_id: String,
    /// Stage codes by the view's name. A view without a stage leaves the deal where it is.
    #[serde(default)]
    stages: BTreeMap<String, String>,
    /// Whether a payment without a deal gets one.
    #[serde(default)]
    pub(crate) create_deal: bool,
    /// Funnel for new deals; 0 is the default one.
    #[serde(default)]
    pub(crate) category_id: u64,
    #[serde(default)]
    language: Option<String>,
}

impl Settings {
    /// The full stage code of this view in this funnel. Codes may be entered as the default funnel has them, `EXECUTING`,
    /// or in full, `C9:EXECUTING`.
    pub(crate) fn stage(&self, view: View, category_id: u64) -> Option<String> {
        let code = self.stages.get(view.name())?.trim();
        if code.is_empty() {
            None
        } else if code.contains(':') || category_id == 0 {
            Some(code.to_owned())
        } else {
            Some(format!("C{category_id}:{code}"))
        }
    }

    /// Whether this stage is where the money of a deal has been settled.
    pub(crate) fn is_settled_stage(&self, stage: &str, category_id: u64) -> bool {
        View::ALL.into_iter().any(|view| view.is_settled() && self.stage(view, category_id).as_deref() == Some(stage))
    }

    /// Language of comments.
    pub(crate) fn language(&self) -> Language {
        Language::from_tag(self.language.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::view::View;

    #[test]
    fn a_stage_takes_the_funnel_of_its_deal() {
        let settings: Settings = serde_json::from_str(
            r#"{"portal":"https://x","user_id":"1","stages":{"paid":"EXECUTING","expired":"C9:LOSE","full_refund":" "}}"#,
        )
        .unwrap();
        assert_eq!(settings.stage(View::Paid, 0).as_deref(), Some("EXECUTING"));
        assert_eq!(settings.stage(View::Paid, 9).as_deref(), Some("C9:EXECUTING"));
        assert_eq!(settings.stage(View::Expired, 9).as_deref(), Some("C9:LOSE"));
        assert_eq!(settings.stage(View::FullRefund, 0), None);
        assert_eq!(settings.stage(View::PaymentFailed, 0), None);
        assert!(settings.is_settled_stage("C9:EXECUTING", 9));
        assert!(!settings.is_settled_stage("C9:LOSE", 9));
    }
}
