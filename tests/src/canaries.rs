//! The secrets of every World, by name, so that a leak is told by it.

/// Secrets that must be found nowhere but where they belong. Each is told by its name when it leaks.
pub const CANARIES: [(&str, &str); 28] = [
    ("master key", "cGFzc2luZyBjYW5hcmllcyBzaW5nIGluIHRoZSBtaW4="),
    ("operator's password", "a tall tree CANARY by the lake"),
    ("bot token", "7654321:CANARY-bot-token-CANARY-bot-token"),
    ("hook secret", "CANARY-hook-secret-CANARY"),
    ("portal secret", "canaryportalsecretcanary"),
    ("bank token", "CANARY-bank-token-CANARY"),
    ("webhook secret", "whsec_Q0FOQVJZLXdlYmhvb2stc2VjcmV0LUNBTkFSWQ=="),
    ("webhook key", "CANARY-webhook-secret-CANARY"),
    ("rbs password", "CANARY-rbs-password-CANARY"),
    ("ameria password", "CANARY-ameria-password-CANARY"),
    ("idram key", "CANARY-idram-key-CANARY"),
    ("telcell key", "CANARY-telcell-key-CANARY"),
    ("fastshift token", "CANARY-fastshift-token-CANARY"),
    ("whatsapp token", "EAACANARYwhatsapptokenCANARY"),
    ("whatsapp app secret", "0c4a4a12ca4a4a12ca4a4a12ca4a4a12"),
    ("page token", "EAACANARYpagetokenCANARY"),
    ("page app secret", "1c4a4a12ca4a4a12ca4a4a12ca4a4a12"),
    ("instagram token", "IGAACANARYinstagramtokenCANARY"),
    ("instagram app secret", "2c4a4a12ca4a4a12ca4a4a12ca4a4a12"),
    ("next master key", "Q0FOQVJZLW5leHQtbWFzdGVyLWtleS1DQU5BUlktMDA="),
    ("verify token", "CANARY-verify-token-CANARY"),
    ("application token", "CANARYapplicationtokenCANARY0000"),
    ("record hook", "CANARY-record-hook-CANARY"),
    ("portal app", "CANARYportalappsecretCANARY"),
    ("amocrm app", "CANARY-amocrm-client-secret-CANARY"),
    ("amocrm token", "CANARY-amocrm-long-lived-token-CANARY"),
    ("erp secret", "whsec_Q0FOQVJZLWVycC1zZWNyZXQtQ0FOQVJZLUNBTkFSWQ=="),
    ("order secret", "whsec_Q0FOQVJZLW9yZGVyLXNlY3JldC1DQU5BUlktQ0FOQVJZ"),
];

/// Whether this stands somewhere in these bytes. Every World looks through all that it left on disk for every secret, so it is quick.
pub fn holds(bytes: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> bool {
    memchr::memmem::find(bytes.as_ref(), text.as_ref()).is_some()
}

/// The canary with this name.
pub fn canary(name: &str) -> String {
    CANARIES.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).expect("a known canary")
}
