//! The one line that turns a plugin's plain Rust into a component: its exports and the conversions they need. It must
//! hold no behaviour, and exists only when the target is WebAssembly, because exports do not link natively.

/// Exports a type that implements [`Channel`](crate::Channel) as a component of world `channel`. `wit` is the folder
/// of the WIT package, seen from the plugin's manifest. Put it last in `lib.rs`.
///
/// ```text
/// kamurj_sdk::channel!(Telegram, wit = "../../wit");
/// ```
#[macro_export]
macro_rules! channel {
    ($plugin:ty, wit = $wit:literal) => {
        #[cfg(target_arch = "wasm32")]
        #[expect(clippy::same_length_and_capacity, reason = "generated: lists cross as pointer and length")]
        mod component {
            use super::*;

            $crate::__generate!("channel", $wit);

            impl exports::kamurj::plugin::channel_sink::Guest for Component {
                fn deliver(delivery: $crate::Delivery) -> $crate::Outcome {
                    <$plugin as $crate::Channel>::deliver(&$crate::Imports, &delivery)
                }
            }

            $crate::__common!($plugin, $crate::Channel);

            export!(Component with_types_in self);
        }
    };
}

/// Exports a type that implements [`Crm`](crate::Crm) as a component of world `crm`; otherwise as
/// [`channel!`](crate::channel).
#[macro_export]
macro_rules! crm {
    ($plugin:ty, wit = $wit:literal) => {
        #[cfg(target_arch = "wasm32")]
        #[expect(clippy::same_length_and_capacity, reason = "generated: lists cross as pointer and length")]
        mod component {
            use super::*;

            $crate::__generate!("crm", $wit);

            impl exports::kamurj::plugin::crm_sink::Guest for Component {
                fn sync(delivery: $crate::Delivery) -> $crate::Outcome {
                    <$plugin as $crate::Crm>::sync(&$crate::Imports, &delivery)
                }
            }

            $crate::__common!($plugin, $crate::Crm);

            export!(Component with_types_in self);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __generate {
    ($world:literal, $wit:literal) => {
        $crate::wit_bindgen::generate!({
            path: $wit,
            world: $world,
            runtime_path: "::kamurj_sdk::wit_bindgen::rt",
            with: {
                "kamurj:plugin/types@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::types,
                "kamurj:plugin/log@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::log,
                "kamurj:plugin/clock@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::clock,
                "kamurj:plugin/settings@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::settings,
                "kamurj:plugin/http@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::http,
                "kamurj:plugin/state@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::state,
                "kamurj:plugin/secrets@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::secrets,
                "kamurj:plugin/payments@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::payments,
                "kamurj:plugin/format@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::format,
                "kamurj:plugin/links@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::links,
                "kamurj:plugin/receipts@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::receipts,
                "kamurj:plugin/comparisons@1.1.0": ::kamurj_sdk::bindings::kamurj::plugin::comparisons,
            },
        });

        struct Component;
    };
}

/// What plugins of every world export.
#[doc(hidden)]
#[macro_export]
macro_rules! __common {
    ($plugin:ty, $kind:path) => {
        impl exports::kamurj::plugin::inbound::Guest for Component {
            fn handle(request: $crate::InboundRequest) -> $crate::Outcome {
                <$plugin as $kind>::handle(&$crate::Imports, &request)
            }
        }

        impl exports::kamurj::plugin::schedule::Guest for Component {
            fn tick(occurrence: exports::kamurj::plugin::schedule::Occurrence) -> $crate::Outcome {
                let occurrence = $crate::Occurrence {
                    id: occurrence.id,
                    name: occurrence.name,
                    due_at: occurrence.due_at,
                    run: occurrence.run,
                    extra: occurrence.extra,
                };
                <$plugin as $kind>::tick(&$crate::Imports, &occurrence)
            }
        }

        impl exports::kamurj::plugin::self_test::Guest for Component {
            fn check() -> $crate::Outcome {
                <$plugin as $kind>::check(&$crate::Imports)
            }
        }

        impl exports::kamurj::plugin::choices::Guest for Component {
            fn offer(
                wanted: exports::kamurj::plugin::choices::ListRequest,
            ) -> Result<Vec<exports::kamurj::plugin::choices::ListItem>, $crate::Outcome> {
                let wanted = $crate::ListRequest { name: wanted.name, language: wanted.language, extra: wanted.extra };
                let item = |item: $crate::ListItem| exports::kamurj::plugin::choices::ListItem {
                    value: item.value,
                    title: item.title,
                    group: item.group,
                    extra: item.extra,
                };
                <$plugin as $kind>::offer(&$crate::Imports, &wanted).map(|items| items.into_iter().map(item).collect())
            }
        }

        impl exports::kamurj::plugin::setup::Guest for Component {
            fn connect(
                wish: exports::kamurj::plugin::setup::Wish,
            ) -> Result<Vec<exports::kamurj::plugin::setup::Finding>, $crate::Outcome> {
                let address = |address: exports::kamurj::plugin::setup::Address| $crate::Address {
                    path: address.path,
                    url: address.url,
                };
                let wish = $crate::Wish {
                    addresses: wish.addresses.into_iter().map(address).collect(),
                    only_look: wish.only_look,
                    extra: wish.extra,
                };
                let finding = |finding: $crate::Finding| exports::kamurj::plugin::setup::Finding {
                    name: finding.name,
                    state: finding.state,
                    message: finding.message,
                    extra: finding.extra,
                };
                <$plugin as $kind>::connect(&$crate::Imports, &wish)
                    .map(|findings| findings.into_iter().map(finding).collect())
            }
        }
    };
}
