//! Where the value of each row is sealed to: what opening it takes, wherever it stands.

use crate::api::idempotency::answer_place;
use crate::app::{given_place, inbox_place, link_place, return_place, secret_place};
use crate::connections::ending::revocation_place;
use crate::connections::start::verifier_place;
use crate::connections::{access_place, refresh_place};
use crate::operators::factor_place;
use crate::press::{answers_place, fulfilment_place, token_place};
use crate::work::calls::call_place;
use crate::work::ports::step_place;
use kamurj_store::sealed::{Column, Row};

/// The place of a row's value.
pub(super) fn of(column: Column, row: &Row) -> String {
    let key = &row.key;
    match column {
        Column::Secrets => secret_place(&key.one, &key.two),
        Column::SecondFactors => factor_place(&key.one),
        Column::OfferedFactors => factor_place(&row.about),
        Column::ConnectionAccess => access_place(&key.one, &key.two),
        Column::ConnectionRefresh => refresh_place(&key.one, &key.two),
        Column::ConnectionStarts => verifier_place(&key.one),
        Column::Revocations => revocation_place(&key.one),
        Column::LinkTokens => token_place(&key.one),
        Column::LinkFulfilments => fulfilment_place(&key.one),
        Column::Payments => link_place(&key.one),
        Column::Answers => answers_place(&key.one),
        Column::Fulfilments => fulfilment_place(&row.about),
        Column::Attempts => return_place(&key.one),
        Column::Idempotency => answer_place(&key.one, &key.two),
        Column::Inbox => inbox_place(&key.one),
        Column::Runs => given_place(&key.one, key.number),
        Column::Steps => step_place(&key.one, key.number, key.place),
        Column::ProviderCalls => call_place(&key.one),
    }
}
