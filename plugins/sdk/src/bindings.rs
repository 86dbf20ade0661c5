//! The contract's own types and functions, generated from the WIT package. Plugins use them through the re-exports of
//! this crate; only the glue macros name this module. It must not hold a line of behaviour.
#![expect(missing_docs, reason = "the generator documents what the WIT documents and nothing else")]
#![expect(clippy::same_length_and_capacity, reason = "generated: lists cross the boundary as pointer and length")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "host-imports",
    generate_all,
    additional_derives: [PartialEq],
});
