//! Calls the Extism plugin when it is told to: each line of standard input is `CALL COUNT`, each line of standard output a
//! JSON array of that many times in nanoseconds. The benchmark of the main workspace starts it and alternates with it.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{self, BufRead, Write},
    time::Instant,
};

use extism::{CompiledPlugin, Manifest, PTR, Plugin, PluginBuilder, UserData, Wasm, host_fn};

type Kept = BTreeMap<String, Vec<u8>>;

host_fn!(state_get(kept: Kept; key: String) -> Vec<u8> {
    let kept = kept.get()?;
    let kept = kept.lock().expect("nobody panics with it");
    Ok(kept.get(&key).cloned().unwrap_or_default())
});

host_fn!(state_set(kept: Kept; key: String, value: Vec<u8>) -> Vec<u8> {
    let kept = kept.get()?;
    let mut kept = kept.lock().expect("nobody panics with it");
    kept.insert(key, value);
    Ok(Vec::new())
});

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("the plugin's file is missing")?;
    let kept = UserData::new(Kept::new());
    let builder = PluginBuilder::new(Manifest::new([Wasm::data(std::fs::read(file)?)]))
        .with_cache_disabled()
        .with_function("state_get", [PTR], [PTR], kept.clone(), state_get)
        .with_function("state_set", [PTR, PTR], [PTR], kept, state_set);
    let compiled = CompiledPlugin::new(builder)?;
    let mut reused = Plugin::new_from_compiled(&compiled)?;
    let input: Vec<u8> = b"kamurj, a bridge; ".iter().copied().cycle().take(1024).collect();
    let expected = input.to_ascii_uppercase();

    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (call, count) = line.split_once(' ').ok_or("a line is a call and a count")?;
        let mut times = Vec::with_capacity(count.parse()?);
        for _ in 0..times.capacity() {
            let began = Instant::now();
            let answer: Vec<u8> = match call {
                "reused" => reused.call("echo", input.as_slice())?,
                export => Plugin::new_from_compiled(&compiled)?.call(export, input.as_slice())?,
            };
            times.push(u64::try_from(began.elapsed().as_nanos())?);
            if answer != expected {
                return Err("the plugin answered something else".into());
            }
        }
        writeln!(output, "{}", serde_json::to_string(&times)?)?;
        output.flush()?;
    }
    Ok(())
}
