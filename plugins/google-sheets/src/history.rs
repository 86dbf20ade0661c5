//! The history: one row for each event, the newest on top, never changed afterwards. Its tag's id comes from the delivery's, so that a
//! delivery that is made again adds no second one. It must not touch the rows of payments.

use kamurj_sdk::{Host, Outcome};
use serde_json::Value;

use crate::api::{Api, by_id, ranges};
use crate::columns::Column;
use crate::layout::Layout;
use crate::refusal::{Refusal, invalid};
use crate::row::News;
use crate::sync::new_row;
use crate::tags::{CHAIN, history_key, ids, search};

/// Adds the row of this delivery unless it is there.
pub(crate) fn add<H: Host>(api: &Api<'_, H>, layout: &Layout, delivery: &str, news: News<'_>) -> Result<(), Refusal> {
    let mut said = String::new();
    // Asked for blindly: Google refuses what is there already, and that costs one call where looking first would cost three.
    for id in ids(&format!("history:{delivery}")).into_iter().take(CHAIN) {
        let requests = new_row(layout, news, (id, history_key(news.now_ms)));
        let step = format!("add-history.{id}");
        match api.batch(&requests, &step) {
            Ok(_) => return Ok(()),
            Err(Refusal::Invalid(words)) => said = words,
            Err(Refusal::Lost(cause)) => {
                if at(api, layout, id, news)? == At::Ours {
                    return Ok(());
                }
                if api.run <= 1 {
                    return Err(Refusal::Lost(cause));
                }
                match api.batch(&requests, &step) {
                    Err(Refusal::Invalid(words)) => said = words,
                    other => return other.map(|_| ()),
                }
            }
            Err(refusal) => return Err(refusal),
        }
        match at(api, layout, id, news)? {
            At::Ours => return Ok(()),
            // Something else has the id: the next one.
            At::Other => {}
            At::Nothing => return Err(invalid(&said).into()),
        }
    }
    Err(Outcome::bad_request("tag-clash", &format!("Every id that the row's tag may have is used: {said}")).into())
}

/// What has a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Ours,
    Other,
    Nothing,
}

fn at<H: Host>(api: &Api<'_, H>, layout: &Layout, id: i64, news: News<'_>) -> Result<At, Refusal> {
    let tags = search(api, &[id], &[])?;
    let Some(tag) = tags.first() else { return Ok(At::Nothing) };
    if tag.sheet != layout.sheet {
        return Ok(At::Other);
    }
    let answer = api.values(&[by_id(id)], "ROWS")?;
    let read = ranges(&answer);
    let line =
        read.first().and_then(|range| range.lines.first()).and_then(Value::as_array).cloned().unwrap_or_default();
    let same = [Column::Event, Column::Payment, Column::Version]
        .into_iter()
        .all(|column| layout.cell(&line, column) == crate::cell::shown(Some(&news.cell(column).raw())));
    Ok(if same { At::Ours } else { At::Other })
}
