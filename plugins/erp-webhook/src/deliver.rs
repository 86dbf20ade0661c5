//! Brings one delivery to the endpoint: the same message in every run until it is taken or its plan has ended. It must not decide what
//! an answer means, nor what the message says.

use kamurj_sdk::{Delivery, Host, Level, Outcome};

use crate::answer::{Answer, judge};
use crate::plan;
use crate::post::{Message, post};
use crate::settings::Settings;
use crate::tries::Tries;
use crate::{choices, event};

/// Sends the event, unless the merchant does not want it.
pub(crate) fn deliver(host: &impl Host, settings: &Settings, delivery: &Delivery) -> Result<Outcome, Outcome> {
    if !choices::is_known(&delivery.event) || !settings.wants(&delivery.event) {
        return Ok(Outcome::done());
    }
    let id = &delivery.id;
    let mut tries = Tries::load(host, id, delivery.run)?;
    let body = event::of_delivery(settings, delivery, tries.since_ms);
    let back = post(host, settings, &Message { id, body: &body, step: "send" }, tries.is_lost)?;
    tries.saw(&back);
    let refusal = match judge(host, &back) {
        Answer::Taken => {
            Tries::forget(host, id, delivery.run);
            return Ok(Outcome::done());
        }
        Answer::Later(outcome) | Answer::Stopped(outcome) => {
            tries.save(host, id);
            return Ok(outcome);
        }
        Answer::Failed(refusal) => refusal,
    };
    tries.failed += 1;
    tries.save(host, id);
    let (failed, payment) = (tries.failed.to_string(), delivery.payment.id.as_str());
    host.log(
        Level::Warn,
        "A webhook was not taken",
        &[("webhook.id", id), ("payment.id", payment), ("tries", &failed), ("why", &refusal.message)],
    );
    let Some(wait) = plan::wait_after(tries.failed, id) else {
        let message = format!("given up after {failed} tries: {}. Mend it, then retry the delivery", refusal.message);
        return Ok(Outcome::bad_request(&refusal.code, &message));
    };
    Ok(refusal.outcome().after_ms(wait))
}
