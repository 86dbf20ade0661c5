//! The words of scripts: what each step is called and what it means.

use super::effect::Effect;
use super::script::Deed;
use super::words::{amount, time, words};
use crate::gateways::{Act, Lie, Pushing, Reply, Says};

/// Every form of a step. `CALL` is `start`, `look-up`, `refund` or `cancel`; what is in brackets may be left out; articles and
/// `then` may be written anywhere.
pub const STEPS: [&str; 32] = [
    "pay",
    "approve",
    "decline",
    "close the page",
    "let the time run out",
    "staff reverse",
    "staff give back AMOUNT",
    "staff give back everything",
    "drop the reply of CALL [for TIME]",
    "drop the request of CALL [for TIME]",
    "fail the CALL [for TIME]",
    "the CALL works",
    "look-up says pending [for TIME]",
    "look-up says the truth",
    "hold pushes [for TIME]",
    "lose pushes [for TIME]",
    "forge pushes [for TIME]",
    "send pushes",
    "deliver the push [N times] [after TIME]",
    "amount times 100",
    "amount divided by 100",
    "amount one less",
    "amount right",
    "currency CODE",
    "currency right",
    "the page sends payers back [for TIME]",
    "the page works",
    "outage for TIME",
    "everything works",
    "wait TIME",
    "after TIME STEP",
    "next order",
];

/// What a step asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Deed(Deed),
    Faults {
        effects: Vec<Effect>,
        /// Milliseconds.
        lasts: Option<i64>,
    },
    /// Milliseconds.
    Wait(i64),
    NextOrder,
}

/// Reads one step; `after TIME STEP` is two.
pub(super) fn read(part: &str) -> Result<Vec<Step>, String> {
    let words = words(part);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["after", text, rest @ ..] = words.as_slice() {
        let lasts = time(text)?;
        if rest.is_empty() {
            return Err(format!("`{part}` says nothing that happens then: write `after {text} pay`, or `wait {text}`"));
        }
        return Ok(vec![Step::Wait(lasts), one(rest, part)?]);
    }
    Ok(vec![one(&words, part)?])
}

fn one(words: &[&str], part: &str) -> Result<Step, String> {
    let act = |act| Ok(Step::Deed(Deed::Act(act)));
    let fault = |effect: Effect| Ok(Step::Faults { effects: vec![effect], lasts: None });
    let for_time =
        |effect: Effect, rest: &[&str]| Ok(Step::Faults { effects: vec![effect], lasts: lasts(rest, part)? });
    match words {
        ["pay" | "approve"] => act(Act::Pay),
        ["decline"] => act(Act::Decline),
        ["close"] | ["close", "page"] => act(Act::Close),
        ["let", "time", "run", "out"] => act(Act::Expire),
        ["staff", "reverse"] => act(Act::Reverse),
        ["staff", "give", "back", "everything"] => Ok(Step::Deed(Deed::GiveBackAll)),
        ["staff", "give", "back", text] => act(Act::GiveBack { minor: amount(text)? }),
        ["drop", "reply", "of", call, rest @ ..] => for_time(answered(call, Reply::DropReply)?, rest),
        ["drop", "request", "of", call, rest @ ..] => for_time(answered(call, Reply::DropRequest)?, rest),
        ["fail", call, rest @ ..] => for_time(answered(call, Reply::Fail)?, rest),
        ["page", "sends", "payers", "back", rest @ ..] => for_time(Effect::Outage(true), rest),
        ["page", "works"] => fault(Effect::Outage(false)),
        ["everything", "works"] => Ok(Step::Faults { effects: Effect::everything_works(), lasts: None }),
        [call, "works"] => fault(answered(call, Reply::Ok)?),
        ["look-up" | "look-ups" | "lookup", "says" | "say", "pending", rest @ ..] => {
            for_time(Effect::Says(Says::Pending), rest)
        }
        ["look-up" | "look-ups" | "lookup", "says" | "say", "truth"] => fault(Effect::Says(Says::Truth)),
        ["hold", "push" | "pushes", rest @ ..] => for_time(Effect::Push(Pushing::Hold), rest),
        ["lose", "push" | "pushes", rest @ ..] => for_time(Effect::Push(Pushing::Drop), rest),
        ["forge", "push" | "pushes", rest @ ..] => for_time(Effect::Forged(true), rest),
        ["send", "push" | "pushes"] => Ok(Step::Faults {
            effects: vec![Effect::Push(Pushing::Send), Effect::Forged(false), Effect::Repeat(0), Effect::DelayS(0)],
            lasts: None,
        }),
        ["deliver", "push" | "pushes", rest @ ..] => delivered(rest, part),
        ["amount", "times", "100"] => fault(Effect::Paid(Lie::Times100)),
        ["amount", "divided", "by", "100"] => fault(Effect::Paid(Lie::DividedBy100)),
        ["amount", "one", "less"] => fault(Effect::Paid(Lie::OneLess)),
        ["amount", "right"] => fault(Effect::Paid(Lie::None)),
        ["currency", "right"] => fault(Effect::Currency(None)),
        ["currency", code] if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            fault(Effect::Currency(Some(code.to_uppercase())))
        }
        ["outage", rest @ ..] => Ok(Step::Faults { effects: Effect::outage(), lasts: lasts(rest, part)? }),
        ["wait", text] => Ok(Step::Wait(time(text)?)),
        ["next", "order"] => Ok(Step::NextOrder),
        _ => Err(unknown(words, part)),
    }
}

/// The fault of a call that is answered so.
fn answered(call: &str, reply: Reply) -> Result<Effect, String> {
    match call {
        "start" => Ok(Effect::Start(reply)),
        "look-up" | "look-ups" | "lookup" => Ok(Effect::Lookup(reply)),
        "refund" => Ok(Effect::Refund(reply)),
        "cancel" => Ok(Effect::Cancel(reply)),
        _ => Err(format!("`{call}` is no call: write start, look-up, refund or cancel")),
    }
}

fn lasts(rest: &[&str], part: &str) -> Result<Option<i64>, String> {
    match rest {
        [] => Ok(None),
        ["for", text] => Ok(Some(time(text)?)),
        _ => {
            Err(format!("`{part}` goes on with what is not known: only `for` and a time may follow, such as `for 10m`"))
        }
    }
}

fn delivered(rest: &[&str], part: &str) -> Result<Step, String> {
    let (times, rest) = match rest {
        ["once", rest @ ..] => (1, rest),
        ["twice", rest @ ..] => (2, rest),
        [text, "times", rest @ ..] => {
            let times = text.parse().ok().filter(|times| (1..=100).contains(times));
            (times.ok_or_else(|| format!("`{text} times`: write a number from 1 to 100"))?, rest)
        }
        rest => (1, rest),
    };
    let delay = match rest {
        [] => 0,
        ["after", text] => time(text)?,
        _ => {
            return Err(format!(
                "`{part}` goes on with what is not known: write `deliver the push [N times] [after TIME]`, such as \
                 `deliver the push 3 times after 26h`"
            ));
        }
    };
    let effects = vec![Effect::Push(Pushing::Send), Effect::Repeat(times - 1), Effect::DelayS(delay / 1_000)];
    Ok(Step::Faults { effects, lasts: None })
}

/// Why this is no step, with those that begin alike.
fn unknown(words: &[&str], part: &str) -> String {
    let first = words.first().copied().unwrap_or_default();
    let first_of = |form: &str| super::words::words(form).first().cloned().unwrap_or_default();
    let alike: Vec<String> =
        STEPS.iter().filter(|form| first_of(form) == first).map(|form| format!("`{form}`")).collect();
    if alike.is_empty() {
        let mut firsts: Vec<String> = STEPS.iter().map(|form| first_of(form)).filter(|word| word != "call").collect();
        firsts.sort();
        firsts.dedup();
        format!("no step begins with `{first}`; steps begin with {}", firsts.join(", "))
    } else {
        format!("`{part}` is no step: write {}", alike.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(effect: Effect, lasts: Option<i64>) -> Vec<Step> {
        vec![Step::Faults { effects: vec![effect], lasts }]
    }

    fn act(act: Act) -> Vec<Step> {
        vec![Step::Deed(Deed::Act(act))]
    }

    #[test]
    fn every_step_has_one_meaning() {
        let pushes = |times, delay| {
            let effects = vec![Effect::Push(Pushing::Send), Effect::Repeat(times), Effect::DelayS(delay)];
            vec![Step::Faults { effects, lasts: None }]
        };
        let table = [
            ("pay", act(Act::Pay)),
            ("Approve", act(Act::Pay)),
            ("then pay", act(Act::Pay)),
            ("decline", act(Act::Decline)),
            ("close the page", act(Act::Close)),
            ("let the time run out", act(Act::Expire)),
            ("staff reverse", act(Act::Reverse)),
            ("staff give back 500", act(Act::GiveBack { minor: 50_000 })),
            ("staff give back everything", vec![Step::Deed(Deed::GiveBackAll)]),
            ("drop the reply of start", fault(Effect::Start(Reply::DropReply), None)),
            ("drop reply of refund for 2h", fault(Effect::Refund(Reply::DropReply), Some(7_200_000))),
            ("drop the request of the look-up", fault(Effect::Lookup(Reply::DropRequest), None)),
            ("fail the refund", fault(Effect::Refund(Reply::Fail), None)),
            ("fail the cancel for 1m", fault(Effect::Cancel(Reply::Fail), Some(60_000))),
            ("the start works", fault(Effect::Start(Reply::Ok), None)),
            ("look-up says pending for 2h", fault(Effect::Says(Says::Pending), Some(7_200_000))),
            ("lookup says the truth", fault(Effect::Says(Says::Truth), None)),
            ("hold pushes", fault(Effect::Push(Pushing::Hold), None)),
            ("lose pushes for 1d", fault(Effect::Push(Pushing::Drop), Some(86_400_000))),
            ("forge the pushes", fault(Effect::Forged(true), None)),
            ("deliver the push 3 times after 26h", pushes(2, 93_600)),
            ("deliver the push twice", pushes(1, 0)),
            ("deliver the push after 90s", pushes(0, 90)),
            ("amount times 100", fault(Effect::Paid(Lie::Times100), None)),
            ("amount divided by 100", fault(Effect::Paid(Lie::DividedBy100), None)),
            ("amount one less", fault(Effect::Paid(Lie::OneLess), None)),
            ("amount right", fault(Effect::Paid(Lie::None), None)),
            ("currency USD", fault(Effect::Currency(Some("USD".to_owned())), None)),
            ("currency right", fault(Effect::Currency(None), None)),
            ("the page sends payers back for 5m", fault(Effect::Outage(true), Some(300_000))),
            ("the page works", fault(Effect::Outage(false), None)),
            ("outage for 10m", vec![Step::Faults { effects: Effect::outage(), lasts: Some(600_000) }]),
            ("everything works", vec![Step::Faults { effects: Effect::everything_works(), lasts: None }]),
            ("wait 2h", vec![Step::Wait(7_200_000)]),
            ("after 2h pay", vec![Step::Wait(7_200_000), Step::Deed(Deed::Act(Act::Pay))]),
            ("then the next order", vec![Step::NextOrder]),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn every_form_that_is_promised_is_read() {
        for form in STEPS {
            let bare = form.split('[').next().unwrap().trim();
            let words = [("CALL", "refund"), ("AMOUNT", "500"), ("CODE", "USD"), ("TIME", "5m"), ("STEP", "pay")];
            let fill = |text: &str| words.iter().fold(text.to_owned(), |text, (name, word)| text.replace(name, word));
            assert!(read(&fill(bare)).is_ok(), "{form}");
            let whole = form.replace(['[', ']'], "").replace("N times", "3 times");
            assert!(read(&fill(&whole)).is_ok(), "{form}");
        }
    }

    #[test]
    fn every_form_is_in_the_table_of_the_documentation_and_no_other() {
        let table = include_str!("../../../../docs/sandbox.md").split("### Every step").nth(1).unwrap();
        let rows = table.lines().skip_while(|line| !line.starts_with("| `")).take_while(|line| line.starts_with('|'));
        let documented: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        assert_eq!(documented, STEPS);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let table = [
            ("pay twice", "write `pay`"),
            ("drop the answer of start", "write `drop the reply of CALL [for TIME]` or `drop the request of CALL"),
            ("drop the reply of settlement", "`settlement` is no call: write start, look-up, refund or cancel"),
            ("fail", "write `fail the CALL [for TIME]`"),
            ("fail the start in 5m", "such as `for 10m`"),
            ("hold pushes for ever", "`ever` is no time: write a number with s, m, h or d"),
            ("look-up says no", "write `look-up says pending [for TIME]` or `look-up says the truth`"),
            ("deliver the push 0 times", "write a number from 1 to 100"),
            ("deliver the push 3 times in 26h", "`deliver the push 3 times after 26h`"),
            ("staff give back half", "`half` is no amount: write it as 500 or 500.50"),
            ("staff give", "write `staff reverse` or `staff give back AMOUNT`"),
            ("amount doubled", "write `amount times 100`"),
            ("currency dram", "write `currency CODE` or `currency right`"),
            ("after 2h", "write `after 2h pay`, or `wait 2h`"),
            ("after lunch pay", "`lunch` is no time"),
            ("wait", "write `wait TIME`"),
            ("let it rain", "write `let the time run out`"),
            ("then", "no step begins with ``; steps begin with after, amount, approve"),
            ("refuse", "no step begins with `refuse`; steps begin with"),
        ];
        for (text, expected) in table {
            let why = read(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}
