//! Reading a page as somebody without script does: its first heading, its text, the form that pays.

/// The first heading as text.
pub(crate) fn heading(html: &str) -> String {
    text(between(html, "<h1", "</h1>").and_then(|heading| heading.split_once('>')).map_or("", |(_, heading)| heading))
}

/// The visible text: tags, styles and head gone, blanks folded, every kind of blank the plain one.
pub(crate) fn text(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body.split_once('>').map_or(body, |(_, body)| body));
    let mut out = String::new();
    let mut in_tag = false;
    for character in body.chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            _ if !in_tag => out.push(character),
            _ => {}
        }
    }
    out.replace("&nbsp;", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form of a page: where it goes and its hidden fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) hidden: Vec<(String, String)>,
}

/// The first form that is posted.
pub(crate) fn form(html: &str) -> Option<Form> {
    let form = between(html, "<form", "</form>")?;
    let (head, inside) = form.split_once('>')?;
    if attribute(head, "method")? != "post" {
        return None;
    }
    let fields = inside.split("<input").skip(1).filter_map(|input| {
        let input = input.split_once('>')?.0;
        Some((attribute(input, "name")?, attribute(input, "value")?))
    });
    Some(Form { action: attribute(head, "action")?, hidden: fields.collect() })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = between(tag, &format!(" {name}=\""), "\"")?;
    Some(value.replace("&quot;", "\"").replace("&#x2f;", "/").replace("&amp;", "&"))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use super::{Form, form, heading, text};

    const PAGE: &str = "<html><head><style>b{}</style></head><body class=\"x\"><h1><b>Pay</b> 12\u{a0}500\u{202f}֏</h1>\
        <form method=\"post\" action=\"&#x2f;p/t/pay\"><input type=\"hidden\" name=\"form_key\" value=\"k&amp;1\">\
        <button>Pay</button></form></body></html>";

    #[test]
    fn a_page_is_read_as_people_see_it() {
        assert_eq!(heading(PAGE), "Pay 12 500 ֏");
        assert_eq!(text(PAGE), "Pay 12 500 ֏ Pay");
    }

    #[test]
    fn the_form_is_found_with_its_fields() {
        let found = Form { action: "/p/t/pay".to_owned(), hidden: vec![("form_key".to_owned(), "k&1".to_owned())] };
        assert_eq!(form(PAGE), Some(found));
        assert_eq!(form("<form method=\"get\" action=\"/\"></form>"), None);
        assert_eq!(form("no form"), None);
    }
}
