//! The customer's page as a browser without script reads it.

use crate::network::Answer;

/// The heading of the receipt, in the language that every buyer here reads.
const PAID: &str = "Վճարումը կատարված է";

/// What is on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// HTTP status.
    pub(crate) status: u16,
    /// Where it sends the browser.
    pub(crate) location: Option<String>,
    /// The form that pays: where it goes and its key.
    pub(crate) form: Option<(String, String)>,
    /// It says that the payment is made.
    pub(crate) says_paid: bool,
}

impl Page {
    /// Reads an answer.
    pub(crate) fn read(answer: &Answer) -> Self {
        let html = &answer.body;
        let heading = between(html, "<h1", "</h1>").unwrap_or_default();
        let form = between(html, "<form", "</form>").and_then(|form| {
            let action = between(form, "action=\"", "\"")?;
            let key = between(form.split_once("name=\"form_key\"")?.1, "value=\"", "\"")?;
            Some((plain(action), plain(key)))
        });
        Self {
            status: answer.status,
            location: answer.headers.get("location").cloned(),
            form,
            says_paid: heading.contains(PAID),
        }
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

/// Undoes the templates' escaping of addresses and keys.
fn plain(text: &str) -> String {
    text.replace("&#x2f;", "/").replace("&amp;", "&")
}
