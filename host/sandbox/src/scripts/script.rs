//! A script as it is read: who plays in it, and its moments. What its words mean is in `grammar`; when it is played, in
//! `stage`.

use super::effect::Effect;
use super::grammar::{self, Step};
use crate::gateways::Act;

/// The longest text of a script, in bytes.
const LONGEST: usize = 16 * 1024;
/// The most steps of a script.
const MOST_STEPS: usize = 200;

/// Which orders of its gateway a script is played with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Orders {
    /// The next one alone.
    Next,
    /// Every one that comes from now on.
    All,
    /// Every one whose number fits; `*` stands for any characters.
    Numbered(String),
}

impl Orders {
    /// Reads `next`, `all`, or an order number in which `*` stands for any characters.
    pub fn read(text: &str) -> Result<Self, String> {
        match text {
            "next" => Ok(Self::Next),
            "all" => Ok(Self::All),
            _ if (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Self::Numbered(text.to_owned()))
            }
            _ => Err("orders: write `next`, `all`, or an order number, with * for any characters: 10*".to_owned()),
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::Next => "next",
            Self::All => "all",
            Self::Numbered(pattern) => pattern,
        }
    }

    pub(super) fn take(&self, number: &str) -> bool {
        match self {
            Self::Next | Self::All => true,
            Self::Numbered(pattern) => fits(pattern.as_bytes(), number.as_bytes()),
        }
    }
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|taken| fits(rest, &text[taken..])),
        (Some((one, pattern)), Some((other, text))) => one == other && fits(pattern, text),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// What is wrong with a script, by its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ScriptError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// A script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The word of the gateway that it is for, where it says so.
    pub gateway: Option<String>,
    /// The orders that it is for, where it says so.
    pub orders: Option<Orders>,
    pub(super) moments: Vec<Moment>,
}

/// What happens at one time: first everything that goes wrong, then what people do, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) when: When,
    pub(super) faults: Vec<Fault>,
    pub(super) acts: Vec<Line>,
}

/// When a moment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// When an order comes.
    Order,
    /// So many milliseconds after the moment before.
    After(i64),
}

/// A fault and how it is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) effect: Effect,
    /// Milliseconds; until something ends it, otherwise.
    pub(super) lasts: Option<i64>,
    /// In force before the order comes that its moment waits for.
    pub(super) is_ahead: bool,
    pub(super) line: usize,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) deed: Deed,
    pub(super) text: String,
    pub(super) line: usize,
}

/// An act, or one whose amount is known only when its time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Act(Act),
    GiveBackAll,
}

impl Script {
    /// Reads a script. The error names the first wrong line.
    pub fn read(text: &str) -> Result<Self, ScriptError> {
        let whole = |why: &str| ScriptError { line: 1, why: why.to_owned() };
        if text.len() > LONGEST {
            return Err(whole("a script has at most 16 kilobytes"));
        }
        let mut script = Self { gateway: None, orders: None, moments: vec![Moment::new(When::Order)] };
        let mut steps = 0;
        for (index, written) in text.lines().enumerate() {
            let line = index + 1;
            let content = written.split('#').next().unwrap_or_default();
            for part in content.split(';').map(str::trim).filter(|part| !part.is_empty()) {
                let wrong = |why: String| ScriptError { line, why };
                if script.takes_head(part, steps == 0).map_err(wrong)? {
                    continue;
                }
                steps += 1;
                if steps > MOST_STEPS {
                    return Err(wrong(format!("a script has at most {MOST_STEPS} steps")));
                }
                for step in grammar::read(part).map_err(wrong)? {
                    script.add(step, part, line).map_err(wrong)?;
                }
            }
        }
        if steps == 0 {
            return Err(whole("a script needs a step, such as `pay`"));
        }
        Ok(script)
    }

    /// Whether it is a line about the whole script.
    fn takes_head(&mut self, part: &str, may: bool) -> Result<bool, String> {
        let Some((name, value)) = part.split_once(char::is_whitespace) else { return Ok(false) };
        let value = value.trim();
        if !["gateway", "orders"].contains(&name) {
            return Ok(false);
        }
        if !may {
            return Err(format!("`{name} …` is about the whole script: write it before the first step"));
        }
        if name == "orders" {
            self.orders = Some(Orders::read(value)?);
        } else {
            self.gateway = Some(value.to_owned());
        }
        Ok(true)
    }

    fn add(&mut self, step: Step, text: &str, line: usize) -> Result<(), String> {
        match step {
            Step::Wait(lasts) => self.moments.push(Moment::new(When::After(lasts))),
            Step::NextOrder => self.moments.push(Moment::new(When::Order)),
            Step::Deed(deed) => self.last().acts.push(Line { deed, text: text.to_owned(), line }),
            Step::Faults { effects, lasts } => {
                if effects.iter().any(Effect::keeps_orders_away) && lasts.is_none() {
                    return Err(format!(
                        "`{text}` needs a time, such as `{text} for 2m`: no order comes before it ends"
                    ));
                }
                // An outage meets all that comes, or it would be none.
                let is_outage = effects.iter().any(Effect::is_ahead);
                let is_ahead = is_outage && self.last().when == When::Order;
                let faults = effects.into_iter().map(|effect| Fault { effect, lasts, is_ahead, line });
                self.last().faults.extend(faults);
            }
        }
        Ok(())
    }

    fn last(&mut self) -> &mut Moment {
        if self.moments.is_empty() {
            self.moments.push(Moment::new(When::Order));
        }
        let last = self.moments.len() - 1;
        &mut self.moments[last]
    }
}

impl Moment {
    fn new(when: When) -> Self {
        Self { when, faults: Vec::new(), acts: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, number, fitting) in [
            ("10*", "1042", true),
            ("10*", "10", true),
            ("*42", "1042", true),
            ("1*4*", "1042", true),
            ("10*", "210", false),
            ("1042", "1042", true),
            ("1042", "10422", false),
        ] {
            assert_eq!(Orders::read(pattern).map(|orders| orders.take(number)), Ok(fitting), "{pattern} {number}");
        }
        assert_eq!((Orders::read("next"), Orders::read("all")), (Ok(Orders::Next), Ok(Orders::All)));
        assert!(Orders::read("").is_err() && Orders::read("a b").is_err());
    }

    #[test]
    fn moments_are_parted_by_time_and_by_orders() {
        let script = Script::read(
            "gateway vpos\norders 10*\n# a comment\ndecline; hold pushes # another\n\nafter 1h30m pay\nnext order\npay",
        )
        .unwrap();
        assert_eq!(script.gateway.as_deref(), Some("vpos"));
        assert_eq!(script.orders, Some(Orders::Numbered("10*".to_owned())));
        let when: Vec<When> = script.moments.iter().map(|moment| moment.when).collect();
        assert_eq!(when, [When::Order, When::After(5_400_000), When::Order]);
        assert_eq!((script.moments[0].faults.len(), script.moments[0].acts.len()), (1, 1));
        assert_eq!(script.moments[2].acts[0].line, 8);
    }

    #[test]
    fn what_an_order_meets_at_its_start_is_in_force_ahead() {
        let script = Script::read("drop the reply of start; look-up says pending for 2h; pay").unwrap();
        let ahead: Vec<bool> = script.moments[0].faults.iter().map(|fault| fault.is_ahead).collect();
        assert_eq!(ahead, [true, false]);
        let outage = Script::read("outage for 10m").unwrap();
        assert!(outage.moments[0].faults.iter().all(|fault| fault.is_ahead && fault.lasts == Some(600_000)));
        let later = Script::read("pay; after 1h outage for 10m").unwrap();
        assert!(later.moments[1].faults.iter().all(|fault| !fault.is_ahead));
    }

    #[test]
    fn an_error_names_its_line() {
        for (text, expected) in [
            ("", "line 1: a script needs a step"),
            ("# nothing\n", "line 1: a script needs a step"),
            ("pay\n\npray", "line 3: no step begins with `pray`"),
            ("pay; pray", "line 1: no step begins with `pray`"),
            ("pay\ngateway vpos", "line 2: `gateway …` is about the whole script"),
            ("orders a b\npay", "line 1: orders: write `next`"),
            ("fail the start", "line 1: `fail the start` needs a time, such as `fail the start for 2m`"),
            ("outage", "line 1: `outage` needs a time"),
        ] {
            let error = Script::read(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let long = "pay\n".repeat(201);
        assert_eq!(Script::read(&long).unwrap_err().line, 201);
        assert_eq!(Script::read(&" ".repeat(20_000)).unwrap_err().line, 1);
    }
}
