//! What a form offers to choose from, made from lists of the API's answers, and JSON as text for choices that are more than a word and
//! for what a form carries along. Makes no markup.

use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use std::collections::BTreeMap;

/// Registers them.
pub(crate) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("json", json);
    environment.add_filter("written", written);
    environment.add_filter("parsed", parsed);
    environment.add_filter("options", options);
}

/// A value as JSON text.
fn json(value: &Value) -> Result<String, Error> {
    let failed = |error| Error::new(ErrorKind::InvalidOperation, "not to be written as JSON").with_source(error);
    serde_json::to_string(value).map_err(failed)
}

/// A value as JSON text over several lines, for people who change it.
fn written(value: &Value) -> Result<String, Error> {
    let failed = |error| Error::new(ErrorKind::InvalidOperation, "not to be written as JSON").with_source(error);
    serde_json::to_string_pretty(value).map_err(failed)
}

/// What JSON text says; nothing where it is none, since it came back from a browser.
fn parsed(text: &str) -> Value {
    serde_json::from_str::<serde_json::Value>(text).map(|value| Value::from(Serde(value))).unwrap_or_default()
}

/// Pairs of a value and its label, as forms take them, from a list of texts or of objects:
///
/// - `first`: pairs that stand before them;
/// - `value`, `text`: which members of the objects they are;
/// - `group`: labels are the words of this closed list, as with `word()`;
/// - `wrap`: the value is the JSON text of an object with this one member;
/// - `label`: a text around the label, which stands in the place of `{name}`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands them over")]
fn options(state: &State, list: &Value, named: Kwargs) -> Result<Vec<Vec<Value>>, Error> {
    let first = named.get::<Option<Value>>("first")?;
    let value = named.get::<Option<&str>>("value")?;
    let text = named.get::<Option<&str>>("text")?.or(value);
    let group = named.get::<Option<&str>>("group")?;
    let wrap = named.get::<Option<&str>>("wrap")?;
    let around = named.get::<Option<&str>>("label")?;
    named.assert_all_used()?;
    let member = |item: &Value, name: Option<&str>| name.map_or(Ok(item.clone()), |name| item.get_attr(name));
    let mut pairs = Vec::new();
    for pair in first.iter().map(Value::try_iter) {
        for pair in pair? {
            pairs.push(pair.try_iter()?.collect());
        }
    }
    for item in list.try_iter()? {
        let chosen = member(&item, value)?;
        let mut label = member(&item, text)?.to_string();
        if label.is_empty() {
            continue;
        }
        if let Some(group) = group {
            let key = format!("{group}_{label}");
            let word = state.lookup("t").and_then(|texts| texts.get_attr(&key).ok()?.as_str().map(str::to_owned));
            label = word.unwrap_or_else(|| label.replace('_', " "));
        }
        if let Some(around) = around {
            label = around.replace("{name}", &label);
        }
        let chosen = match wrap {
            Some(name) => Value::from(json(&Value::from(BTreeMap::from([(name.to_owned(), chosen)])))?),
            None => chosen,
        };
        pairs.push(vec![chosen, Value::from(label)]);
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expected: &str) {
        let mut environment = Environment::empty();
        register(&mut environment);
        let context = minijinja::context! {
            t => minijinja::context! { role_owner => "Owner" },
            columns => ["Сумма", "", "say \"so\""],
            roles => [minijinja::context! { role => "owner" }, minijinja::context! { role => "night_guard" }],
        };
        let shown = environment.render_str(template, context).unwrap();
        assert_eq!(shown, expected, "{template}");
    }

    #[test]
    fn columns_without_a_name_are_not_offered() {
        check(
            "{{ columns|options(first=[['', 'none']])|json }}",
            r#"[["","none"],["Сумма","Сумма"],["say \"so\"","say \"so\""]]"#,
        );
    }

    #[test]
    fn a_choice_of_more_than_a_word_is_json_text_that_can_be_read_again() {
        check(
            "{% for pair in columns|options(wrap='column', label='by {name}') %}{{ (pair[0]|parsed).column }}={{ pair[1] }};{% endfor %}",
            "Сумма=by Сумма;say \"so\"=by say \"so\";",
        );
    }

    #[test]
    fn words_of_a_closed_list_are_told_as_people_say_them() {
        check(
            "{{ roles|options(value='role', group='role')|json }}",
            r#"[["owner","Owner"],["night_guard","night guard"]]"#,
        );
    }

    #[test]
    fn json_that_a_browser_spoiled_is_nothing() {
        check("{{ ('{\"a\":[1]}'|parsed).a|json }}", "[1]");
        check("{% if '{'|parsed %}something{% endif %}", "");
    }
}
