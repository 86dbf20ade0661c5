//! Filters and sorting of `crm.item.list`. A condition on a field that does not exist is ignored without a word, so a
//! misspelled filter finds everything. It must not know what is listed.

use std::cmp::Ordering;

use serde_json::{Map, Value};

enum Test {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// Longer signs before the signs they begin with.
const SIGNS: [(&str, Test); 10] = [
    ("!=", Test::Different),
    (">=", Test::GreaterOrEqual),
    ("<=", Test::LessOrEqual),
    ("!", Test::Different),
    ("=", Test::Equal),
    ("@", Test::Equal),
    (">", Test::Greater),
    ("<", Test::Less),
    ("%", Test::Contains),
    ("", Test::Equal),
];

/// Conditions that all have to hold.
pub(super) struct Filter(Vec<(String, &'static Test, Value)>);

impl Filter {
    pub(super) fn read(conditions: &Map<String, Value>) -> Self {
        let read = |(key, value): (&String, &Value)| {
            let (name, test) = SIGNS.iter().find_map(|(sign, test)| Some((key.strip_prefix(sign)?, test)))?;
            Some((name.to_owned(), test, value.clone()))
        };
        Self(conditions.iter().filter_map(read).collect())
    }

    pub(super) fn admits(&self, item: &Map<String, Value>) -> bool {
        self.0.iter().all(|(name, test, wanted)| item.get(name).is_none_or(|value| test.holds(value, wanted)))
    }
}

impl Test {
    fn holds(&self, value: &Value, wanted: &Value) -> bool {
        // A list of values means any of them.
        let any = |wanted: &Value| match wanted {
            Value::Array(several) => several.iter().any(|one| compare(value, one).is_eq()),
            one => compare(value, one).is_eq(),
        };
        match self {
            Self::Equal => any(wanted),
            Self::Different => !any(wanted),
            Self::Less => compare(value, wanted).is_lt(),
            Self::LessOrEqual => compare(value, wanted).is_le(),
            Self::Greater => compare(value, wanted).is_gt(),
            Self::GreaterOrEqual => compare(value, wanted).is_ge(),
            Self::Contains => plain(value).to_lowercase().contains(&plain(wanted).to_lowercase()),
        }
    }
}

/// Sorts by the first key of `order`, else by id, which is also the order of equals.
pub(super) fn sort(rows: &mut [Map<String, Value>], order: &Map<String, Value>) {
    if let Some((name, direction)) = order.iter().next() {
        let descending = direction.as_str().is_some_and(|text| text.eq_ignore_ascii_case("DESC"));
        let null = Value::Null;
        rows.sort_by(|left, right| {
            let order = compare(left.get(name).unwrap_or(&null), right.get(name).unwrap_or(&null));
            if descending { order.reverse() } else { order }
        });
    }
}

/// As numbers where both are integers, as moments where both are, as text otherwise; the portal does not mind quotes around
/// numbers, nor another offset.
fn compare(left: &Value, right: &Value) -> Ordering {
    let (left, right) = (plain(left), plain(right));
    if let (Ok(left), Ok(right)) = (left.parse::<jiff::Timestamp>(), right.parse::<jiff::Timestamp>()) {
        return left.cmp(&right);
    }
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.cmp(&right),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
