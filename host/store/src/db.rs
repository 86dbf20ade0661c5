//! One set of queries on two engines: SQLite by default, PostgreSQL for many nodes. The only module that names `sqlx`.
//!
//! Every unit of work is one transaction. `Db::write` takes SQLite's single writer with `BEGIN IMMEDIATE`; `Db::read`
//! gives a transaction that cannot write. Statements are constants of the portable subset: TEXT and BIGINT, `$n`.

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection, Executor, FromRow, Postgres, SqlSafeStr, Sqlite, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// How long a transaction waits for the writer or for a connection before it is `Busy`.
const WAIT: Duration = Duration::from_secs(20);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 12;

/// The database.
#[derive(Clone, Debug)]
pub enum Db {
    /// One machine: a file in the data directory.
    Sqlite {
        /// One connection: SQLite has one writer.
        writer: SqlitePool,
        /// Connections opened read-only.
        readers: SqlitePool,
    },
    /// Many nodes.
    Postgres(PgPool),
}

/// An open transaction. Dropped without `commit`, it is rolled back.
pub struct Tx {
    open: Open,
    changed: Vec<String>,
}

enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl From<Open> for Tx {
    fn from(open: Open) -> Self {
        Self { open, changed: Vec::new() }
    }
}

/// A value bound to a statement. The type stays known when the value is absent, which PostgreSQL insists on.
#[derive(Clone, Debug)]
pub enum Value {
    /// BIGINT.
    Int(Option<i64>),
    /// TEXT.
    Text(Option<String>),
}

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique rule forbids the row.
    #[error("a row with this key exists")]
    Taken,
    /// Another transaction stood in the way; the whole unit of work may be tried again.
    #[error("the database is busy")]
    Busy,
    /// What is stored makes no sense here.
    #[error("{table} {id}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Anything else, such as a lost connection.
    #[error("the database does not answer as expected")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                sqlx::Error::PoolTimedOut => Self::Busy,
                other => Self::Broken(Box::new(other)),
            };
        };
        if database.is_unique_violation() {
            return Self::Taken;
        }
        match database.code().as_deref() {
            // SQLITE_BUSY and SQLITE_BUSY_SNAPSHOT; serialization failure, deadlock, lock not available.
            Some("5" | "517" | "40001" | "40P01" | "55P03") => Self::Busy,
            _ => Self::Broken(Box::new(error)),
        }
    }
}

/// A row type that both engines can read: any struct that derives `sqlx::FromRow` from TEXT and BIGINT columns.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Db {
    /// Opens the SQLite file, making it if needed, and brings its schema up to date.
    pub async fn sqlite(file: &Path) -> Result<Self, Error> {
        // An acknowledged payment must survive a power cut; NORMAL would not flush the last commits.
        Self::sqlite_flushing(file, SqliteSynchronous::Full).await
    }

    /// Opens the SQLite file as `sqlite` does, but flushes nothing: what is committed survives the end of the process and
    /// no power cut. For simulations, whose crashes are ends of a process.
    pub async fn sqlite_without_flushing(file: &Path) -> Result<Self, Error> {
        Self::sqlite_flushing(file, SqliteSynchronous::Off).await
    }

    async fn sqlite_flushing(file: &Path, synchronous: SqliteSynchronous) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            // What was erased must not go on lying in the file: freed bytes are overwritten.
            .pragma("secure_delete", "ON")
            .busy_timeout(WAIT);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await?;
        MIGRATIONS.run(&writer).await.map_err(|error| Error::Broken(Box::new(error)))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to PostgreSQL (`postgres://…`) and brings its schema up to date.
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)?;
        // One connection first: the pool would try again until its patience ends and then say only that.
        sqlx::PgConnection::connect_with(&options).await?.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        MIGRATIONS.run(&pool).await.map_err(|error| Error::Broken(Box::new(error)))?;
        Ok(Self::Postgres(pool))
    }

    /// Begins a unit of work that may write.
    pub async fn write(&self) -> Result<Tx, Error> {
        match self {
            Self::Sqlite { writer, .. } => Ok(Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?).into()),
            Self::Postgres(pool) => begin(pool, "BEGIN").await,
        }
    }

    /// Begins a transaction that can only read.
    pub async fn read(&self) -> Result<Tx, Error> {
        match self {
            Self::Sqlite { readers, .. } => Ok(Open::Sqlite(readers.begin().await?).into()),
            Self::Postgres(pool) => begin(pool, "BEGIN READ ONLY").await,
        }
    }

    /// Begins a transaction that can only read, in which every statement sees the same moment.
    pub async fn snapshot(&self) -> Result<Tx, Error> {
        match self {
            // A transaction of SQLite always sees one moment.
            Self::Sqlite { .. } => self.read().await,
            Self::Postgres(pool) => begin(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
        }
    }

    /// Lets nothing that was overwritten go on lying in SQLite's log: it is folded into the file and emptied. PostgreSQL cleans up by
    /// itself.
    pub async fn empty_log(&self) -> Result<(), Error> {
        if let Self::Sqlite { writer, .. } = self {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await?;
        }
        Ok(())
    }

    /// Closes every connection; SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether rows must be claimed with `FOR UPDATE SKIP LOCKED`: the one place where the engines need another text.
    pub(crate) fn skips_locked_rows(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Begins a transaction on PostgreSQL, in a task of its own that ends whatever becomes of the caller. A request that is dropped
/// while `BEGIN` is on its way would give the pool a connection that is in a transaction nobody knows of, and the next one to
/// write would be told that it may only read.
async fn begin(pool: &PgPool, statement: &'static str) -> Result<Tx, Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    let begun = begun.await.map_err(|error| Error::Broken(Box::new(error)))?;
    Ok(Open::Postgres(begun?).into())
}

impl Tx {
    /// Notes that what is told of this payment changes with the commit.
    pub fn changes(&mut self, payment_id: &str) {
        if !self.changed.iter().any(|known| known == payment_id) {
            self.changed.push(payment_id.to_owned());
        }
    }

    /// The payments that change with the commit.
    pub fn changed(&self) -> &[String] {
        &self.changed
    }

    /// Makes everything durable.
    pub async fn commit(self) -> Result<(), Error> {
        match self.open {
            Open::Sqlite(tx) => tx.commit().await?,
            Open::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.open {
            Open::Sqlite(tx) => tx.rollback().await?,
            Open::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Prepares a statement without running it, and answers the types of its parameters and columns where the engine
    /// knows them. For the catalogue test.
    pub async fn prepare(&mut self, text: &'static str) -> Result<Vec<String>, Error> {
        match &mut self.open {
            Open::Sqlite(tx) => {
                let connection: &mut sqlx::SqliteConnection = tx;
                connection.prepare(text.into_sql_str()).await?;
                Ok(Vec::new())
            }
            Open::Postgres(tx) => {
                use sqlx::{Column, Either, Statement, TypeInfo};
                let connection: &mut sqlx::PgConnection = tx;
                let statement = connection.prepare(text.into_sql_str()).await?;
                let mut types: Vec<String> =
                    statement.columns().iter().map(|column| column.type_info().name().to_owned()).collect();
                if let Some(Either::Left(parameters)) = statement.parameters() {
                    types.extend(parameters.iter().map(|parameter| parameter.name().to_owned()));
                }
                Ok(types)
            }
        }
    }
}

/// One text of each row: for whoever looks at the database as a whole.
#[derive(Debug, FromRow)]
pub struct Line {
    /// The text.
    pub line: String,
}

/// A statement with its values.
#[must_use]
pub struct Query {
    text: &'static str,
    values: Vec<Value>,
}

/// Starts a statement from its constant text.
pub fn sql(text: &'static str) -> Query {
    Query { text, values: Vec::new() }
}

macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Int(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
            };
        }
        query
    }};
}

impl Query {
    /// Binds the next value, in the order of `$1`, `$2`, …
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it; answers how many rows it touched.
    pub async fn run(self, tx: &mut Tx) -> Result<u64, Error> {
        match &mut tx.open {
            Open::Sqlite(tx) => {
                let query = bound!(sqlx::query::<Sqlite>(self.text), self.values);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Open::Postgres(tx) => {
                let query = bound!(sqlx::query::<Postgres>(self.text), self.values);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
        }
    }

    /// The first row, if there is one.
    pub async fn optional<T: Record>(self, tx: &mut Tx) -> Result<Option<T>, Error> {
        match &mut tx.open {
            Open::Sqlite(tx) => {
                let query = bound!(sqlx::query_as::<Sqlite, T>(self.text), self.values);
                Ok(query.fetch_optional(&mut **tx).await?)
            }
            Open::Postgres(tx) => {
                let query = bound!(sqlx::query_as::<Postgres, T>(self.text), self.values);
                Ok(query.fetch_optional(&mut **tx).await?)
            }
        }
    }

    /// Every row.
    pub async fn all<T: Record>(self, tx: &mut Tx) -> Result<Vec<T>, Error> {
        match &mut tx.open {
            Open::Sqlite(tx) => {
                let query = bound!(sqlx::query_as::<Sqlite, T>(self.text), self.values);
                Ok(query.fetch_all(&mut **tx).await?)
            }
            Open::Postgres(tx) => {
                let query = bound!(sqlx::query_as::<Postgres, T>(self.text), self.values);
                Ok(query.fetch_all(&mut **tx).await?)
            }
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident($value:ident => $to:expr)),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$variant($to)
            }
        })+
    };
}

value_from! {
    i64 => Int(value => Some(value)),
    Option<i64> => Int(value => value),
    bool => Int(value => Some(i64::from(value))),
    &str => Text(value => Some(value.to_owned())),
    &String => Text(value => Some(value.clone())),
    String => Text(value => Some(value)),
    Option<String> => Text(value => value),
    Option<&str> => Text(value => value.map(str::to_owned)),
}
