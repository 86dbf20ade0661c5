//! The templates and locales, embedded in the program, and the engine that renders them. The engine starts empty: no filter, test or
//! function exists in it, so a template can neither switch escaping off nor print what it was not given.

use kamurj_domain::format::Language;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::error::PagesError;
use crate::texts::Texts;

/// Embeds files of the templates folder under their bare names.
macro_rules! embedded {
    ($($folder:literal: $($name:literal),+;)+) => {
        &[$($(($name, include_str!(concat!("../../../checkout-templates/", $folder, "/", $name))),)+)+]
    };
}

/// What the pages are made of.
pub(crate) struct Sources<'a> {
    /// Templates by name.
    pub(crate) templates: &'a [(&'static str, &'static str)],
    /// Locale files, in the order of [`Language::ALL`].
    pub(crate) locales: [&'a str; 3],
}

/// The files of this build.
pub(crate) const EMBEDDED: Sources<'static> = Sources {
    templates: embedded! {
        "assets": "checkout.css", "icon-closed.svg", "icon-failed.svg", "icon-lock.svg", "icon-paid.svg",
            "icon-waiting.svg", "live.js";
        "pages": "layout.html", "live.html", "too_many.html", "amount.html", "ask_seller.html", "what.html", "order.html",
            "items.html", "terms.html", "pay_form.html", "ways.html", "ready.html", "unfinished.html", "handing_over.html", "checking.html", "paid.html", "failed.html", "expired.html",
            "cancelled.html", "in_review.html", "unknown_link.html", "problem.html", "connection.html",
            "offer.html", "field.html", "link_closed.html";
    },
    locales: [
        include_str!("../../../checkout-templates/locales/hy.json"),
        include_str!("../../../checkout-templates/locales/ru.json"),
        include_str!("../../../checkout-templates/locales/en.json"),
    ],
};

/// Reads the locales and holds them against each other.
pub(crate) fn load_texts(locales: [&str; 3]) -> Result<[Texts; 3], PagesError> {
    let [hy, ru, en] = locales;
    let texts = [
        Texts::parse(Language::Hy.tag(), hy)?,
        Texts::parse(Language::Ru.tag(), ru)?,
        Texts::parse(Language::En.tag(), en)?,
    ];
    for (language, own) in Language::ALL.into_iter().zip(&texts) {
        own.check_against(&texts[0], language.tag())?;
    }
    Ok(texts)
}

/// Compiles the templates, and checks that every text they name exists.
pub(crate) fn load_templates(
    templates: &[(&'static str, &'static str)],
    texts: &Texts,
) -> Result<Environment<'static>, PagesError> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in templates {
        environment.add_template(name, source).map_err(|source| PagesError::Template { name, source })?;
    }
    let known = texts.entries();
    for &(name, _) in templates {
        let template = environment.get_template(name).map_err(|source| PagesError::Template { name, source })?;
        for variable in template.undeclared_variables(true) {
            if let Some(key) = variable.strip_prefix("t.")
                && !known.iter().any(|(known, _)| *known == key)
            {
                let key = key.to_owned();
                return Err(PagesError::UnknownText { name, key });
            }
        }
    }
    Ok(environment)
}
