//! One story for each engine: compiling one takes seconds, so it is compiled once.

use std::{fs, sync::Arc, time::Instant};

use kamurj_manifest::Class;
use kamurj_plugin_build::{Engine, build_script};
use kamurj_plugins::{
    Call, Delivery, Exports, Grants, Outcome, OutcomeKind, Plugin, RunContext, RunFailure, RunReport, Runtime,
    RuntimeSettings, SecretGrant,
};
use serde_json::{Value, json};

use crate::{
    bench::{TOKEN, context, deliver, on_host, runtime_with},
    desk::Desk,
    remote::Remote,
};

struct Script {
    engine: Engine,
    runtime: Runtime,
    plugin: Arc<Plugin>,
    remote: Remote,
}

impl Script {
    async fn load(engine: Engine) -> Self {
        let path = build_script(engine).unwrap_or_else(|error| panic!("{error}"));
        let remote = Remote::start().await;
        let runtime = runtime_with(RuntimeSettings::default(), &[&remote.url]);
        let bytes = fs::read(path).unwrap();
        let (size, started) = (bytes.len(), now());
        let plugin = runtime.load(bytes).await.unwrap();
        eprintln!("{}: {size} bytes, loaded in {:?}", engine.word(), started.elapsed());
        Self { engine, runtime, plugin, remote }
    }

    fn context(&self) -> RunContext {
        let token = SecretGrant { placements: vec!["header".to_owned()], origins: vec![self.remote.url.clone()] };
        let grants = Grants {
            origins: vec![self.remote.url.clone()],
            secrets: [("token".to_owned(), token)].into(),
            ..Grants::default()
        };
        RunContext { settings: json!({ "api_base": self.remote.url }).to_string(), ..context(grants, &Value::Null) }
    }

    async fn syncs(&self, id: &str, context: RunContext, desk: &Arc<Desk>) -> RunReport {
        let Call::Deliver(delivery) = deliver() else { unreachable!("that is what it makes") };
        let call = Call::Sync(Delivery { id: id.to_owned(), ..delivery });
        self.runtime.call(&self.plugin, call, context, desk.clone()).await
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement of the real thing")]
fn now() -> Instant {
    Instant::now()
}

fn desk() -> Arc<Desk> {
    Arc::new(Desk { secrets: [("token".to_owned(), TOKEN.to_owned())].into(), ..Desk::default() })
}

#[track_caller]
fn outcome(report: &RunReport) -> &Outcome {
    report.end.as_ref().unwrap_or_else(|failure| panic!("{failure}; {:?}", report.logs))
}

#[track_caller]
fn seen<'a>(report: &'a RunReport, name: &str) -> &'a str {
    let (_, value) =
        outcome(report).extra.iter().find(|(known, _)| known == name).expect("the plugin says what it saw");
    value
}

/// What every plugin in a script language must do.
fn works(engine: Engine) {
    on_host(async {
        let script = Script::load(engine).await;
        assert_eq!(script.plugin.manifest.class, Class::Script);
        assert_eq!(
            script.plugin.exports,
            Exports {
                channel: false,
                crm: true,
                inbound: true,
                schedule: true,
                self_test: true,
                setup: true,
                choices: true
            }
        );
        does_its_work(&script).await;
        repeats_itself(&script).await;
        breaks_alone(&script).await;
        let started = now();
        for _ in 0..20 {
            let report = script.runtime.call(&script.plugin, Call::Check, script.context(), desk()).await;
            assert_eq!(outcome(&report).message, "Ready");
        }
        eprintln!("{}: a call takes {:?}", engine.word(), started.elapsed() / 20);
    });
}

async fn does_its_work(script: &Script) {
    let desk = desk();
    for told in ["1", "2"] {
        let report = script.syncs("dlv_1", script.context(), &desk).await;
        assert_eq!((outcome(&report).kind, outcome(&report).remote_ref.as_deref()), (OutcomeKind::Done, Some("200")));
        assert_eq!(report.logs[0].message, "Told of 1250000 AMD en");
        assert_eq!(report.logs[0].fields, [("told".to_owned(), told.to_owned())]);
        // One clock, whichever way the language asks.
        assert_eq!((seen(&report, "clock"), seen(&report, "date")), ("1700000000123", "1700000000123"));
    }
    assert_eq!(script.remote.seen(), ["POST /echo/deals", "POST /echo/deals"]);
    let sent =
        desk.steps().into_iter().find(|step| step.name.as_deref() == Some("tell")).expect("the effect is recorded");
    assert!(sent.request.to_string().contains("{{secret:token}}"));
    let refused = RunContext { grants: Grants::default(), ..script.context() };
    let report = script.syncs("dlv_1", refused, &desk).await;
    assert_eq!((outcome(&report).kind, outcome(&report).code.as_str()), (OutcomeKind::Retry, "not-granted"));
}

/// The same run sees the same, and a run that is resumed from its record does nothing twice.
async fn repeats_itself(script: &Script) {
    let before = script.remote.seen().len();
    let first_desk = desk();
    let first = script.syncs("dlv_1", script.context(), &first_desk).await;
    let again = script.syncs("dlv_1", script.context(), &desk()).await;
    assert_eq!(outcome(&first), outcome(&again));
    let other = RunContext { seed: [8; 32], ..script.context() };
    let other = script.syncs("dlv_1", other, &desk()).await;
    if script.engine == Engine::QuickJs {
        // Its `Math.random` was seeded when the component was built and asks nobody: repeatable, and of no use as chance.
        assert_eq!(seen(&first, "random"), seen(&other, "random"));
    } else {
        assert_ne!(seen(&first, "random"), seen(&other, "random"), "another run has other chance");
    }
    let (one, two) = seen(&first, "random").split_once(' ').unwrap();
    assert_ne!(one, two);
    assert_eq!(script.remote.seen().len(), before + 3);

    let mut recorded = first_desk.steps();
    recorded.retain(|step| first.steps.iter().all(|kept| kept.index != step.index));
    recorded.extend(first.steps.iter().cloned());
    let resumed = RunContext { recorded, ..script.context() };
    let resumed = script.syncs("dlv_1", resumed, &desk()).await;
    assert_eq!(outcome(&resumed), outcome(&first));
    assert_eq!(script.remote.seen().len(), before + 3, "nothing was sent again");
}

async fn breaks_alone(script: &Script) {
    let thrown = script.syncs("throw", script.context(), &desk()).await;
    assert!(matches!(thrown.end, Err(RunFailure::Trap(_))), "{:?}", thrown.end);
    let looping = script.syncs("loop", script.context(), &desk()).await;
    assert!(matches!(looping.end, Err(RunFailure::Cpu { .. })), "{:?}", looping.end);
    let after = script.syncs("dlv_1", script.context(), &desk()).await;
    assert_eq!(outcome(&after).kind, OutcomeKind::Done);
}

#[test]
fn javascript_on_quickjs_loads_runs_and_repeats_itself() {
    works(Engine::QuickJs);
}

#[test]
fn javascript_on_starlingmonkey_loads_runs_and_repeats_itself() {
    works(Engine::StarlingMonkey);
}

#[test]
fn python_loads_runs_and_repeats_itself() {
    works(Engine::Python);
}
