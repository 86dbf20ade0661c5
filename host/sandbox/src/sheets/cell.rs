//! What stands in a cell, and how it is read from what was sent and said again. It must not know where the cell is.

use serde_json::{Number, Value, json};

use super::node::Node;
use super::refusal::Refusal;

/// How many characters a cell holds.
const LONGEST: usize = 50_000;

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Content {
    #[default]
    Empty,
    Text(String),
    Number(Number),
    Flag(bool),
    /// With its `=`. It is never worked out: that it stands here is the harm.
    Formula(String),
}

/// `valueInputOption`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Text stays text.
    Raw,
    /// As if a person had typed it.
    UserEntered,
}

/// `valueRenderOption`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Render {
    /// As the grid shows it: everything is text.
    Formatted,
    /// Numbers are numbers.
    Unformatted,
    /// Formulas are their own text.
    Formula,
}

impl Content {
    /// One value of a `ValueRange`. `Ok(None)`: the cell stays as it is.
    pub(super) fn sent(value: &Value, input: Input) -> Result<Option<Self>, String> {
        Ok(Some(match value {
            Value::Null => return Ok(None),
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => match input {
                Input::Raw => Self::text(text),
                Input::UserEntered => Self::typed(text),
            },
            Value::Array(_) => return Err("list_value".to_owned()),
            Value::Object(_) => return Err("struct_value".to_owned()),
        }))
    }

    /// What a person types: a formula, a number without the zeros before it, a truth value, or else text.
    pub(super) fn typed(text: &str) -> Self {
        let plain = text.trim();
        if let Some(kept) = text.strip_prefix('\'') {
            return Self::text(kept);
        }
        if plain.starts_with('=') && plain.len() > 1 {
            return Self::Formula(plain.to_owned());
        }
        if plain.eq_ignore_ascii_case("true") || plain.eq_ignore_ascii_case("false") {
            return Self::Flag(plain.eq_ignore_ascii_case("true"));
        }
        number_typed(plain).map_or_else(|| Self::text(text), Self::Number)
    }

    /// `userEnteredValue` of a cell; exactly one of its fields.
    pub(super) fn entered(node: &Node<'_>) -> Result<Self, Refusal> {
        node.only(&["stringValue", "numberValue", "boolValue", "formulaValue", "errorValue"])?;
        match node.names().as_slice() {
            [] => Ok(Self::Empty),
            ["stringValue"] => Ok(Self::text(node.text("stringValue")?.unwrap_or_default())),
            ["boolValue"] => Ok(Self::Flag(node.flag("boolValue")?.unwrap_or_default())),
            ["numberValue"] => match node.value("numberValue") {
                Some(Value::Number(number)) => Ok(Self::Number(number.clone())),
                value => Err(Refusal::mistyped(&node.at("numberValue"), "TYPE_DOUBLE", &json!(value))),
            },
            ["formulaValue"] => {
                let text = node.text("formulaValue")?.unwrap_or_default();
                let formula = if text.starts_with('=') { text.to_owned() } else { format!("={text}") };
                Ok(Self::Formula(formula))
            }
            // `errorValue`: the only name left.
            [_] => Err(Refusal::invalid("errorValue is an output only field.")),
            [first, second, ..] => {
                let message = format!("oneof field 'value' is already set by '{first}'. Cannot set '{second}'");
                Err(Refusal::mistyped(&node.at(second), "oneof", &json!(message)))
            }
        }
    }

    /// Refuses what is too long for a cell.
    pub(super) fn fitting(self) -> Result<Self, Refusal> {
        let length = match &self {
            Self::Text(text) | Self::Formula(text) => text.chars().count(),
            Self::Empty | Self::Number(_) | Self::Flag(_) => 0,
        };
        if length > LONGEST {
            let message =
                format!("Your input contains more than the maximum of {LONGEST} characters in a single cell.");
            return Err(Refusal::invalid(message));
        }
        Ok(self)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => {
                let text = number.to_string();
                text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
            }
            Self::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
            Self::Formula(_) => "#ERROR!".to_owned(),
        }
    }

    pub(super) fn said(&self, render: Render) -> Value {
        match (self, render) {
            (Self::Number(number), Render::Unformatted | Render::Formula) => json!(number),
            (Self::Flag(flag), Render::Unformatted | Render::Formula) => json!(flag),
            (Self::Formula(text), Render::Formula) => json!(text),
            _ => json!(self.shown()),
        }
    }

    fn text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

/// A number as a person writes it: a sign, digits, and at most one decimal point. What was written before the number proper, such as
/// the zeros of `0077` or the plus of a telephone number, is lost.
fn number_typed(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    serde_json::from_str(&format!("{sign}{whole}{point}{fraction}")).ok()
}
