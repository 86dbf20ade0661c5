//! Which line is about which movement. The surest ties are made first, over the whole report, so that a weak tie of one line never takes
//! the movement that another line is surely about.

use crate::{Line, compare::Movement};
use std::collections::HashMap;

/// What ties a line to a movement, the surest first. A reference outranks an order number, as one order has a payment and its refunds;
/// but the bank often gives a refund the reference of its payment, so a reference alone, without the kind, comes last.
const TIES: [Tie; 6] = [
    Tie { by: By::Reference, same_kind: true, same_amount: true },
    Tie { by: By::Reference, same_kind: true, same_amount: false },
    Tie { by: By::OrderNumber { despite_references: false }, same_kind: true, same_amount: true },
    Tie { by: By::OrderNumber { despite_references: true }, same_kind: true, same_amount: true },
    Tie { by: By::OrderNumber { despite_references: true }, same_kind: true, same_amount: false },
    Tie { by: By::Reference, same_kind: false, same_amount: false },
];

#[derive(Clone, Copy)]
struct Tie {
    by: By,
    same_kind: bool,
    same_amount: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum By {
    Reference,
    /// Despite references: also where both sides have references, and other ones.
    OrderNumber {
        despite_references: bool,
    },
}

/// For each line the place of its movement. Lines and movements come sorted, and each is in one pair at most.
pub(crate) fn pairs(lines: &[&Line], movements: &[&Movement]) -> Vec<Option<usize>> {
    let (mut by_reference, mut by_order): (Places, Places) = (HashMap::new(), HashMap::new());
    for (place, movement) in movements.iter().enumerate() {
        let mut names: Vec<String> = movement.references.iter().filter_map(|name| key(name)).collect();
        names.sort();
        names.dedup();
        for name in names {
            by_reference.entry(name).or_default().push(place);
        }
        if let Some(name) = key(&movement.attempt_number) {
            by_order.entry(name).or_default().push(place);
        }
    }
    let (mut pairs, mut taken) = (vec![None; lines.len()], vec![false; movements.len()]);
    for tie in TIES {
        for (line, pair) in lines.iter().zip(&mut pairs).filter(|(_, pair)| pair.is_none()) {
            let (places, name) = match tie.by {
                By::Reference => (&mut by_reference, &line.reference),
                By::OrderNumber { .. } => (&mut by_order, &line.order_number),
            };
            let Some(there) = name.as_deref().and_then(key).and_then(|name| places.get_mut(&name)) else {
                continue;
            };
            there.retain(|place| !taken[*place]);
            let holding = there.iter().copied().filter(|place| tie.holds(line, movements[*place]));
            if let Some(place) = holding.min_by_key(|place| distance(line, movements[*place])) {
                *pair = Some(place);
                taken[place] = true;
            }
        }
    }
    pairs
}

/// Where the movements of a name stand, in their order.
type Places = HashMap<String, Vec<usize>>;

impl Tie {
    fn holds(self, line: &Line, movement: &Movement) -> bool {
        let references_may = match self.by {
            By::OrderNumber { despite_references: false } => line.reference.is_none() || movement.references.is_empty(),
            By::OrderNumber { despite_references: true } | By::Reference => true,
        };
        references_may
            && (!self.same_kind || line.kind == movement.kind)
            && (!self.same_amount || line.amount == movement.amount)
    }
}

/// How far apart they are: by currency, by amount, by time. Of equals the first in order is taken.
fn distance(line: &Line, movement: &Movement) -> (bool, bool, u64, u64) {
    (
        line.kind != movement.kind,
        line.amount.currency != movement.amount.currency,
        line.amount.minor.abs_diff(movement.amount.minor),
        line.time_ms.map_or(0, |at_ms| at_ms.abs_diff(movement.at_ms)),
    )
}

/// A name as it is compared: a spreadsheet takes away leading zeros, and somebody who copies it adds spaces and other capitals.
fn key(name: &str) -> Option<String> {
    let compact: String = name.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect();
    let bare =
        if compact.bytes().all(|byte| byte.is_ascii_digit()) { compact.trim_start_matches('0') } else { &compact };
    (!bare.is_empty()).then(|| bare.to_owned())
}
