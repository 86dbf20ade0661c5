//! When leads came into the stages in which they ask for a payment. The service does not say so of a lead, only in the message about
//! the move, so that is kept. It must not be believed for anything else: the message is not signed.

use kamurj_sdk::{Error, Host, Shelf};

const MOVES: Shelf = Shelf::new("moves");

/// Keeps that the lead came into this stage at this time, unless a later move is known.
pub(crate) fn keep(host: &impl Host, lead: &str, stage: &str, at_ms: u64) -> Result<(), Error> {
    let known: Option<(String, u64)> = MOVES.get(host, lead)?;
    if known.is_some_and(|(_, known_ms)| known_ms >= at_ms) {
        return Ok(());
    }
    // A clock that is ahead must not make every later move an earlier one.
    MOVES.put(host, lead, &(stage, at_ms.min(host.now_ms())))
}

/// When the lead came into the stage that it is in, Unix milliseconds, where a message told of it.
pub(crate) fn into(host: &impl Host, lead: &str, stage: &str) -> Option<u64> {
    let known: Option<(String, u64)> = MOVES.get(host, lead).ok().flatten();
    known.filter(|(known, _)| known == stage).map(|(_, at_ms)| at_ms)
}

#[cfg(test)]
mod tests {
    use super::{into, keep};
    use kamurj_sdk::testing::MemoryHost;

    #[test]
    fn the_latest_move_counts_in_whichever_order_it_is_told() {
        let host = MemoryHost::new("{}");
        for (stage, at_ms, expected) in [("1/7", 20, Some(20)), ("1/7", 10, Some(20)), ("1/7", 30, Some(30))] {
            keep(&host, "12", stage, at_ms).expect("kept");
            assert_eq!(into(&host, "12", "1/7"), expected);
        }
        keep(&host, "12", "1/8", 25).expect("kept");
        assert_eq!((into(&host, "12", "1/7"), into(&host, "12", "1/8")), (Some(30), None));
        keep(&host, "12", "1/8", 40).expect("kept");
        assert_eq!(
            (into(&host, "12", "1/7"), into(&host, "12", "1/8"), into(&host, "13", "1/8")),
            (None, Some(40), None)
        );
    }
}
