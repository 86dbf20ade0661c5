//! The compile worker and what it leaves: whatever a component does to the compiler costs its uploader an answer and
//! nobody anything else, and no machine code runs but what this server's own worker made.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use kamurj_plugins::{Class, CompileLimit, CompileSettings, LoadError, Plugin, RuntimeSettings, Stage};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::bench::{LOOPING, PROBING, compiled_in, on_host, runtime_compiling, with_manifest};

/// Loads in a new runtime, as after a restart; answers the plugin and whether it was compiled.
async fn loads(compile: CompileSettings, bytes: &[u8]) -> (Result<Arc<Plugin>, LoadError>, bool) {
    loads_with(RuntimeSettings::default(), compile, bytes).await
}

async fn loads_with(
    settings: RuntimeSettings,
    compile: CompileSettings,
    bytes: &[u8],
) -> (Result<Arc<Plugin>, LoadError>, bool) {
    let stages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&stages);
    let told = move |stage| heard.lock().unwrap().push(stage);
    let plugin = runtime_compiling(settings, compile).load_telling(bytes.to_vec(), told).await;
    let compiled = stages.lock().unwrap().contains(&Stage::Compiling);
    (plugin, compiled)
}

/// The only artefact below this folder.
fn artefact(folder: &Path) -> PathBuf {
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().flat_map(|engine| fs::read_dir(engine.unwrap().path()).unwrap()).collect();
    assert_eq!(files.len(), 1);
    files.remove(0).unwrap().path()
}

/// A component around one core module with a function of so many branches: small to send, long to compile.
fn laborious(branches: usize) -> Vec<u8> {
    fn length(mut number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let byte = u8::try_from(number & 0x7f).unwrap();
            number >>= 7;
            if number == 0 {
                bytes.push(byte);
                return bytes;
            }
            bytes.push(byte | 0x80);
        }
    }
    let counted = |bytes: &[u8]| [length(bytes.len()), bytes.to_vec()].concat();
    // One local, given back at the end; each round: if local 0 { local 0 = local 0 * local 0 }.
    let rounds = [0x20, 0, 0x04, 0x40, 0x20, 0, 0x20, 0, 0x6c, 0x21, 0, 0x0b].repeat(branches);
    let body = [&[1, 1, 0x7f][..], &rounds, &[0x20, 0, 0x0b]].concat();
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend([1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10]);
    module.extend(counted(&[&[1][..], &counted(&body)].concat()));
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    component.push(1);
    component.extend(counted(&module));
    with_manifest(&component, Class::Small)
}

/// A program in place of the compile worker.
fn instead(folder: &TempDir, script: &str) -> CompileSettings {
    let program = folder.path().join("worker");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    CompileSettings { program, ..compiled_in(folder.path().join("compiled")) }
}

#[test]
fn a_component_is_compiled_once_and_found_again_after_a_restart() {
    on_host(async {
        let folder = tempfile::tempdir().unwrap();
        let stages = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&stages);
        let runtime = runtime_compiling(RuntimeSettings::default(), compiled_in(folder.path().into()));
        let told = move |stage| heard.lock().unwrap().push(stage);
        runtime.load_telling(PROBING.clone(), told).await.unwrap();
        assert_eq!(
            *stages.lock().unwrap(),
            [Stage::Waiting, Stage::Judging, Stage::Compiling, Stage::Binding, Stage::Trying]
        );
        let (plugin, compiled) = loads(compiled_in(folder.path().into()), &PROBING).await;
        let plugin = plugin.unwrap();
        assert_eq!((plugin.class, compiled), (Class::Small, false));
        runtime.forget(&plugin.digest);
        assert!(runtime.loaded(&plugin.digest).is_none());
        assert!(loads(compiled_in(folder.path().into()), &PROBING).await.1, "it was forgotten");
    });
}

#[test]
fn i11_a_forged_artefact_never_runs_and_is_replaced() {
    on_host(async {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let compile = || compiled_in(folder.path().into());
        loads(compile(), &PROBING).await.0.unwrap();
        loads(compiled_in(elsewhere.path().into()), &LOOPING).await.0.unwrap();
        let (file, other) = (artefact(folder.path()), artefact(elsewhere.path()));
        let genuine = fs::read(&file).unwrap();
        let of_other = fs::read(&other).unwrap();
        let changed = |at: usize| {
            let mut bytes = genuine.clone();
            bytes[at] ^= 1;
            bytes
        };
        let forgeries = [
            // Genuine code of another plugin: had wasmtime been given it, it would run, and say who it is.
            of_other.clone(),
            of_other[32..].to_vec(),
            [&genuine[..32], &of_other[32..]].concat(),
            [&[0; 32], &of_other[32..]].concat(),
            changed(0),
            changed(genuine.len() / 2),
            changed(genuine.len() - 1),
            genuine[..genuine.len() - 1].to_vec(),
            genuine[..16].to_vec(),
            Vec::new(),
        ];
        for (index, forgery) in forgeries.into_iter().enumerate() {
            fs::write(&file, forgery).unwrap();
            let (plugin, compiled) = loads(compile(), &PROBING).await;
            assert_eq!(plugin.unwrap().manifest.id, "probing", "{index}");
            assert!(compiled, "{index}");
            assert!(!loads(compile(), &PROBING).await.1, "{index}: it was not replaced");
        }
        let other_key = CompileSettings { key: Zeroizing::new([2; 32]), ..compile() };
        assert!(loads(other_key, &PROBING).await.1, "written under another key");
    });
}

#[test]
fn another_engine_has_artefacts_of_its_own() {
    on_host(async {
        let folder = tempfile::tempdir().unwrap();
        let compile = || compiled_in(folder.path().into());
        let counting = || RuntimeSettings { fuel: Some(1_000_000_000), ..RuntimeSettings::default() };
        assert!(loads(compile(), &PROBING).await.1);
        for compiled in [true, false] {
            let (plugin, anew) = loads_with(counting(), compile(), &PROBING).await;
            assert_eq!((plugin.is_ok(), anew), (true, compiled));
        }
        assert!(!loads(compile(), &PROBING).await.1, "the first engine's lies beside it");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    });
}

#[test]
fn i1_a_component_that_is_made_to_break_the_compiler_costs_an_answer() {
    on_host(async {
        let folder = tempfile::tempdir().unwrap();
        let compile = || compiled_in(folder.path().into());
        let laborious = laborious(60_000);
        let limit = |answer: (Result<Arc<Plugin>, LoadError>, bool)| match answer.0.unwrap_err() {
            LoadError::TooCostly(limit) => limit,
            other => panic!("{other:?}"),
        };
        let cpu = CompileSettings { cpu: Duration::from_secs(1), ..compile() };
        assert_eq!(limit(loads(cpu, &laborious).await), CompileLimit::Cpu(1));
        let memory = CompileSettings { memory_bytes: 96 << 20, ..compile() };
        assert_eq!(limit(loads(memory, &laborious).await), CompileLimit::Memory(96));
        let wall = CompileSettings { wall: Duration::from_millis(50), ..compile() };
        assert_eq!(limit(loads(wall, &laborious).await), CompileLimit::Wall(Duration::from_millis(50)));
        let size = CompileSettings { compiled_bytes: 1024, ..compile() };
        assert_eq!(limit(loads(size, &PROBING).await), CompileLimit::Artefact(0));
        // Nothing is kept of any of them.
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    });
}

#[test]
fn a_worker_that_breaks_is_no_failure_of_the_host() {
    on_host(async {
        let folder = tempfile::tempdir().unwrap();
        for (script, words) in [
            ("kill -SEGV $$", "it was ended by signal 11"),
            ("kill -KILL $$", "it was killed, most likely because the machine ran out of memory"),
            ("cat > /dev/null; exit 101", "it ended with code 101"),
            ("exit 0", "its answer cannot be read"),
            ("cat", "its answer cannot be read"),
        ] {
            let error = loads(instead(&folder, script), &PROBING).await.0.unwrap_err();
            assert_eq!(error, LoadError::CompilerFailed(words.to_owned()), "{script}");
        }
        let flood = CompileSettings { compiled_bytes: 1 << 20, ..instead(&folder, "cat /dev/zero") };
        let error = loads(flood, &PROBING).await.0.unwrap_err();
        assert_eq!(error, LoadError::TooCostly(CompileLimit::Artefact(1)));
        let (plugin, _) = loads(compiled_in(folder.path().join("compiled")), &PROBING).await;
        assert_eq!(plugin.unwrap().manifest.id, "probing");
    });
}

#[test]
fn i4_a_worker_gets_no_environment_and_no_folder() {
    on_host(async {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let script = format!("{{ cat /proc/$$/environ; readlink /proc/$$/cwd; }} > {}", seen.display());
        loads(instead(&folder, &script), &PROBING).await.0.unwrap_err();
        assert!(std::env::vars().count() > 0, "there was something to inherit");
        assert_eq!(fs::read_to_string(seen).unwrap(), "/\n");
    });
}

#[test]
fn the_one_exception_from_safe_code_is_where_verified_code_is_handed_over() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<_> = ["host", "plugins", "tests", "xtask"].map(|name| workspace.join(name)).into();
    let mut exceptions = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let count = text.matches(concat!("expect(", "unsafe_code")).count();
                exceptions.extend(std::iter::repeat_n(path, count));
            }
        }
    }
    assert_eq!(exceptions.len(), 1, "{exceptions:?}");
    assert!(exceptions[0].ends_with("plugins/src/compiled.rs"));
}
