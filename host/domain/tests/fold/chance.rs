//! A small seeded generator of numbers and of facts: the same seed gives the same facts for ever. Knows the notation of
//! facts, and nothing of what they come to.

use crate::notation;
use kamurj_domain::Fact;

/// SplitMix64 (Steele, Lea, Flood 2014): ten lines, good enough to choose test data.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a length fits 64 bits");
        usize::try_from(self.next() % end).expect("it is below a length")
    }

    /// One of these.
    pub(crate) fn pick<'t, T: ?Sized>(&mut self, among: &[&'t T]) -> &'t T {
        among[self.below(among.len())]
    }

    /// Any order of these, each as likely.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            let other = self.below(place + 1);
            items.swap(place, other);
        }
    }

    /// Any fact that can be written down. Approvals, strong evidence and few different times are likelier than the
    /// rest, so that facts meet and conflict.
    pub(crate) fn statement(&mut self) -> String {
        let time = self.pick(&["", " @10", " @20", " @30", " @40", " @100", " @101", " @130"]);
        match self.below(10) {
            0 => self.act(time),
            1 | 2 => self.refund(time),
            _ => self.message(time),
        }
    }

    /// Something about an attempt.
    pub(crate) fn message(&mut self, time: &str) -> String {
        let letter = self.pick(&["a", "a", "a", "b", "b", "c", "x"]);
        let evidence =
            self.pick(&["lookup", "lookup", "lookup", "signed", "signed", "bank_report", "notice", "claim", "own"]);
        let kind = match evidence {
            "own" => self.pick(&["started", "refused", "gave_up"]),
            _ => self.pick(&[
                "approved",
                "approved",
                "approved",
                "approved",
                "declined",
                "declined",
                "abandoned",
                "abandoned",
                "returned",
                "refused",
                "reversed",
                "charged_back",
            ]),
        };
        let amount = match kind {
            "approved" => self.pick(&["", "", "", "", "", "", " =10", " =1000RUB", " =1000XTS", " =none"]),
            _ => "",
        };
        format!("{letter} {evidence} {kind}{time}{amount}")
    }

    /// Something about money that goes back.
    fn refund(&mut self, time: &str) -> String {
        let letter = self.pick(&["a", "a", "b", "c", "x"]);
        let id = self.pick(&["1", "1", "2", "3"]);
        let amount = self.pick(&["=300", "=300", "=700", "=1000", "=1001", "=-5", "=300RUB", "=300XTS", "=none"]);
        match self.below(8) {
            0..3 => {
                let purpose = self.pick(&["", " %order", " %surplus"]);
                format!("{letter} own refund_asked{time} {amount} #ref_{letter}{id}{purpose}")
            }
            3 => {
                let evidence = self.pick(&["lookup", "signed", "notice", "manual", "bank_report"]);
                format!("{letter} {evidence} refunded{time} {amount}")
            }
            4 => format!("{letter} own refund_in_doubt{time} #ref_{letter}{id}"),
            _ => {
                let evidence = self.pick(&["lookup", "lookup", "signed", "manual", "own", "claim", "bank_report"]);
                let kind = self.pick(&["refunded", "refunded", "refund_failed"]);
                let amount = if evidence == "bank_report" { self.pick(&["", " =300", " =700"]) } else { "" };
                format!("{letter} {evidence} {kind}{time}{amount} #ref_{letter}{id}")
            }
        }
    }

    /// Something that the merchant or a person does, or our own count of the link's places.
    fn act(&mut self, time: &str) -> String {
        match self.below(6) {
            0 => format!("- own cancelled{time}"),
            1 => format!("- own reopened{time} {}", self.pick(&[">60", ">120", ">300"])),
            2 => format!("- {} over_cap{time}", self.pick(&["own", "notice"])),
            _ => {
                let ruling = self.pick(&["paid", "paid", "failed", "cancelled", "refunded"]);
                format!(
                    "- {} decided{time} !{ruling}/{}",
                    self.pick(&["manual", "manual", "claim"]),
                    self.pick(&["ani", "davit"])
                )
            }
        }
    }

    /// So many facts of any kind, in the order of their arrival. A decision settles what came before it.
    pub(crate) fn facts(&mut self, count: usize) -> Vec<Fact> {
        self.facts_by(count, Self::statement)
    }

    /// So many facts, each stated like this.
    pub(crate) fn facts_by(&mut self, count: usize, mut statement: impl FnMut(&mut Self) -> String) -> Vec<Fact> {
        let mut facts: Vec<Fact> = (0..).map(|place| notation::fact(&statement(self), place)).take(count).collect();
        // Two decisions in the same words are two: each knew of something else.
        for (place, fact) in facts.iter_mut().enumerate().filter(|(_, fact)| fact.decision.is_some()) {
            fact.source.key = format!("{} {place}", fact.source.key);
        }
        notation::settled(facts)
    }
}
