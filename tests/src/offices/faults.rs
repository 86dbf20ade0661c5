//! What goes wrong at the services, by one word for all of them.

use super::Office;
use crate::World;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// So many of the next calls are refused because there were too many.
    Throttled(u32),
    /// So many of the next calls are done and their answers lost.
    RepliesLost(u32),
    /// So many of the next calls never arrive, and nobody can tell.
    RequestsLost(u32),
    /// The tokens of a connected app are over after so many more calls.
    TokenEndsAfter(u32),
    /// Nothing works until it does again.
    Down(bool),
}

impl World {
    /// This goes wrong at the service from now on.
    pub fn office_suffers(&self, office: Office, trouble: Trouble) {
        use Trouble::{Down, RepliesLost, RequestsLost, Throttled, TokenEndsAfter};
        match office {
            Office::Bitrix24 => self.sandbox.bitrix24.change_faults(|faults| match trouble {
                Throttled(times) => faults.limit_next = times,
                RepliesLost(times) => faults.drop_reply_next = times,
                RequestsLost(times) => faults.drop_request_next = times,
                Down(is_down) => faults.down = is_down,
                TokenEndsAfter(calls) => faults.expire_token_after = calls,
            }),
            Office::Amocrm => self.sandbox.amocrm.change_faults(|faults| match trouble {
                Throttled(times) => faults.limit_next = times,
                RepliesLost(times) => faults.drop_reply_next = times,
                RequestsLost(times) => faults.drop_request_next = times,
                Down(is_down) => faults.down = is_down,
                TokenEndsAfter(calls) => faults.expire_access_after = calls,
            }),
            Office::Sheets => self.sandbox.sheets.change_faults(|faults| match trouble {
                Throttled(times) => faults.limit_next = times,
                RepliesLost(times) => faults.drop_reply_next = times,
                RequestsLost(times) => faults.drop_request_next = times,
                Down(is_down) => faults.down = is_down,
                TokenEndsAfter(_) => panic!("it lets no apps in"),
            }),
            Office::Erp => self.sandbox.erp.change_faults(|faults| match trouble {
                Throttled(times) => (faults.limit_next, faults.retry_after_s) = (times, 30),
                RepliesLost(times) => faults.drop_reply_next = times,
                RequestsLost(times) => faults.drop_request_next = times,
                Down(is_down) => faults.down = is_down,
                TokenEndsAfter(_) => panic!("it lets no apps in"),
            }),
        }
    }

    /// An administrator throws our app out of the CRM.
    pub fn throws_the_app_out(&self, office: Office) {
        match office {
            Office::Bitrix24 => self.sandbox.bitrix24.uninstall_app(),
            Office::Amocrm => self.sandbox.amocrm.withdraw(),
            Office::Sheets | Office::Erp => panic!("{office:?} lets no apps in"),
        }
    }
}
