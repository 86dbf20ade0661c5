//! What is accepted as a plugin, and what its author reads when it is not.

use std::sync::Arc;

use kamurj_manifest::SectionError;
use kamurj_plugins::{Call, Class, Exports, Grants, LoadError, RunFailure, RuntimeSettings};
use serde_json::json;

use crate::{
    bench::{Bench, LOOPING, PROBING, context, deliver, on_host, runtime_with, with_manifest},
    desk::Desk,
};

/// An empty component that imports one interface of this name, written by hand in the binary format.
fn importing(name: &str) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    // Type section: one instance type with no declarations.
    bytes.extend([7, 3, 1, 0x42, 0]);
    // Import section: this name, of that instance type.
    let length = u8::try_from(name.len()).unwrap();
    bytes.extend([10, length + 5, 1, 0, length]);
    bytes.extend(name.bytes());
    bytes.extend([5, 0]);
    bytes
}

/// The component with a manifest that asks for nothing.
fn named(component: &[u8]) -> Vec<u8> {
    with_manifest(component, Class::Small)
}

#[test]
fn what_is_no_plugin_is_refused_with_a_reason() {
    on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let load = |bytes: &[u8]| {
            let (runtime, bytes) = (runtime.clone(), bytes.to_vec());
            async move { runtime.load(bytes).await.unwrap_err() }
        };
        assert_eq!(load(b"\0asm\x01\0\0\0").await, LoadError::CoreModule);
        assert_eq!(load(b"(component)").await, LoadError::NotWebAssembly);
        assert_eq!(load(b"").await, LoadError::NotWebAssembly);
        assert_eq!(load(&vec![0; 26 * 1024 * 1024]).await, LoadError::TooLarge { bytes: 26 << 20, most: 25 << 20 });
        assert!(matches!(load(b"\0asm\x0d\0\x01\0garbage").await, LoadError::Manifest(_)));
        assert!(matches!(load(&PROBING[..PROBING.len() / 2]).await, LoadError::Manifest(_)));
        let empty = b"\0asm\x0d\0\x01\0";
        assert_eq!(load(empty).await, LoadError::Manifest(SectionError::Missing));
        assert!(matches!(load(&named(&[empty, &[7, 1, 1][..]].concat())).await, LoadError::Invalid(_)));
        assert!(matches!(load(&named(empty)).await, LoadError::MissingExport(_)));
        for name in ["evil:host/exec@1.0.0", "wasi:http/outgoing-handler@0.2.0", "kamurj:plugin/http@2.0.0"] {
            assert_eq!(load(&named(&importing(name))).await, LoadError::UnknownImport(name.to_owned()));
        }
        assert_eq!(
            load(&named(&importing("kamurj:plugin/log@1.0.0"))).await,
            LoadError::MissingExport("any of `channel-sink`, `crm-sink` and `inbound` of `kamurj:plugin@1`")
        );
    });
}

#[test]
fn a_plugin_says_what_it_is_and_is_loaded_once() {
    on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let (first, second) = tokio::join!(runtime.load(PROBING.clone()), runtime.load(PROBING.clone()));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(first.manifest.id, "probing");
        assert_eq!(first.manifest.routes[0].field, "x-probe-token");
        assert_eq!(
            first.exports,
            Exports {
                channel: true,
                crm: false,
                inbound: true,
                schedule: true,
                self_test: true,
                setup: true,
                choices: true
            }
        );
        assert_eq!(first.digest.len(), 64);
        let other = runtime.load(LOOPING.clone()).await.unwrap();
        assert_ne!(other.digest, first.digest);
    });
}

#[test]
fn the_oldest_unused_plugin_makes_room() {
    on_host(async {
        let runtime = runtime_with(RuntimeSettings { plugins_kept: 1, ..RuntimeSettings::default() }, &[]);
        let first = runtime.load(LOOPING.clone()).await.unwrap();
        runtime.load(PROBING.clone()).await.unwrap();
        let again = runtime.load(LOOPING.clone()).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &again));
    });
}

#[test]
fn a_call_that_the_plugin_does_not_offer_fails_by_name() {
    on_host(async {
        let bench = Bench::new().await;
        let Call::Deliver(delivery) = deliver() else { unreachable!() };
        let report = bench
            .runtime
            .call(
                &bench.plugin,
                Call::Sync(delivery),
                context(Grants::default(), &json!([])),
                Arc::new(Desk::default()),
            )
            .await;
        assert_eq!(report.end, Err(RunFailure::NotOffered("crm-sink")));
    });
}
