//! Recorded runs: what is written when, what a resumed run is answered, what a new run repeats.

use std::sync::Arc;

use kamurj_plugins::{Milestone, RunFailure, RunReport, Step, StepState};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, deliver, on_host, trace},
    desk::Desk,
    remote::Remote,
};

const BEFORE: Option<Milestone> = Some(Milestone::BeforeSend);
const AFTER: Option<Milestone> = Some(Milestone::AfterSend);

/// One delivery over several runs of the same plugin beside the same remote.
struct Story {
    bench: Bench,
    script: Value,
}

impl Story {
    /// `{base}` in the script stands for the remote.
    async fn new(script: Value) -> Self {
        let bench = Bench::new().await;
        let script = serde_json::from_str(&script.to_string().replace("{base}", &bench.remote.url)).unwrap();
        Self { bench, script }
    }

    async fn run(&self, recorded: Vec<Step>, carried: Vec<Step>) -> (RunReport, Arc<Desk>) {
        let mut context = self.bench.context(&self.script);
        (context.recorded, context.carried) = (recorded, carried);
        let desk = Arc::new(Desk::default());
        (self.bench.runtime.call(&self.bench.plugin, deliver(), context, desk.clone()).await, desk)
    }

    /// Runs until the process would die at the n-th such milestone, and answers what is durable then.
    async fn crash(&self, stop_at: Option<Milestone>) -> Vec<Step> {
        let desk = Arc::new(Desk { stop_at, ..Desk::default() });
        let call =
            self.bench.runtime.call(&self.bench.plugin, deliver(), self.bench.context(&self.script), desk.clone());
        tokio::select! {
            _ = call => panic!("the run should not end"),
            () = desk.stopped() => desk.steps(),
        }
    }

    fn remote(&self) -> &Remote {
        &self.bench.remote
    }
}

fn outcomes(report: &RunReport) -> Vec<String> {
    trace(report)
        .iter()
        .map(|answer| {
            answer["status"]
                .as_u64()
                .map_or_else(|| answer["failure"].as_str().unwrap_or("other").to_owned(), |status| status.to_string())
        })
        .collect()
}

fn all_steps(report: &RunReport, desk: &Desk) -> Vec<Step> {
    let mut steps = desk.steps();
    steps.retain(|step| !report.steps.iter().any(|kept| kept.index == step.index));
    steps.extend(report.steps.iter().cloned());
    steps.sort_by_key(|step| step.index);
    steps
}

fn post(code: u16, step: &str) -> Value {
    json!({ "do": "send", "method": "POST", "url": format!("{{base}}/status/{code}"), "step": step })
}

#[test]
fn an_effect_is_durable_before_it_leaves_and_the_rest_rides_along() {
    on_host(async {
        let script = json!([
            { "do": "state_set", "key": "k", "data": "v" },
            { "do": "send", "url": "{base}/status/200" },
            post(200, "first"),
            { "do": "state_get", "key": "k" },
            post(500, "second"),
            { "do": "clock" },
        ]);
        let story = Story::new(script).await;
        let (report, desk) = story.run(Vec::new(), Vec::new()).await;
        assert_eq!(desk.writes(), [3, 3]);
        assert_eq!(
            desk.milestones(),
            [Milestone::BeforeSend, Milestone::AfterSend, Milestone::BeforeSend, Milestone::AfterSend]
        );
        let durable: Vec<_> = desk.steps().iter().map(|step| (step.call.clone(), step.state)).collect();
        let answered = |call: &str| (call.to_owned(), StepState::Answered);
        let sent = ("http.send".to_owned(), StepState::Sent);
        assert_eq!(
            durable,
            [answered("state.set"), answered("http.send"), answered("http.send"), answered("state.get"), sent]
        );
        assert_eq!(report.steps.len(), 1);
        assert_eq!((report.steps[0].index, report.steps[0].name.as_deref()), (4, Some("second")));
        assert_eq!(report.steps[0].response.as_ref().unwrap()["status"], 500);
    });
}

#[test]
fn a_run_that_only_reads_writes_nothing() {
    on_host(async {
        let story = Story::new(
            json!([{ "do": "send", "url": "{base}/status/200" }, { "do": "create_payment", "key": "7", "minor": 100 }]),
        )
        .await;
        let (report, desk) = story.run(Vec::new(), Vec::new()).await;
        assert_eq!(desk.writes(), Vec::<usize>::new());
        assert_eq!(
            report.steps.iter().map(|step| step.call.as_str()).collect::<Vec<_>>(),
            ["http.send", "payments.create"]
        );
        assert_eq!(report.steps[1].request["key"], "7");
    });
}

#[test]
fn after_a_crash_before_sending_the_plugin_hears_ambiguous_once() {
    on_host(async {
        let story = Story::new(json!([post(200, "send-link"), post(200, "send-link")])).await;
        let recorded = story.crash(BEFORE).await;
        assert_eq!(story.remote().seen(), Vec::<String>::new());
        assert_eq!((recorded.len(), recorded[0].state), (1, StepState::Sent));
        let (report, _) = story.run(recorded, Vec::new()).await;
        assert_eq!(outcomes(&report), ["ambiguous", "200"]);
        assert_eq!(story.remote().seen().len(), 1);
    });
}

#[test]
fn after_a_crash_between_sending_and_recording_it_hears_the_same() {
    on_host(async {
        let story = Story::new(json!([{ "do": "state_set", "key": "k", "data": "v" }, post(200, "send-link")])).await;
        let recorded = story.crash(AFTER).await;
        assert_eq!(story.remote().seen().len(), 1);
        assert_eq!(recorded.len(), 2);
        let (report, desk) = story.run(recorded, Vec::new()).await;
        assert_eq!(outcomes(&report)[1], "ambiguous");
        assert_eq!(story.remote().seen().len(), 1, "nothing is repeated");
        // The write to state came from the record: this desk never saw it.
        assert!(desk.state.lock().unwrap().is_empty());
        // Only what changed is handed back to be kept.
        assert_eq!(
            report.steps.iter().map(|step| (step.index, step.state)).collect::<Vec<_>>(),
            [(1, StepState::Answered)]
        );
    });
}

#[test]
fn a_second_crash_while_resuming_repeats_the_same_answers() {
    on_host(async {
        let story = Story::new(json!([post(200, "one"), post(201, "two"), post(202, "two")])).await;
        let first = story.crash(BEFORE).await;
        let mut context = story.bench.context(&story.script);
        context.recorded.clone_from(&first);
        let desk = Arc::new(Desk { stop_at: AFTER, ..Desk::default() });
        let call = story.bench.runtime.call(&story.bench.plugin, deliver(), context, desk.clone());
        let second = tokio::select! {
            _ = call => panic!("the run should not end"),
            () = desk.stopped() => desk.steps(),
        };
        // The doubt about the first became an answer; the second is under way.
        assert_eq!(second.iter().map(|step| step.state).collect::<Vec<_>>(), [StepState::Answered, StepState::Sent]);
        let (report, _) = story.run(second, Vec::new()).await;
        assert_eq!(outcomes(&report), ["ambiguous", "ambiguous", "202"]);
    });
}

#[test]
fn a_new_run_does_not_send_what_was_accepted_and_sends_the_rest_anew() {
    on_host(async {
        let story = Story::new(
            json!([{ "do": "send", "url": "{base}/status/404" }, post(201, "send-link"), post(503, "move-deal")]),
        )
        .await;
        let (first, desk) = story.run(Vec::new(), Vec::new()).await;
        assert_eq!(outcomes(&first), ["404", "201", "503"]);
        let carried: Vec<_> = all_steps(&first, &desk).into_iter().filter(|step| step.name.is_some()).collect();
        let (second, second_desk) = story.run(Vec::new(), carried.clone()).await;
        assert_eq!(outcomes(&second), ["404", "201", "503"]);
        let seen = story.remote().seen();
        assert_eq!(seen.iter().filter(|line| line.contains("201")).count(), 1);
        assert_eq!(seen.iter().filter(|line| line.contains("503")).count(), 2);
        assert_eq!(seen.iter().filter(|line| line.contains("404")).count(), 2);
        // The carried answer is a step of this run too, so that it can be resumed in its turn.
        let steps = all_steps(&second, &second_desk);
        assert_eq!(steps.len(), 3);
        assert_eq!(steps[1].response, carried[0].response);
    });
}

#[test]
fn a_new_run_after_a_lost_answer_hears_ambiguous_once_then_sends() {
    on_host(async {
        let story = Story::new(json!([post(200, "send-link"), post(200, "send-link"), post(200, "send-link")])).await;
        let carried = story.crash(AFTER).await;
        let (report, _) = story.run(Vec::new(), carried).await;
        assert_eq!(outcomes(&report), ["ambiguous", "200", "200"]);
    });
}

#[test]
fn a_run_that_does_something_else_than_its_record_is_stopped() {
    on_host(async {
        let recorded = Story::new(json!([post(200, "send-link")])).await.crash(BEFORE).await;
        for other in [json!([post(200, "send-other")]), json!([{ "do": "state_get", "key": "k" }]), json!([])] {
            let story = Story::new(other).await;
            let (report, _) = story.run(recorded.clone(), Vec::new()).await;
            assert!(matches!(report.end, Err(RunFailure::Diverged { index: 0, .. })), "{:?}", report.end);
            assert_eq!(story.remote().seen(), Vec::<String>::new());
        }
    });
}

#[test]
fn what_cannot_be_recorded_is_not_sent() {
    on_host(async {
        let mut bench = Bench::new().await;
        bench.desk.record_fails = true;
        let script = json!([{ "do": "send", "method": "POST", "url": format!("{}/status/200", bench.remote.url), "step": "send-link" }]);
        let (_, report, _, remote) = bench.play(script).await;
        assert_eq!(report.end, Err(RunFailure::Port("the disk is full".to_owned())));
        assert_eq!(remote.seen(), Vec::<String>::new());
    });
}

#[test]
fn a_recorded_run_can_be_repeated_without_any_outside() {
    on_host(async {
        let script = json!([
            { "do": "send", "url": "{base}/echo/x" }, post(201, "a"), { "do": "state_set", "key": "k", "data": "v" }, { "do": "state_get", "key": "k" },
            { "do": "create_payment", "key": "7", "minor": 100 }, { "do": "get_payment", "key": "none" }, { "do": "clock" }, { "do": "random" },
        ]);
        let story = Story::new(script).await;
        let (first, desk) = story.run(Vec::new(), Vec::new()).await;
        let seen = story.remote().seen().len();
        let (replayed, silent) = story.run(all_steps(&first, &desk), Vec::new()).await;
        assert_eq!(trace(&replayed), trace(&first));
        assert_eq!(story.remote().seen().len(), seen);
        assert_eq!(silent.writes(), Vec::<usize>::new());
        assert!(silent.state.lock().unwrap().is_empty());
    });
}

#[test]
fn a_replay_reaches_nothing_and_tells_the_first_call_that_differs() {
    on_host(async {
        let story = Story::new(json!([
            { "do": "send", "url": "{base}/echo/x" }, post(201, "a"), { "do": "state_set", "key": "k", "data": "v" },
            { "do": "create_payment", "key": "7", "minor": 100 },
        ]))
        .await;
        let (first, desk) = story.run(Vec::new(), Vec::new()).await;
        let steps = all_steps(&first, &desk);
        let seen = story.remote().seen().len();
        let replay = async |story: &Story, recorded: Vec<Step>| {
            let mut context = story.bench.context(&story.script);
            context.recorded = recorded;
            let silent = Arc::new(Desk::default());
            let report = story.bench.runtime.replay(&story.bench.plugin, deliver(), context, silent.clone()).await;
            assert!(silent.writes().is_empty() && silent.milestones().is_empty());
            assert!(silent.state.lock().unwrap().is_empty());
            report
        };
        let same = replay(&story, steps.clone()).await;
        assert_eq!((&same.end, trace(&same)), (&first.end, trace(&first)));
        let shorter = replay(&story, steps[..3].to_vec()).await;
        assert!(matches!(shorter.end, Err(RunFailure::Diverged { index: 3, .. })), "{:?}", shorter.end);
        let mut cut_off = steps[..2].to_vec();
        cut_off[1].response = None;
        assert_eq!(replay(&story, cut_off).await.end, Err(RunFailure::Unanswered { index: 1 }));
        assert_eq!(story.remote().seen().len(), seen);
    });
}

#[test]
fn a_shadow_run_is_answered_where_it_asks_the_same_and_sends_nothing() {
    on_host(async {
        let story = Story::new(json!([
            { "do": "send", "url": "{base}/status/204" }, post(201, "a"), { "do": "state_get", "key": "k" },
            { "do": "state_set", "key": "k", "data": "v" },
        ]))
        .await;
        let (first, desk) = story.run(Vec::new(), Vec::new()).await;
        let seen = story.remote().seen().len();
        let other = json!([
            { "do": "state_get", "key": "k" }, { "do": "send", "url": "{base}/status/204" }, post(202, "a"), post(200, "b"),
            { "do": "send", "url": "https://elsewhere.example/" }, { "do": "state_set", "key": "k", "data": "w" },
            { "do": "state_get", "key": "k" }, { "do": "create_payment", "key": "7", "minor": 100 },
        ]);
        let other: Value = serde_json::from_str(&other.to_string().replace("{base}", &story.bench.remote.url)).unwrap();
        let mut context = story.bench.context(&other);
        context.recorded = all_steps(&first, &desk);
        let silent = Arc::new(Desk::default());
        let report = story.bench.runtime.shadow(&story.bench.plugin, deliver(), context, silent.clone()).await;
        let told = trace(&report);
        assert_eq!(told[0], Value::Null, "as the recorded run saw it");
        assert_eq!([&told[1]["status"], &told[2]["status"]], [&json!(204), &json!(201)]);
        assert_eq!([&told[3]["failure"], &told[4]["failure"]], [&json!("not-sent"), &json!("not-granted")]);
        assert_eq!((&told[6]["value"], &told[7]["error"]), (&json!("w"), &json!("unavailable")));
        assert_eq!(report.steps.len(), 8, "all that it did is told");
        assert!(silent.writes().is_empty() && silent.state.lock().unwrap().is_empty());
        assert_eq!(story.remote().seen().len(), seen);
    });
}
