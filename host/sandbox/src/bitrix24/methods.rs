//! The methods of the old address by name, each with the scope that it wants. It must not know what they do.

use super::refusal::{Found, Refusal};
use super::{Asked, State};

/// A method.
pub(super) type Call = fn(&mut State, &Asked) -> Result<Found, Refusal>;

const METHODS: [(&str, &str, Call); 36] = [
    ("profile", "", State::profile),
    ("batch", "", State::batch),
    ("user.current", "user", State::current_user),
    ("user.get", "user", State::get_users),
    ("crm.category.list", "crm", State::list_categories),
    ("crm.status.list", "crm", State::list_statuses),
    ("crm.currency.list", "crm", State::list_currencies),
    ("crm.contact.get", "crm", State::get_contact),
    ("crm.item.get", "crm", State::get_item),
    ("crm.item.list", "crm", State::list_items),
    ("crm.item.add", "crm", State::add_item),
    ("crm.item.update", "crm", State::update_item),
    ("crm.item.fields", "crm", State::tell_fields),
    ("crm.item.productrow.list", "crm", State::list_rows),
    ("crm.item.payment.list", "crm", State::list_payments),
    ("crm.item.payment.pay", "crm", State::pay_payment),
    ("crm.item.payment.unpay", "crm", State::unpay_payment),
    ("crm.deal.userfield.list", "crm", State::list_deal_fields),
    ("crm.deal.userfield.add", "crm", State::add_deal_field),
    ("userfieldconfig.list", "userfieldconfig", State::list_field_configs),
    ("userfieldconfig.add", "userfieldconfig", State::add_field_config),
    ("crm.timeline.comment.add", "crm", State::add_comment),
    ("crm.timeline.comment.update", "crm", State::update_comment),
    ("crm.timeline.comment.list", "crm", State::list_comments),
    ("crm.timeline.logmessage.add", "crm", State::add_log_message),
    ("crm.timeline.logmessage.list", "crm", State::list_log_messages),
    ("tasks.task.add", "task", State::add_task),
    ("tasks.task.get", "task", State::get_task),
    ("tasks.task.list", "task", State::list_tasks),
    ("tasks.task.update", "task", State::update_task),
    ("tasks.task.complete", "task", State::complete_task),
    ("event.bind", "", State::bind_event),
    ("event.unbind", "", State::unbind_event),
    ("event.get", "", State::list_bound_events),
    ("scope", "", State::tell_scopes),
    ("server.time", "", State::tell_time),
];

/// A method by its name, in any case of letters, with `.json` after it or without.
pub(super) fn known(name: &str) -> Option<(&'static str, &'static str, Call)> {
    let name = name.strip_suffix(".json").unwrap_or(name);
    METHODS.into_iter().find(|(known, _, _)| known.eq_ignore_ascii_case(name))
}

/// What is told of a name that no method has.
pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
}

impl State {
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    fn tell_scopes(&mut self, _asked: &Asked) -> Result<Found, Refusal> {
        Ok(Found::one(self.scopes.iter().map(String::as_str).collect()))
    }

    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    fn tell_time(_: &mut Self, asked: &Asked) -> Result<Found, Refusal> {
        Ok(Found::one(crate::rfc3339(asked.now).into()))
    }
}
