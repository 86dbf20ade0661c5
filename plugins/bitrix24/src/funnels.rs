//! The portal's funnels and their stages, read live. It must not know which of them the settings name.

use kamurj_crm::Trouble;
use kamurj_sdk::{Host, plain};
use serde_json::{Value, json};

use crate::kind::{Kind, id_of};
use crate::rest::Rest;

/// Most funnels whose stages are read: a batch has fifty parts.
const MOST: usize = 50;
/// Longest name that is shown, in characters.
const NAME_CHARS: usize = 100;

/// A funnel with its stages in their order.
pub(crate) struct Funnel {
    /// Whose records go through it.
    pub(crate) kind: Kind,
    /// Its number; 0 is the deals' default one.
    pub(crate) id: u64,
    /// As people know it.
    pub(crate) name: String,
    /// The codes of its stages, in full, and their names.
    pub(crate) stages: Vec<(String, String)>,
}

/// The funnels of these kinds, in two requests.
pub(crate) fn read<H: Host>(rest: &Rest<'_, H>, kinds: &[Kind]) -> Result<Vec<Funnel>, Trouble> {
    let calls: Vec<_> =
        kinds.iter().map(|kind| (kind.word(), "crm.category.list", json!({ "entityTypeId": kind.number() }))).collect();
    let mut funnels = Vec::new();
    for (kind, answer) in kinds.iter().zip(rest.read_all(&calls)?) {
        for category in answer?["categories"].as_array().into_iter().flatten() {
            let name = plain(category["name"].as_str().unwrap_or_default(), NAME_CHARS);
            let id = id_of(category, "id");
            funnels.extend(id.map(|id| Funnel { kind: *kind, id, name, stages: Vec::new() }));
        }
    }
    funnels.truncate(MOST);
    let names: Vec<String> = (0..funnels.len()).map(|place| format!("f{place:02}")).collect();
    let stages_of = |(funnel, name)| {
        let funnel: &Funnel = funnel;
        let name: &String = name;
        let filter = json!({ "ENTITY_ID": funnel.kind.stages_in(funnel.id) });
        (name.as_str(), "crm.status.list", json!({ "filter": filter, "order": { "SORT": "ASC" } }))
    };
    let calls: Vec<_> = funnels.iter().zip(&names).map(stages_of).collect();
    if calls.is_empty() {
        return Ok(funnels);
    }
    let answers = rest.read_all(&calls)?;
    for (funnel, answer) in funnels.iter_mut().zip(answers) {
        let wanted = funnel.kind.stages_in(funnel.id);
        for status in answer?.as_array().into_iter().flatten() {
            // A portal that ignores the filter answers with other directories too.
            if status["ENTITY_ID"].as_str().is_some_and(|of| of != wanted) {
                continue;
            }
            let code = status["STATUS_ID"].as_str().unwrap_or_default();
            funnel.stages.push((plain(code, NAME_CHARS), plain(name(status), NAME_CHARS)));
        }
    }
    Ok(funnels)
}

fn name(status: &Value) -> &str {
    status["NAME"].as_str().unwrap_or_default()
}
