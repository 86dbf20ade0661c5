//! What each route needs, read from its own description in `/openapi.json`, so that what is described and what is enforced cannot
//! differ.

use kamurj_access::Permission;
use std::collections::BTreeMap;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

/// Who may come through a route's door at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// API keys and operators.
    Everybody,
    /// Operators who are signed in alone.
    People,
}

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// Who may come.
    pub door: Door,
    /// What they need.
    pub permission: Permission,
}

/// Every route with what it needs, by method and path.
#[derive(Debug, Clone, Default)]
pub struct Permits(BTreeMap<(String, String), Permit>);

impl Permits {
    /// Reads the description. A route that describes no need, or one that nobody knows, is left out and with that closed.
    pub fn of(document: &OpenApi) -> Self {
        let mut permits = BTreeMap::new();
        for (path, item) in &document.paths.paths {
            let methods = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            for (method, operation) in methods {
                if let Some(permit) = operation.as_ref().and_then(read) {
                    permits.insert((method.to_owned(), path.clone()), permit);
                }
            }
        }
        Self(permits)
    }

    /// What a route needs; `HEAD` needs what `GET` does.
    pub fn get(&self, method: &str, path: &str) -> Option<Permit> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.0.get(&(method.to_owned(), path.to_owned())).copied()
    }

    /// Every route: method, path, and what it needs.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, Permit)> {
        self.0.iter().map(|((method, path), permit)| (method.as_str(), path.as_str(), *permit))
    }
}

fn read(operation: &Operation) -> Option<Permit> {
    let described = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let needs = described.as_array()?.first()?.as_object()?;
    let (scheme, words) = needs.iter().next()?;
    let door = match scheme.as_str() {
        "api_key" => Door::Everybody,
        "session" => Door::People,
        _ => return None,
    };
    let permission = match words.as_array()?.as_slice() {
        [] => Permission::Read,
        [word] => Permission::from_word(word.as_str()?)?,
        _ => return None,
    };
    Some(Permit { door, permission })
}
