//! A hostile guest: every call loops for ever. It must cost its own delivery a CPU budget, and nobody else anything.

#[cfg(target_arch = "wasm32")]
mod guest {
    use std::hint::black_box;

    wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

    use exports::kamurj::plugin::{channel_sink, choices, inbound, schedule, self_test, setup};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};

    struct Looping;

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

    impl schedule::Guest for Looping {
        fn tick(_: schedule::Occurrence) -> Outcome {
            spin()
        }
    }

    impl self_test::Guest for Looping {
        fn check() -> Outcome {
            spin()
        }
    }

    fn spin() -> ! {
        let mut turns = 0_u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    impl setup::Guest for Looping {
        fn connect(_: setup::Wish) -> Result<Vec<setup::Finding>, Outcome> {
            spin()
        }
    }

    impl choices::Guest for Looping {
        fn offer(_: choices::ListRequest) -> Result<Vec<choices::ListItem>, Outcome> {
            spin()
        }
    }

    export!(Looping);
}
