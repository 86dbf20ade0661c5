//! Settings: from the environment, and before that from an optional TOML file with the same keys. A wrong or missing one
//! stops the start with one line that says what to write.

pub mod front;
mod plugins;

use crate::seal::MasterKey;
use kamurj_egress::HostPort;
use kamurj_plugins::{CompileSettings, RuntimeSettings};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Where the data lies.
#[derive(Clone)]
pub enum Database {
    /// `kamurj.db` in the data directory.
    Sqlite,
    /// This address, which may hold a password: never shown.
    Postgres(String),
}

/// Everything that the server is told at its start.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The address under which customers reach it, without a slash at its end.
    pub public_url: String,
    /// Where files lie.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: Database,
    /// The Redis that the nodes share, where there is one. Its address may hold a password: never shown.
    pub redis: Option<String>,
    /// Opens the key ring that seals secrets.
    pub master_key: MasterKey,
    /// The one before, while it is being changed.
    pub master_key_old: Option<MasterKey>,
    /// Filter for log lines.
    pub log: String,
    /// Private addresses that may be called.
    pub egress_allow: Vec<HostPort>,
    /// How long a worker may hold a job before another may take it, in milliseconds.
    pub lease_ms: i64,
    /// What plugins may use.
    pub runtime: RuntimeSettings,
    /// How plugins are compiled, and where the result lies.
    pub compile: CompileSettings,
    /// How long the records and logs of plugin runs are kept, in days.
    pub records_days: i64,
    /// What stands in front of the pages.
    pub front: front::FrontSettings,
}

impl Settings {
    /// The master keys that may open the ring, the one in force first.
    pub fn master_keys(&self) -> Vec<MasterKey> {
        std::iter::once(&self.master_key).chain(&self.master_key_old).cloned().collect()
    }
}

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {detail}")]
pub struct SettingError {
    /// The environment's name of it.
    pub name: String,
    /// What is wrong and what to write.
    pub detail: String,
}

const NAMES: [&str; 11] = [
    "KAMURJ_LISTEN",
    "KAMURJ_PUBLIC_URL",
    "KAMURJ_DATA_DIR",
    "KAMURJ_DATABASE_URL",
    "KAMURJ_REDIS_URL",
    "KAMURJ_MASTER_KEY",
    "KAMURJ_MASTER_KEY_OLD",
    "KAMURJ_LOG",
    "KAMURJ_EGRESS_ALLOW",
    "KAMURJ_LEASE_SECONDS",
    "KAMURJ_RECORDS_DAYS",
];

/// What `kamurj trigger` and `kamurj listen` read: no settings, and often in the same environment.
const OF_TOOLS: [&str; 2] = ["KAMURJ_API_KEY", "KAMURJ_LISTEN_SECRET"];

/// Reads a TOML file whose keys are the settings' names in lower case without `KAMURJ_`.
pub fn file_values(text: &str) -> Result<BTreeMap<String, String>, SettingError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(i64),
        List(Vec<String>),
    }
    let written: BTreeMap<String, Written> = toml::from_str(text)
        .map_err(|error| SettingError { name: "the settings file".to_owned(), detail: error.message().to_owned() })?;
    Ok(written
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                Written::Text(text) => text,
                Written::Number(number) => number.to_string(),
                Written::List(list) => list.join(","),
            };
            (format!("KAMURJ_{}", key.to_uppercase()), text)
        })
        .collect())
}

impl Settings {
    /// Reads the settings. What the environment says wins over the file.
    pub fn read(file: &BTreeMap<String, String>, environment: &BTreeMap<String, String>) -> Result<Self, SettingError> {
        let error = |name: &str, detail: &str| SettingError { name: name.to_owned(), detail: detail.to_owned() };
        let environments = environment.keys().filter(|name| !OF_TOOLS.contains(&name.as_str()));
        for name in file.keys().chain(environments).filter(|name| name.starts_with("KAMURJ_")) {
            let plugins = [plugins::names(), front::names()].concat();
            if !NAMES.contains(&name.as_str()) && !plugins.contains(name) {
                let known = format!("{}, {}", NAMES.join(", "), plugins.join(", "));
                return Err(error(name, &format!("is no setting; the settings are {known}")));
            }
        }
        let value = |name: &str| {
            environment.get(name).or_else(|| file.get(name)).map(|value| value.trim()).filter(|value| !value.is_empty())
        };
        let listen: SocketAddr = value("KAMURJ_LISTEN")
            .unwrap_or("127.0.0.1:8080")
            .parse()
            .map_err(|_| error("KAMURJ_LISTEN", "write an address and a port, such as 127.0.0.1:8080"))?;
        let public_url = match value("KAMURJ_PUBLIC_URL") {
            None => format!("http://{listen}"),
            Some(text) => public_url(text)
                .ok_or_else(|| error("KAMURJ_PUBLIC_URL", "write an address such as https://pay.example.am"))?,
        };
        let database = match value("KAMURJ_DATABASE_URL") {
            None => Database::Sqlite,
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Database::Postgres(url.to_owned())
            }
            Some(_) => {
                return Err(error("KAMURJ_DATABASE_URL", "write postgres://…, or leave it out for SQLite"));
            }
        };
        let redis = match value("KAMURJ_REDIS_URL") {
            None => None,
            // Nothing of it is repeated: it may hold a password.
            Some(url) if is_redis(url) => Some(url.to_owned()),
            Some(_) => {
                return Err(error(
                    "KAMURJ_REDIS_URL",
                    "write redis://…, rediss:// for TLS, such as redis://127.0.0.1:6379/0, or leave it out",
                ));
            }
        };
        let master_key = value("KAMURJ_MASTER_KEY").ok_or_else(|| {
            error(
                "KAMURJ_MASTER_KEY",
                "is missing; make one with `openssl rand -base64 32` and keep it apart from the backups",
            )
        })?;
        let master_key = MasterKey::parse(master_key).ok_or_else(|| {
            error("KAMURJ_MASTER_KEY", "must be base64 of exactly 32 bytes; make one with `openssl rand -base64 32`")
        })?;
        let master_key_old = match value("KAMURJ_MASTER_KEY_OLD").map(MasterKey::parse) {
            None => None,
            Some(Some(old)) if old.id() != master_key.id() => Some(old),
            Some(_) => {
                return Err(error(
                    "KAMURJ_MASTER_KEY_OLD",
                    "must be base64 of the 32 bytes that KAMURJ_MASTER_KEY was before, and no longer is; leave it out where the \
                     master key is not being changed",
                ));
            }
        };
        let egress_allow = value("KAMURJ_EGRESS_ALLOW")
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse().map_err(|_| {
                    error(
                        "KAMURJ_EGRESS_ALLOW",
                        &format!("`{part}` is not host:port; write a list such as 10.0.0.5:8443,127.0.0.1:8091"),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        let lease_seconds: i64 = value("KAMURJ_LEASE_SECONDS")
            .unwrap_or("60")
            .parse()
            .ok()
            .filter(|seconds| (5..=3600).contains(seconds))
            .ok_or_else(|| error("KAMURJ_LEASE_SECONDS", "write a number of seconds from 5 to 3600"))?;
        let data_dir: PathBuf = value("KAMURJ_DATA_DIR").unwrap_or("./data").into();
        let cache = value(plugins::CACHE_DIR).map_or_else(|| data_dir.join("compiled"), PathBuf::from);
        let mut runtime = RuntimeSettings::default();
        let mut compile = CompileSettings::new(cache, master_key.of_compiled_plugins());
        plugins::read(value, &mut runtime, &mut compile)?;
        let records_days: i64 = value("KAMURJ_RECORDS_DAYS")
            .unwrap_or("30")
            .parse()
            .ok()
            .filter(|days| (1..=365).contains(days))
            .ok_or_else(|| error("KAMURJ_RECORDS_DAYS", "write a number of days from 1 to 365"))?;
        let front = front::read(value, &public_url)?;
        Ok(Self {
            listen,
            public_url,
            data_dir,
            database,
            redis,
            master_key,
            master_key_old,
            log: value("KAMURJ_LOG").unwrap_or("info").to_owned(),
            egress_allow,
            lease_ms: lease_seconds * 1000,
            runtime,
            compile,
            records_days,
            front,
        })
    }
}

/// An address of Redis: scheme, host, perhaps the number of one of its databases.
fn is_redis(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let database = url.path().trim_start_matches('/');
        matches!(url.scheme(), "redis" | "rediss")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            && url.fragment().is_none()
            && (database.is_empty() || database.parse::<u16>().is_ok())
    })
}

fn public_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.path() == "/";
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        let environment: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(&BTreeMap::new(), &environment)
    }

    fn refuses(pairs: &[(&str, &str)], expected: &str) {
        let Err(error) = read(pairs) else { panic!("{pairs:?} was taken") };
        assert!(error.to_string().starts_with(expected), "{error}");
    }

    #[test]
    fn a_key_is_enough_to_start() {
        let of_a_tool = ("KAMURJ_API_KEY", "kmj_test_x");
        let settings = read(&[("KAMURJ_MASTER_KEY", KEY), of_a_tool]).ok().unwrap();
        assert_eq!(settings.public_url, "http://127.0.0.1:8080");
        assert!(matches!(settings.database, Database::Sqlite));
        assert_eq!(settings.runtime, RuntimeSettings::default());
        assert_eq!(settings.compile.folder, PathBuf::from("./data/compiled"));
    }

    #[test]
    fn plugins_are_compiled_into_the_folder_that_is_named() {
        let elsewhere = ("KAMURJ_PLUGIN_CACHE_DIR", "/var/cache/kamurj");
        let settings = read(&[("KAMURJ_MASTER_KEY", KEY), elsewhere]).ok().unwrap();
        assert_eq!(settings.compile.folder, PathBuf::from("/var/cache/kamurj"));
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_to_write() {
        let key = ("KAMURJ_MASTER_KEY", KEY);
        refuses(&[], "KAMURJ_MASTER_KEY: is missing");
        refuses(&[("KAMURJ_MASTER_KEY", "abc")], "KAMURJ_MASTER_KEY: must be base64");
        refuses(&[key, ("KAMURJ_MASTER_KEY_OLD", "abc")], "KAMURJ_MASTER_KEY_OLD: must be base64");
        refuses(&[key, ("KAMURJ_MASTER_KEY_OLD", KEY)], "KAMURJ_MASTER_KEY_OLD: must be base64");
        refuses(&[key, ("KAMURJ_LISTEN", "8080")], "KAMURJ_LISTEN: write");
        refuses(&[key, ("KAMURJ_PUBLIC_URL", "pay.example.am")], "KAMURJ_PUBLIC_URL: write");
        refuses(&[key, ("KAMURJ_PUBLIC_URL", "https://u@pay.example.am")], "KAMURJ_PUBLIC_URL: write");
        refuses(&[key, ("KAMURJ_DATABASE_URL", "mysql://x")], "KAMURJ_DATABASE_URL: write");
        for url in ["127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://r/db", "rediss://r:6379/0#insecure"] {
            refuses(&[key, ("KAMURJ_REDIS_URL", url)], "KAMURJ_REDIS_URL: write");
        }
        refuses(&[key, ("KAMURJ_EGRESS_ALLOW", "127.0.0.1")], "KAMURJ_EGRESS_ALLOW: `127.0.0.1`");
        refuses(&[key, ("KAMURJ_LEASE_SECONDS", "0")], "KAMURJ_LEASE_SECONDS: write");
        for days in ["0", "366", "a month"] {
            refuses(&[key, ("KAMURJ_RECORDS_DAYS", days)], "KAMURJ_RECORDS_DAYS: write");
        }
        refuses(&[key, ("KAMURJ_LISTNE", "x")], "KAMURJ_LISTNE: is no setting");
        refuses(&[key, ("KAMURJ_PLUGIN_CALLS", "0")], "KAMURJ_PLUGIN_CALLS: write a whole number from 1 to 1024");
        refuses(&[key, ("KAMURJ_PLUGIN_MEMORY_MIB", "1")], "KAMURJ_PLUGIN_MEMORY_MIB: is no setting");
    }

    #[test]
    fn the_address_of_redis_is_taken_as_it_is_and_repeated_in_no_complaint() {
        for url in ["redis://127.0.0.1:6379", "rediss://user:word@cache.example.am:6380/3"] {
            let settings = read(&[("KAMURJ_MASTER_KEY", KEY), ("KAMURJ_REDIS_URL", url)]).ok().unwrap();
            assert_eq!(settings.redis.as_deref(), Some(url));
        }
        let wrong = [("KAMURJ_MASTER_KEY", KEY), ("KAMURJ_REDIS_URL", "redis://:CANARY@host/name")];
        let Err(error) = read(&wrong) else { panic!("it was taken") };
        assert!(!error.to_string().contains("CANARY"), "{error}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = file_values("listen = \"127.0.0.1:1\"\nlease_seconds = 7\negress_allow = [\"a.am:1\", \"b.am:2\"]")
            .unwrap();
        let environment = [("KAMURJ_MASTER_KEY", KEY), ("KAMURJ_LISTEN", "127.0.0.1:2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let settings = Settings::read(&file, &environment).ok().unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.lease_ms, 7000);
        assert_eq!(settings.egress_allow.len(), 2);
        assert!(file_values("listen = ").is_err());
    }
}
