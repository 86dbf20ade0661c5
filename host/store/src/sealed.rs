//! Every column that holds sealed values, and the way through it row by row: what sealing anew after a rotation needs. Sees only
//! sealed text. A test holds this list against the schema.

use crate::db::{Error, Query, Tx, sql};
use serde::{Deserialize, Serialize};

/// Where a row stands in its table: the parts of its key, in order. Parts that a table does not have are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The first text.
    pub one: String,
    /// The second text.
    pub two: String,
    /// The first number.
    pub number: i64,
    /// The second number.
    pub place: i64,
}

/// A sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its row.
    pub key: Key,
    /// The other row that it is sealed to, where it is not sealed to its own.
    pub about: String,
    /// The value; empty where there is none.
    pub sealed: String,
}

#[derive(sqlx::FromRow)]
struct Flat {
    one: String,
    two: String,
    number: i64,
    place: i64,
    about: String,
    sealed: String,
}

/// Which parts a table's key has.
#[derive(Clone, Copy)]
enum Shape {
    One,
    Two,
    Number,
    Place,
}

impl Shape {
    fn bind(self, query: Query, key: &Key) -> Query {
        let query = query.bind(&key.one);
        match self {
            Self::One => query,
            Self::Two => query.bind(&key.two),
            Self::Number => query.bind(key.number),
            Self::Place => query.bind(key.number).bind(key.place),
        }
    }
}

struct Texts {
    name: &'static str,
    shape: Shape,
    page: &'static str,
    put: &'static str,
    left: &'static str,
    any: &'static str,
}

macro_rules! part {
    (keys One $one:literal) => {
        $one
    };
    (keys Two $one:literal $two:literal) => {
        concat!($one, ", ", $two)
    };
    (keys Number $one:literal $number:literal) => {
        concat!($one, ", ", $number)
    };
    (keys Place $one:literal $number:literal $place:literal) => {
        concat!($one, ", ", $number, ", ", $place)
    };
    (two Two $one:literal $two:literal) => {
        $two
    };
    (two $($other:tt)+) => {
        "CAST('' AS TEXT)"
    };
    (number Number $one:literal $number:literal) => {
        $number
    };
    (number Place $one:literal $number:literal $place:literal) => {
        $number
    };
    (number $($other:tt)+) => {
        "CAST(0 AS BIGINT)"
    };
    (place Place $one:literal $number:literal $place:literal) => {
        $place
    };
    (place $($other:tt)+) => {
        "CAST(0 AS BIGINT)"
    };
    (first $shape:ident $one:literal $($rest:literal)*) => {
        $one
    };
    (marks One) => {
        "$1"
    };
    (marks Two) => {
        "$1, $2"
    };
    (marks Number) => {
        "$1, $2"
    };
    (marks Place) => {
        "$1, $2, $3"
    };
    (limit One) => {
        "$2"
    };
    (limit Two) => {
        "$3"
    };
    (limit Number) => {
        "$3"
    };
    (limit Place) => {
        "$4"
    };
    (old One) => {
        "$3"
    };
    (old Two) => {
        "$4"
    };
    (old Number) => {
        "$4"
    };
    (old Place) => {
        "$5"
    };
}

macro_rules! columns {
    ($($name:ident: $table:literal $column:literal by $shape:ident($($key:literal)+) about $about:literal;)+) => {
        /// A column of sealed values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Column {
            $(#[doc = concat!("`", $table, ".", $column, "`")] $name,)+
        }

        /// Every column of sealed values.
        pub const COLUMNS: &[Column] = &[$(Column::$name),+];

        impl Column {
            const fn texts(self) -> Texts {
                match self {
                    $(Self::$name => Texts {
                        name: concat!($table, ".", $column),
                        shape: Shape::$shape,
                        page: concat!(
                            "SELECT ", part!(first $shape $($key)+), " AS one, ", part!(two $shape $($key)+), " AS two, ",
                            part!(number $shape $($key)+), " AS number, ", part!(place $shape $($key)+), " AS place, ",
                            $about, " AS about, COALESCE(", $column, ", '') AS sealed FROM ", $table,
                            " WHERE (", part!(keys $shape $($key)+), ") > (", part!(marks $shape), ") ORDER BY ",
                            part!(keys $shape $($key)+), " LIMIT ", part!(limit $shape)
                        ),
                        put: concat!(
                            "UPDATE ", $table, " SET ", $column, " = ", part!(limit $shape),
                            " WHERE (", part!(keys $shape $($key)+), ") = (", part!(marks $shape), ") AND ", $column, " = ",
                            part!(old $shape)
                        ),
                        left: concat!(
                            "SELECT COUNT(*) AS count FROM ", $table, " WHERE SUBSTR(", $column, ", 1, 3) = 's1.' AND SUBSTR(",
                            $column, ", 1, 12) <> $1"
                        ),
                        any: concat!(
                            "SELECT SUBSTR(", $column, ", 1, 12) AS sealed FROM ", $table, " WHERE ", $column, " <> '' LIMIT 1"
                        ),
                    },)+
                }
            }
        }

        pub(crate) const CATALOGUE: &[&str] = &[$(
            Column::$name.texts().page,
            Column::$name.texts().put,
            Column::$name.texts().left,
            Column::$name.texts().any,
        )+];
    };
}

columns! {
    Secrets: "secrets" "sealed" by Two("owner_id" "name") about "CAST('' AS TEXT)";
    SecondFactors: "operators" "second_factor" by One("id") about "CAST('' AS TEXT)";
    OfferedFactors: "invitations" "second_factor" by One("hash") about "operator_id";
    ConnectionAccess: "connections" "access_sealed" by Two("installation_id" "name") about "CAST('' AS TEXT)";
    ConnectionRefresh: "connections" "refresh_sealed" by Two("installation_id" "name") about "CAST('' AS TEXT)";
    ConnectionStarts: "connection_starts" "verifier_sealed" by One("state_hash") about "CAST('' AS TEXT)";
    Revocations: "revocations" "sealed" by One("id") about "CAST('' AS TEXT)";
    LinkTokens: "payment_links" "token_sealed" by One("id") about "CAST('' AS TEXT)";
    LinkFulfilments: "payment_links" "fulfilment_sealed" by One("id") about "CAST('' AS TEXT)";
    Payments: "payments" "token_sealed" by One("id") about "CAST('' AS TEXT)";
    Answers: "link_payments" "personal_sealed" by One("payment_id") about "CAST('' AS TEXT)";
    Fulfilments: "link_payments" "fulfilment_sealed" by One("payment_id") about "link_id";
    Attempts: "attempts" "return_sealed" by One("id") about "CAST('' AS TEXT)";
    Idempotency: "idempotency" "answer_sealed" by Two("scope" "key") about "CAST('' AS TEXT)";
    Inbox: "inbox" "body_sealed" by One("id") about "CAST('' AS TEXT)";
    Runs: "plugin_runs" "given" by Number("owner_id" "run") about "CAST('' AS TEXT)";
    Steps: "steps" "sealed" by Place("owner_id" "run" "place") about "CAST('' AS TEXT)";
    ProviderCalls: "provider_calls" "exchange_sealed" by One("id") about "CAST('' AS TEXT)";
}

impl Column {
    /// Table and column.
    pub fn name(self) -> &'static str {
        self.texts().name
    }

    /// The column with this name.
    pub fn named(name: &str) -> Option<Self> {
        COLUMNS.iter().copied().find(|column| column.name() == name)
    }
}

/// The rows behind this one, so many at most, in the order of their keys.
pub async fn page(tx: &mut Tx, column: Column, behind: &Key, most: i64) -> Result<Vec<Row>, Error> {
    let texts = column.texts();
    let rows: Vec<Flat> = texts.shape.bind(sql(texts.page), behind).bind(most).all(tx).await?;
    let row = |flat: Flat| {
        let Flat { one, two, number, place, about, sealed } = flat;
        Row { key: Key { one, two, number, place }, about, sealed }
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Puts another value into the row, unless it has another by now; answers whether it was put.
pub async fn replace(tx: &mut Tx, column: Column, row: &Row, sealed: &str) -> Result<bool, Error> {
    let texts = column.texts();
    let query = texts.shape.bind(sql(texts.put), &row.key).bind(sealed).bind(&row.sealed);
    Ok(query.run(tx).await? == 1)
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

/// How many values of the column begin otherwise than with this, which is a sealed text's first twelve characters. Reads all of it.
pub async fn otherwise(tx: &mut Tx, column: Column, beginning: &str) -> Result<i64, Error> {
    let row: Option<Count> = sql(column.texts().left).bind(beginning).optional(tx).await?;
    Ok(row.map_or(0, |row| row.count))
}

#[derive(sqlx::FromRow)]
struct Beginning {
    sealed: String,
}

/// The first twelve characters of some sealed value of each column that has one.
pub async fn beginnings(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for column in COLUMNS {
        let row: Option<Beginning> = sql(column.texts().any).optional(tx).await?;
        found.extend(row.map(|row| row.sealed));
    }
    Ok(found)
}
