//! The contract in `wit/`, turned into code. Nothing outside this crate sees these types: `adapter` translates them
//! into those of `contract`.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package kamurj:host;

        /// Both public worlds at once: the host offers all imports and binds each export by its interface.
        world everything {
            include kamurj:plugin/channel@1.1.0;
            include kamurj:plugin/crm@1.1.0;
        }
    ",
    world: "kamurj:host/everything",
    imports: {
        "kamurj:plugin/http": async | trappable,
        "kamurj:plugin/state": async | trappable,
        "kamurj:plugin/payments": async | trappable,
        "kamurj:plugin/links": async | trappable,
        "kamurj:plugin/receipts": async | trappable,
        "kamurj:plugin/comparisons": async | trappable,
        "kamurj:plugin/secrets.renew": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    require_store_data_send: true,
});

pub(crate) use exports::kamurj::plugin as exported;
pub(crate) use kamurj::plugin as imported;
