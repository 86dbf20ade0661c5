//! The operators' console: its pages, its forms, and the words on them. A page is made from answers of the API, which the server fetches
//! with the operator's own rights; this crate decides nothing, reads no record and speaks to nobody. Every page works without script.

mod addresses;
mod area;
mod assets;
mod charts;
mod choices;
mod error;
mod figures;
mod sentences;
mod table;
mod texts;
mod view;
mod words;

pub use assets::{Asset, File, assets, file};
pub use error::ConsoleError;
pub use table::{Act, Area, Carries, Field, FieldKind, Page, Read, Then};
pub use view::{Frame, Me, Membership, Refusal};

use kamurj_domain::format::Language;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use sentences::Sentences;
use std::sync::Arc;
use texts::Texts;

/// The hidden field of every form that makes pressing it twice do it once.
pub const KEY_FIELD: &str = "_key";
/// The field in which an operator proves anew who they are, where a form asks for it.
pub const CODE_FIELD: &str = "_code";

/// Every area, in the order of the navigation.
pub fn areas() -> &'static [Area] {
    area::ALL
}

/// An area as the navigation knows it: where it begins, and the permission without which that page is not there.
fn entrance(area: &Area) -> Option<Value> {
    let first = area.pages.first()?;
    Some(minijinja::context! { name => area.name, needs => first.needs })
}

/// The console's pages, compiled and checked.
#[derive(Debug)]
pub struct Console {
    environment: Environment<'static>,
    texts: Arc<Texts>,
    sentences: Arc<Sentences>,
}

impl Console {
    /// Compiles the embedded templates and reads the texts. Fails where a template does not compile or names a text that is not there,
    /// or a text is not there in every language, or the catalogue of sentences is wrong.
    pub fn new() -> Result<Self, ConsoleError> {
        let texts = Arc::new(Texts::read(area::ALL)?);
        let sentences = Arc::new(Sentences::read()?);
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        words::register(&mut environment, &texts, &sentences);
        addresses::register(&mut environment);
        figures::register(&mut environment);
        charts::register(&mut environment);
        choices::register(&mut environment);
        for (name, source) in area::ALL.iter().flat_map(|area| area.templates) {
            environment.add_template(name, source).map_err(|source| ConsoleError::Template { name, source })?;
        }
        for &(name, _) in area::ALL.iter().flat_map(|area| area.templates) {
            let template = environment.get_template(name).map_err(|source| ConsoleError::Template { name, source })?;
            for variable in template.undeclared_variables(true) {
                if let Some(key) = variable.strip_prefix("t.")
                    && !texts.has(key)
                {
                    return Err(ConsoleError::UnknownText { name, key: key.to_owned() });
                }
            }
        }
        Ok(Self { environment, texts, sentences })
    }

    /// A page: a template with what surrounds it and the answers that it shows.
    pub fn render(&self, template: &str, frame: &Frame) -> Result<String, ConsoleError> {
        let mut context = minijinja::context! {
            t => Value::from(Serde(self.texts.of(frame.language))),
            areas => area::ALL.iter().filter_map(entrance).collect::<Vec<_>>(),
            lang => frame.language.tag(),
        };
        context = minijinja::context! { ..Value::from(Serde(frame)), ..context };
        context = minijinja::context! { ..Value::from(Serde(&frame.data)), ..context };
        let failed = |source| ConsoleError::Render { name: template.to_owned(), source };
        self.environment.get_template(template).and_then(|template| template.render(context)).map_err(failed)
    }

    /// A text of the console.
    pub fn text(&self, key: &str, language: Language) -> Option<&str> {
        self.texts.of(language).get(key).map(String::as_str)
    }

    /// What a sentence of the API's answers is in this language; `None` where the catalogue of sentences does not have it.
    pub fn said(&self, english: &str, language: Language) -> Option<String> {
        self.sentences.told(language, english).map(std::borrow::Cow::into_owned)
    }
}

/// Every English sentence that has translations, with `{0}`, `{1}`, … where it varies, after the name of the file that it stands in.
pub fn sentences() -> Result<Vec<(&'static str, String)>, ConsoleError> {
    Sentences::english()
}
