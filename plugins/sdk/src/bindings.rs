//! The contract's own types and functions, generated from the WIT package. Plugins use them through the re-exports of
//! this crate; only the glue macros name this module. It must not hold a line of behaviour.
#![expect(missing_docs, reason = "the generator documents what the WIT documents and nothing else")]
#![expect(clippy::same_length_and_capacity, reason = "generated: lists cross the boundary as pointer and length")]

wit_bindgen::generate!({
    path: "../../wit",
    inline: "
        package kamurj:sdk;

        /// What the host offers, and the types of what plugins export.
        world everything {
            include kamurj:plugin/host-imports@1.1.0;
            export kamurj:plugin/schedule@1.1.0;
            export kamurj:plugin/setup@1.1.0;
            export kamurj:plugin/choices@1.1.0;
        }
    ",
    world: "kamurj:sdk/everything",
    generate_all,
    additional_derives: [PartialEq],
});
