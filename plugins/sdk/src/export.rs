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
            $crate::__descriptor!($plugin);

            impl exports::kamurj::plugin::channel_sink::Guest for Component {
                fn deliver(delivery: $crate::Delivery) -> $crate::Outcome {
                    <$plugin as $crate::Channel>::deliver(&$crate::Imports, &delivery)
                }
            }

            impl exports::kamurj::plugin::inbound::Guest for Component {
                fn handle(request: $crate::InboundRequest) -> $crate::Outcome {
                    <$plugin as $crate::Channel>::handle(&$crate::Imports, &request)
                }
            }

            impl $crate::Described for Component {
                fn described() -> $crate::Descriptor {
                    <$plugin as $crate::Channel>::describe()
                }
            }

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
            $crate::__descriptor!($plugin);

            impl exports::kamurj::plugin::crm_sink::Guest for Component {
                fn sync(delivery: $crate::Delivery) -> $crate::Outcome {
                    <$plugin as $crate::Crm>::sync(&$crate::Imports, &delivery)
                }
            }

            impl $crate::Described for Component {
                fn described() -> $crate::Descriptor {
                    <$plugin as $crate::Crm>::describe()
                }
            }

            export!(Component with_types_in self);
        }
    };
}

/// What the generated glue asks of a plugin whatever its world.
#[doc(hidden)]
pub trait Described {
    /// The plugin's description.
    fn described() -> crate::Descriptor;
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
                "kamurj:plugin/types@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::types,
                "kamurj:plugin/log@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::log,
                "kamurj:plugin/clock@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::clock,
                "kamurj:plugin/settings@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::settings,
                "kamurj:plugin/http@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::http,
                "kamurj:plugin/state@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::state,
                "kamurj:plugin/crypto@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::crypto,
                "kamurj:plugin/payments@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::payments,
                "kamurj:plugin/format@1.0.0": ::kamurj_sdk::bindings::kamurj::plugin::format,
            },
        });

        struct Component;
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __descriptor {
    ($plugin:ty) => {
        impl exports::kamurj::plugin::plugin::Guest for Component {
            fn describe() -> exports::kamurj::plugin::plugin::Descriptor {
                use exports::kamurj::plugin::plugin as wit;
                fn owned(words: &[&str]) -> ::std::vec::Vec<::std::string::String> {
                    words.iter().map(|word| (*word).to_owned()).collect()
                }
                let plugin = <Component as $crate::Described>::described();
                wit::Descriptor {
                    id: plugin.id.to_owned(),
                    name: plugin.name.to_owned(),
                    version: plugin.version.to_owned(),
                    description: plugin.description.to_owned(),
                    events: owned(plugin.events),
                    hosts: plugin
                        .hosts
                        .iter()
                        .map(|host| wit::HostRequest { origin: host.origin.to_owned(), reason: host.reason.to_owned() })
                        .collect(),
                    secrets: plugin
                        .secrets
                        .iter()
                        .map(|secret| wit::SecretRequest {
                            name: secret.name.to_owned(),
                            label: secret.label.to_owned(),
                            placements: owned(secret.placements),
                            required: secret.required,
                        })
                        .collect(),
                    routes: plugin
                        .routes
                        .iter()
                        .map(|route| wit::InboundRoute {
                            path: route.path.to_owned(),
                            scheme: route.scheme.to_owned(),
                            secret: route.secret.to_owned(),
                            field: route.field.to_owned(),
                            dedup: owned(route.dedup),
                            lane: owned(route.lane),
                            headers: owned(route.headers),
                        })
                        .collect(),
                    settings_schema: plugin.settings_schema.to_owned(),
                    extra: ::std::vec::Vec::new(),
                }
            }
        }
    };
}
