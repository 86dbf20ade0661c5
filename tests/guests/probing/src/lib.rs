//! A guest that does what its settings tell it: `{"script": [{"do": "send", …}, …]}`. It answers `done` with the
//! result of every command, in order, as JSON under `trace` in the outcome's `extra`. Tests use it to look at the host
//! from the inside.

#[cfg(target_arch = "wasm32")]
mod guest {
    wit_bindgen::generate!({ path: "../../../wit", world: "channel" });

    mod commands;

    use exports::kamurj::plugin::{channel_sink, choices, inbound, schedule, self_test, setup};
    use kamurj::plugin::types::{Delivery, InboundRequest, Outcome};
    use serde_json::json;

    struct Probing;

    impl channel_sink::Guest for Probing {
        fn deliver(delivery: Delivery) -> Outcome {
            let payment = &delivery.payment;
            let told = json!({
                "event": delivery.event, "extra": delivery.extra, "run": delivery.run, "version": payment.version,
                "checkout_url": payment.checkout_url, "fulfilment": payment.fulfilment,
                "conversation": payment.channel.as_ref().map(|channel| &channel.conversation),
            });
            commands::run_told(&delivery.id, &told)
        }
    }

    impl inbound::Guest for Probing {
        fn handle(request: InboundRequest) -> Outcome {
            let body = String::from_utf8_lossy(&request.body);
            let told = json!({
                "path": request.path, "method": request.method, "query": request.query, "headers": request.headers,
                "body": commands::beginning(&body), "bytes": request.body.len(),
            });
            commands::run_told(&body, &told)
        }
    }

    impl schedule::Guest for Probing {
        fn tick(occurrence: schedule::Occurrence) -> Outcome {
            commands::run(&occurrence.name)
        }
    }

    impl self_test::Guest for Probing {
        fn check() -> Outcome {
            commands::run("check")
        }
    }

    impl setup::Guest for Probing {
        fn connect(wish: setup::Wish) -> Result<Vec<setup::Finding>, Outcome> {
            let addresses: Vec<_> = wish.addresses.iter().map(|at| json!([at.path, at.url])).collect();
            commands::set_up(&json!({ "addresses": addresses, "only_look": wish.only_look }))
        }
    }

    impl choices::Guest for Probing {
        fn offer(wanted: choices::ListRequest) -> Result<Vec<choices::ListItem>, Outcome> {
            let item = choices::ListItem { value: wanted.name, title: wanted.language, group: None, extra: Vec::new() };
            Ok(vec![item])
        }
    }

    export!(Probing);
}
