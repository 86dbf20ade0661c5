//! Tasks for exceptions: opened at the address of REST 3.0, where the exception's id keeps a repeated call from opening two, or by the
//! old method where a portal or a right for the new one is missing; found by their marker; finished with a closing word. It must not
//! decide which exceptions get one.

use kamurj_crm::{Target, Task, Trouble, rfc3339};
use kamurj_sdk::{Host, Level, Outcome};
use serde_json::{Value, json};

use crate::access::Access;
use crate::kind::{id_of, place};
use crate::looks::or_gone;
use crate::portal::Portal;
use crate::refusal;

/// Hours until a task is due where the settings say nothing.
const USUAL_HOURS: u32 = 24;
const HOUR_MS: u64 = 60 * 60 * 1000;
/// The portal's number for a task that is done.
const COMPLETED: u64 = 5;
/// How a portal says that it, or this webhook, has no such method of REST 3.0.
const NO_NEW_METHOD: [&str; 5] =
    ["METHODNOTFOUNDEXCEPTION", "ERROR_METHOD_NOT_FOUND", "INSUFFICIENTSCOPEEXCEPTION", "insufficient_scope", "404"];

/// The task with this marker at this record. Newest first, so that it stands on the first page.
pub(crate) fn find<H: Host>(
    portal: &Portal<'_, H>,
    target: Option<&Target>,
    marker: &str,
) -> Result<Option<Task>, Trouble> {
    // The portal finds no task by its text.
    let Some(target) = target else { return Ok(None) };
    let body = json!({
        "filter": { "UF_CRM_TASK": bound(target)? },
        "select": ["ID", "DESCRIPTION", "STATUS"],
        "order": { "ID": "desc" },
    });
    let answer = portal.rest.read("tasks.task.list", &body)?;
    let mut tasks = answer["tasks"].as_array().into_iter().flatten();
    let task = tasks.find(|task| task["description"].as_str().is_some_and(|text| text.contains(marker)));
    Ok(task.and_then(|task| Some(Task { id: id_of(task, "id")?.to_string(), is_open: !is_done(task) })))
}

/// What a task at this record is bound to: `D_10`.
fn bound(target: &Target) -> Result<String, Trouble> {
    let (kind, id) = place(target)?;
    Ok(format!("{}_{id}", kind.short()))
}

fn is_done(task: &Value) -> bool {
    id_of(task, "status") == Some(COMPLETED)
}

/// Opens a task.
pub(crate) fn open<H: Host>(
    portal: &Portal<'_, H>,
    target: Option<&Target>,
    (title, text): (&str, &str),
    key: &str,
    step: &str,
) -> Result<String, Trouble> {
    let assigned = target.map(|target| assigned(portal, target)).transpose()?.flatten();
    let caller = caller(portal)?;
    let tasks = portal.settings.crm.tasks.clone().unwrap_or_default();
    let chosen = tasks.responsible.as_deref().and_then(|id| id.trim().parse::<u64>().ok());
    let responsible = chosen.or(assigned).unwrap_or(caller);
    let about: Vec<String> = target.map(bound).transpose()?.into_iter().collect();
    let hours = u64::from(tasks.hours.unwrap_or(USUAL_HOURS));
    let deadline = rfc3339(portal.host.now_ms().saturating_add(hours.saturating_mul(HOUR_MS)));
    let body = json!({ "fields": {
        "title": title, "description": text, "creatorId": caller, "responsibleId": responsible, "deadline": deadline,
        "crmItemIds": about,
    } });
    let opened = match portal.rest.change_once("tasks.task.add", &body, key, step) {
        Err(trouble) if is_missing(&trouble) => {
            let body = json!({ "fields": {
                "TITLE": title, "DESCRIPTION": text, "CREATED_BY": caller, "RESPONSIBLE_ID": responsible,
                "DEADLINE": deadline, "UF_CRM_TASK": about,
            } });
            portal.rest.change("tasks.task.add", &body, &format!("{step}.old"))
        }
        // The key's task is there, from a run whose answer nobody saw; only its deadline was another.
        Err(trouble) if refusal::code(&trouble) == Some("IDEMPOTENCYKEYREUSEDEXCEPTION") => {
            return Err(Trouble::Lost(Outcome::ambiguous("opened-before", "the task was opened by an earlier run")));
        }
        other => other,
    };
    let answer = opened.map_err(|trouble| if chosen.is_some() { of_chosen(trouble) } else { trouble })?;
    let task = if answer["item"].is_object() { &answer["item"] } else { &answer["task"] };
    let id =
        id_of(task, "id").ok_or_else(|| Outcome::bad_request("answer", "tasks.task.add: the answer names no task"))?;
    Ok(id.to_string())
}

fn is_missing(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Ended(outcome) if NO_NEW_METHOD.contains(&outcome.code.as_str()))
}

/// The person whom the settings name is nobody (any more).
fn of_chosen(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Ended(outcome)
            if matches!(outcome.code.as_str(), "VALIDATION_REQUESTVALIDATIONEXCEPTION" | "ERROR_CORE") =>
        {
            let message = format!(
                "the portal does not take a task for the employee in `tasks/responsible`: choose another ({})",
                outcome.message
            );
            Trouble::Setting(Outcome::bad_request("task-responsible", &message))
        }
        other => other,
    }
}

/// Who is responsible for the record.
fn assigned<H: Host>(portal: &Portal<'_, H>, target: &Target) -> Result<Option<u64>, Trouble> {
    let (kind, id) = place(target)?;
    let body = json!({ "entityTypeId": kind.number(), "id": id, "useOriginalUfNames": "Y" });
    let answer = portal.rest.read("crm.item.get", &body).map_err(|trouble| or_gone(trouble, target))?;
    Ok(id_of(&answer["item"], "assignedById").filter(|id| *id > 0))
}

/// On whose behalf calls are made.
fn caller<H: Host>(portal: &Portal<'_, H>) -> Result<u64, Trouble> {
    if let Access::Webhook(user) = portal.rest.access()
        && let Ok(id) = user.parse()
    {
        return Ok(id);
    }
    let profile = portal.rest.read("profile", &json!({}))?;
    id_of(&profile, "ID").ok_or_else(|| Outcome::bad_request("answer", "profile: the answer names nobody").into())
}

/// Finishes a task, with the closing word at the end of its text.
pub(crate) fn close<H: Host>(portal: &Portal<'_, H>, id: &str, why: &str, step: &str) -> Result<(), Trouble> {
    let gone = || Trouble::Gone(Outcome::bad_request("task-gone", &format!("the task {id} is gone")));
    let id: u64 = id.parse().map_err(|_| gone())?;
    let body = json!({ "taskId": id, "select": ["ID", "DESCRIPTION", "STATUS"] });
    let answer = portal.rest.read("tasks.task.get", &body).map_err(|trouble| match &trouble {
        Trouble::Ended(outcome) if outcome.kind == "bad-request" && outcome.message.contains("NOT_FOUND") => gone(),
        _ => trouble,
    })?;
    // The portal answers with an empty list where there is none.
    let Some(task) = answer.get("task").filter(|task| task.is_object()) else { return Err(gone()) };
    if is_done(task) {
        return Ok(());
    }
    let text = task["description"].as_str().unwrap_or_default();
    if !text.contains(why) {
        let body = json!({ "taskId": id, "fields": { "DESCRIPTION": format!("{text}\n\n{why}") } });
        match portal.rest.change("tasks.task.update", &body, &format!("{step}.word")) {
            Err(trouble) if refusal::code(&trouble).is_some() => {
                let id = id.to_string();
                portal.host.log(Level::Warn, "The closing word of a task could not be written", &[("task", &id)]);
            }
            other => drop(other?),
        }
    }
    portal.rest.change("tasks.task.complete", &json!({ "taskId": id }), step).map(drop)
}
