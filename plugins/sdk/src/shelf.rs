//! A bounded map in the installation's state: many small values under few keys, because the store allows a hundred
//! keys and a shop has thousands of payments. It must not know what the values mean.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Error, Host, fingerprint};

/// State keys that one shelf spreads over.
const BOARDS: u64 = 32;
/// Bytes that one board may take; the store's limit is 8 KiB.
const BOARD_BYTES: usize = 7 * 1024;
/// Writes that lose a race against another run before the write is given up.
const TRIES: u32 = 8;

/// Keeps about 32 × 7 KiB of entries. When a board is full its oldest entry goes, so an entry may be gone when it is
/// wanted: what is kept here must be a convenience, such as a message id to edit, never the only guard of money.
#[derive(Debug, Clone, Copy)]
pub struct Shelf {
    name: &'static str,
}

#[derive(Serialize, Deserialize, Default)]
struct Board(Vec<(String, Value)>);

impl Shelf {
    /// A shelf under this name; state keys are `{name}.{board}`.
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// The value under this key, if it is still there and of this shape.
    pub fn get<T: DeserializeOwned>(self, host: &impl Host, key: &str) -> Result<Option<T>, Error> {
        let (board, _) = read(host, &self.board_key(key))?;
        Ok(board.0.into_iter().find(|(name, _)| name == key).and_then(|(_, value)| serde_json::from_value(value).ok()))
    }

    /// Puts the value in place of whatever stood under the key.
    pub fn put<T: Serialize>(self, host: &impl Host, key: &str, value: &T) -> Result<(), Error> {
        let value = serde_json::to_value(value).map_err(|error| invalid(&error.to_string()))?;
        self.change(host, key, Some(&value))
    }

    /// Takes the key off the shelf.
    pub fn remove(self, host: &impl Host, key: &str) -> Result<(), Error> {
        self.change(host, key, None)
    }

    fn change(self, host: &impl Host, key: &str, value: Option<&Value>) -> Result<(), Error> {
        let board_key = self.board_key(key);
        let mut lost = invalid("no write was tried");
        for _ in 0..TRIES {
            let (mut board, version) = read(host, &board_key)?;
            let before = board.0.len();
            board.0.retain(|(name, _)| name != key);
            match value {
                Some(value) => board.0.push((key.to_owned(), value.clone())),
                None if board.0.len() == before => return Ok(()),
                None => {}
            }
            match host.state_compare_and_set(&board_key, version, &packed(&mut board)?, None) {
                Ok(_) => return Ok(()),
                Err(error) if error.code == "conflict" => lost = error,
                Err(error) => return Err(error),
            }
        }
        lost.retryable = true;
        Err(lost)
    }

    fn board_key(self, key: &str) -> String {
        format!("{}.{}", self.name, fingerprint(key) % BOARDS)
    }
}

fn read(host: &impl Host, board_key: &str) -> Result<(Board, Option<u64>), Error> {
    Ok(match host.state_get(board_key)? {
        // A board that cannot be read is started anew: see the type's promise.
        Some(entry) => (serde_json::from_slice(&entry.value).unwrap_or_default(), Some(entry.version)),
        None => (Board::default(), None),
    })
}

fn packed(board: &mut Board) -> Result<Vec<u8>, Error> {
    loop {
        let bytes = serde_json::to_vec(board).map_err(|error| invalid(&error.to_string()))?;
        if bytes.len() <= BOARD_BYTES {
            return Ok(bytes);
        }
        if board.0.len() == 1 {
            return Err(Error { code: "too-large".to_owned(), ..invalid("the value does not fit") });
        }
        board.0.remove(0);
    }
}

fn invalid(message: &str) -> Error {
    Error { code: "invalid".to_owned(), message: message.to_owned(), retryable: false, retry_after_ms: None }
}

#[cfg(test)]
mod tests {
    use super::Shelf;
    use crate::{Host, testing::MemoryHost};

    const SHELF: Shelf = Shelf::new("messages");

    #[test]
    fn a_value_is_found_replaced_and_removed() {
        let host = MemoryHost::new("{}");
        assert_eq!(SHELF.get::<u32>(&host, "pay_1").unwrap(), None);
        SHELF.put(&host, "pay_1", &7_u32).unwrap();
        SHELF.put(&host, "pay_2", &8_u32).unwrap();
        SHELF.put(&host, "pay_1", &9_u32).unwrap();
        assert_eq!(SHELF.get::<u32>(&host, "pay_1").unwrap(), Some(9));
        SHELF.remove(&host, "pay_1").unwrap();
        assert_eq!(SHELF.get::<u32>(&host, "pay_1").unwrap(), None);
        assert_eq!(SHELF.get::<u32>(&host, "pay_2").unwrap(), Some(8));
    }

    #[test]
    fn thousands_of_entries_stay_within_the_stores_limits_and_the_newest_survive() {
        let host = MemoryHost::new("{}");
        for number in 0..6_000_u32 {
            SHELF.put(&host, &format!("pay_{number:026}"), &(5_550_001_234_u64, number)).unwrap();
        }
        assert!(host.state_keys("").expect("keys").len() <= 32);
        assert_eq!(
            SHELF.get::<(u64, u32)>(&host, &format!("pay_{:026}", 5_999)).unwrap(),
            Some((5_550_001_234, 5_999))
        );
        assert_eq!(
            SHELF.get::<(u64, u32)>(&host, &format!("pay_{:026}", 5_000)).unwrap(),
            Some((5_550_001_234, 5_000))
        );
    }
}
