//! The arithmetic of second tries, replays and comparisons.

use super::*;

fn effect(index: u32, name: &str, response: Option<Value>) -> Step {
    let state = if response.is_some() { StepState::Answered } else { StepState::Sent };
    Step {
        index,
        call: "http.send".to_owned(),
        name: Some(name.to_owned()),
        request: json!({ "url": name }),
        state,
        response,
    }
}

fn ask(tape: &mut Tape, name: &str) -> Turn {
    tape.take("http.send", Some(name), &json!({ "url": name })).unwrap().1
}

fn status(code: u16) -> Value {
    json!({ "status": code })
}

/// What a new run is told about `x`, asked three times, after these earlier steps of `x`.
#[track_caller]
fn check_new_run(earlier: Vec<Option<Value>>, expected: &[Turn; 3]) {
    let carried = earlier.into_iter().zip(0..).map(|(response, index)| effect(index, "x", response)).collect();
    let mut tape = Tape::new(Mode::Live, Vec::new(), carried);
    assert_eq!(&[ask(&mut tape, "x"), ask(&mut tape, "x"), ask(&mut tape, "x")], expected);
    assert_eq!(ask(&mut tape, "other"), Turn::Live);
}

#[test]
fn a_new_run_repeats_nothing_that_was_accepted_and_hears_of_doubt_once() {
    let accepted = Turn::Carried(json!({ "status": 201 }));
    check_new_run(vec![], &[Turn::Live, Turn::Live, Turn::Live]);
    check_new_run(vec![Some(status(201))], &[accepted.clone(), accepted.clone(), accepted.clone()]);
    check_new_run(vec![Some(status(429))], &[Turn::Live, Turn::Live, Turn::Live]);
    check_new_run(vec![Some(status(503)), Some(status(201))], &[accepted.clone(), accepted.clone(), accepted.clone()]);
    check_new_run(vec![None], &[Turn::Doubt, Turn::Live, Turn::Live]);
    check_new_run(vec![None, Some(status(500))], &[Turn::Live, Turn::Live, Turn::Live]);
    check_new_run(vec![None, Some(status(201))], &[accepted.clone(), accepted.clone(), accepted]);
}

#[test]
fn doubt_outlives_runs_that_were_told_and_did_not_settle_it() {
    check_new_run(vec![None, Some(failure("ambiguous", "", None))], &[Turn::Doubt, Turn::Live, Turn::Live]);
    check_new_run(vec![Some(failure("too-large", "", None))], &[Turn::Doubt, Turn::Live, Turn::Live]);
}

#[test]
fn what_never_left_this_machine_says_nothing() {
    check_new_run(vec![Some(failure("not-sent", "", None))], &[Turn::Live, Turn::Live, Turn::Live]);
    check_new_run(vec![None, Some(failure("not-sent", "", None))], &[Turn::Doubt, Turn::Live, Turn::Live]);
    let accepted = Turn::Carried(json!({ "status": 200 }));
    check_new_run(
        vec![Some(status(200)), Some(failure("not-granted", "", None))],
        &[accepted.clone(), accepted.clone(), accepted],
    );
}

#[test]
fn a_resumed_run_is_answered_in_order_then_goes_on_for_real() {
    let mut tape = Tape::new(Mode::Live, vec![effect(0, "a", Some(status(503))), effect(1, "b", None)], Vec::new());
    assert_eq!(ask(&mut tape, "a"), Turn::Recorded(json!({ "status": 503 })));
    assert_eq!(ask(&mut tape, "b"), Turn::Doubt);
    assert_eq!(ask(&mut tape, "b"), Turn::Live);
    assert_eq!(ask(&mut tape, "c"), Turn::Live);
    assert_eq!(tape.finish(), Ok(()));
}

#[test]
fn a_resumed_run_that_was_told_of_carried_doubt_is_not_told_twice() {
    let told = effect(0, "x", Some(failure("ambiguous", "", None)));
    let mut tape = Tape::new(Mode::Live, vec![told], vec![effect(0, "x", None)]);
    assert!(matches!(ask(&mut tape, "x"), Turn::Recorded(_)));
    assert_eq!(ask(&mut tape, "x"), Turn::Live);
}

#[test]
fn another_call_another_request_or_an_early_end_is_a_divergence() {
    let recorded = || vec![effect(0, "a", Some(status(200)))];
    assert!(Tape::new(Mode::Live, recorded(), Vec::new()).take("state.get", None, &json!({})).is_err());
    assert!(
        Tape::new(Mode::Live, recorded(), Vec::new()).take("http.send", Some("a"), &json!({ "url": "else" })).is_err()
    );
    assert!(Tape::new(Mode::Live, recorded(), Vec::new()).take("http.send", None, &json!({ "url": "a" })).is_err());
    assert!(Tape::new(Mode::Live, recorded(), Vec::new()).finish().is_err());
}

#[test]
fn a_replay_knows_its_record_and_nothing_more() {
    let mut tape = Tape::new(Mode::Replay, vec![effect(0, "a", Some(status(503))), effect(1, "b", None)], Vec::new());
    assert_eq!(ask(&mut tape, "a"), Turn::Recorded(status(503)));
    assert_eq!(ask(&mut tape, "b"), Turn::Unanswered);
    let beyond = tape.take("http.send", Some("c"), &json!({})).unwrap_err();
    assert_eq!((beyond.index, beyond.detail.as_str()), (2, "the record has ended, the plugin now calls `http.send`"));
}

#[test]
fn a_divergence_says_what_is_otherwise() {
    let told = |call: &str, name, request| {
        let recorded = vec![effect(0, "a", Some(status(200)))];
        Tape::new(Mode::Replay, recorded, Vec::new()).take(call, name, &request).unwrap_err().detail
    };
    assert_eq!(
        told("state.get", None, json!({})),
        "the record has `http.send` as `a`, the plugin now calls `state.get`"
    );
    assert_eq!(
        told("http.send", Some("a"), json!({ "url": "b" })),
        "the plugin now calls `http.send` as `a` with other values than its record: `url`: \"a\" → \"b\""
    );
}

#[test]
fn another_version_is_answered_by_the_name_of_an_effect_and_by_the_words_of_a_question() {
    let read = |index, url: &str, code| Step {
        name: None,
        request: json!({ "url": url }),
        ..effect(index, "", Some(status(code)))
    };
    let recorded = vec![read(0, "x", 200), effect(1, "a", Some(status(503))), effect(2, "a", Some(status(201)))];
    let mut tape = Tape::new(Mode::Shadow, recorded, Vec::new());
    let mut take = |name, url: &str| tape.take("http.send", name, &json!({ "url": url })).unwrap().1;
    assert_eq!(take(Some("b"), "b"), Turn::Missing);
    assert_eq!(take(Some("a"), "another"), Turn::Carried(status(503)));
    assert_eq!(take(Some("a"), "a"), Turn::Carried(status(201)));
    assert_eq!(take(Some("a"), "a"), Turn::Missing, "an effect counts once");
    assert_eq!([take(None, "x"), take(None, "x")], [Turn::Carried(status(200)), Turn::Carried(status(200))]);
    assert_eq!(take(None, "y"), Turn::Missing);
    assert_eq!(tape.finish(), Ok(()), "what is not repeated is told in the report");
}

#[test]
fn a_resumed_run_counts_the_same_bytes() {
    let run = |recorded| {
        let mut tape = Tape::new(Mode::Live, recorded, Vec::new());
        for name in ["a", "b"] {
            if let Turn::Live = ask(&mut tape, name) {
                tape.keep(effect(tape.length() - 1, name, Some(status(200))));
            }
        }
        tape.bytes()
    };
    let first = run(Vec::new());
    assert_eq!(first, 2 * (r#"{"url":"a"}"#.len() + r#"{"status":200}"#.len()));
    assert_eq!(run(vec![effect(0, "a", Some(status(200)))]), first);
}
