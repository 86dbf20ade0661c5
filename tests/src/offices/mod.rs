//! The four back offices, treated alike: what a manager does and sees there, and what an operator enters. Which of the doubles' words is
//! which is said here once, so that a story is told once for all of them.

mod acts;
mod faults;
mod seen;
mod setup;

pub use faults::Trouble;
pub use seen::{Seen, Task};
pub(crate) use setup::accounts;

/// A back office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// Bitrix24.
    Bitrix24,
    /// amoCRM and Kommo.
    Amocrm,
    /// A Google spreadsheet.
    Sheets,
    /// An ERP, by signed webhooks.
    Erp,
}

impl Office {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Bitrix24, Self::Amocrm, Self::Sheets, Self::Erp];

    /// Id of its plugin.
    pub fn plugin(self) -> &'static str {
        match self {
            Self::Bitrix24 => "bitrix24",
            Self::Amocrm => "amocrm",
            Self::Sheets => "google-sheets",
            Self::Erp => "erp-webhook",
        }
    }

    /// Whether it has records of its own, with stages and tasks, that payments belong to.
    pub fn is_crm(self) -> bool {
        matches!(self, Self::Bitrix24 | Self::Amocrm)
    }

    /// Its kind of record, as references have it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Bitrix24 => "deal",
            Self::Amocrm => "lead",
            Self::Sheets | Self::Erp => "",
        }
    }
}

/// An installation of a back office's plugin.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Which one.
    pub office: Office,
    /// The installation's address at the API.
    pub path: String,
    /// The installation's id.
    pub installation: String,
}

/// A payment, and the record that it belongs to where the office has records.
#[derive(Debug, Clone)]
pub struct Sale {
    /// `pay_…`.
    pub payment: String,
    /// The merchant's order number.
    pub order: String,
    /// Where the customer pays.
    pub link: String,
    /// The record's id; empty where there is none.
    pub record: String,
}

/// Tells a story of every back office on every database: `in_every_office!(name, |world, desk| { … });`, or `in_every_crm!` of those with
/// records.
#[macro_export]
macro_rules! in_every_office {
    ($(#[$meta:meta])* $name:ident, |$world:ident, $desk:ident| $body:block) => {
        $crate::in_every_crm!(@story $(#[$meta])* $name, |$world, $desk| $body, [
            bitrix24 Bitrix24, amocrm Amocrm, sheets Sheets, erp Erp
        ]);
    };
}

/// See [`in_every_office`](crate::in_every_office): of the CRMs, connected as apps.
#[macro_export]
macro_rules! in_every_app {
    ($(#[$meta:meta])* $name:ident, |$world:ident, $desk:ident| $body:block) => {
        $crate::in_every_crm!(@by works_with_app_of, $(#[$meta])* $name, |$world, $desk| $body, [
            bitrix24 Bitrix24, amocrm Amocrm
        ]);
    };
}

/// See [`in_every_office`](crate::in_every_office).
#[macro_export]
macro_rules! in_every_crm {
    ($(#[$meta:meta])* $name:ident, |$world:ident, $desk:ident| $body:block) => {
        $crate::in_every_crm!(@story $(#[$meta])* $name, |$world, $desk| $body, [bitrix24 Bitrix24, amocrm Amocrm]);
    };
    (@story $(#[$meta:meta])* $name:ident, |$world:ident, $desk:ident| $body:block, [$($module:ident $office:ident),*]) => {
        $crate::in_every_crm!(@by works_with, $(#[$meta])* $name, |$world, $desk| $body, [$($module $office),*]);
    };
    (@by $works:ident, $(#[$meta:meta])* $name:ident, |$world:ident, $desk:ident| $body:block,
        [$($module:ident $office:ident),*]) => {
        $(#[$meta])*
        mod $name {
            #[expect(unused_imports, reason = "a story takes what it needs from its file")]
            use super::*;

            async fn tell($world: &mut $crate::World, office: $crate::offices::Office) {
                let $desk = &$world.$works(office).await;
                $body
            }

            $($crate::in_every_crm!(@each $module, $office);)*
        }
    };
    (@each $module:ident, $office:ident) => {
        mod $module {
            async fn told(world: &mut $crate::World) {
                super::tell(world, $crate::offices::Office::$office).await;
            }

            #[test]
            fn sqlite() {
                $crate::world::run($crate::Engine::Sqlite, told);
            }

            #[test]
            fn postgres() {
                $crate::world::run($crate::Engine::Postgres, told);
            }
        }
    };
}
