//! Components of wrong shapes: refused when they are uploaded, in words for their author, or stopped before they begin.

use kamurj_plugins::{COMPONENT_BYTES, LoadError, MEMORY_BYTES};

use crate::{
    bench::{deliver, on_host},
    zoo::{Zoo, component, importing, starting},
};

#[test]
fn i1_a_memory_or_table_that_is_too_large_from_the_start_is_refused() {
    on_host(async {
        let zoo = Zoo::new().await;
        for (what, module) in [
            ("four gigabytes of memory", "(memory 65536) (func (export \"f\"))".to_owned()),
            ("a page too much", format!("(memory {}) (func (export \"f\"))", MEMORY_BYTES / 65536 + 1)),
            ("a table of ten gigabytes", "(table 1342177280 funcref) (func (export \"f\"))".to_owned()),
            ("a table of twenty thousand and one", "(table 20001 funcref) (func (export \"f\"))".to_owned()),
        ] {
            let fate = zoo.fate(starting(&module), deliver()).await;
            let told = fate.expect_err(what).to_string();
            assert!(told.contains("memory") || told.contains("table"), "{what}: {told}");
        }
    });
}

#[test]
fn i1_a_table_or_memory_that_grows_ends_at_its_limit() {
    on_host(async {
        let zoo = Zoo::new().await;
        for grow in ["(table.grow (ref.null func) (i32.const 5000))", "(memory.grow (i32.const 100))"] {
            let module = format!(
                "(memory 1) (table 1 funcref) (start $grow) (func (export \"f\"))
                 (func $grow (loop $again (br_if $again (i32.ne {grow} (i32.const -1)))) unreachable)"
            );
            assert_eq!(zoo.fate(starting(&module), deliver()).await, Ok("memory-limit"), "{grow}");
        }
    });
}

#[test]
fn i1_memories_of_several_modules_are_counted_together() {
    on_host(async {
        let zoo = Zoo::new().await;
        let text = "(component
            (core module $large (memory 600))
            (core module $code (func (export \"f\")))
            (core instance (instantiate $large))
            (core instance (instantiate $large))
            (core instance $code (instantiate $code))
            (alias core export $code \"f\" (core func $f))
            (func $deliver (canon lift (core func $f)))
            (instance $exported (export \"deliver\" (func $deliver)))
            (export \"kamurj:plugin/channel-sink@1.0.0\" (instance $exported)))";
        match zoo.fate(component(text), deliver()).await {
            Ok(end) => assert_eq!(end, "memory-limit"),
            Err(refusal) => assert!(refusal.to_string().contains("memory"), "{refusal}"),
        }
    });
}

#[test]
fn i1_what_is_done_at_the_start_is_bounded_like_any_call() {
    on_host(async {
        let zoo = Zoo::new().await;
        let looping = starting("(start $f) (func $f (export \"f\") (loop $again (br $again)))");
        assert_eq!(zoo.fate(looping, deliver()).await, Ok("cpu-limit"));
        let trapping = starting("(start $f) (func $f (export \"f\") unreachable)");
        assert_eq!(zoo.fate(trapping, deliver()).await, Ok("trap"));
        let sinking = starting("(start $f) (func $f (export \"f\") (call $f))");
        let end = zoo.fate(sinking, deliver()).await;
        assert!(matches!(end, Ok("trap" | "stack-limit")), "{end:?}");
    });
}

#[test]
fn i7_an_export_of_another_type_is_refused_or_fails_by_itself() {
    on_host(async {
        let zoo = Zoo::new().await;
        for module in ["(func (export \"f\"))", "(func (export \"f\") (loop $again (br $again)))"] {
            let fate = zoo.fate(starting(module), deliver()).await;
            assert!(matches!(fate, Ok("trap") | Err(LoadError::Incompatible(_))), "{fate:?}");
        }
    });
}

#[test]
fn i1_an_oversized_component_is_refused_by_its_size() {
    on_host(async {
        let zoo = Zoo::new().await;
        let filler = "x".repeat(COMPONENT_BYTES + 1);
        let large = component(&format!("(component (@custom \"filler\" \"{filler}\"))"));
        assert!(matches!(zoo.fate(large, deliver()).await, Err(LoadError::TooLarge { .. })));
    });
}

#[test]
fn i8_an_import_that_this_host_does_not_offer_is_named() {
    on_host(async {
        let zoo = Zoo::new().await;
        for name in [
            "wasi:http/outgoing-handler@0.2.6",
            "wasi:http/types@0.2.12",
            "wasi:keyvalue/store@0.2.0",
            "wasi:cli/environment@0.3.0",
            "evil:host/exec@1.0.0",
            "kamurj:plugin/ledger@1.0.0",
            "kamurj:plugin/http@2.0.0",
        ] {
            let component = importing(&format!("(import \"{name}\" (instance))"));
            assert_eq!(zoo.fate(component, deliver()).await, Err(LoadError::UnknownImport(name.to_owned())));
        }
        for import in ["(import \"run\" (func))", "(import \"env\" (core module))"] {
            assert!(
                matches!(zoo.fate(importing(import), deliver()).await, Err(LoadError::UnknownImport(_))),
                "{import}"
            );
        }
    });
}

#[test]
fn i8_an_import_of_another_type_is_refused_by_name() {
    on_host(async {
        let zoo = Zoo::new().await;
        for import in [
            "(import \"kamurj:plugin/clock@1.0.0\" (instance (export \"now\" (func (result string)))))",
            "(import \"kamurj:plugin/clock@1.0.0\" (instance (export \"set\" (func (param \"to\" u64)))))",
            "(import \"kamurj:plugin/settings@1.0.0\" (instance (export \"read\" (func (param \"of\" string) (result string)))))",
            "(import \"kamurj:plugin/payments@1.0.0\" (instance (export \"set-paid\" (func (param \"id\" string)))))",
        ] {
            let error = zoo.fate(importing(import), deliver()).await.unwrap_err();
            assert!(matches!(error, LoadError::Incompatible(_)), "{import}: {error}");
        }
    });
}
