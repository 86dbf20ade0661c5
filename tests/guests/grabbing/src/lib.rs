//! A hostile guest: every call takes memory without end. It must end at the limit, with its own delivery only.

#[cfg(target_arch = "wasm32")]
mod guest {
    use std::hint::black_box;

    wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

    use exports::kamurj::plugin::{channel_sink, inbound, plugin};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};

    struct Grabbing;

    impl plugin::Guest for Grabbing {
        fn describe() -> plugin::Descriptor {
            plugin::Descriptor {
                id: "grabbing".to_owned(),
                name: "Grabbing".to_owned(),
                version: "1.0.0".to_owned(),
                description: "Takes memory without end.".to_owned(),
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

    impl channel_sink::Guest for Grabbing {
        fn deliver(_: Delivery) -> Outcome {
            grab()
        }
    }

    impl inbound::Guest for Grabbing {
        fn handle(_: InboundRequest) -> Outcome {
            grab()
        }
    }

    fn grab() -> ! {
        let mut taken: Vec<Vec<u8>> = Vec::new();
        loop {
            // Written to, so that no optimiser takes the allocation away.
            taken.push(black_box(vec![7; 1024 * 1024]));
        }
    }

    export!(Grabbing);
}
