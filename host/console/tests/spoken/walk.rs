//! The walk through one file.

use proc_macro2::{Span, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprCall, ExprLit, ExprMethodCall, ExprStruct, Lit, Macro, Meta, Pat, ReturnType,
    Signature, Stmt, Token, Type,
};

/// Functions and closures whose texts people read, by the last part of their path.
const SAYERS: &[&str] = &[
    "not_now", "wrong", "invalid", "fault", "cannot", "too_long", "unable", "refused", "gone", "told", "Err", "no",
    "missing", "Invalid", "Failed", "Refused",
];
/// Methods whose last argument is one.
const METHODS: &[&str] = &["add", "ok_or", "ok_or_else", "map_err", "push_fault"];
/// Fields and variables that hold one.
const HOLDERS: &[&str] = &[
    "detail",
    "resolution",
    "done",
    "how",
    "sentence",
    "what",
    "rule",
    "told",
    "reason",
    "why",
    "problem",
    "hint",
    "message",
    "text",
    "way",
    "proof",
    "use_of_it",
    "toward",
    "scopes",
    "again",
];

/// What counts as said to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// What is handed to whatever says it.
    Handed,
    /// The field `detail` of what is made alone: everything else there is told to plugins.
    Details,
    /// Every text.
    All,
}

pub(super) fn sentences(file: &syn::File, said: Said) -> Vec<(String, usize)> {
    let mut walk = Walk { found: Vec::new(), said, is_said: said == Said::All };
    walk.visit_file(file);
    walk.found.sort();
    walk.found.dedup();
    walk.found
}

struct Walk {
    found: Vec<(String, usize)>,
    said: Said,
    /// Whether what is being walked through is said to people.
    is_said: bool,
}

impl Walk {
    fn saying(&mut self, is_said: bool, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_said, is_said || self.said == Said::All);
        walk(self);
        self.is_said = before;
    }

    /// A function that answers a text may answer a sentence.
    fn body<'s>(&mut self, signature: &'s Signature, block: &'s Block)
    where
        Self: Visit<'s>,
    {
        let is_text = match &signature.output {
            ReturnType::Type(_, told) => matches!(last_of(told).as_str(), "String" | "str"),
            ReturnType::Default => false,
        };
        for statement in &block.stmts {
            match statement {
                Stmt::Expr(tail, None) => {
                    self.saying(is_text && self.said == Said::Handed, |walk| walk.visit_expr(tail));
                }
                other => self.visit_stmt(other),
            }
        }
    }

    fn keep(&mut self, sentence: String, span: Span) {
        if self.is_said && is_prose(&sentence) {
            self.found.push((sentence, span.start().line));
        }
    }
}

/// Whether words of ours are in it, and not a word of a closed list, a pointer or a query of the database.
fn is_prose(sentence: &str) -> bool {
    let has_holes = sentence.contains('{');
    let words =
        sentence.split_whitespace().filter(|word| !word.starts_with('{') && word.chars().any(char::is_alphabetic));
    let most = if has_holes && sentence.contains(' ') { 1 } else { 2 };
    let begins = sentence.chars().next().unwrap_or('/');
    words.count() >= most && begins != '/' && begins != '<' && !begins.is_whitespace()
}

/// The template of `format!` with numbered holes.
pub(super) fn numbered(template: &str) -> String {
    let mut told = String::new();
    let mut holes: usize = 0;
    let mut rest = template.chars().peekable();
    while let Some(one) = rest.next() {
        match one {
            '{' | '}' if rest.peek() == Some(&one) => told.push(rest.next().unwrap()),
            '{' => {
                for inside in rest.by_ref() {
                    if inside == '}' {
                        break;
                    }
                }
                told.push('{');
                told.push_str(&holes.to_string());
                told.push('}');
                holes += 1;
            }
            other => told.push(other),
        }
    }
    told
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().contains("test"),
        _ => false,
    })
}

/// The name of a type, or of what it refers to.
fn last_of(told: &Type) -> String {
    match told {
        Type::Path(path) => last(&path.path),
        Type::Reference(reference) => last_of(&reference.elem),
        _ => String::new(),
    }
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

impl<'s> Visit<'s> for Walk {
    fn visit_item_mod(&mut self, item: &'s syn::ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'s syn::ItemFn) {
        if !is_of_tests(&item.attrs) {
            self.body(&item.sig, &item.block);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'s syn::ImplItemFn) {
        self.body(&item.sig, &item.block);
    }

    fn visit_item_const(&mut self, item: &'s syn::ItemConst) {
        let name = item.ident.to_string();
        let is_said = name.contains("FAULT") || name.contains("TAKEN");
        self.saying(is_said, |walk| visit::visit_item_const(walk, item));
    }

    fn visit_attribute(&mut self, attribute: &'s Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        if !list.path.is_ident("error") {
            return;
        }
        // What stands after the template need not be an expression: `.0` is one to `thiserror` alone.
        if let Some(TokenTree::Literal(literal)) = list.tokens.clone().into_iter().next()
            && let Lit::Str(text) = Lit::new(literal)
        {
            let is_said = self.said != Said::Details;
            self.saying(is_said, |walk| walk.keep(numbered(&text.value()), text.span()));
        }
    }

    fn visit_expr_call(&mut self, call: &'s ExprCall) {
        let name = match &*call.func {
            Expr::Path(path) => {
                let all: Vec<String> = path.path.segments.iter().map(|part| part.ident.to_string()).collect();
                all.join("::")
            }
            _ => String::new(),
        };
        let end = name.rsplit("::").next().unwrap_or_default();
        let is_said = name.ends_with("Problem::new") || name.ends_with("FieldError::new") || SAYERS.contains(&end);
        if is_said && self.said == Said::Handed {
            self.saying(true, |walk| visit::visit_expr_call(walk, call));
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'s ExprMethodCall) {
        let method = call.method.to_string();
        if ["expect", "unwrap_or_default", "bind", "contains", "starts_with", "strip_prefix", "strip_suffix", "join"]
            .contains(&method.as_str())
        {
            self.visit_expr(&call.receiver);
            return;
        }
        if METHODS.contains(&method.as_str()) && self.said == Said::Handed {
            self.visit_expr(&call.receiver);
            self.saying(true, |walk| call.args.iter().for_each(|argument| walk.visit_expr(argument)));
        } else {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_expr_struct(&mut self, made: &'s ExprStruct) {
        for field in &made.fields {
            let syn::Member::Named(name) = &field.member else { continue };
            let is_said = match self.said {
                Said::Handed => self.is_said || HOLDERS.contains(&name.to_string().as_str()),
                Said::Details | Said::All => name == "detail",
            };
            self.saying(is_said, |walk| walk.visit_expr(&field.expr));
        }
        if let Some(rest) = &made.rest {
            self.visit_expr(rest);
        }
    }

    fn visit_local(&mut self, local: &'s syn::Local) {
        let name = match &local.pat {
            Pat::Ident(name) => name.ident.to_string(),
            Pat::Tuple(tuple) => tuple
                .elems
                .iter()
                .filter_map(|part| match part {
                    Pat::Ident(name) => Some(name.ident.to_string()),
                    _ => None,
                })
                .find(|name| HOLDERS.contains(&name.as_str()))
                .unwrap_or_default(),
            _ => String::new(),
        };
        let is_said = self.said == Said::Handed && HOLDERS.contains(&name.as_str());
        self.saying(is_said, |walk| visit::visit_local(walk, local));
    }

    fn visit_expr_lit(&mut self, literal: &'s ExprLit) {
        if let Lit::Str(text) = &literal.lit {
            self.keep(text.value(), text.span());
        }
    }

    fn visit_macro(&mut self, call: &'s Macro) {
        if last(&call.path) != "format" {
            return;
        }
        let Ok(arguments) = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else { return };
        let mut arguments = arguments.iter();
        if let Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) = arguments.next() {
            self.keep(numbered(&text.value()), text.span());
        }
        arguments.for_each(|argument| self.visit_expr(argument));
    }
}
