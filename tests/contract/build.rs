//! Writes down how the contract might look in its next version: today's text with a function added to an interface and an
//! interface added to the package, as code for a host. Only the tests of this package use it.

use std::{env, fs, path::Path};

const TODAY: &str = "package kamurj:plugin@1.1.0;";
const NEXT: &str = "package kamurj:plugin@1.2.0;";

/// What is found in today's text, and what stands there in the next version.
const ADDITIONS: [(&str, &str); 2] = [
    ("interface clock {", "interface clock {\n    @since(version = 1.2.0)\n    zone: func() -> string;\n"),
    ("    import clock;", "    import clock;\n    @since(version = 1.2.0)\n    import weather;"),
];

const MORE: &str = "
@since(version = 1.2.0)
interface weather {
    today: func() -> string;
}

world everything {
    include channel;
    include crm;
}
";

#[expect(clippy::disallowed_macros, reason = "cargo reads what a build script prints")]
fn main() {
    // Asked when it runs: a folder of compiled things may be shared between checkouts.
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let folder = Path::new(&here).join("../../wit");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the contract is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    let mut text = format!("{NEXT}\n");
    for file in files {
        let today = fs::read_to_string(&file).expect("the contract can be read");
        assert!(today.contains(TODAY), "`{}` is of another version", file.display());
        text += &today.replace(TODAY, "");
    }
    for (today, next) in ADDITIONS {
        assert_eq!(text.matches(today).count(), 1, "`{today}` is to be found once");
        text = text.replace(today, next);
    }
    text += MORE;
    let code = format!(
        "wasmtime::component::bindgen!({{ inline: r####\"{text}\"####, world: \"everything\", imports: {{ default: trappable }} }});"
    );
    let out = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("next.rs"), code).expect("cargo's folder can be written");
}
