//! The deeds. Those that come back say in the outcome's `message` what they saw.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    hint::black_box,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use wasip2::{
    clocks::monotonic_clock,
    random::{insecure, random},
};

use super::kamurj::plugin::{clock, http, log, payments, settings, state, types::Outcome};

const MEGABYTE: usize = 1024 * 1024;

/// Does what the settings name.
pub fn commit() -> Outcome {
    let settings: Value = serde_json::from_str(&settings::read()).unwrap_or_default();
    match settings["script"].as_str().unwrap_or_default() {
        "honest" => done("honest"),

        // Computing and calling without end.
        "loop" => loop {
            black_box(0);
        },
        "recursion" => done(&sink(0).to_string()),
        "clock calls" => loop {
            clock::now();
        },
        "log calls" => loop {
            log::write("info", "line", &[]);
        },
        "print calls" => loop {
            println!("line");
        },
        "state calls" => done(&count_until_refused(|_| state::get("k").is_ok()).to_string()),
        "payment calls" => {
            done(&count_until_refused(|_| payments::get("x").is_err_and(|error| error.code != "limit")).to_string())
        }
        "http calls" => done(
            &count_until_refused(|_| http::send(&nowhere()).is_err_and(|failure| failure.kind != "limit")).to_string(),
        ),
        "http calls at once" => {
            let answers = http::send_many(&(0..10_000).map(|_| nowhere()).collect::<Vec<_>>());
            let limited = answers.iter().filter(|answer| answer.as_ref().is_err_and(|failure| failure.kind == "limit"));
            done(&limited.count().to_string())
        }
        "sleep" => {
            std::thread::sleep(Duration::from_secs(3600));
            done("slept")
        }

        // More than there is room for.
        "memory" => grab(Vec::new()),
        "one piece of memory" => grab(vec![black_box(vec![1_u8; 1024 * MEGABYTE])]),
        "memory, then content" => {
            let mut pieces = Vec::<Vec<u8>>::new();
            loop {
                let mut piece = Vec::new();
                if piece.try_reserve_exact(MEGABYTE).is_err() {
                    break done(&pieces.len().to_string());
                }
                piece.resize(MEGABYTE, 1);
                pieces.push(black_box(piece));
            }
        }
        "handles" => {
            let mut held = Vec::new();
            loop {
                held.push(monotonic_clock::subscribe_duration(u64::MAX));
            }
        }
        "randomness" => done(&random::get_random_bytes(16 * MEGABYTE as u64).len().to_string()),
        "one huge line" => {
            log::write("info", &"x".repeat(40 * MEGABYTE), &[]);
            done("logged")
        }
        "many huge fields" => {
            let field = ("n".repeat(1000), "v".repeat(1000));
            log::write("info", "fields", &vec![field; 1000]);
            done("logged")
        }
        "huge print" => {
            println!("{}", "x".repeat(8 * MEGABYTE));
            done("printed")
        }
        "huge request" => {
            let request = http::Request { body: Some(vec![1; 40 * MEGABYTE]), ..nowhere() };
            done(&format!("{:?}", http::send(&request).map(|answer| answer.status)))
        }
        "state keys" => done(
            &count_until_refused(|number| state::set(&format!("key-{number}"), &[1; 8192], None).is_ok()).to_string(),
        ),
        "state size" => {
            done(&state::set("k", &vec![1; MEGABYTE], None).map_or_else(|error| error.code, |_| "kept".to_owned()))
        }
        "huge outcome" => Outcome {
            code: "c".repeat(MEGABYTE),
            remote_ref: Some("r".repeat(MEGABYTE)),
            extra: vec![("n".repeat(1000), "v".repeat(1000)); 1000],
            ..done(&"m".repeat(MEGABYTE))
        },
        "gigantic outcome" => done(&"m".repeat(40 * MEGABYTE)),

        // Ends of every kind.
        "panic" => panic!("told to"),
        "abort" => std::process::abort(),
        "exit well" => std::process::exit(0),
        "exit badly" => std::process::exit(1),
        "divide" => done(&(black_box(1_i32) / black_box(0_i32)).to_string()),
        "read outside" => {
            // SAFETY: none. The address lies beyond every memory that the host gives.
            let value = unsafe { std::ptr::read_volatile(black_box(0xffff_fff0_usize) as *const u32) };
            done(&value.to_string())
        }
        "call outside" => {
            // SAFETY: none. No function is at this place of the table.
            let function: fn() = unsafe { std::mem::transmute(black_box(0x00ff_ffff_usize)) };
            function();
            done("called")
        }

        // Words that nobody knows, and bytes that are no text.
        "unknown words" => Outcome {
            kind: "paid".to_owned(),
            scope: "everything".to_owned(),
            retry_after_ms: Some(u64::MAX),
            ..done("\u{0}\u{202e}\u{1b}[31m")
        },
        "no text" => done(&no_text(&[b'a', 0xff, 0xc0, 0x80, b'z'])),
        "no text in a line" => {
            log::write("info", &no_text(&[0xed, 0xa0, 0x80]), &[]);
            done("logged")
        }

        "look around" => done(&surroundings().to_string()),
        other => done(&format!("unknown deed: {other}")),
    }
}

fn done(message: &str) -> Outcome {
    Outcome {
        kind: "done".to_owned(),
        code: String::new(),
        message: message.to_owned(),
        retry_after_ms: None,
        scope: "message".to_owned(),
        remote_ref: None,
        extra: Vec::new(),
    }
}

fn no_text(bytes: &[u8]) -> String {
    // SAFETY: none. Text in a component's interface is promised to be UTF-8; this is not.
    unsafe { String::from_utf8_unchecked(black_box(bytes.to_vec())) }
}

fn sink(depth: u64) -> u64 {
    let here = black_box([depth; 8]);
    if here[0] == u64::MAX { 0 } else { sink(depth + 1) + here[7] }
}

fn grab(mut taken: Vec<Vec<u8>>) -> ! {
    loop {
        // Written to, so that no optimiser takes the allocation away.
        taken.push(black_box(vec![7; MEGABYTE]));
    }
}

/// How many calls went through before one was refused. Bounded by the host, or by nothing.
fn count_until_refused(mut call: impl FnMut(u64) -> bool) -> u64 {
    (0..).find(|number| !call(*number)).unwrap_or_default()
}

fn nowhere() -> http::Request {
    http::Request {
        method: "GET".to_owned(),
        url: "https://nowhere.example.am/".to_owned(),
        headers: Vec::new(),
        body: None,
        slots: Vec::new(),
        step: None,
        timeout_ms: None,
        extra: Vec::new(),
    }
}

/// Everything that might differ from one run to the next, or tell of the machine.
fn surroundings() -> Value {
    let started = Instant::now();
    let before = SystemTime::now();
    for turn in 0..1_000_000_u64 {
        black_box(turn);
    }
    json!({
        "clock": clock::now(),
        "since 1970": before.duration_since(UNIX_EPOCH).map(|passed| passed.as_millis() as u64).unwrap_or_default(),
        "passed": started.elapsed().as_nanos() as u64,
        "passed by the wall": SystemTime::now().duration_since(before).unwrap_or_default().as_nanos() as u64,
        "ticks": monotonic_clock::now(),
        "hash": RandomState::new().hash_one("zoo").to_string(),
        "random": random::get_random_bytes(16),
        "number": random::get_random_u64().to_string(),
        "insecure": insecure::get_insecure_random_bytes(16),
        "address": (&raw const started as usize),
        "variables": std::env::vars().count(),
        "arguments": std::env::args().count(),
        "folder": std::fs::read_dir("/").is_ok(),
        "file": std::fs::write("/tmp/out", "x").is_ok(),
        "name": std::net::ToSocketAddrs::to_socket_addrs("localhost:80").is_ok(),
        "socket": std::net::TcpListener::bind("127.0.0.1:0").is_ok(),
        "datagram": std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
    })
}
