//! What templates may call to write addresses and ids: a path with a query in which some parameters are others, and ids that no other
//! element of the page has. The engine escapes what comes of it.

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, State, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Registers them.
pub(crate) fn register(environment: &mut Environment<'static>) {
    environment.add_function("address", address);
    environment.add_function("unique", unique);
}

/// A path with a query: `address(base ~ "/payments", query, cursor="")` is the page with its filters and without its cursor. Parameters
/// without a value are left out.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands them over")]
fn address(path: &str, query: Value, others: Kwargs) -> Result<String, Error> {
    let mut parameters = BTreeMap::new();
    for name in query.try_iter()? {
        parameters.insert(name.to_string(), query.get_item(&name)?);
    }
    for name in others.args().map(str::to_owned).collect::<Vec<_>>() {
        let value = others.get(&name)?;
        parameters.insert(name, value);
    }
    let mut address = path.to_owned();
    let mut between = if path.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        let value = if value.is_none() || value.is_undefined() { String::new() } else { value.to_string() };
        if !value.is_empty() {
            write!(address, "{between}{}={}", encoded(&name), encoded(&value))
                .expect("a String takes whatever is written to it");
            between = '&';
        }
    }
    Ok(address)
}

/// Everything but what RFC 3986 calls unreserved, as `%XX`.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes whatever is written to it");
        }
    }
    encoded
}

/// The name itself the first time that a page asks, then `name-2`, `name-3`: two forms of one page may have fields of one name.
fn unique(state: &mut State, name: &str) -> String {
    let counter = format!("unique {name}");
    let count = state.get_temp(&counter).and_then(|count| u32::try_from(count).ok()).unwrap_or(0) + 1;
    state.set_temp(&counter, Value::from(count));
    if count == 1 { name.to_owned() } else { format!("{name}-{count}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> String {
        let mut environment = Environment::empty();
        register(&mut environment);
        environment
            .render_str(
                template,
                minijinja::context! { query => minijinja::context! { q => "Ա&b", status => "paid", cursor => "7" } },
            )
            .unwrap()
    }

    #[test]
    fn an_address_keeps_the_filters_and_changes_those_that_are_named() {
        assert_eq!(rendered("{{ address('/p', query, cursor='') }}"), "/p?q=%D4%B1%26b&status=paid");
        assert_eq!(rendered("{{ address('/p', query, q=none, cursor='', status='failed') }}"), "/p?status=failed");
        assert_eq!(rendered("{{ address('/p?a=1', {}, b=2) }}"), "/p?a=1&b=2");
    }

    #[test]
    fn no_two_elements_of_a_page_have_one_id() {
        assert_eq!(rendered("{{ unique('reason') }} {{ unique('to') }} {{ unique('reason') }}"), "reason to reason-2");
        assert_eq!(
            rendered("{% macro field() %}{{ unique('reason') }}{% endmacro %}{{ field() }} {{ field() }}"),
            "reason reason-2"
        );
    }
}
