//! What the console consists of, as tables: which page reads which answers of the API, and which form becomes which request.
//! The server walks them with the operator's own rights, so a page shows nothing and a form does nothing that the same person could
//! not have from the API. Knows neither HTTP nor how the API answers.

/// One part of the console, kept in a file of its own: its pages, its forms, its templates and its texts.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// The word by which the navigation and texts know it.
    pub name: &'static str,
    /// What it shows.
    pub pages: &'static [Page],
    /// What can be done there.
    pub acts: &'static [Act],
    /// Templates by name.
    pub templates: &'static [(&'static str, &'static str)],
    /// Its texts: a JSON object of keys, each with `hy`, `ru` and `en`.
    pub texts: &'static str,
}

/// A page: `GET /console/{mode}` and [`Page::path`].
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Below the mode, `{…}` for a part that varies: `/payments/{payment}`.
    pub path: &'static str,
    /// The template that shows it.
    pub template: &'static str,
    /// The word of the permission without which the page is not there.
    pub needs: &'static str,
    /// What it shows, by the names under which the template finds it.
    pub reads: &'static [Read],
}

/// One answer of the API that a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// The template's name for it.
    pub name: &'static str,
    /// Path and query of the API: `/v1/payments/{payment}/journal?limit=200`. Parts in braces are the page's own; `{lang}` is the tag of
    /// the language in which it is shown.
    pub path: &'static str,
    /// Parameters of the page's address that are passed on where they are there and not empty.
    pub passes: &'static [&'static str],
    /// Whether the page goes on with `none` in its place where the operator may not read it or it is not there.
    pub may_lack: bool,
}

/// A form: `POST /console/{mode}` and [`Act::path`].
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// Below the mode, as with pages.
    pub path: &'static str,
    /// The method of the request that it becomes.
    pub method: &'static str,
    /// The API's path; parts in braces are the form's own.
    pub api: &'static str,
    /// What the request carries.
    pub carries: Carries,
    /// The path of the page that holds the form: shown again, with what was typed and what is wrong with it, when it is refused.
    pub page: &'static str,
    /// Where the browser is sent when it was done: `{…}` may also name a field of the answer, as in `/payments/{id}`.
    pub then: Then,
    /// The key of the text that says that it was done.
    pub done: &'static str,
}

/// What follows when a form was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The browser is sent to this page, below the mode.
    Go(&'static str),
    /// The answer is shown at once by this template, as `answer`; for what is shown once and never again, such as a key.
    Show(&'static str),
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub enum Carries {
    /// None.
    Nothing,
    /// A JSON object of these fields.
    Fields(&'static [Field]),
    /// The bytes of the file that was chosen in this field; the form is `multipart/form-data`, and its other fields can be query
    /// parameters.
    File(&'static str, &'static [Field]),
}

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the form.
    pub name: &'static str,
    /// Where it goes: a JSON pointer (`/amount/value`), or `?name` for a query parameter.
    pub to: &'static str,
    /// How it is read.
    pub kind: FieldKind,
}

/// How the text of a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text; left out where it is empty.
    Text,
    /// Text; sent as `""` where it is empty, so that the API says that it is needed.
    Needed,
    /// Text; `null` where it is empty, which takes a value away.
    Clearable,
    /// A whole number; left out where it is empty.
    Whole,
    /// A checkbox: true where it is there.
    Flag,
    /// Several values of one name, as a list of texts.
    Words,
    /// Lines of a text area, as a list of texts without empty ones.
    Lines,
    /// A day or a local minute (`2026-11-24`, `2026-11-24T12:00`) in Yerevan, sent as RFC 3339; left out where it is empty.
    Time,
    /// A secret: as [`FieldKind::Text`], and never shown again in the form that was refused.
    Secret,
    /// JSON text; left out where it is empty.
    Json,
    /// Every field of the form whose name begins with this one's and a slash, by their JSON pointers below [`Field::to`]; the kind of each is told by
    /// the hidden field `kind:` and its name (`text`, `whole`, `number`, `flag`, `json`, `secret`).
    Tree,
}
