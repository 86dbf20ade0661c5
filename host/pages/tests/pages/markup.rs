//! A page as a browser's tokenizer sees it: tags with their attributes, text, the content of style sheets. Knows nothing of payments.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata};
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// What stands in a page.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    /// Opening and closing tags in order.
    pub(crate) tags: Vec<Tag>,
    /// All text outside style sheets and scripts.
    pub(crate) text: String,
    /// The content of all `style` elements.
    pub(crate) css: String,
    /// What the tokenizer complained about.
    pub(crate) errors: Vec<String>,
    /// Comments: there should be none.
    pub(crate) comments: Vec<String>,
}

/// One tag; a closing one has its name after a slash.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Tag {
    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Markup {
    /// Tokenizes a page.
    pub(crate) fn of(html: &str) -> Markup {
        let reader =
            Tokenizer::new(Reader::default(), TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() });
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        let _ = reader.feed(&input);
        reader.end();
        reader.sink.markup.into_inner()
    }

    /// All opening tags of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&Tag> {
        self.tags.iter().filter(|tag| tag.name == name).collect()
    }

    /// Tags and attribute names without any value: what no value may change.
    pub(crate) fn skeleton(&self) -> Vec<String> {
        let shape = |tag: &Tag| {
            let names: Vec<&str> = tag.attributes.iter().map(|(name, _)| name.as_str()).collect();
            format!("{} {}", tag.name, names.join(" "))
        };
        self.tags.iter().map(shape).collect()
    }

    /// The `content` of a `meta` element found by its `name` or `property`.
    pub(crate) fn meta(&self, key: &str) -> Option<&str> {
        let is_it = |tag: &&Tag| tag.attribute("name") == Some(key) || tag.attribute("property") == Some(key);
        self.all("meta").into_iter().find(is_it)?.attribute("content")
    }
}

#[derive(Default)]
struct Reader {
    markup: RefCell<Markup>,
    in_style: Cell<bool>,
    in_script: Cell<bool>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut markup = self.markup.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                let opening = tag.kind == TagKind::StartTag;
                let name = tag.name.to_string();
                self.in_style.set(opening && name == "style");
                self.in_script.set(opening && name == "script");
                let attributes = tag.attrs.iter();
                markup.tags.push(Tag {
                    name: if opening { name.clone() } else { format!("/{name}") },
                    attributes: attributes.map(|own| (own.name.local.to_string(), own.value.to_string())).collect(),
                });
                match (opening, name.as_str()) {
                    (true, "style" | "script") => return TokenSinkResult::RawData(Rawtext),
                    (true, "title") => return TokenSinkResult::RawData(Rcdata),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) if self.in_style.get() => markup.css.push_str(&text),
            Token::CharacterTokens(_) if self.in_script.get() => {}
            Token::CharacterTokens(text) => markup.text.push_str(&text),
            Token::CommentToken(text) => markup.comments.push(text.to_string()),
            Token::ParseError(text) => markup.errors.push(text.into_owned()),
            Token::DoctypeToken(_) | Token::NullCharacterToken | Token::EOFToken => {}
        }
        TokenSinkResult::Continue
    }
}
