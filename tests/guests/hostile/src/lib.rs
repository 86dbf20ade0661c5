//! A guest that does the one bad deed which its settings name, `{"script": "recursion"}`, whichever export is called. Each deed
//! must end with its own call alone.

#[cfg(target_arch = "wasm32")]
mod guest {
    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package kamurj:zoo;

            world hostile {
                include kamurj:plugin/channel@1.1.0;
                include kamurj:plugin/crm@1.1.0;
            }
        ",
        world: "kamurj:zoo/hostile",
        generate_all,
    });

    mod deeds;

    use exports::kamurj::plugin::{channel_sink, choices, crm_sink, inbound, schedule, self_test, setup};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};

    struct Hostile;

    impl channel_sink::Guest for Hostile {
        fn deliver(_: Delivery) -> Outcome {
            deeds::commit()
        }
    }

    impl crm_sink::Guest for Hostile {
        fn sync(_: Delivery) -> Outcome {
            deeds::commit()
        }
    }

    impl inbound::Guest for Hostile {
        fn handle(_: InboundRequest) -> Outcome {
            deeds::commit()
        }
    }

    impl schedule::Guest for Hostile {
        fn tick(_: schedule::Occurrence) -> Outcome {
            deeds::commit()
        }
    }

    impl self_test::Guest for Hostile {
        fn check() -> Outcome {
            deeds::commit()
        }
    }

    impl setup::Guest for Hostile {
        fn connect(_: setup::Wish) -> Result<Vec<setup::Finding>, Outcome> {
            Err(deeds::commit())
        }
    }

    impl choices::Guest for Hostile {
        fn offer(_: choices::ListRequest) -> Result<Vec<choices::ListItem>, Outcome> {
            Err(deeds::commit())
        }
    }

    export!(Hostile);
}
