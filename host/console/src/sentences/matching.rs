//! Holding a text against a sentence with holes. Texts may contain what a provider or a plugin said, so nothing here goes back over a text
//! that it has passed: each literal part is taken where it comes first, the last one at the end, which finds every match that there is.

use std::borrow::Cow;

/// An English sentence: the literal parts around its holes, one more than there are holes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    literals: Vec<String>,
    holes: Vec<usize>,
}

impl Key {
    /// Reads `… {0} … {1} …`.
    pub(super) fn read(english: &str) -> Result<Self, &'static str> {
        let mut key = Self { literals: vec![String::new()], holes: Vec::new() };
        for part in parts(english) {
            match part {
                Part::Hole(number) if number != key.holes.len() => return Err("does not number its holes in order"),
                Part::Hole(_) if !key.holes.is_empty() && key.literals.last().is_some_and(String::is_empty) => {
                    return Err("has two holes with nothing between them");
                }
                Part::Hole(number) => {
                    key.holes.push(number);
                    key.literals.push(String::new());
                }
                Part::Literal(text) => key.literals.last_mut().into_iter().for_each(|last| last.push_str(text)),
            }
        }
        if key.weight() == 0 {
            return Err("has no words of its own");
        }
        Ok(key)
    }

    pub(super) fn holes(&self) -> &[usize] {
        &self.holes
    }

    pub(super) fn begins_with_a_hole(&self) -> bool {
        self.literals.first().is_some_and(String::is_empty)
    }

    /// How much it says by itself.
    pub(super) fn weight(&self) -> usize {
        self.literals.iter().map(String::len).sum()
    }

    /// What stands in the holes where the text is this sentence; no hole is empty.
    pub(super) fn takes<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.literals.split_first()?;
        let (last, middle) = others.split_last()?;
        let mut rest = text.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let mut holes = Vec::with_capacity(self.holes.len());
        for literal in middle {
            let skipped = rest.chars().next()?.len_utf8();
            let at = skipped + rest[skipped..].find(literal.as_str())?;
            holes.push(&rest[..at]);
            rest = &rest[at + literal.len()..];
        }
        if rest.is_empty() {
            return None;
        }
        holes.push(rest);
        Some(holes)
    }
}

/// A translation.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Literal(String),
    Hole(usize),
}

impl Template {
    pub(super) fn read(text: &str) -> Self {
        let piece = |part| match part {
            Part::Literal(text) => Piece::Literal(text.to_owned()),
            Part::Hole(number) => Piece::Hole(number),
        };
        Self(parts(text).into_iter().map(piece).collect())
    }

    /// The numbers of its holes, in their order.
    pub(super) fn holes(&self) -> Vec<usize> {
        let hole = |piece: &Piece| match piece {
            Piece::Literal(_) => None,
            Piece::Hole(number) => Some(*number),
        };
        let mut holes: Vec<usize> = self.0.iter().filter_map(hole).collect();
        holes.sort_unstable();
        holes
    }

    pub(super) fn filled(&self, holes: &[Cow<'_, str>]) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => filled.push_str(text),
                Piece::Hole(number) => filled.push_str(holes.get(*number).map_or("", AsRef::as_ref)),
            }
        }
        filled
    }
}

enum Part<'t> {
    Literal(&'t str),
    Hole(usize),
}

/// A text taken apart at its holes; any other brace is itself.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut rest, mut from) = (text, 0);
    while let Some(found) = rest[from..].find('{') {
        let at = from + found;
        let number = rest[at + 1..].split_once('}').and_then(|(inside, _)| {
            let is_number = !inside.is_empty() && inside.len() < 3 && inside.bytes().all(|one| one.is_ascii_digit());
            if is_number { inside.parse().ok().map(|number| (number, inside.len())) } else { None }
        });
        let Some((number, length)) = number else {
            from = at + 1;
            continue;
        };
        if at > 0 {
            parts.push(Part::Literal(&rest[..at]));
        }
        parts.push(Part::Hole(number));
        (rest, from) = (&rest[at + length + 2..], 0);
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest));
    }
    parts
}
