//! The scripts that ship with the sandbox, for whoever does not want to write one.

use serde::Serialize;

/// A script that ships with the sandbox.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ready {
    /// Its file's name without its end.
    pub name: &'static str,
    /// Its text. The first line is a comment that says what it rehearses.
    pub text: &'static str,
}

/// All of them.
pub const READY: [Ready; 7] = [
    Ready { name: "lost-reply", text: include_str!("../../scripts/lost-reply.txt") },
    Ready { name: "late-push", text: include_str!("../../scripts/late-push.txt") },
    Ready { name: "pending-look-up", text: include_str!("../../scripts/pending-look-up.txt") },
    Ready { name: "wrong-amount", text: include_str!("../../scripts/wrong-amount.txt") },
    Ready { name: "declined-then-paid", text: include_str!("../../scripts/declined-then-paid.txt") },
    Ready { name: "reversed-next-day", text: include_str!("../../scripts/reversed-next-day.txt") },
    Ready { name: "outage", text: include_str!("../../scripts/outage.txt") },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripts::Script;

    #[test]
    fn each_is_a_script_that_says_what_it_rehearses() {
        let documented = include_str!("../../../../docs/sandbox.md");
        for ready in READY {
            let link = format!("[{0}](../host/sandbox/scripts/{0}.txt)", ready.name);
            assert!(documented.contains(&link), "{link}");
            assert!(Script::read(ready.text).is_ok(), "{}: {:?}", ready.name, Script::read(ready.text));
            assert!(ready.text.starts_with("# "), "{}", ready.name);
        }
    }
}
