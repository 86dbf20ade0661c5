//! Components of wrong shapes: refused when they are uploaded, in words for their author, or stopped before they begin.

use kamurj_plugins::{COMPONENT_BYTES, LoadError, MEMORY_BYTES};

use crate::{
    answers::two_faced,
    bench::{deliver, on_host},
    zoo::{Zoo, component, importing, inbound, starting},
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
            let growing = format!("(loop $again (br_if $again (i32.ne {grow} (i32.const -1)))) unreachable");
            let module = format!("(memory 1) (table 1 funcref) (start $f) (func $f (export \"f\") {growing})");
            let refused = zoo.fate(starting(&module), deliver()).await.expect_err(grow);
            assert!(
                matches!(&refused, LoadError::DoesNotStart(why) if why.contains("memory limit")),
                "{grow}: {refused}"
            );
            assert_eq!(zoo.fate(two_faced(&growing), inbound()).await, Ok("memory-limit"), "{grow}");
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
fn i1_a_component_that_does_not_start_is_refused_at_its_upload() {
    on_host(async {
        let zoo = Zoo::new().await;
        for (start, expected) in [
            ("(loop $again (br $again))", "stopped after 5 s of processor time"),
            ("unreachable", "unreachable"),
            ("(call $f)", "stack limit"),
        ] {
            let module = format!("(start $f) (func $f (export \"f\") {start})");
            let refused = zoo.fate(starting(&module), deliver()).await.expect_err(start);
            assert!(matches!(&refused, LoadError::DoesNotStart(why) if why.contains(expected)), "{start}: {refused}");
        }
    });
}

#[test]
fn i1_what_is_done_at_a_later_start_is_bounded_like_any_call() {
    on_host(async {
        let zoo = Zoo::new().await;
        assert_eq!(zoo.fate(two_faced(""), inbound()).await, Ok("done"), "the component is sound but for its start");
        assert_eq!(zoo.fate(two_faced("(loop $again (br $again))"), inbound()).await, Ok("cpu-limit"));
        assert_eq!(zoo.fate(two_faced("unreachable"), inbound()).await, Ok("trap"));
        let end = zoo.fate(two_faced("(call $later)"), inbound()).await;
        assert!(matches!(end, Ok("trap" | "stack-limit")), "{end:?}");
    });
}

#[test]
fn i7_an_export_of_another_type_is_refused_at_its_upload() {
    on_host(async {
        let zoo = Zoo::new().await;
        for module in ["(func (export \"f\"))", "(func (export \"f\") (loop $again (br $again)))"] {
            let refused = zoo.fate(starting(module), deliver()).await.expect_err(module);
            assert!(
                matches!(&refused, LoadError::Incompatible(why) if why.contains("the export `channel-sink`")),
                "{refused}"
            );
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
