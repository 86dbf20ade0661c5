//! A guest that does what its settings tell it: `{"script": [{"do": "send", …}, …]}`. It answers `done` with the
//! result of every command, in order, as JSON under `trace` in the outcome's `extra`. Tests use it to look at the host
//! from the inside.

#[cfg(target_arch = "wasm32")]
mod guest {
    wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

    mod commands;

    use exports::kamurj::plugin::{channel_sink, inbound, plugin};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};

    struct Probing;

    impl plugin::Guest for Probing {
        fn describe() -> plugin::Descriptor {
            plugin::Descriptor {
                id: "probing".to_owned(),
                name: "Probing".to_owned(),
                version: "1.0.0".to_owned(),
                description: "Does what its settings tell it.".to_owned(),
                events: vec!["payment.paid".to_owned()],
                hosts: vec![plugin::HostRequest {
                    origin: "{api_base}".to_owned(),
                    reason: "The remote of the test.".to_owned(),
                }],
                secrets: vec![plugin::SecretRequest {
                    name: "token".to_owned(),
                    label: "Token".to_owned(),
                    placements: ["path", "query", "header", "body", "sign"].map(str::to_owned).to_vec(),
                    required: true,
                }],
                routes: vec![plugin::InboundRoute {
                    path: "update".to_owned(),
                    scheme: "header-equals-secret".to_owned(),
                    secret: "token".to_owned(),
                    field: "x-probe-token".to_owned(),
                    dedup: vec!["/id".to_owned()],
                    lane: Vec::new(),
                    headers: Vec::new(),
                }],
                settings_schema: r#"{"type": "object"}"#.to_owned(),
                extra: Vec::new(),
            }
        }
    }

    impl channel_sink::Guest for Probing {
        fn deliver(delivery: Delivery) -> Outcome {
            commands::run(&delivery.id)
        }
    }

    impl inbound::Guest for Probing {
        fn handle(request: InboundRequest) -> Outcome {
            commands::run(&String::from_utf8_lossy(&request.body))
        }
    }

    export!(Probing);
}
