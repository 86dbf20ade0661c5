//! In what the messengers differ. It must not know how a call arrives.

use serde_json::Value;

use super::{Account, Answer, Asked, Content, Door, Parameters, Person, Refusal, State};

/// A messenger's own rules.
pub(crate) trait Habits: Send + Sync {
    /// Its word in paths and settings: `messenger`.
    fn word(&self) -> &'static str;
    /// The permission without which nothing can be sent.
    fn permission(&self) -> &'static str;
    /// `object` of its webhooks.
    fn object(&self) -> &'static str;
    /// What an app can subscribe to.
    fn fields(&self) -> &'static [&'static str];
    /// The field by which an app asks for what accounts write.
    fn echo_field(&self) -> &'static str;
    /// The field by which an app asks for opened links.
    fn referral_field(&self) -> &'static str;
    /// The field by which an app hears what was read.
    fn read_field(&self) -> &'static str;
    /// What is said of a message that was read.
    fn read(&self, mid: &str, watermark: i64) -> Value;
    /// How ids of its messages begin.
    fn mid_prefix(&self) -> &'static str;
    /// Whether `metadata` comes back in the echo.
    fn echoes_metadata(&self) -> bool;
    /// Whether its site shows neither templates nor their buttons, as people who write there see.
    fn bare_on_web(&self) -> bool {
        false
    }
    /// Whether this text is short enough.
    fn check_text(&self, path: &str, text: &str) -> Result<(), Refusal>;
    /// Whether the account may write to this person now; `parameters` are those of the whole call.
    fn may_send(&self, account: &Account, person: &Person, parameters: &Parameters, now: i64) -> Result<(), Refusal>;
    /// What a message of a kind of its own says; `None`: it is of the usual kind.
    fn special(&self, account: &Account, parameters: &Parameters) -> Option<Result<Content, Refusal>>;
    /// A person follows a link with a `ref` to the account, for the first time or again.
    fn followed(&self, account: &Account, person: &Person) -> Followed;
    /// Calls that no other messenger has. `account` is whom the token and the path belong to.
    fn edge(&self, state: &mut State, account: &str, asked: &Asked, now: i64) -> Option<Answer>;
    /// The account as an object, all fields.
    fn object_of(&self, account: &Account) -> Value;
    /// Calls without a version and without an account in the path.
    fn unversioned(&self, _state: &mut State, _door: Door, _asked: &Asked, _now: i64) -> Option<Answer> {
        None
    }
}

/// What becomes of a followed link.
pub(crate) enum Followed {
    /// Nothing is told, now or later.
    Nothing,
    /// It is told at once.
    Told,
    /// It is told with the first thing that the person does.
    WithFirst,
}
