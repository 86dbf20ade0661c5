//! Queries with bracketed names, pages of lists, and the links to the next one. It must not know what is listed.

use serde_json::{Value, json};

use super::account::Account;
use super::reading::MOST;
use super::refusal::Refusal;

/// The query of a call, decoded.
pub(super) struct Query(Vec<(String, String)>);

/// Which page of a list is asked for.
pub(super) struct Page {
    number: usize,
    limit: usize,
}

impl Query {
    pub(super) fn read(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The last value of this name.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of this name, which may be given once, or with `[]` or a number in brackets for each.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let is_it = |known: &str| {
            known.strip_prefix(name).is_some_and(|rest| {
                let place = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                rest.is_empty() || place.is_some_and(|place| place.bytes().all(|byte| byte.is_ascii_digit()))
            })
        };
        self.0.iter().filter(|(known, _)| is_it(known)).map(|(_, value)| value.as_str()).collect()
    }

    /// Numbers of this name; a value that is none is refused. `None`: it was not asked for.
    pub(super) fn numbers(&self, name: &str) -> Result<Option<Vec<i64>>, Refusal> {
        let values = self.all(name);
        if values.is_empty() {
            return Ok(None);
        }
        let numbers: Option<Vec<i64>> = values.into_iter().map(|value| value.parse().ok()).collect();
        numbers.map(Some).ok_or_else(|| Refusal::bad(&format!("{name} should be of type int.")))
    }

    /// One number of this name.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.one(name) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| Refusal::bad(&format!("{name} should be of type int.")))
    }

    /// The pipelines and statuses of `filter[statuses]`, each under its number. 142 and 143 are in every pipeline, so that a status
    /// without its pipeline says too little.
    pub(super) fn statuses(&self) -> Result<Option<Vec<(i64, i64)>>, Refusal> {
        let mut found = Vec::new();
        for place in 0..MOST {
            let pipeline = self.number(&format!("filter[statuses][{place}][pipeline_id]"))?;
            let status = self.number(&format!("filter[statuses][{place}][status_id]"))?;
            match (pipeline, status) {
                (Some(pipeline), Some(status)) => found.push((pipeline, status)),
                (None, None) => break,
                (Some(_), None) | (None, Some(_)) => {
                    return Err(Refusal::bad("filter[statuses] needs pipeline_id and status_id."));
                }
            }
        }
        Ok((!found.is_empty()).then_some(found))
    }

    /// Whether `with` has this word.
    pub(super) fn with(&self, word: &str) -> bool {
        self.one("with").is_some_and(|with| with.split(',').any(|known| known.trim() == word))
    }

    /// Whether a change at this time is within `filter[updated_at]`, where it was given.
    pub(super) fn updated(&self, at_s: i64) -> Result<bool, Refusal> {
        let from = self.number("filter[updated_at][from]")?;
        let to = self.number("filter[updated_at][to]")?;
        let at = self.number("filter[updated_at]")?;
        Ok(from.is_none_or(|from| at_s >= from) && to.is_none_or(|to| at_s <= to) && at.is_none_or(|at| at == at_s))
    }

    /// The order that is asked for: which name, and whether the highest comes first.
    pub(super) fn order<'n>(&self, names: &[&'n str]) -> Result<Option<(&'n str, bool)>, Refusal> {
        for name in names {
            match self.one(&format!("order[{name}]")) {
                None => {}
                Some("asc") => return Ok(Some((name, false))),
                Some("desc") => return Ok(Some((name, true))),
                Some(_) => return Err(Refusal::bad("order should be asc or desc.")),
            }
        }
        Ok(None)
    }

    /// The page that is asked for.
    pub(super) fn page(&self) -> Result<Page, Refusal> {
        let number = self.number("page")?.unwrap_or(1);
        let limit = self.number("limit")?.unwrap_or(50);
        match (usize::try_from(number), usize::try_from(limit)) {
            (Ok(number @ 1..), Ok(limit @ 1..=MOST)) => Ok(Page { number, limit }),
            _ => Err(Refusal::bad("page begins at 1, and limit is 1 to 250.")),
        }
    }

    /// The same query for another page.
    fn again(&self, page: usize) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.0.iter().filter(|(name, _)| name != "page") {
            text.append_pair(name, value);
        }
        text.append_pair("page", &page.to_string());
        text.finish()
    }
}

impl Page {
    /// One page of a list as the service wraps it, under `word`; `None` where there is nothing on it, which is answered 204.
    pub(super) fn of(&self, account: &Account, path: &str, query: &Query, word: &str, all: &[Value]) -> Option<Value> {
        let start = (self.number - 1).saturating_mul(self.limit);
        let rest = all.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        let shown = &rest[..rest.len().min(self.limit)];
        let link = |page: usize| json!({"href": account.link(&format!("{path}?{}", query.again(page)))});
        let mut links = json!({"self": link(self.number)});
        if rest.len() > shown.len() {
            links["next"] = link(self.number + 1);
        }
        if self.number > 1 {
            links["first"] = link(1);
            links["prev"] = link(self.number - 1);
        }
        Some(json!({"_page": self.number, "_links": links, "_embedded": {word: shown}}))
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn bracketed_names_are_read_in_each_way_they_are_written() {
        let query = Query::read("filter[id][]=1&filter%5Bid%5D%5B1%5D=2&filter[id]=3&filter[idle][]=4&filter[id][x]=5");
        assert_eq!(query.numbers("filter[id]").unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(query.numbers("filter[nobody]").unwrap(), None);
        assert!(Query::read("filter[id][]=x").numbers("filter[id]").is_err());
    }

    #[test]
    fn a_page_has_one_to_two_hundred_and_fifty() {
        for (text, right) in
            [("", true), ("limit=250&page=3", true), ("limit=251", false), ("limit=0", false), ("page=0", false)]
        {
            assert_eq!(Query::read(text).page().is_ok(), right, "{text}");
        }
    }
}
