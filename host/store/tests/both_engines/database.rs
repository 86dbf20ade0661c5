//! A fresh store for each test: a SQLite file, or a database of its own on the PostgreSQL server that
//! `KAMURJ_TEST_POSTGRES` names.

use kamurj_domain::link::Texts;
use kamurj_domain::{Clock, Entropy, Ids, Mode};
use kamurj_store::Db;
use kamurj_store::installations::{self, Installation, Sink};
use kamurj_store::merchants::{self, Merchant};
use kamurj_store::provider_accounts::{self, ProviderAccount};
use kamurj_store::road::Road;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// When every test takes place, unless it says otherwise: 2026-11-21, noon in Yerevan.
pub(crate) const NOW: i64 = 1_795_248_000_000;
pub(crate) const MERCHANT: &str = "mer_1";
pub(crate) const ACCOUNT: &str = "acc_1";
pub(crate) const INSTALLATION: &str = "ins_1";

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Declares a test that runs once on each engine.
macro_rules! on_both {
    ($name:ident, |$store:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn check($store: &crate::database::Store) {
                $body
            }

            #[test]
            fn sqlite() {
                crate::database::run(crate::database::Engine::Sqlite, check);
            }

            #[test]
            fn postgres() {
                crate::database::run(crate::database::Engine::Postgres, check);
            }
        }
    };
}
pub(crate) use on_both;

/// An open store with one merchant, its provider account and one installation.
pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) ids: Ids,
    place: Place,
}

enum Place {
    File(#[expect(dead_code, reason = "the folder goes when this value does")] tempfile::TempDir),
    Server { server: String, name: String },
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Makes a store, checks it, and removes it.
pub(crate) fn run(engine: Engine, check: impl AsyncFnOnce(&Store)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::make(engine).await;
        check(&store).await;
        store.db.close().await;
    });
}

impl Store {
    async fn make(engine: Engine) -> Self {
        let (db, place) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (Db::sqlite(&folder.path().join("kamurj.db")).await.unwrap(), Place::File(folder))
            }
            Engine::Postgres => {
                let place = Place::on_server();
                (Db::postgres(&place.url()).await.unwrap(), place)
            }
        };
        let numbers = Arc::new(Numbers(AtomicU64::new(0)));
        let store = Self { db, ids: Ids::new(numbers.clone(), numbers), place };
        store.people_it().await;
        store
    }

    /// A store that the first version of the schema made and wrote these rows into, opened by this version.
    pub(crate) async fn of_first_version(engine: Engine, rows: &'static str) -> Self {
        let migrations = tempfile::tempdir().unwrap();
        let first = "0001_first_sale.sql";
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/");
        std::fs::copy(format!("{folder}{first}"), migrations.path().join(first)).unwrap();
        let migrator = sqlx::migrate::Migrator::new(migrations.path()).await.unwrap();
        let (db, place) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("kamurj.db");
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                migrator.run(&pool).await.unwrap();
                sqlx::raw_sql(rows).execute(&pool).await.unwrap();
                pool.close().await;
                (Db::sqlite(&file).await.unwrap(), Place::File(folder))
            }
            Engine::Postgres => {
                let place = Place::on_server();
                let pool = sqlx::PgPool::connect(&place.url()).await.unwrap();
                migrator.run(&pool).await.unwrap();
                sqlx::raw_sql(rows).execute(&pool).await.unwrap();
                pool.close().await;
                (Db::postgres(&place.url()).await.unwrap(), place)
            }
        };
        let numbers = Arc::new(Numbers(AtomicU64::new(0)));
        Self { db, ids: Ids::new(numbers.clone(), numbers), place }
    }

    async fn people_it(&self) {
        let mut tx = self.db.write().await.unwrap();
        let merchant = Merchant {
            id: MERCHANT.into(),
            name: "Gata House".into(),
            handle: None,
            contact: None,
            colour: None,
            locale: "hy".into(),
        };
        merchants::insert(&mut tx, &merchant, NOW).await.unwrap();
        let account = ProviderAccount {
            id: ACCOUNT.into(),
            merchant_id: MERCHANT.into(),
            mode: Mode::Test,
            provider: "vpos".into(),
            label: "vpos".into(),
            settings: "{}".into(),
            titles: Texts::default(),
            offered: true,
            is_default: true,
            switched_off_at: None,
            created_at: NOW,
            changed_at: NOW,
            version: 1,
        };
        provider_accounts::insert(&mut tx, &account).await.unwrap();
        provider_accounts::settle_default(&mut tx, MERCHANT, Mode::Test, None).await.unwrap();
        let installation = Installation {
            id: INSTALLATION.into(),
            merchant_id: MERCHANT.into(),
            mode: Mode::Test,
            plugin: "bitrix24".into(),
            digest: "00".into(),
            sink: Sink::Crm,
            events: vec!["payment.created".into(), "payment.paid".into()],
            manifest: "{}".into(),
            settings: "{}".into(),
            grants: "{}".into(),
            active: true,
            version: 1,
            halted: None,
            removed_at: None,
            last_check: None,
            created_at: NOW,
        };
        installations::put(&mut tx, &installation, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The road at this time.
    pub(crate) fn road(&self, now: i64) -> Road {
        Road { ids: self.ids.clone(), now, actor: "a test".into() }
    }

    /// Lets PostgreSQL count its rows, which changes how it plans; SQLite plans the same way always.
    pub(crate) fn gather_statistics(&self) {
        if let Place::Server { .. } = &self.place {
            psql(&self.place.url(), "ANALYZE");
        }
    }
}

impl Place {
    fn on_server() -> Self {
        let server = std::env::var("KAMURJ_TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "this test needs PostgreSQL: set KAMURJ_TEST_POSTGRES=postgres://user@host:port/postgres, \
                 or leave these tests out with `--skip ::postgres`"
            )
        });
        let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        psql(&server, &format!("CREATE DATABASE {name}"));
        Self::Server { server, name }
    }

    fn url(&self) -> String {
        match self {
            Self::File(_) => panic!("a file has no address"),
            Self::Server { server, name } => match server.rsplit_once('/') {
                Some((base, _)) => format!("{base}/{name}"),
                None => panic!("KAMURJ_TEST_POSTGRES must end in a database's name"),
            },
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server { server, name } = self {
            psql(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn psql(url: &str, statement: &str) {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement, url])
        .output()
        .expect("psql is part of PostgreSQL's client");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Ids that count.
struct Numbers(AtomicU64);

impl Clock for Numbers {
    fn now(&self) -> i64 {
        NOW
    }
}

impl Entropy for Numbers {
    fn fill(&self, buffer: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (byte, digit) in buffer.iter_mut().rev().zip(number.iter().rev()) {
            *byte = *digit;
        }
    }
}
