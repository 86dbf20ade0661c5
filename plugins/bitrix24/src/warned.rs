//! Says once that the portal ignored some fields. It must not change what is done about it, which is nothing.

use kamurj_sdk::{Host, Level, Shelf};

const WARNED: Shelf = Shelf::new("warned");

/// Says once that the portal ignored these fields, and again only when others join them.
pub(crate) fn of_ignored(host: &impl Host, ignored: &[&str]) {
    if ignored.is_empty() {
        return;
    }
    let names = ignored.join(", ");
    once(
        host,
        &names,
        "The portal did not take some fields: let the set-up make them, or check the stages in the settings",
    );
}

/// Says once that a funnel has no such stage.
pub(crate) fn of_stage(host: &impl Host, stage: &str) {
    once(host, stage, "The record's funnel has no such stage, so the record stays where it is: name its stage in full");
}

fn once(host: &impl Host, what: &str, message: &str) {
    if WARNED.get::<bool>(host, what).ok().flatten().is_some() {
        return;
    }
    host.log(Level::Warn, message, &[("fields", what)]);
    // Should this fail, the line comes once more.
    let _ignored = WARNED.put(host, what, &true);
}
