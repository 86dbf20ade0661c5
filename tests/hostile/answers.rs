//! What comes back: from plugins that answer nonsense, and from remotes that do.

use std::sync::Arc;

use kamurj_egress::Egress;
use kamurj_plugins::Grants;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::{
    bench::{context, deliver, on_host, trace},
    crooked::{Manner, crooked},
    desk::Desk,
    zoo::{Zoo, component, end, inbound},
};

/// An outcome of a plugin that keeps more than this has swamped its operator.
const KEPT_BYTES: usize = 96 * 1024;

#[test]
fn i7_a_huge_outcome_is_cut_or_refused() {
    on_host(async {
        let zoo = Zoo::new().await;
        for deed in ["huge outcome", "gigantic outcome"] {
            let report = zoo.commits(deed).await;
            if let Ok(outcome) = &report.end {
                let extra: usize = outcome.extra.iter().map(|(name, value)| name.len() + value.len()).sum();
                let reference = outcome.remote_ref.as_ref().map_or(0, String::len);
                let kept = outcome.message.len() + outcome.code.len() + reference + extra;
                assert!(kept <= KEPT_BYTES, "{deed}: {kept} bytes");
            }
        }
    });
}

#[test]
fn i7_text_that_is_no_text_and_words_that_are_none() {
    on_host(async {
        let zoo = Zoo::new().await;
        for deed in ["no text", "no text in a line"] {
            let report = zoo.commits(deed).await;
            assert_eq!(end(&report), "trap", "{deed}: {:?}", report.end);
            assert!(report.end.unwrap_err().to_string().contains("utf-8"), "{deed}");
        }
        let report = zoo.commits("unknown words").await;
        assert_eq!(end(&report), "bad-request", "an unknown kind counts as that");
    });
}

/// The bytes of an outcome, as it lies in the guest's memory: `done` and nothing else, then these changes of single bytes.
fn outcome(changes: &[(usize, [u8; 4])]) -> String {
    let mut bytes = [0_u8; 72];
    bytes[..8].copy_from_slice(&[0, 2, 0, 0, 4, 0, 0, 0]);
    for (at, change) in changes {
        bytes[*at..at + 4].copy_from_slice(change);
    }
    bytes.iter().fold(String::new(), |text, byte| text + &format!("\\{byte:02x}"))
}

fn answering(pointer: &str, outcome: &str, realloc: &str) -> Vec<u8> {
    component(&written("", pointer, outcome, realloc))
}

fn written(before: &str, pointer: &str, outcome: &str, realloc: &str) -> String {
    let text = include_str!("components/answering.wat").replace("@BEFORE@", before);
    text.replace("@POINTER@", pointer).replace("@DATA@", outcome).replace("@REALLOC@", realloc)
}

/// A component that is sound while it is tried, and at every later start does this before it is called.
pub(crate) fn two_faced(later: &str) -> Vec<u8> {
    let before = include_str!("components/later.wat").replace("@LATER@", later);
    component(&written(&before, "16", &outcome(&[]), HONEST))
}

/// Takes memory as it should.
const HONEST: &str = "
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (local.get $at)";

#[test]
fn i7_an_outcome_that_points_nowhere_is_a_failed_run() {
    on_host(async {
        let zoo = Zoo::new().await;
        let all_ones = [0xff; 4];
        let sound = answering("16", &outcome(&[]), HONEST);
        assert_eq!(zoo.fate(sound, inbound()).await, Ok("done"), "the component is sound but for its answer");
        for (what, component) in [
            ("an outcome beyond memory", answering("-8", &outcome(&[]), HONEST)),
            ("one across its end", answering("131064", &outcome(&[]), HONEST)),
            ("one between words", answering("17", &outcome(&[]), HONEST)),
            ("a text beyond memory", answering("16", &outcome(&[(0, all_ones)]), HONEST)),
            ("a text without end", answering("16", &outcome(&[(4, all_ones)]), HONEST)),
            ("a list without end", answering("16", &outcome(&[(64, all_ones)]), HONEST)),
            ("neither some nor none", answering("16", &outcome(&[(24, [7, 0, 0, 0])]), HONEST)),
            ("memory taken beyond memory", answering("16", &outcome(&[]), "(i32.const -16)")),
            ("memory taken between words", answering("16", &outcome(&[]), "(i32.const 4097)")),
            ("memory that is never given", answering("16", &outcome(&[]), "unreachable")),
        ] {
            assert_eq!(zoo.fate(component, inbound()).await, Ok("trap"), "{what}");
        }
        let looping = answering("16", &outcome(&[]), "(loop $again (br $again)) (i32.const 0)");
        assert_eq!(zoo.fate(looping, inbound()).await, Ok("cpu-limit"));
    });
}

/// What a plugin gets from a remote that does this.
async fn gets_from(manner: Manner) -> Value {
    let remote = crooked(manner).await;
    let zoo = Zoo::new().await;
    let place = remote.url.trim_start_matches("http://").parse().unwrap();
    let runtime = zoo.runtime.beside(Egress::new(vec![place]), Handle::current());
    let grants = Grants { origins: vec![remote.url.clone()], ..Grants::default() };
    let context = context(grants, &json!([{ "do": "send", "url": format!("{}/", remote.url), "timeout_ms": 1000 }]));
    let report = runtime.call(&zoo.honest, deliver(), context, Arc::new(Desk::default())).await;
    zoo.serves().await;
    trace(&report).remove(0)
}

#[test]
fn i7_a_remote_that_answers_nonsense_is_no_answer() {
    on_host(async {
        for (answer, expected) in [
            (&b"nonsense\r\n\r\n"[..], "ambiguous"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "ambiguous"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabcde", "ambiguous"),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx", "ambiguous"),
            (b"HTTP/1.1 99 Odd\r\n\r\n", "ambiguous"),
        ] {
            let got = gets_from(Manner::Says(answer.to_vec())).await;
            assert_eq!(got["failure"], expected, "{}: {got}", answer.escape_ascii());
        }
        let many =
            (0..5000).fold("HTTP/1.1 200 OK\r\n".to_owned(), |text, number| text + &format!("x-{number}: y\r\n"));
        let got = gets_from(Manner::Says((many + "\r\n").into_bytes())).await;
        assert_eq!(got["failure"], "ambiguous", "{got}");
    });
}

#[test]
fn i7_bytes_that_are_no_text_reach_a_plugin_as_text_that_is() {
    on_host(async {
        let answer = b"HTTP/1.1 200 OK\r\nx-odd: \xff\xfe\r\ncontent-length: 4\r\n\r\n\xffa\x00z".to_vec();
        let got = gets_from(Manner::Says(answer)).await;
        assert_eq!((&got["status"], &got["body"]), (&json!(200), &json!("\u{fffd}a\0z")));
        assert_eq!(got["headers"][0], json!(["x-odd", "\u{fffd}\u{fffd}"]));
    });
}

#[test]
fn i1_a_remote_that_never_ends_its_answer_is_bounded_in_time_and_size() {
    on_host(async {
        let got = gets_from(Manner::Drips).await;
        assert_eq!(got["failure"], "ambiguous", "{got}");
        let got = gets_from(Manner::DripsHeaders).await;
        assert_eq!(got["failure"], "ambiguous", "{got}");
        let got = gets_from(Manner::Floods).await;
        assert_eq!(got["failure"], "too-large", "{got}");
    });
}
