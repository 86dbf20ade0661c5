//! Outgoing HTTP as the guest calls it: decides for each request whether it is answered from the record, refused or
//! sent; records effects before they leave; sends what is left at once. How a request is filled is in `sending`.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;

use kamurj_egress::{Request, Response, SendError};

use super::{
    Outside, RunState,
    sending::{self, Failure, Template},
};
use crate::{
    bindings::imported::http,
    failure::RunFailure,
    ports::{Milestone, PortError},
    record::{Mode, Step, Turn},
};

type Answer = Result<http::Response, http::Failure>;

/// A request between decision and answer.
enum Pending {
    Answered(Answer),
    Ready(Box<(Step, Request)>),
}

/// The same after everything was sent.
enum Done {
    Answered(Answer),
    Sent(Step, Result<Response, SendError>),
}

impl http::Host for RunState {
    async fn send(&mut self, request: http::Request) -> wasmtime::Result<Answer> {
        let mut answers = self.exchange(vec![request]).await?;
        Ok(answers.pop().expect("one request has one answer"))
    }

    async fn send_many(&mut self, requests: Vec<http::Request>) -> wasmtime::Result<Vec<Answer>> {
        self.exchange(requests).await
    }
}

impl RunState {
    async fn exchange(&mut self, requests: Vec<http::Request>) -> wasmtime::Result<Vec<Answer>> {
        let outside = self.outside.clone();
        let mut pending = Vec::with_capacity(requests.len());
        for request in requests {
            pending.push(self.decide(request)?);
        }
        if outside.mode != Mode::Live && pending.iter().any(|pending| matches!(pending, Pending::Ready(_))) {
            return Err(self.end(RunFailure::Host("a run that may send nothing was about to".to_owned())));
        }
        for waiting in &mut pending {
            self.within_budget(&outside, waiting).await?;
        }

        let effects: Vec<Step> = pending.iter().filter_map(about_to_send).cloned().collect();
        if !effects.is_empty() {
            let steps = self.tape.to_record(&effects);
            let ports = Arc::clone(&outside.ports);
            let recorded = outside.on_host(async move {
                ports.record(&steps).await?;
                ports.milestone(Milestone::BeforeSend).await;
                if ports.may_send() { Ok(()) } else { Err(PortError("the lease of this run has ended".to_owned())) }
            });
            // Unrecorded means unsent: nothing has left this machine yet.
            recorded
                .await
                .and_then(|recorded| recorded)
                .map_err(|cause| self.end(RunFailure::Port(cause.to_string())))?;
            self.tape.recorded();
        }

        let done = join_all(pending.into_iter().map(|pending| finish(&outside, pending))).await;
        if !effects.is_empty() {
            let ports = Arc::clone(&outside.ports);
            // A crash test stops the process here; what it does not stop has no say in the run.
            let _ = outside.on_host(async move { ports.milestone(Milestone::AfterSend).await }).await;
        }
        done.into_iter()
            .map(|done| match done {
                Done::Answered(answer) => Ok(answer),
                Done::Sent(step, sent) => {
                    let response = sending::recorded_answer(sent, &self.keyring);
                    self.settle(step, response)
                }
            })
            .collect()
    }

    /// What becomes of one request. Rules that follow from the request alone come first and are no steps; then the
    /// record is asked; then grants and secrets, whose answers may differ next time and are therefore kept.
    fn decide(&mut self, request: http::Request) -> wasmtime::Result<Pending> {
        let refused = |failure: Failure| Ok(Pending::Answered(Err(failure.into())));
        let template = match Template::read(request) {
            Ok(template) => template,
            Err(failure) => return refused(failure),
        };
        if self.requests_left == 0 {
            return refused(Failure::new("limit", "this call made too many requests"));
        }
        let Some((step, turn)) = self.begin("http.send", template.step.clone(), template.record(&self.keyring))? else {
            return refused(Failure::new("limit", "this call made too many host calls"));
        };
        self.requests_left -= 1;
        let response = match turn {
            Turn::Recorded(recorded) => {
                return Ok(Pending::Answered(self.tell(step.index, &recorded)?));
            }
            Turn::Carried(recorded) => recorded,
            // `begin` ends a run at what was never answered.
            Turn::Doubt | Turn::Unanswered => {
                Failure::new("ambiguous", "this step was sent before and its answer was not seen").record()
            }
            Turn::Live => match template.fill(&self.grants, &self.keyring) {
                Ok(request) => return Ok(Pending::Ready(Box::new((step, request)))),
                Err(failure) => failure.record(),
            },
            Turn::Missing => match template.fill(&self.grants, &self.keyring) {
                Ok(_) => Failure::new("not-sent", super::IN_SHADOW).record(),
                Err(failure) => failure.record(),
            },
        };
        Ok(Pending::Answered(self.settle(step, response)?))
    }

    /// A request that really leaves takes from the budget of its remote, or is told how long to wait.
    async fn within_budget(&mut self, outside: &Outside, pending: &mut Pending) -> wasmtime::Result<()> {
        let Pending::Ready(ready) = pending else { return Ok(()) };
        let (step, url) = (ready.0.clone(), ready.1.url.clone());
        let ports = Arc::clone(&outside.ports);
        let taken = outside.on_host_while_waited_for(async move { ports.take_budget(&url).await }).await;
        let failure = match taken {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(wait_ms)) => Failure::rate_limited(wait_ms),
            Err(cause) => Failure::new("not-sent", cause.to_string()),
        };
        *pending = Pending::Answered(self.settle(step, failure.record())?);
        Ok(())
    }

    /// Keeps an answer with its step and puts it into the guest's form: what the guest sees is what the record says.
    fn settle(&mut self, step: Step, response: Value) -> wasmtime::Result<Answer> {
        let answer = self.tell(step.index, &response)?;
        self.answer(step, response);
        Ok(answer)
    }

    /// A kept answer in the guest's form.
    fn tell(&mut self, index: u32, response: &Value) -> wasmtime::Result<Answer> {
        let Some(answer) = sending::answer_of(response) else {
            return Err(self.diverged(super::unreadable(index)));
        };
        if answer.as_ref().is_err_and(|failure| failure.kind == "not-granted") {
            self.refused += 1;
        }
        Ok(answer)
    }
}

fn about_to_send(pending: &Pending) -> Option<&Step> {
    match pending {
        Pending::Ready(ready) if ready.0.name.is_some() => Some(&ready.0),
        _ => None,
    }
}

async fn finish(outside: &Outside, pending: Pending) -> Done {
    match pending {
        Pending::Answered(answer) => Done::Answered(answer),
        Pending::Ready(ready) => {
            let (step, request) = *ready;
            let egress = outside.egress.clone();
            let sent = outside.on_host_while_waited_for(async move { egress.send(request).await }).await;
            // A task that died may have died with the request under way.
            Done::Sent(step, sent.unwrap_or_else(|cause| Err(SendError::Ambiguous(cause.to_string()))))
        }
    }
}
