//! Provider accounts as the API reads them.

use crate::accounts::{Changes, NewAccount};
use crate::api::body;
use crate::api::link_body::TextsBody;
use kamurj_domain::link::Texts;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An account at a provider to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProviderAccountBody {
    /// The provider's word, from `GET /v1/providers`.
    #[schema(example = "vpos")]
    pub provider: String,
    /// What you call it: unique among your accounts in this mode. One is made where it is left out.
    #[serde(default)]
    pub label: Option<String>,
    /// The provider's settings. They are checked before anything is kept.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// The provider's credentials by name. They are sealed and never shown again.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub secrets: BTreeMap<String, String>,
    /// What payers read where they choose; the usual name of the way to pay where it is left out.
    #[serde(default, deserialize_with = "body::object")]
    pub titles: TextsBody,
    /// Whether payers may choose it; `true` where it is left out.
    #[serde(default)]
    pub offered: Option<bool>,
    /// Whether it is taken where nobody chooses. The first account always is.
    #[serde(default)]
    pub default: bool,
}

/// What to change of an account. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderAccountChangesBody {
    /// The version that you read: where the account has another one, nothing is changed.
    #[serde(default)]
    pub version: Option<i64>,
    /// What you call it.
    #[serde(default)]
    pub label: Option<String>,
    /// All settings anew.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Map<String, Value>>,
    /// Credentials to replace, or, as null, to forget. The others stay.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub secrets: BTreeMap<String, Option<String>>,
    /// What payers read where they choose; `{}` for the usual name.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub titles: Option<TextsBody>,
    /// Whether payers may choose it.
    #[serde(default)]
    pub offered: Option<bool>,
    /// `true` makes it the default.
    #[serde(default)]
    pub default: Option<bool>,
    /// `true`: it starts no attempts any more. What went through it is looked up and given back as before.
    #[serde(default)]
    pub switched_off: Option<bool>,
}

impl From<NewProviderAccountBody> for NewAccount {
    fn from(body: NewProviderAccountBody) -> Self {
        Self {
            provider: body.provider,
            label: body.label,
            settings: body.settings,
            secrets: body.secrets,
            titles: texts(body.titles),
            offered: body.offered.unwrap_or(true),
            default: body.default,
        }
    }
}

impl From<ProviderAccountChangesBody> for Changes {
    fn from(body: ProviderAccountChangesBody) -> Self {
        Self {
            version: body.version,
            label: body.label,
            settings: body.settings,
            secrets: body.secrets,
            titles: body.titles.map(texts),
            offered: body.offered,
            default: body.default,
            switched_off: body.switched_off,
        }
    }
}

fn texts(body: TextsBody) -> Texts {
    Texts { hy: body.hy, ru: body.ru, en: body.en }
}
