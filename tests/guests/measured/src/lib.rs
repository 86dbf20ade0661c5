//! The guest of `cargo xtask bench`: answers a message with its text in capitals, and on the path `state` makes three calls
//! into the host before that. The Extism plugin beside the benchmark does the same.

#[cfg(target_arch = "wasm32")]
mod guest {
    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package kamurj:bench;

            world measured {
                import kamurj:plugin/state@1.1.0;
                export kamurj:plugin/inbound@1.1.0;
            }
        ",
        world: "kamurj:bench/measured",
        generate_all,
    });

    use exports::kamurj::plugin::inbound;
    use kamurj::plugin::state;
    use kamurj::plugin::types::{InboundRequest, Outcome};

    struct Measured;

    impl inbound::Guest for Measured {
        fn handle(request: InboundRequest) -> Outcome {
            let mut body = request.body;
            if request.path == "state" {
                body = kept(&body);
            }
            let text = String::from_utf8_lossy(&body).to_ascii_uppercase();
            Outcome {
                kind: "done".to_owned(),
                code: String::new(),
                message: String::new(),
                retry_after_ms: None,
                scope: "message".to_owned(),
                remote_ref: None,
                extra: vec![("text".to_owned(), text)],
            }
        }
    }

    /// Looks, writes, looks again.
    fn kept(body: &[u8]) -> Vec<u8> {
        let _ = state::get("last");
        let _ = state::set("last", body, None);
        state::get("last").ok().flatten().map(|entry| entry.value).unwrap_or_default()
    }

    export!(Measured);
}
