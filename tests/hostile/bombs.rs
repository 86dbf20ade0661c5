//! Components that are small to upload and dear to compile.

use std::fmt::Write as _;

use kamurj_plugins::LoadError;

use crate::{
    bench::{deliver, on_host},
    zoo::{Zoo, component, importing, named, starting},
};

/// Makes its texts from so many pieces, by their numbers.
fn many(pieces: usize, piece: impl Fn(usize) -> String) -> String {
    (0..pieces).fold(String::new(), |mut text, number| {
        let _ = write!(text, "{}", piece(number));
        text
    })
}

/// One function whose locals all live to its end.
fn locals(count: usize) -> Vec<u8> {
    let fill = many(count - 1, |n| format!("(local.set {} (i32.add (local.get {n}) (local.get 0)))", n + 1));
    let use_up = many(count, |n| format!("(local.set 0 (i32.xor (local.get 0) (local.get {n})))"));
    starting(&format!("(func (export \"f\") (local {}) {fill} {use_up})", "i32 ".repeat(count)))
}

/// Tables of branches, one after the other, each to every one of the blocks around it.
fn branches(depth: usize, tables: usize) -> Vec<u8> {
    let table = format!("(block (br_table {} (local.get 0)))", many(depth, |n| format!("{n} ")));
    let inside = format!("{}{}{}", "(block ".repeat(depth), table.repeat(tables), ")".repeat(depth));
    starting(&format!("(func (export \"f\") (local i32) {inside})"))
}

/// Chains of blocks with values that meet at each end.
fn joins(count: usize) -> Vec<u8> {
    let join = "(local.set 0 (if (result i32) (local.get 0) (then (i32.mul (local.get 0) (i32.const 3))) (else (i32.sub (local.get 1) (local.get 0)))))";
    starting(&format!("(func (export \"f\") (local i32 i32) {})", join.repeat(count)))
}

fn functions(count: usize) -> Vec<u8> {
    starting(&format!(
        "(func (export \"f\")) {}",
        "(func (param i32 i64 f64) (result i32) (i32.const 1))".repeat(count)
    ))
}

fn instances(count: usize) -> Vec<u8> {
    let instance = "(core instance (instantiate $code))";
    component(&format!("(component (core module $code (func (export \"f\"))) {})", instance.repeat(count)))
}

/// Components within components, written by hand: no text nests so deeply.
fn nesting(depth: usize) -> Vec<u8> {
    let preamble = b"\0asm\x0d\0\x01\0";
    let nested = (0..depth).fold(preamble.to_vec(), |inner, _| {
        let mut outer = preamble.to_vec();
        outer.push(4);
        let mut length = inner.len();
        while length >= 0x80 {
            outer.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        outer.push(u8::try_from(length).unwrap());
        outer.extend(inner);
        outer
    });
    named(nested)
}

/// A type that doubles so often.
fn doubling(times: usize) -> Vec<u8> {
    let types = many(times, |n| format!("(type $t{} (tuple $t{n} $t{n}))", n + 1));
    let import =
        format!("(import \"kamurj:plugin/clock@1.0.0\" (instance (export \"now\" (func (param \"t\" $t{times})))))");
    importing(&format!("(type $t0 (tuple u8 u8)) {types} {import}"))
}

#[test]
fn i1_a_bomb_for_the_compiler_harms_nobody() {
    on_host(async {
        let zoo = Zoo::new().await;
        for (what, bomb) in [
            ("locals", locals(2_000)),
            ("branches", branches(200, 50)),
            ("functions", functions(5_000)),
            ("instances", instances(900)),
            ("nesting", nesting(2_000)),
            ("doubling", doubling(40)),
        ] {
            let fate = zoo.fate(bomb, deliver()).await;
            assert!(!matches!(fate, Err(LoadError::Host(_))), "{what}: {fate:?}");
        }
        for refused in [instances(900), doubling(40)] {
            assert!(zoo.fate(refused, deliver()).await.is_err());
        }
    });
}

#[test]
fn i1_others_are_served_while_a_bomb_is_compiled() {
    on_host(async {
        let zoo = Zoo::new().await;
        let runtime = zoo.runtime.clone();
        let bomb = joins(4_000);
        let compiling = tokio::spawn(async move { runtime.load(bomb).await.map(|_| ()) });
        let mut served = 0;
        while !compiling.is_finished() {
            zoo.serves().await;
            served += 1;
        }
        assert!(served > 1, "{served} calls were served meanwhile");
        assert!(!matches!(compiling.await.unwrap(), Err(LoadError::Host(_))));
        zoo.serves().await;
    });
}
