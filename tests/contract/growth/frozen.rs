//! What 1.0 says, line by line: every record with its fields, every function with its types. A line that was published stays as it
//! is; lines may come.

use std::{fmt::Write as _, fs, path::Path};

use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeOwner, WorldItem, WorldKey};

use crate::{newest, published};

/// The package in `wit/`, a line for each type, function and part of a world.
fn package() -> Vec<String> {
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (id, _) = resolve.push_dir(&folder).unwrap();
    let package = &resolve.packages[id];
    let mut lines = Vec::new();
    for (name, interface) in &package.interfaces {
        for (_, defined) in &resolve.interfaces[*interface].types {
            if let Some(line) = definition(&resolve, *interface, &resolve.types[*defined]) {
                lines.push(format!("{name}: {line}"));
            }
        }
        for function in resolve.interfaces[*interface].functions.values() {
            lines.push(format!("{name}: {}", signature(&resolve, function)));
        }
    }
    for (name, world) in &package.worlds {
        let world = &resolve.worlds[*world];
        for (way, items) in [("import", &world.imports), ("export", &world.exports)] {
            for (key, item) in items {
                let (WorldKey::Interface(part), WorldItem::Interface { .. }) = (key, item) else {
                    panic!("the world `{name}` holds something that is no interface of this package");
                };
                lines.push(format!("world {name}: {way} {}", interface_name(&resolve, *part)));
            }
        }
    }
    lines.sort();
    lines
}

/// One line of a type's own definition; none if it only stands for one of another interface.
fn definition(resolve: &Resolve, here: InterfaceId, defined: &TypeDef) -> Option<String> {
    let name = defined.name.as_deref().expect("a type of an interface has a name");
    let of = |named: &Type| type_name(resolve, named);
    Some(match &defined.kind {
        TypeDefKind::Record(record) => {
            let fields: Vec<_> =
                record.fields.iter().map(|field| format!("{}: {}", field.name, of(&field.ty))).collect();
            format!("record {name} {{ {} }}", fields.join(", "))
        }
        TypeDefKind::Enum(cases) => {
            let cases: Vec<_> = cases.cases.iter().map(|case| case.name.clone()).collect();
            format!("enum {name} {{ {} }}", cases.join(", "))
        }
        TypeDefKind::Flags(flags) => {
            let flags: Vec<_> = flags.flags.iter().map(|flag| flag.name.clone()).collect();
            format!("flags {name} {{ {} }}", flags.join(", "))
        }
        TypeDefKind::Variant(variant) => {
            let case = |case: &wit_parser::Case| {
                case.ty.as_ref().map_or_else(|| case.name.clone(), |held| format!("{}({})", case.name, of(held)))
            };
            let cases: Vec<_> = variant.cases.iter().map(case).collect();
            format!("variant {name} {{ {} }}", cases.join(", "))
        }
        TypeDefKind::Type(Type::Id(other))
            if resolve.types[*other].owner != TypeOwner::Interface(here) && resolve.types[*other].name.is_some() =>
        {
            return None;
        }
        kind => format!("type {name} = {}", kind_name(resolve, kind)),
    })
}

fn signature(resolve: &Resolve, function: &Function) -> String {
    let mut text = format!("{}: func(", function.name);
    for (index, param) in function.params.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(text, "{separator}{}: {}", param.name, type_name(resolve, &param.ty)).expect("a string takes it");
    }
    text.push(')');
    if let Some(result) = &function.result {
        write!(text, " -> {}", type_name(resolve, result)).expect("a string takes it");
    }
    text
}

/// A type where it is used: by its name and that of the interface that defines it.
fn type_name(resolve: &Resolve, used: &Type) -> String {
    let Type::Id(id) = used else {
        return format!("{used:?}").to_lowercase();
    };
    let defined = &resolve.types[*id];
    match (&defined.name, &defined.kind, &defined.owner) {
        // Brought in by `use`: what it stands for counts.
        (Some(_), TypeDefKind::Type(Type::Id(other)), _) if resolve.types[*other].name.is_some() => {
            type_name(resolve, &Type::Id(*other))
        }
        (Some(name), _, TypeOwner::Interface(owner)) => format!("{}.{name}", interface_name(resolve, *owner)),
        (_, kind, _) => kind_name(resolve, kind),
    }
}

fn kind_name(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let of = |named: &Type| type_name(resolve, named);
    match kind {
        TypeDefKind::Type(other) => of(other),
        TypeDefKind::List(item) => format!("list<{}>", of(item)),
        TypeDefKind::Option(item) => format!("option<{}>", of(item)),
        TypeDefKind::Tuple(tuple) => format!("tuple<{}>", tuple.types.iter().map(of).collect::<Vec<_>>().join(", ")),
        TypeDefKind::Result(result) => {
            let [ok, err] = [result.ok, result.err].map(|side| side.map_or_else(|| "_".to_owned(), |side| of(&side)));
            format!("result<{ok}, {err}>")
        }
        other => panic!("the contract is not to hold a {}", other.as_str()),
    }
}

fn interface_name(resolve: &Resolve, id: InterfaceId) -> &str {
    resolve.interfaces[id].name.as_deref().expect("an interface of a package has a name")
}

/// The published lines that the package no longer has.
fn gone(published: &str, package: &[String]) -> Vec<String> {
    published.lines().filter(|line| !package.iter().any(|now| now == line)).map(str::to_owned).collect()
}

#[test]
fn i8_nothing_that_was_published_is_changed_or_taken_away() {
    let package = package();
    let gone = gone(&fs::read_to_string(published("package.txt")).unwrap(), &package);
    assert_eq!(
        gone,
        Vec::<String>::new(),
        "version 1 of the contract is published: add a new function, type or interface instead"
    );
}

#[test]
fn i8_the_newest_version_is_published_whole() {
    let (file, package) = (newest("package.txt"), package().join("\n") + "\n");
    // Until it is frozen it may still be written down anew, by whoever means to.
    if std::env::var_os("KAMURJ_BLESS").is_some() {
        fs::write(&file, &package).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        package,
        "the newest version is not written down: run this with KAMURJ_BLESS=1 while it is not frozen; once it is, an addition needs \
         a version and a folder of its own in tests/contract"
    );
}

#[test]
fn a_field_more_a_case_less_or_another_type_is_a_change_and_an_addition_is_none() {
    let published = "a: record r { x: u8 }\na: f: func(x: u8) -> a.r\n";
    let now = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
    assert_eq!(gone(published, &now(&["a: f: func(x: u8) -> a.r", "a: g: func()", "a: record r { x: u8 }"])).len(), 0);
    assert_eq!(
        gone(published, &now(&["a: f: func(x: u8) -> a.r", "a: record r { x: u8, y: u8 }"])),
        ["a: record r { x: u8 }"]
    );
    assert_eq!(
        gone(published, &now(&["a: f: func(x: u16) -> a.r", "a: record r { x: u8 }"])),
        ["a: f: func(x: u8) -> a.r"]
    );
}

/// The names of an interface's functions.
fn functions(interface: &str) -> Vec<String> {
    let lines = package().into_iter().filter(|line| line.contains(": func("));
    lines.filter_map(|line| Some(line.strip_prefix(&format!("{interface}: "))?.split(':').next()?.to_owned())).collect()
}

#[test]
fn i6_no_function_of_the_contract_sets_money_or_a_status() {
    for (interface, names) in [
        ("payments", &["changed", "create", "get", "propose", "renew"][..]),
        ("links", &["press", "quote", "read"]),
        ("receipts", &["note"]),
        ("comparisons", &["report"]),
    ] {
        assert_eq!(functions(interface), names, "{interface}");
    }
}
