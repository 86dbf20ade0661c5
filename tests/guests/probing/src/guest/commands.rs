//! The commands that a script may hold, each one call into the host.

use serde_json::{Value, json};

mod chat;

use super::exports::kamurj::plugin::setup::Finding;
use super::kamurj::plugin::{
    clock, format, http, log, payments, secrets, settings, state,
    types::{self, Outcome},
};

/// Runs the script of the settings. `input` is what the call brought: a delivery's id or a schedule's name.
pub fn run(input: &str) -> Outcome {
    run_told(input, &Value::Null)
}

/// As much of a text as a value of the state holds beside a few other fields.
pub fn beginning(text: &str) -> String {
    text.chars().take(2_000).collect()
}

/// Runs the script of the settings with what the call brought beside its `input`: `told`, which `keep_told` puts into the state
/// and `told_by_event` under the delivery's event, after what is there.
pub fn run_told(input: &str, told: &Value) -> Outcome {
    let settings: Value = serde_json::from_str(&settings::read()).unwrap_or_default();
    let script = settings["script"].as_array().cloned().unwrap_or_default();
    let mut trace = vec![json!({ "input": beginning(input) })];
    for command in &script {
        let answer = obey(command, told);
        // Whoever looks at the state afterwards sees what this guest saw.
        if let Some(key) = text(command, "keep") {
            state::set(&key, answer.to_string().as_bytes(), None).ok();
        }
        trace.push(answer);
    }
    // As a plugin does whose service refuses its token with this status.
    let refused = settings["auth_needed_at"].as_u64();
    let is_refused = refused.is_some() && trace.iter().any(|result| result["status"].as_u64() == refused);
    // As a plugin does whose service takes no message now.
    let ends = text(&settings, "ends").unwrap_or_else(|| "done".to_owned());
    Outcome {
        kind: if is_refused { "auth-needed".to_owned() } else { ends },
        code: String::new(),
        message: text(&settings, "message").unwrap_or_default(),
        retry_after_ms: None,
        scope: "message".to_owned(),
        remote_ref: None,
        extra: vec![("trace".to_owned(), Value::Array(trace).to_string())],
    }
}

/// Runs the script of the settings, then finds what their `findings` say: `[[name, state, message], …]`. Without any it ends with
/// an outcome of its own: the one that the script leaves.
pub fn set_up(wish: &Value) -> Result<Vec<Finding>, Outcome> {
    let outcome = run_told("set-up", wish);
    let settings: Value = serde_json::from_str(&settings::read()).unwrap_or_default();
    let Some(findings) = settings["findings"].as_array() else { return Err(outcome) };
    let part = |finding: &Value, index: usize| finding[index].as_str().unwrap_or_default().to_owned();
    let found = |finding: &Value| Finding {
        name: part(finding, 0),
        state: part(finding, 1),
        message: part(finding, 2),
        extra: Vec::new(),
    };
    Ok(findings.iter().map(found).collect())
}

fn obey(command: &Value, told: &Value) -> Value {
    let key = text(command, "key").unwrap_or_default();
    let data = text(command, "data").unwrap_or_default().into_bytes();
    let ttl = command["ttl_ms"].as_u64();
    match command["do"].as_str().unwrap_or_default() {
        "send" => answer(http::send(&request(command))),
        // Sends, and after a lost answer looks first whether it arrived.
        "ensure" => match http::send(&request(&command["send"])) {
            Err(failure) if failure.kind == "ambiguous" => match http::send(&request(&command["probe"])) {
                Ok(found) if lossy(&found.body).contains(&text(command, "mark").unwrap_or_default()) => json!("found"),
                _ => answer(http::send(&request(&command["send"]))),
            },
            sent => answer(sent),
        },
        "send_many" => {
            let requests: Vec<_> = command["requests"].as_array().into_iter().flatten().map(request).collect();
            http::send_many(&requests).into_iter().map(answer).collect()
        }
        "state_get" => match state::get(&key) {
            Ok(entry) => {
                entry.map_or(Value::Null, |entry| json!({ "value": lossy(&entry.value), "version": entry.version }))
            }
            Err(error) => refused(&error),
        },
        "state_set" => state::set(&key, &data, ttl).map_or_else(|error| refused(&error), |version| json!(version)),
        "keep_told" => {
            let kept = told.to_string().into_bytes();
            state::set(&key, &kept, None).map_or_else(|error| refused(&error), |version| json!(version))
        }
        // One line for every delivery, under its event.
        "told_by_event" => {
            let key = told["event"].as_str().unwrap_or_default();
            let before = state::get(key).ok().flatten().map_or_else(String::new, |entry| lossy(&entry.value) + "\n");
            let kept = format!("{before}{told}").into_bytes();
            state::set(key, &kept, None).map_or_else(|error| refused(&error), |version| json!(version))
        }
        "state_cas" => state::compare_and_set(&key, command["expected"].as_u64(), &data, ttl)
            .map_or_else(|error| refused(&error), |version| json!(version)),
        "state_delete" => state::delete(&key).map_or_else(|error| refused(&error), |()| json!("deleted")),
        "log" => {
            let count = command["count"].as_u64().unwrap_or(1);
            let message =
                text(command, "message").unwrap_or_default().repeat(command["times"].as_u64().unwrap_or(1) as usize);
            for _ in 0..count {
                log::write("warn", &message, &[("from".to_owned(), "probe".to_owned())]);
            }
            json!("logged")
        }
        "print" => {
            for _ in 0..command["count"].as_u64().unwrap_or(1) {
                println!("{}", text(command, "message").unwrap_or_default());
            }
            json!("printed")
        }
        "clock" => json!({
            "host": clock::now(),
            "wasi": std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map(|passed| passed.as_millis() as u64).unwrap_or_default(),
        }),
        "random" => {
            use std::hash::{BuildHasher, RandomState};
            json!(RandomState::new().hash_one("probe").to_string())
        }
        "hmac" => {
            secrets::sign("hmac-sha256", &key, &data).map_or_else(|error| refused(&error), |tag| json!(hex(&tag)))
        }
        "verify" => secrets::sign("hmac-sha256", &key, &data)
            .and_then(|tag| secrets::verify("hmac-sha256", &key, &data, &tag))
            .map_or_else(|error| refused(&error), |same| json!(same)),
        "sign" => secrets::sign(&text(command, "algorithm").unwrap_or_default(), &key, &data)
            .map_or_else(|error| refused(&error), |tag| json!(hex(&tag))),
        "sha256" => secrets::digest("sha256", &data).map_or_else(|error| refused(&error), |digest| json!(hex(&digest))),
        "available" => json!(secrets::available(&key)),
        "list_keys" => state::list_keys(&key).map_or_else(|error| refused(&error), |keys| json!(keys)),
        "propose" => payments::propose(&payments::Proposal {
            key: key.clone(),
            payment_id: text(command, "payment").unwrap_or_default(),
            kind: text(command, "kind").unwrap_or_default(),
            reason: text(command, "reason").unwrap_or_default(),
            extra: Vec::new(),
        })
        .map_or_else(|error| refused(&error), |()| json!("proposed")),
        "create_payment" => payment(payments::create(&order(command))),
        "get_payment" => payment(payments::get(&key)),
        "format" => json!({
            "money": format::money(&amount(command), "hy"),
            "time": format::date_time(clock::now(), "hy"),
            "bytes": format::utf8_bytes("֏😀"),
            "units": format::utf16_units("֏😀"),
        }),
        "file" => json!(std::fs::read("/etc/passwd").is_ok()),
        "environment" => json!(std::env::vars().count()),
        "connect" => json!(std::net::TcpStream::connect(text(command, "address").unwrap_or_default()).is_ok()),
        "spin" => loop {
            format::money(&amount(command), "hy");
        },
        "recurse" => json!(recurse(command["depth"].as_u64().unwrap_or_default())),
        "subscribe" => {
            let count = command["count"].as_u64().unwrap_or(1);
            let kept: Vec<_> = (0..count).map(wasip2::clocks::monotonic_clock::subscribe_duration).collect();
            json!(kept.len())
        }
        "panic" => panic!("told to"),
        other => chat::obey(other, command).unwrap_or_else(|| json!({ "unknown": other })),
    }
}

/// Takes about a hundred bytes of stack a level, whatever the compiler makes of it.
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 12]);
    if depth == 0 { 0 } else { recurse(depth - 1) + room[0] - room[11] + 1 }
}

fn request(command: &Value) -> http::Request {
    let pairs = command["headers"].as_array().into_iter().flatten();
    let body =
        text(command, "body").or_else(|| command["body_bytes"].as_u64().map(|length| "x".repeat(length as usize)));
    http::Request {
        method: text(command, "method").unwrap_or_else(|| "GET".to_owned()),
        url: text(command, "url").unwrap_or_default(),
        headers: pairs
            .map(|pair| {
                (pair[0].as_str().unwrap_or_default().to_owned(), pair[1].as_str().unwrap_or_default().to_owned())
            })
            .collect(),
        body: body.map(String::into_bytes),
        slots: command["slots"].as_array().into_iter().flatten().map(slot).collect(),
        step: text(command, "step"),
        timeout_ms: command["timeout_ms"].as_u64().map(|length| length as u32),
        extra: Vec::new(),
    }
}

/// `["token", "header", "x-key"]`
fn slot(written: &Value) -> http::Slot {
    let part = |index: usize| written[index].as_str().unwrap_or_default().to_owned();
    http::Slot { secret: part(0), place: part(1), field: part(2) }
}

fn answer(answer: Result<http::Response, http::Failure>) -> Value {
    match answer {
        Ok(response) => {
            json!({ "status": response.status, "headers": response.headers, "body": lossy(&response.body) })
        }
        Err(failure) => {
            json!({ "failure": failure.kind, "message": failure.message, "retry_after_ms": failure.retry_after_ms })
        }
    }
}

fn order(command: &Value) -> payments::PaymentRequest {
    payments::PaymentRequest {
        key: text(command, "key").unwrap_or_default(),
        order_id: None,
        amount: amount(command),
        description: "Probe".to_owned(),
        items: Vec::new(),
        customer: types::Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() },
        channel: None,
        crm: None,
        locale: None,
        expires_in_ms: None,
        extra: Vec::new(),
    }
}

fn amount(command: &Value) -> types::Money {
    types::Money { minor: command["minor"].as_i64().unwrap_or_default(), currency: "AMD".to_owned() }
}

fn payment(answer: Result<types::Payment, types::Error>) -> Value {
    answer.map_or_else(
        |error| refused(&error),
        |payment| json!({ "id": payment.id, "status": payment.status, "minor": payment.amount.minor }),
    )
}

fn refused(error: &types::Error) -> Value {
    json!({ "error": error.code, "retryable": error.retryable })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().map(str::to_owned)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
