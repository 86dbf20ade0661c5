//! The two kinds of record that payments belong to here, deals and smart invoices, and how the portal names each. It must not make a call.

use kamurj_crm::{Target, Trouble};
use kamurj_sdk::{Outcome, plain};
use serde_json::Value;

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A deal.
    Deal,
    /// A smart invoice, the portal's invoices since 2022.
    Invoice,
}

impl Kind {
    /// The words of references. The first is what is made for a payment without a record.
    pub(crate) const WORDS: [&str; 2] = ["deal", "invoice"];
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Deal, Self::Invoice];

    /// The word in references to it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Deal => Self::WORDS[0],
            Self::Invoice => Self::WORDS[1],
        }
    }

    /// The portal's number for it, `entityTypeId`.
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Deal => 2,
            Self::Invoice => 31,
        }
    }

    /// By the portal's number.
    pub(crate) fn of_number(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number().to_string() == number.trim())
    }

    /// The portal's short code for it: the owner of product rows, and what a task is bound to.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::Deal => "D",
            Self::Invoice => "SI",
        }
    }

    /// What codes of its custom fields begin with.
    pub(crate) fn field_prefix(self) -> &'static str {
        match self {
            Self::Deal => "UF_CRM_",
            Self::Invoice => "UF_CRM_SMART_INVOICE_",
        }
    }

    /// The directory in which `crm.status.list` has the stages of this funnel.
    pub(crate) fn stages_in(self, funnel: u64) -> String {
        match self {
            Self::Deal if funnel == 0 => "DEAL_STAGE".to_owned(),
            Self::Deal => format!("DEAL_STAGE_{funnel}"),
            Self::Invoice => format!("SMART_INVOICE_STAGE_{funnel}"),
        }
    }

    /// What stages of this funnel begin with: `C9:`, `DT31_5:`, and nothing in the deals' default funnel.
    pub(crate) fn stage_prefix(self, funnel: u64) -> String {
        match self {
            Self::Deal if funnel == 0 => String::new(),
            Self::Deal => format!("C{funnel}:"),
            Self::Invoice => format!("DT31_{funnel}:"),
        }
    }

    /// The end of the stage in which the portal counts it as won, where nobody made stages of their own.
    pub(crate) fn won(self) -> &'static str {
        match self {
            Self::Deal => "WON",
            Self::Invoice => "P",
        }
    }

    /// The kind whose stage this is.
    pub(crate) fn of_stage(stage: &str) -> Self {
        if stage.starts_with("DT31_") { Self::Invoice } else { Self::Deal }
    }
}

/// The kind and number of a record.
pub(crate) fn place(target: &Target) -> Result<(Kind, u64), Trouble> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == target.kind);
    kind.zip(target.id.parse().ok()).ok_or_else(|| {
        let message = format!("`{}` is not the number of a {}", plain(&target.id, 40), plain(&target.kind, 40));
        Trouble::Ended(Outcome::bad_request("entity-id", &message))
    })
}

/// What is said of a record that is not there any more.
pub(crate) fn gone(target: &Target) -> Trouble {
    let message = format!("The {} {} is gone: restore it and retry, or skip", target.kind, target.id);
    Trouble::Gone(Outcome::bad_request("record-gone", &message))
}

/// Ids come as numbers and, from older corners of the portal, as text.
pub(crate) fn id_of(item: &Value, name: &str) -> Option<u64> {
    item[name].as_u64().or_else(|| item[name].as_str()?.parse().ok())
}
