//! A hostile guest: every call takes memory without end. It must end at the limit, with its own delivery only.

#[cfg(target_arch = "wasm32")]
mod guest {
    use std::hint::black_box;

    wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

    use exports::kamurj::plugin::{channel_sink, choices, inbound, schedule, self_test, setup};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};

    struct Grabbing;

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

    impl schedule::Guest for Grabbing {
        fn tick(_: schedule::Occurrence) -> Outcome {
            grab()
        }
    }

    impl self_test::Guest for Grabbing {
        fn check() -> Outcome {
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

    impl setup::Guest for Grabbing {
        fn connect(_: setup::Wish) -> Result<Vec<setup::Finding>, Outcome> {
            grab()
        }
    }

    impl choices::Guest for Grabbing {
        fn offer(_: choices::ListRequest) -> Result<Vec<choices::ListItem>, Outcome> {
            grab()
        }
    }

    export!(Grabbing);
}
