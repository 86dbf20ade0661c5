//! Filling a template in: its variables, its buttons, and what is wrong with what was given for them. It must not know to whom
//! it goes.

use serde_json::Value;

use super::content::{Button, Content, Kind};
use super::fields::{Fields, as_object, list, object, one_of, required, text};
use super::templates::{Review, Template, TemplateButton, variables};
use crate::graph::Refusal;

/// Longest body once it is filled in, in characters.
const LONGEST_BODY: usize = 1024;
const COMPONENTS: &str = "template['components']";

/// Reads the `template` object and fills the template in.
pub(super) fn read(fields: &Fields, templates: &[Template]) -> Result<Content, Refusal> {
    let asked = object(fields, "template", "template", &["name", "language", "components", "namespace"])?;
    let name = required(asked, "name", "template['name']")?;
    let language = object(asked, "language", "template['language']", &["code", "policy"])?;
    let code = required(language, "code", "template['language']['code']")?;
    let template = find(templates, &name, &code)?;
    let components = list(asked, "components", COMPONENTS)?;
    let mut body = None;
    let mut buttons: Vec<Option<&Fields>> = vec![None; template.0.buttons.len()];
    for (index, component) in components.iter().enumerate() {
        let path = format!("{COMPONENTS}[{index}]");
        let component = as_object(component, &path, &["type", "sub_type", "index", "parameters"])?;
        let given = required(component, "type", &format!("{path}['type']"))?.to_lowercase();
        one_of(&given, &format!("{path}['type']"), &["header", "body", "button"])?;
        match given.as_str() {
            "body" => body = Some(component),
            "button" => {
                let place = text(component, "index").and_then(|index| index.parse::<usize>().ok());
                let place = place.and_then(|place| buttons.get_mut(place));
                *place.ok_or_else(|| Refusal::value("buttons: index is not that of a button of the template"))? =
                    Some(component);
            }
            _ => return Err(mismatch("header: the template has no header")),
        }
    }
    let filled = fill_body(&template.0.body, body)?;
    if filled.chars().count() > LONGEST_BODY {
        return Err(Refusal::api(400, 132_005, None, "Template hydrated text too long")
            .details(format!("body: must be at most {LONGEST_BODY} characters long")));
    }
    let mut content = Content::new(Kind::Template, filled);
    content.footer.clone_from(&template.0.footer);
    content.template = Some(format!("{name} {code}"));
    for (index, (button, given)) in template.0.buttons.iter().zip(buttons).enumerate() {
        content.buttons.push(fill_button(index, button, given)?);
    }
    Ok(content)
}

fn find<'a>(templates: &'a [Template], name: &str, code: &str) -> Result<&'a Template, Refusal> {
    let found = templates.iter().find(|template| template.0.name == name && template.0.language == code);
    match found.map(|template| (template, template.0.status)) {
        Some((template, Review::Approved)) => Ok(template),
        Some((_, Review::Paused)) => Err(Refusal::api(400, 132_015, None, "Template is Paused")
            .details("Template is paused due to low quality so it cannot be sent in a template message.")),
        Some((_, Review::Disabled)) => Err(Refusal::api(400, 132_016, None, "Template is Disabled")
            .details("Template has been paused too many times due to low quality and is now permanently disabled.")),
        Some((_, Review::Pending | Review::Rejected)) | None => {
            // Meta answers this one with 404.
            Err(Refusal::api(404, 132_001, None, "Template name does not exist in the translation")
                .details(format!("template name ({name}) does not exist in {code}")))
        }
    }
}

fn fill_body(body: &str, component: Option<&Fields>) -> Result<String, Refusal> {
    let wanted = variables(body);
    let given = component.map_or(Ok(&[][..]), |component| parameters(component, "body"))?;
    if given.len() != wanted.len() {
        return Err(count(&format!(
            "body: number of localizable_params ({}) does not match the expected number of params ({})",
            given.len(),
            wanted.len()
        )));
    }
    let mut filled = body.to_owned();
    let mut values = Vec::new();
    for (place, parameter) in given.iter().enumerate() {
        let path = format!("{COMPONENTS}['body'][{place}]");
        let parameter = as_object(parameter, &path, &["type", "text", "parameter_name"])?;
        let name = match text(parameter, "parameter_name") {
            Some(name) => name,
            None if wanted.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit())) => (place + 1).to_string(),
            None => return Err(mismatch("body: Parameter name is missing or empty")),
        };
        if !wanted.contains(&name.as_str()) {
            return Err(mismatch(&format!("body: the template has no parameter {name}")));
        }
        let variable = format!("{{{{{name}}}}}");
        if values.iter().any(|(known, _)| *known == variable) {
            return Err(mismatch(&format!("body: parameter {name} is given twice")));
        }
        values.push((variable, value(parameter, "text", "text")?));
    }
    for (variable, value) in values {
        // A value that looks like a variable is not filled in again: its braces are parted first and joined at the end.
        filled = filled.replace(&variable, &value.replace("{{", "{\0{"));
    }
    Ok(filled.replace("{\0{", "{{"))
}

fn fill_button(index: usize, button: &TemplateButton, component: Option<&Fields>) -> Result<Button, Refusal> {
    let path = format!("{COMPONENTS}['button'][{index}]");
    let given = component.map_or(Ok(&[][..]), |component| parameters(component, "buttons"))?;
    if given.len() > 1 {
        return Err(count(&format!("buttons: Button at index {index} takes one parameter")));
    }
    let given = given.first().map(|one| as_object(one, &path, &["type", "text", "payload"])).transpose()?;
    let kind = component.and_then(|component| text(component, "sub_type")).map(|kind| kind.to_lowercase());
    let expected = if matches!(button, TemplateButton::Url { .. }) { "url" } else { "quick_reply" };
    if component.is_some() && kind.as_deref() != Some(expected) {
        return Err(mismatch(&format!("buttons: Button at index {index} is of another type")));
    }
    match button {
        TemplateButton::Url { text, url } => {
            let url = match (url.strip_suffix("{{1}}"), given) {
                (Some(root), Some(given)) => format!("{root}{}", value(given, "text", "text")?),
                (Some(_), None) => {
                    let why = format!("buttons: Button at index {index} of type Url requires a parameter");
                    return Err(Refusal::missing(why));
                }
                (None, Some(_)) => return Err(count(&format!("buttons: Button at index {index} takes no parameter"))),
                (None, None) => url.clone(),
            };
            Ok(Button { text: text.clone(), url: Some(url), ..Button::default() })
        }
        TemplateButton::QuickReply { text } => {
            let payload = given.map(|given| value(given, "payload", "payload")).transpose()?;
            Ok(Button { text: text.clone(), id: Some(payload.unwrap_or_else(|| text.clone())), ..Button::default() })
        }
    }
}

fn parameters<'a>(component: &'a Fields, what: &str) -> Result<&'a [Value], Refusal> {
    list(component, "parameters", &format!("{COMPONENTS}['{what}']['parameters']"))
}

/// A parameter's value. What it must not hold is told by integrators' reports of code 132018.
fn value(parameter: &Fields, kind: &str, name: &str) -> Result<String, Refusal> {
    if text(parameter, "type").as_deref() != Some(kind) {
        return Err(mismatch(&format!("Expected a parameter of type {kind}")));
    }
    let value = text(parameter, name).filter(|value| !value.trim().is_empty());
    let value = value.ok_or_else(|| Refusal::missing(format!("Parameter of type {kind} is missing {name} value")))?;
    if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
        return Err(Refusal::api(400, 132_018, None, "There is an issue with the parameters in your template")
            .details("Param text cannot have new-line/tab characters or more than 4 consecutive spaces"));
    }
    Ok(value)
}

fn count(details: &str) -> Refusal {
    Refusal::api(400, 132_000, None, "Number of parameters does not match the expected number of params")
        .details(details)
}

fn mismatch(details: &str) -> Refusal {
    Refusal::api(400, 132_012, None, "Parameter format does not match format in the created template").details(details)
}
