//! Frames of the pages outside modes, which the server fills by itself: the sample of each in a frame without a mode, and without
//! anybody where nobody has signed in yet.

use crate::sampled;
use kamurj_console::{Frame, Page, Refusal, areas};
use kamurj_domain::format::Language;

/// Shown before anybody has signed in.
const BEFORE: [&str; 2] = ["sign_in.html", "invitation.html"];

/// The templates of these pages.
pub(crate) fn templates() -> Vec<&'static str> {
    let doors = areas().iter().find(|area| area.name == "doors").expect("the console has doors");
    doors.templates.iter().map(|(name, _)| *name).collect()
}

/// The frame of one, for somebody who works for two merchants. `refused`: with that sentence above it.
pub(crate) fn frame(template: &'static str, language: Language, refused: Option<&str>) -> Frame {
    let page = Page { path: "/account", template, needs: "read", reads: &[] };
    let mut me = sampled::me();
    me.memberships.push(kamurj_console::Membership {
        merchant: "mer_02".to_owned(),
        name: "Լուսաբաց գրախանութ-սրճարան".to_owned(),
        role: "accountant".to_owned(),
    });
    Frame {
        mode: None,
        here: "/console/account".to_owned(),
        base: "/console/live".to_owned(),
        area: "frame",
        me: (!BEFORE.contains(&template)).then_some(me),
        refusal: refused.map(|detail| Refusal { detail: detail.to_owned(), ..Refusal::default() }),
        ..sampled::framed(&page, "frame", language)
    }
}
