//! Values that are sealed with nothing between them can be cut anew under the same checksum. Every cut there is, tried.

use crate::account::{NOW, SHOP_KEY};
use crate::callback::{by_query, ours};
use kamurj_providers::{Push, Tidings};
use md5::{Digest, Md5};
use std::collections::BTreeSet;

const NAMES: [&str; 6] = ["invoice", "issuer_id", "payment_id", "buyer", "currency", "sum"];

/// All ways to cut `text` into so many pieces, empty ones too.
fn cuts(text: &str, pieces: usize, so_far: &mut Vec<usize>, each: &mut dyn FnMut(&[&str])) {
    if so_far.len() + 1 == pieces {
        let ends = so_far.iter().copied().chain([text.len()]);
        let mut start = 0;
        let cut: Vec<&str> = ends
            .map(|end| {
                let piece = &text[start..end];
                start = end;
                piece
            })
            .collect();
        each(&cut);
        return;
    }
    for end in so_far.last().copied().unwrap_or(0)..=text.len() {
        so_far.push(end);
        cuts(text, pieces, so_far, each);
        so_far.pop();
    }
}

/// The names under which the messages of one order are taken, over all cuts of what was sealed, and how many cuts passed.
fn names_of(genuine: [&str; 6], order: &str) -> (BTreeSet<String>, usize) {
    let (time, status) = ("2026-11-21 14:05:09", "PAID");
    let (text, telcell) = (genuine.concat(), ours());
    let seal = Md5::digest(format!("{SHOP_KEY}{text}{time}{status}").as_bytes());
    let checksum: String = seal.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let (mut names, mut passed) = (BTreeSet::new(), 0);
    for buyer in [false, true] {
        let of_it: Vec<&str> = NAMES.into_iter().filter(|name| buyer || *name != "buyer").collect();
        cuts(&text, of_it.len(), &mut Vec::new(), &mut |pieces| {
            // A sum with nothing in it or a currency of more than three digits can be left out: nobody takes them.
            let [.., currency, sum] = pieces else { return };
            if sum.is_empty() || !(2..=3).contains(&currency.len()) {
                return;
            }
            let mut values: Vec<(String, String)> =
                of_it.iter().zip(pieces).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            for (name, value) in [("time", time), ("status", status), ("checksum", &checksum)] {
                values.push((name.to_owned(), value.to_owned()));
            }
            let Ok(push) = telcell.on_push(&by_query(&values), NOW) else { return };
            let Push::News { natural_key } = push else { panic!("{push:?}") };
            let Ok(Tidings::Session(statement)) = telcell.read_push(&by_query(&values)) else { panic!("{values:?}") };
            passed += 1;
            if statement.number == order {
                names.insert(natural_key);
            }
        });
    }
    (names, passed)
}

#[test]
fn a9_two_cuts_of_one_callback_are_never_taken_for_the_same_order() {
    for (genuine, order) in [
        (["778899", "UEwtMjA0MQ==", "445566", "", "51", "1500"], "PL-2041"),
        (["778899", "PL-2041", "445566", "", "51", "1500"], "PL-2041"),
        (["7788", "PL-2041", "4451", "37499000", "051", "1500"], "PL-2041"),
        // Digits in which drams can be read in several places.
        (["51", "PL-51", "5105151", "", "51", "5151"], "PL-51"),
    ] {
        let (names, passed) = names_of(genuine, order);
        assert!(passed > 1, "the proof alone cannot tell them apart: {genuine:?}");
        assert_eq!(names.len(), 1, "{genuine:?}: {names:?}");
    }
}

#[test]
fn a9_time_and_status_have_one_place() {
    let telcell = ours();
    let text = "778899UEwtMjA0MQ==4455665115002026-11-21 14:05:09PAID";
    let seal = Md5::digest(format!("{SHOP_KEY}{text}").as_bytes());
    let checksum: String = seal.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut taken = Vec::new();
    let sum_at = text.find("1500").unwrap();
    for time_at in sum_at..=text.len() {
        for status_at in time_at..=text.len() {
            let values = [
                ("invoice", "778899"),
                ("issuer_id", "UEwtMjA0MQ=="),
                ("payment_id", "445566"),
                ("currency", "51"),
                ("sum", &text[sum_at..time_at]),
                ("time", &text[time_at..status_at]),
                ("status", &text[status_at..]),
                ("checksum", &checksum),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
            if telcell.on_push(&by_query(&values), NOW).is_ok() {
                taken.push((time_at, status_at));
            }
        }
    }
    assert_eq!(taken, [(sum_at + 4, text.len() - 4)]);
}
