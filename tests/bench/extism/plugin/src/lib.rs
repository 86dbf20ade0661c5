//! The logic of the guest `measured`, as an Extism plugin: a text in capitals, and the same with three calls into the host.
#![no_main]

use extism_pdk::{FnResult, FromBytes, ToBytes, extism, host_fn, plugin_fn};

#[host_fn]
extern "ExtismHost" {
    fn state_get(key: String) -> Vec<u8>;
    fn state_set(key: String, value: Vec<u8>) -> Vec<u8>;
}

#[plugin_fn]
pub fn echo(body: Vec<u8>) -> FnResult<String> {
    Ok(String::from_utf8_lossy(&body).to_ascii_uppercase())
}

#[plugin_fn]
pub fn state(body: Vec<u8>) -> FnResult<String> {
    // SAFETY: the host offers both functions with these very types.
    let body = unsafe {
        state_get("last".to_owned())?;
        state_set("last".to_owned(), body)?;
        state_get("last".to_owned())?
    };
    Ok(String::from_utf8_lossy(&body).to_ascii_uppercase())
}
