//! The portal's REST calls: one by one, several reads in one `batch`, and the address of REST 3.0. It must not know about payments, nor
//! what a refusal means.

use std::cell::Cell;

use kamurj_crm::Trouble;
use kamurj_sdk::{Host, Outcome, Request, Response};
use serde_json::{Map, Value, json};

use crate::access::Access;
use crate::query;
use crate::refusal::{self, Told};
use crate::settings::Settings;

/// One portal, through the host's guarded client.
pub(crate) struct Rest<'a, H> {
    host: &'a H,
    access: Access,
    portal: &'a str,
    /// The run's number: waits grow with it.
    run: u32,
    /// When the portal resets its execution counter, from the last good answer; Unix seconds.
    reset_at_s: Cell<Option<u64>>,
}

impl<'a, H: Host> Rest<'a, H> {
    /// The portal of the settings, by whichever way in there is.
    pub(crate) fn new(host: &'a H, settings: &'a Settings, run: u32) -> Result<Self, Outcome> {
        let access = Access::of(host, settings)?;
        Ok(Self { host, access, portal: &settings.portal, run, reset_at_s: Cell::new(None) })
    }

    /// Who is let in.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// A call that changes nothing; it is made anew in every run.
    pub(crate) fn read(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        self.call(method, &self.access.request(self.portal, method, body, false))
    }

    /// A call that changes something, under a name that means the same in every run.
    pub(crate) fn change(&self, method: &str, body: &Value, step: &str) -> Result<Value, Trouble> {
        self.call(method, &self.access.request(self.portal, method, body, false).step(step))
    }

    /// A change whose body holds the slot of a further secret, at this JSON pointer.
    pub(crate) fn change_with(
        &self,
        method: &str,
        body: &Value,
        (field, secret): (&str, &str),
        step: &str,
    ) -> Result<Value, Trouble> {
        let request = self.access.request(self.portal, method, body, false).secret_in_body(field, secret);
        self.call(method, &request.step(step))
    }

    /// A change at the address of REST 3.0, which makes the same key's effect once within a day.
    pub(crate) fn change_once(&self, method: &str, body: &Value, key: &str, step: &str) -> Result<Value, Trouble> {
        let request = self.access.request(self.portal, method, body, true).header("idempotency-key", key);
        self.call(method, &request.step(step))
    }

    /// Several reads at once, one request for the portal's limit: each has its own end. A later one may take from the answer of an
    /// earlier one, as `$result[name]…`, where its name comes later in the alphabet. At most fifty.
    pub(crate) fn read_all(&self, calls: &[(&str, &str, Value)]) -> Result<Vec<Result<Value, Trouble>>, Trouble> {
        self.parts(calls, &self.batch(calls))
    }

    /// Several changes at once. They count as one effect, so that they must be fit to be made again where a part failed.
    pub(crate) fn change_all(
        &self,
        calls: &[(&str, &str, Value)],
        step: &str,
    ) -> Result<Vec<Result<Value, Trouble>>, Trouble> {
        self.parts(calls, &self.batch(calls).step(step))
    }

    fn batch(&self, calls: &[(&str, &str, Value)]) -> Request {
        let mut commands = Map::new();
        for (name, method, body) in calls {
            commands.insert((*name).to_owned(), json!(format!("{method}?{}", query::of(body))));
        }
        self.access.request(self.portal, "batch", &json!({ "halt": 0, "cmd": commands }), false)
    }

    fn parts(&self, calls: &[(&str, &str, Value)], request: &Request) -> Result<Vec<Result<Value, Trouble>>, Trouble> {
        let answer = self.call("batch", request)?;
        let part = |(name, method, _): &(&str, &str, Value)| {
            // An empty list of PHP has no names: reading one answers nothing.
            if let Some(error) = answer["result_error"].get(*name) {
                return Err(self.refused(method, 400, error));
            }
            match answer["result"].get(*name) {
                Some(result) => Ok(result.clone()),
                None => Err(Trouble::Ended(Outcome::retry(
                    "unexpected-answer",
                    &format!("{method}: the batch says nothing of it"),
                ))),
            }
        };
        Ok(calls.iter().map(part).collect())
    }

    fn call(&self, method: &str, request: &Request) -> Result<Value, Trouble> {
        let step = request.step.as_deref();
        let response = self.host.send(request).map_err(|failure| refusal::lost(&failure, step))?;
        let mut answer = response.json().unwrap_or(Value::Null);
        if response.is_success()
            && answer.get("error").is_none()
            && let Some(result) = answer.get_mut("result").map(Value::take)
        {
            let reset_at_s = answer.pointer("/time/operating_reset_at").and_then(Value::as_u64);
            self.reset_at_s.set(reset_at_s.or(self.reset_at_s.get()));
            return Ok(result);
        }
        Err(self.ended(method, step, &response, &answer))
    }

    fn ended(&self, method: &str, step: Option<&str>, response: &Response, answer: &Value) -> Trouble {
        if response.is_success() && answer.is_null() {
            let message = format!("{method}: the answer is not JSON");
            return match step {
                Some(_) => Trouble::Lost(Outcome::ambiguous("unexpected-answer", &message)),
                None => Trouble::Ended(Outcome::retry("unexpected-answer", &message)),
            };
        }
        if (300..400).contains(&response.status) {
            return refusal::moved(response);
        }
        self.refused(method, response.status, answer)
    }

    fn refused(&self, method: &str, status: u16, answer: &Value) -> Trouble {
        let (run, now_ms, reset_at_s) = (self.run, self.host.now_ms(), self.reset_at_s.get());
        refusal::trouble(&Told { method, status, answer, run, now_ms, reset_at_s })
    }
}
