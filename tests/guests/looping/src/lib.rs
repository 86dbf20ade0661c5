//! A hostile guest: every call loops for ever. It must cost its own delivery a CPU budget, and nobody else anything.

#[cfg(target_arch = "wasm32")]
mod guest {
    use std::hint::black_box;

    wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

    use exports::kamurj::plugin::{channel_sink, inbound, plugin};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};

    struct Looping;

    impl plugin::Guest for Looping {
        fn describe() -> plugin::Descriptor {
            plugin::Descriptor {
                id: "looping".to_owned(),
                name: "Looping".to_owned(),
                version: "1.0.0".to_owned(),
                description: "Loops for ever.".to_owned(),
                events: vec!["payment.paid".to_owned()],
                hosts: Vec::new(),
                secrets: vec![plugin::SecretRequest {
                    name: "token".to_owned(),
                    label: "Token".to_owned(),
                    placements: Vec::new(),
                    required: false,
                }],
                routes: vec![plugin::InboundRoute {
                    path: "update".to_owned(),
                    scheme: "header-equals-secret".to_owned(),
                    secret: "token".to_owned(),
                    field: "x-token".to_owned(),
                    dedup: Vec::new(),
                    lane: Vec::new(),
                    headers: Vec::new(),
                }],
                settings_schema: "{}".to_owned(),
                extra: Vec::new(),
            }
        }
    }

    impl channel_sink::Guest for Looping {
        fn deliver(_: Delivery) -> Outcome {
            spin()
        }
    }

    impl inbound::Guest for Looping {
        fn handle(_: InboundRequest) -> Outcome {
            spin()
        }
    }

    fn spin() -> ! {
        let mut turns = 0_u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    export!(Looping);
}
